//! Whose turn it is to do something once a period, and how far that has come.

use std::time::Duration;

use redis::cmd;
use tracerail_actors::port::PortError;
use tracerail_schemas::TaskId;

use super::error::Failure;
use super::gate::Gate;
use super::lock::Lock;
use super::read_content::typed;
use super::store::RedisStore;

/// How long a turn of somebody who has died keeps the others waiting.
const TAKEN_FOR: Duration = Duration::from_mins(1);

/// Stands for a task when all are done.
const DONE: &str = "done";

/// A turn: nobody else has it until it is over, or has not been noted for a minute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turn {
    /// The last task that was done.
    pub after: Option<TaskId>,
    name: String,
    period: i64,
    lock: Lock,
}

impl RedisStore {
    /// The turn of this period; nothing while another process has it, or when the period's work is done.
    pub async fn take_turn(&self, name: &str, period: i64) -> Result<Option<Turn>, PortError> {
        self.take(name, period).await.map_err(|failure| failure.during(format!("take a turn at {name}")))
    }

    /// It has come so far; `None` is to the end. The answer is whether it is still this process's turn.
    pub async fn note_turn(&self, turn: &Turn, after: Option<TaskId>) -> Result<bool, PortError> {
        let noted = self.note(turn, after).await;
        noted.map_err(|failure| failure.during(format!("note how far {} has come", turn.name)))
    }

    async fn take(&self, name: &str, period: i64) -> Result<Option<Turn>, Failure> {
        let of_this = read(&self.gate, name).await?.filter(|(noted, _)| *noted == period);
        let after = match of_this {
            Some((_, so_far)) if so_far == DONE => return Ok(None),
            Some((_, so_far)) => so_far.parse().ok().map(TaskId::from_uuid),
            None => None,
        };
        let lock = Lock::take(&self.gate, &format!("{name}-lock"), TAKEN_FOR).await?;
        Ok(lock.map(|lock| Turn { after, name: name.to_owned(), period, lock }))
    }

    async fn note(&self, turn: &Turn, after: Option<TaskId>) -> Result<bool, Failure> {
        let gate = &*self.gate;
        if !turn.lock.keep(gate).await? {
            return Ok(false);
        }
        let so_far = after.map_or_else(|| DONE.to_owned(), |task| task.uuid().to_string());
        let key = gate.keys.whole(&turn.name);
        let note = cmd("SET").arg(key).arg(format!("{} {so_far}", turn.period)).to_owned();
        gate.connection.ask(&note).await?;
        if after.is_none() {
            turn.lock.release(gate).await?;
        }
        Ok(true)
    }
}

/// The period that was worked on last, and whether it is done.
pub(super) async fn noted(gate: &Gate, name: &str) -> Result<Option<(i64, bool)>, Failure> {
    Ok(read(gate, name).await?.map(|(period, so_far)| (period, so_far == DONE)))
}

async fn read(gate: &Gate, name: &str) -> Result<Option<(i64, String)>, Failure> {
    let key = gate.keys.whole(name);
    let told: Option<String> = typed(gate.connection.ask(&cmd("GET").arg(&key).to_owned()).await?)?;
    Ok(told
        .as_deref()
        .and_then(|told| told.split_once(' '))
        .and_then(|(period, so_far)| Some((period.parse().ok()?, so_far.to_owned()))))
}
