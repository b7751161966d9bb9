//! What happens at the start and then again and again: leftovers are published, deadlines are looked for.

use std::sync::Arc;
use std::time::Duration;

use actix::Addr;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use tracerail_schemas::Subject;

use crate::meters::Meters;
use crate::port::Ports;
use crate::relay::relay;
use crate::sla::{SlaActor, Sweep};

/// A committed event that is not published after this long was left by a process that died or could not.
const LEFT_OVER_AFTER: Duration = Duration::from_secs(5);

/// How often the thread says that it lives.
const BEAT: Duration = Duration::from_millis(250);

/// Publishes leftovers of these subjects until it is told to stop. What fails is told of and tried again at the next tick.
pub(super) async fn relaying(
    ports: Ports,
    subjects: Vec<Subject>,
    every: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    let mut ticks = ticks(every);
    // At the start whatever is there was left by a death.
    let mut older_than = Duration::ZERO;
    while next(&mut ticks, &mut stopped).await {
        match relay(&ports, &subjects, older_than).await {
            Ok(_) => older_than = LEFT_OVER_AFTER,
            Err(error) => {
                tracing::warn!(
                    error = error.chain(),
                    "left-over events could not be published; trying again"
                );
            }
        }
    }
}

/// Lets the SLA actor sweep until it is told to stop. A sweep that fails is told of; the next one looks again.
pub(super) async fn sweeping(
    spawn: impl Fn() -> Addr<SlaActor>,
    every: Duration,
    meters: Arc<Meters>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut actor = spawn();
    let mut ticks = ticks(every);
    while next(&mut ticks, &mut stopped).await {
        match actor.send(Sweep).await {
            Ok(Ok(fired)) => meters.add_fired(fired),
            Ok(Err(error)) => tracing::warn!(%error, "the sweep failed; trying again"),
            Err(_) => {
                tracing::error!("the sweep panicked; trying again");
                if !actor.connected() {
                    actor = spawn();
                }
            }
        }
    }
}

/// Says that the thread lives, until this is aborted. Also while it stops: what is in flight is still being handled.
pub(super) async fn beating(meters: Arc<Meters>) {
    let mut ticks = ticks(BEAT);
    loop {
        ticks.tick().await;
        meters.beat();
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits for the next tick; false when it is time to stop.
async fn next(ticks: &mut Interval, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = ticks.tick() => true,
        _ = stopped.wait_for(|stopped| *stopped) => false,
    }
}
