//! Looking after the servers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tracerail_actors::port::{Clock, SystemClock, Upkeep};

use super::open::Servers;
use crate::app::open::Opening;
use crate::backends::distributed::ServerUpkeep;
use crate::config::Config;
use crate::error::Error;

/// How long it is waited for servers that do not answer: somebody sits in front of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Of the servers that the configuration names.
pub(in crate::app) async fn upkeep(config: &Config) -> Result<Arc<dyn Upkeep>, Error> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let opening = Opening {
        config: config.clone(),
        roles: BTreeSet::new(),
        clock: Arc::clone(&clock),
        read_only: false,
        patience: Some(PATIENCE),
    };
    let servers = Servers::open(&opening, Handle::current()).await?;
    Ok(Arc::new(ServerUpkeep::new(servers.both(), clock)))
}
