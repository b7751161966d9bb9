//! What an event of the log says about the state. Pure.

use std::collections::{HashMap, HashSet};

use tracerail_actors::port::{Admission, Cause, Consumer, ContentWrite, Place};
use tracerail_schemas::codec::Limits;
use tracerail_schemas::content::{ContentRecord, TerminalRecord};
use tracerail_schemas::event::{
    ContentAnalyzed, ContentCompleted, ContentRouted, ContentSubmitted, Rejected, TaskEvent,
};
use tracerail_schemas::redact::{self, TakenIn};
use tracerail_schemas::task::{CommandAnswer, CommandOutcome, Task, TaskData};
use tracerail_schemas::{CommandId, ContentKey, EncodedEvent, Envelope, Event, EventId, TaskId, Timestamp};

use super::entry::Entry;
use super::error::Failure;
use super::slot::Slot;

/// What one event says, and about what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Folded {
    pub(super) about: TaskId,
    pub(super) entry: Entry,
}

/// Goes through the events, and remembers what is not decided yet.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Submissions of which it is not known whether anybody took them in.
    submitted: HashMap<EventId, (ContentKey, Admission, Option<Place>)>,
    /// Submissions that were taken in, and whose analysis was not met yet.
    taken: HashSet<EventId>,
    /// Items whose submission was not met.
    orphans: HashMap<EventId, ContentKey>,
}

impl Folder {
    /// What this event says.
    pub(super) fn fold(
        &mut self,
        event: &EncodedEvent,
        place: Option<Place>,
    ) -> Result<Vec<Folded>, Failure> {
        let envelope = &event.envelope;
        let told = Event::decode(envelope.subject, &event.data, &Limits::unlimited());
        let Ok(told) = told else {
            // What nobody could read changed nothing when it came, and changes nothing now.
            return Ok(Vec::new());
        };
        match told {
            Event::ContentSubmitted(it) => {
                self.submitted(envelope, *it, (place, TakenIn::noted(&event.data)))
            }
            Event::ContentAnalyzed(it) => self.analyzed(envelope, *it, place),
            Event::ContentRouted(it) => routed(envelope, *it, place),
            Event::ContentCompleted(it) => completed(envelope, &it, place),
            Event::TaskCommandRejected(it) => rejected(envelope, *it, place),
            Event::TaskCreated(it) => task(event, &it, Some(&it.detail.data), place),
            Event::TaskAssigned(it) => task(event, &it, None, place),
            Event::TaskOffered(it) => task(event, &it, None, place),
            Event::TaskOfferEnded(it) => task(event, &it, None, place),
            Event::TaskReleased(it) => task(event, &it, None, place),
            Event::TaskStarted(it) | Event::TaskResumed(it) => task(event, &it, None, place),
            Event::TaskReviewed(it) => task(event, &it, None, place),
            Event::TaskFollowUpDue(it) => task(event, &it, None, place),
            Event::TaskReviewRequested(it) => task(event, &it, None, place),
            Event::TaskChangesRequested(it) => task(event, &it, None, place),
            Event::TaskEscalated(it) => task(event, &it, None, place),
            Event::TaskEscalationSuperseded(it) => task(event, &it, None, place),
            Event::TaskSuspended(it) => task(event, &it, None, place),
            Event::TaskCommented(it) => task(event, &it, None, place),
            Event::TaskUpdated(it) => task(event, &it, None, place),
            Event::TaskCompleted(it) => task(event, &it, None, place),
            Event::TaskCancelled(it) => task(event, &it, None, place),
            Event::SlaBreached(it) => task(event, &it, None, place),
            Event::TaskEscalationRequested(it) => {
                Ok(vec![noted(Entry::about(it.task_id), it.task_id, envelope, place)])
            }
            Event::SlaAtRisk(it) => Ok(vec![noted(Entry::about(it.task_id), it.task_id, envelope, place)]),
            Event::TaskSnapshot(it) => task_snapshot(&it),
            Event::ContentSnapshot(it) => content_snapshot(*it),
            Event::TaskCommand(_) => Ok(Vec::new()),
        }
    }

