//! Memory of `tracerail-temporal run` when so many tasks wait, in both modes.

use std::time::{Duration, Instant};

use tracerail::config::TemporalMode;
use tracerail_testkit::servers::Temporal;

use crate::history::running;
use crate::load::{DAY, make};
use crate::place::Place;

const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(open: usize) {
    for mode in [TemporalMode::Managed, TemporalMode::PerTask] {
        let temporal = Temporal::start_durable();
        let place = Place::open("memory", &temporal.host(), mode).await;
        let mirror = place.mirror();
        let (client, keeper) = (place.client().await, place.keeper().await);
        // To list waits one by one would be work for the server, which is busy enough.
        let waits = async || match mode {
            TemporalMode::Managed => usize::try_from(keeper.count().await.unwrap()).unwrap(),
            TemporalMode::PerTask => running(&client).await,
        };
        let (began, idle_mb) = (Instant::now(), mirror.resident_mb());
        make(&place.app.rail, open, |_| DAY).await;
        let mut most_mb = idle_mb;
        loop {
            let all = waits().await >= open;
            most_mb = most_mb.max(mirror.resident_mb());
            if all {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        println!(
            "memory: {open} open waits, mode {mode}: {most_mb:.0} MB at most, {:.0} MB at the end, {idle_mb:.0} MB before (all waited after {:.0} s)",
            mirror.resident_mb(),
            began.elapsed().as_secs_f64(),
        );
        mirror.stop();
        place.close().await;
    }
}
