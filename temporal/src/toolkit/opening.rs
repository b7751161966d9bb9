//! What a workflow's wish for a task asks of TraceRail. Pure.

use serde::{Deserialize, Serialize};
use tracerail_schemas::content::Metadata;
use tracerail_schemas::principal::PrincipalKind;
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{Command, NewTask, Task, Terms, Verb};
use tracerail_schemas::{CommandId, PersonId, Principal, TaskId};
use uuid::{Builder, Version};

use super::names::{OPENED_BY, WAIT_FOR_HUMAN_DECISION};
use super::words::{HumanTask, value};
use crate::names::command_id;

/// The name a workflow has in TraceRail when no person stands behind it.
const WORKFLOW: &str = "temporal";

/// Which call of which workflow it is: what is tried again is the same call, and so the same task and the same commands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    /// The workflow.
    pub(crate) workflow_id: String,
    /// Its run.
    pub(crate) run_id: String,
    /// What it is.
    pub(crate) workflow_type: String,
    /// Which activity of the run.
    #[serde(default)]
    pub(crate) activity_id: String,
}

impl Call {
    /// The id of the command that step `step` of this call is.
    pub(crate) fn command(&self, step: &str) -> CommandId {
        command_id(&self.run_id, 0, &format!("activity {}/{step}", self.activity_id))
    }

    /// The task this call opens.
    pub(crate) fn task(&self) -> TaskId {
        TaskId::from_uuid(Builder::from_custom_bytes(*self.command("task").uuid().as_bytes()).into_uuid())
    }
}

/// Whether a workflow has opened the task of this id: its kind of UUID says so, version 8, which nothing else here has.
pub(crate) fn is_workflows(task: TaskId) -> bool {
    task.uuid().get_version() == Some(Version::Custom)
}

/// The commands that open this task, in order.
pub(crate) fn commands(call: &Call, wish: HumanTask) -> Result<Vec<Command>, String> {
    let command = |step: &str, verb| {
        let (id, by) = (call.command(step), by(None)?);
        Ok(Command { id, task_id: call.task(), by, expected_version: None, verb, traceparent: None })
    };
    let raised = wish.route.as_ref().filter(|route| route.decision == RoutingDecision::Escalate);
    let raised = raised.map(|route| command("raise", Verb::Escalate { reason: route.engine.reason.clone() }));
    let create = command("create", Verb::Create(Box::new(new_task(call, wish))));
    [Some(create), raised].into_iter().flatten().collect()
}

/// Who gives a command: this person, or the workflow.
pub(crate) fn by(user: Option<PersonId>) -> Result<Principal, String> {
    match user {
        Some(user) => Ok(Principal::user(user)),
        None => PersonId::new(WORKFLOW)
            .map(|id| Principal { kind: PrincipalKind::Agent, id })
            .map_err(|error| error.to_string()),
    }
}

/// The workflow that waits for the end of this task, if one does: it has to be told.
pub(crate) fn waiter(task: &Task) -> Option<String> {
    let by = &task.data.created_by;
    let opened = task.data.metadata.get(OPENED_BY).filter(|_| by.kind == PrincipalKind::Agent)?;
    let call: Call = serde_json::from_value(opened.clone()).ok()?;
    (call.workflow_type == WAIT_FOR_HUMAN_DECISION && call.task() == task.id).then_some(call.workflow_id)
}

fn new_task(call: &Call, wish: HumanTask) -> NewTask {
    let HumanTask { content, tenant, task_type, priority, suggested_assignee, .. } = wish.clone();
    let blank = NewTask::review(content);
    let engine = wish.route.as_ref().map(|route| &route.engine);
    NewTask {
        tenant,
        task_type: task_type.unwrap_or_else(|| blank.task_type.clone()),
        priority: priority.or(engine.and_then(|engine| engine.priority)).unwrap_or_default(),
        terms: terms(&wish),
        suggested_assignee: suggested_assignee
            .or_else(|| engine.and_then(|engine| engine.suggested_assignee.clone())),
        metadata: metadata(call, wish),
        ..blank
    }
}

/// The terms, with what they leave open as the route has it.
fn terms(wish: &HumanTask) -> Terms {
    let said = wish.terms.clone();
    let mut terms = Terms { sla_hours: said.sla_hours.or(wish.timeout_hours), ..said };
    let Some(engine) = wish.route.as_ref().map(|route| &route.engine) else { return terms };
    terms.sla_hours = terms.sla_hours.or(engine.sla_hours);
    terms.review_required |= engine.review_required;
    if terms.escalation_policy.is_none() {
        terms.escalation_policy.clone_from(&engine.escalation_policy);
    }
    if terms.skills_required.is_empty() {
        terms.skills_required.clone_from(&engine.skills_required);
    }
    if terms.candidate_groups.is_empty() && terms.assignee_pool.is_none() {
        terms.candidate_groups.clone_from(&engine.candidate_groups);
    }
    terms
}

