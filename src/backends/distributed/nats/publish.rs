//! Publishing: each event under its own id, repeated over outages until it is known to be stored.
//!
//! The server remembers ids for longer than a publish is repeated, so that a repetition whose first answer was lost adds nothing.

use async_nats::client::RequestErrorKind;
use async_nats::{HeaderMap, Request};
use bytes::Bytes;
use futures_util::future::join_all;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use tracerail_actors::port::{Place, PortError, PortErrorKind, Published};
use tracerail_schemas::{EncodedEvent, EventId, Subject};

use super::core::Core;
use super::error::away;
use super::headers;
use super::streams::StreamId;

/// How long to wait before a publish that nobody took is repeated: the server is starting.
const NOBODY_TAKES_IT_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);
/// Another message was the last on this subject.
const WRONG_LAST_SEQUENCE: u64 = 10_071;
/// The message is larger than the stream, or the server, takes.
const TOO_LARGE: [u64; 2] = [10_054, 10_097];
/// The stream, the account or the disk is full.
const FULL: [u64; 3] = [10_077, 10_023, 10_047];

/// What the server says about a message that it took.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stored {
    /// Its number; for a repetition, that of the first.
    #[serde(rename = "seq")]
    pub(super) sequence: u64,
}

/// What came of a publish that the server answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// It is stored.
    Stored(Stored),
    /// It was to be the first on its subject, and is not.
    NotTheFirst,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Stored(Stored),
    Error { error: ServerError },
}

#[derive(Deserialize)]
struct ServerError {
    err_code: u64,
    description: String,
}

/// Publishes these events, all at once.
pub(super) async fn events(core: &Core, mut events: Vec<EncodedEvent>) -> Result<Vec<Published>, PortError> {
    if events.len() <= 1 {
        let Some(event) = events.pop() else { return Ok(Vec::new()) };
        return Ok(one(core, event).await?.into_iter().collect());
    }
    let sent = join_all(events.into_iter().map(|event| one(core, event))).await;
    let mut published = Vec::with_capacity(sent.len());
    for outcome in sent {
        published.extend(outcome?);
    }
    Ok(published)
}

async fn one(core: &Core, event: EncodedEvent) -> Result<Option<Published>, PortError> {
    let EncodedEvent { envelope, data } = event;
    let subject = core.names.event(envelope.subject);
    let stored = store(core, subject, data.into(), || headers::of_event(&envelope)).await?;
    let place = StreamId::holding(envelope.subject).index();
    let place = place.map(|stream| Place { stream, sequence: stored.sequence });
    let (id, at, subject) = (envelope.id, envelope.time, envelope.subject);
    Ok(envelope.task_id().map(|about| Published { id, about, at, subject, place }))
}

/// Publishes bytes without attributes; the id is the one under which they will be handed out.
pub(super) async fn raw(core: &Core, subject: Subject, data: Vec<u8>) -> Result<EventId, PortError> {
    // For the server alone: a repetition of this call adds nothing, another call does.
    let id = uuid::Uuid::now_v7().to_string();
    let once = || headers::of_bytes(&id);
    let stored = store(core, core.names.event(subject), data.into(), once).await?;
    let stream = StreamId::holding(subject);
    Ok(EventId::of_place(&core.names.stream(stream), core.created(stream), stored.sequence))
}

/// Publishes until the server has it.
pub(super) async fn store(
    core: &Core,
    subject: String,
    data: Bytes,
    headers: impl Fn() -> HeaderMap,
) -> Result<Stored, PortError> {
    match store_if_first(core, subject.clone(), data, headers).await? {
        Answer::Stored(stored) => Ok(stored),
        Answer::NotTheFirst => Err(away(format!("publish {subject}"), "refused for its order")),
    }
}

