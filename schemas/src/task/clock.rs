//! The SLA clock: a ledger of time used, not a date on the wall.
//!
//! The clock counts what has been `consumed` and since when it has been running; deadlines are amounts of time on that
//! clock. When a deadline falls due on the wall follows from both, so that a pause moves every deadline that is still ahead,
//! by exactly its length. A clock with a calendar counts working hours alone. All of it is arithmetic on what it is given: the clock
//! never asks what time it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::task::calendar::Calendar;
use crate::task::deadline::{AtRisk, Deadline, DeadlineAction, Target};
use crate::time::{Timestamp, duration_micros};

/// A deadline that has passed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Breach {
    /// Its level.
    pub level: u32,
    /// The round of the policy in which it passed; the first is 0.
    #[serde(rename = "loop")]
    pub round: u32,
    /// When it fell due.
    pub due_at: Timestamp,
    /// When it was fired.
    pub fired_at: Timestamp,
    /// What was to happen.
    pub action: DeadlineAction,
}

/// The clock of one task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlaClock {
    /// The policy it was wound up with, and that policy's version.
    pub policy: String,
    /// The version of the policy: deadlines are pinned when the task is created.
    pub policy_version: u32,
    /// The deadlines, each later than the one before.
    pub deadlines: Vec<Deadline>,
    /// How many of them have been fired.
    pub fired: usize,
    /// The round of the policy.
    #[serde(rename = "loop")]
    pub round: u32,
    /// Time used up to the last stop.
    #[serde(with = "duration_micros")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Microseconds"))]
    pub consumed_us: Duration,
    /// Since when it has been running; `None` while it stands still.
    pub running_since: Option<Timestamp>,
    /// Raised whenever the deadlines move, so that an old timer is recognised.
    pub epoch: u64,
    /// The deadlines that passed.
    #[serde(default)]
    pub breaches: Vec<Breach>,
    /// The hours it counts; without it, it counts all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Box<Calendar>>,
    /// The warning ahead of the first deadline, if one is to be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_risk: Option<AtRisk>,
    /// The deadlines of a review, counted from when it is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub review: Vec<Deadline>,
    /// The policy that was asked for, where there is none of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_policy: Option<String>,
}

/// How a task stands with its SLA.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlaState {
    /// Open, in time.
    Running,
    /// Open, standing still.
    Paused,
    /// Open, past its first deadline.
    Breached,
    /// Closed in time.
    Met,
    /// Closed too late.
    Missed,
}

impl SlaState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Running, Self::Paused, Self::Breached, Self::Met, Self::Missed];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Breached => "breached",
            Self::Met => "met",
            Self::Missed => "missed",
        }
    }
}

impl SlaClock {
    /// A clock that starts to run at `now`. Deadlines are put in order.
    pub fn start(policy: &str, policy_version: u32, mut deadlines: Vec<Deadline>, now: Timestamp) -> Self {
        deadlines.sort_by_key(|deadline| deadline.after_us);
        Self {
            policy: policy.to_owned(),
            policy_version,
            deadlines,
            fired: 0,
            round: 0,
            consumed_us: Duration::ZERO,
            running_since: Some(now),
            epoch: 0,
            breaches: Vec::new(),
            calendar: None,
            at_risk: None,
            review: Vec::new(),
            unknown_policy: None,
        }
    }

    /// The time on the clock.
    pub fn elapsed(&self, now: Timestamp) -> Duration {
        self.consumed_us + self.running_since.map_or(Duration::ZERO, |since| self.counted(since, now))
    }

    /// Stops the clock. Stopping it again changes nothing.
    pub fn pause(&mut self, now: Timestamp) {
        if self.running_since.is_some() {
            self.consumed_us = self.elapsed(now);
            self.running_since = None;
            self.epoch += 1;
        }
    }

    /// Lets the clock go on. Going on twice changes nothing.
    pub fn resume(&mut self, now: Timestamp) {
        if self.running_since.is_none() {
            self.running_since = Some(now);
            self.epoch += 1;
        }
    }

    /// Stops the clock for good, when the task closes.
    pub fn stop(&mut self, now: Timestamp) {
        self.pause(now);
    }

