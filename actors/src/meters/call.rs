//! The calls of store and log.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::histogram::{Durations, Histogram};

macro_rules! calls {
    ($($name:ident = $port:literal $call:literal),+ $(,)?) => {
        /// A call of the store or of the log.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each is the method of the port of the same name")]
        pub enum Call {
            $($name),+
        }

        impl Call {
            /// All of them.
            pub const ALL: [Self; [$($call),+].len()] = [$(Self::$name),+];

            /// The port: `store` or `log`.
            pub const fn port(self) -> &'static str {
                match self {
                    $(Self::$name => $port),+
                }
            }

            /// The method.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $call),+
                }
            }
        }
    };
}

calls! {
    Commit = "store" "commit",
    Unsent = "store" "unsent",
    Sent = "store" "sent",
    Content = "store" "content",
    FindContent = "store" "find_content",
    Task = "store" "task",
    FindTask = "store" "find_task",
    Tasks = "store" "tasks",
    Waiting = "store" "waiting",
    Answer = "store" "answer",
    Due = "store" "due",
    Armed = "store" "armed",
    OpenTasks = "store" "open_tasks",
    Cursor = "store" "cursor",
    IntakePause = "log" "intake_pause",
    SetIntakePause = "log" "set_intake_pause",
    Now = "store" "now",
    Totals = "store" "totals",
    Publish = "log" "publish",
    PublishRaw = "log" "publish_raw",
    Pull = "log" "pull",
    Ack = "log" "ack",
    Nak = "log" "nak",
    GiveUp = "log" "give_up",
    Release = "log" "release",
    Read = "log" "read",
    Trail = "log" "trail",
    Head = "log" "head",
    Lag = "log" "lag",
    Backlog = "log" "backlog",
    DeadLetters = "log" "dead_letters",
    Replay = "log" "replay",
}

/// The counts of one call.
#[derive(Debug, Default)]
pub(super) struct CallCounts {
    took: Histogram,
    failed: AtomicU64,
}

/// The counts of one call at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallReading {
    /// Which.
    pub call: Call,
    /// How long it took, the failed ones too. A pull waits for events, and that counts.
    pub took: Durations,
    /// How often it failed.
    pub failed: u64,
}

impl CallCounts {
    pub(super) fn add(&self, took: Duration, failed: bool) {
        self.took.add(took);
        self.failed.fetch_add(u64::from(failed), Relaxed);
    }

    /// The counts, if it was ever made.
    pub(super) fn read(&self, call: Call) -> Option<CallReading> {
        let took = self.took.read();
        (took.count() > 0).then(|| CallReading { call, took, failed: self.failed.load(Relaxed) })
    }
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn every_call_has_its_own_place() {
        let places: Vec<_> = Call::ALL.into_iter().map(|call| call as usize).collect();
        assert_eq!(places, (0..Call::ALL.len()).collect::<Vec<_>>());
    }
}
