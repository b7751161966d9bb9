//! `tracerail rebuild`: the whole state of Redis, made again from the event log.

use std::collections::BTreeSet;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// Making the state again.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail rebuild --yes\n  tracerail rebuild --yes --verify --json\n\nActors wait while it runs, and nothing is lost: what they were handed comes again. With --verify the state is compared with what it was; \
                  on a quiet system the two are equal, and the exit code is 1 if they are not."
)]
pub(crate) struct RebuildArgs {
    /// Do it: without this nothing is done
    #[arg(long)]
    pub(crate) yes: bool,
    /// Compare the state with what it was before
    #[arg(long)]
    pub(crate) verify: bool,
}

/// Makes it again, and says how it went.
pub(super) async fn run(context: &Context, args: RebuildArgs) -> Result<Exit, Failure> {
    if !args.yes {
        return Err(Failure::usage(
            "this forgets the state in Redis and makes it again from the event log, while all actors wait: say --yes",
        ));
    }
    let app = Box::pin(context.open(context.config()?, BTreeSet::new(), super::context::PATIENCE)).await?;
    let bar = bar(context);
    let began = Instant::now();
    let done = app
        .rebuild(args.verify, &|progress| {
            bar.set_message(format!("{} events read, {} tasks made", progress.events, progress.tasks));
            bar.tick();
        })
        .await;
    bar.finish_and_clear();
    app.close().await?;
    let report = done?;
    let seconds = began.elapsed().as_secs_f64();
    let differences = report.differences.as_deref().unwrap_or_default();
    context.console.answer(
        || {
            json!({
                "events": report.progress.events,
                "tasks": report.progress.tasks,
                "without_beginning": report.progress.without_beginning,
                "seconds": seconds,
                "rebuilt_in": report.took.as_secs_f64(),
                "equal": report.differences.as_ref().map(Vec::is_empty),
                "differences": differences.iter().map(|it| json!({"part": it.part, "before": it.before, "since": it.since})).collect::<Vec<_>>(),
            })
        },
        || {
            let progress = report.progress;
            let mut lines =
                vec![format!("{} events read, {} tasks made, {seconds:.1} s", progress.events, progress.tasks)];
            lines.extend(differences.iter().map(|it| format!("{}: {} before, {} now, or others", it.part, it.before, it.since)));
            if args.verify && differences.is_empty() {
                lines.push("the state is what it was before".to_owned());
            }
            if progress.without_beginning > 0 {
                lines.push(format!(
                    "{} events are about items that ended before the log's oldest events (nats.max_age), and were left out",
                    progress.without_beginning
                ));
            }
            lines.join("\n")
        },
    )?;
    Ok(if differences.is_empty() { Exit::Ok } else { Exit::Failure })
}

fn bar(context: &Context) -> ProgressBar {
    if !context.console.is_watched() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
    ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}
