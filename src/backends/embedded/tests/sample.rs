//! Small things to put into a store.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{
    Admission, Batch, Cause, Consumer, ContentWrite, Delivery, EventLog, SystemClock,
};
use tracerail_schemas::content::ContentBody;
use tracerail_schemas::{ContentKey, EncodedEvent, Envelope, EventId, Subject, TaskId, TenantId, Timestamp};
use uuid::Uuid;

use crate::backends::embedded::{Embedded, Settings};

/// A folder of its own for each test, and the file in it.
pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    pub(super) fn open(&self) -> Embedded {
        self.open_with(Settings::default())
    }

    pub(super) fn open_with(&self, settings: Settings) -> Embedded {
        Embedded::open(&self.file(), settings, Arc::new(SystemClock)).unwrap()
    }

    pub(super) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }
}

pub(super) fn event(subject: Subject, n: u128) -> EncodedEvent {
    let id = EventId::from_uuid(Uuid::from_u128(n));
    let envelope = Envelope {
        id,
        subject,
        version: 1,
        source: "test".to_owned(),
        about: "something".to_owned(),
        time: Timestamp::from_micros(1_000_000),
        tenant: TenantId::default(),
        correlation_id: id,
        causation_id: None,
        traceparent: None,
    };
    EncodedEvent { envelope, data: format!("body {n}").into_bytes() }
}

pub(super) fn key(id: &str) -> ContentKey {
    ContentKey::new(TenantId::default(), "helpdesk", id).unwrap()
}

/// Takes the item `n` in, with one event.
pub(super) fn admission(n: u128) -> Batch {
    let body = ContentBody {
        content: format!("text {n}"),
        content_type: "text/plain".to_owned(),
        metadata: serde_json::Map::new(),
        submitted_by: None,
        priority: None,
    };
    let submitted = event(Subject::ContentSubmitted, 1_000_000 + n);
    let admit = Admission {
        submitted_id: submitted.envelope.id,
        submitted_at: submitted.envelope.time,
        hash: body.hash(),
        body,
    };
    Batch {
        content: Some(ContentWrite { admit: Some(admit), ..ContentWrite::of(key(&format!("item-{n}"))) }),
        events: vec![submitted],
        ..Batch::of(Cause {
            id: Uuid::from_u128(2_000_000 + n),
            about: TaskId::of_content(&key(&format!("item-{n}"))),
            payload_hash: None,
        })
    }
}

/// Pulls until something comes.
pub(super) async fn pull(store: &Embedded, max: usize) -> Vec<Delivery> {
    for _ in 0..100 {
        let got = store.pull(Consumer::Llm, max, Duration::from_millis(100)).await.unwrap();
        if !got.is_empty() {
            return got;
        }
    }
    panic!("nothing came in ten seconds");
}
