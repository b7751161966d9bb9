//! Looking after a store: copies of it, and what goes out of it.

mod backup;
mod erase;
mod retention;
mod servers;
