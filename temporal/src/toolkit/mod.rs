//! The toolkit for people's own workflows: what a model says, where it leads, and what a person decides.
//!
//! In any language: activities and the child workflow `WaitForHumanDecision`, by the names in `names`, on the task queue of TraceRail, with
//! JSON in and out (`words`). In Rust: `Toolkit`, whose methods call them from a workflow of any type.
//!
//! Promises: model and rules are those of the configuration, asked the way `LlmActor` and `RouterActor` ask them. A call that is tried again
//! opens no second task and raises none twice. Deadlines and escalations are TraceRail's; the child workflow has no clock.
//!
//! Deliberately absent: items. What goes through here is not submitted; only the task is kept.

pub mod words;
pub mod names;
pub mod activities;
mod opening;
pub mod wait;
pub mod waiters;
pub mod steps;

pub use activities::Steps;
pub use steps::Toolkit;
pub use wait::WaitForHumanDecision;
pub use words::merge_results;
