//! A lock of the installation as a whole. Whoever dies with it keeps the others waiting until it runs out.

use std::time::Duration;

use redis::cmd;
use uuid::Uuid;

use super::error::Failure;
use super::gate::Gate;
use super::read_content::typed;

/// A lock that was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Lock {
    key: String,
    token: String,
    lasts_ms: u64,
}

impl Lock {
    /// Takes it, if nobody has it.
    pub(super) async fn take(gate: &Gate, name: &str, lasts: Duration) -> Result<Option<Self>, Failure> {
        let (key, token) = (gate.keys.whole(name), Uuid::now_v7().to_string());
        let lasts_ms = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        let take = cmd("SET").arg(&key).arg(&token).arg("NX").arg("PX").arg(lasts_ms).to_owned();
        let answer: Option<String> = typed(gate.connection.ask(&take).await?)?;
        Ok(answer.map(|_| Self { key, token, lasts_ms }))
    }

    /// What tells this taking from all others.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Keeps it from running out. The answer is whether it is still held.
    pub(super) async fn keep(&self, gate: &Gate) -> Result<bool, Failure> {
        let held = self.is_held(gate).await?;
        if held {
            gate.connection.ask(&cmd("PEXPIRE").arg(&self.key).arg(self.lasts_ms).to_owned()).await?;
        }
        Ok(held)
    }

    /// Gives it back, unless it was lost.
    pub(super) async fn release(&self, gate: &Gate) -> Result<(), Failure> {
        if self.is_held(gate).await? {
            gate.connection.ask(&cmd("UNLINK").arg(&self.key).to_owned()).await?;
        }
        Ok(())
    }

    async fn is_held(&self, gate: &Gate) -> Result<bool, Failure> {
        let holder = gate.connection.ask(&cmd("GET").arg(&self.key).to_owned()).await?;
        Ok(typed::<Option<String>>(holder)?.as_deref() == Some(&self.token))
    }
}
