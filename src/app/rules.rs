//! What decides about items here: rules that follow their file, or an engine of somebody's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::RoutingEngine;
use tracerail_schemas::Code;

use super::parts::check_names;
use crate::config::Config;
use crate::error::{Error, chain};
use crate::routing::{Following, LiveRules, RoutingSettings, load_rules};

/// What decides, for as long as this is kept.
#[derive(Debug, Default)]
pub(super) struct Rules {
    live: Option<Arc<LiveRules>>,
    following: Option<Following>,
    /// What has been read of the file, for whoever follows it.
    source: Option<Source>,
}

/// A file of rules.
#[derive(Debug)]
struct Source {
    file: PathBuf,
    text: String,
    look_every: Duration,
}

impl Rules {
    /// An engine, and the rules behind it unless it is somebody's own. Rules follow their file where items are routed.
    pub(super) fn open(
        config: &Config,
        own: Option<Arc<dyn RoutingEngine>>,
        routes: bool,
    ) -> Result<(Arc<dyn RoutingEngine>, Self), Error> {
        if let Some(own) = own {
            return Ok((own, Self::default()));
        }
        let file = config.routing.rules_file.clone();
        let loaded = load_rules(&RoutingSettings { rules_file: file.clone() })
            .map_err(|error| Error::new(Code::RulesInvalid, chain(&error)))?;
        check_names(&loaded.engine, config)?;
        let known = config.clone();
        let accept = move |rules: &_| check_names(rules, &known).map_err(|error| error.to_string());
        let live = Arc::new(LiveRules::new(loaded.engine, Box::new(accept)));
        let look_every = config.routing.reload_every;
        let source = file.map(|file| Source { file, text: loaded.text, look_every });
        let engine = Arc::clone(&live) as Arc<dyn RoutingEngine>;
        let mut rules = Self { live: Some(live), following: None, source };
        if routes {
            rules.follow();
        }
        Ok((engine, rules))
    }

    /// Follows the file from now on, where there is one and nobody does yet.
    pub(super) fn follow(&mut self) {
        if let (Some(live), Some(Source { file, text, look_every })) = (&self.live, self.source.take()) {
            self.following = Some(Following::start(Arc::clone(live), file, text, look_every));
        }
    }

    pub(super) fn live(&self) -> Option<&Arc<LiveRules>> {
        self.live.as_ref()
    }
}
