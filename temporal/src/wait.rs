//! The state of one wait, and what it does next. Pure: the workflow around it asks and obeys, live and in replays alike.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracerail_schemas::{Code, PersonId, TaskId, Timestamp};

use crate::words::{Answer, Ending, HumanDecision, Level, Opened, Refused, Seen, TaskStatus};

/// Decisions that may wait for TraceRail's answer at once; beyond it they are refused here.
const WAITING_MAX: usize = 100;

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

#[cfg(test)]
mod tests {
    use tracerail_actors::conformance::sample;
    use tracerail_schemas::task::{Decision, Refusal, Status};
    use tracerail_schemas::{ContentKey, TenantId};

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_000_000_000_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn opened() -> Opened {
        let key = ContentKey::new(TenantId::default(), "desk", "a letter").unwrap();
        Opened::of(sample::task(&key, START))
    }

    /// The same task in a later version that has to be looked at then.
    fn later(version: u64, wake_at: Option<Timestamp>) -> Level {
        Level { version, wake_at, ..opened().level }
    }

    fn decision(user: &str) -> HumanDecision {
        let said = serde_json::json!({"decision": "approved", "user": user});
        serde_json::from_value(said).unwrap()
    }

    fn ending(opened: &Opened) -> Ending {
        let mut task = *opened.task.clone().unwrap();
        task.state.status = Status::Cancelled;
        Ending::of(&task).unwrap()
    }

    fn looked(level: Level, wake_in_ms: Option<u64>) -> Answer {
        Answer { refusal: None, seen: Seen::Open { level, wake_in_ms } }
    }

    #[test]
    fn it_sleeps_until_the_deadline_and_follows_it() {
        let mut wait = Wait::new(opened());
        assert_eq!(wait.next(START), Next::Sleep(Some(24 * HOUR)));
        assert_eq!(wait.next(START.plus(24 * HOUR)), Next::Fire);
        wait.changed(later(2, Some(START.plus(HOUR))));
        assert_eq!(wait.next(START), Next::Sleep(Some(HOUR)));
        // A suspended task has no deadline; what is older comes too late.
        wait.changed(later(3, None));
        wait.changed(later(2, Some(START)));
        assert_eq!(wait.next(START.plus(100 * HOUR)), Next::Sleep(None));
    }

    #[test]
    fn a_clock_that_is_ahead_of_tracerails_rings_again_and_not_all_the_time() {
        let mut wait = Wait::new(opened());
        let now = START.plus(24 * HOUR);
        wait.seen(Seen::Open { level: opened().level, wake_in_ms: Some(250) }, now);
        assert_eq!(wait.next(now), Next::Sleep(Some(Duration::from_millis(250))));
        wait.seen(Seen::Unknown, now);
        assert_eq!(wait.next(now), Next::Sleep(None));
    }

    #[test]
    fn decisions_are_answered_one_by_one_even_after_the_end() {
        let mut wait = Wait::new(opened());
        wait.decided(decision("mallory"));
        wait.decided(decision("ada"));
        assert_eq!(wait.next(START), Next::Submit(1, Box::new(decision("mallory"))));
        let refusal = Refusal {
            code: Code::CommandForbidden,
            message: "only a candidate may".to_owned(),
            status: None,
            version: None,
            legal_commands: Vec::new(),
        };
        let refused = Answer { refusal: Some(refusal), ..looked(opened().level, None) };
        wait.answered(refused, START);
        assert_eq!(wait.status().refused.map(|it| (it.number, it.code)), Some((1, "TR0012".to_owned())));
        wait.closed(ending(&opened()));
        assert!(!wait.is_idle());
        assert_eq!(wait.next(START), Next::Submit(2, Box::new(decision("ada"))));
        wait.answered(looked(opened().level, None), START);
        assert_eq!(wait.next(START), Next::End(Box::new(ending(&opened()))));
    }

    #[test]
    fn only_the_end_of_its_own_task_ends_it() {
        let mut wait = Wait::new(opened());
        let mut other = ending(&opened());
        other.task_id = TaskId::from_uuid(uuid::Uuid::nil());
        wait.closed(other);
        wait.closed(Ending { status: Status::Assigned, ..ending(&opened()) });
        assert_eq!(wait.next(START), Next::Sleep(Some(24 * HOUR)));
        wait.closed(ending(&opened()));
        assert!(matches!(wait.next(START), Next::End(_)));
    }

    #[test]
    fn what_is_too_much_or_no_decision_is_refused_here() {
        let mut wait = Wait::new(opened());
        wait.unreadable("it is a number".to_owned());
        for _ in 0..=WAITING_MAX {
            wait.decided(decision("ada"));
        }
        let status = wait.status();
        assert_eq!((status.decisions, status.unanswered), (102, 100));
        assert_eq!(status.refused.map(|it| it.number), Some(102));
    }

    #[test]
    fn a_later_run_goes_on_where_this_one_was() {
        let mut wait = Wait::new(opened());
        wait.unreadable("it is a number".to_owned());
        wait.changed(later(7, Some(START.plus(HOUR))));
        let written = serde_json::to_vec(&wait.handed_on()).unwrap();
        let again = Wait::new(serde_json::from_slice(&written).unwrap());
        assert_eq!(again.next(START), Next::Sleep(Some(HOUR)));
        assert_eq!((again.level().version, again.status().decisions), (7, 0));
        assert!(again.status().refused.is_some());
    }

    #[test]
    fn long_content_is_left_out_and_said_to_be() {
        let mut task = *opened().task.unwrap();
        task.data.content = "x".repeat(64 * 1024);
        assert!(!Opened::of(task.clone()).content_missing);
        task.data.content.push('x');
        let opened = Opened::of(task);
        assert!(opened.content_missing && opened.task.unwrap().data.content.is_empty());
    }

    #[test]
    fn decisions_are_read_in_the_seeds_words_too() {
        let said = serde_json::json!({
            "decision": "rejected", "completed_by": "ada", "review_comments": "no", "result_data": {"a": 1}
        });
        let read: HumanDecision = serde_json::from_value(said).unwrap();
        assert_eq!((read.decision, read.user.as_str()), (Decision::Rejected, "ada"));
        assert_eq!((read.comments.as_deref(), read.result["a"].as_u64()), (Some("no"), Some(1)));
    }
}
