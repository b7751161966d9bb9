//! The view of a terminal: counts and rates, open tasks by urgency, escalations, events.
//!
//! Promises: it only looks; whatever ends it, a key, a signal or a panic, leaves the terminal as it was; nothing that came from outside
//! steers the terminal; servers that are away are told of, and waited for.
//!
//! Deliberately absent: giving commands. `tracerail task` does.

mod draw;
mod keys;
mod model;
mod rates;
mod screen;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::sleep;
use tracerail_actors::port::{LoggedEvent, Position, TaskFilter, TaskPage, Totals};
use tracerail_schemas::Timestamp;
use tracerail_schemas::task::Status;

use self::keys::Keys;
use self::model::{Flow, Model};
use self::screen::Screen;
use super::Wanted;
use crate::TraceRail;
use crate::cli::failure::Failure;
use crate::cli::signals::Stop;
use crate::error::Error;

/// How often the log and the tasks are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Events read in one look.
const PAGE: usize = 2_000;

/// Open tasks that are looked at.
const TASKS_MAX: usize = 1_000;

/// What one look finds.
pub(super) struct Seen {
    at: Timestamp,
    after: Position,
    /// Whether there was more than one look reads.
    more: bool,
    events: Vec<LoggedEvent>,
    tasks: TaskPage,
    totals: Totals,
}

/// Shows the view until somebody quits.
pub(super) async fn run(rail: &TraceRail, place: &str, wanted: &Wanted, stop: &Stop) -> Result<(), Failure> {
    let mut after = rail.head().await?;
    let mut model = Model::new(&title(place, wanted), rail.now().await?);
    let mut screen = Screen::open()?;
    let mut keys = Keys::listen();
    let mut wait = Duration::ZERO;
    loop {
        let from = after.clone();
        let look = async move {
            sleep(wait).await;
            look(rail, &from, wanted).await
        };
        tokio::pin!(look);
        let found = loop {
            screen.draw(&model)?;
            tokio::select! {
                () = stop.come() => return Ok(()),
                key = keys.next() => match key.map_or(Flow::Quit, |key| model.press(key)) {
                    Flow::Quit => return Ok(()),
                    Flow::Stay => {}
                },
                found = &mut look => break found,
            }
        };
        wait = LOOK_EVERY;
        match found {
            // What is not taken is read again.
            Ok(_) if model.is_paused() => {}
            Ok(seen) => {
                after.clone_from(&seen.after);
                if seen.more {
                    wait = Duration::ZERO;
                }
                model.see(seen);
            }
            Err(error) => model.trouble(&error.to_string()),
        }
    }
}

async fn look(rail: &TraceRail, after: &Position, wanted: &Wanted) -> Result<Seen, Error> {
    let mut events = rail.events(after, &wanted.subjects, PAGE).await?;
    let statuses = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let filter =
        TaskFilter { statuses, tenant: wanted.tenant.clone(), limit: TASKS_MAX, ..TaskFilter::default() };
    let (tasks, totals, at) = (rail.tasks(filter).await?, rail.totals().await?, rail.now().await?);
    let after = events.last().map_or_else(|| after.clone(), |last| last.position.clone());
    let more = events.len() >= PAGE;
    events.retain(|logged| wanted.wants(logged));
    Ok(Seen { at, after, more, events, tasks, totals })
}

/// What is looked at. The store counts everything together.
fn title(place: &str, wanted: &Wanted) -> String {
    match &wanted.tenant {
        Some(tenant) => format!("{place}, tenant {tenant} (counts of all tenants)"),
        None => place.to_owned(),
    }
}
