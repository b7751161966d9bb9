//! Opening: both servers, and what goes on beside the actors.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracerail_actors::port::{Commands, Consumer, EventLog, Store};
use tracerail_actors::system::{Commander, Role};
use tracerail_schemas::Code;

use super::settings;
use crate::app::open::Opening;
use crate::backends::distributed::nats::{self, NatsCommands, NatsSettings};
use crate::backends::distributed::redis::{Progress, RedisSettings, RedisStore};
use crate::backends::distributed::yardstick::{Sample, Yardstick, YardstickRun};
use crate::backends::distributed::{Distributed, OpenError, Opening as Both, Snapshots};
use crate::config::Config;
use crate::error::{Error, chain};

/// How long to wait before commands are served again after the connection refused to.
const SERVES_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How long after the start is looked for what ended long ago: a start has other things to do.
const RETAINS_AFTER: Duration = Duration::from_mins(1);

/// The servers, open.
pub(in crate::app) struct Servers {
    both: Distributed,
    nats: NatsSettings,
    redis: RedisSettings,
    place: String,
    beside: Vec<JoinHandle<()>>,
    io: Handle,
}

impl Servers {
    /// Connects to both, in this runtime.
    pub(in crate::app) async fn open(opening: &Opening, io: Handle) -> Result<Self, Error> {
        let Opening { config, roles, clock, patience, .. } = opening;
        let nats = settings::nats(config, *patience)?;
        // A command line may bring Redis up to the log as well: there may be nobody else.
        let may_catch_up = roles.contains(&Role::Task) || roles.is_empty();
        let told = (!clock.is_of_the_world()).then(|| Arc::clone(clock));
        let redis = RedisSettings { may_catch_up, clock: told, ..redis(config, *patience)? };
        let consumers = consumers_of(roles);
        let both = Distributed::open(Both {
            nats: nats.clone(),
            redis: redis.clone(),
            consumers: consumers.clone(),
            clock: Arc::clone(clock),
            io: io.clone(),
        })
        .await?;
        let beside = consumers.into_iter().map(|consumer| {
            let log = Arc::clone(&both.log);
            io.spawn(async move { nats::keep(&log, consumer).await })
        });
        let telling = roles.contains(&Role::Task).then(|| {
            let snapshots = Snapshots::new(both.store.clone(), both.log.clone(), nats.age_max);
            io.spawn(snapshots.keep())
        });
        let keep = config.retention.ended_items.duration().filter(|_| roles.contains(&Role::Task));
        let retaining = keep.map(|keep| io.spawn(both.clone().keep_retaining(keep, RETAINS_AFTER)));
        let beside = beside.chain(telling).chain(retaining).collect();
        let place = format!("{} and {}", both.connection.server(), both.store.address());
        let redis = RedisSettings { runtime: Some(io.clone()), ..redis };
        Ok(Self { both, nats, redis, place, beside, io })
    }

    /// Both halves.
    pub(super) fn both(&self) -> Distributed {
        self.both.clone()
    }

    pub(in crate::app) fn log(&self) -> Arc<dyn EventLog> {
        self.both.log.clone()
    }

    pub(in crate::app) fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.both.store.clone())
    }

    pub(in crate::app) fn commands(&self) -> Arc<dyn Commands> {
        Arc::new(NatsCommands::new(self.both.connection.clone(), self.nats.clone()))
    }

    pub(in crate::app) fn place(&self) -> &str {
        &self.place
    }

    /// Answers the commands of other processes from now on.
    pub(in crate::app) fn serve(&mut self, commander: Commander) {
        let (connection, settings) = (self.both.connection.clone(), self.nats.clone());
        self.beside.push(self.io.spawn(async move {
            loop {
                let answer = |command| {
                    let commander = commander.clone();
                    Box::pin(async move { commander.command(command).await })
                        as futures_util::future::BoxFuture<_>
                };
                if let Err(error) = nats::serve_commands(&connection, &settings, answer).await {
                    tracing::warn!(
                        error = error.chain(),
                        "commands of other processes cannot be answered; trying on"
                    );
                }
                tokio::time::sleep(SERVES_AGAIN_AFTER).await;
            }
        }));
    }

    /// Moves items like these through bare hops on the same servers.
    pub(in crate::app) async fn yardstick(
        &self,
        samples: Vec<Sample>,
        run: YardstickRun,
        scripts: bool,
        began: impl FnOnce() + Send,
    ) -> Result<Duration, Error> {
        let store = if scripts {
            let prefix = format!("{}yardstick{}", self.redis.prefix, run.number);
            Some(RedisStore::open_apart(RedisSettings { prefix, ..self.redis.clone() }).await?)
        } else {
            None
        };
        let yardstick = Arc::new(Yardstick::make(&self.both.connection, &self.nats, samples).await?);
        let took = yardstick.run(run, store.clone(), began).await;
        yardstick.remove().await;
        if let Some(store) = store {
            // It follows no log: made again from nothing, it is empty.
            store.rebuild(&|_| {}).await?;
        }
        Ok(took?)
    }

    /// Makes the whole state again from the log.
    pub(in crate::app) async fn rebuild(
        &self,
        tell: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Progress, Error> {
        Ok(self.both.store.rebuild(tell).await?)
    }

    /// The digest of the state, part by part.
    pub(in crate::app) async fn digest(&self) -> Result<crate::backends::distributed::redis::Digests, Error> {
        Ok(self.both.store.digest().await?)
    }

    pub(in crate::app) fn close(&self) {
        for task in &self.beside {
            task.abort();
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.close();
    }
}

/// Whose events these roles are handed.
fn consumers_of(roles: &BTreeSet<Role>) -> Vec<Consumer> {
    Consumer::ALL.into_iter().filter(|consumer| roles.contains(&Role::of(*consumer))).collect()
}

/// How Redis is reached.
pub(super) fn redis(config: &Config, patience: Option<Duration>) -> Result<RedisSettings, Error> {
    let redis = &config.redis;
    let client = match (&redis.tls_cert, &redis.tls_key) {
        (Some(cert), Some(key)) => Some((pem("redis.tls_cert", cert)?, pem("redis.tls_key", key)?)),
        (_, _) => None,
    };
    Ok(RedisSettings {
        urls: redis.url.each().map(ToOwned::to_owned).collect(),
        cluster: redis.cluster,
        user: redis.user.clone(),
        password: redis.password.as_ref().map(|password| password.expose().to_owned().into()),
        tls_ca: redis.tls_ca.as_deref().map(|path| pem("redis.tls_ca", path)).transpose()?,
        tls_client: client,
        prefix: config.nats.subject_prefix.clone().unwrap_or_default(),
        partitions: redis.partitions,
        response_timeout: redis.response_timeout,
        connect_within: patience,
        ..RedisSettings::default()
    })
}

fn pem(key: &str, path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| {
        Error::new(Code::ConfigInvalid, format!("{key}: {} cannot be read: {error}", path.display()))
    })
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Nats(error) => error.into(),
            OpenError::Redis(error) => Self::new(error.code(), chain(&error)),
        }
    }
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").field("place", &self.place).finish_non_exhaustive()
    }
}
