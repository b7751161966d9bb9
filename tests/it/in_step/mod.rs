//! The store on Redis and the log it is made from: what happens when Redis loses something, or the log is not what it was.

mod cluster;
mod log;
mod losses;
mod outbox;
mod refusals;
mod snapshots;
