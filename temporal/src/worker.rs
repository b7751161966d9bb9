//! The worker: runs workflows and activities, on a thread and runtime of its own, as its future cannot leave the thread it began on.

use std::thread;
use std::time::Duration;

use temporalio_client::Client;
use temporalio_sdk::runtime::RuntimeOptions;
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::sync::oneshot;
use tracerail::TraceRail;

use crate::activities::Activities;
use crate::error::Error;
use crate::managed::TaskManagementWorkflow;
use crate::managed::activities::Batches;
use crate::names::Names;
use crate::per_task::HumanTaskWorkflow;
use crate::toolkit::{Steps, WaitForHumanDecision};

/// Waits that are kept in memory: about 44 KB each, and beyond some thousands each step of any of them costs more.
const CACHED_MAX: usize = 1_000;
/// What was meant for the memory of a worker that has died goes to another one after this long.
const TAKEN_OVER_AFTER: Duration = Duration::from_secs(5);

/// A worker that runs.
#[derive(Debug)]
pub struct Running {
    stop: Option<oneshot::Sender<()>>,
    ended: oneshot::Receiver<Result<(), Error>>,
}

/// Starts a worker for this TraceRail, which must outlive it. It goes on until it is stopped, whatever Temporal does meanwhile.
pub fn start(client: Client, names: Names, rail: &TraceRail) -> Result<Running, Error> {
    let activities = (Activities::of(rail), Steps::of(rail));
    let (stop, stopped) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let thread = thread::Builder::new().name("temporal-worker".to_owned());
    let started = thread.spawn(move || {
        // Whoever waited for its end may be gone.
        drop(end.send(perform(client, &names, activities, stopped)));
    });
    started.map_err(|error| Error::Worker { why: error.to_string() })?;
    Ok(Running { stop: Some(stop), ended })
}

fn perform(
    client: Client,
    names: &Names,
    (activities, steps): (Activities, Steps),
    stopped: oneshot::Receiver<()>,
) -> Result<(), Error> {
    let failed = |error: &dyn std::error::Error| Error::Worker { why: crate::error::chain(error) };
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let tokio = tokio.map_err(|error| failed(&error))?;
    tokio.block_on(async {
        let runtime = Runtime::from_current_tokio(RuntimeOptions::default());
        let runtime = runtime.map_err(|error| failed(&error))?;
        let options = WorkerOptions::new(names.task_queue())
            .max_cached_workflows(CACHED_MAX)
            .sticky_queue_schedule_to_start_timeout(TAKEN_OVER_AFTER)
            .register_workflow::<HumanTaskWorkflow>()
            .map_err(|error| failed(&error))?
            .register_workflow::<TaskManagementWorkflow>()
            .map_err(|error| failed(&error))?
            .register_workflow::<WaitForHumanDecision>()
            .map_err(|error| failed(&error))?
            .register_activities(Batches::of(&activities))
            .register_activities(activities)
            .register_activities(steps)
            .build();
        let mut worker = Worker::new(&runtime, client, options).map_err(|error| failed(&error))?;
        let shut_down = worker.shutdown_handle();
        let stopping = tokio::spawn(async move {
            // Nobody who could stop it any more is a wish to stop as well.
            drop(stopped.await);
            shut_down();
        });
        let ran = worker.run().await.map_err(|error| failed(&error));
        stopping.abort();
        ran
    })
}

impl Running {
    /// Waits until it ends by itself, which it does only when it cannot go on.
    pub async fn end(&mut self) -> Result<(), Error> {
        let gone = || Error::Worker { why: "its thread ended in a panic".to_owned() };
        (&mut self.ended).await.unwrap_or_else(|_| Err(gone()))
    }

    /// Stops it: no more is taken, what is under way is finished.
    pub async fn stop(mut self) -> Result<(), Error> {
        drop(self.stop.take());
        self.end().await
    }
}
