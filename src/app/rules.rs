//! What decides about items here: rules that follow their file, or an engine of somebody's own.

use std::sync::Arc;

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
    _following: Option<Following>,
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
        let following = file
            .filter(|_| routes)
            .map(|file| Following::start(Arc::clone(&live), file, loaded.text, config.routing.reload_every));
        let engine = Arc::clone(&live) as Arc<dyn RoutingEngine>;
        Ok((engine, Self { live: Some(live), _following: following }))
    }

    pub(super) fn live(&self) -> Option<&Arc<LiveRules>> {
        self.live.as_ref()
    }
}
