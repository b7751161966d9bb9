//! From the bytes of a mail to its text.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{Message, MessageParser, MimeHeaders as _};

use super::Mail;
use super::headers::{addresses, line};

/// Text bodies that are joined; a mail with more is an attack on somebody's patience.
const BODIES_MAX: usize = 16;

/// Attachments that are listed.
const ATTACHMENTS_MAX: usize = 50;

/// The mail, if these bytes are one.
pub(super) fn mail(bytes: &[u8]) -> Option<Mail> {
    let bytes = without_envelope(bytes);
    // The parser is made for hostile input and known for holding out; should it not, the file is text and the others go on.
    let read = AssertUnwindSafe(|| MessageParser::default().parse(bytes).and_then(|message| of(&message)));
    catch_unwind(read).ok().flatten()
}

/// An mbox file begins each mail with `From sender date`, which is no header.
fn without_envelope(bytes: &[u8]) -> &[u8] {
    let has_envelope = bytes.starts_with(b"From ") || bytes.starts_with(b">From ");
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if has_envelope => bytes.get(end + 1..).unwrap_or_default(),
        Some(_) | None => bytes,
    }
}

fn of(message: &Message<'_>) -> Option<Mail> {
    let from = addresses(message.from()).or_else(|| addresses(message.sender()));
    let subject = message.subject().and_then(line);
    let date = message.date().filter(|date| date.is_valid()).map(mail_parser::DateTime::to_rfc3339);
    let raw_date = message.header_raw("Date").and_then(line);
    let to = addresses(message.to());
    let known = from.is_some() || subject.is_some() || raw_date.is_some() || message.received().is_some();
    if !known {
        return None;
    }
    let headers = [("Subject", &subject), ("From", &from), ("To", &to), ("Date", &raw_date)];
    let lines = headers.iter().filter_map(|(name, value)| Some(format!("{name}: {}\n", value.as_ref()?)));
    let content = format!("{}\n{}{}", lines.collect::<String>(), body(message).trim(), attachments(message));
    let attachment_count = message.attachment_count();
    Some(Mail { content, from, subject, date: date.or(raw_date), attachment_count, is_mail: true })
}

/// The plain text; where there is only HTML, its text.
fn body(message: &Message<'_>) -> String {
    let texts = (0..message.text_body_count().min(BODIES_MAX)).filter_map(|index| message.body_text(index));
    texts.map(|text| text.trim().to_owned()).collect::<Vec<_>>().join("\n\n")
}

fn attachments(message: &Message<'_>) -> String {
    let lines = message.attachments().take(ATTACHMENTS_MAX).map(|part| {
        let name = part.attachment_name().and_then(line).unwrap_or_else(|| "without a name".to_owned());
        format!("\n- {name} ({} bytes)", part.len())
    });
    let list: String = lines.collect();
    if list.is_empty() { list } else { format!("\n\nAttachments:{list}") }
}
