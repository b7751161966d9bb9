//! The thread actors live on.

use std::sync::mpsc as sync;

use actix::System;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::stage::{Stage, perform};

/// A thread for actors. What they talk to may live there as well, in its runtime: then nothing has to be handed from thread to thread.
///
/// It ends when this is dropped and its actors have come to rest; what else lives there ends with it.
#[derive(Debug)]
pub struct Thread {
    runtime: Handle,
    stages: mpsc::UnboundedSender<Staged>,
}

/// Actors to be let run, and who is told when they have stopped.
struct Staged {
    stage: Stage,
    stopped: oneshot::Sender<()>,
}

impl Thread {
    /// Starts it.
    pub fn start() -> Result<Self, std::io::Error> {
        let (stages, mut to_perform) = mpsc::unbounded_channel();
        let (tell, told) = sync::channel();
        std::thread::Builder::new().name("actors".to_owned()).spawn(move || {
            System::new().block_on(async move {
                // Whoever started it waits for this.
                tell.send(Handle::current()).unwrap_or_default();
                while let Some(Staged { stage, stopped }) = to_perform.recv().await {
                    perform(stage).await;
                    // Whoever waited for it may be gone.
                    stopped.send(()).unwrap_or_default();
                }
            });
        })?;
        let runtime = told.recv().map_err(std::io::Error::other)?;
        Ok(Self { runtime, stages })
    }

    /// Its runtime.
    pub fn runtime(&self) -> Handle {
        self.runtime.clone()
    }

    /// Lets these actors run. The answer comes when they have stopped; none comes when the thread has ended in a panic.
    pub(super) fn perform(&self, stage: Stage) -> oneshot::Receiver<()> {
        let (stopped, has_stopped) = oneshot::channel();
        // Without the thread nobody will ever say that they have stopped.
        self.stages.send(Staged { stage, stopped }).unwrap_or_default();
        has_stopped
    }
}

impl std::fmt::Debug for Staged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staged").finish_non_exhaustive()
    }
}
