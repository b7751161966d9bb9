//! What a decision asks of TraceRail, seen where its task stands. Pure.

use serde_json::Value;
use tracerail_schemas::task::{Command, Decision, Status, Task, Verb};
use tracerail_schemas::{CommandId, Principal};

use crate::names::command_id;
use crate::words::{HumanDecision, Order};

/// Under which names the result of the work says which way it came. Whoever signals is not known to Temporal by name: the user is
/// claimed, and TraceRail asks only whether that user may.
const CAME_BY: &str = "decided_via";
const CAME_IN: &str = "temporal_run";

/// The step of an order that is the decision.
const DECIDE: &str = "decide";

/// The id of the command that carries the decision itself. It has one id whatever the task's state, so that a repetition finds its answer.
pub(crate) fn deciding_id(order: &Order) -> CommandId {
    command_id(&order.run_id, order.number, DECIDE)
}

/// The commands to give, in order; the first refusal ends them.
pub(crate) fn commands(task: &Task, order: &Order) -> Vec<Command> {
    let nobody_has_it = task.is_open() && task.assignee().is_none();
    let takes = nobody_has_it && matches!(task.state.status, Status::Pending | Status::Escalated);
    let claim = takes.then(|| step(order, "claim", Verb::Claim));
    claim.into_iter().chain([step(order, DECIDE, verb(task, order))]).collect()
}

/// The command that gives back what was claimed for a decision that was refused then.
pub(crate) fn giving_back(order: &Order) -> Command {
    step(order, "release", Verb::Release)
}

fn step(order: &Order, step: &str, verb: Verb) -> Command {
    Command {
        id: command_id(&order.run_id, order.number, step),
        task_id: order.task_id,
        by: Principal::user(order.decision.user.clone()),
        expected_version: None,
        verb,
        traceparent: None,
    }
}

fn verb(task: &Task, order: &Order) -> Verb {
    let HumanDecision { decision, user, comments, quality_score, .. } = order.decision.clone();
    match (task.state.status, decision) {
        (Status::WaitingReview, Decision::Approved) => Verb::Approve { comments, quality_score, shown: None },
        (Status::WaitingReview, Decision::Rejected) => {
            let comments = comments.unwrap_or_else(|| format!("{user} does not agree"));
            Verb::RequestChanges { comments, shown: None }
        }
        (
            Status::Pending
            | Status::Assigned
            | Status::InProgress
            | Status::Escalated
            | Status::Suspended
            | Status::Completed
            | Status::Cancelled,
            decision,
        ) => {
            let mut result = order.decision.result.clone();
            result.insert(CAME_BY.to_owned(), Value::from("temporal"));
            result.insert(CAME_IN.to_owned(), Value::from(order.run_id.clone()));
            Verb::Complete { decision, result, comments, quality_score, shown: None }
        }
    }
}

#[cfg(test)]
mod tests {
    use tracerail_actors::conformance::sample;
    use tracerail_schemas::task::CommandKind;
    use tracerail_schemas::{ContentKey, TenantId, Timestamp};

    use super::*;

    fn task(status: Status, assignee: Option<&str>) -> Task {
        let key = ContentKey::new(TenantId::default(), "desk", "a letter").unwrap();
        let task = sample::task(&key, Timestamp::from_micros(0));
        let mut task = match assignee {
            Some(name) => sample::assigned_to(task, name),
            None => task,
        };
        task.state.status = status;
        task
    }

    fn order(task: &Task, decision: Decision) -> Order {
        let decision =
            serde_json::from_value(serde_json::json!({"decision": decision.as_str(), "user": "ada"}))
                .unwrap();
        Order { task_id: task.id, run_id: "a-run".to_owned(), number: 3, decision }
    }

    #[test]
    fn what_is_asked_follows_from_where_the_task_stands() {
        use CommandKind::{Approve, Claim, Complete, RequestChanges};
        let (yes, no) = (Decision::Approved, Decision::Rejected);
        for (status, assignee, decision, asked) in [
            (Status::Pending, None, yes, &[Claim, Complete][..]),
            (Status::Escalated, None, no, &[Claim, Complete]),
            (Status::Escalated, Some("ada"), yes, &[Complete]),
            (Status::Assigned, Some("bob"), yes, &[Complete]),
            (Status::InProgress, Some("ada"), no, &[Complete]),
            (Status::WaitingReview, Some("bob"), yes, &[Approve]),
            (Status::WaitingReview, Some("bob"), no, &[RequestChanges]),
            (Status::Suspended, None, yes, &[Complete]),
            (Status::Completed, None, yes, &[Complete]),
            (Status::Cancelled, None, no, &[Complete]),
        ] {
            let task = task(status, assignee);
            let commands = commands(&task, &order(&task, decision));
            let kinds: Vec<_> = commands.iter().map(|command| command.verb.kind()).collect();
            assert_eq!(kinds, asked, "{status} {decision:?}");
            assert!(commands.iter().all(|command| command.by.id.as_str() == "ada"));
        }
    }

    #[test]
    fn the_same_signal_is_the_same_command_wherever_the_task_stands() {
        let (open, closed) = (task(Status::WaitingReview, Some("bob")), task(Status::Completed, Some("bob")));
        let first = order(&open, Decision::Approved);
        let ids = |task, order| commands(task, order).last().map(|command| command.id);
        assert_eq!(ids(&open, &first), ids(&closed, &first));
        assert_eq!(ids(&open, &first), Some(deciding_id(&first)));
        for other in
            [Order { number: 4, ..first.clone() }, Order { run_id: "another".to_owned(), ..first.clone() }]
        {
            assert_ne!(deciding_id(&other), deciding_id(&first));
        }
    }
}
