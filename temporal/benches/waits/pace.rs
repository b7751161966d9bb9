//! Waits begun in a second, until the last of them has its timer: by the mirror, which follows the events of tasks that are being made,
//! and by calls that start the same workflow with the same words and do nothing else. Both on one server, one after the other, with one
//! worker for both.

use futures::{StreamExt, stream};
use temporalio_client::Client;
use tracerail::client::new_command_id;
use tracerail::config::TemporalMode;
use tracerail_actors::port::{Clock as _, SystemClock};
use tracerail_schemas::{TaskId, Timestamp};
use tracerail_temporal::names::Names;
use tracerail_temporal::waits::{Begin, Waits};
use tracerail_temporal::words::Opened;
use tracerail_testkit::servers::Temporal;

use crate::figures::median;
use crate::history::{last_armed, running, until_running};
use crate::load::{DAY, make};
use crate::place::{Mirror, Place, server_seconds};

/// Calls under way at the same time: as many as the mirror makes.
const AT_ONCE: usize = 16;

/// One side of a round.
struct Side {
    per_second: f64,
    server_ms: f64,
    mirror_ms: f64,
}

struct Pace<'a> {
    temporal: &'a Temporal,
    place: &'a Place,
    mirror: &'a Mirror,
    client: Client,
    names: Names,
    tasks: usize,
}

/// The answer is the mirror's pace: the median of all rounds.
pub(crate) async fn run(tasks: usize, rounds: usize) -> f64 {
    let temporal = Temporal::start_durable();
    let place = Place::open("pace", &temporal.host(), TemporalMode::PerTask).await;
    let mirror = place.mirror();
    let (client, names) = (place.client().await, Names::of(&place.config));
    let pace = Pace { temporal: &temporal, place: &place, mirror: &mirror, client, names, tasks };
    println!("pace: {tasks} waits on each side of a round, mode per_task");
    let mut sides = Vec::new();
    for round in 1..=rounds {
        // Whoever is second has a larger database.
        let (raw, mirrored) = if round % 2 == 1 {
            let raw = pace.raw().await;
            (raw, pace.mirrored().await)
        } else {
            let mirrored = pace.mirrored().await;
            (pace.raw().await, mirrored)
        };
        println!(
            "  round {round}  mirrored {:>6.1}/s  raw {:>6.1}/s  ratio {:.2}   CPU ms a wait: server {:.1} / {:.1}, worker {:.2} / {:.2}",
            mirrored.per_second,
            raw.per_second,
            mirrored.per_second / raw.per_second,
            mirrored.server_ms,
            raw.server_ms,
            mirrored.mirror_ms,
            raw.mirror_ms,
        );
        sides.push((mirrored.per_second, raw.per_second));
    }
    let mirrored = median(sides.iter().map(|(mirrored, _)| *mirrored));
    println!(
        "  median   mirrored {mirrored:>6.1}/s  raw {:>6.1}/s  ratio {:.2}",
        median(sides.iter().map(|(_, raw)| *raw)),
        median(sides.iter().map(|(mirrored, raw)| mirrored / raw)),
    );
    mirror.stop();
    place.close().await;
    mirrored
}

impl Pace<'_> {
    /// Calls that start workflows.
    async fn raw(&self) -> Side {
        // The words of a real task, as the mirror says them; it has its wait before anything is measured.
        let (rail, before) = (&self.place.app.rail, running(&self.client).await);
        let like = make(rail, 1, |_| DAY).await.into_iter().next().unwrap();
        until_running(&self.client, before + 1).await;
        let like = rail.task(like).await.unwrap().unwrap();
        let tasks: Vec<_> = (0..self.tasks)
            .map(|_| {
                let mut task = like.clone();
                task.id = TaskId::from_uuid(new_command_id().uuid());
                task
            })
            .collect();
        let ids: Vec<_> = tasks.iter().map(|task| task.id).collect();
        let waits = Waits::new(self.client.clone(), self.names.clone());
        self.side(async || {
            let calls = tasks.into_iter().map(|task| {
                let opened = Opened::of(task, None);
                async { assert!(waits.open(opened, Begin::Once).await.unwrap(), "it is new") }
            });
            stream::iter(calls).buffer_unordered(AT_ONCE).collect::<()>().await;
            ids
        })
        .await
    }

    /// Tasks that the mirror finds.
    async fn mirrored(&self) -> Side {
        self.side(async || make(&self.place.app.rail, self.tasks, |_| DAY).await).await
    }

    async fn side(&self, begin: impl AsyncFnOnce() -> Vec<TaskId>) -> Side {
        let before = running(&self.client).await;
        let (began, server, mirror) =
            (SystemClock.now(), server_seconds(self.temporal), self.mirror.cpu_seconds());
        let tasks = begin().await;
        until_running(&self.client, before + tasks.len()).await;
        let count = tasks.len() as f64;
        // Before histories are read, which costs the server something.
        let spent = |now: f64, then: f64| (now - then) * 1e3 / count;
        let (server_ms, mirror_ms) =
            (spent(server_seconds(self.temporal), server), spent(self.mirror.cpu_seconds(), mirror));
        let ids: Vec<_> = tasks.iter().map(|task| self.names.workflow_id(*task)).collect();
        let ended: Timestamp = last_armed(&self.client, &ids).await;
        Side { per_second: count / ended.since(began).as_secs_f64(), server_ms, mirror_ms }
    }
}
