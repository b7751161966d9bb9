//! What is signalled to a shard by whoever speaks only Temporal. Whatever it is, the shard goes on: what cannot be read is refused, and
//! the query says why.

use serde::de::DeserializeOwned;
use serde_json::Value;
use tracerail_schemas::{Code, TaskId};
use uuid::Uuid;

use super::pending::{Pending, Work};
use super::shard::Shard;
use super::words::{CreateTask, TaskDecision, about};
use crate::limits::{bytes, too_long};

impl Shard {
    /// `create_task`.
    pub fn create(&mut self, said: Value, run_id: &str) {
        self.numbered += 1;
        let task = about(&said);
        match read::<CreateTask>(said) {
            Ok(new) => {
                let task = new.task_id.unwrap_or_else(|| self.id_of(run_id, self.numbered));
                self.ask(task, run_id, Work::Create(Box::new(new)));
            }
            Err(why) => self.refuse(task, self.numbered, None, (Code::PayloadMalformed, why)),
        }
    }

    /// `complete_task`.
    pub fn complete(&mut self, said: Value, run_id: &str) {
        self.numbered += 1;
        let task = about(&said);
        match read::<TaskDecision>(said) {
            Ok(TaskDecision { task_id, decision }) => {
                self.open.decided(task_id);
                self.ask(task_id, run_id, Work::Decide(Box::new(decision)));
            }
            Err(why) => {
                if let Some(task) = task {
                    self.open.decided(task);
                }
                self.refuse(task, self.numbered, None, (Code::PayloadMalformed, why));
            }
        }
    }

    /// Something signalled that is not even JSON of its form.
    pub fn unreadable(&mut self, why: String) {
        self.numbered += 1;
        self.refuse(None, self.numbered, None, (Code::PayloadMalformed, why));
    }

    fn ask(&mut self, task_id: TaskId, run_id: &str, work: Work) {
        let pending = Pending { run_id: run_id.to_owned(), task_id, not_before: None, work };
        let bytes = bytes(&pending);
        let refusal = if self.queue.is_full(bytes, self.room_for_pending()) {
            let message =
                "as much waits for TraceRail's answer already as can be kept; signal it again later";
            Some((Code::StoreUnavailable, message.to_owned()))
        } else {
            too_long(bytes).map(|why| (Code::PayloadOverLimit, why))
        };
        match refusal {
            None => self.queue.push(self.numbered, pending),
            Some(refusal) => {
                let user = match pending.work {
                    Work::Create(it) => it.by,
                    Work::Decide(it) => it.user,
                };
                self.refuse(Some(task_id), self.numbered, Some(user), refusal);
            }
        }
    }

    /// An id for a task that came without one: the same each time the same signal is handled, and one that this shard keeps.
    fn id_of(&self, run_id: &str, number: u64) -> TaskId {
        let run = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("temporal:{run_id}").as_bytes());
        let ids = (0_u32..)
            .map(|turn| TaskId::from_uuid(Uuid::new_v5(&run, format!("{number}/task/{turn}").as_bytes())));
        ids.into_iter().find(|id| self.keeps(*id)).unwrap_or_else(|| TaskId::from_uuid(run))
    }
}

fn read<T: DeserializeOwned>(said: Value) -> Result<T, String> {
    serde_json::from_value(said).map_err(|error| format!("it cannot be read: {error}"))
}
