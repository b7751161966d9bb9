//! The moment when all is done.

use std::time::Duration;

use tracerail_actors::port::Consumer;

use crate::{Error, TraceRail};

/// Waits until no actor has anything left to handle; looks this often.
///
/// Items move from one actor to the next in the order of [`Consumer::ALL`], and leave one only when the next has them: an actor that
/// has nothing left after those before it had nothing left gets nothing any more.
pub async fn settle(rail: &TraceRail, every: Duration) -> Result<(), Error> {
    for consumer in Consumer::ALL {
        while rail.lag(consumer).await? > 0 {
            tokio::time::sleep(every).await;
        }
    }
    Ok(())
}
