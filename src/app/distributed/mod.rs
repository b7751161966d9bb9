//! The distributed edition: what its rooms are told, and what is done to its servers as a whole.

mod checkup;
mod io;
mod settings;
mod setup;

pub(super) use checkup::checkup;
pub use setup::{SetupReport, setup};
