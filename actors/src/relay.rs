//! Publishes what a crash left committed and unpublished: at the start, and on every tick.

use crate::effect::publish;
use crate::port::{PortError, Ports};

/// How many events go out in one go.
const BATCH: usize = 500;

/// Publishes all that is left over. The answer is how many there were.
pub async fn relay(ports: &Ports) -> Result<usize, PortError> {
    let mut published = 0;
    loop {
        let unsent = ports.store.unsent(BATCH).await?;
        let count = unsent.len();
        publish(ports, unsent).await?;
        published += count;
        if count < BATCH {
            return Ok(published);
        }
    }
}
