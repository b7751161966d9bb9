//! Whole stories, from a submission to its end, through the front door on real parts: what users were promised holds from
//! one end to the other, and not only room by room.
//!
//! The clock is the test's own; nobody waits for an hour to pass.

mod by_hand;
mod changing_rules;
mod commands_on_the_bus;
mod deadlines;
mod failing_handlers;
mod failing_models;
mod fortnight;
mod intake;
mod outcomes;
mod pauses;
mod queues;
mod reviewers;
