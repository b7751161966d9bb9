//! Going through the log, and taking something out of it.
//!
//! A message that holds it is replaced: first what is left of it is stored under the place it has (`erased`), then the message is deleted, its bytes
//! overwritten on the server's disk. Killed between the two, it is found again, and only deleted. A message that an actor has still to
//! handle waits until it has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tracerail_actors::port::{Consumer, Heard, PortError, PortErrorKind};
use tracerail_schemas::{EncodedEvent, Subject};

use super::connect::full;
use super::core::Core;
use super::dead_letters;
use super::direct::{self, From, Kept};
use super::erased;
use super::error::{away, unreadable};
use super::headers::{self, Origin};
use super::log::NatsLog;
use super::publish::{self, Answer};
use super::setup::context;
use super::streams::StreamId;
use super::wants::handled_until;
use crate::backends::distributed::target::Target;
use crate::upkeep::Tombstone;

/// How many messages are read at once.
const PAGE: usize = 500;

/// How long the server may take to say whether this user may delete.
const SAYS_WITHIN: Duration = Duration::from_secs(2);

/// A number that no message ever has.
const NOBODYS: u64 = 1 << 53;

/// The server has no message of this number.
const NO_MESSAGE: [u64; 2] = [10_037, 10_043];

/// How far the log was gone through.
#[derive(Clone, Default, Debug)]
pub struct Walked {
    next: BTreeMap<StreamId, u64>,
    /// What an actor has still to handle.
    waiting: BTreeSet<(StreamId, u64)>,
    /// Messages that were looked at.
    pub looked_at: u64,
}

/// What becomes of a message.
enum Becomes {
    Itself,
    /// These bytes are left of it.
    Left(Vec<u8>),
}

impl Walked {
    /// How many messages wait for an actor, and in which streams.
    pub fn waiting(&self) -> (usize, String) {
        let streams: BTreeSet<_> = self.waiting.iter().map(|(stream, _)| stream.as_str()).collect();
        (self.waiting.len(), streams.into_iter().collect::<Vec<_>>().join(", "))
    }
}

impl NatsLog {
    /// Whether this user may delete messages, and every stream lets them be deleted.
    pub async fn may_erase(&self) -> Result<(), PortError> {
        let (core, operation) = (&*self.core, "erase from the event log");
        for stream in of_erasure() {
            let name = core.names.stream(stream);
            let found = context(&core.connection).get_stream(&name).await;
            let found = found.map_err(|error| away(operation, full(&error)))?;
            if found.cached_info().config.deny_delete {
                let why = format!(
                    "the stream {name} was made so that nothing can be deleted from it: stop all processes, then `nats stream backup`, \
                     `nats stream rm` and `nats stream restore` it with `\"deny_delete\": false` in its configuration"
                );
                return Err(PortError::new(operation, PortErrorKind::Invalid, why));
            }
        }
        // There is no such message: only whether it may be asked for counts.
        let asked = ask_to_delete(core, StreamId::Erased, NOBODYS);
        if let Ok(Ok(_)) = tokio::time::timeout(SAYS_WITHIN, asked).await {
            return Ok(());
        }
        let said = core.connection.denied().unwrap_or_else(|| "no answer in time".to_owned());
        let why = format!(
            "{said} (only the user `admin` of nats.conf may delete: give nats.user and its password)"
        );
        Err(PortError::new(operation, PortErrorKind::Denied, why))
    }

    /// Goes through what was not gone through yet and takes the target out; with `dry`, only counts. How many messages held it.
    pub async fn erase_on(
        &self,
        target: &Target,
        walked: &mut Walked,
        dry: bool,
        tell: Heard<'_>,
    ) -> Result<u64, PortError> {
        let mut pass = Pass { core: &self.core, target, dry, handled: BTreeMap::new(), found: 0 };
        for (stream, number) in std::mem::take(&mut walked.waiting) {
            if let Some(kept) = direct::numbered(&self.core, stream, number).await? {
                pass.meet(stream, kept, walked).await?;
            }
        }
        for stream in of_erasure() {
            pass.stream(stream, walked, tell).await?;
        }
        Ok(pass.found)
    }
}

