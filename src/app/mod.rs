//! The composition root: makes the parts and puts them together. The only room that knows which backends there are.
//!
//! `open` is what everybody calls; `edition` chooses the backend and asks its file here for the parts; `parts` is what the other
//! rooms are told of the configuration; `checkup` is what `tracerail doctor` asks; `upkeep` is what is done to a store beside
//! its work.
//!
//! Deliberately absent: anything that goes on while it runs.

pub(crate) mod alerts;
mod checkup;
mod distributed;
mod edition;
mod embedded;
mod own;
mod open;
mod parts;
mod rules;
mod upkeep;

pub use checkup::checkup;
pub use distributed::{Bare, Difference, RebuildProgress, RebuildReport, SetupReport, setup};
pub use open::{App, Llm, Opening};
pub use own::Own;
pub(crate) use parts::check_names;
pub use upkeep::{backup, erase, restore, retain, tombstones};
