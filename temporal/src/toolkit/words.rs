//! What goes into the toolkit's steps and comes out of them, as JSON for any language.
//!
//! Besides what stands here: an analysis, a route, a priority and terms look as they do in TraceRail's events, a task's end as in `Ending`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracerail_schemas::analysis::AnalysisRecord;
use tracerail_schemas::content::{Metadata, Outcome};
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::routing::RouteRecord;
use tracerail_schemas::task::{Priority, Terms};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{PersonId, Principal, TaskId, TenantId};

use crate::words::{Ending, Seen};

/// What goes to the model: a submission's fields, of which `content` is the one that must be there.
pub type Content = ContentSubmitted;

/// What goes to the rules: content with its analysis. Without one a person decides, whatever the rules say.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The content.
    #[serde(flatten)]
    pub content: Content,
    /// What `process_with_llm` said.
    #[serde(default, alias = "llm_result", alias = "llm_analysis")]
    pub analysis: Option<AnalysisRecord>,
}

/// A task for people. What is left out comes from the route, then from the configuration.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HumanTask {
    /// What the person has to look at.
    pub content: String,
    /// The tenant it belongs to.
    #[serde(default)]
    pub tenant: TenantId,
    /// What kind of work it is; `content_review` when it is not said.
    #[serde(default)]
    pub task_type: Option<String>,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Hours until it is escalated, as the seed calls it: the same as `sla_hours` in the terms.
    #[serde(default)]
    pub timeout_hours: Option<Hours>,
    /// What is said about it.
    #[serde(default)]
    pub metadata: Metadata,
    /// What is asked of whoever works it.
    #[serde(default)]
    pub terms: Terms,
    /// Who should get it, if anyone.
    #[serde(default)]
    pub suggested_assignee: Option<PersonId>,
    /// What `process_with_llm` said: its summary is shown to whoever decides.
    #[serde(default, alias = "llm_result", alias = "llm_analysis")]
    pub analysis: Option<AnalysisRecord>,
    /// What `route_decision` said: it has groups, skills and hours for the task, and `escalate` raises it at once.
    #[serde(default)]
    pub route: Option<RouteRecord>,
}

/// A task that was opened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Its id, under which people find it, and its `HumanTaskWorkflow`.
    pub task_id: TaskId,
    /// How it stands.
    pub seen: Seen,
}

/// A wish to have a task raised, or to give it up.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Escalation {
    /// The task.
    pub task_id: TaskId,
    /// Why.
    pub reason: String,
    /// Who wishes it. Without it, it is the workflow, which may do so with what it has opened itself.
    #[serde(default)]
    pub user: Option<PersonId>,
}

/// What the query `get_task_status` of `WaitForHumanDecision` answers.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct WaitStatus {
    /// The task, once it is open.
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// How it ended, once it has.
    #[serde(default)]
    pub ending: Option<Ending>,
}

/// What model and person said together: the person's word counts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Merged {
    /// `approved`, `rejected`, `cancelled` or `expired`.
    pub outcome: Outcome,
    /// Who decided.
    #[serde(default)]
    pub decided_by: Option<Principal>,
    /// What the model said.
    pub analysis: AnalysisRecord,
    /// What the person said.
    pub human: Ending,
}

impl HumanTask {
    /// A task to look at this; everything else as the configuration has it.
    pub fn review(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            tenant: TenantId::default(),
            task_type: None,
            priority: None,
            timeout_hours: None,
            metadata: Metadata::new(),
            terms: Terms::default(),
            suggested_assignee: None,
            analysis: None,
            route: None,
        }
    }
}

/// Content about which nothing else is said.
pub fn content(text: impl Into<String>) -> Content {
    Content {
        id: None,
        source: None,
        tenant: TenantId::default(),
        content: text.into(),
        content_type: None,
        metadata: Metadata::new(),
        submitted_by: None,
        priority: None,
    }
}

/// What a model and a person said of the same thing, as one result.
pub fn merge_results(ai: AnalysisRecord, human: Ending) -> Merged {
    Merged { outcome: human.outcome, decided_by: human.decided_by.clone(), analysis: ai, human }
}

/// A value of a task's metadata.
pub(crate) fn value<T: Serialize>(of: &T) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
