//! Looks at the server from outside: whether it is there, lets this user in, holds what it should, and keeps what it confirms.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Handle;
use tracerail_actors::port::{Clock as _, Consumer, SystemClock};
use tracerail_schemas::Timestamp;

use super::connect::Connection;
use super::error::NatsError;
use super::names::Names;
use super::settings::NatsSettings;
use super::setup::verify;
use super::streams::StreamId;
use crate::checkup::{Finding, skew};

/// A fuller stream refuses new events soon.
const FULL_PERCENT: u64 = 80;

/// The monitoring port is asked on this machine or next to it.
const MONITOR_WITHIN: Duration = Duration::from_secs(2);

const MIB: u64 = 1 << 20;

/// What was found. `monitor` is the address of the server's monitoring port. The connection's work is done on `io`.
pub async fn checkup(settings: &NatsSettings, monitor: &str, io: Handle) -> Vec<Finding> {
    const CHECK: &str = "NATS server";
    let began = Instant::now();
    let connection = match Connection::open(settings, io).await {
        Ok(connection) => connection,
        Err(error) => return vec![refused(CHECK, &error)],
    };
    let seen = format!("{} answers ({} ms)", connection.server(), began.elapsed().as_millis());
    let mut findings = vec![Finding::ok(CHECK, seen)];
    let look = Look { names: Names::new(&settings.prefix), connection: &connection };
    findings.push(look.storage().await);
    findings.extend(streams(&connection, settings).await);
    findings.extend(look.room().await);
    findings.extend(look.clock().await);
    findings.push(durability(monitor).await);
    findings
}

struct Look<'a> {
    connection: &'a Connection,
    names: Names,
}

impl Look<'_> {
    /// What JetStream says of its disk.
    async fn storage(&self) -> Finding {
        const CHECK: &str = "NATS storage";
        let answer = match self.ask("$JS.API.INFO".to_owned()).await {
            Ok(answer) => answer,
            Err(why) => {
                return Finding::fail(
                    CHECK,
                    format!("JetStream does not answer: {why}"),
                    "start the server with JetStream (`jetstream {{ ... }}` in nats.conf), and see what its user may do",
                );
            }
        };
        let number = |path: &str| answer.pointer(path).and_then(Value::as_i64).unwrap_or_default();
        let used = number("/storage").unsigned_abs() / MIB;
        let streams = number("/streams");
        Finding::ok(CHECK, format!("{streams} streams, {used} MiB"))
    }

    /// How full each stream is.
    async fn room(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for stream in StreamId::ALL {
            let subject = format!("$JS.API.STREAM.INFO.{}", self.names.stream(stream));
            // Who may not look at one may look at none, and each question takes its time; `streams` has said so.
            let Ok(info) = self.ask(subject).await else { break };
            let number = |path: &str| info.pointer(path).and_then(Value::as_u64);
            if let (Some(used), Some(most)) = (number("/state/bytes"), number("/config/max_bytes"))
                && used.saturating_mul(100) >= most.saturating_mul(FULL_PERCENT)
            {
                let cure = "raise its max_bytes (`nats stream edit`, as the admin user) and nats.intake_bytes_max or \
                            nats.stream_bytes_max with it, or keep events for a shorter time; a full stream refuses, and loses nothing";
                let seen =
                    format!("{} holds {} of {} MiB", self.names.stream(stream), used / MIB, most / MIB);
                findings.push(Finding::warn("NATS room", seen, cure));
            }
        }
        findings
    }

    /// Whether this machine and the server agree on what time it is.
    async fn clock(&self) -> Option<Finding> {
        const CHECK: &str = "clock of NATS";
        let before = SystemClock.now();
        let subject = format!("$JS.API.STREAM.INFO.{}", self.names.stream(StreamId::ContentSubmitted));
        // Without a stream there is nobody to ask; `streams` has said so.
        let info = self.ask(subject).await.ok()?;
        let after = SystemClock.now();
        let there = info.get("ts").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        let silent = || {
            let seen = "the server does not say what time it is";
            Finding::warn(CHECK, seen, "update nats-server to 2.10 or later")
        };
        Some(there.map_or_else(silent, |there| skew(CHECK, before, there, after)))
    }

    async fn ask(&self, subject: String) -> Result<Value, String> {
        let answer = self.connection.client.request(subject, Vec::new().into()).await;
        let answer = answer.map_err(|error| {
            let denied = self.connection.denied().map_or_else(String::new, |said| format!(" ({said})"));
            format!("{error}{denied}")
        })?;
        let value: Value = serde_json::from_slice(&answer.payload).map_err(|error| error.to_string())?;
        match value.pointer("/error/description") {
            Some(error) => Err(error.to_string()),
            None => Ok(value),
        }
    }
}

