//! What holds for tasks that do not say otherwise: how long, and what happens then.
//!
//! A task's clock is wound up with its policy when it is created, and keeps it: deadlines, what an escalation does, the calendar. A policy
//! that is changed later changes new tasks alone.

use std::collections::BTreeMap;
use std::time::Duration;

use tracerail_schemas::task::{
    Approvals, AtRisk, Calendar, Deadline, DeadlineAction, EscalationStep, SlaClock, Target, Task, Terms,
};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{GroupId, Timestamp};

use crate::port::{Assigner, Escalator};
use crate::task::RoundRobin;

/// The name and version of the escalation policy that the hours make.
const DEFAULT: (&str, u32) = ("default", 1);

/// What holds for tasks that do not say otherwise.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskPolicy {
    /// Hours until level 1.
    pub default_sla_hours: Hours,
    /// Hours until level 2, where the task has its SLA from the default; otherwise twice the task's own SLA.
    pub escalation_hours: Hours,
    /// How somebody is chosen for a new task.
    pub assignment: Assigner,
    /// What raising a task does, where that is not for the task's policy to say.
    pub escalation: Option<Escalator>,
    /// Whether passed deadlines escalate.
    pub auto_escalation: bool,
    /// When a task expires, as a multiple of its SLA hours; `None` holds it open for ever.
    pub expire_at_sla_times: Option<f64>,
    /// The groups a task is offered to when its route names none.
    pub candidate_groups: Vec<GroupId>,
    /// The share of the time to the first deadline after which a task is at risk; `None` warns nobody.
    pub at_risk_share: Option<f64>,
    /// The escalation policies by name, beside the one that the hours make.
    pub escalation_policies: BTreeMap<String, EscalationPolicy>,
    /// The policy of tasks that name none; `None` is the one that the hours make.
    pub escalation_policy: Option<String>,
    /// Hours for which one person after the other is offered a task; `None` gives it to the first.
    pub offer_hours: Option<Hours>,
    /// Hours after which a claim runs out without a sign of life; `None` is never.
    pub claim_lease_hours: Option<Hours>,
    /// The share of tasks of which a second person looks at the work.
    pub review_share: Option<f64>,
    /// How many must agree where somebody has to; one, without it.
    pub approvals: Option<Approvals>,
}

/// An escalation policy.
#[derive(Clone, PartialEq, Debug)]
pub struct EscalationPolicy {
    /// Its version: whoever looks at a task sees which one it has.
    pub version: u32,
    /// The hours that count; all of them without one.
    pub calendar: Option<Calendar>,
    /// What is to be done by when, level 1 first.
    pub levels: Vec<Level>,
    /// How often the levels of completion come again after the last of them.
    pub loops: u32,
    /// When a task ends that nobody decides; `None` holds it open for ever.
    pub expire_after: Option<Duration>,
}

/// A level of an escalation policy.
#[derive(Clone, PartialEq, Debug)]
pub struct Level {
    /// When it is reached: on the clock of the task, for a review since it was asked for.
    pub after: Duration,
    /// What has to be done by then.
    pub target: Target,
    /// What happens if it is not.
    pub step: EscalationStep,
}

impl TaskPolicy {
    /// The terms of a task about which nothing else is said.
    pub(crate) fn terms(&self) -> Terms {
        self.complete(Terms::default())
    }

    /// These terms, with what they leave open. It is pinned: a change of the configuration changes new tasks alone.
    pub(crate) fn complete(&self, terms: Terms) -> Terms {
        Terms {
            offer_hours: terms.offer_hours.or(self.offer_hours),
            claim_lease_hours: terms.claim_lease_hours.or(self.claim_lease_hours),
            review_share: terms.review_share.or(self.review_share),
            approvals: terms.approvals.or(self.approvals),
            ..terms
        }
    }

    /// The clock of a task as it would be wound up today, under this policy or the one it has.
    pub(crate) fn wind_up_again(&self, task: &Task, policy: Option<&String>, now: Timestamp) -> SlaClock {
        let policy = policy.unwrap_or(&task.state.clock.policy).clone();
        self.wind_up(&Terms { escalation_policy: Some(policy), ..task.data.terms.clone() }, now)
    }

