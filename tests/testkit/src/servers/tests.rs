//! The servers are real, and come back with what they had.

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
