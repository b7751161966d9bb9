//! Whole words and phrases, found in one pass over a text, however many there are.
//!
//! Both the offline analyser and the rules look for words; both get the same idea of what a word is from here. Folding
//! undoes the cheap disguises (capitals, line breaks inside a phrase, invisible characters, typographic quotes).

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Above this many bytes of phrases the fastest automaton would take too much memory.
const DFA_BYTES_MAX: usize = 64 * 1024;

/// A set of phrases, compiled.
#[derive(Debug)]
pub(crate) struct Phrases {
    automaton: AhoCorasick,
    edges: Vec<Edges>,
}

/// At which ends a phrase must stop at a word boundary.
#[derive(Clone, Copy, Debug)]
struct Edges {
    left: bool,
    right: bool,
}

impl Phrases {
    /// Compiles phrases; the position of each is its id. A trailing `*` lets the last word go on (`refund*` finds
    /// `refunded`).
    pub(crate) fn new<S: AsRef<str>>(phrases: &[S]) -> Result<Self, aho_corasick::BuildError> {
        let (folded, edges): (Vec<String>, Vec<Edges>) =
            phrases.iter().map(|phrase| pattern(phrase.as_ref())).unzip();
        let bytes: usize = folded.iter().map(String::len).sum();
        let kind = (bytes <= DFA_BYTES_MAX).then_some(AhoCorasickKind::DFA);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(kind).build(&folded)?;
        Ok(Self { automaton, edges })
    }

    /// Calls `found` with the id of each phrase and the byte range where it stands in a text that `fold` made.
    pub(crate) fn find(&self, folded: &str, mut found: impl FnMut(usize, std::ops::Range<usize>)) {
        for hit in self.automaton.find_overlapping_iter(folded) {
            let id = hit.pattern().as_usize();
            let Some(edges) = self.edges.get(id) else { continue };
            let inside = (edges.left && ends_in_word(folded, hit.start()))
                || (edges.right && starts_in_word(folded, hit.end()));
            if !inside {
                found(id, hit.range());
            }
        }
    }
}

/// The text in lower case, each run of white space as one space, without invisible characters, with plain quotes.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut after_space = false;
    for ch in text.chars() {
        if ch.is_ascii() && !ch.is_ascii_whitespace() {
            folded.push(ch.to_ascii_lowercase());
            after_space = false;
        } else if ch.is_whitespace() {
            if !after_space {
                folded.push(' ');
            }
            after_space = true;
        } else if !is_invisible(ch) {
            push_folded(&mut folded, ch);
            after_space = false;
        }
    }
    folded
}

fn push_folded(folded: &mut String, ch: char) {
    match ch {
        '\u{2018}' | '\u{2019}' | '\u{02bc}' => folded.push('\''),
        '\u{201c}' | '\u{201d}' => folded.push('"'),
        // Full-width forms of ASCII: a disguise more often than Japanese typesetting.
        '\u{ff01}'..='\u{ff5e}' => {
            let plain = u32::from(ch) - 0xfee0;
            folded.extend(char::from_u32(plain).map(|plain| plain.to_ascii_lowercase()));
        }
        _ => folded.extend(ch.to_lowercase()),
    }
}

/// Characters that show nothing and are put into words to hide them from lists.
fn is_invisible(ch: char) -> bool {
    matches!(ch, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn pattern(phrase: &str) -> (String, Edges) {
    let folded = fold(phrase.trim());
    let (text, open) = match folded.strip_suffix('*') {
        Some(stem) => (stem.to_owned(), true),
        None => (folded, false),
    };
    let edges = Edges {
        left: text.chars().next().is_some_and(is_word),
        right: !open && text.chars().next_back().is_some_and(is_word),
    };
    (text, edges)
}

fn ends_in_word(text: &str, end: usize) -> bool {
    text.get(..end).and_then(|before| before.chars().next_back()).is_some_and(is_word)
}

fn starts_in_word(text: &str, start: usize) -> bool {
    text.get(start..).and_then(|after| after.chars().next()).is_some_and(is_word)
}

/// Letters and digits of scripts that part words by spaces; a Chinese word stands next to the next one.
fn is_word(ch: char) -> bool {
    if ch.is_ascii() {
        return ch.is_ascii_alphanumeric();
    }
    ch.is_alphanumeric()
        && !matches!(ch, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<usize> {
        let mut ids = vec![];
        Phrases::new(phrases).unwrap().find(&fold(text), |id, _| ids.push(id));
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    #[test]
    fn whole_words_and_phrases_are_found_and_parts_of_words_are_not() {
        let phrases = ["sue", "sue you", "kill", "refund*", "straße", "投诉", "###"];
        for (text, expected) in [
            ("I will SUE you", vec![0, 1]),
            ("I pursue the issue; Sue\n\t you?", vec![0, 1]),
            ("skill, killer, überkill", vec![]),
            ("k\u{200b}ill", vec![2]),
            ("ｋｉｌｌ", vec![2]),
            ("refunded refunds prerefund", vec![3]),
            ("Die STRASSE, die Straße", vec![4]),
            ("我要投诉你", vec![5]),
            ("a###b", vec![6]),
        ] {
            assert_eq!(found(&phrases, text), expected, "{text}");
        }
    }

    #[test]
    fn folding_keeps_text_valid_on_odd_input() {
        for text in ["", " ", "\u{0}\u{1f525}İ", "e\u{301}\u{feff}", "\r\n\r\n"] {
            assert!(fold(text).len() <= text.len() + 8, "{text:?}");
        }
        assert_eq!(fold("“It’s”\u{a0} FINE"), "\"it's\" fine");
    }
}
