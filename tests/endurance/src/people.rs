//! People who work at some of the tasks: programs that hear of tasks on the bus and give commands on it, as any user of the bus may.

use std::time::Duration;

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{Context, Message};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tracerail_testkit::servers::Nats;
use uuid::Uuid;

use crate::clients::Client;

/// Who works.
const WORKER: &str = "ann";

/// How long a publisher of a command waits before it tries again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Somebody at work until this is dropped.
pub(crate) struct People {
    _reader: Client,
    _writer: Client,
    at_work: Vec<JoinHandle<()>>,
}

impl People {
    /// Sets them to work: of two tasks that are nobody's they claim one, and they finish what is theirs.
    pub(crate) fn start(nats: &Nats) -> Self {
        let (reader, writer) = (Client::new(nats, "subscriber"), Client::new(nats, "publisher"));
        let created = work(reader.jetstream(), writer.jetstream(), "task_created", "task.created", begin);
        let assigned = work(reader.jetstream(), writer.jetstream(), "task_events", "task.assigned", finish);
        let at_work = vec![reader.spawn(created), reader.spawn(assigned)];
        Self { _reader: reader, _writer: writer, at_work }
    }
}

impl Drop for People {
    fn drop(&mut self) {
        self.at_work.iter().for_each(JoinHandle::abort);
    }
}

/// Which command an event calls for: its verb's name, and itself.
type Answer = fn(&Value) -> Option<(&'static str, Value)>;

/// A new task: perhaps it is given to us already.
fn begin(event: &Value) -> Option<(&'static str, Value)> {
    let task = event["task_id"].as_str()?;
    // The last digit of an id is as good as a coin.
    let ours =
        event["state"]["assignment"]["assignee_id"].is_null() && task.bytes().last()?.is_multiple_of(2);
    if ours { Some(("claim", command(task, "claim", &json!("claim")))) } else { finish(event) }
}

fn finish(event: &Value) -> Option<(&'static str, Value)> {
    let task = event["task_id"].as_str()?;
    let ours = event["state"]["assignment"]["assignee_id"] == WORKER;
    let verb = json!({"complete": {"decision": "approved"}});
    ours.then(|| ("complete", command(task, "complete", &verb)))
}

/// The same command for the same task has the same id, however often it is given.
fn command(task: &str, name: &str, verb: &Value) -> Value {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{task}/{name}").as_bytes());
    json!({"id": id.to_string(), "task_id": task, "verb": verb, "by": {"id": WORKER, "kind": "user"}})
}

/// Reads one subject, and begins again whenever the servers were away.
async fn work(reader: Context, writer: Context, stream: &str, subject: &str, answer: Answer) {
    loop {
        read(&reader, &writer, (stream, subject), answer).await;
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

async fn read(
    reader: &Context,
    writer: &Context,
    (stream, subject): (&str, &str),
    answer: Answer,
) -> Option<()> {
    let name = format!("desk-{}", subject.replace('.', "-"));
    let config = pull::Config {
        durable_name: Some(name.clone()),
        filter_subject: subject.to_owned(),
        ..pull::Config::default()
    };
    let stream = reader.get_stream(stream).await.ok()?;
    let mut messages = stream.get_or_create_consumer(&name, config).await.ok()?.messages().await.ok()?;
    while let Some(message) = messages.next().await {
        answer_one(writer, &message.ok()?, answer).await?;
    }
    None
}

async fn answer_one(writer: &Context, message: &Message, answer: Answer) -> Option<()> {
    let event: Value = rmp_serde::from_slice(&message.payload).expect("an event that the product wrote");
    if let Some((verb, command)) = answer(&event) {
        let subject = format!("task.command.{verb}");
        writer.publish(subject, command.to_string().into()).await.ok()?.await.ok()?;
    }
    message.ack().await.ok()
}
