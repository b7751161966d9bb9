//! Ids, short.

use tracerail_schemas::TaskId;

/// The first eight digits: enough to name a task among thousands, and every command takes a beginning.
pub(crate) fn task(id: TaskId) -> String {
    id.to_string().chars().take(8).collect()
}
