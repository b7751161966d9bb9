//! Making the streams and consumers, for `tracerail setup`.

use std::time::Duration;

use tokio::runtime::Handle;
use tracerail_actors::port::Consumer;
use tracerail_schemas::Code;

use super::settings;
use crate::backends::distributed::nats::{self, Connection, NatsError};
use crate::config::Config;
use crate::error::Error;

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetupReport {
    /// The server.
    pub server: String,
    /// What was missing and is there now.
    pub made: Vec<String>,
    /// How many streams there are.
    pub streams: usize,
}

/// Makes what is missing. What is there stays as it is; what is not as it should be is an error that names it.
pub async fn setup(config: &Config, patience: Option<Duration>) -> Result<SetupReport, Error> {
    if !config.edition.has_servers() {
        let message = "there is nothing to set up: the configuration says `edition: embedded`, whose file is made when it is needed; \
                       write `edition: distributed` for NATS and Redis";
        return Err(Error::new(Code::ConfigInvalid, message));
    }
    let settings = settings::nats(config, patience)?;
    let connection = Connection::open(&settings, Handle::current()).await?;
    let made = match nats::verify(&connection, &settings, &Consumer::ALL).await {
        Ok(_) => Vec::new(),
        Err(NatsError::NotSetUp { missing }) => missing,
        Err(error) => return Err(error.into()),
    };
    let streams = nats::setup(&connection, &settings).await?.len();
    Ok(SetupReport { server: connection.server(), made, streams })
}

impl From<NatsError> for Error {
    fn from(error: NatsError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
