//! As little of a NATS client as shows what really goes over the wire.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tracerail_schemas::Subject;
use tracerail_testkit::servers::Nats;

/// The headers of a message.
pub(super) type Headers = BTreeMap<String, String>;

/// Who is connected: the user who may do everything.
const USER: &str = "admin";
const INBOX: &str = "_INBOX_admin.test";

/// A connection.
pub(super) struct Bus {
    reader: BufReader<TcpStream>,
}

impl Bus {
    pub(super) fn connect(url: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("nats://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut bus = Self { reader: BufReader::new(stream) };
        let options = json!({
            "verbose": false, "headers": true, "no_responders": true, "user": USER, "pass": Nats::password(USER),
        });
        bus.send(format!("CONNECT {options}\r\nSUB {INBOX} 1\r\n").as_bytes());
        bus
    }

    /// Makes a stream of these subjects.
    pub(super) fn stream(&mut self, name: &str, subjects: &[Subject]) {
        let config = json!({"name": name, "subjects": subjects, "allow_direct": true});
        self.api(&format!("STREAM.CREATE.{name}"), &config);
    }

    /// Publishes, and sees that a stream has taken it.
    pub(super) fn publish(&mut self, subject: &str, headers: &Headers, body: &[u8]) {
        let (_, answer) = self.request(subject, headers, body);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["seq"].is_u64(), "{subject}: {answer}");
    }

    /// Everything a stream holds.
    pub(super) fn stored(&mut self, stream: &str) -> Vec<(Headers, Vec<u8>)> {
        let count =
            self.api(&format!("STREAM.INFO.{stream}"), &json!({}))["state"]["messages"].as_u64().unwrap();
        let subject = format!("$JS.API.DIRECT.GET.{stream}");
        (1..=count)
            .map(|sequence| {
                self.request(&subject, &Headers::new(), json!({"seq": sequence}).to_string().as_bytes())
            })
            .collect()
    }

    /// How many messages a consumer has been given and not acknowledged.
    pub(super) fn unacknowledged(&mut self, stream: &str, consumer: &str) -> u64 {
        let info = self.api(&format!("CONSUMER.INFO.{stream}.{consumer}"), &json!({}));
        info["num_ack_pending"].as_u64().unwrap()
    }

    fn api(&mut self, what: &str, request: &Value) -> Value {
        let body = request.to_string();
        let (_, answer) = self.request(&format!("$JS.API.{what}"), &Headers::new(), body.as_bytes());
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["error"].is_null(), "{what}: {answer}");
        answer
    }

    fn request(&mut self, subject: &str, headers: &Headers, body: &[u8]) -> (Headers, Vec<u8>) {
        let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let message = if headers.is_empty() {
            format!("PUB {subject} {INBOX} {}\r\n", body.len())
        } else {
            let head = format!("NATS/1.0\r\n{}\r\n", lines.concat());
            format!("HPUB {subject} {INBOX} {} {}\r\n{head}", head.len(), head.len() + body.len())
        };
        self.send(&[message.as_bytes(), body, b"\r\n"].concat());
        self.next()
    }

    /// The next message for us.
    fn next(&mut self) -> (Headers, Vec<u8>) {
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).unwrap();
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |back: usize| words[words.len() - back].parse::<usize>().unwrap();
            match words.first().copied() {
                Some("MSG") => return self.message(0, number(1)),
                Some("HMSG") => return self.message(number(2), number(1)),
                Some("PING") => self.send(b"PONG\r\n"),
                Some("INFO" | "+OK" | "PONG") => {}
                _ => panic!("the server says {line:?}"),
            }
        }
    }

    fn message(&mut self, head: usize, total: usize) -> (Headers, Vec<u8>) {
        let mut bytes = vec![0; total + 2];
        self.reader.read_exact(&mut bytes).unwrap();
        let headers = String::from_utf8(bytes[..head].to_vec()).unwrap();
        let pairs = headers.lines().filter_map(|line| line.split_once(": "));
        let headers = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        (headers, bytes[head..total].to_vec())
    }

    fn send(&mut self, bytes: &[u8]) {
        self.reader.get_mut().write_all(bytes).unwrap();
    }
}