    /// The clock of a new task.
    pub(crate) fn wind_up(&self, terms: &Terms, now: Timestamp) -> SlaClock {
        let wanted = terms.escalation_policy.as_ref().or(self.escalation_policy.as_ref());
        let found = wanted.and_then(|name| self.escalation_policies.get_key_value(name));
        let mut clock = match found {
            Some((name, policy)) => policy.wind_up(name, terms, now),
            None => SlaClock::start(DEFAULT.0, DEFAULT.1, self.deadlines(terms), now),
        };
        if found.is_none() {
            clock.unknown_policy = wanted.filter(|name| *name != DEFAULT.0).cloned();
        }
        let first = clock.deadlines.iter().find(|deadline| deadline.target == Target::Completion);
        clock.at_risk = self
            .at_risk_share
            .zip(first)
            .map(|(share, first)| AtRisk { after_us: first.after_us.mul_f64(share), warned_at: None });
        clock
    }

    /// Level 1 at the SLA, level 2 at the escalation hours, and the end where the policy has one; all from the creation.
    pub(crate) fn deadlines(&self, terms: &Terms) -> Vec<Deadline> {
        let sla = terms.sla_hours.unwrap_or(self.default_sla_hours);
        let second = terms.escalation_hours.unwrap_or_else(|| {
            if terms.sla_hours.is_some() { sla.times(2.0) } else { self.escalation_hours }
        });
        // Nothing comes before level 1, and the end comes after both levels.
        let second = second.duration().max(sla.duration());
        let mut deadlines = vec![
            Deadline::new(1, sla.duration(), DeadlineAction::Escalate),
            Deadline::new(2, second, DeadlineAction::Escalate),
        ];
        if let Some(times) = self.expire_at_sla_times {
            let latest = second.max(sla.times(times).duration());
            deadlines.push(Deadline::new(3, latest, DeadlineAction::Expire));
        }
        deadlines
    }
}

impl EscalationPolicy {
    fn wind_up(&self, name: &str, terms: &Terms, now: Timestamp) -> SlaClock {
        let moved = self.moved(terms);
        let deadlines = |target: fn(Target) -> bool| {
            let levels = self.levels.iter().zip(1..).filter(move |(level, _)| target(level.target));
            levels.map(|(level, number)| Deadline {
                target: level.target,
                step: Some(Box::new(level.step.clone())),
                ..Deadline::new(number, level.after, DeadlineAction::Escalate)
            })
        };
        let start = deadlines(|target| target == Target::Start);
        let first: Vec<_> = deadlines(|target| target == Target::Completion)
            .zip(moved)
            .map(|(deadline, after)| Deadline { after_us: after, ..deadline })
            .collect();
        let cycle = first.last().map_or(Duration::ZERO, |last| last.after_us);
        let rounds = (0..=self.loops).flat_map(|round| {
            first.iter().map(move |deadline| Deadline {
                after_us: deadline.after_us + cycle * round,
                round,
                ..deadline.clone()
            })
        });
        let mut all: Vec<_> = start.chain(rounds).collect();
        if let Some(expire_after) = self.expire_after {
            let latest = all.iter().map(|deadline| deadline.after_us).max().unwrap_or_default();
            let end = u32::try_from(self.levels.len()).unwrap_or(u32::MAX).saturating_add(1);
            let after = expire_after.max(latest);
            all.push(Deadline { round: self.loops, ..Deadline::new(end, after, DeadlineAction::Expire) });
        }
        let mut clock = SlaClock::start(name, self.version, all, now);
        clock.review = deadlines(|target| target == Target::Review).collect();
        clock.calendar = self.calendar.clone().map(Box::new);
        clock
    }

    /// The levels of completion, moved by the hours a task brings: its SLA is the first, and those behind it keep their distance.
    fn moved(&self, terms: &Terms) -> Vec<Duration> {
        let levels = self.levels.iter().filter(|level| level.target == Target::Completion);
        let mut afters: Vec<_> = levels.map(|level| level.after).collect();
        let base = afters.first().copied().unwrap_or_default();
        if let Some(sla) = terms.sla_hours {
            for after in &mut afters {
                *after = sla.duration() + after.saturating_sub(base);
            }
        }
        let (first, second) = (afters.first().copied(), terms.escalation_hours);
        if let (Some(first), Some(second), Some(after)) = (first, second, afters.get_mut(1)) {
            *after = second.duration().max(first);
        }
        afters
    }
}

