//! The one way in which anything changes: a batch, committed whole or not at all.

use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::{ContentBody, TerminalRecord};
use tracerail_schemas::routing::RouteRecord;
use tracerail_schemas::task::{Command, CommandAnswer, Task};
use tracerail_schemas::{ContentKey, EncodedEvent, EventId, GroupId, Subject, TaskId, Timestamp};
use uuid::Uuid;

/// Everything that follows from one cause.
#[derive(Clone, PartialEq, Debug)]
pub struct Batch {
    /// What it follows from. A cause takes effect once.
    pub cause: Cause,
    /// What must be true at the moment of the commit, by the store's own clock.
    pub guard: Guard,
    /// What is written about a content item.
    pub content: Option<ContentWrite>,
    /// What is written about a task.
    pub task: Option<TaskWrite>,
    /// The answer to the command that caused it, kept for its repetition.
    pub answer: Option<CommandAnswer>,
    /// Where an assignment strategy goes on in a group. Advisory: the last writer wins.
    pub cursor: Option<(GroupId, u64)>,
    /// The events to be published, in this order. The first is the fold event of the task, if a task is written.
    pub events: Vec<EncodedEvent>,
}

/// What a batch follows from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// The id under which the effect is remembered.
    pub id: Uuid,
    /// The task it is about, or the one its content item has or would have: a store in parts keeps all that belongs together in
    /// one part, and finds it by this. A repetition of a cause is about the same.
    pub about: TaskId,
    /// For a command: the hash of its payload, so that another payload under the same id is noticed.
    pub payload_hash: Option<[u8; 32]>,
}

/// What must be true at the moment of the commit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Guard {
    /// The store's clock shows at least this.
    pub not_before: Option<Timestamp>,
}

/// What is written about a content item. Whatever is already there stays: the first writer wins.
#[derive(Clone, PartialEq, Debug)]
pub struct ContentWrite {
    /// The item.
    pub key: ContentKey,
    /// It is taken in.
    pub admit: Option<Admission>,
    /// Its analysis.
    pub analysis: Option<AnalysisRecord>,
    /// Its route.
    pub route: Option<RouteRecord>,
    /// Its end.
    pub terminal: Option<TerminalRecord>,
}

/// A content item that is taken in.
#[derive(Clone, PartialEq, Debug)]
pub struct Admission {
    /// The event it came with.
    pub submitted_id: EventId,
    /// When.
    pub submitted_at: Timestamp,
    /// The body.
    pub body: ContentBody,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What is written about a task.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskWrite {
    /// The version it was decided on; `None` for a task that must not exist yet.
    pub expected_version: Option<u64>,
    /// The task since. Its version is one more than the expected one; the first one is 1, or the one it was kept in elsewhere.
    pub task: Box<Task>,
}

/// What came of a commit.
#[derive(Clone, PartialEq, Debug)]
pub enum Committed {
    /// The batch took effect. `unsent` are those of its events that still have to be published; a store that is also the
    /// log has none.
    Applied {
        /// Events to publish now.
        unsent: Vec<EncodedEvent>,
    },
    /// The cause had taken effect before. Nothing was written; the answer is the first one.
    AlreadyApplied {
        /// The stored answer, if the cause was a command.
        answer: Option<CommandAnswer>,
        /// Those of the first commit's events that are not known to be published.
        unsent: Vec<EncodedEvent>,
    },
    /// The cause was used before with another payload. Nothing was written.
    CauseReused,
    /// What the batch was decided on is no longer so: another version, a record that is already there, a content that is
    /// not there, a guard that does not hold. Nothing was written. Load again and decide again.
    Conflict,
}

impl Batch {
    /// Whether it writes only what its cause is about.
    pub fn is_about_its_cause(&self) -> bool {
        let about = self.cause.about;
        self.task.as_ref().is_none_or(|write| write.task.id == about)
            && self.content.as_ref().is_none_or(|write| TaskId::of_content(&write.key) == about)
    }

    /// Whether the version of the task it writes follows the one it was decided on, without a gap. A task begins with version 1; one
    /// that is told as a whole was kept elsewhere, and begins with the version it had.
    pub fn versions_follow(&self) -> bool {
        let Some(TaskWrite { expected_version, task }) = &self.task else { return true };
        let is_whole = self.events.first().is_some_and(|fold| fold.envelope.subject == Subject::TaskSnapshot);
        match expected_version {
            None if is_whole => task.version > 0,
            expected => task.version == expected.unwrap_or(0) + 1,
        }
    }

    /// A batch that writes nothing yet.
    pub fn of(cause: Cause) -> Self {
        Self {
            cause,
            guard: Guard::default(),
            content: None,
            task: None,
            answer: None,
            cursor: None,
            events: Vec::new(),
        }
    }
}

impl Cause {
    /// An event about `about` that `actor` handles.
    pub fn event(id: EventId, actor: &str, about: TaskId) -> Self {
        Self { id: id.handled_by(actor), about, payload_hash: None }
    }

    /// What the ids of its events derive from. Somebody may use one command id for two tasks; their events still differ.
    pub fn root(&self) -> Uuid {
        match self.payload_hash {
            Some(_) => Uuid::new_v5(&self.about.uuid(), self.id.as_bytes()),
            None => self.id,
        }
    }

    /// A command.
    pub fn command(command: &Command) -> Self {
        Self { id: command.id.uuid(), about: command.task_id, payload_hash: Some(command.payload_hash()) }
    }
}

impl ContentWrite {
    /// A write that changes nothing yet.
    pub fn of(key: ContentKey) -> Self {
        Self { key, admit: None, analysis: None, route: None, terminal: None }
    }
}