/// One way through the log.
struct Pass<'a> {
    core: &'a Core,
    target: &'a Target,
    dry: bool,
    /// Up to where each stream was handled by its actor when this began to ask.
    handled: BTreeMap<StreamId, u64>,
    found: u64,
}

impl Pass<'_> {
    async fn stream(
        &mut self,
        stream: StreamId,
        walked: &mut Walked,
        tell: Heard<'_>,
    ) -> Result<(), PortError> {
        loop {
            let next = walked.next.get(&stream).copied().unwrap_or(1);
            let page = direct::page(self.core, stream, From::Sequence(next), ">", PAGE).await?;
            let Some(last) = page.kept.last().map(|kept| kept.sequence) else { return Ok(()) };
            walked.looked_at += page.kept.len() as u64;
            for kept in page.kept {
                self.meet(stream, kept, walked).await?;
            }
            walked.next.insert(stream, last + 1);
            tell(walked.looked_at);
            if !page.more {
                return Ok(());
            }
        }
    }

    /// Looks at one message.
    async fn meet(&mut self, stream: StreamId, kept: Kept, walked: &mut Walked) -> Result<(), PortError> {
        if stream == StreamId::Erased {
            return self.meet_rest(kept).await;
        }
        let data = match self.becomes(stream, &kept).await? {
            Becomes::Left(data) => data,
            Becomes::Itself if self.is_named_in_headers(&kept) => kept.data.to_vec(),
            Becomes::Itself => return Ok(()),
        };
        if self.dry {
            self.found += 1;
            return Ok(());
        }
        if !self.is_handled(stream, kept.sequence).await? {
            walked.waiting.insert((stream, kept.sequence));
            return Ok(());
        }
        self.leave(self.core.names.erased(stream, kept.sequence), &kept, data, 0).await?;
        self.delete(stream, kept.sequence).await?;
        self.found += 1;
        Ok(())
    }

    /// Looks at what is left of a message from which something else was taken before, or at a tombstone.
    async fn meet_rest(&mut self, kept: Kept) -> Result<(), PortError> {
        let (subject, sequence) = (kept.subject.clone(), kept.sequence);
        let newest = direct::last_of(self.core, StreamId::Erased, &subject).await?;
        let superseded = newest.is_some_and(|newest| newest.sequence > sequence);
        let (was, becomes) = if let Some((stream, number)) = self.core.names.left_of(&subject) {
            let was = erased::standing(kept, number)?;
            let becomes = self.becomes(stream, &was).await?;
            (was, becomes)
        } else {
            let becomes = self.tombstone(&kept)?;
            (kept, becomes)
        };
        let Becomes::Left(data) = becomes else {
            // What was said anew is not needed any more; whoever said it may have been killed before it was deleted.
            return if superseded && !self.dry {
                self.delete(StreamId::Erased, sequence).await
            } else {
                Ok(())
            };
        };
        self.found += 1;
        if self.dry {
            return Ok(());
        }
        if !superseded {
            self.leave(subject, &was, data, sequence).await?;
        }
        self.delete(StreamId::Erased, sequence).await
    }

    /// What becomes of a message that stands, or stood, there.
    async fn becomes(&self, stream: StreamId, kept: &Kept) -> Result<Becomes, PortError> {
        let failed = |error: &dyn std::error::Error| unreadable("erase from the event log", full(error));
        if stream == StreamId::DeadLetters {
            let letter = dead_letters::letter(self.core, kept).await?;
            let Some(consumer) = Consumer::from_name(&letter.actor) else { return Ok(Becomes::Itself) };
            let about = dead_letters::envelope(self.core, kept, &letter, consumer);
            let since = self.target.letter(&about, &letter).map_err(|error| failed(&error))?;
            let bytes = since.map(|letter| rmp_serde::to_vec_named(&letter)).transpose();
            return Ok(bytes.map_err(|error| failed(&error))?.map_or(Becomes::Itself, Becomes::Left));
        }
        let subject = headers::event_subject(&self.core.names, &kept.subject);
        let first = stream.consumer().and_then(|consumer| consumer.subjects().first().copied());
        let otherwise = subject.or(first).unwrap_or(Subject::ContentSubmitted);
        let origin = Origin {
            subject: self.core.names.plain(&kept.subject),
            stream: &self.core.names.stream(stream),
            created: self.core.created(stream),
            sequence: kept.sequence,
            at: kept.at,
            otherwise,
        };
        let envelope = headers::envelope(kept.headers.as_ref(), &origin);
        let event = EncodedEvent { envelope, data: kept.data.to_vec() };
        let since = self.target.event(&event).map_err(|error| failed(&error))?;
        Ok(since.map_or(Becomes::Itself, Becomes::Left))
    }

    /// Whether its publisher names the person in headers of their own. What is left of a message has none of those.
    fn is_named_in_headers(&self, kept: &Kept) -> bool {
        headers::unread(kept.headers.as_ref()).any(|text| self.target.is_named_in(text))
    }

    /// A tombstone names who erased.
    fn tombstone(&self, kept: &Kept) -> Result<Becomes, PortError> {
        let Target::Person { .. } = self.target else { return Ok(Becomes::Itself) };
        let operation = "read what was erased";
        let stone: Tombstone =
            serde_json::from_slice(&kept.data).map_err(|error| unreadable(operation, error))?;
        let Some(by) = self.target.redaction().text(&stone.by) else { return Ok(Becomes::Itself) };
        let bytes = serde_json::to_vec(&Tombstone { by, ..stone });
        bytes.map(Becomes::Left).map_err(|error| unreadable(operation, error))
    }

    /// Stores what is left of a message, unless it is stored already.
    async fn leave(&self, subject: String, was: &Kept, data: Vec<u8>, last: u64) -> Result<(), PortError> {
        let headers = || {
            if self.core.names.left_of(&subject).is_some() {
                erased::headers(self.core, was, last)
            } else {
                headers::after(last)
            }
        };
        match publish::store_if_first(self.core, subject.clone(), data.into(), headers).await? {
            // It was, by somebody who was killed before the message was deleted.
            Answer::Stored(_) | Answer::NotTheFirst => Ok(()),
        }
    }

    /// Deletes a message, and overwrites its bytes.
    async fn delete(&self, stream: StreamId, number: u64) -> Result<(), PortError> {
        let operation = format!("delete message {number} of {stream}");
        let answer = ask_to_delete(self.core, stream, number).await.map_err(|why| away(&operation, why))?;
        let Some(error) = answer.get("error") else { return Ok(()) };
        let code = error.get("err_code").and_then(Value::as_u64).unwrap_or_default();
        let is_gone =
            NO_MESSAGE.contains(&code) || direct::numbered(self.core, stream, number).await?.is_none();
        if is_gone { Ok(()) } else { Err(away(operation, format!("the server says: {error}"))) }
    }

    /// Whether the actor of this stream has handled the message; what it handles from now on is met by the next way through.
    async fn is_handled(&mut self, stream: StreamId, number: u64) -> Result<bool, PortError> {
        let Some(consumer) = stream.consumer() else { return Ok(true) };
        let until = match self.handled.get(&stream) {
            Some(until) => *until,
            None => handled_until(self.core, consumer).await?,
        };
        self.handled.insert(stream, until);
        Ok(until >= number)
    }
}

/// The streams from which is erased. What is left of messages comes last: it holds what those before it left.
fn of_erasure() -> impl Iterator<Item = StreamId> {
    StreamId::PUBLIC.into_iter().chain([StreamId::DeadLetters, StreamId::Erased])
}

async fn ask_to_delete(core: &Core, stream: StreamId, number: u64) -> Result<Value, String> {
    let subject = format!("$JS.API.STREAM.MSG.DELETE.{}", core.names.stream(stream));
    let question = json!({"seq": number, "no_erase": false}).to_string();
    let answer = core.connection.client.request(subject, question.into()).await;
    let answer = answer.map_err(|error| {
        let denied = core.connection.denied().map_or_else(String::new, |said| format!(" ({said})"));
        format!("{}{denied}", full(&error))
    })?;
    serde_json::from_slice(&answer.payload).map_err(|error| error.to_string())
}
