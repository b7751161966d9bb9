//! The fake as a backend that can be tested.

use std::sync::Arc;

use async_trait::async_trait;

use super::defect::Defect;
use super::place::{InstanceId, MemoryBackend};
use crate::conformance::{Bench, Harness, Instance, TestClock};
use crate::port::{EventLog, Store, Upkeep};

/// Opens places in memory.
#[derive(Clone, Copy, Default, Debug)]
pub struct MemoryHarness {
    /// The promise they break, if they break one.
    pub defect: Option<Defect>,
}

struct MemoryBench {
    clock: TestClock,
    backend: MemoryBackend,
    running: Instance,
    id: InstanceId,
}

#[async_trait]
impl Harness for MemoryHarness {
    async fn open(&self) -> Box<dyn Bench> {
        let clock = TestClock::default();
        let backend = MemoryBackend::with_defect(Arc::new(clock.clone()), self.defect);
        let running = backend.open();
        Box::new(MemoryBench { id: backend.newest(), clock, backend, running })
    }
}

#[async_trait]
impl Bench for MemoryBench {
    fn log(&self) -> Arc<dyn EventLog> {
        self.running.log.clone()
    }

    fn store(&self) -> Arc<dyn Store> {
        self.running.store.clone()
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    fn upkeep(&self) -> Arc<dyn Upkeep> {
        self.backend.upkeep()
    }

    async fn reopen(&mut self) {
        self.backend.kill(self.id);
        self.running = self.backend.open();
        self.id = self.backend.newest();
    }

    async fn second(&self) -> Option<Instance> {
        Some(self.backend.open())
    }
}
