//! What whoever watches a process sees: whether it lives, whether it is ready, and its numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tracerail::TraceRail;
use tracerail::http::metrics::Family;
use tracerail::http::{Probe, ProbeLimits, Server, ServerSettings};
use tracerail_actors::Settings;
use tracerail_actors::port::{Analyst, AnalystAnswer, AnalystError};
use tracerail_actors::system::Role;
use tracerail_schemas::ContentKey;
use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::content::ContentBody;
use tracerail_testkit::{Process, Program, Scratch, wait_until};

use crate::place::SOON;
use crate::program;
use crate::stage::{PEOPLE, Stage};

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The value of the sample with this name and these labels.
    fn sample(&self, sample: &str) -> Option<f64> {
        self.body.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')?.parse().ok())
    }

    /// The families that are described, with their kinds.
    fn families(&self) -> BTreeMap<&str, &str> {
        self.body.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
    }
}

/// Sends this and reads all that comes back.
fn ask(address: &str, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// What it answers to whoever gets this.
pub(crate) fn get(address: &str, path: &str) -> Answer {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"))
}

/// A process that is ready, and where it answers.
pub(crate) fn start(program: &Program, args: &[&str]) -> (Process, String) {
    let process = program.spawn("run.log", [&["run", "--json", "--http", "127.0.0.1:0"], args].concat());
    let address = wait_until("it is ready", SOON, || {
        let log = std::fs::read_to_string(program.folder().join("run.log")).unwrap();
        let ready = log.lines().find_map(|line| serde_json::from_str::<Value>(line).ok()).ok_or(log)?;
        Ok(ready["ready"]["http"].as_str().unwrap().to_owned())
    });
    (process, address)
}

#[test]
fn a_process_tells_how_it_is_and_what_it_has_done() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let (process, address) = start(&program, &[]);
    let health = get(&address, "/healthz");
    assert_eq!((health.status, &health.json()["alive"]), (200, &Value::Bool(true)), "{}", health.body);
    let ready = get(&address, "/readyz");
    assert_eq!((ready.status, &ready.json()["missing"]), (200, &Value::Array(vec![])), "{}", ready.body);

    let items = "{\"id\":\"1\",\"content\":\"A question?\"}\n{\"id\":\"2\",\"content\":\"Another one?\"}\n";
    program.run_with_input(["submit", "-"], items.as_bytes()).ok();
    wait_until("the numbers", SOON, || {
        let numbers = get(&address, "/metrics");
        let expected = [
            ("tracerail_contents_total", 2.0),
            ("tracerail_tasks{status=\"pending\"}", 2.0),
            ("tracerail_tasks{status=\"completed\"}", 0.0),
            ("tracerail_events_handled_total{actor=\"llm\"}", 2.0),
            ("tracerail_events_handled_total{actor=\"task\"}", 2.0),
            ("tracerail_handler_duration_seconds_count{actor=\"router\"}", 2.0),
            ("tracerail_events_waiting{actor=\"llm\"}", 0.0),
            ("tracerail_events_in_flight{actor=\"llm\"}", 0.0),
            ("tracerail_outbox_events", 0.0),
            ("tracerail_store_up", 1.0),
        ];
        let wrong = expected.iter().find(|(sample, value)| numbers.sample(sample) != Some(*value));
        wrong.map_or(Ok(()), |wrong| Err(format!("{wrong:?}\n{}", numbers.body)))
    });
    let numbers = get(&address, "/metrics");
    assert!(
        numbers.sample("tracerail_port_call_duration_seconds_count{port=\"store\",call=\"commit\"}")
            > Some(5.0)
    );
    assert!(numbers.sample("process_resident_memory_bytes") > Some(1e6), "{}", numbers.body);
    assert!(numbers.head.contains("content-type: text/plain; version=0.0.4"), "{}", numbers.head);
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn there_is_nothing_to_send_and_nothing_else_to_ask() {
    let scratch = Scratch::new();
    let (process, address) = start(&program(&scratch), &["--actors", "sla"]);
    let send = |request: &str, body: &str| {
        ask(&address, &format!("{request}\r\nhost: here\r\nconnection: close\r\n\r\n{body}"))
    };
    for (request, body, status) in [
        ("GET /healthz HTTP/1.1", "", 200),
        ("HEAD /readyz HTTP/1.1", "", 200),
        ("GET / HTTP/1.1", "", 404),
        ("GET /healthz/../metrics HTTP/1.1", "", 404),
        ("POST /metrics HTTP/1.1", "", 405),
        ("DELETE /healthz HTTP/1.1", "", 405),
        ("GET /metrics HTTP/1.1\r\ncontent-length: 5", "hello", 413),
        ("POST /metrics HTTP/1.1\r\ntransfer-encoding: chunked", "5\r\nhello\r\n0\r\n\r\n", 413),
    ] {
        let answer = send(request, body);
        assert_eq!(answer.status, status, "{request}: {}", answer.head);
        assert!(answer.head.contains("x-content-type-options: nosniff"), "{request}: {}", answer.head);
        assert_eq!(request.starts_with("HEAD"), answer.body.is_empty(), "{request}");
        if status >= 400 {
            assert!(answer.head.contains("content-type: application/problem+json"), "{}", answer.head);
            assert_eq!(answer.json()["status"], status);
        }
    }
    let mut greedy = TcpStream::connect(&address).unwrap();
    let long = format!("GET /healthz HTTP/1.1\r\nhost: here\r\nx-long: {}\r\n\r\n", "x".repeat(300_000));
    // The server may hang up in the middle, and what it said may be lost on the way.
    drop(greedy.write_all(long.as_bytes()));
    let mut said = Vec::new();
    drop(greedy.read_to_end(&mut said));
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&said));
    assert_eq!(get(&address, "/healthz").status, 200);
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_told_of_with_its_key() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let (process, address) = start(&program, &[]);
    let second = program.run(["run", "--http", &address]);
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    assert!(second.stderr.contains("http.listen") && second.stderr.contains(&address), "{}", second.stderr);
    let nonsense = program.run(["run", "--http", "8787"]);
    assert!(
        nonsense.stderr.contains("http.listen: \"8787\" is not a host with a port"),
        "{}",
        nonsense.stderr
    );
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn every_number_is_described_and_every_description_has_its_number() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    let (process, address) = start(&program, &[]);
    let numbers = get(&address, "/metrics");
    let shown = numbers.families();
    let known: BTreeMap<_, _> =
        Family::ALL.iter().map(|family| (family.name, family.kind.as_str())).collect();
    assert_eq!(shown, known);

    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows = rows.filter(|(name, _)| !name.starts_with('/'));
    let described: BTreeMap<_, _> =
        rows.map(|(name, rest)| (name, rest.split(' ').next().unwrap())).collect();
    assert_eq!(described, known);
    let samples = numbers.body.lines().filter(|line| !line.starts_with('#'));
    let labels: BTreeSet<_> = samples
        .flat_map(|line| line.split(['{', ',']).skip(1).filter_map(|rest| Some(rest.split_once("=\"")?.0)))
        .collect();
    assert!(labels.len() > 5, "{labels:?}");
    assert!(labels.iter().all(|label| page.contains(&format!("`{label}`"))), "{labels:?}");

    // An alert on a number that does not exist never fires.
    let alerts = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/alerts.yaml")).unwrap();
    let named: BTreeSet<_> = alerts
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with("tracerail_"))
        .collect();
    assert!(named.len() > 5, "{named:?}");
    for name in named {
        let family =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(known.contains_key(family), "{name}");
    }
    assert_eq!(process.terminate(), Some(0));
}

