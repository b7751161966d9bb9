//! Where in the log something stands, and how far it has been read.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use tracerail_schemas::{EncodedEvent, EventId, Subject, TaskId, Timestamp};

/// How far the log has been read: the number of the last event read in each of its streams. A log in one file has one stream, a
/// server may have several, and then there is no order between events of two streams but their times.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Position(Vec<u64>);

/// Where one event is stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// Which stream of the log, counted from 0.
    pub stream: u8,
    /// Its number there.
    pub sequence: u64,
}

/// An event that is in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Published {
    /// The event.
    pub id: EventId,
    /// The task it is about, or the one its content item has or would have.
    pub about: TaskId,
    /// When it happened.
    pub at: Timestamp,
    /// Its subject.
    pub subject: Subject,
    /// Where it is stored. `None` where the store knows by itself.
    pub place: Option<Place>,
}

impl Position {
    /// Before the first event.
    pub fn start() -> Self {
        Self::default()
    }

    /// After these events, one number a stream.
    pub fn of(sequences: impl Into<Vec<u64>>) -> Self {
        let mut sequences = sequences.into();
        while sequences.last() == Some(&0) {
            sequences.pop();
        }
        Self(sequences)
    }

    /// The number of the last event read in this stream.
    pub fn in_stream(&self, stream: usize) -> u64 {
        self.0.get(stream).copied().unwrap_or(0)
    }

    /// The numbers, one a stream; those of the last streams may be missing when they are 0.
    pub fn sequences(&self) -> &[u64] {
        &self.0
    }
}

impl Published {
    /// The event, stored where the log says so. `None` for an event about nothing TraceRail knows.
    pub fn of(event: &EncodedEvent, place: Option<Place>) -> Option<Self> {
        let envelope = &event.envelope;
        let (at, subject) = (envelope.time, envelope.subject);
        Some(Self { id: envelope.id, about: envelope.task_id()?, at, subject, place })
    }
}

impl PartialOrd for Position {
    /// Further in no stream back. Two positions may each be further in some stream.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let streams = self.0.len().max(other.0.len());
        let mut order = Ordering::Equal;
        for stream in 0..streams {
            match (order, self.in_stream(stream).cmp(&other.in_stream(stream))) {
                (_, Ordering::Equal) => {}
                (Ordering::Equal, here) => order = here,
                (so_far, here) if so_far == here => {}
                (Ordering::Less | Ordering::Greater, _) => return None,
            }
        }
        Some(order)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<_> = self.0.iter().map(u64::to_string).collect();
        f.pad(if numbers.is_empty() { "0".to_owned() } else { numbers.join(".") }.as_str())
    }
}

/// A text that is no position.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{text:?} is no place in the log (expected a number, or numbers with dots between them, as `watch --json` prints them)"
)]
pub struct NoPosition {
    text: String,
}

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let numbers: Result<Vec<u64>, _> = text.split('.').map(str::parse).collect();
        numbers.map(Self::of).map_err(|_| NoPosition { text: text.chars().take(60).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_compared_stream_by_stream() {
        let at = |text: &str| text.parse::<Position>().unwrap();
        assert!(at("1.5") < at("2.5") && at("2.5.0.1") > at("2.5"));
        assert_eq!(at("1.2").partial_cmp(&at("2.1")), None);
        assert_eq!((Position::start(), at("7.0.0")), (at("0"), at("7")));
        for text in ["0", "12", "12.0.5"] {
            assert_eq!(at(text).to_string(), text);
        }
        for bad in ["", "x", "1..2", "-1"] {
            assert!(bad.parse::<Position>().is_err(), "{bad}");
        }
    }
}
