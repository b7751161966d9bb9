//! What the log remembers for itself: how often an event was given back, and why, kept apart from the number of deliveries, in which
//! crashes count as well; and whether intake stands still.

use serde::{Deserialize, Serialize};
use tracerail_actors::port::{Consumer, PortError};
use tracerail_schemas::intake::IntakePause;

use super::core::Core;
use super::error::unreadable;
use super::streams::StreamId;
use super::{direct, headers, publish};

/// How often an event was given back.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(super) struct Noted {
    /// Because a handler failed on it.
    #[serde(default)]
    pub(super) failures: u32,
    /// In all.
    #[serde(default)]
    pub(super) naks: u32,
}

/// What is noted about this event of a consumer's stream.
pub(super) async fn read(core: &Core, consumer: Consumer, sequence: u64) -> Result<Noted, PortError> {
    let subject = core.names.failures(consumer, sequence);
    let Some(kept) = direct::last(core, StreamId::LogNotes, &subject).await? else {
        return Ok(Noted::default());
    };
    serde_json::from_slice(&kept.data).map_err(|error| unreadable(format!("read {subject}"), error))
}

/// Notes it, durably.
pub(super) async fn write(
    core: &Core,
    consumer: Consumer,
    sequence: u64,
    noted: Noted,
) -> Result<(), PortError> {
    let subject = core.names.failures(consumer, sequence);
    let body = serde_json::to_vec(&noted).map_err(|error| unreadable(format!("write {subject}"), error))?;
    publish::store(core, subject, body.into(), headers::none).await.map(drop)
}

/// Whether intake stands still.
pub(super) async fn intake(core: &Core) -> Result<Option<IntakePause>, PortError> {
    let subject = core.names.intake();
    let Some(kept) = direct::last(core, StreamId::LogNotes, &subject).await? else { return Ok(None) };
    serde_json::from_slice(&kept.data).map_err(|error| unreadable(format!("read {subject}"), error))
}

/// Lets it stand still, or go on, durably.
pub(super) async fn set_intake(core: &Core, pause: Option<&IntakePause>) -> Result<(), PortError> {
    let subject = core.names.intake();
    let body = serde_json::to_vec(&pause).map_err(|error| unreadable(format!("write {subject}"), error))?;
    publish::store(core, subject, body.into(), headers::none).await.map(drop)
}
