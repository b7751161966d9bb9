//! Holding something for longer than a call: one process at a time does it.

use std::time::Duration;

use tracerail_actors::port::PortError;

use super::lock::Lock;
use super::store::RedisStore;

/// How long somebody who has died keeps the others waiting.
const HELD_FOR: Duration = Duration::from_mins(1);

/// What is held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held(Lock);

impl RedisStore {
    /// Holds this, unless another process does.
    pub async fn hold(&self, name: &str) -> Result<Option<Held>, PortError> {
        let taken = Lock::take(&self.gate, name, HELD_FOR).await;
        Ok(taken.map_err(|failure| failure.during(format!("hold {name}")))?.map(Held))
    }

    /// Whether it is still held; for a minute more, if so.
    pub async fn holds(&self, held: &Held) -> Result<bool, PortError> {
        held.0.keep(&self.gate).await.map_err(|failure| failure.during("keep what is held"))
    }

    /// Gives it back.
    pub async fn let_go(&self, held: &Held) -> Result<(), PortError> {
        held.0.release(&self.gate).await.map_err(|failure| failure.during("give back what is held"))
    }
}
