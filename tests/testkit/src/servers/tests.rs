//! The servers are real, and come back with what they had.

use std::net::TcpStream;

use super::*;

fn get(url: &str, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let address = url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// Says this to the server, and waits until it has taken it in.
fn say(nats: &Nats, lines: &str) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let mut socket = TcpStream::connect(nats.url().strip_prefix("nats://").unwrap()).unwrap();
    write!(socket, "CONNECT {{\"verbose\":false}}\r\n{lines}PING\r\n").unwrap();
    let pong = BufReader::new(socket).lines().find(|line| line.as_ref().is_ok_and(|line| line == "PONG"));
    assert!(pong.is_some(), "it answers");
}

#[test]
fn a_nats_server_keeps_what_it_has_over_a_kill() {
    let mut nats = Nats::start(NatsOptions { sync_always: true, ..NatsOptions::default() });
    let stream = r#"{"name":"kept","subjects":["kept.>"],"storage":"file"}"#;
    say(&nats, &format!("PUB $JS.API.STREAM.CREATE.kept {}\r\n{stream}\r\n", stream.len()));
    let holds = |nats: &Nats, told: &'static str| {
        let url = nats.monitor_url();
        wait_until("what it holds", STARTS_WITHIN, || {
            let seen = get(&url, "/jsz");
            if seen.contains(told) { Ok(()) } else { Err(seen) }
        });
    };
    holds(&nats, "\"streams\": 1");
    say(&nats, "PUB kept.a 1\r\nx\r\nPUB kept.b 1\r\ny\r\n");
    holds(&nats, "\"messages\": 2");
    let url = nats.url();
    nats.restart();
    assert_eq!(nats.url(), url);
    holds(&nats, "\"messages\": 2");
}

#[test]
fn a_server_does_not_take_another_one_for_itself() {
    let mut redis = Redis::start(RedisOptions::default());
    redis.kill9();
    let _other = TcpListener::bind(("127.0.0.1", redis.port())).unwrap();
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| redis.restart()));
    let said = *refused.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("does not start") && said.contains("Address already in use"), "{said}");
}

#[test]
fn servers_with_the_shipped_configurations_start_side_by_side() {
    let started = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let nats = Nats::start(NatsOptions { shipped: true, ..NatsOptions::default() });
                    let redis = Redis::start(RedisOptions { shipped: true, ..RedisOptions::default() });
                    (nats, redis)
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    let mut addresses: Vec<_> =
        started.iter().flat_map(|(nats, redis)| [nats.url(), nats.monitor_url(), redis.url()]).collect();
    addresses.sort_unstable();
    addresses.dedup_by_key(|address| address.rsplit(':').next().unwrap().to_owned());
    assert_eq!(addresses.len(), 12, "{addresses:?}");
    for (nats, _) in &started {
        assert!(NatsLine::connect(&nats.url(), "llm", &Nats::password("llm")).is_ok());
    }
}

#[test]
fn a_nats_server_stands_goes_and_comes_back() {
    let mut nats = Nats::start(NatsOptions { sync_always: true, ..NatsOptions::default() });
    let first = nats.pid();
    assert!(get(&nats.monitor_url(), "/jsz").contains("\"sync_always\": true"), "its durability is as asked");
    nats.kill9();
    assert!(TcpStream::connect(nats.url().strip_prefix("nats://").unwrap()).is_err());
    nats.restart();
    assert_ne!(nats.pid(), first);
}

#[test]
fn a_redis_server_keeps_what_it_has_over_a_kill() {
    let mut redis = Redis::start(RedisOptions { appendfsync: Some("always"), ..RedisOptions::default() });
    assert_eq!(redis.ask("SET a 1"), "+OK\r\n");
    redis.restart();
    assert_eq!(redis.ask("GET a"), "$1\r\n1\r\n");
    redis.flushall();
    assert_eq!(redis.ask("GET a"), "$-1\r\n");
}

#[test]
fn three_redis_servers_are_a_cluster() {
    let cluster = RedisCluster::start();
    let nodes = cluster.nodes();
    let answers: Vec<_> = nodes.iter().map(|node| node.ask("SET a 1")).collect();
    assert_eq!(answers.iter().filter(|answer| answer.starts_with("+OK")).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.starts_with("-MOVED")).count(), 2, "{answers:?}");
}
