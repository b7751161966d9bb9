//! `tracerail dlq`: events that could not be handled.

use serde_json::{Value, json};
use tracerail_actors::port::{Consumer, DeadLetterFilter};
use tracerail_schemas::Code;
use tracerail_schemas::codec::decode_own;
use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};

use super::args::DlqCommand;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::{pairs, table};
use super::output::when::exact;
use crate::TraceRail;
use tracerail_schemas::hash::hex;

/// Letters handed out again in one go.
const PAGE: usize = 500;

/// How much of a letter's bytes is shown as hexadecimal digits.
const HEX_BYTES_MAX: usize = 256;

/// Lists, shows or hands out again.
pub(super) async fn run(context: &Context, command: DlqCommand) -> Result<Exit, Failure> {
    let app = Box::pin(context.visit()).await?;
    let done = match command {
        DlqCommand::List { all, actor, limit } => {
            let status = (!all).then_some(DeadLetterStatus::Held);
            list(context, &app.rail, DeadLetterFilter { consumer: actor, status, after: 0, limit }).await
        }
        DlqCommand::Show { number } => show(context, &app.rail, number).await,
        DlqCommand::Replay { number: Some(number), .. } => replay(context, &app.rail, number).await,
        DlqCommand::Replay { number: None, .. } => replay_all(context, &app.rail).await,
    };
    app.close().await?;
    done.map(|()| Exit::Ok)
}

/// The actor of this name.
pub(crate) fn consumer(name: &str) -> Result<Consumer, String> {
    Consumer::from_name(name).ok_or_else(|| {
        let all = Consumer::ALL.map(Consumer::as_str).join(", ");
        format!("no such actor (there are {all})")
    })
}

async fn list(context: &Context, rail: &TraceRail, filter: DeadLetterFilter) -> Result<(), Failure> {
    let letters = rail.dead_letters(filter).await?;
    let text = || {
        if letters.is_empty() {
            return "no dead letters".to_owned();
        }
        let row = |letter: &DeadLetter| {
            vec![
                letter.number.to_string(),
                exact(letter.at),
                letter.actor.clone(),
                letter.code.to_string(),
                letter.status.as_str().to_owned(),
                letter.cause.clone(),
            ]
        };
        table(&["no", "at", "actor", "code", "status", "cause"], letters.iter().map(row))
    };
    let value = || json!({"dead_letters": letters.iter().map(json_of).collect::<Vec<_>>()});
    Ok(context.console.answer(value, text)?)
}

async fn show(context: &Context, rail: &TraceRail, number: u64) -> Result<(), Failure> {
    let filter =
        DeadLetterFilter { after: number.saturating_sub(1), limit: 1, ..DeadLetterFilter::default() };
    let found = rail.dead_letters(filter).await?.into_iter().find(|letter| letter.number == number);
    let letter = found.ok_or_else(|| unknown(number, "there is no such dead letter"))?;
    let text = || {
        let rows = pairs([
            ("number", letter.number.to_string()),
            ("at", exact(letter.at)),
            ("actor", letter.actor.clone()),
            ("subject", letter.subject.clone()),
            ("event", letter.event_id.clone().unwrap_or_else(|| "-".to_owned())),
            ("error", format!("{}: {}", letter.code, letter.cause)),
            ("attempts", letter.attempts.to_string()),
            ("status", letter.status.as_str().to_owned()),
            ("bytes", letter.data.len().to_string()),
        ]);
        let (kind, body) = body_of(&letter.data);
        format!("{rows}\n\n{kind}:\n{}", body.as_str().map_or_else(|| body.to_string(), ToOwned::to_owned))
    };
    Ok(context.console.answer(|| json_of(&letter), text)?)
}

async fn replay(context: &Context, rail: &TraceRail, number: u64) -> Result<(), Failure> {
    if !rail.replay(number).await? {
        return Err(unknown(number, "no such dead letter waits: there is none, or it was replayed before"));
    }
    Ok(context.console.answer(|| json!({"replayed": [number]}), || format!("replayed {number}"))?)
}

async fn replay_all(context: &Context, rail: &TraceRail) -> Result<(), Failure> {
    let (mut after, mut replayed) = (0, Vec::new());
    loop {
        let status = Some(DeadLetterStatus::Held);
        let filter = DeadLetterFilter { status, after, limit: PAGE, ..DeadLetterFilter::default() };
        let letters = rail.dead_letters(filter).await?;
        let Some(last) = letters.last() else { break };
        after = last.number;
        for letter in &letters {
            if rail.replay(letter.number).await? {
                replayed.push(letter.number);
            }
        }
    }
    Ok(context.console.answer(|| json!({"replayed": replayed}), || format!("replayed {}", replayed.len()))?)
}

fn unknown(number: u64, why: &str) -> Failure {
    Failure::new(Code::DeadLetterUnknown, format!("{number}: {why}"))
}

fn json_of(letter: &DeadLetter) -> Value {
    let (kind, body) = body_of(&letter.data);
    json!({
        "number": letter.number, "actor": letter.actor, "subject": letter.subject, "code": letter.code,
        "cause": letter.cause, "attempts": letter.attempts, "at": letter.at, "status": letter.status,
        "event_id": letter.event_id, "bytes": letter.data.len(), "body_kind": kind, "body": body,
    })
}

/// The bytes in the most readable form they have.
fn body_of(data: &[u8]) -> (&'static str, Value) {
    if let Ok(text) = std::str::from_utf8(data) {
        return serde_json::from_str(text).map_or_else(|_| ("text", json!(text)), |value| ("json", value));
    }
    if let Ok(value @ Value::Object(_)) = decode_own::<Value>(data) {
        return ("messagepack", value);
    }
    ("hex", json!(hex(data.get(..HEX_BYTES_MAX).unwrap_or(data))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_their_most_readable_form() {
        assert_eq!(body_of(b"{\"a\":1}"), ("json", json!({"a": 1})));
        assert_eq!(body_of(b"no json"), ("text", json!("no json")));
        let packed = [0x81, 0xa1, b'a', 0xcd, 0x01, 0xff];
        assert_eq!(body_of(&packed), ("messagepack", json!({"a": 511})));
        assert_eq!(body_of(&[0xff, 0xfe]), ("hex", json!("fffe")));
    }
}