    /// The next deadline that has not been fired.
    pub fn next(&self) -> Option<&Deadline> {
        self.deadlines.get(self.fired)
    }

    /// When the next deadline falls due on the wall, if the clock runs.
    pub fn next_due_at(&self) -> Option<Timestamp> {
        self.due_at(self.next()?.after_us)
    }

    /// When the first deadline of its completion, the one users call the due date, falls or fell due, if the clock runs.
    pub fn first_due_at(&self) -> Option<Timestamp> {
        self.due_at(self.first()?.after_us)
    }

    /// When somebody has to look at it: for the next deadline, or for the warning ahead of it.
    pub fn wake_at(&self) -> Option<Timestamp> {
        match (self.warns_at(), self.next_due_at()) {
            (Some(warns_at), Some(due_at)) => Some(warns_at.min(due_at)),
            (warns_at, due_at) => warns_at.or(due_at),
        }
    }

    /// When it warns, if it has not done so, the deadline it is about has not passed, and the clock runs.
    pub fn warns_at(&self) -> Option<Timestamp> {
        let at_risk = self.at_risk.as_ref().filter(|at_risk| at_risk.warned_at.is_none())?;
        let passed = self.deadlines.iter().take(self.fired);
        let ahead = passed.into_iter().all(|deadline| deadline.target != Target::Completion);
        ahead.then(|| self.due_at(at_risk.after_us))?
    }

    /// Gives the warning if it is time: when the deadline it is about falls due, and its level.
    pub fn warn(&mut self, now: Timestamp) -> Option<(u32, Timestamp)> {
        self.warns_at().filter(|warns_at| *warns_at <= now)?;
        let (level, due_at) = (self.first()?.level, self.first_due_at()?);
        let at_risk = self.at_risk.as_mut()?;
        at_risk.warned_at = Some(now);
        Some((level, due_at))
    }

    /// What has been done in time has no deadline any more. One that has passed stays, to be fired.
    pub fn meet(&mut self, target: Target, now: Timestamp) {
        let elapsed = self.elapsed(now);
        let fired = self.fired;
        let mut index = 0;
        self.deadlines.retain(|deadline| {
            index += 1;
            index <= fired || deadline.target != target || deadline.after_us <= elapsed
        });
    }

    /// A review is asked for: its deadlines begin.
    pub fn begin_review(&mut self, now: Timestamp) {
        self.review_from(self.elapsed(now), &[]);
    }

    /// A review that was under way on the clock of before goes on: it began when it began, and a level that was reached in it is not
    /// reached again.
    pub fn resume_review(&mut self, before: &Self, now: Timestamp) {
        let (began, fired) = before.review_under_way().unwrap_or_else(|| (self.elapsed(now), Vec::new()));
        self.review_from(began, &fired);
    }

    /// When the latest review began, on this clock, and which of its levels were reached. Nothing, when it has no deadline.
    fn review_under_way(&self) -> Option<(Duration, Vec<u32>)> {
        let began = |armed: &Deadline| {
            let level = self.review.iter().find(|deadline| deadline.level == armed.level)?;
            armed.after_us.checked_sub(level.after_us).filter(|_| armed.target == Target::Review)
        };
        let latest = self.deadlines.iter().filter_map(began).max()?;
        let fired = self.deadlines.iter().take(self.fired).filter(|armed| began(armed) == Some(latest));
        Some((latest, fired.map(|armed| armed.level).collect()))
    }

    fn review_from(&mut self, began: Duration, fired: &[u32]) {
        // It is of the round the task is in: a level of an earlier one would be behind it already.
        let round = self.round;
        let armed = |deadline: &Deadline| {
            let after_us = began + deadline.after_us;
            Deadline { after_us, round, ..deadline.clone() }
        };
        let armed = self.review.iter().map(armed);
        let (reached, ahead): (Vec<_>, Vec<_>) = armed.partition(|it| fired.contains(&it.level));
        self.fired += reached.len();
        self.deadlines.splice(..0, reached);
        self.deadlines.extend(ahead);
        self.put_in_order();
    }

