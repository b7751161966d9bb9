//! The calls an item makes, ready to be sent: what ours is measured against.

use tracerail_actors::port::{Batch, PortError};
use tracerail_schemas::{ContentKey, TaskId};

use super::commit::arguments;
use super::error::Failure;
use super::read_content::typed;
use super::scripts::Script;
use super::store::RedisStore;

/// A commit, ready to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BareCommit {
    partition: u16,
    arguments: Vec<Vec<u8>>,
}

impl RedisStore {
    /// Makes a commit ready.
    pub fn bare_commit(&self, batch: &Batch) -> Result<BareCommit, PortError> {
        let partition = self.gate.keys.partition_of(batch.cause.about);
        let arguments = arguments(&self.settings, batch, None);
        arguments
            .map(|arguments| BareCommit { partition, arguments })
            .map_err(|failure| failure.during("prepare a commit"))
    }

    /// Sends it; it must be applied.
    pub async fn run_bare(&self, commit: &BareCommit) -> Result<(), PortError> {
        let arguments = commit.arguments.iter().map(Vec::as_slice);
        let answered = async {
            let answer = self.gate.call(Script::Commit, commit.partition, arguments).await?;
            let words: Vec<Vec<u8>> = typed(answer)?;
            let applied = words.first().is_some_and(|word| word == b"applied");
            if applied { Ok(()) } else { Err(Failure::Refused("it was committed before".to_owned())) }
        };
        answered.await.map_err(|failure| failure.during("commit"))
    }

    /// Has the record of an item sent, and does not look at it.
    pub async fn read_bare(&self, key: &ContentKey) -> Result<(), PortError> {
        let about = TaskId::of_content(key);
        let (name, id) = (key.to_string(), about.uuid());
        let arguments = [name.as_bytes(), id.as_bytes()];
        let answer = self.gate.call(Script::Content, self.gate.keys.partition_of(about), arguments).await;
        answer.map(drop).map_err(|failure| failure.during("read content"))
    }
}
