//! Looking after what is kept.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracerail_schemas::dead_letter::DeadLetter;
use tracerail_schemas::redact::Redaction;
use tracerail_schemas::task::Task;
use tracerail_schemas::{ContentKey, TaskId, Timestamp, hash};

use super::defect::Defect;
use super::place::{Place, State};
use crate::port::{
    Consumer, Erased, Erasing, Erasure, Heard, PortError, PortErrorKind, Removed, ToErase, Tombstone, Upkeep,
    pseudonym,
};

/// Looking after a place.
pub(super) struct MemoryUpkeep {
    place: Arc<Place>,
}

impl MemoryUpkeep {
    pub(super) fn new(place: Arc<Place>) -> Self {
        Self { place }
    }

    /// The items that ended before this, and may go.
    fn ended(&self, state: &State, cutoff: Timestamp) -> Vec<ContentKey> {
        let is_open = |task: TaskId| state.store.tasks.get(&task).is_some_and(Task::is_open);
        let records = state.store.records.values().filter(|record| {
            let old = record
                .terminal
                .as_ref()
                .is_some_and(|end| end.at < cutoff || self.place.is(Defect::RetainsNothingLong));
            old && !is_open(TaskId::of_content(&record.key)) && !self.is_waited_for(state, &record.key)
        });
        records.map(|record| record.key.clone()).collect()
    }

    fn is_waited_for(&self, state: &State, key: &ContentKey) -> bool {
        let waits = state.log.all().any(|(sequence, event)| {
            let envelope = &event.envelope;
            let progress = Consumer::of(envelope.subject).and_then(|it| state.log.progress.get(&it));
            let is_open = progress.is_some_and(|progress| progress.is_open(sequence));
            is_about(&envelope.about, key) && (is_open || state.log.is_held(sequence))
        });
        waits && !self.place.is(Defect::TakesUnhandled)
    }

    /// Takes an item out; how many tasks and answers went with it.
    fn remove(&self, state: &mut State, key: &ContentKey) -> (u64, u64) {
        let (store, task) = (&mut state.store, TaskId::of_content(key));
        let end = store.records.remove(key).and_then(|record| record.terminal);
        store.gone.extend(end.map(|end| end.outcome));
        store.first.remove(&task);
        let tasks = u64::from(store.tasks.remove(&task).is_some());
        let before = store.answers.len();
        if !self.place.is(Defect::LeavesAnswers) {
            store.answers.retain(|_, stored| stored.answer.task_id != task);
        }
        (tasks, (before - store.answers.len()) as u64)
    }

    /// Takes it out of everything that concerns it; how many records that were.
    fn rewrite(&self, state: &mut State, what: &ToErase) -> Result<u64, PortError> {
        let name = match what {
            ToErase::Person(id) => pseudonym(id),
            ToErase::Content(_) => String::new(),
        };
        let (redaction, only) = match what {
            ToErase::Person(id) => (Redaction::Person { id: id.as_str(), pseudonym: &name }, None),
            ToErase::Content(key) => (Redaction::Texts, Some(key)),
        };
        let mut records = 0;
        for record in state.store.records.values_mut().filter(|it| only.is_none_or(|key| it.key == *key)) {
            records += since(redaction, record)?;
            if only.is_some() {
                record.hash = [0; 32];
            }
        }
        let of_it = |task: &TaskId| only.is_none_or(|key| *task == TaskId::of_content(key));
        for (_, task) in state.store.tasks.iter_mut().filter(|(id, _)| of_it(id)) {
            records += since(redaction, &mut task.data)? + since(redaction, &mut task.state)?;
        }
        if self.place.is(Defect::LeavesEvents) {
            return Ok(records);
        }
        let concerned = |about: &str| only.is_none_or(|key| is_about(about, key));
        for event in state.log.bodies().filter(|event| concerned(&event.envelope.about)) {
            let Some(data) = redaction.body(&event.data).map_err(failed)? else { continue };
            event.data = data;
            records += 1;
            if self.place.is(Defect::BreaksChains) {
                event.data = without_note(&event.data)?;
            }
        }
        if only.is_none() {
            for (_, letter) in &mut state.log.dead {
                records += in_letter(redaction, letter)?;
            }
        }
        Ok(records)
    }

