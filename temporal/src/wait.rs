//! The state of one wait, and what it does next. Pure: the workflow around it asks and obeys, live and in replays alike.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracerail_schemas::{Code, PersonId, TaskId, Timestamp};

use crate::words::{Answer, Ending, HumanDecision, Level, Opened, Refused, Seen, TaskStatus};

/// Decisions that may wait for TraceRail's answer at once; beyond it they are refused here.
pub(crate) const WAITING_MAX: usize = 100;

/// One wait.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Wait {
    task_id: TaskId,
    level: Level,
    /// When it asks TraceRail to look at the task, on Temporal's clock.
    rings_at: Option<Timestamp>,
    /// Decisions TraceRail has not answered yet, with their numbers.
    waiting: VecDeque<(u64, HumanDecision)>,
    decisions: u64,
    refused: Option<Refused>,
    ending: Option<Ending>,
    /// Counts what has happened to it.
    news: u64,
}

/// What a wait does next.
#[derive(Clone, PartialEq, Debug)]
pub enum Next {
    /// It ends.
    End(Box<Ending>),
    /// It asks TraceRail to take this decision.
    Submit(u64, Box<HumanDecision>),
    /// It asks TraceRail whether the deadline has been fired.
    Fire,
    /// It sleeps this long, or until something happens to it.
    Sleep(Option<Duration>),
}

impl Wait {
    /// A wait that begins, or goes on where an earlier run of it left off.
    pub fn new(opened: Opened) -> Self {
        let Opened { task_id, level, carried, .. } = opened;
        carried.unwrap_or_else(|| Self {
            task_id,
            rings_at: level.wake_at,
            level,
            waiting: VecDeque::new(),
            decisions: 0,
            refused: None,
            ending: None,
            news: 0,
        })
    }

    /// What to do now.
    pub fn next(&self, now: Timestamp) -> Next {
        // Also when it has ended: whoever decided is owed an answer, most likely that somebody was faster.
        if let Some((number, decision)) = self.waiting.front() {
            return Next::Submit(*number, Box::new(decision.clone()));
        }
        if let Some(ending) = &self.ending {
            return Next::End(Box::new(ending.clone()));
        }
        match self.rings_at {
            Some(at) if at <= now => Next::Fire,
            Some(at) => Next::Sleep(Some(at.since(now))),
            None => Next::Sleep(None),
        }
    }

    /// The task has changed. What is older than what is known changes nothing.
    pub fn changed(&mut self, level: Level) {
        if level.version > self.level.version {
            self.rings_at = level.wake_at;
            self.level = level;
            self.news += 1;
        }
    }

    /// The task is closed.
    pub fn closed(&mut self, ending: Ending) {
        // One of another task would end a wait that nobody has decided.
        if ending.task_id == self.task_id && !ending.status.is_open() {
            self.level.version = self.level.version.max(ending.version);
            self.level.status = ending.status;
            (self.level.due_at, self.level.wake_at, self.rings_at) = (None, None, None);
            self.ending.get_or_insert(ending);
            self.news += 1;
        }
    }

    /// Somebody has decided.
    pub fn decided(&mut self, decision: HumanDecision) {
        self.decisions += 1;
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back((self.decisions, decision));
            self.news += 1;
        } else {
            let message = format!("{WAITING_MAX} decisions wait for TraceRail's answer already");
            self.refuse(self.decisions, Some(decision.user), Code::StoreUnavailable, message);
        }
    }

    /// Somebody has signalled something that is no decision.
    pub fn unreadable(&mut self, why: String) {
        self.decisions += 1;
        self.refuse(self.decisions, None, Code::PayloadMalformed, why);
    }

    /// TraceRail has answered the oldest decision.
    pub fn answered(&mut self, answer: Answer, now: Timestamp) {
        let decision = self.waiting.pop_front();
        if let (Some((number, decision)), Some(refusal)) = (decision, answer.refusal) {
            self.refuse(number, Some(decision.user), refusal.code, refusal.message);
        }
        self.seen(answer.seen, now);
    }

    /// TraceRail has looked at the task.
    pub fn seen(&mut self, seen: Seen, now: Timestamp) {
        self.news += 1;
        match seen {
            // Its own clock says when to ring: Temporal's may be ahead.
            Seen::Open { level, wake_in_ms } if level.version >= self.level.version => {
                self.rings_at = wake_in_ms.map(|millis| now.plus(Duration::from_millis(millis)));
                self.level = level;
            }
            // It is older than what came meanwhile.
            Seen::Open { .. } => {}
            Seen::Closed(ending) => self.closed(*ending),
            // Nobody says when to look again; the mirror does when there is something to see.
            Seen::Unknown => self.rings_at = None,
        }
    }

    /// How the task stands, as far as it is known.
    pub const fn level(&self) -> &Level {
        &self.level
    }

    /// How many things have happened to it.
    pub const fn news(&self) -> u64 {
        self.news
    }

    /// Whether a later run could go on from here with nothing under way.
    pub fn is_idle(&self) -> bool {
        self.ending.is_none() && self.waiting.is_empty()
    }

    /// The same for a later run, whose decisions count from one again: its id tells them apart.
    pub fn handed_on(&self) -> Opened {
        let carried = Self { decisions: 0, news: 0, ..self.clone() };
        let (task_id, level) = (self.task_id, self.level.clone());
        Opened { task_id, level, task: None, content_missing: false, carried: Some(carried) }
    }

    /// What the query answers.
    pub fn status(&self) -> TaskStatus {
        TaskStatus {
            task_id: self.task_id,
            level: self.level.clone(),
            decisions: self.decisions,
            unanswered: self.waiting.len() as u64,
            refused: self.refused.clone(),
            ending: self.ending.clone(),
        }
    }

    fn refuse(&mut self, number: u64, user: Option<PersonId>, code: Code, message: String) {
        self.refused = Some(Refused { number, user, code: code.to_string(), message });
        self.news += 1;
    }
}
