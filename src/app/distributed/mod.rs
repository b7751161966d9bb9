//! The distributed edition: what its rooms are told, and what is done to its servers as a whole.

mod checkup;
mod open;
mod rebuild;
mod settings;
mod setup;
mod upkeep;
mod yardstick;

pub(super) use checkup::checkup;
pub(super) use open::Servers;
pub use rebuild::{Difference, RebuildProgress, RebuildReport};
pub use setup::{SetupReport, setup};
pub(super) use upkeep::upkeep;
pub use yardstick::Bare;