/// Whether streams and consumers are there and as they should be.
async fn streams(connection: &Connection, settings: &NatsSettings) -> Vec<Finding> {
    const CHECK: &str = "NATS streams";
    match verify(connection, settings, &Consumer::ALL).await {
        Ok(seen) => {
            let events: u64 = seen.iter().map(|stream| stream.last).sum();
            vec![Finding::ok(
                CHECK,
                format!("all {} are there, with their consumers; {events} events so far", seen.len()),
            )]
        }
        Err(NatsError::NotSetUp { missing }) => {
            let cure = "`tracerail setup` with the admin user makes them; if they were there before, restore the store directory of \
                        NATS first (TR0036)";
            vec![Finding::fail(CHECK, format!("{} missing: {}", missing.len(), missing.join(", ")), cure)]
        }
        Err(NatsError::Damaged { problems }) => {
            let cure = "change it back with the `nats` tool, as the admin user; what was lost meanwhile stays lost (TR0032)";
            problems.into_iter().map(|problem| Finding::fail(CHECK, problem, cure)).collect()
        }
        Err(error) => match connection.denied() {
            Some(said) => {
                let cure =
                    "run `tracerail doctor` with the user `operator` or `admin`, who may look at everything";
                vec![Finding::warn(CHECK, said, cure)]
            }
            None => vec![refused(CHECK, &error)],
        },
    }
}

/// Whether what the server confirms is on the disk. Only its monitoring port says.
async fn durability(monitor: &str) -> Finding {
    const CHECK: &str = "NATS durability";
    match monitored(monitor).await {
        Ok(config) if config.get("sync_always").and_then(Value::as_bool) == Some(true) => {
            Finding::ok(CHECK, "every event is on the disk before it is confirmed")
        }
        Ok(_) => Finding::warn(
            CHECK,
            "events are confirmed before they are on the disk: a power cut loses some",
            "set `sync_interval: always` in nats.conf; three replicas in different places are another way",
        ),
        Err(why) => Finding::warn(
            CHECK,
            format!("{monitor} does not say: {why}"),
            "set nats.monitor_url to the server's monitoring port (`http:` in nats.conf), or see its `sync_interval`",
        ),
    }
}

async fn monitored(monitor: &str) -> Result<Value, String> {
    let asked = async {
        let client = reqwest::Client::builder().no_proxy().timeout(MONITOR_WITHIN).build()?;
        client.get(format!("{}/varz", monitor.trim_end_matches('/'))).send().await?.json::<Value>().await
    };
    let answer = asked.await.map_err(|error| super::connect::full(&error))?;
    answer.pointer("/jetstream/config").cloned().ok_or_else(|| "it has no JetStream".to_owned())
}

fn refused(check: &str, error: &NatsError) -> Finding {
    let cure = match error {
        NatsError::Unreachable { .. } => "start it, or correct nats.url (TR0030)",
        NatsError::Refused { .. } => "correct nats.user and its password (TR0035)",
        NatsError::Tls { .. } => {
            "correct nats.tls_ca, nats.tls_cert and nats.tls_key, or the name in nats.url"
        }
        NatsError::Settings(_) => "correct the keys of `nats` in the configuration (TR0020)",
        NatsError::NotSetUp { .. } => "run `tracerail setup` (TR0036)",
        NatsError::Damaged { .. } => "see `tracerail explain TR0032`",
        NatsError::Server { .. } => "see the server's log",
    };
    Finding::fail(check, error.to_string(), cure)
}
