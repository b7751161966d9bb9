//! When waits were armed, as their histories tell it: by the server's clock, and read when all is done, so that looking costs nothing
//! while it is measured.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use temporalio_client::{Client, UntypedWorkflow, WorkflowCountOptions, WorkflowFetchHistoryOptions};
use temporalio_common::protos::temporal::api::enums::v1::EventType;
use tracerail_schemas::Timestamp;

/// Histories read at the same time.
const AT_ONCE: usize = 8;
/// How often it is asked how many there are.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How many workflows run.
pub(crate) async fn running(client: &Client) -> usize {
    let query = "ExecutionStatus = 'Running'";
    let counted = client.count_workflows(query, WorkflowCountOptions::default()).await.unwrap();
    counted.count()
}

/// Waits until so many workflows run.
pub(crate) async fn until_running(client: &Client, count: usize) {
    while running(client).await < count {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// When the last of these waits had its timer.
pub(crate) async fn last_armed(client: &Client, ids: &[String]) -> Timestamp {
    let armed = stream::iter(ids).map(|id| async {
        loop {
            if let Some(at) = armed_at(client, id).await {
                return at;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    armed.buffer_unordered(AT_ONCE).fold(Timestamp::from_micros(0), async |last, at| last.max(at)).await
}

async fn armed_at(client: &Client, id: &str) -> Option<Timestamp> {
    let wait = client.get_workflow_handle::<UntypedWorkflow>(id);
    let events: Vec<_> =
        wait.fetch_history(WorkflowFetchHistoryOptions::default()).try_collect().await.unwrap();
    let armed = events.into_iter().find(|event| event.event_type() == EventType::TimerStarted)?;
    let at = armed.event_time?;
    Some(Timestamp::from_micros(at.seconds * 1_000_000 + i64::from(at.nanos) / 1_000))
}
