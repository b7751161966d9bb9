//! The distributed edition: many role processes on real servers, one such crowd at a time. Whatever dies, stands still or loses its memory, the same comes of it
//! as in one undisturbed process.

mod crashes;
mod faults;
mod histories;
pub(crate) mod installation;
mod looks;
mod order;
mod permissions;
mod races;
mod refusals;
mod sharing;
