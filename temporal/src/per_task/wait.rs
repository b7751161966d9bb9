//! The state of one wait, and what it does next. Pure: the workflow around it asks and obeys, live and in replays alike.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracerail_schemas::{Code, PersonId, TaskId, Timestamp};

use crate::limits::{HISTORY_BYTES_MAX, bytes, cut, too_long};
use crate::ring::{Ring, after_older};
use crate::words::{
    Answer, Changed, Ending, HumanDecision, Level, Opened, Refused, Seen, Snapshot, TaskStatus, Verdict,
};

/// Decisions that may wait for TraceRail's answer at once, and how long they may be together; beyond it they are refused here.
pub(crate) const WAITING_MAX: usize = 100;
pub(crate) const WAITING_BYTES_MAX: usize = 4_000_000;

/// What happens to it in one run. Each brings some events into the history: far less than the server allows a run.
pub(crate) const NEWS_MAX: u64 = 300;

/// When it looks again at what is due and not fired, at the latest. There may be thousands of such waits, and the mirror tells them as
/// soon as it is fired.
const LOOK_AGAIN_MAX: Duration = Duration::from_mins(10);

/// The shortest sleep.
const SLEEP_MIN: Duration = Duration::from_millis(1);

/// One wait.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Wait {
    task_id: TaskId,
    level: Level,
    /// What can be had again of the task.
    #[serde(default)]
    snapshot: Snapshot,
    /// When it asks TraceRail to look at the task, on Temporal's clock.
    rings_at: Option<Timestamp>,
    /// Whether it has rung and TraceRail has not looked yet.
    #[serde(default)]
    rung: bool,
    /// Whether what it rang for is due for long and nobody fires it.
    #[serde(default)]
    overdue: bool,
    /// Decisions TraceRail has not answered yet, with their numbers.
    waiting: VecDeque<(u64, HumanDecision)>,
    #[serde(skip)]
    waiting_bytes: usize,
    decisions: u64,
    /// What came of decisions whose senders wait for it; nothing yet, for those TraceRail has not answered.
    #[serde(skip)]
    awaited: BTreeMap<u64, Option<Verdict>>,
    refused: Option<Refused>,
    ending: Option<Ending>,
    /// Counts what has happened to it.
    news: u64,
    /// The bytes of what was said to it in this run, and of what it asked.
    #[serde(skip)]
    said: usize,
}

