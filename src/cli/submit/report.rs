//! What came of a submission, in the end.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::feed::Fed;
use super::follow::Rest;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Prints it; the exit code says whether everything that was read is in and at rest.
pub(super) fn tell(
    context: &Context,
    fed: &Fed,
    rest: Option<&Rest>,
    took: Duration,
) -> Result<Exit, Failure> {
    context.console.answer(|| json_of(fed, rest, took), || text_of(fed, rest, took))?;
    let all_well = fed.refused.is_empty()
        && !fed.stopped
        && rest.is_none_or(|rest| rest.unsettled.is_empty() || rest.stopped);
    Ok(if all_well { Exit::Ok } else { Exit::Failure })
}

fn text_of(fed: &Fed, rest: Option<&Rest>, took: Duration) -> String {
    let counts = format!(
        "{} taken in, {} repeated, {} refused in {:.1} s",
        fed.taken,
        fed.repeated,
        fed.refused.len(),
        took.as_secs_f64()
    );
    let stopped = "stopped before everything was read: submit it again, nothing is taken in twice";
    let mut lines = vec![counts];
    lines.extend(fed.stopped.then(|| stopped.to_owned()));
    lines.extend(rest.into_iter().flat_map(rest_of));
    lines.join("\n")
}

fn rest_of(rest: &Rest) -> Vec<String> {
    let ended: Vec<_> = rest.ended.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let ended = if ended.is_empty() { "none".to_owned() } else { ended.join(", ") };
    let mut lines = vec![format!("ended: {ended}; with a task for a person: {}", rest.with_task)];
    let left = rest.unsettled.len();
    lines.extend(match (left, rest.stopped) {
        (0, _) => None,
        (_, true) => {
            Some(format!("still under way: {left}; they are safe, `tracerail run` goes on with them"))
        }
        (_, false) => Some(format!("neither ended nor with a task: {left}; see `tracerail dlq list`")),
    });
    lines
}

fn json_of(fed: &Fed, rest: Option<&Rest>, took: Duration) -> Value {
    let refused: Vec<_> = fed
        .refused
        .iter()
        .map(|refused| json!({"place": refused.place, "code": refused.code, "message": refused.message}))
        .collect();
    let mut value = json!({
        "taken_in": fed.taken, "repeated": fed.repeated, "refused": refused, "stopped": fed.stopped,
        "took_seconds": took.as_secs_f64(),
    });
    if let (Some(rest), Value::Object(fields)) = (rest, &mut value) {
        let ended: Map<_, _> =
            rest.ended.iter().map(|(outcome, count)| (outcome.to_string(), json!(count))).collect();
        fields.insert("ended".to_owned(), Value::Object(ended));
        fields.insert("with_task".to_owned(), json!(rest.with_task));
        let unsettled: Vec<_> = rest.unsettled.iter().map(ToString::to_string).collect();
        fields.insert("unsettled".to_owned(), json!(unsettled));
    }
    value
}
