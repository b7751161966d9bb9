//! Commands over the bus: asked by a process without the task actor, answered by one that has it.
//!
//! The question is a request on a core subject and lives no longer than its answer; whoever needs it to last publishes the command on
//! its `task.command` subject instead.

use async_nats::client::RequestErrorKind;
use async_nats::{Message, Request};
use async_trait::async_trait;
use futures_util::{StreamExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tracerail_actors::port::{CommandError, Commands, PortError};
use tracerail_schemas::task::{Command, CommandAnswer};

use super::connect::Connection;
use super::error::away;
use super::names::Names;
use super::settings::NatsSettings;

/// Of all processes that answer, each command goes to one.
const GROUP: &str = "task";
/// How many commands one process answers at once. 256: as many as a store commits together.
const AT_ONCE: usize = 256;

/// Asks commands of whichever process has the task actor.
#[derive(Clone, Debug)]
pub struct NatsCommands {
    connection: Connection,
    settings: NatsSettings,
}

/// What is answered.
#[derive(Serialize, Deserialize)]
enum Reply {
    Answer(CommandAnswer),
    Stopped,
    Failed(String),
}

impl NatsCommands {
    /// Asks over this connection.
    pub const fn new(connection: Connection, settings: NatsSettings) -> Self {
        Self { connection, settings }
    }
}

#[async_trait]
impl Commands for NatsCommands {
    async fn command(&self, command: Command) -> Result<CommandAnswer, CommandError> {
        let failed = |why: String| CommandError::Failed { why };
        let body = rmp_serde::to_vec_named(&command).map_err(|error| failed(error.to_string()))?;
        let request = Request::new().payload(body.into()).timeout(Some(self.settings.command_timeout));
        let subject = Names::new(&self.settings.prefix).commands();
        let answered = self.connection.client.send_request(subject, request).await;
        let message = answered.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => CommandError::Nobody {
                why: "no process with the task role is connected (start one: `tracerail run --actors task`)"
                    .to_owned(),
            },
            RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded => {
                CommandError::Nobody { why: error.to_string() }
            }
            RequestErrorKind::TimedOut | RequestErrorKind::Other => {
                failed(format!("{}; repeat the command under the same id", self.connection.silence()))
            }
        })?;
        match rmp_serde::from_slice(&message.payload) {
            Ok(Reply::Answer(answer)) => Ok(answer),
            Ok(Reply::Stopped) => Err(CommandError::Stopped),
            Ok(Reply::Failed(why)) => Err(failed(why)),
            Err(error) => Err(failed(format!("the answer cannot be read: {error}"))),
        }
    }
}

/// Answers commands with `answer`, until it is dropped or the connection is closed.
pub async fn serve_commands(
    connection: &Connection,
    settings: &NatsSettings,
    answer: impl Fn(Command) -> BoxFuture<'static, Result<CommandAnswer, CommandError>> + Send + Sync,
) -> Result<(), PortError> {
    let subject = Names::new(&settings.prefix).commands();
    let asked = connection.client.queue_subscribe(subject, GROUP.to_owned()).await;
    let asked = asked.map_err(|error| away("answer commands", error))?;
    asked.for_each_concurrent(AT_ONCE, |message| reply(connection, message, &answer)).await;
    Ok(())
}

async fn reply(
    connection: &Connection,
    message: Message,
    answer: impl Fn(Command) -> BoxFuture<'static, Result<CommandAnswer, CommandError>>,
) {
    let Some(inbox) = message.reply else { return };
    let reply = match rmp_serde::from_slice::<Command>(&message.payload) {
        Err(error) => Reply::Failed(format!("the command cannot be read: {error}")),
        Ok(command) => match answer(command).await {
            Ok(answer) => Reply::Answer(answer),
            Err(CommandError::Stopped) => Reply::Stopped,
            Err(error @ (CommandError::Nobody { .. } | CommandError::Failed { .. })) => {
                Reply::Failed(error.to_string())
            }
        },
    };
    let sent = match rmp_serde::to_vec_named(&reply) {
        Ok(body) => connection.client.publish(inbox, body.into()).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(why) = sent {
        tracing::warn!(%why, "a command could not be answered; whoever asked repeats it");
    }
}
