//! Takes out of text what could steer a terminal or mislead the eye.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What stands where a dangerous character was: something was there.
const MARK: char = '\u{FFFD}';

/// The text with line breaks and tabs, but without anything that steers a terminal or turns the writing direction.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| steers(c) && c != '\n' && c != '\t') {
        return Cow::Borrowed(text);
    }
    // The line end of Windows is one line end, not a line end and something strange.
    let text = text.replace("\r\n", "\n");
    Cow::Owned(text.chars().map(|c| if steers(c) && c != '\n' && c != '\t' { MARK } else { c }).collect())
}

/// The same in one line of at most `chars_max` characters.
pub(crate) fn clean_line(text: &str, chars_max: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cleaned = clean(&words);
    if cleaned.chars().count() <= chars_max {
        return cleaned.into_owned();
    }
    let mut line: String = cleaned.chars().take(chars_max.saturating_sub(1)).collect();
    line.push('…');
    line
}

/// JSON text with the same value, in which what steers is escaped. Such characters stand in JSON only inside strings.
pub(crate) fn clean_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(|c| steers(c) && c != '\n') {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if steers(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                write!(safe, "\\u{unit:04x}").unwrap_or_default();
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Control characters (C0, DEL, C1), direction marks (UAX #9), line and paragraph separators, invisible characters and tags.
/// The joiners U+200C and U+200D stay: names in many scripts, and emoji, need them.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "a\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J\u{7f}\r\u{202e}txt.exe\u{2066}\u{e0041}z";
        let cleaned = clean(hostile);
        assert!(!cleaned.chars().any(steers), "{cleaned:?}");
        assert!(cleaned.starts_with("a\u{fffd}[31mred"), "what was harmless stays: {cleaned:?}");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["Grüße\n\tan alle 👩‍👩‍👧", "العربية", "नमस्ते"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text));
        }
        assert_eq!(clean("a\r\nb\u{0}"), "a\nb\u{fffd}");
    }

    #[test]
    fn a_line_is_one_line_and_not_too_long() {
        assert_eq!(clean_line("a\n\n  b\tc\u{1b}", 20), "a b c\u{fffd}");
        assert_eq!(clean_line("abcdefgh", 5), "abcd…");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({"t": "\u{9b}31m \u{202e}\u{e0041}\u{7f} plain ü"});
        let text = value.to_string();
        let safe = clean_json(&text);
        assert!(!safe.chars().any(steers), "{safe:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
