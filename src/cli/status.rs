//! `tracerail status`: counts over everything.

use serde_json::{Map, Value, json};
use tracerail_actors::port::{Consumer, Totals};

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::intake;
use super::output::story::sla_word;
use super::output::table::pairs;

/// Prints the counts.
pub(super) async fn run(context: &Context) -> Result<Exit, Failure> {
    let app = Box::pin(context.visit()).await?;
    let totals = app.rail.totals().await?;
    let pause = app.rail.intake_pause().await?;
    let events: u64 = app.rail.head().await?.sequences().iter().sum();
    let mut lag = Vec::new();
    for consumer in Consumer::ALL {
        lag.push((consumer.as_str(), app.rail.lag(consumer).await?));
    }
    app.close().await?;
    let value = || {
        let mut value = json_of(&totals);
        if let Value::Object(fields) = &mut value {
            fields.insert("events".to_owned(), json!(events));
            fields.insert("intake_pause".to_owned(), json!(pause));
            fields.insert("waiting".to_owned(), object(lag.iter().map(|(name, count)| (*name, *count))));
        }
        value
    };
    let text = || {
        let mut rows = rows(&totals);
        rows.extend(pause.as_ref().map(|pause| ("INTAKE", intake::words(pause))));
        rows.push(("waiting for actors", list(lag.iter().map(|(name, count)| (*name, *count)))));
        rows.push(("events in the log", events.to_string()));
        pairs(rows)
    };
    context.console.answer(value, text)?;
    Ok(Exit::Ok)
}

/// The counts as JSON.
pub(crate) fn json_of(totals: &Totals) -> Value {
    json!({
        "contents": totals.contents,
        "outcomes": object(totals.outcomes.iter().map(|(outcome, count)| (outcome.as_str(), *count))),
        "tasks": object(totals.tasks.iter().map(|(status, count)| (status.as_str(), *count))),
        "sla": object(totals.sla.iter().map(|(state, count)| (sla_word(*state), *count))),
        "escalated": totals.escalated,
        "dead_letters_held": totals.dead_letters_held,
    })
}

/// The counts as names and texts.
pub(crate) fn rows(totals: &Totals) -> Vec<(&'static str, String)> {
    vec![
        ("content items", totals.contents.to_string()),
        ("ended", list(totals.outcomes.iter().map(|(outcome, count)| (outcome.as_str(), *count)))),
        ("tasks", list(totals.tasks.iter().map(|(status, count)| (status.as_str(), *count)))),
        ("SLA of tasks", list(totals.sla.iter().map(|(state, count)| (sla_word(*state), *count)))),
        ("escalated tasks", totals.escalated.to_string()),
        ("dead letters held", totals.dead_letters_held.to_string()),
    ]
}

fn object<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Value {
    Value::Object(counts.map(|(name, count)| (name.to_owned(), json!(count))).collect::<Map<_, _>>())
}

fn list<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> String {
    let counts: Vec<_> =
        counts.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}
