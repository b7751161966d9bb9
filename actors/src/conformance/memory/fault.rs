//! What can be made to go wrong at a single step.

/// A step of carrying out an effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The store takes a batch.
    Commit,
    /// The log takes one event; a call with three events has three of these steps.
    Publish,
    /// The store is told what was published.
    Sent,
    /// A delivery is acknowledged.
    Ack,
    /// A delivery is given back.
    Nak,
}

/// Before a step has happened, or after it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// It has not happened.
    Before,
    /// It has happened, and nobody was told.
    After,
}

/// What happens to the instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The call fails as if the backend were away; the instance lives on.
    Fail,
    /// The instance dies: this call and all later ones through it fail, and its deliveries go to others.
    Crash,
}

/// When the next fault happens; each plan is for one fault.
#[derive(Clone, Copy, Debug)]
pub struct FaultPlan {
    only: Option<(Step, Moment)>,
    skip: usize,
    fault: Fault,
}

impl FaultPlan {
    /// At the `n`-th moment of any step, counted from 0. To try them all: count the moments of a run without faults with
    /// `MemoryBackend::moments`, then run once for each number.
    pub fn nth(n: usize, fault: Fault) -> Self {
        Self { only: None, skip: n, fault }
    }

    /// At the `n`-th time, counted from 0, that this step comes to this moment.
    pub fn at(step: Step, moment: Moment, n: usize, fault: Fault) -> Self {
        Self { only: Some((step, moment)), skip: n, fault }
    }
}

/// The plan, and what came to pass.
#[derive(Default, Debug)]
pub(super) struct Faults {
    plan: Option<FaultPlan>,
    pub(super) moments: Vec<(Step, Moment)>,
}

impl Faults {
    pub(super) fn set(&mut self, plan: FaultPlan) {
        self.plan = Some(plan);
    }

    /// Notes that this moment has come, and says what happens at it.
    pub(super) fn meet(&mut self, step: Step, moment: Moment) -> Option<Fault> {
        self.moments.push((step, moment));
        let plan = self.plan.as_mut()?;
        if plan.only.is_some_and(|only| only != (step, moment)) {
            return None;
        }
        if plan.skip > 0 {
            plan.skip -= 1;
            return None;
        }
        self.plan.take().map(|plan| plan.fault)
    }
}
