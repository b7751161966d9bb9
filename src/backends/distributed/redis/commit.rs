//! A batch becomes an entry of a script.

use redis::Value;
use tracerail_actors::port::{Batch, Committed, Consumer, Place, Receipt};
use tracerail_schemas::{EncodedEvent, codec};

use super::arguments::Arguments;
use super::entry::Entry;
use super::error::Failure;
use super::pack::unpack;
use super::read_content::typed;
use super::settings::RedisSettings;
use super::slot::Slot;
use super::store::{RedisStore, micros};

/// What the script answers of a batch that took effect.
const APPLIED: i64 = 1;
/// Its cause was used for something else.
const REUSED: i64 = 2;
/// Something was no longer as it was when it was decided.
const CONFLICT: i64 = 3;

/// Commits a batch.
pub(super) async fn commit(
    store: &RedisStore,
    batch: Batch,
    receipt: Option<Receipt>,
) -> Result<Committed, Failure> {
    if !batch.is_about_its_cause() {
        return Err(Failure::Refused("a batch writes only what its cause is about".to_owned()));
    }
    if !batch.versions_follow() {
        return Ok(Committed::Conflict);
    }
    let gate = &*store.gate;
    let partition = gate.keys.partition_of(batch.cause.about);
    let arguments = arguments(&store.settings, &batch, receipt)?;
    let committed = read(store.commits.call(partition, arguments).await?, batch.events)?;
    if let (Committed::Applied { .. }, Some((group, at))) = (&committed, &batch.cursor) {
        // Advisory, and in a slot of its own: an assignment that is made twice from one place does no harm.
        let set = redis::cmd("SET").arg(gate.keys.cursor(group)).arg(*at).to_owned();
        gate.connection.ask(&set).await?;
    }
    Ok(committed)
}

/// What the script is called with.
pub(super) fn arguments(
    settings: &RedisSettings,
    batch: &Batch,
    receipt: Option<Receipt>,
) -> Result<Arguments, Failure> {
    let mut entry = Entry::about(batch.cause.about).with_cause(batch.cause, batch.answer.as_ref())?;
    let mut expected = String::new();
    if let Some(write) = &batch.task {
        expected = write.expected_version.unwrap_or(0).to_string();
        let data = write.expected_version.is_none().then_some(&write.task.data);
        entry = entry.with_state(write.task.version, &write.task.state, data, write.task.last_event)?;
    }
    if let Some(write) = &batch.content {
        entry = entry.with_content(write)?;
        let told = |id| batch.events.iter().any(|event| event.envelope.id == id);
        if let Some(admit) = write.admit.as_ref().filter(|admit| !told(admit.submitted_id)) {
            entry = entry.with_slot(&Slot::of_admission(admit, receipt.and_then(place_of)));
        }
    }
    for event in &batch.events {
        entry = entry.with_event(batch.cause.id, event)?;
    }
    let mut arguments = Arguments::default();
    arguments.push(&settings.clock.as_ref().map(|clock| micros(clock.now())).unwrap_or_default());
    arguments.push(&batch.guard.not_before.map(micros).unwrap_or_default());
    arguments.push(expected.as_bytes());
    entry.add_to(&mut arguments);
    Ok(arguments)
}

/// Where a submission that came over the bus is: a log with several streams has the submissions in the first.
fn place_of(receipt: Receipt) -> Option<Place> {
    (receipt.consumer == Consumer::Llm).then_some(Place { stream: 0, sequence: receipt.sequence })
}

fn read(answer: Value, events: Vec<EncodedEvent>) -> Result<Committed, Failure> {
    if let Value::Int(word) = answer {
        return match word {
            APPLIED => Ok(Committed::Applied { unsent: events }),
            REUSED => Ok(Committed::CauseReused),
            CONFLICT => Ok(Committed::Conflict),
            other => Err(Failure::Unreadable(format!("{other} as the answer to a commit"))),
        };
    }
    let mut parts = typed::<Vec<Vec<u8>>>(answer)?.into_iter();
    let answer = parts.next().filter(|answer| !answer.is_empty());
    let answer = answer.map(|bytes| codec::decode_own(&bytes)).transpose()?;
    let unsent = parts.map(|bytes| unpack(&bytes)).collect::<Result<_, _>>()?;
    Ok(Committed::AlreadyApplied { answer, unsent })
}

/// Whether the script answers that a batch took effect.
pub(super) fn is_applied(answer: &Value) -> bool {
    *answer == Value::Int(APPLIED)
}
