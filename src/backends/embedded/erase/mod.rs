//! What is personal is taken out of the file, and what happened stays.
//!
//! Promises: events keep their places, ids, times and kinds, tasks their versions; the texts of an item, or every mention of a person,
//! are gone from records, events, answers and dead letters, and when it is done from every byte of the file and of its log, also of
//! what was there long ago. A row of the table `erased` says what was taken out, when and by whom. Whatever moment it is
//! interrupted at, doing it again finishes it.
//!
//! `begin` finds the places, `rewrite` goes through them a few at a time, `finish` leaves the tombstone, writes the whole file anew and empties
//! the log.
//!
//! Deliberately absent: the names of items (tenant, source, id), by which everything about them is found, and files elsewhere: backups
//! hold what they held.

mod begin;
mod finish;
mod places;
mod rewrite;

pub(super) use begin::{Begun, erase};
pub(super) use finish::tombstones;
