//! The state of one shard of waits, and what it does next. Pure: the workflow around it asks and obeys, live and in replays alike.

use std::collections::BTreeSet;
use std::time::Duration;

use tracerail_schemas::{Code, PersonId, TaskId, Timestamp};

use super::memory::Memory;
use super::open::Open;
use super::pending::Queue;
use super::words::{
    Asked, Attended, Begun, Closed, Counts, OpenTask, TaskOf, TasksChanged, Told, Work, shard_of,
};
use crate::limits::cut;
use crate::ring::{Ring, after_older};
use crate::words::{Answer, Ending, Level, Refused, Seen, TaskStatus};

/// How many ends it remembers, and how many tasks of which something was refused.
pub(crate) const ENDED_MAX: usize = 500;
pub(super) const REFUSED_MAX: usize = 100;
/// The length of a history from which on a new run takes over: each worker that takes the workflow over reads it anew.
const HISTORY_MAX: u32 = 2_000;
/// How many tasks that are due are looked at at once: what is said of them is one payload.
const DUE_MAX: usize = 1_000;
/// Tasks in one answer of a query.
pub(crate) const PAGE: usize = 2_000;
/// When it looks again at what is due and not fired, at the latest.
const LOOK_AGAIN_MAX: Duration = Duration::from_mins(1);
/// When it looks again at what could not be looked at.
const NOT_SEEN_AGAIN: Duration = Duration::from_secs(10);

/// One shard.
#[derive(Clone, PartialEq, Debug)]
pub struct Shard {
    pub(super) counts: Counts,
    pub(super) history_max: Option<u32>,
    /// The latest time it knows to have come: a timer rang, or an answer of TraceRail says so.
    clock: Timestamp,
    pub(super) open: Open,
    pub(super) queue: Queue,
    /// The number of what was signalled last; it counts on through all runs.
    pub(super) numbered: u64,
    pub(super) ended: Memory<Closed>,
    pub(super) refused: Memory<Refused>,
}

/// What a shard does next.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// It asks TraceRail.
    Ask {
        /// To take these, all of one kind.
        asked: Vec<Asked>,
        /// How these stand, which are due.
        due: Vec<TaskId>,
    },
    /// It sleeps until then, or until something happens that it has to ask about.
    Sleep(Option<Timestamp>),
}

impl Shard {
    /// A shard that begins, or goes on where an earlier run of it left off.
    pub fn new(begun: Begun) -> Self {
        let mut shard = Self {
            counts: Counts { shard: begun.shard, shards: begun.shards, ..Counts::default() },
            history_max: begun.history_max,
            clock: Timestamp::from_micros(0),
            open: Open::default(),
            queue: Queue::default(),
            numbered: 0,
            ended: Memory::new(ENDED_MAX),
            refused: Memory::new(REFUSED_MAX),
        };
        if let Some(carried) = begun.carried {
            shard.take_over(carried);
        }
        shard
    }

    /// The latest time it knows to have come.
    pub const fn clock(&self) -> Timestamp {
        self.clock
    }

    /// It is that late now.
    pub fn rang(&mut self, at: Timestamp) {
        self.clock = self.clock.max(at);
    }

    /// What to do now.
    pub fn next(&self, now: Timestamp) -> Next {
        let asked = self.queue.batch(now);
        let due: Vec<_> = self.open.ringing(now).take(DUE_MAX).collect();
        if asked.is_empty() && due.is_empty() {
            return Next::Sleep(self.wakes_at());
        }
        Next::Ask { asked, due }
    }

