//! A batch becomes one call of a script.

use redis::Value;
use tracerail_actors::port::{Batch, Committed, Consumer, Place, Receipt};
use tracerail_schemas::{EncodedEvent, codec};

use super::entry::{Entry, Slot, slot_of_admission};
use super::error::Failure;
use super::gate::Gate;
use super::scripts::Script;
use super::settings::RedisSettings;
use super::store::micros;

/// Commits a batch.
pub(super) async fn commit(
    gate: &Gate,
    settings: &RedisSettings,
    batch: Batch,
    receipt: Option<Receipt>,
) -> Result<Committed, Failure> {
    if !batch.is_about_its_cause() {
        return Err(Failure::Refused("a batch writes only what its cause is about".to_owned()));
    }
    let partition = gate.keys.partition_of(batch.cause.about);
    let arguments = arguments(settings, &batch, receipt)?;
    let answer = gate.call(Script::Commit, partition, arguments.iter().map(Vec::as_slice)).await?;
    let committed = read(answer, batch.events)?;
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
) -> Result<Vec<Vec<u8>>, Failure> {
    let mut entry = Entry::about(batch.cause.about).with_cause(batch.cause, batch.answer.as_ref())?;
    let mut expected = Vec::new();
    if let Some(write) = &batch.task {
        expected = write.expected_version.unwrap_or(0).to_string().into_bytes();
        let task = &write.task;
        let data = write.expected_version.is_none().then_some(&task.data);
        entry = entry.with_state(task.id, task.version, &task.state, data)?;
    }
    let mut admission = Vec::new();
    if let Some(write) = &batch.content {
        entry = entry.with_content(write)?;
        let told = |id| batch.events.iter().any(|event| event.envelope.id == id);
        if let Some(admit) = write.admit.as_ref().filter(|admit| !told(admit.submitted_id)) {
            admission = slot_of_admission(admit, receipt.and_then(place_of)).bytes();
        }
    }
    let mut arguments = vec![
        settings.clock.as_ref().map(|clock| micros(clock.now())).unwrap_or_default(),
        batch.guard.not_before.map(micros).unwrap_or_default(),
        expected,
        settings.remember_for.as_secs().max(1).to_string().into_bytes(),
    ];
    arguments.extend(entry.arguments().map(<[u8]>::to_vec));
    arguments.push(admission);
    for event in &batch.events {
        arguments.push(event.envelope.id.uuid().as_bytes().to_vec());
        arguments.push(Slot::of(&event.envelope, None).bytes());
        arguments.push(pack(event)?);
    }
    Ok(arguments)
}

/// Where a submission that came over the bus is: a log with several streams has the submissions in the first.
fn place_of(receipt: Receipt) -> Option<Place> {
    (receipt.consumer == Consumer::Llm).then_some(Place { stream: 0, sequence: receipt.sequence })
}

fn read(answer: Value, events: Vec<EncodedEvent>) -> Result<Committed, Failure> {
    let parts: Vec<Vec<u8>> = redis::from_redis_value(answer).map_err(redis::RedisError::from)?;
    let mut parts = parts.into_iter();
    let word = parts.next().unwrap_or_default();
    match word.as_slice() {
        b"applied" => Ok(Committed::Applied { unsent: events }),
        b"reused" => Ok(Committed::CauseReused),
        b"conflict" => Ok(Committed::Conflict),
        b"already" => {
            let answer = parts.next().filter(|answer| !answer.is_empty());
            let answer = answer.map(|bytes| codec::decode_own(&bytes)).transpose()?;
            let unsent = parts.map(|bytes| unpack(&bytes)).collect::<Result<_, _>>()?;
            Ok(Committed::AlreadyApplied { answer, unsent })
        }
        other => {
            Err(Failure::Unreadable(format!("an answer to a commit: {}", String::from_utf8_lossy(other))))
        }
    }
}

/// An event as it waits in the outbox.
fn pack(event: &EncodedEvent) -> Result<Vec<u8>, Failure> {
    let envelope = codec::encode(&event.envelope)?;
    let length = u32::try_from(envelope.len()).unwrap_or(u32::MAX).to_be_bytes();
    Ok([length.as_slice(), &envelope, &event.data].concat())
}

/// The event that waits in the outbox as these bytes.
pub(super) fn unpack(bytes: &[u8]) -> Result<EncodedEvent, Failure> {
    let torn = || Failure::Unreadable("an event of the outbox".to_owned());
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(torn)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| torn())?;
    let (envelope, data) = rest.split_at_checked(length).ok_or_else(torn)?;
    Ok(EncodedEvent { envelope: codec::decode_own(envelope)?, data: data.to_vec() })
}
