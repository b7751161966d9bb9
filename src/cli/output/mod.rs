//! Everything that is printed.
//!
//! Promises: content is hostile, so all text passes through [`clean`] on its way out, whoever made it; JSON stays the same
//! value, with what could steer a terminal escaped; a reader that goes away ends the command quietly.
//!
//! Deliberately absent: colours. Tables are readable without, and logs and pipes need none taken out.

pub(crate) mod clean;
mod console;
pub(crate) mod event;
pub(crate) mod short;
pub(crate) mod story;
pub(crate) mod table;
pub(crate) mod when;

pub(crate) use console::Console;
