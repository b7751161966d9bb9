//! Looking after a store: copies of it, and what goes out of it.

mod backup;
mod erase;
mod erase_on_servers;
mod retention;
mod retention_on_servers;
mod servers;
