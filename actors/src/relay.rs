//! Publishes what a crash left committed and unpublished: at the start, and on every tick.

use std::time::Duration;

use tracerail_schemas::Subject;

use crate::effect::publish;
use crate::port::{PortError, Ports};

/// How many events go out in one go.
const BATCH: usize = 500;

/// Publishes what is left over of these subjects and older than this. The answer is how many events there were.
pub async fn relay(ports: &Ports, subjects: &[Subject], older_than: Duration) -> Result<usize, PortError> {
    let mut published = 0;
    loop {
        let unsent = ports.store.unsent(older_than, BATCH).await?;
        let found = unsent.len();
        let ours: Vec<_> =
            unsent.into_iter().filter(|event| subjects.contains(&event.envelope.subject)).collect();
        let count = ours.len();
        publish(ports, ours).await?;
        published += count;
        // What is left belongs to others.
        if found < BATCH || count == 0 {
            return Ok(published);
        }
    }
}
