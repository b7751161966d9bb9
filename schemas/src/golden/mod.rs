//! Old bytes decode for ever: one `.msgpack` and one `.json` file for every event, command and answer, never edited.
//!
//! `TRACERAIL_WRITE_GOLDEN=1 cargo test -p tracerail-schemas golden` writes the files of new shapes; what is there stays.
//! A shape that changes so that its file no longer decodes to its sample needs a new version, not a new file.

mod bodies;
mod commands;
mod events;
mod files;
mod tasks;
mod tree;
mod unlike;