/// What a wait that only sleeps waits for: its ring, and news of how its task stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quiet {
    rings_at: Option<Timestamp>,
    version: u64,
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
        let Opened { task_id, level, snapshot, carried } = opened;
        carried.unwrap_or_else(|| Self {
            task_id,
            rings_at: level.wake_at,
            rung: false,
            overdue: false,
            level,
            snapshot,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            decisions: 0,
            awaited: BTreeMap::new(),
            refused: None,
            ending: None,
            news: 0,
            said: 0,
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
        // What is done follows from what has happened and never from the time: the time of a replay is not always that of then. So what
        // is due long since is slept for, too.
        match self.rings_at {
            _ if self.rung => Next::Fire,
            Some(at) => Next::Sleep(Some(at.since(now).max(SLEEP_MIN))),
            None => Next::Sleep(None),
        }
    }

    /// Whether it asks about a deadline, and nothing has come up that is more urgent.
    pub fn is_ringing(&self) -> bool {
        self.rung && self.waiting.is_empty() && self.ending.is_none() && !self.is_to_be_handed_on()
    }

    /// What it sleeps for; nothing, if there is something to do.
    pub fn quiet(&self) -> Option<Quiet> {
        let sleeps = !self.rung && self.waiting.is_empty() && self.ending.is_none();
        let quiet = Quiet { rings_at: self.rings_at, version: self.level.version };
        (sleeps && !self.is_to_be_handed_on()).then_some(quiet)
    }

    /// It has slept for as long as it was to.
    pub fn rang(&mut self) {
        self.rung = true;
    }

    /// The task has changed. What is older than what is known changes nothing.
    pub fn changed(&mut self, told: Changed) {
        let level = told.level.clone();
        self.snapshot.changed(told);
        if level.version > self.level.version {
            self.rings_at = level.wake_at;
            (self.rung, self.overdue) = (false, false);
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
            (self.rung, self.overdue) = (false, false);
            self.ending.get_or_insert(ending);
            self.news += 1;
        }
    }

    /// So many bytes were said to it, whatever they say: its history is that much longer.
    pub const fn heard(&mut self, bytes: usize) {
        self.said += bytes;
    }

    /// Somebody has decided.
    pub fn decided(&mut self, decision: HumanDecision) {
        match self.refusal(&decision) {
            None => {
                self.take(decision);
            }
            Some((code, why)) => {
                self.decisions += 1;
                self.refuse(self.decisions, Some(decision.user), code, why);
            }
        }
    }

    /// Why a decision whose sender waits for the answer would not be taken now.
    pub fn objection(&self, decision: &HumanDecision) -> Option<String> {
        match &self.ending {
            Some(ending) => {
                Some(format!("the task is {} already: {}", ending.status, ending.outcome.as_str()))
            }
            None => self.refusal(decision).map(|(_, why)| why),
        }
    }

    /// Why it does not even ask TraceRail.
    fn refusal(&self, decision: &HumanDecision) -> Option<(Code, String)> {
        let bytes = bytes(decision);
        if let Some(why) = too_long(bytes) {
            return Some((Code::PayloadOverLimit, why));
        }
        let full = self.waiting.len() >= WAITING_MAX || self.waiting_bytes + bytes > WAITING_BYTES_MAX;
        full.then(|| (Code::StoreUnavailable, self.too_many()))
    }

    /// Somebody has decided, and waits for the answer. The number it has under which the answer will be.
    pub fn asked(&mut self, decision: HumanDecision) -> u64 {
        let number = self.take(decision);
        self.awaited.insert(number, None);
        number
    }

    /// Whether the decision of this number has been answered.
    pub fn has_answer(&self, number: u64) -> bool {
        self.awaited.get(&number).is_none_or(Option::is_some)
    }

    /// The answer to the decision of this number, handed over once.
    pub fn answer_to(&mut self, number: u64) -> Option<Verdict> {
        self.awaited.remove(&number).flatten()
    }

    fn take(&mut self, decision: HumanDecision) -> u64 {
        self.decisions += 1;
        let bytes = bytes(&decision);
        self.waiting_bytes += bytes;
        // It is said once more, to TraceRail.
        self.said += bytes;
        self.waiting.push_back((self.decisions, decision));
        self.news += 1;
        self.decisions
    }

    /// Somebody has signalled something that is no decision.
    pub fn unreadable(&mut self, why: String) {
        self.decisions += 1;
        self.refuse(self.decisions, None, Code::PayloadMalformed, why);
    }

    /// TraceRail has answered the oldest decision.
    pub fn answered(&mut self, answer: Answer, now: Timestamp) {
        let Some((number, decision)) = self.waiting.pop_front() else { return self.seen(answer.seen, now) };
        self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes(&decision));
        let accepted = answer.refusal.is_none();
        if let Some(refusal) = answer.refusal {
            self.refuse(number, Some(decision.user), refusal.code, refusal.message);
        }
        self.seen(answer.seen, now);
        let refused = self.refused.clone().filter(|_| !accepted);
        let verdict = Verdict { accepted, refused, level: self.level.clone(), ending: self.ending.clone() };
        if let Some(awaited) = self.awaited.get_mut(&number) {
            *awaited = Some(verdict);
        }
    }

    /// TraceRail has looked at the task.
    pub fn seen(&mut self, seen: Seen, now: Timestamp) {
        self.news += 1;
        self.rung = false;
        match seen {
            Seen::Open { level, wake_in_ms } if level.version >= self.level.version => {
                let Ring { at, overdue } = Ring::after(&level, wake_in_ms, now, LOOK_AGAIN_MAX);
                (self.rings_at, self.overdue) = (at, overdue);
                self.level = level;
            }
            Seen::Open { wake_in_ms, .. } => self.rings_at = after_older(self.rings_at, wake_in_ms, now),
            Seen::Closed(ending) => self.closed(*ending),
            // Nobody says when to look again; the mirror does when there is something to see.
            Seen::Unknown => (self.rings_at, self.overdue) = (None, false),
        }
    }

    /// How the task stands, as far as it is known.
    pub const fn level(&self) -> &Level {
        &self.level
    }

    /// What can be had again of the task.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// How many things have happened to it.
    pub const fn news(&self) -> u64 {
        self.news
    }

    /// Whether a later run is to go on from here: this one is long, and nothing is under way.
    ///
    /// It counts by itself. What the server says of the length of the history may be another answer in a replay.
    pub fn is_to_be_handed_on(&self) -> bool {
        let long = self.news >= NEWS_MAX || self.said >= HISTORY_BYTES_MAX;
        long && self.ending.is_none() && self.waiting.is_empty() && self.awaited.is_empty()
    }

    /// The same for a later run, whose decisions count from one again: its id tells them apart.
    pub fn handed_on(&self) -> Opened {
        let carried = Self { decisions: 0, news: 0, said: 0, ..self.clone() };
        let (task_id, level) = (self.task_id, self.level.clone());
        Opened { task_id, level, snapshot: Snapshot::default(), carried: Some(carried) }
    }

    /// What the query answers.
    pub fn status(&self) -> TaskStatus {
        TaskStatus {
            task_id: self.task_id,
            level: Some(self.level.clone()),
            decisions: self.decisions,
            unanswered: self.waiting.len() as u64,
            overdue: self.overdue,
            refused: self.refused.clone(),
            ending: self.ending.clone(),
        }
    }

    fn refuse(&mut self, number: u64, user: Option<PersonId>, code: Code, message: String) {
        self.refused = Some(Refused { number, user, code: code.to_string(), message: cut(message) });
        self.news += 1;
    }

    fn too_many(&self) -> String {
        format!("{} decisions wait for TraceRail's answer already", self.waiting.len())
    }
}
