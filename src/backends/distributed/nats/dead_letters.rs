//! Dead letters: kept with their original bytes and attributes, listed, and handed to their actor again.
//!
//! A letter's number is its place in the stream. Whether it was replayed is a note beside it, since nothing in a stream ever changes.
//! A replay is published first and noted then: a crash between the two leaves a letter that looks held, and its second replay is the same
//! message to the server.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use tracerail_actors::port::{Consumer, DeadLetterFilter, Giveup, PortError};
use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};
use tracerail_schemas::subject::dead_letters_of;
use tracerail_schemas::{Envelope, Subject};

use super::connect::full;
use super::core::Core;
use super::direct::{self, From, Kept};
use super::erased;
use super::error::{away, unreadable};
use super::headers::{self, Origin};
use super::publish::{self, Answer};
use super::setup::context;
use super::streams::StreamId;

/// How many letters are read at once.
const PAGE: usize = 200;

/// An event that is given up.
#[derive(Debug)]
pub(super) struct Dead {
    pub(super) consumer: Consumer,
    /// Its number in the consumer's stream.
    pub(super) sequence: u64,
    pub(super) envelope: Envelope,
    pub(super) data: Vec<u8>,
    pub(super) attempts: u32,
    pub(super) why: Giveup,
}

/// Keeps it. The same delivery given up twice, by two processes perhaps, is one letter.
pub(super) async fn bury(core: &Core, dead: Dead) -> Result<(), PortError> {
    let Dead { consumer, sequence, envelope, data, attempts, why } = dead;
    let letter = DeadLetter {
        number: 0,
        actor: consumer.as_str().to_owned(),
        subject: envelope.subject.as_str().to_owned(),
        code: why.code,
        cause: why.cause,
        attempts,
        at: core.clock.now(),
        status: DeadLetterStatus::Held,
        event_id: Some(envelope.id.to_string()),
        data,
    };
    let body = rmp_serde::to_vec_named(&letter)
        .map_err(|error| unreadable(format!("keep a dead letter of {consumer}"), error))?;
    let id = id_of("dead", core, StreamId::of(consumer), sequence);
    let headers = || headers::of_dead_letter(&envelope, &id);
    publish::store(core, core.names.dead_letters(consumer), body.into(), headers).await.map(drop)
}

/// Lists them, oldest first.
pub(super) async fn list(core: &Core, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, PortError> {
    let actor = filter.consumer.map_or_else(|| "*".to_owned(), |consumer| consumer.to_string());
    let subject = core.names.subject(&dead_letters_of(&actor));
    let (mut letters, mut after) = (Vec::new(), filter.after);
    while letters.len() < filter.limit {
        let page =
            erased::page(core, StreamId::DeadLetters, From::Sequence(after + 1), &subject, PAGE).await?.kept;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        let wanted = |letter: &DeadLetter| filter.status.is_none_or(|status| letter.status == status);
        let read = try_join_all(page.iter().map(|kept| letter(core, kept))).await?;
        letters.extend(read.into_iter().filter(wanted));
    }
    letters.truncate(filter.limit);
    Ok(letters)
}

/// How many wait for a person.
pub(super) async fn held(core: &Core) -> Result<u64, PortError> {
    let operation = "count the dead letters";
    let failed = |error: &dyn std::error::Error| away(operation, full(error));
    let context = context(&core.connection);
    let letters = context.get_stream(core.names.stream(StreamId::DeadLetters)).await;
    let letters = letters.map_err(|error| failed(&error))?.cached_info().state.messages;
    let notes = context.get_stream_no_info(core.names.stream(StreamId::LogNotes)).await;
    let notes = notes.map_err(|error| failed(&error))?;
    let marks = notes.info_with_subjects(core.names.subject("note.replayed.*")).await;
    let marks = marks.map_err(|error| failed(&error))?.count().await;
    let rewritten = erased::index(core).await?.of(StreamId::DeadLetters).len() as u64;
    Ok((letters + rewritten).saturating_sub(marks as u64))
}

/// Hands one to its actor again; `false` when there is none, or it was replayed before.
pub(super) async fn replay(core: &Core, number: u64) -> Result<bool, PortError> {
    let Some(kept) = erased::numbered(core, StreamId::DeadLetters, number).await? else {
        return Ok(false);
    };
    let letter = letter(core, &kept).await?;
    let Some(consumer) = Consumer::from_name(&letter.actor) else {
        return Err(unreadable(
            format!("replay dead letter {number}"),
            format!("no actor {:?}", letter.actor),
        ));
    };
    if letter.status == DeadLetterStatus::Replayed {
        return Ok(false);
    }
    let envelope = envelope(core, &kept, &letter, consumer);
    let id = id_of("replay", core, StreamId::DeadLetters, number);
    hand_again(core, consumer, &envelope, letter.data.into(), &id).await?;
    let mark = core.names.replayed(number);
    let answer = publish::store_if_first(core, mark, Bytes::new(), headers::of_first_note).await?;
    Ok(matches!(answer, Answer::Stored(_)))
}

/// Publishes an event for its consumer alone, under its own id.
pub(super) async fn hand_again(
    core: &Core,
    consumer: Consumer,
    envelope: &Envelope,
    data: Bytes,
    id: &str,
) -> Result<(), PortError> {
    let headers = || headers::of_retry(envelope, id);
    publish::store(core, core.names.retries(consumer), data, headers).await.map(drop)
}

/// An id for the server: the same for the same purpose and message.
pub(super) fn id_of(purpose: &str, core: &Core, stream: StreamId, sequence: u64) -> String {
    format!("{purpose} {stream} {} {sequence}", core.created(stream).as_micros())
}

pub(super) async fn letter(core: &Core, kept: &Kept) -> Result<DeadLetter, PortError> {
    let operation = || format!("read dead letter {}", kept.sequence);
    let mut letter: DeadLetter =
        rmp_serde::from_slice(&kept.data).map_err(|error| unreadable(operation(), error))?;
    letter.number = kept.sequence;
    let mark = direct::last(core, StreamId::LogNotes, &core.names.replayed(kept.sequence)).await?;
    letter.status = if mark.is_some() { DeadLetterStatus::Replayed } else { DeadLetterStatus::Held };
    Ok(letter)
}

pub(super) fn envelope(core: &Core, kept: &Kept, letter: &DeadLetter, consumer: Consumer) -> Envelope {
    let named = letter.subject.parse::<Subject>().ok();
    let origin = Origin {
        subject: &letter.subject,
        stream: StreamId::DeadLetters.as_str(),
        created: core.created(StreamId::DeadLetters),
        sequence: kept.sequence,
        at: kept.at,
        otherwise: named.or(consumer.subjects().first().copied()).unwrap_or(Subject::ContentSubmitted),
    };
    headers::original(kept.headers.as_ref(), &origin)
}
