//! Waits until each item has ended or waits for a person.

use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use tracerail_actors::port::Consumer;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::{ContentKey, TaskId};

use crate::TraceRail;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::signals::Stop;

/// The actors an item passes, in order. When one has nothing left and none before it had, nothing can come any more.
const PASSES: [Consumer; 3] = [Consumer::Llm, Consumer::Router, Consumer::Task];

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long nothing may move before it is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often an item that should be at rest is looked at again before it is given up on.
const SECOND_LOOKS: u32 = 20;

/// Where the items came to rest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Rest {
    /// How many ended, by outcome.
    pub(crate) ended: Vec<(Outcome, u64)>,
    /// How many wait for a person.
    pub(crate) with_task: u64,
    /// Those that did neither; they are dead letters, or somebody stopped the wait.
    pub(crate) unsettled: Vec<ContentKey>,
    /// Whether somebody stopped the wait.
    pub(crate) stopped: bool,
}

/// Waits for these items.
pub(crate) async fn follow(
    context: &Context,
    rail: &TraceRail,
    keys: &[ContentKey],
    stop: &Stop,
) -> Result<Rest, Failure> {
    let mut rest = Rest { unsettled: keys.to_vec(), ..Rest::default() };
    let bar = context.console.bar(keys.len() as u64, "at rest");
    let drained = drain(context, rail, &mut rest, &bar, stop).await;
    bar.finish_and_clear();
    drained?;
    for _ in 0..SECOND_LOOKS {
        rest.look_again(rail).await?;
        if rest.unsettled.is_empty() || stop.within(LOOK_EVERY).await {
            break;
        }
    }
    rest.stopped = stop.has_come();
    Ok(rest)
}

/// Waits until the actors have nothing left. Others may have items in the same store, which wait for who knows what: when nothing
/// moves, it is enough that these are at rest.
async fn drain(
    context: &Context,
    rail: &TraceRail,
    rest: &mut Rest,
    bar: &ProgressBar,
    stop: &Stop,
) -> Result<(), Failure> {
    let mut moved = Instant::now();
    let mut before = u64::MAX;
    let mut told = false;
    loop {
        let mut lags = [0; PASSES.len()];
        for (lag, consumer) in lags.iter_mut().zip(PASSES) {
            *lag = rail.lag(consumer).await?;
        }
        let left: u64 = lags.iter().sum();
        if left == 0 || rest.unsettled.is_empty() || stop.has_come() {
            return Ok(());
        }
        bar.set_position(bar.length().unwrap_or_default().saturating_sub(left));
        bar.set_message(waiting(lags));
        if left != before {
            (before, moved) = (left, Instant::now());
        } else if moved.elapsed() > PATIENCE {
            moved = Instant::now();
            rest.look_again(rail).await?;
            if !rest.unsettled.is_empty() && !told {
                told = true;
                bar.suspend(|| context.console.note(&standstill(lags)));
            }
        }
        if stop.within(LOOK_EVERY).await {
            return Ok(());
        }
    }
}

fn waiting(lags: [u64; PASSES.len()]) -> String {
    let names = PASSES.iter().zip(lags).filter(|(_, lag)| *lag > 0);
    names.map(|(consumer, lag)| format!("{lag} before {consumer}")).collect::<Vec<_>>().join(", ")
}

fn standstill(lags: [u64; PASSES.len()]) -> String {
    let why = if lags.first().is_some_and(|lag| *lag > 0) {
        "the model is away, or another process handles the events and is busy"
    } else {
        "another process handles the events and is busy"
    };
    format!(
        "nothing has moved for {} s ({}): {why}. Still waiting; the items are safe, Ctrl-C leaves them to the next run.",
        PATIENCE.as_secs(),
        waiting(lags)
    )
}

impl Rest {
    /// Looks at those that were not at rest when last seen.
    async fn look_again(&mut self, rail: &TraceRail) -> Result<(), Failure> {
        for key in std::mem::take(&mut self.unsettled) {
            let ended = rail.content(&key).await?.and_then(|record| record.terminal);
            match ended {
                Some(end) => match self.ended.iter_mut().find(|(outcome, _)| *outcome == end.outcome) {
                    Some((_, count)) => *count += 1,
                    None => self.ended.push((end.outcome, 1)),
                },
                None if rail.task(TaskId::of_content(&key)).await?.is_some() => self.with_task += 1,
                None => self.unsettled.push(key),
            }
        }
        Ok(())
    }
}
