//! What ended long ago is taken out of the file, a little at a time.
//!
//! Promises: an item goes as a whole (its record, its body, its task, its events, the answers to its commands) in one transaction, and
//! only when it ended before the limit, its task is closed, no actor has still to read one of its events and no dead letter that somebody
//! may replay is about one. A transaction takes a few milliseconds, so that commits do not wait; whatever moment the process dies at, the
//! next walk goes on.
//!
//! `walk` goes over the file in its order, `read` knows what is still waited for, `remove` takes out.
//!
//! Deliberately absent: giving the room back to the disk (SQLite uses it again), and any memory of what went: the same content
//! is a new item afterwards. The newest event stays whatever its age, as the place of the next one is counted from it.

mod background;
mod manual;
mod read;
mod remove;
mod walk;

pub(super) use manual::retain;

pub(super) use background::Background;