    /// The submissions of items that were taken in, and were not met: they are further back in the log.
    pub(super) fn orphans(&self) -> &HashMap<EventId, ContentKey> {
        &self.orphans
    }

    /// An item that is submitted by us is taken in by that; one that came over the bus is taken in with its analysis.
    fn submitted(
        &mut self,
        envelope: &Envelope,
        it: ContentSubmitted,
        (place, noted): (Option<Place>, Option<TakenIn>),
    ) -> Result<Vec<Folded>, Failure> {
        let Ok((key, body)) = it.admit(&envelope.id.to_string(), usize::MAX) else { return Ok(Vec::new()) };
        // A body from which something was taken out since does not tell how it was taken in.
        let hash = noted.map_or_else(|| body.hash(), |noted| noted.hash);
        let admission = Admission { submitted_id: envelope.id, submitted_at: envelope.time, body, hash };
        let is_own = || envelope.id == EventId::submission(&key, &hash);
        let ours = noted.map_or_else(is_own, |noted| noted.when_submitted);
        let awaited = self.orphans.remove(&envelope.id).is_some();
        if ours && !awaited {
            self.taken.insert(envelope.id);
        }
        if ours || awaited {
            let cause = ours.then(|| Cause {
                id: envelope.id.uuid(),
                about: TaskId::of_content(&key),
                payload_hash: None,
            });
            return admitted(&key, admission, cause, place);
        }
        self.submitted.insert(envelope.id, (key, admission, place));
        Ok(Vec::new())
    }

    fn analyzed(
        &mut self,
        envelope: &Envelope,
        it: ContentAnalyzed,
        place: Option<Place>,
    ) -> Result<Vec<Folded>, Failure> {
        let submission = envelope.causation_id.map(EventId::from_uuid);
        let mut folded = Vec::new();
        if let Some(submission) = submission.filter(|submission| !self.taken.remove(submission)) {
            match self.submitted.remove(&submission) {
                Some((key, admission, place)) => folded.extend(admitted(&key, admission, None, place)?),
                None => {
                    self.orphans.insert(submission, it.content.clone());
                }
            }
        }
        let about = TaskId::of_content(&it.content);
        let write = ContentWrite { analysis: Some(it.analysis), ..ContentWrite::of(it.content) };
        let entry = with_cause(Entry::about(about).with_content(&write)?, envelope, about, Consumer::Llm)?;
        folded.push(noted(entry, about, envelope, place));
        Ok(folded)
    }
}

fn admitted(
    key: &ContentKey,
    admission: Admission,
    cause: Option<Cause>,
    place: Option<Place>,
) -> Result<Vec<Folded>, Failure> {
    let about = TaskId::of_content(key);
    let slot = Slot::of_admission(&admission, place);
    let write = ContentWrite { admit: Some(admission), ..ContentWrite::of(key.clone()) };
    let mut entry = Entry::about(about).with_content(&write)?.with_slot(&slot);
    if let Some(cause) = cause {
        entry = entry.with_cause(cause, None)?;
    }
    Ok(vec![Folded { about, entry }])
}

fn routed(envelope: &Envelope, it: ContentRouted, place: Option<Place>) -> Result<Vec<Folded>, Failure> {
    let about = TaskId::of_content(&it.content);
    let write = ContentWrite { route: Some(it.route), ..ContentWrite::of(it.content) };
    let entry = with_cause(Entry::about(about).with_content(&write)?, envelope, about, Consumer::Router)?;
    Ok(vec![noted(entry, about, envelope, place)])
}

fn completed(
    envelope: &Envelope,
    it: &ContentCompleted,
    place: Option<Place>,
) -> Result<Vec<Folded>, Failure> {
    let about = TaskId::of_content(&it.content);
    let terminal = TerminalRecord {
        outcome: it.outcome,
        decided_by: it.decided_by.clone(),
        reason: it.reason.clone(),
        at: it.completed_at,
        task_id: it.task_id,
    };
    let write = ContentWrite { terminal: Some(terminal), ..ContentWrite::of(it.content.clone()) };
    Ok(vec![noted(Entry::about(about).with_content(&write)?, about, envelope, place)])
}

