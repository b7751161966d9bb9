//! JSON Schema of every body and `AsyncAPI` of the whole bus, for programs that are not written in Rust.
//!
//! Promises: the schemas come from the types themselves, with their doc comments as descriptions; what the codec refuses in
//! a body its schema refuses too (the tests try every small change of every golden file); they say what a reader has to be
//! ready for, so a field that older versions did not write is not required.
//!
//! Deliberately absent: any file or terminal. What is printed and written where is the business of the command line.

mod asyncapi;
mod body;
mod headers;
mod messages;
mod shape;
#[cfg(test)]
mod tests;
mod words;

pub use asyncapi::asyncapi;
pub(crate) use body::command;
pub use shape::Shape;
pub(crate) use words::{Bytes, Hash, Microseconds, SourceId, SourceName};
