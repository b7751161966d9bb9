//! What the writer's thread and everybody else have in common.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tracerail_actors::port::Clock;

use super::hands::Hands;
use super::lease::Holder;
use super::settings::Settings;
use super::words::PerConsumer;

/// What the writer's thread and everybody else have in common.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) holder: Holder,
    pub(super) hands: Mutex<Hands>,
    /// Rung when a consumer may have something to do.
    pub(super) wake: PerConsumer<Notify>,
    /// Held while events are taken for a consumer, so that two pulls do not take the same.
    pub(super) taking: PerConsumer<Mutex<()>>,
}

impl Shared {
    pub(super) fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Self {
            settings,
            clock,
            holder: Holder::this_process(),
            hands: Mutex::default(),
            wake: PerConsumer::default(),
            taking: PerConsumer::default(),
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("settings", &self.settings)
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}
