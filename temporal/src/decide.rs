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

/// The command that carries the decision itself. It has one id whatever the task's state, so that a repetition finds its answer.
pub(crate) fn deciding_id(order: &Order) -> CommandId {
    command_id(&order.run_id, order.number, "decide")
}

/// The commands to give, in order; the first refusal ends them.
pub(crate) fn commands(task: &Task, order: &Order) -> Vec<Command> {
    let command = |id, verb| Command {
        id,
        task_id: order.task_id,
        by: Principal::user(order.decision.user.clone()),
        expected_version: None,
        verb,
        traceparent: None,
    };
    let nobody_has_it = task.is_open() && task.assignee().is_none();
    let takes = nobody_has_it && matches!(task.state.status, Status::Pending | Status::Escalated);
    let claim = takes.then(|| command(command_id(&order.run_id, order.number, "claim"), Verb::Claim));
    let decide = command(deciding_id(order), verb(task, order));
    claim.into_iter().chain([decide]).collect()
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
