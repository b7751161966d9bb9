//! A look at the whole installation, from its servers or its file up to what waits for whom.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{Backlog, Consumer, SystemClock};
use tracerail_schemas::Timestamp;

use super::open::{App, Opening};
use super::{distributed, embedded};
use crate::backends;
use crate::checkup::{Finding, Verdict};
use crate::client::TraceRail;
use crate::config::{Config, Edition};
use crate::error::Error;

/// An event nobody took for this long waits for a process that does not run.
const WAITS_LONG: Duration = Duration::from_mins(1);

/// What was found. Nothing is changed; servers that do not answer are waited for this long.
pub async fn checkup(config: Config, patience: Option<Duration>) -> Vec<Finding> {
    let mut findings = match config.edition {
        Edition::Embedded => {
            backends::embedded::checkup(&config.store.path, &embedded::settings(&config, false))
        }
        Edition::Distributed => distributed::checkup(&config, patience).await,
    };
    let well = findings.iter().all(|finding| finding.verdict != Verdict::Fail);
    let there = config.edition == Edition::Distributed || config.store.path.exists();
    if well && there {
        findings.extend(inside(config, patience).await);
    }
    findings
}

/// Opens it as a command would.
async fn inside(config: Config, patience: Option<Duration>) -> Vec<Finding> {
    let clock = Arc::new(SystemClock);
    let opening = Opening { config, roles: BTreeSet::new(), clock, read_only: true, patience };
    let app = match App::open(opening).await {
        Ok(app) => app,
        Err(error) => return vec![unusable("opening", &error)],
    };
    let findings = work(&app.rail).await.unwrap_or_else(|error| vec![unusable("reading", &error)]);
    app.close().await.err().map(|error| unusable("closing", &error)).into_iter().chain(findings).collect()
}

fn unusable(check: &str, error: &Error) -> Finding {
    Finding::fail(check, error.to_string(), format!("see `tracerail explain {}`", error.code()))
}

/// What waits, what was given up, and whether every deadline is armed.
async fn work(rail: &TraceRail) -> Result<Vec<Finding>, Error> {
    let now = rail.now().await?;
    let mut findings = Vec::new();
    for consumer in Consumer::ALL {
        findings.push(lag(consumer, rail.backlog(consumer).await?, now));
    }
    let held = rail.totals().await?.dead_letters_held;
    findings.push(match held {
        0 => Finding::ok("dead letters", "none wait"),
        _ => Finding::warn(
            "dead letters",
            format!("{held} wait for somebody to look"),
            "`tracerail dlq list` shows why; `tracerail dlq replay` hands them out again",
        ),
    });
    let report = rail.sla_verify().await?;
    findings.push(match report.wrong.len() {
        0 => Finding::ok("deadlines", "every open task's deadline is armed"),
        wrong => Finding::fail(
            "deadlines",
            format!("{wrong} deadlines are not armed as the tasks say"),
            "`tracerail sla verify` lists them",
        ),
    });
    Ok(findings)
}

fn lag(consumer: Consumer, backlog: Backlog, now: Timestamp) -> Finding {
    let check = format!("lag of {consumer}");
    let seen = format!("{} waiting, {} in flight", backlog.waiting, backlog.in_flight.unwrap_or_default());
    let oldest = backlog.oldest_at.map(|at| now.since(at)).unwrap_or_default();
    if oldest < WAITS_LONG {
        return Finding::ok(check, seen);
    }
    let role = if consumer == Consumer::Command { Consumer::Task } else { consumer };
    let seen = format!("{seen}, the oldest for {} s", oldest.as_secs());
    Finding::warn(
        check,
        seen,
        format!("start a process with `tracerail run --actors {role}`, or another one more"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_waits_for_nobody_is_seen() {
        let now = Timestamp::from_micros(1_000_000_000);
        let backlog = Backlog { waiting: 3, oldest_at: Some(now.minus(WAITS_LONG)), ..Backlog::default() };
        let found = lag(Consumer::Command, backlog, now);
        assert_eq!(found.verdict, Verdict::Warn);
        assert!(found.cure.unwrap().contains("--actors task"));
        assert_eq!(lag(Consumer::Llm, Backlog { oldest_at: Some(now), ..backlog }, now).verdict, Verdict::Ok);
    }
}
