//! What a batch does to what the store holds: looked at first, then written whole.

use tracerail_schemas::Timestamp;
use tracerail_schemas::content::ContentRecord;

use super::contents::{Contents, Effect};
use super::defect::Defect;
use super::place::Place;
use crate::port::{Batch, Committed, ContentWrite, StoredAnswer};

/// What came of the cause before, if it took effect before.
pub(super) fn repeated(contents: &Contents, batch: &Batch, place: &Place) -> Option<Committed> {
    if place.is(Defect::ForgetsCauses) {
        return None;
    }
    let effect = contents.effects.get(&batch.cause.id)?;
    if effect.payload_hash != batch.cause.payload_hash && !place.is(Defect::IgnoresPayloads) {
        return Some(Committed::CauseReused);
    }
    let mut unsent = contents.unsent_of(&effect.events);
    unsent.retain(|_| !place.is(Defect::NothingLeftToRepeat));
    let answer = effect.answer.clone().filter(|_| !place.is(Defect::ForgetsAnswers));
    Some(Committed::AlreadyApplied { answer, unsent })
}

/// Writes the batch, or nothing at all.
pub(super) fn apply(contents: &mut Contents, batch: Batch, place: &Place) -> Committed {
    let fits = guard_holds(&batch, place.now(), place)
        && task_fits(contents, &batch, place)
        && batch.content.as_ref().is_none_or(|write| content_fits(contents, write, place));
    if !fits {
        if place.is(Defect::KeepsEventsOfConflicts) {
            contents.outbox.extend(batch.events.iter().cloned());
        }
        if let (Some(write), true) = (batch.task, place.is(Defect::WritesTasksOfConflicts)) {
            contents.tasks.insert(write.task.id, *write.task);
        }
        return Committed::Conflict;
    }
    write(contents, batch, place)
}

fn guard_holds(batch: &Batch, now: Timestamp, place: &Place) -> bool {
    place.is(Defect::IgnoresGuards) || batch.guard.not_before.is_none_or(|at| at <= now)
}

fn task_fits(contents: &Contents, batch: &Batch, place: &Place) -> bool {
    let Some(write) = &batch.task else { return true };
    let stored = contents.tasks.get(&write.task.id).map(|task| task.version);
    let begins_late = write.expected_version.is_none() && write.task.version > 1;
    let follows =
        batch.versions_follow() && !(begins_late && place.is(Defect::BeginsWithTheFirstVersionOnly));
    place.is(Defect::IgnoresVersions) || (stored == write.expected_version && follows)
}

fn content_fits(contents: &Contents, write: &ContentWrite, place: &Place) -> bool {
    if place.is(Defect::OverwritesRecords) {
        return true;
    }
    match (contents.records.get(&write.key), &write.admit) {
        (None, admit) => admit.is_some(),
        (Some(_), Some(_)) => false,
        (Some(record), None) => {
            !(record.analysis.is_some() && write.analysis.is_some()
                || record.route.is_some() && write.route.is_some()
                || record.terminal.is_some() && write.terminal.is_some())
        }
    }
}

fn write(contents: &mut Contents, mut batch: Batch, place: &Place) -> Committed {
    if let Some(mut write) = batch.content.take() {
        write.terminal = write.terminal.filter(|_| !place.is(Defect::WritesRecordsInPart));
        write_content(contents, write);
    }
    if let Some(write) = batch.task.take() {
        contents.first.entry(write.task.id).or_insert_with(|| *write.task.clone());
        contents.tasks.insert(write.task.id, *write.task);
    }
    if let Some(answer) = &batch.answer {
        let payload_hash = batch.cause.payload_hash.unwrap_or_default();
        let stored = StoredAnswer { answer: answer.clone(), payload_hash };
        contents.answers.insert(answer.command_id, stored);
    }
    if let Some((group, at)) = batch.cursor.take() {
        let stands = place.is(Defect::CursorStands) && contents.cursors.contains_key(&group);
        if !stands {
            contents.cursors.insert(group, at);
        }
    }
    let events: Vec<_> = batch.events.iter().map(|event| event.envelope.id).collect();
    contents.told.extend(batch.events.iter().map(|event| (event.envelope.about.clone(), event.envelope.id)));
    contents.outbox.extend(batch.events.iter().cloned());
    let effect = Effect { payload_hash: batch.cause.payload_hash, answer: batch.answer, events };
    contents.effects.insert(batch.cause.id, effect);
    Committed::Applied { unsent: batch.events }
}

fn write_content(contents: &mut Contents, write: ContentWrite) {
    if let Some(admit) = write.admit {
        let record = ContentRecord {
            key: write.key.clone(),
            hash: admit.hash,
            submitted_id: admit.submitted_id,
            submitted_at: admit.submitted_at,
            body: admit.body,
            analysis: None,
            route: None,
            terminal: None,
            trail: Vec::new(),
        };
        contents.records.insert(write.key.clone(), record);
    }
    if let Some(record) = contents.records.get_mut(&write.key) {
        record.analysis = write.analysis.or(record.analysis.take());
        record.route = write.route.or(record.route.take());
        record.terminal = write.terminal.or(record.terminal.take());
    }
}
