//! Whether the history of tasks is what was told: each change names, by hash, the event of the change before it, and the task names the
//! last one. What was changed, left out or put in behind the back of TraceRail breaks that chain.
//!
//! Deliberately absent: proof against somebody who writes all of it anew from some change on. Against that helps a [`AuditReport::head`] that
//! was noted elsewhere.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};
use tracerail_schemas::codec::{self, Limits};
use tracerail_schemas::task::{Task, TaskState};
use tracerail_schemas::{EncodedEvent, Event, TaskId, hash, redact};

/// What was found.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AuditReport {
    /// Tasks whose history was followed.
    pub tasks: u64,
    /// Changes that were followed.
    pub changes: u64,
    /// Tasks whose first events the log does not have any more.
    pub without_beginning: u64,
    /// Changes from before there was a chain: they name nothing.
    pub unlinked: u64,
    /// Changes from whose events something personal was taken out since: in the chain they stand by what they were.
    pub erased: u64,
    /// What is not as it was told.
    pub broken: Vec<Break>,
    /// A hash over all tasks as they stand: noted elsewhere, it shows later whether this history was written anew.
    pub head: [u8; 32],
}

/// A place where a history is not what was told.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Break {
    /// The task.
    pub task_id: TaskId,
    /// The version.
    pub version: u64,
    /// What is wrong.
    pub what: String,
}

/// A task as far as it was followed.
#[derive(Clone, Copy, Debug)]
struct Link {
    version: u64,
    /// What this change says the one before it was.
    previous: Option<[u8; 32]>,
    /// The hash of its own event; of what a snapshot stands for, if that says so.
    event: Option<[u8; 32]>,
    /// Whether something was taken out of its event since.
    erased: bool,
    state: [u8; 32],
}

/// Follows the histories of tasks through their events.
#[derive(Debug, Default)]
pub struct Audit {
    heads: HashMap<TaskId, Link>,
    /// Changes that were met before those that come before them: a log of several streams has no order over all of them.
    ahead: HashMap<TaskId, BTreeMap<u64, Link>>,
    report: AuditReport,
}

impl Audit {
    /// The next event of the log. Those that tell no change of a task are passed over.
    pub fn meet(&mut self, event: &EncodedEvent) {
        let Ok(told) = Event::decode(event.envelope.subject, &event.data, &Limits::unlimited()) else {
            return;
        };
        if let Event::TaskSnapshot(task) = &told {
            self.begin(task);
            return;
        }
        let Some(change) = told.change() else { return };
        let (hash, erased) = redact::told(&event.data);
        let state = digest(change.state);
        let link =
            Link { version: change.version, previous: change.previous, event: Some(hash), erased, state };
        self.follow(change.task_id, link);
    }

    /// Whether a task is as its history tells, as far as that was met.
    pub fn agrees(&self, task: &Task) -> bool {
        self.heads.get(&task.id).is_some_and(|head| {
            let same_event =
                task.last_event.is_none() || head.event.is_none() || task.last_event == head.event;
            head.version == task.version && same_event && head.state == digest(&task.state)
        })
    }

    /// A task as the store has it, when all events were met: what is wrong with it is reported.
    pub fn compare(&mut self, task: &Task) {
        self.settle(task.id);
        let Some(head) = self.heads.get(&task.id).copied() else {
            return self.broken(task.id, task.version, "the log tells nothing of it".to_owned());
        };
        if head.version != task.version {
            let what = format!("the log ends at version {}", head.version);
            return self.broken(task.id, task.version, what);
        }
        if task.last_event.is_some() && head.event.is_some() && task.last_event != head.event {
            self.broken(task.id, task.version, "the event that made it is not the one it names".to_owned());
        }
        if head.state != digest(&task.state) {
            self.broken(task.id, task.version, "its state is not what its last event tells".to_owned());
        }
    }

