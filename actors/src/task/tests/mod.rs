//! Tables on what is decided. `build` makes what they and the other rooms' tests are about.

mod assignment;
pub(crate) mod build;
mod clocks;
mod creation;
mod effects;
mod ending;
pub(crate) mod fold;
mod history;
mod matrix;
mod offers;
mod raise;
mod reviews;
