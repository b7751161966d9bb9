//! `tracerail setup`: makes the streams and consumers on NATS.

use serde_json::json;

use super::context::{Context, PATIENCE};
use super::exit::Exit;
use super::failure::Failure;
use crate::app;

/// Makes what is missing, and says what that was.
pub(super) async fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let report = Box::pin(app::setup(&config, PATIENCE)).await?;
    context.console.answer(
        || json!({"server": report.server, "made": report.made, "streams": report.streams}),
        || {
            let what = if report.made.is_empty() { "nothing was missing" } else { "set up" };
            let last = format!("{what}: {} streams on {}", report.streams, report.server);
            let made = report.made.iter().map(|made| format!("made {made}"));
            made.chain([last]).collect::<Vec<_>>().join("\n")
        },
    )?;
    Ok(Exit::Ok)
}