    /// What was found.
    pub fn finish(mut self) -> AuditReport {
        let left: Vec<_> = self.ahead.keys().copied().collect();
        for task in left {
            self.settle(task);
        }
        let ordered: BTreeMap<_, _> = self.heads.iter().collect();
        let mut head = Sha256::new();
        for (task, link) in ordered {
            head.update(task.uuid().as_bytes());
            head.update(link.version.to_be_bytes());
            head.update(link.event.unwrap_or(link.state));
        }
        self.report.head = head.finalize().into();
        self.report.tasks = self.heads.len() as u64;
        self.report.broken.sort();
        self.report
    }

    /// A task that is told again as a whole: the history goes on from there, if its beginning is not known.
    fn begin(&mut self, task: &Task) {
        if self.heads.get(&task.id).is_none_or(|head| head.version < task.version) {
            let state = digest(&task.state);
            let event = task.last_event;
            let link = Link { version: task.version, previous: None, event, erased: false, state };
            if self.heads.insert(task.id, link).is_none() {
                self.report.without_beginning += 1;
            }
            self.catch_up(task.id);
        }
    }

    fn follow(&mut self, task: TaskId, link: Link) {
        match self.heads.get(&task).copied() {
            None if link.version == 1 => self.add(task, link, None),
            Some(head) if link.version == head.version + 1 => self.add(task, link, Some(head)),
            // Told twice, or derived from the event of this change: then it tells the same state.
            Some(head) if link.version == head.version => {
                if link.state != head.state {
                    self.broken(task, link.version, "two events tell different states of it".to_owned());
                }
                return;
            }
            Some(head) if link.version < head.version => return,
            Some(_) | None => {
                self.ahead.entry(task).or_default().entry(link.version).or_insert(link);
                return;
            }
        }
        self.catch_up(task);
    }

    fn add(&mut self, task: TaskId, link: Link, before: Option<Link>) {
        match (link.previous, before.map(|before| before.event)) {
            (None, None) => {}
            (None, Some(_)) => self.report.unlinked += 1,
            (Some(_), None) => {
                self.broken(task, link.version, "it names a change before the first one".to_owned());
            }
            (Some(named), Some(event)) if event.is_none_or(|event| event == named) => {}
            (Some(_), Some(_)) => {
                let what = format!("the event of version {} is not the one it names", link.version - 1);
                self.broken(task, link.version, what);
            }
        }
        self.count(task, link);
    }

    fn count(&mut self, task: TaskId, link: Link) {
        self.report.changes += 1;
        self.report.erased += u64::from(link.erased);
        self.heads.insert(task, link);
    }

    /// What was met too early, as far as it goes on from here.
    fn catch_up(&mut self, task: TaskId) {
        while let Some(head) = self.heads.get(&task).copied() {
            let Some(ahead) = self.ahead.get_mut(&task) else { return };
            ahead.retain(|version, _| *version > head.version);
            match ahead.remove(&(head.version + 1)) {
                Some(link) => self.add(task, link, Some(head)),
                None => return,
            }
        }
    }

    /// What goes on from nowhere when there is nothing more to meet: the log lacks the beginning, or something between.
    fn settle(&mut self, task: TaskId) {
        while let Some((_, link)) = self.ahead.get_mut(&task).and_then(BTreeMap::pop_first) {
            match self.heads.get(&task).copied() {
                None => self.report.without_beginning += 1,
                Some(head) => {
                    let what = format!("version {} is not there", head.version + 1);
                    self.broken(task, link.version, what);
                }
            }
            self.count(task, link);
            self.catch_up(task);
        }
        self.ahead.remove(&task);
    }

    fn broken(&mut self, task_id: TaskId, version: u64, what: String) {
        self.report.broken.push(Break { task_id, version, what });
    }
}

