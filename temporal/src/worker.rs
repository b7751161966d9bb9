//! The worker: runs workflows and activities, on a thread and runtime of its own, as its future cannot leave the thread it began on.

use std::thread;
use std::time::Duration;

use futures::FutureExt as _;
use temporalio_sdk::runtime::RuntimeOptions;
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::sync::oneshot;
use tracerail::TraceRail;
use tracerail::config::{Config, TemporalConfig};

use crate::activities::Activities;
use crate::connect::connect_patiently;
use crate::error::Error;
use crate::managed::TaskManagementWorkflow;
use crate::managed::activities::Batches;
use crate::names::Names;
use crate::per_task::HumanTaskWorkflow;
use crate::toolkit::{Steps, WaitForHumanDecision};

/// Waits that are kept in memory: about 60 kB each, and beyond some thousands each step of any of them costs more. What is not kept is
/// read from its history when something happens to it.
const CACHED_MAX: usize = 500;
/// What was meant for the memory of a worker that has died goes to another one after this long.
const TAKEN_OVER_AFTER: Duration = Duration::from_secs(5);

/// Until a worker that could not go on begins anew.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A worker that runs.
#[derive(Debug)]
pub struct Running {
    stop: Option<oneshot::Sender<()>>,
    ended: oneshot::Receiver<Result<(), Error>>,
}

/// What a worker asks of TraceRail for those who wait.
type Calls = (Activities, Steps);

/// Starts a worker for this TraceRail, which must outlive it. It goes on until it is stopped, whatever Temporal does meanwhile.
pub fn start(config: &Config, rail: &TraceRail) -> Result<Running, Error> {
    start_with(config, Some((Activities::of(rail), Steps::of(rail))))
}

/// Starts one that only lets workflows answer queries: what they ask of TraceRail waits for a worker that is there to stay.
pub fn start_for_queries(config: &Config) -> Result<Running, Error> {
    start_with(config, None)
}

fn start_with(config: &Config, calls: Option<Calls>) -> Result<Running, Error> {
    let (stop, stopped) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let (names, config) = (Names::of(config), config.temporal.clone());
    let thread = thread::Builder::new().name("temporal-worker".to_owned());
    let started = thread.spawn(move || {
        // Whoever waited for its end may be gone.
        drop(end.send(perform(&config, &names, calls.as_ref(), stopped)));
    });
    started.map_err(|error| Error::Worker { why: error.to_string() })?;
    Ok(Running { stop: Some(stop), ended })
}

fn perform(
    config: &TemporalConfig,
    names: &Names,
    calls: Option<&Calls>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), Error> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let tokio = tokio.map_err(|error| failed(&error))?;
    tokio.block_on(async {
        let runtime = Runtime::from_current_tokio(RuntimeOptions::default());
        let runtime = runtime.map_err(|error| failed(&error))?;
        // Nobody who could stop it any more is a wish to stop as well.
        let stopped = stopped.map(drop).shared();
        loop {
            let client = tokio::select! {
                // A connection of its own: one that was given up stays registered with the one it had.
                client = connect_patiently(config) => client?,
                () = stopped.clone() => return Ok(()),
            };
            let options = options(names, calls.cloned())?;
            let worker = Worker::new(&runtime, client, options).map_err(|error| failed(&error))?;
            let Err(error) = until_stopped(worker, stopped.clone()).await else { return Ok(()) };
            if stopped.peek().is_some() {
                tracing::warn!(%error, "the worker has not stopped in order");
                return Ok(());
            }
            // The SDK gives a worker up where a workflow is asked something whose history it could not read, say. Whoever asks that is not
            // to end everybody else's waits.
            tracing::error!(%error, "the worker begins anew");
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = stopped.clone() => {}
            }
        }
    })
}

/// Lets it work until it is stopped, or cannot go on.
async fn until_stopped(
    mut worker: Worker,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let shut_down = worker.shutdown_handle();
    let stopping = tokio::spawn(async move {
        stopped.await;
        shut_down();
    });
    let ran = worker.run().await.map_err(|error| failed(&error));
    stopping.abort();
    ran
}

fn options(names: &Names, calls: Option<Calls>) -> Result<WorkerOptions, Error> {
    let options = WorkerOptions::new(names.task_queue())
        .max_cached_workflows(CACHED_MAX)
        .sticky_queue_schedule_to_start_timeout(TAKEN_OVER_AFTER)
        .register_workflow::<HumanTaskWorkflow>()
        .map_err(|error| failed(&error))?
        .register_workflow::<TaskManagementWorkflow>()
        .map_err(|error| failed(&error))?
        .register_workflow::<WaitForHumanDecision>()
        .map_err(|error| failed(&error))?;
    Ok(match calls {
        Some((activities, steps)) => options
            .register_activities(Batches::of(&activities))
            .register_activities(activities)
            .register_activities(steps)
            .build(),
        None => options.build(),
    })
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Worker { why: crate::error::chain(error) }
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
