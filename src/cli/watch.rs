//! `tracerail watch`: events as they happen, read from the log.

use std::time::Duration;

use clap::Args;
use tracerail_actors::port::Position;
use tracerail_schemas::Subject;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::event;
use super::signals::Stop;
use crate::TraceRail;

/// How often the log is looked at for new events.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Events read at once.
const PAGE: usize = 500;

/// Watching.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail watch task.escalated\n  tracerail watch 'task.*' sla.breached --json\n  tracerail watch --from-start --no-follow --json > events.jsonl"
)]
pub(crate) struct WatchArgs {
    /// The subjects: `task.escalated`, `task.*`, ...; none for all
    #[arg(value_name = "SUBJECT")]
    pub(crate) subjects: Vec<String>,
    /// Begin with the oldest event
    #[arg(long, conflicts_with = "after")]
    pub(crate) from_start: bool,
    /// Begin after this place in the log
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<Position>,
    /// End after this many events
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// End when there are no more events
    #[arg(long)]
    pub(crate) no_follow: bool,
}

/// Prints events until it is told to stop.
pub(super) async fn run(context: &Context, args: WatchArgs) -> Result<Exit, Failure> {
    let subjects = subjects(&args.subjects)?;
    let stop = Stop::listen();
    let app = Box::pin(context.visit()).await?;
    let watched = watch(context, &app.rail, &args, &subjects, &stop).await;
    app.close().await?;
    watched.map(|()| Exit::Ok)
}

async fn watch(
    context: &Context,
    rail: &TraceRail,
    args: &WatchArgs,
    subjects: &[Subject],
    stop: &Stop,
) -> Result<(), Failure> {
    let mut after = match &args.after {
        Some(after) => after.clone(),
        None if args.from_start || args.no_follow => Position::start(),
        None => rail.head().await?,
    };
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 && !stop.has_come() {
        let limit = usize::try_from(left).unwrap_or(PAGE).min(PAGE);
        let page = rail.events(&after, subjects, limit).await?;
        for logged in &page {
            if context.console.is_json() {
                context.console.value(&event::json_of(logged))?;
            } else {
                context.console.text(&event::line_of(logged))?;
            }
            after = logged.position.clone();
            left -= 1;
        }
        if page.is_empty() && (args.no_follow || stop.within(LOOK_EVERY).await) {
            return Ok(());
        }
    }
    Ok(())
}

/// The subjects these words mean; NATS' wildcards `*` and `>` stand at the end.
fn subjects(words: &[String]) -> Result<Vec<Subject>, Failure> {
    let mut subjects = Vec::new();
    for word in words {
        let family = word.strip_suffix('*').or_else(|| word.strip_suffix('>'));
        match family {
            Some(family) => {
                let before = subjects.len();
                subjects.extend(Subject::ALL.iter().filter(|subject| subject.as_str().starts_with(family)));
                if subjects.len() == before {
                    return Err(Failure::usage(format!("no subject begins with {family:?}")));
                }
            }
            None => subjects.push(word.parse().map_err(|error| Failure::usage(format!("{error}")))?),
        }
    }
    Ok(subjects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_subjects() {
        let read = |word: &str| subjects(&[word.to_owned()]);
        assert_eq!(read("task.escalated").unwrap(), [Subject::TaskEscalated]);
        assert_eq!(read("sla.*").unwrap(), [Subject::SlaAtRisk, Subject::SlaBreached]);
        assert_eq!(read(">").unwrap().len(), Subject::ALL.len());
        assert!(read("task.lost").is_err() && read("lost.*").is_err());
        assert!(subjects(&[]).unwrap().is_empty());
    }
}
