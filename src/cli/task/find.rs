//! From the beginning of an id to the task.

use tracerail_schemas::task::Task;
use tracerail_schemas::{Code, TaskId};

use crate::TraceRail;
use crate::cli::failure::Failure;

/// The id of the one task whose id begins like this.
pub(crate) async fn id(rail: &TraceRail, text: &str) -> Result<TaskId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let prefix = text.to_ascii_lowercase();
    if prefix.is_empty() || !prefix.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        return Err(Failure::usage(format!("{text:?} is no task id: it has hexadecimal digits only")));
    }
    let found = rail.find_task(&prefix).await?;
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(unknown(text)),
        several => {
            let ids: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(Failure::usage(format!("{text} is the beginning of several: {}", ids.join(", "))))
        }
    }
}

/// The one task whose id begins like this.
pub(crate) async fn task(rail: &TraceRail, text: &str) -> Result<Task, Failure> {
    let id = id(rail, text).await?;
    rail.task(id).await?.ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> Failure {
    Failure::new(Code::TaskUnknown, format!("there is no task {text}"))
}
