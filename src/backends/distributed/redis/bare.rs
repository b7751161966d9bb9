//! The calls an item makes, ready to be sent: what ours is measured against.

use tracerail_actors::port::{Batch, PortError};
use tracerail_schemas::ContentKey;

use super::arguments::Arguments;
use super::commit::{arguments, is_applied};
use super::error::Failure;
use super::read_content::ask;
use super::store::RedisStore;

/// A commit, ready to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BareCommit {
    partition: u16,
    arguments: Arguments,
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
        let answered = async {
            let answer = self.commits.call(commit.partition, commit.arguments.clone()).await?;
            let again = || Failure::Refused("it was committed before".to_owned());
            is_applied(&answer).then_some(()).ok_or_else(again)
        };
        answered.await.map_err(|failure| failure.during("commit"))
    }

    /// Has the record of an item sent, and does not look at it.
    pub async fn read_bare(&self, key: &ContentKey) -> Result<(), PortError> {
        ask(self, key).await.map(drop).map_err(|failure| failure.during("read content"))
    }
}
