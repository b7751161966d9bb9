//! One item alone: how long from submitting it until its task is there.

use std::time::{Duration, Instant};

use tracerail_schemas::{Code, TaskId};

use crate::TraceRail;
use crate::bench::{Spread, item};
use crate::cli::failure::Failure;

/// How often is looked for the task; the figures are so much too high at most.
const LOOK: Duration = Duration::from_micros(200);

/// How long is waited for one.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends so many items, one after the other.
pub(super) async fn lone_items(rail: &TraceRail, count: u32) -> Result<Spread, Failure> {
    let mut durations = Vec::new();
    for n in 0..count {
        let began = Instant::now();
        let key = rail.submit(item("lone", n as usize, false)).await?.key;
        let task = TaskId::of_content(&key);
        while rail.task(task).await?.is_none() {
            if began.elapsed() > PATIENCE {
                let message = format!("{key} has no task after {} s", PATIENCE.as_secs());
                return Err(Failure::new(Code::Internal, message));
            }
            tokio::time::sleep(LOOK).await;
        }
        durations.push(began.elapsed());
    }
    Ok(Spread::of(durations))
}
