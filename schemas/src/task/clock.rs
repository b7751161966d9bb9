//! The SLA clock: a ledger of time used, not a date on the wall.
//!
//! The clock counts what has been `consumed` and since when it has been running; deadlines are amounts of time on that
//! clock. When a deadline falls due on the wall follows from both, so that a pause moves every deadline that is still ahead,
//! by exactly its length. A clock with a calendar counts working hours alone. All of it is arithmetic on what it is given: the clock
//! never asks what time it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::task::calendar::Calendar;
use crate::task::step::EscalationStep;
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

/// What has to be done by a deadline.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Somebody has begun.
    Start,
    /// The task is closed.
    #[default]
    Completion,
    /// A second person has looked, counted from when one was asked to.
    Review,
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
    /// What has to be done by then.
    #[serde(default, skip_serializing_if = "Target::is_completion")]
    pub target: Target,
    /// The round of the policy; the first is 0.
    #[serde(rename = "loop", default, skip_serializing_if = "is_first")]
    pub round: u32,
    /// What an escalation does then; without it, the groups of the task and their leads are told, and it becomes more urgent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Box<EscalationStep>>,
}

/// A warning ahead of the first deadline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AtRisk {
    /// The time on the clock at which it is given.
    #[serde(with = "duration_micros")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Microseconds"))]
    pub after_us: Duration,
    /// When it was given.
    #[serde(default)]
    pub warned_at: Option<Timestamp>,
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

impl Target {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    const fn is_completion(&self) -> bool {
        matches!(self, Self::Completion)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_first(round: &u32) -> bool {
    *round == 0
}

impl Deadline {
    /// A deadline for the completion of the task, in the first round of a policy.
    pub const fn new(level: u32, after: Duration, action: DeadlineAction) -> Self {
        Self { level, after_us: after, action, target: Target::Completion, round: 0, step: None }
    }
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
        let elapsed = self.elapsed(now);
        let begun = self
            .review
            .iter()
            .map(|deadline| Deadline { after_us: elapsed + deadline.after_us, ..deadline.clone() });
        let begun: Vec<_> = begun.collect();
        self.deadlines.extend(begun);
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn at(hours: u32) -> Timestamp {
        Timestamp::from_micros(0).plus(HOUR * hours)
    }

    fn deadline(level: u32, hours: u32) -> Deadline {
        Deadline::new(level, HOUR * hours, DeadlineAction::Escalate)
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

    /// Nine to five on weekdays, in UTC.
    fn office() -> Calendar {
        let work = || vec![crate::task::Span { from_min: 9 * 60, to_min: 17 * 60 }];
        Calendar {
            name: "office".to_owned(),
            version: 1,
            time_zone: "UTC".to_owned(),
            week: [work(), work(), work(), work(), work(), vec![], vec![]],
            holidays: vec![],
        }
    }

    #[test]
    fn with_a_calendar_only_working_hours_count() {
        let on = |text: &str| text.parse::<Timestamp>().unwrap();
        let friday = on("2026-11-20T15:00:00Z");
        let mut clock = SlaClock::start("office", 1, vec![deadline(1, 8), deadline(2, 16)], friday);
        clock.calendar = Some(Box::new(office()));
        assert_eq!(clock.first_due_at(), Some(on("2026-11-23T15:00:00Z")));
        assert_eq!(clock.elapsed(on("2026-11-22T12:00:00Z")), HOUR * 2);
        // A pause over a weekend costs what was left of Friday, and nothing else.
        clock.pause(on("2026-11-20T16:00:00Z"));
        clock.resume(on("2026-11-23T08:00:00Z"));
        assert_eq!(clock.first_due_at(), Some(on("2026-11-23T16:00:00Z")));
        clock.set_due(on("2026-11-24T12:00:00Z")).unwrap();
        assert_eq!(clock.first_due_at(), Some(on("2026-11-24T12:00:00Z")));
        assert_eq!(clock.next().unwrap().after_us, HOUR * 12);
        assert_eq!(clock.deadlines[1].after_us, HOUR * 20);
        assert!(clock.fire(on("2026-11-24T11:59:59Z")).is_none());
        assert_eq!(clock.fire(on("2026-11-24T12:00:00Z")).unwrap().level, 1);
    }

    #[test]
    fn it_warns_once_ahead_of_the_first_deadline() {
        let mut clock = clock();
        clock.at_risk = Some(AtRisk { after_us: HOUR * 18, warned_at: None });
        assert_eq!((clock.wake_at(), clock.warn(at(17))), (Some(at(18)), None));
        clock.pause(at(10));
        clock.resume(at(12));
        assert_eq!(clock.warn(at(20)), Some((1, at(26))));
        assert_eq!((clock.warn(at(21)), clock.wake_at()), (None, Some(at(26))));
        // A due date that moves away is warned of again, as long ahead.
        clock.set_due(at(40)).unwrap();
        assert_eq!(clock.wake_at(), Some(at(34)));
        // Nobody is warned of what has passed.
        clock.fire(at(41)).unwrap();
        assert_eq!((clock.warn(at(41)), clock.wake_at()), (None, Some(at(64))));
    }

    #[test]
    fn what_is_begun_in_time_has_no_deadline_to_begin_and_a_review_has_its_own() {
        let start = Deadline { target: Target::Start, ..deadline(1, 2) };
        let with = || SlaClock {
            review: vec![Deadline { target: Target::Review, ..deadline(3, 4) }],
            ..SlaClock::start("targets", 1, vec![start.clone(), deadline(2, 24)], at(0))
        };
        let mut clock = with();
        assert_eq!((clock.next_due_at(), clock.first_due_at()), (Some(at(2)), Some(at(24))));
        clock.meet(Target::Start, at(1));
        assert_eq!(clock.next_due_at(), Some(at(24)));
        clock.begin_review(at(10));
        assert_eq!(clock.next_due_at(), Some(at(14)));
        clock.meet(Target::Review, at(12));
        assert_eq!(clock.next_due_at(), Some(at(24)));
        clock.begin_review(at(20));
        assert_eq!(clock.fire(at(24)).unwrap().level, 2, "completion at the same moment comes first");
        assert_eq!(clock.fire(at(24)).unwrap().level, 3);
        // Who begins too late has missed it, whoever notices first.
        let mut late = with();
        late.meet(Target::Start, at(3));
        assert_eq!(late.fire(at(3)).unwrap().level, 1);
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