/// Publishes until the server has said whether it takes it.
pub(super) async fn store_if_first(
    core: &Core,
    subject: String,
    data: Bytes,
    headers: impl Fn() -> HeaderMap,
) -> Result<Answer, PortError> {
    let until = Instant::now() + core.settings.publish_within;
    let operation = || format!("publish {subject}");
    let permit = timeout_at(until, core.in_flight.acquire()).await;
    let _permit = permit.map_err(|_| away(operation(), core.connection.silence()))?;
    loop {
        if let Some(answer) = attempt(core, subject.clone(), data.clone(), headers()).await? {
            return Ok(answer);
        }
        // The server says so beside the connection, and leaves the question without an answer.
        if let Some(said) = core.connection.forbids(&subject) {
            let why = format!("the server says: {said} (give nats.user the rights that nats.conf has)");
            return Err(PortError::new(operation(), PortErrorKind::Denied, why));
        }
        if Instant::now() >= until {
            return Err(away(operation(), core.connection.silence()));
        }
    }
}

/// One attempt; `None` when it is not known what came of it.
async fn attempt(
    core: &Core,
    subject: String,
    data: Bytes,
    headers: HeaderMap,
) -> Result<Option<Answer>, PortError> {
    let told = subject.clone();
    let operation = || format!("publish {told}");
    let request = Request::new().payload(data).headers(headers).timeout(None);
    let mut connected = core.connection.connected();
    connected.mark_unchanged();
    let answered = tokio::select! {
        biased;
        answered = core.connection.client.send_request(subject, request) => answered,
        // What was under way when the connection was lost is not answered any more.
        () = made_again(&mut connected) => return Ok(None),
        () = tokio::time::sleep(core.settings.publish_attempt) => return Ok(None),
    };
    match answered {
        Ok(message) => understood(operation, &message.payload).map(Some),
        Err(error) => match error.kind() {
            RequestErrorKind::NoResponders | RequestErrorKind::TimedOut => {
                tokio::time::sleep(NOBODY_TAKES_IT_PAUSE).await;
                Ok(None)
            }
            RequestErrorKind::MaxPayloadExceeded | RequestErrorKind::InvalidSubject => {
                Err(PortError::new(operation(), PortErrorKind::Invalid, error))
            }
            RequestErrorKind::Other => Err(away(operation(), error)),
        },
    }
}

async fn made_again(connected: &mut tokio::sync::watch::Receiver<bool>) {
    loop {
        if connected.changed().await.is_err() {
            return std::future::pending().await;
        }
        if *connected.borrow_and_update() {
            return;
        }
    }
}

fn understood(operation: impl Fn() -> String, payload: &[u8]) -> Result<Answer, PortError> {
    let said = serde_json::from_slice(payload);
    let ServerError { err_code, description } = match said {
        Ok(Said::Stored(stored)) => return Ok(Answer::Stored(stored)),
        Ok(Said::Error { error }) => error,
        Err(error) => return Err(PortError::new(operation(), PortErrorKind::Corrupt, error)),
    };
    let why = format!("the server says: {description} ({err_code})");
    match err_code {
        WRONG_LAST_SEQUENCE => Ok(Answer::NotTheFirst),
        code if FULL.contains(&code) => Err(PortError::new(operation(), PortErrorKind::Full, why)),
        code if TOO_LARGE.contains(&code) => Err(PortError::new(operation(), PortErrorKind::Invalid, why)),
        _ => Err(away(operation(), why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_server_are_told_apart() {
        let kind =
            |json: &str| understood(|| "publish x".to_owned(), json.as_bytes()).map_err(|error| error.kind);
        assert_eq!(
            kind(r#"{"stream":"s","seq":7,"duplicate":true}"#),
            Ok(Answer::Stored(Stored { sequence: 7 }))
        );
        let error = |code| format!(r#"{{"error":{{"code":503,"err_code":{code},"description":"d"}}}}"#);
        assert_eq!(kind(&error(10_077)), Err(PortErrorKind::Full));
        assert_eq!(kind(&error(10_071)), Ok(Answer::NotTheFirst));
        assert_eq!(kind(&error(10_054)), Err(PortErrorKind::Invalid));
        assert_eq!(kind(&error(10_074)), Err(PortErrorKind::Unavailable));
        assert_eq!(kind("{"), Err(PortErrorKind::Corrupt));
    }
}
