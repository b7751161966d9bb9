//! `tracerail lag`: how far behind each actor is.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tracerail_actors::port::{Backlog, Consumer};
use tracerail_schemas::Timestamp;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::table;
use super::output::when::relative;
use super::signals::Stop;
use crate::TraceRail;

/// How often `--watch` looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Looking at the backlog.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail lag\n  tracerail lag --watch\n  tracerail lag --json | jq .task.waiting\n\nWaiting: nobody was handed it yet. In flight: a process has it. Given back: it is tried again after a while."
)]
pub(crate) struct LagArgs {
    /// Look again every two seconds, until Ctrl-C
    #[arg(short, long)]
    pub(crate) watch: bool,
}

/// Prints the backlog, once or again and again.
pub(super) async fn run(context: &Context, args: LagArgs) -> Result<Exit, Failure> {
    let stop = Stop::listen();
    let app = Box::pin(context.visit()).await?;
    let mut looked = look(context, &app.rail).await;
    while looked.is_ok() && args.watch && !stop.within(LOOK_EVERY).await {
        looked = look(context, &app.rail).await;
    }
    app.close().await?;
    looked.map(|()| Exit::Ok)
}

async fn look(context: &Context, rail: &TraceRail) -> Result<(), Failure> {
    let mut backlogs = Vec::new();
    for consumer in Consumer::ALL {
        backlogs.push((consumer, rail.backlog(consumer).await?));
    }
    let now = rail.now().await?;
    context.console.answer(|| json_of(&backlogs, now), || text_of(&backlogs, now))?;
    Ok(())
}

fn json_of(backlogs: &[(Consumer, Backlog)], now: Timestamp) -> Value {
    let of = |backlog: &Backlog| {
        json!({
            "waiting": backlog.waiting,
            "in_flight": backlog.in_flight,
            "given_back": backlog.redelivered,
            "oldest_at": backlog.oldest_at,
            "oldest_seconds": backlog.oldest_at.map(|at| now.since(at).as_secs()),
        })
    };
    Value::Object(backlogs.iter().map(|(consumer, backlog)| (consumer.to_string(), of(backlog))).collect())
}

fn text_of(backlogs: &[(Consumer, Backlog)], now: Timestamp) -> String {
    let count = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let row = |(consumer, backlog): &(Consumer, Backlog)| {
        let oldest = backlog.oldest_at.map_or_else(|| "-".to_owned(), |at| relative(at, now));
        let counts = [backlog.waiting.to_string(), count(backlog.in_flight), count(backlog.redelivered)];
        let [waiting, in_flight, given_back] = counts;
        vec![consumer.to_string(), waiting, in_flight, given_back, oldest]
    };
    table(&["actor", "waiting", "in flight", "given back", "oldest"], backlogs.iter().map(row))
}
