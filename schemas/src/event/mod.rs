//! What happens, as events. The subject says which; the body says the rest.
//!
//! Every event about a task that changes it carries the task's new version and its whole new state: whoever reads the
//! events from the first on has the tasks, without any other source (`TaskEvent`).

mod content;
mod sla;
mod task;

pub use content::{ContentAnalyzed, ContentCompleted, ContentRouted, ContentSubmitted, SubmissionError};
pub use sla::{SlaAtRisk, SlaBreached};
pub use task::{
    Assigned, Cancelled, ChangesRequested, Commented, Completed, Created, Escalated, EscalationRequested,
    EscalationSuperseded, EscalationTrigger, FollowUpDue, HowAssigned, OfferEnded, Offered, Plain, Rejected,
    Released, ReviewRequested, Reviewed, Suspended, TaskEvent, Updated,
};

use crate::codec::{self, CodecError, Limits};
use crate::content::ContentRecord;
use crate::ids::TaskId;
use crate::subject::Subject;
use crate::task::{Command, Task, TaskState};

macro_rules! events {
    ($($name:ident($body:ty)),+ $(,)?) => {
        /// An event's body. There is one variant a subject, of the same name.
        #[derive(Clone, PartialEq, Debug)]
        #[expect(missing_docs, reason = "each is the event of the subject of the same name")]
        pub enum Event {
            $($name(Box<$body>),)+
            TaskCommand(Box<Command>),
        }

        impl Event {
            /// The subject it is published on.
            pub const fn subject(&self) -> Subject {
                match self {
                    $(Self::$name(_) => Subject::$name,)+
                    Self::TaskCommand(command) => Subject::TaskCommand(command.verb.kind()),
                }
            }

            /// Notes which command brought it about, where the event has room for that.
            pub fn stamp(&mut self, payload_hash: [u8; 32]) {
                match self {
                    $(Self::$name(body) => body.stamp(payload_hash),)+
                    Self::TaskCommand(_) => {}
                }
            }

            /// Notes which event made the version before, where the event has room for that.
            pub fn link(&mut self, previous: [u8; 32]) {
                match self {
                    $(Self::$name(body) => body.link(previous),)+
                    Self::TaskCommand(_) => {}
                }
            }

            /// The change of a task it tells, if it tells one. Events derived from another of the same change tell the same one.
            pub fn change(&self) -> Option<TaskChange<'_>> {
                match self {
                    $(Self::$name(body) => body.change(),)+
                    Self::TaskCommand(_) => None,
                }
            }

            /// The bytes of the body.
            pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
                match self {
                    $(Self::$name(body) => codec::encode(body),)+
                    Self::TaskCommand(body) => codec::encode(body),
                }
            }

            /// Reads the body of an event of this subject.
            pub fn decode(subject: Subject, bytes: &[u8], limits: &Limits) -> Result<Self, CodecError> {
                match subject {
                    $(Subject::$name => codec::decode(bytes, limits).map(|body| Self::$name(Box::new(body))),)+
                    Subject::TaskCommand(_) => codec::decode(bytes, limits).map(|body| Self::TaskCommand(Box::new(body))),
                }
            }

            /// The schema of the body of an event of this subject.
            #[cfg(feature = "schema")]
            pub(crate) fn body_schema(subject: Subject, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                match subject {
                    $(Subject::$name => <$body as schemars::JsonSchema>::json_schema(generator),)+
                    Subject::TaskCommand(kind) => crate::schema::command(kind, generator),
                }
            }
        }
    };
}

/// A change of a task, as an event tells it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TaskChange<'a> {
    /// The task.
    pub task_id: TaskId,
    /// Its version since.
    pub version: u64,
    /// The hash of the body of the event that made the version before.
    pub previous: Option<[u8; 32]>,
    /// The whole state since.
    pub state: &'a TaskState,
}

/// What an event's body may have room for: which command brought it about, what came before it, the change of a task.
trait Body {
    fn stamp(&mut self, _payload_hash: [u8; 32]) {}

    fn link(&mut self, _previous: [u8; 32]) {}

    fn change(&self) -> Option<TaskChange<'_>> {
        None
    }
}

impl<D> Body for TaskEvent<D> {
    fn stamp(&mut self, payload_hash: [u8; 32]) {
        self.payload_hash = Some(payload_hash);
    }

    fn link(&mut self, previous: [u8; 32]) {
        self.previous = Some(previous);
    }

    fn change(&self) -> Option<TaskChange<'_>> {
        let Self { task_id, version, previous, state, .. } = self;
        Some(TaskChange { task_id: *task_id, version: *version, previous: *previous, state })
    }
}

impl Body for Rejected {
    fn stamp(&mut self, payload_hash: [u8; 32]) {
        self.payload_hash = Some(payload_hash);
    }
}

impl Body for ContentSubmitted {}
impl Body for ContentAnalyzed {}
impl Body for ContentRouted {}
impl Body for ContentCompleted {}
impl Body for EscalationRequested {}
impl Body for SlaAtRisk {}
impl Body for Task {}
impl Body for ContentRecord {}

events! {
    ContentSubmitted(ContentSubmitted),
    ContentAnalyzed(ContentAnalyzed),
    ContentRouted(ContentRouted),
    ContentCompleted(ContentCompleted),
    TaskCreated(TaskEvent<Created>),
    TaskAssigned(TaskEvent<Assigned>),
    TaskOffered(TaskEvent<Offered>),
    TaskOfferEnded(TaskEvent<OfferEnded>),
    TaskReleased(TaskEvent<Released>),
    TaskStarted(TaskEvent<Plain>),
    TaskReviewRequested(TaskEvent<ReviewRequested>),
    TaskReviewed(TaskEvent<Reviewed>),
    TaskChangesRequested(TaskEvent<ChangesRequested>),
    TaskFollowUpDue(TaskEvent<FollowUpDue>),
    TaskEscalationRequested(EscalationRequested),
    TaskEscalated(TaskEvent<Escalated>),
    TaskEscalationSuperseded(TaskEvent<EscalationSuperseded>),
    TaskSuspended(TaskEvent<Suspended>),
    TaskResumed(TaskEvent<Plain>),
    TaskCommented(TaskEvent<Commented>),
    TaskUpdated(TaskEvent<Updated>),
    TaskCompleted(TaskEvent<Completed>),
    TaskCancelled(TaskEvent<Cancelled>),
    TaskCommandRejected(Rejected),
    SlaAtRisk(SlaAtRisk),
    SlaBreached(TaskEvent<SlaBreached>),
    TaskSnapshot(Task),
    ContentSnapshot(ContentRecord),
}

impl Event {
    /// The body as JSON, for people.
    pub fn to_json(&self) -> serde_json::Value {
        // Through the wire form, so that what people see is what is sent.
        self.encode().ok().and_then(|bytes| codec::decode_own(&bytes).ok()).unwrap_or(serde_json::Value::Null)
    }
}
