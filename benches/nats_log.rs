//! What one hop costs on NATS: handed out, published on under its own id, acknowledged. And what reading the history costs.
//!
//! `cargo bench --bench nats_log` starts a server of its own; `SYNC=1` makes it write every message to the disk before it confirms,
//! `UNCONFIRMED=1` does not wait for the server's word on each acknowledgement.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "a bench says what it finds, or ends"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::runtime::Builder;
use tracerail::backends::distributed::nats::{Connection, NatsLog, NatsSettings, Places, setup};
use tracerail_actors::port::{Consumer, Delivery, EventLog, Place, PortError, SystemClock};
use tracerail_schemas::{ContentKey, EncodedEvent, Envelope, EventId, Subject, TenantId};
use tracerail_testkit::servers::{Nats, NatsOptions};
use uuid::Uuid;

// The same as the binary's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many events make the walk.
const EVENTS: usize = 40_000;
/// How many are published at once.
const BATCH: usize = 256;
/// How many deliveries are under way.
const IN_FLIGHT: usize = 256;

struct Nowhere;

#[async_trait]
impl Places for Nowhere {
    async fn places(&self, _: &ContentKey) -> Result<Vec<Place>, PortError> {
        Ok(Vec::new())
    }
}

fn main() {
    // The connection's work on a thread of its own, the log's users on another, as in the product.
    let io = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (sync_always, confirmed) = (flag("SYNC"), !flag("UNCONFIRMED"));
    let server = Nats::start(NatsOptions { sync_always, ..NatsOptions::default() });
    let settings =
        NatsSettings { urls: vec![server.url()], ack_confirmed: confirmed, ..NatsSettings::default() };
    runtime.block_on(async {
        let connection = Connection::open(&settings, io.handle().clone()).await.unwrap();
        let seen = setup(&connection, &settings).await.unwrap();
        let log = NatsLog::new(connection, settings.clone(), &seen, Arc::new(SystemClock), Arc::new(Nowhere));
        let pid = server.pid();
        println!("sync_always={sync_always} ack_confirmed={confirmed}, {EVENTS} events of 600 bytes");
        measured("publish", EVENTS, pid, fill(&log)).await;
        measured("hop", EVENTS, pid, hops(&log)).await;
        measured("history", 2 * EVENTS, pid, history(&log)).await;
        log.release().await.unwrap();
    });
    io.shutdown_background();
}

fn flag(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

async fn fill(log: &NatsLog) {
    for batch in 0..=EVENTS / BATCH {
        let events =
            (batch * BATCH..EVENTS.min((batch + 1) * BATCH)).map(|n| event(Subject::ContentSubmitted, n));
        log.publish(events.collect()).await.unwrap();
    }
}

async fn hops(log: &NatsLog) {
    let (mut done, mut under_way) = (0, FuturesUnordered::new());
    while done < EVENTS {
        let room = IN_FLIGHT - under_way.len();
        if room >= IN_FLIGHT / 4 {
            let wait = if under_way.is_empty() { Duration::from_secs(1) } else { Duration::ZERO };
            for delivery in log.pull(Consumer::Llm, room, wait).await.unwrap() {
                under_way.push(hop(log, delivery));
            }
        }
        if under_way.next().await.is_some() {
            done += 1;
        }
    }
}

async fn hop(log: &NatsLog, delivery: Delivery) {
    let mut next = event(Subject::ContentAnalyzed, 0);
    next.envelope.id = EventId::consequence(delivery.envelope.id.uuid(), 0);
    next.envelope.about = delivery.envelope.about;
    next.data = delivery.data;
    log.publish(vec![next]).await.unwrap();
    log.ack(delivery.receipt).await.unwrap();
}

async fn history(log: &NatsLog) {
    let (mut history, mut read) = (log.history(), 0);
    loop {
        let page = history.page(5_000).await.unwrap();
        if page.is_empty() {
            assert_eq!(read, 2 * EVENTS, "everything is read, once");
            return;
        }
        read += page.len();
    }
}

fn event(subject: Subject, n: usize) -> EncodedEvent {
    let key = ContentKey::new(TenantId::default(), "bench", format!("item-{n}")).unwrap();
    let id = EventId::from_uuid(Uuid::now_v7());
    let envelope = Envelope {
        id,
        subject,
        version: 1,
        source: "tracerail/bench".into(),
        about: key.to_string(),
        time: tracerail_schemas::Timestamp::from_micros(1_700_000_000_000_000 + n as i64),
        tenant: TenantId::default(),
        correlation_id: id,
        causation_id: Some(id.uuid()),
        traceparent: None,
    };
    EncodedEvent { envelope, data: vec![7; 600] }
}

async fn measured(what: &str, n: usize, server: u32, work: impl Future<Output = ()>) {
    let (began, client_before, server_before) = (Instant::now(), cpu("self"), cpu(&server.to_string()));
    work.await;
    let wall = began.elapsed().as_secs_f64();
    let each = |before: f64, after: f64| (after - before) * 1e6 / n as f64;
    println!(
        "{what:8} {:>8.0}/s  client {:>5.1} us  server {:>5.1} us",
        n as f64 / wall,
        each(client_before, cpu("self")),
        each(server_before, cpu(&server.to_string()))
    );
}

/// Seconds of processor a process has used, in steps of 10 ms.
fn cpu(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let ticks: Vec<f64> =
        after_name.split_whitespace().skip(11).take(2).map(|n| n.parse().unwrap()).collect();
    ticks.iter().sum::<f64>() / 100.0
}
