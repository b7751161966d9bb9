//! `LlmActor`: consumes `content.submitted`, emits `content.analyzed`.
//!
//! Promises: every submission that is content gets one analysis record, at most one call is recorded, and a redelivery never
//! decides again. A crash between the call and its record may pay for the call twice.
//! An error, a time-out or an unusable answer is recorded as a failed analysis, and that sends the item to a person.
//! A model that is away makes the items wait.
//!
//! Deliberately absent: any decision about the item.

mod actor;
pub(crate) mod analyze;
mod decide;
#[cfg(test)]
mod tests;

pub(crate) use actor::LlmActor;
