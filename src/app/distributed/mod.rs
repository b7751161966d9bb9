//! The distributed edition: what its rooms are told, and what is done to its servers as a whole.

mod checkup;
mod open;
mod rebuild;
mod settings;
mod setup;
mod yardstick;

pub(super) use checkup::checkup;
pub(super) use open::Servers;
pub use rebuild::{Difference, RebuildProgress, RebuildReport};
pub use setup::{SetupReport, setup};
pub use yardstick::Bare;
