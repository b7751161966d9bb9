//! What was erased, when and by whom: beside what is left of events, and for ever.

use std::collections::BTreeMap;

use bytes::Bytes;
use tracerail_actors::port::PortError;

use super::direct::{self, From};
use super::error::unreadable;
use super::headers;
use super::log::NatsLog;
use super::publish::{self, Answer};
use super::streams::StreamId;
use crate::upkeep::Tombstone;

/// How many are read at once.
const PAGE: usize = 200;

impl NatsLog {
    /// What was erased, oldest first.
    pub async fn tombstones(&self) -> Result<Vec<Tombstone>, PortError> {
        let (core, operation) = (&*self.core, "read what was erased");
        let filter = core.names.subject("erased.tombstone.*");
        let (mut stones, mut next) = (BTreeMap::new(), 1);
        loop {
            let page = direct::page(core, StreamId::Erased, From::Sequence(next), &filter, PAGE).await?;
            for kept in &page.kept {
                next = kept.sequence + 1;
                let stone: Tombstone =
                    serde_json::from_slice(&kept.data).map_err(|error| unreadable(operation, error))?;
                // Of those of one number the last counts.
                stones.insert(stone.number, stone);
            }
            if !page.more || page.kept.is_empty() {
                return Ok(stones.into_values().collect());
            }
        }
    }

    /// Leaves a tombstone; `false` when there is another one of this number.
    pub async fn bury_first(&self, stone: &Tombstone) -> Result<bool, PortError> {
        let subject = self.core.names.tombstone(stone.number);
        let answer =
            publish::store_if_first(&self.core, subject, body_of(stone)?, headers::of_first_note).await?;
        Ok(matches!(answer, Answer::Stored(_)))
    }

    /// Says more on a tombstone.
    pub async fn bury(&self, stone: &Tombstone) -> Result<(), PortError> {
        let subject = self.core.names.tombstone(stone.number);
        publish::store(&self.core, subject, body_of(stone)?, headers::none).await.map(drop)
    }
}

fn body_of(stone: &Tombstone) -> Result<Bytes, PortError> {
    serde_json::to_vec(stone).map(Bytes::from).map_err(|error| unreadable("leave a tombstone", error))
}