    /// Fires the next deadline if it is due at `now`: the breach, recorded, and the next one armed.
    pub fn fire(&mut self, now: Timestamp) -> Option<Breach> {
        let due_at = self.next_due_at().filter(|due_at| *due_at <= now)?;
        let deadline = self.next()?;
        let breach = Breach {
            level: deadline.level,
            round: deadline.round,
            due_at,
            fired_at: now,
            action: deadline.action,
        };
        self.round = breach.round;
        self.fired += 1;
        self.breaches.push(breach.clone());
        Some(breach)
    }

    /// Moves the first deadline to `due_at`, and those behind it by as much. Fired deadlines stay fired.
    ///
    /// `None`, and nothing changed, when the clock stands still or `due_at` is not after the clock's start.
    pub fn set_due(&mut self, due_at: Timestamp) -> Option<()> {
        let since = self.running_since?;
        let target =
            (self.consumed_us + self.counted(since, due_at)).checked_sub(self.counted(due_at, since))?;
        let first = self.first()?.after_us;
        if target.is_zero() {
            return None;
        }
        let moved = |after: Duration| target + after.saturating_sub(first);
        let completion = self.deadlines.iter_mut().filter(|deadline| deadline.target == Target::Completion);
        completion.for_each(|deadline| deadline.after_us = moved(deadline.after_us));
        if let Some(at_risk) = &mut self.at_risk {
            // As long ahead of it as before.
            at_risk.after_us = target.saturating_sub(first.saturating_sub(at_risk.after_us));
            at_risk.warned_at = None;
        }
        self.put_in_order();
        self.epoch += 1;
        Some(())
    }

    /// Takes over the deadlines of a clock that was wound up anew. Time that was used stays used, and a level that was reached in
    /// a round is not reached in it again.
    pub fn rewind(&mut self, fresh: Self, now: Timestamp) {
        let consumed_us = self.elapsed(now);
        let breaches = std::mem::take(&mut self.breaches);
        let was_fired = |deadline: &Deadline| {
            breaches.iter().any(|breach| (breach.round, breach.level) == (deadline.round, deadline.level))
        };
        let (fired, ahead): (Vec<_>, Vec<_>) = fresh.deadlines.into_iter().partition(was_fired);
        *self = Self {
            fired: fired.len(),
            deadlines: [fired, ahead].concat(),
            round: self.round,
            consumed_us,
            running_since: self.running_since.map(|_| now),
            epoch: self.epoch + 1,
            breaches,
            ..fresh
        };
    }

    /// How the task stands, open or closed. A closed one has missed a deadline that passed before, also one nobody has fired.
    pub fn state(&self, open: bool) -> SlaState {
        match (open, self.breaches.is_empty()) {
            (false, true) if self.next().is_none_or(|next| self.consumed_us < next.after_us) => SlaState::Met,
            (false, true | false) => SlaState::Missed,
            (true, false) => SlaState::Breached,
            (true, true) if self.running_since.is_none() => SlaState::Paused,
            (true, true) => SlaState::Running,
        }
    }

    /// The first deadline of its completion.
    fn first(&self) -> Option<&Deadline> {
        self.deadlines.iter().find(|deadline| deadline.target == Target::Completion)
    }

    /// What is not fired yet, in the order in which it falls due.
    fn put_in_order(&mut self) {
        if let Some(ahead) = self.deadlines.get_mut(self.fired..) {
            ahead.sort_by_key(|deadline| deadline.after_us);
        }
    }

    /// The time between two moments that counts.
    fn counted(&self, from: Timestamp, to: Timestamp) -> Duration {
        match &self.calendar {
            Some(calendar) => calendar.between(from, to),
            None => to.since(from),
        }
    }

    /// When the clock shows this, if it runs.
    fn due_at(&self, after: Duration) -> Option<Timestamp> {
        let since = self.running_since?;
        Some(match (after.checked_sub(self.consumed_us), &self.calendar) {
            (Some(left), Some(calendar)) => calendar.after(since, left),
            (Some(left), None) => since.plus(left),
            // It had passed when the clock went on.
            (None, Some(_)) => since,
            (None, None) => since.minus(self.consumed_us.saturating_sub(after)),
        })
    }
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
