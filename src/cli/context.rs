//! What every command starts from: options, configuration, who gives the command, an opened TraceRail.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::SystemClock;
use tracerail_actors::system::Role;
use tracerail_schemas::{Code, PersonId, Principal, TenantId};

use super::args::Globals;
use super::failure::Failure;
use super::output::Console;
use crate::app::{App, Opening};
use crate::config::{Config, LoadOptions};

/// How long a command waits for servers that do not answer: somebody sits in front of it.
pub(crate) const PATIENCE: Option<Duration> = Some(Duration::from_secs(5));

/// What every command starts from.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) globals: Globals,
    pub(crate) console: Console,
}

impl Context {
    pub(crate) fn new(globals: Globals, console: Console) -> Self {
        Self { globals, console }
    }

    /// The effective configuration.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        self.config_with(None)
    }

    /// The same with one more key, set by an option.
    pub(crate) fn config_with(&self, set: Option<(&str, String)>) -> Result<Config, Failure> {
        let mut options = LoadOptions::from_process().with_file(self.globals.config.clone());
        if let Some(store) = &self.globals.store {
            options = options.with_override("store.path", text_of(store)?);
        }
        if let Some((path, value)) = set {
            options = options.with_override(path, value);
        }
        let config = Config::load(options)?;
        if self.globals.store.is_some() && config.edition.has_servers() {
            let message = "--store names a file, and the configuration says `edition: distributed`, which has none; \
                           leave one of the two out";
            return Err(Failure::usage(message));
        }
        Ok(config)
    }

    /// Who gives commands: `--as`, else the user, else `me`.
    pub(crate) fn principal(&self) -> Result<Principal, Failure> {
        let name = self.globals.person.clone().or_else(|| std::env::var("USER").ok());
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "me".to_owned());
        Ok(Principal::user(person(&name)?))
    }

    /// The tenant that was named, or the usual one.
    pub(crate) fn tenant(&self) -> TenantId {
        self.globals.tenant.clone().unwrap_or_default()
    }

    /// Opens the store, and makes it when there is none. Waits this long for servers that do not answer, or until they do.
    pub(crate) async fn open(
        &self,
        config: Config,
        roles: BTreeSet<Role>,
        patience: Option<Duration>,
    ) -> Result<App, Failure> {
        for warning in &config.warnings {
            self.console.note(&format!("warning: {warning}"));
        }
        let opening = Opening { config, roles, clock: Arc::new(SystemClock), read_only: false, patience };
        Ok(Box::pin(App::open(opening)).await?)
    }

    /// Opens a store that must be there already, without any actors, to look. That can be done on a disk that cannot be written,
    /// too.
    pub(crate) async fn visit(&self) -> Result<App, Failure> {
        match self.visit_to_change().await {
            Err(Failure::Error(error)) if error.code() == Code::StoreReadOnly => {
                let config = self.config()?;
                let clock = Arc::new(SystemClock);
                let roles = BTreeSet::new();
                let opening = Opening { config, roles, clock, read_only: true, patience: PATIENCE };
                Ok(Box::pin(App::open(opening)).await?)
            }
            opened => opened,
        }
    }

    /// The same to give a command, where a store that can only be looked at is of no use.
    pub(crate) async fn visit_to_change(&self) -> Result<App, Failure> {
        let config = self.config()?;
        if !config.edition.has_servers() {
            must_exist(&config.store.path)?;
        }
        self.open(config, BTreeSet::new(), PATIENCE).await
    }
}

/// A person's name, from the command line.
pub(crate) fn person(name: &str) -> Result<PersonId, Failure> {
    PersonId::new(name).map_err(|error| Failure::usage(format!("{name:?} is no person: {error}")))
}

/// A path as text, for the configuration.
pub(crate) fn text_of(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().ok_or_else(|| Failure::usage(format!("{} is not UTF-8", path.display())))?;
    Ok(text.to_owned())
}

/// There must be a store at this path.
pub(crate) fn must_exist(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        return Ok(());
    }
    Err(Failure::new(
        Code::StoreUnavailable,
        format!(
            "there is no store at {}: `tracerail submit` and `tracerail run` make it; --store or -c lead to another one",
            path.display()
        ),
    ))
}
