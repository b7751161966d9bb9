//! What ended long ago leaves Redis: by itself in a process of the task actor, or when somebody asks.
//!
//! The log forgets by its own age (`nats.max_age`), whatever this does, and nothing goes before it has. An item that went earlier and came
//! again under its name would be lost with a Redis that is emptied: what is made again is the first one, and the versions of the second
//! look like old ones. So an item goes when it ended longer ago than any stream keeps an event, and no stream has one of its events.

use std::time::Duration;

use tracerail_actors::port::{Heard, PortError, PortErrorKind, Removed, Store};
use tracerail_schemas::time::duration_text;

use super::edition::Distributed;
use super::nats::StreamSeen;
use super::redis::StillWanted;

/// How often is looked for what has ended. Each way through reads the end of every item.
const LOOKS_EVERY: Duration = Duration::from_hours(1);

/// How much longer than it works it rests, so that nobody notices.
const REST: u32 = 10;

/// How much longer than the log keeps an event what has ended is kept: clocks differ, and what is told of an open task gets into the log
/// a while after it was read.
const LONGER: Duration = Duration::from_hours(1);

/// What whoever does it holds.
const NAME: &str = "retention";

impl Distributed {
    /// How long what has ended is kept at the least; `None` is for ever.
    pub async fn kept_at_least(&self) -> Result<Option<Duration>, PortError> {
        Ok(at_least(&self.streams().await?))
    }

    /// Takes out what ended longer ago than this, and than the log keeps events; with `dry`, only counts it.
    pub async fn retain(
        &self,
        older_than: Duration,
        (dry, rest): (bool, u32),
        tell: Heard<'_>,
    ) -> Result<Removed, PortError> {
        let streams = self.streams().await?;
        let Some(least) = at_least(&streams) else { return Ok(Removed::default()) };
        let (told_from, held) = (self.log.told_from(&streams).await?, self.log.held_about().await?);
        let cutoff = self.store.now().await?.minus(older_than.max(least));
        self.store.retain_since(cutoff, &StillWanted { told_from, held }, (dry, rest), tell).await
    }

    async fn streams(&self) -> Result<Vec<StreamSeen>, PortError> {
        let seen = self.log.observe().await;
        seen.map_err(|error| {
            PortError::new("see how long events are kept", PortErrorKind::Unavailable, error)
        })
    }

    /// Does so again and again, until it is dropped. One process at a time does it.
    pub async fn keep_retaining(self, older_than: Duration, at_first: Duration) {
        tokio::time::sleep(at_first).await;
        self.say_what_is_kept_longer(older_than).await;
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

    /// Says so where the log keeps events for longer than what has ended is to be kept.
    async fn say_what_is_kept_longer(&self, older_than: Duration) {
        match self.kept_at_least().await {
            Ok(Some(least)) if least > older_than => tracing::warn!(
                kept = duration_text::format(least),
                "`retention.ended_items` is shorter than the streams keep events (`nats.max_age`): what has ended stays in Redis for as long"
            ),
            Ok(None) => tracing::warn!(
                "the streams keep events for ever, so what has ended stays in Redis for ever (docs/operations.md)"
            ),
            // Whatever is wrong is said by whoever looks.
            Ok(Some(_)) | Err(_) => {}
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
                    return PortError::new("take out what has ended", PortErrorKind::Unavailable, why);
                }
                Err(error) => return error,
            }
        }
    }
}

/// Longer than any of these streams keeps an event; nothing where one keeps them for ever.
fn at_least(streams: &[StreamSeen]) -> Option<Duration> {
    let ages = || streams.iter().map(|seen| seen.age_max);
    if ages().any(|age| age.is_zero()) {
        return None;
    }
    Some(ages().max().unwrap_or_default() + LONGER)
}
