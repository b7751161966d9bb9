//! Texts: one file, one item.

use serde_json::json;
use tracerail_schemas::TenantId;
use tracerail_schemas::content::Metadata;
use tracerail_schemas::event::ContentSubmitted;

/// The item a text file is. What is not UTF-8 is replaced, and said.
pub(super) fn submission(bytes: &[u8], id: Option<String>, source: String) -> ContentSubmitted {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let content = String::from_utf8_lossy(bytes);
    let mut metadata = Metadata::new();
    metadata.insert("kind".to_owned(), json!("text"));
    metadata.insert("bytes".to_owned(), json!(bytes.len()));
    if std::str::from_utf8(bytes).is_err() {
        metadata.insert("encoding".to_owned(), json!("not UTF-8; what could not be read was replaced"));
    }
    ContentSubmitted {
        id,
        source: Some(source),
        tenant: TenantId::default(),
        content: content.into_owned(),
        content_type: Some("text/plain".to_owned()),
        metadata,
        submitted_by: None,
        priority: None,
    }
}
