//! The place where everything is kept, and the instances that run at it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracerail_schemas::Timestamp;

use super::contents::Contents;
use super::defect::Defect;
use super::fault::{Fault, FaultPlan, Faults, Moment, Step};
use super::log::{LogState, MemoryLog};
use super::store::MemoryStore;
use super::upkeep::MemoryUpkeep;
use crate::conformance::Instance;
use crate::port::{Clock, PortError, PortErrorKind, Upkeep};

/// Which instance, of those that ever ran at a place.
pub(super) type InstanceId = u64;

/// A place in memory where a store and a log are kept. Clones are the same place.
#[derive(Clone)]
pub struct MemoryBackend {
    place: Arc<Place>,
}

pub(super) struct Place {
    clock: Arc<dyn Clock>,
    defect: Option<Defect>,
    state: Mutex<State>,
    /// Told whenever there may be something to hand out.
    pub(super) changed: tokio::sync::Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) store: Contents,
    pub(super) log: LogState,
    faults: Faults,
    opened: InstanceId,
    dead: BTreeSet<InstanceId>,
}

impl MemoryBackend {
    /// An empty place.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_defect(clock, None)
    }

    /// An empty place that breaks one promise.
    pub fn with_defect(clock: Arc<dyn Clock>, defect: Option<Defect>) -> Self {
        let (state, changed) = (Mutex::default(), tokio::sync::Notify::new());
        Self { place: Arc::new(Place { clock, defect, state, changed }) }
    }

    /// A new instance at this place, as a process that starts.
    pub fn open(&self) -> Instance {
        let id = {
            let mut state = self.place.lock();
            state.opened += 1;
            state.opened
        };
        Instance {
            log: Arc::new(MemoryLog::new(self.place.clone(), id)),
            store: Arc::new(MemoryStore::new(self.place.clone(), id)),
        }
    }

    /// Looking after what is kept here.
    pub fn upkeep(&self) -> Arc<dyn Upkeep> {
        Arc::new(MemoryUpkeep::new(self.place.clone()))
    }

    /// Kills every instance that runs here.
    pub fn crash(&self) {
        let mut state = self.place.lock();
        for id in 1..=state.opened {
            self.place.kill(&mut state, id);
        }
    }

    /// Sets the next fault, for whichever instance comes to it.
    pub fn plan(&self, plan: FaultPlan) {
        self.place.lock().faults.set(plan);
    }

    /// All moments at which a fault could have happened so far.
    pub fn moments(&self) -> Vec<(Step, Moment)> {
        self.place.lock().faults.moments.clone()
    }

    pub(super) fn kill(&self, id: InstanceId) {
        self.place.kill(&mut self.place.lock(), id);
    }

    pub(super) fn newest(&self) -> InstanceId {
        self.place.lock().opened
    }
}

impl std::fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryBackend").field("defect", &self.place.defect).finish_non_exhaustive()
    }
}

impl Place {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn is(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// What is kept here, for an instance that lives.
    pub(super) fn enter(&self, id: InstanceId, operation: &str) -> Result<MutexGuard<'_, State>, PortError> {
        let state = self.lock();
        if state.dead.contains(&id) {
            return Err(PortError::new(operation, PortErrorKind::Closed, "this instance has crashed"));
        }
        Ok(state)
    }

    /// Comes to this moment of a step, at which the plan may have a fault.
    pub(super) fn meet(
        &self,
        state: &mut State,
        id: InstanceId,
        (step, moment): (Step, Moment),
    ) -> Result<(), PortError> {
        let why = || format!("a planned fault {moment:?} {step:?}");
        match state.faults.meet(step, moment) {
            None => Ok(()),
            Some(Fault::Fail) => Err(PortError::new(format!("{step:?}"), PortErrorKind::Unavailable, why())),
            Some(Fault::Crash) => {
                self.kill(state, id);
                Err(PortError::new(format!("{step:?}"), PortErrorKind::Closed, why()))
            }
        }
    }

    fn kill(&self, state: &mut State, id: InstanceId) {
        if state.dead.insert(id) {
            if !self.is(Defect::KeepsOnDeath) {
                state.log.give_back(id, self);
            }
            self.forget(state);
            self.changed.notify_waiters();
        }
    }

    /// What a sound place keeps over a crash, and a broken one does not.
    fn forget(&self, state: &mut State) {
        if self.is(Defect::LosesOutbox) {
            state.store.outbox.clear();
        }
        if self.is(Defect::LosesStore) {
            state.store = Contents::default();
        }
        if self.is(Defect::LosesLog) {
            state.log = LogState::default();
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the lock has said so already.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
