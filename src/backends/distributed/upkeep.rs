//! Looking after what the servers hold.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracerail_actors::port::{Clock, Erasing, Erasure, Heard, PortError, Removed, Tombstone, Upkeep};

use super::edition::Distributed;

/// Looking after both halves.
#[derive(Clone)]
pub struct ServerUpkeep {
    both: Distributed,
    clock: Arc<dyn Clock>,
}

impl ServerUpkeep {
    /// Of these, by this clock.
    pub fn new(both: Distributed, clock: Arc<dyn Clock>) -> Self {
        Self { both, clock }
    }
}

#[async_trait]
impl Upkeep for ServerUpkeep {
    async fn retain(&self, older_than: Duration, dry: bool, tell: Heard<'_>) -> Result<Removed, PortError> {
        self.both.retain(older_than, (dry, 1), tell).await
    }

    async fn kept_at_least(&self) -> Result<Option<Duration>, PortError> {
        self.both.kept_at_least().await
    }

    async fn erase(&self, erasure: Erasure, tell: Heard<'_>) -> Result<Erasing, PortError> {
        self.both.erase(erasure, self.clock.as_ref(), tell).await
    }

    async fn tombstones(&self) -> Result<Vec<Tombstone>, PortError> {
        self.both.log.tombstones().await
    }
}

impl std::fmt::Debug for ServerUpkeep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerUpkeep").field("both", &self.both).finish_non_exhaustive()
    }
}
