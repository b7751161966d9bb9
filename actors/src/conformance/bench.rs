//! What a backend brings along to be tested.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::clock::TestClock;
use crate::port::{EventLog, Store, Upkeep};

/// A backend that can be tested.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A place that holds nothing yet and that no other test sees, and one instance running at it.
    async fn open(&self) -> Box<dyn Bench>;
}

/// One place where things are kept, with an instance of the backend running at it.
///
/// The suites keep no port across `reopen`, so that dropping what the bench holds drops the instance.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The log of the instance.
    fn log(&self) -> Arc<dyn EventLog>;

    /// The store of the instance.
    fn store(&self) -> Arc<dyn Store>;

    /// Looking after both. A backend of one of them alone has none, and does not run its suite.
    fn upkeep(&self) -> Arc<dyn Upkeep> {
        panic!("this backend looks after nothing")
    }

    /// The clock the instance, and every other one at this place, was given.
    fn clock(&self) -> &TestClock;

    /// Lets time pass for everything at this place.
    ///
    /// A backend whose server keeps the time waits here instead; the suites let no more than a few seconds pass at once.
    async fn pass(&self, time: Duration) {
        self.clock().advance(time);
    }

    /// A log that forgets by its own age has forgotten everything it has. One that forgets nothing by itself does nothing.
    async fn forget(&self) {}

    /// Kills the instance, as a crash of its process would (nothing is closed, released or flushed), and opens another at the
    /// same place. Where things are kept in files, a copy of them, taken while the instance runs, is what a crash leaves.
    async fn reopen(&mut self);

    /// Another instance at the same place, as another process would be; `None` where there can be none.
    async fn second(&self) -> Option<Instance>;
}

/// The two ports of one running instance.
#[derive(Clone)]
pub struct Instance {
    /// Its log.
    pub log: Arc<dyn EventLog>,
    /// Its store.
    pub store: Arc<dyn Store>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").finish_non_exhaustive()
    }
}
