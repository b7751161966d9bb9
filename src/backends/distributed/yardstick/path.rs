//! What one item did: its events and commits, step by step, to be done again by others.

use tracerail_actors::port::{Admission, Batch, Cause, ContentWrite, TaskWrite};
use tracerail_schemas::content::ContentRecord;
use tracerail_schemas::task::Task;
use tracerail_schemas::{EncodedEvent, Envelope, Subject, TaskId};

use super::name::Name;

/// Steps of an item: it comes in, is analysed, routed, and made a task.
pub(super) const STEPS: usize = 4;

/// An item that went through the pipeline.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    /// Its record.
    pub record: ContentRecord,
    /// Its task, as it was made, if it has one.
    pub task: Option<Task>,
    /// Its events.
    pub trail: Vec<EncodedEvent>,
}

impl Sample {
    /// The events of a step.
    pub(super) fn events(&self, step: usize) -> impl Iterator<Item = &EncodedEvent> {
        self.trail.iter().filter(move |event| self.step_of(event.envelope.subject) == step)
    }

    fn step_of(&self, subject: Subject) -> usize {
        // The router ends what ends by itself.
        let ended = self.task.is_none() && subject == Subject::ContentCompleted;
        let order = [Subject::ContentSubmitted, Subject::ContentAnalyzed, Subject::ContentRouted];
        let earlier = order.iter().position(|of| *of == subject);
        earlier.unwrap_or(if ended { 2 } else { 3 })
    }

    /// The commit of a step, for another item; none where nothing is committed. `admits` is the step that takes the item in: a published
    /// item is taken in where it is analysed.
    pub(super) fn batch(&self, name: Name, admits: usize) -> Option<Batch> {
        let step = usize::from(name.step);
        let key = name.key()?;
        let about = TaskId::of_content(&key);
        let cause = Cause { id: Name { event: u8::MAX, ..name }.id().uuid(), about, payload_hash: None };
        let mut batch = Batch::of(cause);
        let events = self.events(step).zip(0..).map(|(event, index)| EncodedEvent {
            envelope: Envelope {
                id: Name { event: index, ..name }.id(),
                about: key.to_string(),
                ..event.envelope.clone()
            },
            data: event.data.clone(),
        });
        batch.events = events.collect();
        let record = &self.record;
        let mut write = ContentWrite::of(key);
        write.admit = (step == admits).then(|| Admission {
            submitted_id: Name { step: 0, event: 0, ..name }.id(),
            submitted_at: record.submitted_at,
            body: record.body.clone(),
            hash: record.hash,
        });
        write.analysis = record.analysis.clone().filter(|_| step == 1);
        write.route = record.route.clone().filter(|_| step == 2);
        write.terminal = record.terminal.clone().filter(|_| step == 2 && self.task.is_none());
        batch.task = self.task.as_ref().filter(|_| step == 3).map(|task| TaskWrite {
            expected_version: None,
            task: Box::new(Task { id: about, version: 1, ..task.clone() }),
        });
        let writes = write.admit.is_some() || write.analysis.is_some() || write.route.is_some();
        batch.content = writes.then_some(write);
        (writes || batch.task.is_some()).then_some(batch)
    }
}
