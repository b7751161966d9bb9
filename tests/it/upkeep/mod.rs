//! Looking after a store: copies of it.

mod backup;
