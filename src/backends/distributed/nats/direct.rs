//! Reading a stream without a consumer: one message, or many in their order.

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::{HeaderMap, Message, Request, StatusCode};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use tracerail_actors::port::PortError;
use tracerail_schemas::Timestamp;

use super::core::Core;
use super::error::{away, unreadable};
use super::headers::get;
use super::streams::StreamId;

/// The server's word that a page is at its end.
const END_OF_PAGE: u16 = 204;
/// The server has no such message.
const NONE: u16 = 404;

/// A message as it stands in a stream.
#[derive(Debug)]
pub(super) struct Kept {
    /// Its number.
    pub(super) sequence: u64,
    /// The subject it was published on.
    pub(super) subject: String,
    /// When the server took it.
    pub(super) at: Timestamp,
    /// Its headers, those of the server among them.
    pub(super) headers: Option<HeaderMap>,
    /// Its bytes.
    pub(super) data: Bytes,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum From {
    /// With the message of this number, or the next there is.
    Sequence(u64),
    /// With the first message taken at this time or later.
    Time(Timestamp),
}

/// What is asked of a stream.
#[derive(Serialize, Default)]
struct Question<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_by_subj: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_by_subj: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<usize>,
}

/// The last message on a subject.
pub(super) async fn last(core: &Core, stream: StreamId, subject: &str) -> Result<Option<Kept>, PortError> {
    let asked = format!("$JS.API.DIRECT.GET.{}.{subject}", core.names.stream(stream));
    one(core, stream, asked, Bytes::new()).await
}

/// The same, asked as whoever may read all of a stream may ask.
pub(super) async fn last_of(core: &Core, stream: StreamId, subject: &str) -> Result<Option<Kept>, PortError> {
    let asked = format!("$JS.API.DIRECT.GET.{}", core.names.stream(stream));
    let question = Question { last_by_subj: Some(subject), ..Question::default() };
    one(core, stream, asked, encoded(&question)?).await
}

/// The message of this number.
pub(super) async fn numbered(core: &Core, stream: StreamId, number: u64) -> Result<Option<Kept>, PortError> {
    let asked = format!("$JS.API.DIRECT.GET.{}", core.names.stream(stream));
    let question = Question { seq: Some(number), ..Question::default() };
    one(core, stream, asked, encoded(&question)?).await
}

/// Messages of a stream in their order.
#[derive(Debug)]
pub(super) struct Page {
    /// The messages.
    pub(super) kept: Vec<Kept>,
    /// Whether there are more.
    pub(super) more: bool,
}

/// Up to `limit` messages from there on whose subject fits the filter, in order.
pub(super) async fn page(
    core: &Core,
    stream: StreamId,
    from: From,
    filter: &str,
    limit: usize,
) -> Result<Page, PortError> {
    let (seq, start_time) = match from {
        From::Sequence(number) => (Some(number.max(1)), None),
        From::Time(at) => (None, Some(at.to_string())),
    };
    let question =
        Question { seq, start_time, next_by_subj: Some(filter), batch: Some(limit), ..Question::default() };
    let asked = format!("$JS.API.DIRECT.GET.{}", core.names.stream(stream));
    let (client, operation) = (&core.connection.client, format!("read {stream}"));
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.map_err(|error| away(&operation, error))?;
    let sent = client.publish_with_reply(asked, inbox, encoded(&question)?).await;
    sent.map_err(|error| away(&operation, error))?;
    let mut kept = Vec::with_capacity(limit);
    loop {
        let message = within(core.settings.request_timeout, answers.next()).await;
        let message = message.flatten().ok_or_else(|| away(&operation, core.connection.silence()))?;
        match status(&message) {
            None => kept.push(read(&operation, message)?),
            Some(END_OF_PAGE) => {
                let pending = get(message.headers.as_ref(), "Nats-Num-Pending");
                let more = pending.is_some_and(|pending| pending != "0");
                return Ok(Page { kept, more });
            }
            Some(NONE) => return Ok(Page { kept, more: false }),
            Some(_) => return Err(refused(&operation, &message)),
        }
    }
}

async fn one(
    core: &Core,
    stream: StreamId,
    subject: String,
    question: Bytes,
) -> Result<Option<Kept>, PortError> {
    let operation = format!("read {stream}");
    let answer = core.connection.client.send_request(subject, Request::new().payload(question)).await;
    let message = answer.map_err(|error| match error.kind() {
        RequestErrorKind::TimedOut => away(&operation, core.connection.silence()),
        RequestErrorKind::NoResponders => away(&operation, format!("nobody has the stream {stream} now")),
        RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded | RequestErrorKind::Other => {
            away(&operation, error)
        }
    })?;
    match status(&message) {
        None => read(&operation, message).map(Some),
        Some(NONE) => Ok(None),
        Some(_) => Err(refused(&operation, &message)),
    }
}

fn status(message: &Message) -> Option<u16> {
    message.status.as_ref().map(StatusCode::as_u16)
}

fn refused(operation: &str, message: &Message) -> PortError {
    let why = message.description.clone().unwrap_or_default();
    away(operation, format!("the server says {:?}: {why}", status(message)))
}

fn read(operation: &str, message: Message) -> Result<Kept, PortError> {
    let headers = message.headers.as_ref();
    let sequence = get(headers, "Nats-Sequence").and_then(|number| number.parse().ok());
    let at = get(headers, "Nats-Time-Stamp").and_then(|time| time.parse().ok());
    let subject = get(headers, "Nats-Subject").map(str::to_owned);
    let (Some(sequence), Some(at), Some(subject)) = (sequence, at, subject) else {
        return Err(unreadable(operation, "the server's answer lacks its own headers"));
    };
    Ok(Kept { sequence, subject, at, headers: message.headers, data: message.payload })
}

fn encoded(question: &Question<'_>) -> Result<Bytes, PortError> {
    serde_json::to_vec(question).map(Bytes::from).map_err(|error| unreadable("ask the log", error))
}

async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, future).await.ok()
}
