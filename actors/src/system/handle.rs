//! What the outside holds of running actors.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot, watch};
use tracerail_schemas::Code;
use tracerail_schemas::task::{Command, CommandAnswer};

use super::Role;
use super::stage::{self, Asked};
use crate::deliver::HandlerError;
use crate::meters::Meters;
use crate::port::{PortError, Ports};
use crate::settings::Settings;

/// Commands that may wait for the task actor at once.
const COMMANDS_WAITING_MAX: usize = 1_024;

/// Why the actors did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store or the log cannot be used.
    #[error("the actors cannot start")]
    Port(#[from] PortError),
    /// Their thread could not be made.
    #[error("the actors' thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// Their thread ended before it was ready.
    #[error("the actors ended before they were ready")]
    Ended,
}

/// Why a command has no answer. A refusal is an answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The actors are stopped.
    #[error("the actors are stopped")]
    Stopped,
    /// The store failed. The command may or may not have taken effect; the same command id again tells.
    #[error("the command failed: {why}")]
    Failed {
        /// What was seen.
        why: String,
    },
}

impl CommandError {
    /// The code users see.
    pub fn code(&self) -> Code {
        match self {
            Self::Stopped => Code::StoreUnavailable,
            Self::Failed { .. } => Code::OutcomeUnknown,
        }
    }
}

/// Running actors.
#[derive(Debug)]
pub struct Running {
    commands: mpsc::Sender<Asked>,
    meters: Arc<Meters>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(super) async fn start(
        ports: Ports,
        settings: Settings,
        roles: BTreeSet<Role>,
    ) -> Result<Self, StartError> {
        // Both ends are asked before anything runs, so that a store that cannot be used is told of here.
        ports.store.now().await?;
        ports.log.head().await?;
        let meters = Arc::new(Meters::default());
        let (commands, asked) = mpsc::channel(COMMANDS_WAITING_MAX);
        let (stop, stopped) = watch::channel(false);
        let (ready, is_ready) = oneshot::channel();
        let stage =
            stage::Stage { ports, settings, roles, meters: Arc::clone(&meters), asked, stopped, ready };
        let thread = std::thread::Builder::new()
            .name("actors".to_owned())
            .spawn(move || stage::run(stage))
            .map_err(StartError::Thread)?;
        is_ready.await.map_err(|_| StartError::Ended)?;
        Ok(Self { commands, meters, stop, thread: Some(thread) })
    }

    /// Gives a command, and waits for its answer.
    pub async fn command(&self, command: Command) -> Result<CommandAnswer, CommandError> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(Asked { command, answer }).await.map_err(|_| CommandError::Stopped)?;
        match answered.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(CommandError::Failed { why: what(&error) }),
            Err(_) => Err(CommandError::Stopped),
        }
    }

    /// What the actors have counted.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Stops the actors: pulls no more, lets what is in flight finish, lets go of the events.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the actors' thread ended in a panic");
            }
        }
    }
}

fn what(error: &HandlerError) -> String {
    error.to_string()
}
