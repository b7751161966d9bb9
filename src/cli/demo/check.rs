//! Reads the event log as any consumer would, and says whether every item came to exactly one end or one open task.

use std::collections::{BTreeMap, BTreeSet};

use tracerail_actors::port::Position;
use tracerail_schemas::codec::Limits;
use tracerail_schemas::{ContentKey, Event, EventId, Subject, TaskId};

use crate::TraceRail;
use crate::cli::failure::Failure;

/// Events read at once.
const PAGE: usize = 1_000;

/// What tells how an item stands.
const SUBJECTS: [Subject; 4] =
    [Subject::ContentCompleted, Subject::TaskCreated, Subject::TaskCompleted, Subject::TaskCancelled];

/// What the log says about the items.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Checked {
    /// Items with exactly one terminal event and no open task.
    pub(super) ended: u64,
    /// Items with no terminal event and exactly one open task.
    pub(super) open: u64,
    /// All others, with what is wrong.
    pub(super) wrong: Vec<String>,
}

impl Checked {
    pub(super) fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }
}

/// Reads the whole log.
pub(super) async fn check(rail: &TraceRail, keys: &[ContentKey]) -> Result<Checked, Failure> {
    let mut seen = Seen::default();
    let mut after = Position::start();
    loop {
        let page = rail.events(&after, &SUBJECTS, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position.clone();
        for logged in page {
            let envelope = &logged.event.envelope;
            let unlimited = Limits { payload_bytes_max: usize::MAX, depth_max: 128, values_max: usize::MAX };
            match Event::decode(envelope.subject, &logged.event.data, &unlimited) {
                Ok(event) => seen.look_at(envelope.id, &event),
                Err(error) => seen.unreadable.push(format!("event {}: {}", envelope.id, error.full())),
            }
        }
    }
    Ok(seen.judge(keys))
}

#[derive(Debug, Default)]
struct Seen {
    ids: BTreeSet<EventId>,
    ends: BTreeMap<ContentKey, u64>,
    opened: BTreeMap<ContentKey, BTreeSet<TaskId>>,
    closed: BTreeSet<TaskId>,
    unreadable: Vec<String>,
}

impl Seen {
    fn look_at(&mut self, id: EventId, event: &Event) {
        // Once means one event id: a second copy of the same event is the same event.
        if !self.ids.insert(id) {
            return;
        }
        if let Event::ContentCompleted(end) = event {
            *self.ends.entry(end.content.clone()).or_default() += 1;
        } else if let Event::TaskCreated(made) = event {
            if let Some(key) = &made.content {
                self.opened.entry(key.clone()).or_default().insert(made.task_id);
            }
        } else if let Event::TaskCompleted(it) = event {
            self.closed.insert(it.task_id);
        } else if let Event::TaskCancelled(it) = event {
            self.closed.insert(it.task_id);
        }
    }

    fn judge(self, keys: &[ContentKey]) -> Checked {
        let mut checked = Checked { wrong: self.unreadable, ..Checked::default() };
        for key in keys {
            let ends = self.ends.get(key).copied().unwrap_or_default();
            let tasks = self.opened.get(key).into_iter().flatten();
            let open = tasks.filter(|task| !self.closed.contains(task)).count();
            match (ends, open) {
                (1, 0) => checked.ended += 1,
                (0, 1) => checked.open += 1,
                (ends, open) => {
                    checked.wrong.push(format!("{key}: {ends} terminal events, {open} open tasks"));
                }
            }
        }
        checked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_and_a_doubled_end_are_seen() {
        let key = |id: &str| ContentKey::new(tracerail_schemas::TenantId::default(), "s", id).unwrap();
        let task = |id: &str| TaskId::of_content(&key(id));
        let seen = Seen {
            ends: [(key("ended"), 1), (key("twice"), 2), (key("both"), 1)].into(),
            opened: ["open", "both", "closed"].map(|id| (key(id), [task(id)].into())).into(),
            closed: [task("closed")].into(),
            ..Seen::default()
        };
        let keys = ["ended", "open", "twice", "both", "closed", "lost"].map(key);
        let checked = seen.judge(&keys);
        assert_eq!((checked.ended, checked.open), (1, 1));
        let wrong = checked.wrong.join("\n");
        for id in
            ["twice: 2 terminal", "both: 1 terminal events, 1 open", "closed: 0 terminal", "lost: 0 terminal"]
        {
            assert!(wrong.contains(id), "{wrong}");
        }
    }
}
