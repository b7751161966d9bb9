//! Events as they happen, a line each.

use std::time::Duration;

use tracerail_actors::port::Position;
use tracerail_schemas::Subject;

use super::{Wanted, WatchArgs};
use crate::TraceRail;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::event;
use crate::cli::signals::Stop;

/// How often the log is looked at for new events.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Events read at once.
const PAGE: usize = 500;

/// Prints events until it is told to stop.
pub(super) async fn run(
    context: &Context,
    rail: &TraceRail,
    args: &WatchArgs,
    wanted: &Wanted,
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
        let page = rail.events(&after, &wanted.subjects, limit).await?;
        for logged in &page {
            after = logged.position.clone();
            if !wanted.wants(logged) {
                continue;
            }
            if context.console.is_json() {
                context.console.value(&event::json_of(logged))?;
            } else {
                context.console.text(&event::line_of(logged))?;
            }
            left -= 1;
        }
        if page.is_empty() && (args.no_follow || stop.within(LOOK_EVERY).await) {
            return Ok(());
        }
    }
    Ok(())
}

/// The subjects these words mean; NATS' wildcards `*` and `>` stand at the end.
pub(super) fn subjects(words: &[String]) -> Result<Vec<Subject>, Failure> {
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
