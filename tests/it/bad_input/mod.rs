//! Whatever is wrong with what comes in, is asked for, is set or is stored: the error says so under its code, and nothing that
//! was there before is lost.

mod commands;
mod lines;
mod published;
mod settings;
mod store;
mod store_full;