impl Default for TaskPolicy {
    fn default() -> Self {
        // Both are literals inside the range; the fallback can never be taken.
        let hours = |hours: f64| Hours::new(hours).unwrap_or(Hours::ONE);
        Self {
            default_sla_hours: hours(24.0),
            escalation_hours: hours(48.0),
            assignment: Assigner::of(RoundRobin),
            escalation: None,
            auto_escalation: true,
            expire_at_sla_times: None,
            candidate_groups: Vec::new(),
            at_risk_share: None,
            escalation_policies: BTreeMap::new(),
            escalation_policy: None,
            offer_hours: None,
            claim_lease_hours: None,
            review_share: None,
            approvals: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn level(hours: u32, target: Target) -> Level {
        Level { after: HOUR * hours, target, step: EscalationStep::default() }
    }

    fn policy() -> TaskPolicy {
        let claims = EscalationPolicy {
            version: 3,
            calendar: None,
            levels: vec![
                level(1, Target::Start),
                level(4, Target::Completion),
                level(6, Target::Completion),
                level(2, Target::Review),
            ],
            loops: 1,
            expire_after: Some(HOUR * 20),
        };
        TaskPolicy {
            escalation_policies: [("claims".to_owned(), claims)].into(),
            escalation_policy: Some("claims".to_owned()),
            at_risk_share: Some(0.75),
            ..TaskPolicy::default()
        }
    }

    fn wound_up(terms: &Terms) -> SlaClock {
        policy().wind_up(terms, Timestamp::from_micros(0))
    }

    fn shape(clock: &SlaClock) -> Vec<(u32, u32, u64)> {
        let hours = |deadline: &Deadline| deadline.after_us.as_secs() / 3600;
        clock.deadlines.iter().map(|it| (it.round, it.level, hours(it))).collect()
    }

    #[test]
    fn the_levels_come_again_in_loops_and_then_the_end() {
        let clock = wound_up(&Terms::default());
        assert_eq!((clock.policy.as_str(), clock.policy_version), ("claims", 3));
        assert_eq!(shape(&clock), [(0, 1, 1), (0, 2, 4), (0, 3, 6), (1, 2, 10), (1, 3, 12), (1, 5, 20)]);
        assert_eq!(clock.deadlines[5].action, DeadlineAction::Expire);
        assert_eq!(
            clock.review.iter().map(|it| (it.level, it.after_us)).collect::<Vec<_>>(),
            [(4, HOUR * 2)]
        );
        assert_eq!(clock.at_risk.unwrap().after_us, HOUR * 3);
    }

    #[test]
    fn the_hours_of_a_task_move_its_levels() {
        let hours = |hours| Hours::new(hours);
        let terms = Terms { sla_hours: hours(8.0), ..Terms::default() };
        assert_eq!(shape(&wound_up(&terms))[1..3], [(0, 2, 8), (0, 3, 10)]);
        let terms = Terms { sla_hours: hours(8.0), escalation_hours: hours(30.0), ..Terms::default() };
        let clock = wound_up(&terms);
        assert_eq!(shape(&clock)[1..3], [(0, 2, 8), (0, 3, 30)]);
        assert_eq!(clock.deadlines.last().unwrap().after_us, HOUR * 60, "never before the last level");
    }

    #[test]
    fn a_policy_that_is_not_there_strands_nobody_and_is_said() {
        let terms = Terms { escalation_policy: Some("old".to_owned()), ..Terms::default() };
        let clock = wound_up(&terms);
        assert_eq!((clock.policy.as_str(), clock.unknown_policy.as_deref()), ("default", Some("old")));
        assert_eq!(shape(&clock), [(0, 1, 24), (0, 2, 48)]);
        let named = Terms { escalation_policy: Some("default".to_owned()), ..Terms::default() };
        assert_eq!(wound_up(&named).unknown_policy, None, "the one that the hours make is called so");
    }
}
