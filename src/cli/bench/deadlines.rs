//! Many deadlines within one second: how late each fires, that none fires early, and none twice.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::{Duration, Instant};

use tracerail_actors::port::Position;
use tracerail_schemas::codec::Limits;
use tracerail_schemas::time::Hours;
use tracerail_schemas::{Code, Event, Subject, TaskId, Timestamp};

use super::sla::{lead, make};
use crate::TraceRail;
use crate::bench::Spread;
use crate::cli::failure::Failure;

/// Events read at once.
const PAGE: usize = 1_000;

/// How often the log is read; lateness is so much too high at most.
const LOOK: Duration = Duration::from_millis(5);

/// How long is waited for the last.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the deadlines fired.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Fired {
    /// From the moment a task was due until somebody who reads the log was handed its `sla.breached`.
    pub(super) lateness: Spread,
    /// Between the first and the last deadline.
    pub(super) within: Duration,
    /// Fired before they were due.
    pub(super) early: usize,
    /// Fired more than once.
    pub(super) twice: usize,
    /// Not fired.
    pub(super) missing: usize,
}

impl Fired {
    /// Each fired, and once, and not before its time.
    pub(super) fn is_good(&self) -> bool {
        (self.early, self.twice, self.missing) == (0, 0, 0)
    }
}

/// One `sla.breached` as it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Breach {
    task: TaskId,
    due_at: Timestamp,
    told_at: Timestamp,
    seen_at: Timestamp,
}

/// Makes tasks that are all due within one second, and reads the log until each has been told.
pub(super) async fn fire(rail: &TraceRail, count: u32) -> Result<Fired, Failure> {
    let head = rail.head().await?;
    let clock = std::sync::Arc::clone(&rail.ports().clock);
    let first = clock.now().plus(lead(count));
    let due_after = |n: u32| {
        let due_at = first.plus(Duration::from_secs(1) * n / count);
        let left = due_at.since(clock.now()).as_secs_f64() / 3600.0;
        Hours::new(left).unwrap_or(Hours::ONE)
    };
    make(rail, count, due_after).await?;
    if clock.now() >= first {
        let message = "making the tasks took longer than until their deadlines: take a smaller --due";
        return Err(Failure::new(Code::Internal, message));
    }
    let breaches = read(rail, head, count as usize).await?;
    Ok(judge(&breaches, count as usize))
}

/// Reads until there are so many, and then whatever else comes within a second.
async fn read(rail: &TraceRail, mut after: Position, count: usize) -> Result<Vec<Breach>, Failure> {
    let clock = &rail.ports().clock;
    let mut breaches = Vec::new();
    let mut changed = Instant::now();
    loop {
        let page = rail.events(&after, &[Subject::SlaBreached], PAGE).await?;
        let seen_at = clock.now();
        if let Some(last) = page.last() {
            after = last.position.clone();
            changed = Instant::now();
        }
        for logged in &page {
            breaches.extend(breach(&logged.event, seen_at)?);
        }
        let patience = if breaches.len() >= count { Duration::from_secs(1) } else { PATIENCE };
        if changed.elapsed() > patience {
            return Ok(breaches);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What an `sla.breached` tells, if it is of the first level.
fn breach(event: &tracerail_schemas::EncodedEvent, seen_at: Timestamp) -> Result<Option<Breach>, Failure> {
    let unlimited = Limits { payload_bytes_max: usize::MAX, depth_max: 128, values_max: usize::MAX };
    let read = Event::decode(event.envelope.subject, &event.data, &unlimited)
        .map_err(|error| Failure::new(Code::Internal, error.full()))?;
    let Event::SlaBreached(told) = read else { return Ok(None) };
    let first = told.detail.level == 1 && told.detail.round == 0;
    Ok(first.then_some(Breach {
        task: told.task_id,
        due_at: told.detail.due_at,
        told_at: event.envelope.time,
        seen_at,
    }))
}

fn judge(breaches: &[Breach], count: usize) -> Fired {
    let mut first: BTreeMap<TaskId, Breach> = BTreeMap::new();
    let mut twice = 0;
    for breach in breaches {
        match first.entry(breach.task) {
            Entry::Occupied(_) => twice += 1,
            Entry::Vacant(place) => drop(place.insert(*breach)),
        }
    }
    let due = || first.values().map(|breach| breach.due_at);
    let within = due().max().zip(due().min()).map(|(last, first)| last.since(first));
    Fired {
        lateness: Spread::of(first.values().map(|breach| breach.seen_at.since(breach.due_at)).collect()),
        within: within.unwrap_or_default(),
        early: breaches.iter().filter(|breach| breach.told_at.min(breach.seen_at) < breach.due_at).count(),
        twice,
        missing: count.saturating_sub(first.len()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn breach(task: u128, due_us: i64, told_us: i64, seen_us: i64) -> Breach {
        let at = Timestamp::from_micros;
        Breach {
            task: TaskId::from_uuid(Uuid::from_u128(task)),
            due_at: at(due_us),
            told_at: at(told_us),
            seen_at: at(seen_us),
        }
    }

    #[test]
    fn each_once_and_in_time_is_good() {
        let fired = judge(&[breach(1, 100, 150, 300), breach(2, 400, 450, 500)], 2);
        assert!(fired.is_good(), "{fired:?}");
        assert_eq!(fired.within, Duration::from_micros(300));
        assert_eq!(
            (fired.lateness.p50, fired.lateness.max),
            (Duration::from_micros(100), Duration::from_micros(200))
        );
    }

    #[test]
    fn early_twice_and_missing_are_seen() {
        let fired = judge(&[breach(1, 100, 99, 300), breach(2, 100, 150, 200), breach(2, 100, 150, 250)], 3);
        assert_eq!((fired.early, fired.twice, fired.missing), (1, 1, 1));
        assert!(!fired.is_good());
    }
}
