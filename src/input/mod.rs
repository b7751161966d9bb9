//! Content from files: JSON lines, texts, e-mails.
//!
//! Promises: whatever stands in a file, each line or file becomes either content or a refusal with its place and code, and
//! the next one is read; memory use follows the limits, not the size of a file; the same file read again gives the same ids
//! and bytes, so that taking it in again is a repetition.
//!
//! Deliberately absent: deciding what is admitted. `TraceRail::submit` does that; here it is only read.

mod eml;
mod files;
mod lines;
mod text;

use std::path::PathBuf;

use tracerail_schemas::Code;
use tracerail_schemas::codec::Limits;
use tracerail_schemas::event::ContentSubmitted;

pub use eml::{Mail, convert as convert_mail};
pub use files::read;

/// How a file is to be understood.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Format {
    /// By its name: `.jsonl`, `.ndjson` and `.json` are lines, `.eml` is mail, everything else is text. Standard input is lines
    /// when it begins with `{`.
    #[default]
    Auto,
    /// One JSON object a line, each a `content.submitted`.
    JsonLines,
    /// One text a file.
    Text,
    /// One e-mail a file.
    Mail,
}

/// What is to be read, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// Files and folders; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// How they are to be understood.
    pub format: Format,
    /// In folders, only files whose names end so (`txt`, `eml`); all when there are none.
    pub extensions: Vec<String>,
    /// The source of what does not name its own.
    pub source: Option<String>,
    /// Limits on one line.
    pub limits: Limits,
    /// Bytes of one content's text. Mail above it is cut and marked, because nobody can ask its sender to shorten it.
    pub content_bytes_max: usize,
}

/// One thing that was read: where it stood, and what it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The file and, in files with lines, the line: `tickets.jsonl:12`.
    pub place: String,
    /// The content, or why it is none.
    pub content: Result<Box<ContentSubmitted>, Unreadable>,
}

/// Why something is no content.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// The stable code.
    pub code: Code,
    /// What is wrong, in words.
    pub message: String,
}

impl Entry {
    fn content(place: impl Into<String>, content: ContentSubmitted) -> Self {
        Self { place: place.into(), content: Ok(Box::new(content)) }
    }

    fn unreadable(place: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self { place: place.into(), content: Err(Unreadable { code, message: message.into() }) }
    }
}

#[cfg(test)]
mod tests;
