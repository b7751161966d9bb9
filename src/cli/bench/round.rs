//! One round: all its items through the whole pipeline.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use tracerail_schemas::{Event, Subject};

use super::figures::Rate;
use super::servers::Servers;
use crate::TraceRail;
use crate::bench::{item, settle};
use crate::cli::failure::Failure;
use crate::error::Error;

/// Items that are submitted at once.
const AT_ONCE: usize = 512;

/// How often is looked whether all is done: a hundredth of what a short round takes.
const LOOK: Duration = Duration::from_millis(10);

/// The items of one round.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// Distinguishes this round's items from all others.
    pub(super) name: String,
    pub(super) items: u32,
    /// Published as a program on the bus does, or submitted.
    pub(super) publish: bool,
}

/// What came of a round.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct Round {
    pub(super) rate: Rate,
    pub(super) submitted_after: Duration,
}

/// Takes the items in and waits until each of them has its end or its task.
pub(super) async fn round(rail: &TraceRail, servers: &Servers, load: &Load) -> Result<Round, Failure> {
    let tasks_before = tasks(rail).await?;
    let (began, work) = (Instant::now(), servers.work());
    let items = futures_util::stream::iter(0..load.items).map(|n| take_in(rail, load, n));
    items.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let submitted_after = began.elapsed();
    settle(rail, LOOK).await?;
    let rate = Rate { items: load.items, wall: began.elapsed(), work: servers.work().since(work) };
    let made = tasks(rail).await? - tasks_before;
    let expected = u64::from(load.items / 2);
    if made != expected {
        let message = format!("{made} tasks were made where {expected} were to be: the figures mean nothing");
        return Err(Failure::new(tracerail_schemas::Code::Internal, message));
    }
    Ok(Round { rate, submitted_after })
}

/// Takes one item in; every other one is for people.
async fn take_in(rail: &TraceRail, load: &Load, n: u32) -> Result<(), Error> {
    let harmless = n.is_multiple_of(2);
    let item = item(&load.name, n as usize, harmless);
    if !load.publish {
        return rail.submit(item).await.map(drop);
    }
    let data = Event::ContentSubmitted(Box::new(item))
        .encode()
        .map_err(|error| Error::new(tracerail_schemas::Code::Internal, error.full()))?;
    rail.publish_raw(Subject::ContentSubmitted, data).await.map(drop)
}

async fn tasks(rail: &TraceRail) -> Result<u64, Error> {
    Ok(rail.totals().await?.tasks.iter().map(|(_, count)| count).sum())
}