/// Blocks the whole thread until it is let go, as no analyst may.
struct Blocking(Mutex<mpsc::Receiver<()>>);

#[async_trait]
impl Analyst for Blocking {
    async fn analyze(&self, _: &ContentKey, _: &ContentBody) -> Result<AnalystAnswer, AnalystError> {
        // Nobody sends anything: it ends when the sender is dropped.
        self.0.lock().unwrap().recv().unwrap_err();
        Err(AnalystError::Unusable { why: "it was never asked".to_owned() })
    }

    fn kind(&self) -> AnalystKind {
        AnalystKind::Model
    }

    fn provider(&self) -> &'static str {
        "test"
    }

    fn model(&self) -> &'static str {
        "test"
    }

    fn prompt_version(&self) -> &'static str {
        "1"
    }
}

#[test]
fn a_thread_that_does_not_answer_is_told_of_and_so_is_its_end() {
    let stage = Stage::open(PEOPLE, &[]);
    let (let_go, held) = mpsc::channel();
    let mut ports = stage.rail().ports().clone();
    ports.analyst = Arc::new(Blocking(Mutex::new(held)));
    let settings = ServerSettings {
        listen: "127.0.0.1:0".to_owned(),
        connections_max: 8,
        request_timeout: Duration::from_secs(5),
        keep_alive: Duration::from_secs(5),
    };
    let server = stage.block_on(async { Server::start(&settings) }).unwrap();
    let address = server.address().to_string();
    let (health, ready) = (|| get(&address, "/healthz"), || get(&address, "/readyz"));
    assert_eq!((health().status, ready().status), (200, 503), "it lives, and has not started yet");
    assert!(get(&address, "/metrics").sample("tracerail_build_info{version=\"0.1.0\"}").is_some());

    let roles = Role::ALL.into_iter().collect();
    let rail = stage.block_on(TraceRail::start(ports, Settings::default(), roles)).unwrap();
    let limits = ProbeLimits { answer_within: Duration::from_secs(2), wedged_after: Duration::from_secs(1) };
    server.watch(Probe::new(&rail, Role::ALL.into(), limits));
    assert_eq!((health().status, ready().status), (200, 200), "{}", ready().body);

    stage.submit("1", "A question?");
    let until = |what: &str, status: u16| {
        wait_until(what, SOON, || {
            let found = health();
            if found.status == status { Ok(()) } else { Err(found.body) }
        });
    };
    until("it is wedged", 503);
    let missing = ready();
    assert!(missing.status == 503 && missing.body.contains("actors: "), "{}", missing.body);
    assert_eq!(get(&address, "/metrics").sample("tracerail_events_in_flight{actor=\"llm\"}"), Some(1.0));
    drop(let_go);
    until("it answers again", 200);
    assert_eq!(ready().status, 200, "{}", ready().body);

    stage.block_on(rail.stop());
    assert!(ready().body.contains("they are stopping"), "{}", ready().body);
    stage.block_on(server.stop());
    assert!(TcpStream::connect(&address).is_err(), "nobody listens any more");
}
