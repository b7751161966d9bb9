//! Looking after a store: copies of it, and what goes out of it.

mod backup;
mod erase;
mod erase_on_servers;
mod erase_under_way;
mod retention;
mod retention_on_servers;
mod servers;
