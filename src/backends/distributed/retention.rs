//! What ended long ago leaves Redis: by itself in a process of the task actor, or when somebody asks.
//!
//! The log forgets by its own age (`nats.max_age`), whatever this does. Made again from a log that still has their events, items that
//! ended are there again, until the next way through.

use std::time::Duration;

use tracerail_actors::port::{Heard, PortError, Removed, Store};

use super::edition::Distributed;
use super::redis::StillWanted;

/// How often is looked for what has ended. Each way through reads the end of every item.
const LOOKS_EVERY: Duration = Duration::from_hours(1);

/// How much longer than it works it rests, so that nobody notices.
const REST: u32 = 10;

/// What whoever does it holds.
const NAME: &str = "retention";

impl Distributed {
    /// Takes out what ended longer ago than this; with `dry`, only counts it.
    pub async fn retain(
        &self,
        older_than: Duration,
        (dry, rest): (bool, u32),
        tell: Heard<'_>,
    ) -> Result<Removed, PortError> {
        let wanted = StillWanted { handled: self.log.handled().await?, held: self.log.held_about().await? };
        let cutoff = self.store.now().await?.minus(older_than);
        self.store.retain_since(cutoff, &wanted, (dry, rest), tell).await
    }

    /// Does so again and again, until it is dropped. One process at a time does it.
    pub async fn keep_retaining(self, older_than: Duration, at_first: Duration) {
        tokio::time::sleep(at_first).await;
        loop {
            match self.retain_in_turn(older_than).await {
                Ok(Removed { items: 0, tasks: 0, .. }) => {}
                Ok(Removed { items, tasks, answers, .. }) => tracing::info!(
                    items,
                    tasks,
                    answers,
                    "what ended longer ago than `retention.ended_items` is gone"
                ),
                Err(error) => tracing::warn!(
                    error = error.chain(),
                    "what ended long ago could not be taken out of Redis; trying again in an hour"
                ),
            }
            tokio::time::sleep(LOOKS_EVERY).await;
        }
    }

    async fn retain_in_turn(&self, older_than: Duration) -> Result<Removed, PortError> {
        let Some(held) = self.store.hold(NAME).await? else { return Ok(Removed::default()) };
        let walk = self.retain(older_than, (false, REST), &|_| {});
        let removed = tokio::select! {
            removed = walk => removed,
            lost = self.until_lost(&held) => Err(lost),
        };
        let released = self.store.let_go(&held).await;
        let removed = removed?;
        released.map(|()| removed)
    }

    /// Keeps it until it is lost to somebody else.
    async fn until_lost(&self, held: &super::redis::Held) -> PortError {
        loop {
            tokio::time::sleep(Duration::from_secs(15)).await;
            match self.store.holds(held).await {
                Ok(true) => {}
                Ok(false) => {
                    let why = "another process has taken it over";
                    return PortError::new(
                        "take out what has ended",
                        tracerail_actors::port::PortErrorKind::Unavailable,
                        why,
                    );
                }
                Err(error) => return error,
            }
        }
    }
}
