//! What the outside holds of running actors.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};
use tracerail_schemas::task::{Command, CommandAnswer};

use super::Role;
use super::stage::{Asked, Stage};
use super::thread::Thread;
use crate::meters::Meters;
use crate::port::{CommandError, Commands, PortError, Ports};
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

/// Gives commands to the actors, from wherever it is cloned to.
#[derive(Clone)]
pub struct Commander(Way);

/// Which way commands go.
#[derive(Clone)]
enum Way {
    /// To the task actor of this process.
    Here(mpsc::Sender<Asked>),
    /// To that of another one.
    Elsewhere(Arc<dyn Commands>),
}

#[async_trait]
impl Commands for Commander {
    async fn command(&self, command: Command) -> Result<CommandAnswer, CommandError> {
        let here = match &self.0 {
            Way::Here(here) => here,
            Way::Elsewhere(commands) => return commands.command(command).await,
        };
        let (answer, answered) = oneshot::channel();
        here.send(Asked { command, answer }).await.map_err(|_| CommandError::Stopped)?;
        match answered.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(CommandError::Failed { why: error.to_string() }),
            Err(_) => Err(CommandError::Stopped),
        }
    }
}

impl std::fmt::Debug for Commander {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commander").finish_non_exhaustive()
    }
}

/// On which thread actors run.
#[derive(Clone, Copy, Debug)]
pub(super) enum On<'a> {
    /// On one of their own.
    ItsOwn,
    /// On this one, on which others live as well.
    This(&'a Thread),
}

/// Running actors.
#[derive(Debug)]
pub struct Running {
    commander: Commander,
    ports: Ports,
    meters: Arc<Meters>,
    stop: watch::Sender<bool>,
    stopped: oneshot::Receiver<()>,
    /// Where they have one to themselves.
    _thread: Option<Thread>,
}

impl Running {
    pub(super) async fn start(
        on: On<'_>,
        ports: Ports,
        settings: Settings,
        roles: BTreeSet<Role>,
        meters: Arc<Meters>,
    ) -> Result<Self, StartError> {
        // Both ends are asked before anything runs, so that a store that cannot be used is told of here.
        ports.store.now().await?;
        ports.log.head().await?;
        let (commands, asked) = mpsc::channel(COMMANDS_WAITING_MAX);
        let commander = match &ports.commands {
            Some(elsewhere) if !roles.contains(&Role::Task) => {
                Commander(Way::Elsewhere(Arc::clone(elsewhere)))
            }
            Some(_) | None => Commander(Way::Here(commands)),
        };
        let (stop, stopped) = watch::channel(false);
        let (ready, is_ready) = oneshot::channel();
        let stage = Stage {
            ports: ports.clone(),
            settings,
            roles,
            meters: Arc::clone(&meters),
            asked,
            stopped,
            ready,
        };
        let (stopped, thread) = match on {
            On::This(thread) => (thread.perform(stage), None),
            On::ItsOwn => {
                let thread = Thread::start().map_err(StartError::Thread)?;
                (thread.perform(stage), Some(thread))
            }
        };
        is_ready.await.map_err(|_| StartError::Ended)?;
        Ok(Self { commander, ports, meters, stop, stopped, _thread: thread })
    }

    /// Gives a command, and waits for its answer.
    pub async fn command(&self, command: Command) -> Result<CommandAnswer, CommandError> {
        self.commander.command(command).await
    }

    /// What gives commands to them, to be kept elsewhere. Held until the actors stop, it keeps none of them alive.
    pub fn commander(&self) -> Commander {
        self.commander.clone()
    }

    /// The ports, each of their calls counted.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What the actors have counted.
    pub fn meters(&self) -> &Arc<Meters> {
        &self.meters
    }

    /// Stops the actors: pulls no more, lets what is in flight finish, lets go of the events.
    pub async fn stop(self) {
        self.meters.stop();
        self.stop.send_replace(true);
        if self.stopped.await.is_err() {
            tracing::error!("the actors' thread ended in a panic");
        }
    }
}
