//! E-mails: one file, one item. Real mail is broken in every way there is, so nothing here fails.
//!
//! Promises: every file becomes content; a file that is no mail is taken as text and marked (`metadata.parse` is `fallback`);
//! text above the limit is cut at a character and marked. The sender's words stay as they are; making them harmless is the
//! business of whoever shows them.

mod headers;
mod parse;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tracerail_schemas::TenantId;
use tracerail_schemas::content::Metadata;
use tracerail_schemas::event::ContentSubmitted;

use tracerail_schemas::hash::hex;

/// A mail, as text and facts.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Mail {
    /// Header lines for people, the text, the list of attachments.
    pub content: String,
    /// The sender.
    pub from: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The date, RFC 3339 where it could be read.
    pub date: Option<String>,
    /// How many attachments there are.
    pub attachment_count: usize,
    /// Whether it could be read as mail at all.
    pub is_mail: bool,
}

/// A mail from its bytes, whatever they are.
pub fn convert(bytes: &[u8]) -> Mail {
    parse::mail(bytes)
        .unwrap_or_else(|| Mail { content: String::from_utf8_lossy(bytes).into_owned(), ..Mail::default() })
}

/// The item a mail file is.
pub(super) fn submission(
    bytes: &[u8],
    id: Option<String>,
    source: String,
    content_bytes_max: usize,
) -> ContentSubmitted {
    let mail = convert(bytes);
    let mut metadata = Metadata::new();
    let mut note = |name: &str, value: serde_json::Value| metadata.insert(name.to_owned(), value);
    note("kind", json!("email"));
    note("parse", json!(if mail.is_mail { "mail" } else { "fallback" }));
    note("bytes", json!(bytes.len()));
    note("sha256", json!(hex(&Sha256::digest(bytes))));
    note("attachment_count", json!(mail.attachment_count));
    for (name, value) in [("from", &mail.from), ("subject", &mail.subject), ("date", &mail.date)] {
        if let Some(value) = value {
            note(name, json!(value));
        }
    }
    let mut content = mail.content;
    if content.len() > content_bytes_max {
        note("truncated", json!(true));
        note("original_bytes", json!(content.len()));
        content.truncate(content.floor_char_boundary(content_bytes_max));
    }
    ContentSubmitted {
        id,
        source: Some(source),
        tenant: TenantId::default(),
        content,
        content_type: Some("text/plain".to_owned()),
        metadata,
        submitted_by: mail.from,
        priority: None,
    }
}

#[cfg(test)]
mod tests;
