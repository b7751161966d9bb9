//! Turns what has happened into events ready to be stored: the envelope around each body.

use tracerail_schemas::codec::CodecError;
use tracerail_schemas::{EncodedEvent, Envelope, Event, EventId, TenantId, Timestamp};
use uuid::Uuid;

/// What the events of one batch have in common.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// Who tells it, for example `tracerail/router`.
    pub(crate) source: &'static str,
    /// What the ids of the events derive from: the root of their cause.
    pub(crate) cause: Uuid,
    /// The event or command that brought it about, as the events name it.
    pub(crate) causation: Uuid,
    /// The first event of the whole story; `None` when it begins here.
    pub(crate) correlation: Option<EventId>,
    /// The content's key or the task's id.
    pub(crate) about: String,
    /// The tenant.
    pub(crate) tenant: TenantId,
    /// When.
    pub(crate) at: Timestamp,
    /// The trace it belongs to.
    pub(crate) traceparent: Option<String>,
}

impl Story {
    /// The events, encoded. An event that has an id of its own, as the terminal one has, brings it along.
    pub(crate) fn tell(&self, events: &[(Option<EventId>, Event)]) -> Result<Vec<EncodedEvent>, CodecError> {
        events.iter().enumerate().map(|(index, (id, event))| self.encode(index, *id, event)).collect()
    }

    /// The id of the event at this place.
    pub(crate) fn id_at(&self, index: usize) -> EventId {
        EventId::consequence(self.cause, index)
    }

    fn encode(&self, index: usize, id: Option<EventId>, event: &Event) -> Result<EncodedEvent, CodecError> {
        let id = id.unwrap_or_else(|| self.id_at(index));
        let envelope = Envelope {
            id,
            subject: event.subject(),
            version: 1,
            source: self.source.to_owned(),
            about: self.about.clone(),
            time: self.at,
            tenant: self.tenant.clone(),
            correlation_id: self.correlation.unwrap_or_else(|| self.id_at(0)),
            causation_id: Some(self.causation),
            traceparent: self.traceparent.clone(),
        };
        Ok(EncodedEvent { envelope, data: event.encode()? })
    }
}
