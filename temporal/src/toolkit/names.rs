//! Names that programs in other languages write down. They never change.

/// What the configured model says of content: `Content` in, an analysis record out.
pub const PROCESS_WITH_LLM: &str = "process_with_llm";
/// What the configured rules would do with it: `Question` in, a route record out.
pub const ROUTE_DECISION: &str = "route_decision";
/// Opens a task for people: `HumanTask` in, `Opened` out.
pub const CREATE_HUMAN_TASK: &str = "create_human_task";
/// Raises a task: `Escalation` in, `Answer` out.
pub const ESCALATE_TASK: &str = "escalate_task";
/// Gives a task up: `Escalation` in, `Answer` out.
pub const CANCEL_HUMAN_TASK: &str = "cancel_human_task";

/// The child workflow that opens a task and waits for what a person decides: `HumanTask` in, `Ending` out.
pub const WAIT_FOR_HUMAN_DECISION: &str = "WaitForHumanDecision";

/// The task queue, unless the configuration says another.
pub const TASK_QUEUE: &str = "tracerail";

/// Under which name a task's metadata say which workflow opened it.
pub const OPENED_BY: &str = "temporal";
