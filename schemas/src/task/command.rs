//! What is asked of a task, by whom, and the task that is to be made.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::content::Metadata;
use crate::ids::{CommandId, PersonId, TaskId, TenantId};
use crate::principal::Principal;
use crate::task::priority::Priority;
use crate::task::terms::Terms;
use crate::task::verb::Verb;

/// A command: the same id again gets the first answer again, and is refused with another payload.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Command {
    /// Its id. Over the bus it may be left out: the command has the id of its event then.
    #[serde(default = "no_id")]
    pub id: CommandId,
    /// The task it is for.
    pub task_id: TaskId,
    /// Who gives it.
    pub by: Principal,
    /// The version it was decided on; another one refuses it. Without it, the command applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<u64>,
    /// What is asked.
    pub verb: Verb,
    /// The W3C `traceparent` of whoever gives it. The same command from another span is still the same command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// A task to be made.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewTask {
    /// The tenant it belongs to.
    #[serde(default)]
    pub tenant: TenantId,
    /// What the person has to look at.
    pub content: String,
    /// What kind of work it is.
    #[serde(default = "content_review")]
    pub task_type: String,
    /// How urgent it is.
    #[serde(default)]
    pub priority: Priority,
    /// What is said about it.
    #[serde(default)]
    pub metadata: Metadata,
    /// What is asked of whoever works it.
    #[serde(default)]
    pub terms: Terms,
    /// Who should get it, if anyone.
    #[serde(default)]
    pub suggested_assignee: Option<PersonId>,
}

impl NewTask {
    /// A task to look at this; everything else as the configuration has it.
    pub fn review(content: impl Into<String>) -> Self {
        Self {
            tenant: TenantId::default(),
            content: content.into(),
            task_type: content_review(),
            priority: Priority::default(),
            metadata: Metadata::new(),
            terms: Terms::default(),
            suggested_assignee: None,
        }
    }
}

impl Command {
    /// The hash that tells a repeated command from another one under the same id.
    pub fn payload_hash(&self) -> [u8; 32] {
        let payload = (&self.task_id, &self.by, &self.expected_version, &self.verb);
        Sha256::digest(rmp_serde::to_vec_named(&payload).unwrap_or_default()).into()
    }
}

const fn no_id() -> CommandId {
    CommandId::from_uuid(uuid::Uuid::nil())
}

fn content_review() -> String {
    "content_review".to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_same_command_from_another_span_is_the_same() {
        let command = Command {
            id: CommandId::from_uuid(Uuid::from_u128(1)),
            task_id: TaskId::from_uuid(Uuid::from_u128(2)),
            by: Principal::system("test"),
            expected_version: None,
            verb: Verb::Claim,
            traceparent: None,
        };
        let hash = command.payload_hash();
        let retold = Command { traceparent: Some("00-trace".to_owned()), ..command.clone() };
        assert_eq!(retold.payload_hash(), hash);
        assert_ne!(Command { verb: Verb::Start, ..command }.payload_hash(), hash);
    }
}
