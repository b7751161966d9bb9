//! The embedded edition.

use std::sync::Arc;

use super::open::Opening;
use crate::backends::embedded::{Access, Embedded, Settings};
use crate::config::Config;
use crate::error::Error;

/// Opens the file; says also where it is.
pub(super) fn open(opening: &Opening) -> Result<(Embedded, String), Error> {
    let config = &opening.config;
    let settings = settings(config, opening.read_only);
    let file = Embedded::open(&config.store.path, settings, Arc::clone(&opening.clock))?;
    let path = std::path::absolute(&config.store.path).unwrap_or_else(|_| config.store.path.clone());
    Ok((file, path.display().to_string()))
}

/// How the file is opened.
pub(super) fn settings(config: &Config, read_only: bool) -> Settings {
    Settings {
        access: if read_only { Access::ReadOnly } else { Access::ReadWrite },
        group_commit_max: config.store.group_commit_max,
        busy_timeout: config.store.busy_timeout,
        lease_duration: config.store.lease,
        limits: config.limits.codec(),
        keep_ended: config.retention.ended_items.duration(),
        ..Settings::default()
    }
}
