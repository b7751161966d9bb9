//! The SLA clock: a ledger of time used, not a date on the wall.
//!
//! The clock counts what has been `consumed` and since when it has been running; deadlines are amounts of time on that
//! clock. When a deadline falls due on the wall follows from both, so that a pause moves every deadline that is still ahead,
//! by exactly its length. All of it is arithmetic on what it is given: the clock never asks what time it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::{Timestamp, duration_micros};

/// What is to happen when a deadline passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeadlineAction {
    /// Escalate to the deadline's level.
    Escalate,
    /// End the task.
    Expire,
}

/// A point on the clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deadline {
    /// The escalation level it leads to; 1 is the first.
    pub level: u32,
    /// The time on the clock at which it is reached.
    #[serde(with = "duration_micros")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Microseconds"))]
    pub after_us: Duration,
    /// What is to happen.
    pub action: DeadlineAction,
}

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
        }
    }

    /// The time on the clock.
    pub fn elapsed(&self, now: Timestamp) -> Duration {
        self.consumed_us + self.running_since.map_or(Duration::ZERO, |since| now.since(since))
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
        self.due_at(self.next()?)
    }

    /// When the first deadline, the one users call the due date, falls or fell due, if the clock runs.
    pub fn first_due_at(&self) -> Option<Timestamp> {
        self.due_at(self.deadlines.first()?)
    }

    /// Fires the next deadline if it is due at `now`: the breach, recorded, and the next one armed.
    pub fn fire(&mut self, now: Timestamp) -> Option<Breach> {
        let due_at = self.next_due_at().filter(|due_at| *due_at <= now)?;
        let deadline = self.next()?;
        let breach = Breach {
            level: deadline.level,
            round: self.round,
            due_at,
            fired_at: now,
            action: deadline.action,
        };
        self.fired += 1;
        self.breaches.push(breach.clone());
        Some(breach)
    }

    /// Moves the first deadline to `due_at`, and those behind it by as much. Fired deadlines stay fired.
    ///
    /// `None`, and nothing changed, when the clock stands still or `due_at` is not after the clock's start.
    pub fn set_due(&mut self, due_at: Timestamp) -> Option<()> {
        let since = self.running_since?;
        let target = (self.consumed_us + due_at.since(since)).checked_sub(since.since(due_at))?;
        let first = self.deadlines.first().map(|deadline| deadline.after_us)?;
        if target.is_zero() {
            return None;
        }
        for deadline in &mut self.deadlines {
            deadline.after_us = target + deadline.after_us.saturating_sub(first);
        }
        self.epoch += 1;
        Some(())
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

    fn due_at(&self, deadline: &Deadline) -> Option<Timestamp> {
        let since = self.running_since?;
        Some(match deadline.after_us.checked_sub(self.consumed_us) {
            Some(left) => since.plus(left),
            None => since.minus(self.consumed_us.saturating_sub(deadline.after_us)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn at(hours: u32) -> Timestamp {
        Timestamp::from_micros(0).plus(HOUR * hours)
    }

    fn deadline(level: u32, hours: u32) -> Deadline {
        Deadline { level, after_us: HOUR * hours, action: DeadlineAction::Escalate }
    }

    fn clock() -> SlaClock {
        SlaClock::start("default", 1, vec![deadline(1, 24), deadline(2, 48)], at(0))
    }

    #[test]
    fn a_pause_moves_what_is_ahead_by_its_length() {
        let mut clock = clock();
        clock.pause(at(10));
        assert_eq!((clock.next_due_at(), clock.epoch), (None, 1));
        clock.resume(at(15));
        assert_eq!((clock.next_due_at(), clock.epoch), (Some(at(29)), 2));
        assert_eq!(clock.elapsed(at(16)), HOUR * 11);
    }

    #[test]
    fn it_fires_each_level_once_and_never_early() {
        let mut clock = clock();
        assert_eq!(clock.fire(at(23)), None);
        assert_eq!(clock.fire(at(24)).unwrap().level, 1);
        assert_eq!(clock.fire(at(24)), None);
        let second = clock.fire(at(50)).unwrap();
        assert_eq!((second.level, second.due_at, second.fired_at), (2, at(48), at(50)));
        assert_eq!(clock.fire(at(500)), None);
        assert_eq!((clock.state(true), clock.state(false)), (SlaState::Breached, SlaState::Missed));
    }

    #[test]
    fn what_was_closed_too_late_is_missed_also_when_nobody_has_fired_it() {
        for (hour, state) in [(23, SlaState::Met), (24, SlaState::Missed), (30, SlaState::Missed)] {
            let mut clock = clock();
            clock.stop(at(hour));
            assert_eq!(clock.state(false), state, "closed at hour {hour}");
        }
    }

    #[test]
    fn a_moved_due_date_moves_the_later_levels_too() {
        let mut clock = clock();
        clock.set_due(at(30)).unwrap();
        assert_eq!((clock.first_due_at(), clock.deadlines[1].after_us), (Some(at(30)), HOUR * 54));
        assert!(clock.set_due(at(0)).is_none(), "not before it began");
        clock.pause(at(5));
        assert!(clock.set_due(at(40)).is_none(), "not while it stands still");
    }

    #[test]
    fn a_due_date_can_be_moved_after_a_pause() {
        let mut clock = clock();
        clock.pause(at(10));
        clock.resume(at(20));
        clock.set_due(at(21)).unwrap();
        assert_eq!(clock.first_due_at(), Some(at(21)));
    }

    proptest! {
        /// Whatever is done to it: consumed and remaining make the budget, and nothing fires early or twice.
        #[test]
        fn the_ledger_balances(steps in proptest::collection::vec((0_u8..3, 0_u64..20_000), 1..60)) {
            let mut clock = clock();
            let (mut now, mut ran) = (at(0), Duration::ZERO);
            let mut fired = Vec::new();
            for (what, seconds) in steps {
                let step = Duration::from_secs(seconds);
                if clock.running_since.is_some() {
                    ran += step;
                }
                now = now.plus(step);
                match what {
                    0 => clock.pause(now),
                    1 => clock.resume(now),
                    _ => {
                        if let Some(breach) = clock.fire(now) {
                            prop_assert!(breach.due_at <= now);
                            prop_assert!(ran >= HOUR * 24 * breach.level);
                            fired.push(breach.level);
                        }
                    }
                }
                prop_assert_eq!(clock.elapsed(now), ran);
                if let (Some(due), Some(next)) = (clock.next_due_at(), clock.next()) {
                    prop_assert_eq!(due, now.plus(next.after_us).minus(ran));
                }
            }
            prop_assert!(fired == [1, 2] || fired == [1] || fired.is_empty());
        }
    }
}
