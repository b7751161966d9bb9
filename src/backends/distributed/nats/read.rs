//! Reading the log: all its streams in one order.
//!
//! Each stream keeps its own order; between two streams the times of the events decide, then the order in which an item meets its
//! subjects. What was handed out again is no event of its own, and is passed over.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::try_join_all;
use tracerail_actors::port::{LoggedEvent, Place, PortError, Position};
use tracerail_schemas::{EncodedEvent, Envelope, Subject, Timestamp};

use super::core::Core;
use super::direct::{From, Kept};
use super::erased;
use super::headers::{self, Origin};
use super::streams::StreamId;

/// How many events of a stream are read at once at most.
const PAGE_MAX: usize = 1_000;

/// Reads on and on, in one order.
pub(super) struct Reader {
    core: Arc<Core>,
    cursors: Vec<Cursor>,
    subjects: Vec<Subject>,
    /// The last number passed in each stream.
    passed: Vec<u64>,
    page: usize,
}

/// How far one stream has been read.
struct Cursor {
    stream: StreamId,
    index: u8,
    filter: String,
    next: From,
    read: VecDeque<(u64, EncodedEvent)>,
    ended: bool,
}

impl Reader {
    /// From after this position, of these subjects (all, when there are none), in pages of this many.
    pub(super) fn after(core: Arc<Core>, position: &Position, subjects: &[Subject], page: usize) -> Self {
        let from = |index: u8| From::Sequence(position.in_stream(usize::from(index)) + 1);
        let mut reader = Self::new(core, subjects, page, from);
        for (passed, index) in reader.passed.iter_mut().zip(0..) {
            *passed = position.in_stream(index);
        }
        reader
    }

    /// From what the server took at this time or later.
    pub(super) fn since(core: Arc<Core>, at: Timestamp) -> Self {
        Self::new(core, &[], PAGE_MAX, |_| From::Time(at))
    }

    /// Everything.
    pub(super) fn from_start(core: Arc<Core>) -> Self {
        Self::after(core, &Position::start(), &[], PAGE_MAX)
    }

    fn new(core: Arc<Core>, subjects: &[Subject], page: usize, from: impl Fn(u8) -> From) -> Self {
        let streams = StreamId::PUBLIC.into_iter().zip(0..);
        let asked = |stream| subjects.is_empty() || subjects.iter().any(|s| StreamId::holding(*s) == stream);
        let cursors = streams.filter(|(stream, _)| asked(*stream)).map(|(stream, index)| Cursor {
            stream,
            index,
            filter: filter(&core, stream, subjects),
            next: from(index),
            read: VecDeque::new(),
            ended: false,
        });
        let cursors = cursors.collect();
        let passed = vec![0; StreamId::PUBLIC.len()];
        Self { core, cursors, subjects: subjects.to_vec(), passed, page: page.clamp(1, PAGE_MAX) }
    }

    /// Up to `limit` of the next events, with their places; fewer only at the end.
    pub(super) async fn read(&mut self, limit: usize) -> Result<Vec<(Place, LoggedEvent)>, PortError> {
        let mut all = Vec::with_capacity(limit.min(PAGE_MAX));
        while all.len() < limit {
            self.fill().await?;
            let first =
                self.cursors.iter_mut().filter(|cursor| !cursor.read.is_empty()).min_by_key(|cursor| {
                    cursor.read.front().map(|(_, event)| (order(&event.envelope), cursor.index))
                });
            let Some(cursor) = first else { break };
            let Some((sequence, event)) = cursor.read.pop_front() else { break };
            if let Some(passed) = self.passed.get_mut(usize::from(cursor.index)) {
                *passed = sequence;
            }
            let place = Place { stream: cursor.index, sequence };
            all.push((place, LoggedEvent { position: Position::of(self.passed.clone()), event }));
        }
        Ok(all)
    }

    /// Reads on where nothing is at hand.
    async fn fill(&mut self) -> Result<(), PortError> {
        let (core, page, subjects) = (&self.core, self.page, &self.subjects);
        let mut filling = Vec::new();
        for cursor in &mut self.cursors {
            if cursor.read.is_empty() && !cursor.ended {
                filling.push(cursor.fill(core, page, subjects));
            }
        }
        if filling.is_empty() { Ok(()) } else { try_join_all(filling).await.map(drop) }
    }
}

impl Cursor {
    async fn fill(&mut self, core: &Core, limit: usize, subjects: &[Subject]) -> Result<(), PortError> {
        while self.read.is_empty() && !self.ended {
            let page = erased::page(core, self.stream, self.next, &self.filter, limit).await?;
            self.ended = !page.more || page.kept.is_empty();
            if let Some(last) = page.kept.last() {
                self.next = From::Sequence(last.sequence + 1);
            }
            let events = page.kept.into_iter().filter_map(|kept| event(core, self.stream, kept));
            let wanted = |subject| subjects.is_empty() || subjects.contains(&subject);
            self.read.extend(events.filter(|(_, event)| wanted(event.envelope.subject)));
        }
        Ok(())
    }
}

/// What decides which of two events of different streams comes first: their times; of one moment the end of an item is the last.
pub(super) fn order(envelope: &Envelope) -> (Timestamp, bool, Subject) {
    (envelope.time, envelope.subject == Subject::ContentCompleted, envelope.subject)
}

/// The event at a place, if it is still there.
pub(super) async fn at(core: &Core, place: Place) -> Result<Option<LoggedEvent>, PortError> {
    let Some(stream) = StreamId::PUBLIC.get(usize::from(place.stream)).copied() else {
        return Ok(None);
    };
    let kept = erased::numbered(core, stream, place.sequence).await?;
    let found = kept.and_then(|kept| event(core, stream, kept));
    let mut passed = vec![0; StreamId::PUBLIC.len()];
    if let Some(number) = passed.get_mut(usize::from(place.stream)) {
        *number = place.sequence;
    }
    Ok(found.map(|(_, event)| LoggedEvent { position: Position::of(passed), event }))
}

/// The one subject that is asked of a stream, or all of them.
fn filter(core: &Core, stream: StreamId, subjects: &[Subject]) -> String {
    let mut here = subjects.iter().filter(|subject| StreamId::holding(**subject) == stream);
    match (here.next(), here.next()) {
        (Some(only), None) => core.names.event(*only),
        _ => ">".to_owned(),
    }
}

/// The event that a message is; `None` for one that was handed out again.
fn event(core: &Core, stream: StreamId, kept: Kept) -> Option<(u64, EncodedEvent)> {
    let subject = headers::event_subject(&core.names, &kept.subject)?;
    let origin = Origin {
        subject: subject.as_str(),
        stream: &core.names.stream(stream),
        created: core.created(stream),
        sequence: kept.sequence,
        at: kept.at,
        otherwise: subject,
    };
    let envelope = headers::envelope(kept.headers.as_ref(), &origin);
    Some((kept.sequence, EncodedEvent { envelope, data: kept.data.into() }))
}
