//! How things are called in Temporal. The installation's prefix separates it from others in the same namespace.

use tracerail::config::Config;
use tracerail_schemas::TaskId;
use uuid::Uuid;

/// The type of the workflow that waits for one task.
pub const HUMAN_TASK: &str = "HumanTaskWorkflow";

/// What the ids of shards of waits begin with, after the prefix; the number of the shard follows.
const SHARD: &str = "tracerail-tasks-";

/// The field of a workflow's memo that says how its task stands.
pub const MEMO: &str = "tracerail";

/// The names of one installation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Names {
    prefix: String,
    task_queue: String,
}

impl Names {
    /// Those of this configuration.
    pub fn of(config: &Config) -> Self {
        let prefix =
            config.nats.subject_prefix.as_ref().map(|prefix| format!("{prefix}.")).unwrap_or_default();
        let task_queue = format!("{prefix}{}", config.temporal.task_queue);
        Self { prefix, task_queue }
    }

    /// The task queue of workflows and activities.
    pub fn task_queue(&self) -> &str {
        &self.task_queue
    }

    /// The id of the workflow that waits for this task.
    pub fn workflow_id(&self, task: TaskId) -> String {
        format!("{}{task}", self.prefix)
    }

    /// The id of the workflow that keeps the waits of this shard.
    pub fn shard_id(&self, shard: u32) -> String {
        format!("{}{SHARD}{shard}", self.prefix)
    }

    /// The task that a workflow of this id waits for; nothing, when it is none of this installation.
    pub fn task_id(&self, workflow_id: &str) -> Option<TaskId> {
        // Exactly as it is written: another spelling of the same id would be another workflow.
        let task = workflow_id.strip_prefix(&self.prefix)?.parse::<TaskId>().ok()?;
        (self.workflow_id(task) == workflow_id).then_some(task)
    }

    /// The query that finds the open waits of this installation, and perhaps more.
    pub fn open_waits(&self) -> String {
        self.open(HUMAN_TASK)
    }

    /// The query that finds the open workflows of this type.
    pub(crate) fn open(&self, workflow_type: &str) -> String {
        let quoted = self.task_queue.replace('\'', "''");
        format!("WorkflowType = '{workflow_type}' AND ExecutionStatus = 'Running' AND TaskQueue = '{quoted}'")
    }
}

/// The id of the command that step `step` of a decision becomes: the same each time the same signal is handled.
pub(crate) fn command_id(run_id: &str, number: u64, step: &str) -> tracerail_schemas::CommandId {
    let run = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("temporal:{run_id}").as_bytes());
    let name = format!("{number}/{step}");
    tracerail_schemas::CommandId::from_uuid(Uuid::new_v5(&run, name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installations_are_told_apart_by_their_prefix() {
        let mut config = Config::default();
        let plain = Names::of(&config);
        config.nats.subject_prefix = Some("acme".to_owned());
        let acme = Names::of(&config);
        let task = TaskId::from_uuid(Uuid::from_u128(7));
        let id = acme.workflow_id(task);
        assert_eq!((id.as_str(), acme.task_queue()), (format!("acme.{task}").as_str(), "acme.tracerail"));
        assert_eq!((acme.task_id(&id), plain.task_id(&id)), (Some(task), None));
        assert_eq!(plain.task_id(&task.to_string().to_uppercase().replace('0', "A")), None);
        assert_eq!(plain.task_id(&plain.workflow_id(task)), Some(task));
    }
}