    /// When it has something to do.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.open.rings_at().into_iter().chain(self.queue.ready_at()).min()
    }

    /// Tasks have changed. What is older than what is known changes nothing.
    pub fn changed(&mut self, told: TasksChanged) {
        for OpenTask { task_id, level } in told.tasks {
            let known = self.open.get(task_id).map(|entry| entry.level.version);
            if known.is_some_and(|version| version >= level.version) || !self.keeps(task_id) {
                continue;
            }
            if told.again {
                self.ended.forget(task_id);
            }
            self.stands(task_id, level);
        }
    }

    /// Tasks are closed.
    pub fn closed(&mut self, told: Vec<Closed>) {
        for closed in told {
            let Closed { task, ending } = &closed;
            let ended = !task.level.status.is_open() && !ending.status.is_open();
            if ended && task.task_id == ending.task_id && self.keeps(task.task_id) {
                self.open.remove(task.task_id);
                self.ended.keep(task.task_id, closed);
            }
        }
    }

    /// TraceRail has said what became of these.
    pub fn told(&mut self, told: Vec<Told>, now: Timestamp) {
        self.rang(now);
        let nobody_answers = |it: &Told| matches!(it.attended, Attended::Later(_));
        if !told.is_empty() {
            self.queue.is_heard(!told.iter().all(nobody_answers), now);
        }
        for Told { number, attended } in told {
            match attended {
                Attended::Answered(answer) => {
                    self.counts.unanswered_because = None;
                    self.answered(number, *answer, now);
                }
                Attended::Later(why) => {
                    self.counts.unanswered_because = Some(cut(why));
                    self.queue.later(number, now);
                }
            }
        }
    }

    fn answered(&mut self, number: u64, answer: Answer, now: Timestamp) {
        let Some(pending) = self.queue.take(number) else { return };
        if let Some(refusal) = answer.refusal {
            let user = match pending.work {
                Work::Create(it) => it.by,
                Work::Decide(it) => it.user,
            };
            self.refuse(Some(pending.task_id), number, Some(user), (refusal.code, refusal.message));
        }
        self.seen(pending.task_id, answer.seen, now);
    }

    /// TraceRail was to look at these tasks, and has looked at some of them. The others it looks at later.
    pub fn looked(&mut self, due: &[TaskId], seen: Vec<(TaskId, Seen)>, now: Timestamp) {
        self.rang(now);
        let looked_at: BTreeSet<TaskId> = seen.iter().map(|(task, _)| *task).collect();
        for (task, seen) in seen {
            self.counts.rung += 1;
            self.seen(task, seen, now);
        }
        for task in due.iter().filter(|task| !looked_at.contains(task)) {
            let rings_at = self.open.get(*task).and_then(|entry| entry.level.wake_at);
            if rings_at.is_some_and(|at| at <= now) {
                self.open.ring(*task, Some(now.plus(NOT_SEEN_AGAIN)));
            }
        }
    }

    fn seen(&mut self, task: TaskId, seen: Seen, now: Timestamp) {
        match seen {
            Seen::Open { mut level, wake_in_ms } => {
                if !self.keeps(task) {
                    return;
                }
                let known = self.open.get(task).map(|entry| &entry.level);
                if let Some(known) = known.filter(|known| level.version < known.version) {
                    let at = after_older(known.wake_at, wake_in_ms, now);
                    return self.open.ring(task, at);
                }
                let ring = Ring::after(&level, wake_in_ms, now, LOOK_AGAIN_MAX);
                level.wake_at = ring.at;
                self.stands(task, level);
                if ring.overdue && self.open.get(task).is_some() {
                    self.open.note_overdue(task);
                }
            }
            Seen::Closed(ending) => {
                let known = self.open.get(task).map(|entry| entry.level.clone());
                let level = ended_level(known, &ending);
                self.closed(vec![Closed { task: OpenTask { task_id: task, level }, ending: *ending }]);
            }
            // Nobody says when to look again; the mirror does when there is something to see.
            Seen::Unknown => self.open.ring(task, None),
        }
    }

    /// An open task stands like this; it waits from now on, if there is room and it has not ended.
    fn stands(&mut self, task: TaskId, level: Level) {
        if !level.status.is_open() || self.ended.get(task).is_some() {
            return;
        }
        let stands = OpenTask { task_id: task, level };
        if self.open.has_room(&stands) {
            if self.open.get(task).is_none() {
                self.counts.turned_away = 0;
            }
            self.open.put(stands);
        } else {
            // One that has grown beyond the room there is would keep this run from ever going on as another one.
            self.open.remove(task);
            self.counts.turned_away += 1;
        }
    }

    /// The length of a history from which on a new run takes over.
    pub fn history_max(&self) -> u32 {
        self.history_max.unwrap_or(HISTORY_MAX)
    }

    /// Whether this shard is the one that keeps this task.
    pub fn keeps(&self, task: TaskId) -> bool {
        shard_of(task, self.counts.shards) == self.counts.shard
    }

    pub(super) fn refuse(
        &mut self,
        task: Option<TaskId>,
        number: u64,
        user: Option<PersonId>,
        (code, message): (Code, String),
    ) {
        self.counts.refused += 1;
        let refused = Refused { number, user, code: code.to_string(), message: cut(message) };
        match task {
            Some(task) => self.refused.keep(task, refused),
            None => self.counts.unreadable = Some(refused),
        }
    }

    /// What `get_task_status` answers: for what waits, what ended not long ago, and what was refused not long ago.
    pub fn status(&self, task: TaskId) -> Option<TaskStatus> {
        let (entry, ended) = (self.open.get(task), self.ended.get(task));
        let (refused, unanswered) = (self.refused.get(task), self.queue.of(task) as u64);
        let known = entry.is_some() || ended.is_some() || refused.is_some() || unanswered > 0;
        let level = entry.map(|it| &it.level).or_else(|| ended.map(|it| &it.task.level));
        known.then(|| TaskStatus {
            task_id: task,
            level: level.cloned(),
            decisions: entry.map_or(unanswered, |it| it.decisions),
            unanswered,
            overdue: self.open.is_overdue(task),
            refused: refused.cloned(),
            ending: ended.filter(|_| entry.is_none()).map(|it| it.ending.clone()),
        })
    }

    /// What `get_user_tasks` answers: what this person has, a page at most.
    pub fn tasks_of(&self, user: PersonId) -> Vec<TaskOf> {
        let user = Some(user);
        let has = self.open.all().filter(|task| task.level.assignee == user);
        has.take(PAGE).map(|OpenTask { task_id, level }| TaskOf { task_id, level }).collect()
    }

    /// What `get_open_waits` answers: a page of those after this one.
    pub fn page(&self, after: Option<TaskId>) -> Vec<OpenTask> {
        self.open.after(after).take(PAGE).collect()
    }

    /// What `get_shard` answers.
    pub fn counts(&self) -> Counts {
        let (open, overdue, unanswered) = (self.open.len(), self.open.overdue(), self.queue.len());
        let counts = self.counts.clone();
        Counts { open: open as u64, overdue: overdue as u64, unanswered: unanswered as u64, ..counts }
    }
}

fn ended_level(known: Option<Level>, ending: &Ending) -> Level {
    let (tenant, priority, assignee) =
        known.map(|it| (it.tenant, it.priority, it.assignee)).unwrap_or_default();
    Level {
        version: ending.version,
        tenant,
        status: ending.status,
        priority,
        assignee,
        escalation_level: ending.escalation_level,
        due_at: None,
        wake_at: None,
        suspended: false,
    }
}