/// What is said about the task: also what model and rules said, and which workflow waits.
fn metadata(call: &Call, wish: HumanTask) -> Metadata {
    let mut metadata = wish.metadata;
    let mut say = |name: &str, value| {
        metadata.insert(name.to_owned(), value);
    };
    if let Some(analysis) = wish.analysis.as_ref().and_then(|record| record.analysis()) {
        say("summary", value(&analysis.summary));
    }
    if let Some(route) = &wish.route {
        say("reason", value(&route.engine.reason));
        say("proposed", value(&route.proposed));
    }
    say(OPENED_BY, value(call));
    metadata
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tracerail_actors::conformance::sample;
    use tracerail_schemas::{ContentKey, TenantId, Timestamp};

    use super::*;

    fn call() -> Call {
        Call {
            workflow_id: "letter-1".to_owned(),
            run_id: "a-run".to_owned(),
            workflow_type: WAIT_FOR_HUMAN_DECISION.to_owned(),
            activity_id: "1".to_owned(),
        }
    }

    fn wish(more: &serde_json::Value) -> HumanTask {
        let engine = json!({
            "decision": "escalate", "confidence": 1.0, "reason": "a threat", "engine": "rules", "engine_version": "1",
            "candidate_groups": ["desk"], "skills_required": ["law"], "sla_hours": 4.0, "priority": "high",
            "review_required": true, "suggested_assignee": "ada"
        });
        let mut wish = json!({"content": "a letter", "route": {"decision": "escalate", "engine": engine}});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(wish).unwrap()
    }

    fn created(commands: &[Command]) -> &NewTask {
        let Verb::Create(new) = &commands[0].verb else { panic!("{commands:?}") };
        new
    }

    #[test]
    fn the_same_call_is_the_same_task_and_the_same_commands() {
        let again = commands(&call(), wish(&json!({}))).unwrap();
        assert_eq!(commands(&call(), wish(&json!({}))).unwrap(), again);
        assert!(
            again.iter().all(|command| command.task_id == call().task() && is_workflows(command.task_id))
        );
        for other in
            [Call { activity_id: "2".to_owned(), ..call() }, Call { run_id: "another".to_owned(), ..call() }]
        {
            assert_ne!(other.task(), call().task());
        }
    }

    #[test]
    fn what_is_left_out_comes_from_the_route() {
        let commands = commands(&call(), wish(&json!({}))).unwrap();
        assert!(matches!(&commands[1].verb, Verb::Escalate { reason } if reason == "a threat"));
        let new = created(&commands);
        let terms = &new.terms;
        assert_eq!(
            (terms.sla_hours.map(tracerail_schemas::time::Hours::get), terms.review_required),
            (Some(4.0), true)
        );
        assert_eq!((terms.skills_required[0].as_str(), new.priority.as_str()), ("law", "high"));
        assert_eq!((terms.candidate_groups.len(), new.suggested_assignee.is_some()), (1, true));
        assert_eq!(new.metadata["reason"], "a threat");
    }

    #[test]
    fn what_is_said_counts_more_than_the_route() {
        let said = json!({
            "timeout_hours": 1.0, "priority": "low", "terms": {"assignee_pool": "law", "skills_required": ["tax"]}
        });
        let commands = commands(&call(), wish(&said)).unwrap();
        let new = created(&commands);
        assert_eq!(new.terms.sla_hours.map(tracerail_schemas::time::Hours::get), Some(1.0));
        assert_eq!((new.priority.as_str(), new.terms.skills_required[0].as_str()), ("low", "tax"));
        assert!(new.terms.candidate_groups.is_empty());
    }

    #[test]
    fn only_the_workflow_that_opened_a_task_to_wait_for_it_is_told() {
        let key = ContentKey::new(TenantId::default(), "desk", "a letter").unwrap();
        let mut task = sample::task(&key, Timestamp::from_micros(0));
        assert!(!is_workflows(task.id), "a task of an item");
        let commands = commands(&call(), wish(&json!({}))).unwrap();
        task.id = commands[0].task_id;
        task.data.created_by = commands[0].by.clone();
        task.data.metadata = created(&commands).metadata.clone();
        assert_eq!(waiter(&task).as_deref(), Some("letter-1"));
        // Somebody else has copied what stands there.
        let mut copied = task.clone();
        copied.id = Call { activity_id: "2".to_owned(), ..call() }.task();
        assert_eq!(waiter(&copied), None);
        task.data.created_by = Principal::user(PersonId::new("mallory").unwrap());
        assert_eq!(waiter(&task), None);
    }
}
