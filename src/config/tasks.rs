//! The SLA of tasks, how they climb, and who gets them.

use tracerail_schemas::time::Hours;

use super::scalar::{choice, section};

choice! {
    /// Who a new task goes to.
    AssignmentStrategy {
        /// The members of the candidate groups in turn.
        RoundRobin = "round_robin",
        /// Whoever has the fewest open tasks.
        LeastLoaded = "least_loaded",
        /// Of those with all the skills, whoever has the fewest open tasks; those who can do more stay free for it.
        Skills = "skills",
        /// The same person for the same customer.
        Sticky = "sticky",
        /// Nobody: people claim.
        Manual = "manual",
    }
}

choice! {
    /// What happens after the last escalation.
    OnExhausted {
        /// The task stays open, breached, until a person closes it.
        Hold = "hold",
        /// The task ends as `expired` after `expire_hours`.
        Expire = "expire",
    }
}

choice! {
    /// What happens when reviewers disagree.
    OnDisagreement {
        /// Their views are counted.
        Count = "count",
        /// A lead of the groups decides.
        Adjudicate = "adjudicate",
    }
}

section! {
    /// Tasks: `tasks`.
    TasksConfig {
        /// Hours from creation to the first breach, escalation level 1.
        default_sla_hours: Hours = hours(24.0),
        /// Hours from creation to escalation level 2. Loading makes it twice `default_sla_hours` when only that is set.
        escalation_hours: Hours = hours(48.0),
        /// Who a new task goes to.
        assignment_strategy: AssignmentStrategy = AssignmentStrategy::RoundRobin,
        /// The metadata key of `assignment_strategy: sticky`.
        sticky_key: String = "customer".to_owned(),
        /// The policy of tasks whose route names none; none: the one that the hours here make.
        escalation_policy: Option<String> = None,
        /// The share of the time to the first deadline after which `sla.at_risk` is told; none: never.
        at_risk_share: Option<f64> = None,
        /// Whether a breach escalates the task, or is only recorded.
        enable_auto_escalation: bool = true,
        /// Hours for which one person after the other is offered a task; none: it is given to the first.
        offer_hours: Option<Hours> = None,
        /// Hours after which a claim runs out without a sign of life; none: never.
        claim_lease_hours: Option<Hours> = None,
        /// The share of tasks of which a second person looks at the work although nothing else asks for it; none: of none.
        review_share: Option<f64> = None,
        /// How many people besides the worker must agree where somebody has to.
        approvals_needed: u32 = 1,
        /// How many of them look at most.
        approvals_of: u32 = 1,
        /// What happens when they disagree.
        on_disagreement: OnDisagreement = OnDisagreement::Count,
        /// What happens after the last escalation.
        on_exhausted: OnExhausted = OnExhausted::Hold,
        /// Hours from creation to the end under `on_exhausted: expire`. Loading makes it three times `default_sla_hours`
        /// when only that is set.
        expire_hours: Hours = hours(72.0),
    }
}

/// Only for the constants above, which the tests show to be spans.
fn hours(hours: f64) -> Hours {
    Hours::new(hours).unwrap_or_else(|| unreachable!("a default is a span of time"))
}