    fn refuses(&self, state: &State, what: &ToErase) -> Option<Erasing> {
        if self.place.is(Defect::ErasesOpen) {
            return None;
        }
        match what {
            ToErase::Person(id) => {
                let tasks = state.store.tasks.values().filter(|task| task.is_open());
                let open = tasks.filter(|task| task.assignee() == Some(id)).count() as u64;
                (open > 0).then_some(Erasing::HasTasks(open))
            }
            ToErase::Content(key) => match state.store.records.get(key) {
                None => Some(Erasing::Unknown),
                Some(record) => record.terminal.is_none().then_some(Erasing::IsOpen),
            },
        }
    }
}

#[async_trait]
impl Upkeep for MemoryUpkeep {
    async fn retain(&self, older_than: Duration, dry: bool, tell: Heard<'_>) -> Result<Removed, PortError> {
        let mut state = self.place.lock();
        let ended = self.ended(&state, self.place.now().minus(older_than));
        let mut removed = Removed::default();
        for key in &ended {
            let (tasks, answers) = if dry && !self.place.is(Defect::CountsForReal) {
                let task = TaskId::of_content(key);
                let answers = state.store.answers.values().filter(|it| it.answer.task_id == task).count();
                (u64::from(state.store.tasks.contains_key(&task)), answers as u64)
            } else {
                self.remove(&mut state, key)
            };
            removed.add(Removed { items: 1, tasks, answers, ..Removed::default() });
            tell(removed.items);
        }
        Ok(removed)
    }

    async fn kept_at_least(&self) -> Result<Option<Duration>, PortError> {
        Ok(Some(Duration::ZERO))
    }

    async fn erase(&self, erasure: Erasure, tell: Heard<'_>) -> Result<Erasing, PortError> {
        let mut state = self.place.lock();
        if let Some(refused) = self.refuses(&state, &erasure.what) {
            return Ok(refused);
        }
        let (kind, name) = match &erasure.what {
            ToErase::Person(id) => ("person", pseudonym(id)),
            ToErase::Content(key) => ("content", key.to_string()),
        };
        let records = self.rewrite(&mut state, &erasure.what)?;
        tell(records);
        let mut number = None;
        if records > 0 || self.place.is(Defect::BuriesAgain) {
            let stones = &mut state.store.tombstones;
            number = Some(stones.len() as u64 + 1);
            stones.push(Tombstone {
                number: stones.len() as u64 + 1,
                kind: kind.to_owned(),
                name: name.clone(),
                at: self.place.now(),
                by: if self.place.is(Defect::NamesWhoErases) {
                    erasure.by.to_string()
                } else {
                    erasure.signed()
                },
                reason_hash: erasure.reason.map(|reason| hash::hex(&hash::of(reason.as_bytes()))),
                records,
                finished: true,
            });
        }
        Ok(Erasing::Done(Erased { kind, name, number, records, left_in_names: 0, dry_run: false }))
    }

    async fn tombstones(&self) -> Result<Vec<Tombstone>, PortError> {
        Ok(self.place.lock().store.tombstones.clone())
    }
}

fn is_about(about: &str, key: &ContentKey) -> bool {
    about == key.to_string() || about == TaskId::of_content(key).to_string()
}

/// Takes it out of a record; 1 where it stood there.
fn since<T: Serialize + DeserializeOwned>(
    redaction: Redaction<'_>,
    record: &mut T,
) -> Result<u64, PortError> {
    let Some(since) = redaction.record(record).map_err(failed)? else { return Ok(0) };
    *record = since;
    Ok(1)
}

/// Takes it out of a dead letter; 1 where it stood there.
fn in_letter(redaction: Redaction<'_>, letter: &mut DeadLetter) -> Result<u64, PortError> {
    let data = redaction.body(&letter.data).map_err(failed)?;
    let cause = redaction.text(&letter.cause);
    let changed = u64::from(data.is_some() || cause.is_some());
    letter.data = data.unwrap_or_else(|| letter.data.clone());
    letter.cause = cause.unwrap_or_else(|| letter.cause.clone());
    Ok(changed)
}

fn without_note(body: &[u8]) -> Result<Vec<u8>, PortError> {
    let mut value: serde_json::Value = tracerail_schemas::codec::decode_own(body).map_err(failed)?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove("erased_body_hash");
    }
    tracerail_schemas::codec::encode(&value).map_err(failed)
}

fn failed(error: tracerail_schemas::codec::CodecError) -> PortError {
    PortError::new("erase", PortErrorKind::Corrupt, error)
}