fn rejected(envelope: &Envelope, it: Rejected, place: Option<Place>) -> Result<Vec<Folded>, Failure> {
    let cause = Cause { id: it.command_id.uuid(), about: it.task_id, payload_hash: it.payload_hash };
    let outcome = CommandOutcome::Refused(it.refusal);
    let answer = CommandAnswer { command_id: it.command_id, task_id: it.task_id, outcome };
    let entry = Entry::about(it.task_id).with_cause(cause, Some(&answer))?;
    Ok(vec![noted(entry, it.task_id, envelope, place)])
}

fn task<D>(
    event: &EncodedEvent,
    it: &TaskEvent<D>,
    data: Option<&TaskData>,
    place: Option<Place>,
) -> Result<Vec<Folded>, Failure> {
    let envelope = &event.envelope;
    // Of the events of one change the first makes the version; those after it find it made.
    let last_event = Some(redact::told(&event.data).0);
    let entry = Entry::about(it.task_id).with_state(it.version, &it.state, data, last_event)?;
    let entry = match (it.payload_hash, envelope.causation_id) {
        (Some(payload_hash), Some(command)) => {
            let cause = Cause { id: command, about: it.task_id, payload_hash: Some(payload_hash) };
            let outcome = CommandOutcome::Done { version: it.version, status: it.state.status };
            let command_id = CommandId::from_uuid(command);
            entry.with_cause(cause, Some(&CommandAnswer { command_id, task_id: it.task_id, outcome }))?
        }
        (None, Some(causation)) => match envelope.source.as_str() {
            "tracerail/task" => with_cause(entry, envelope, it.task_id, Consumer::Task)?,
            "tracerail/escalation" => with_cause(entry, envelope, it.task_id, Consumer::Escalation)?,
            // A deadline is its own cause.
            "tracerail/sla" => {
                entry.with_cause(Cause { id: causation, about: it.task_id, payload_hash: None }, None)?
            }
            _ => entry,
        },
        (_, None) => entry,
    };
    Ok(vec![noted(entry, it.task_id, envelope, place)])
}

/// Told again, it is no event of the trail.
fn task_snapshot(it: &Task) -> Result<Vec<Folded>, Failure> {
    Ok(vec![Folded { about: it.id, entry: Entry::about(it.id).with_task(it)? }])
}

fn content_snapshot(it: ContentRecord) -> Result<Vec<Folded>, Failure> {
    let about = TaskId::of_content(&it.key);
    let (submitted_id, submitted_at) = (it.submitted_id, it.submitted_at);
    let admit = Some(Admission { submitted_id, submitted_at, body: it.body, hash: it.hash });
    let write =
        ContentWrite { key: it.key, admit, analysis: it.analysis, route: it.route, terminal: it.terminal };
    let mut entry = Entry::about(about).with_content(&write)?;
    let told = i64::try_from(it.trail.len()).unwrap_or(i64::MAX);
    for (id, before) in it.trail.into_iter().zip((1..=told).rev()) {
        // Where they are and when they were told is gone with them; their order is not. The log forgets the oldest first: what it still
        // has of them comes after what it has not.
        let at = Timestamp::from_micros(submitted_at.as_micros().saturating_sub(before));
        entry = entry.with_slot(&Slot { id, at, subject: 0, place: None });
    }
    Ok(vec![Folded { about, entry }])
}

fn noted(entry: Entry, about: TaskId, envelope: &Envelope, place: Option<Place>) -> Folded {
    Folded { about, entry: entry.with_slot(&Slot::of(envelope, place)) }
}

/// The cause by which this actor remembers the event that brought this one about.
fn with_cause(entry: Entry, envelope: &Envelope, about: TaskId, actor: Consumer) -> Result<Entry, Failure> {
    match envelope.causation_id {
        Some(causation) => {
            entry.with_cause(Cause::event(EventId::from_uuid(causation), actor.as_str(), about), None)
        }
        None => Ok(entry),
    }
}