/// The hash of a state: what was read of it can be written again.
fn digest(state: &TaskState) -> [u8; 32] {
    hash::of(&codec::encode(state).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::sample::{assigned_to, cause, change, closed, create, key, made, task};
    use crate::port::Batch;
    use tracerail_schemas::Timestamp;
    use tracerail_schemas::task::Status;

    /// Three changes of a task, and the task.
    fn story() -> (Vec<EncodedEvent>, Task) {
        let now = Timestamp::from_micros(0);
        let first = made(&task(&key("a"), now));
        let second = change(&first, assigned_to(first.clone(), "ada"), cause(1));
        let before = written(&second);
        let third = change(&before, closed(before.clone(), Status::Completed, now), cause(2));
        let last = written(&third);
        let events = [create(&first), second, third].into_iter().flat_map(|batch| batch.events);
        (events.collect(), last)
    }

    fn written(batch: &Batch) -> Task {
        *batch.task.clone().unwrap().task
    }

    fn audit(events: &[EncodedEvent], task: Option<&Task>) -> AuditReport {
        let mut audit = Audit::default();
        for event in events {
            audit.meet(event);
        }
        if let Some(task) = task {
            audit.compare(task);
        }
        audit.finish()
    }

    fn whats(report: &AuditReport) -> Vec<(u64, &str)> {
        report.broken.iter().map(|it| (it.version, it.what.as_str())).collect()
    }

    #[test]
    fn a_history_as_it_was_told_is_whole_in_any_order() {
        let (events, task) = story();
        let head = audit(&events, Some(&task)).head;
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
            let shuffled: Vec<_> = order.into_iter().map(|at: usize| events[at].clone()).collect();
            let report = audit(&shuffled, Some(&task));
            assert_eq!((report.tasks, report.changes, report.unlinked), (1, 3, 0), "{order:?}");
            assert_eq!((report.broken, report.head), (vec![], head), "{order:?}");
        }
        let twice = [events.clone(), events].concat();
        assert_eq!(audit(&twice, Some(&task)).broken, []);
    }

    #[test]
    fn what_was_changed_left_out_or_put_in_is_found() {
        let (events, task) = story();
        let of = |subject: usize| {
            let event = &events[subject];
            Event::decode(event.envelope.subject, &event.data, &Limits::default()).unwrap()
        };
        // Somebody else did it: the state stays as it was.
        let mut forged = events.clone();
        let Event::TaskStarted(mut body) = of(1) else { panic!("a start") };
        body.by = tracerail_schemas::Principal::system("nobody");
        forged[1].data = Event::TaskStarted(body).encode().unwrap();
        assert_eq!(
            whats(&audit(&forged, Some(&task))),
            [(3, "the event of version 2 is not the one it names")]
        );
        // The last one: the task itself names it.
        let mut forged = events.clone();
        let Event::TaskStarted(mut body) = of(2) else { panic!("a start") };
        body.by = tracerail_schemas::Principal::system("nobody");
        forged[2].data = Event::TaskStarted(body).encode().unwrap();
        assert_eq!(
            whats(&audit(&forged, Some(&task))),
            [(3, "the event that made it is not the one it names")]
        );

        let left_out = [events[0].clone(), events[2].clone()];
        assert_eq!(whats(&audit(&left_out, Some(&task))), [(3, "version 2 is not there")]);
        assert_eq!(whats(&audit(&events[..2], Some(&task))), [(3, "the log ends at version 2")]);
        assert_eq!(whats(&audit(&[], Some(&task))), [(3, "the log tells nothing of it")]);

        let mut edited = task.clone();
        edited.state.comments = 7;
        assert_eq!(
            whats(&audit(&events, Some(&edited))),
            [(3, "its state is not what its last event tells")]
        );
    }

    #[test]
    fn a_log_that_has_forgotten_the_beginning_is_whole_from_there_on() {
        let (events, task) = story();
        let report = audit(&events[1..], Some(&task));
        assert_eq!((report.without_beginning, report.broken.len()), (1, 0));
    }
}
