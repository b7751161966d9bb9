//! One workflow a task: the wait as pure state, and the workflow around it.

pub mod wait;
#[cfg(test)]
mod tests;
pub mod workflow;
pub(crate) mod follow;

pub use wait::Wait;
pub use workflow::HumanTaskWorkflow;
