//! The word lists, compiled into one automaton.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::super::words::{Phrases, fold};

const WORDS: &str = include_str!("words.yaml");
const EVIDENCE_CHARS_MAX: usize = 60;

/// Why word lists cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// They are not of the shape of `words.yaml`.
    #[error("the word lists cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// They cannot be made an automaton.
    #[error("the word lists cannot be compiled")]
    Uncompilable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    flags: BTreeMap<String, Vec<String>>,
    tone: Tone,
    languages: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tone {
    positive: Vec<String>,
    negative: Vec<String>,
}

/// What a word tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    Flag(usize),
    Positive,
    Negative,
    Language(usize),
}

/// What the words of a text told, counted.
#[derive(Debug)]
pub(super) struct Hits<'a> {
    pub(super) positive: usize,
    pub(super) negative: usize,
    /// Each flag that was raised, with the words it was first seen in.
    pub(super) flags: Vec<(&'a str, String)>,
    /// Each language with its stop words.
    pub(super) languages: Vec<(&'a str, usize)>,
}

/// The lists, ready to search.
#[derive(Debug)]
pub(super) struct Lexicon {
    phrases: Phrases,
    meanings: Vec<Meaning>,
    flags: Vec<String>,
    languages: Vec<String>,
    version: String,
}

impl Lexicon {
    pub(super) fn built_in() -> Result<Self, LexiconError> {
        let lists: Lists =
            serde_saphyr::from_str(WORDS).map_err(|error| LexiconError::Unreadable(error.into()))?;
        Self::compile(lists)
    }

    fn compile(lists: Lists) -> Result<Self, LexiconError> {
        let (mut words, mut meanings) = (vec![], vec![]);
        let mut add = |list: Vec<String>, meaning: Meaning| {
            meanings.extend(list.iter().map(|_| meaning));
            words.extend(list);
        };
        let (mut flags, mut languages) = (vec![], vec![]);
        for (code, list) in lists.flags {
            add(list, Meaning::Flag(flags.len()));
            flags.push(code);
        }
        for (code, list) in lists.languages {
            add(list, Meaning::Language(languages.len()));
            languages.push(code);
        }
        add(lists.tone.positive, Meaning::Positive);
        add(lists.tone.negative, Meaning::Negative);
        let phrases = Phrases::new(&words).map_err(|error| LexiconError::Uncompilable(error.into()))?;
        Ok(Self { phrases, meanings, flags, languages, version: version() })
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// What the words of a text tell, in one pass.
    pub(super) fn hits(&self, text: &str) -> Hits<'_> {
        let folded = fold(text);
        let (mut positive, mut negative) = (0, 0);
        let mut languages: Vec<(&str, usize)> =
            self.languages.iter().map(|code| (code.as_str(), 0)).collect();
        let mut evidence: Vec<Option<String>> = vec![None; self.flags.len()];
        self.phrases.find(&folded, |id, range| match self.meanings.get(id) {
            Some(Meaning::Positive) => positive += 1,
            Some(Meaning::Negative) => negative += 1,
            Some(Meaning::Language(index)) => {
                if let Some((_, count)) = languages.get_mut(*index) {
                    *count += 1;
                }
            }
            Some(Meaning::Flag(index)) => {
                if let Some(seen @ None) = evidence.get_mut(*index) {
                    let words = folded.get(range).unwrap_or_default();
                    *seen = Some(words.chars().take(EVIDENCE_CHARS_MAX).collect());
                }
            }
            None => {}
        });
        let flags = self.flags.iter().zip(evidence);
        let flags = flags.filter_map(|(code, seen)| Some((code.as_str(), seen?))).collect();
        Hits { positive, negative, flags, languages }
    }
}

fn version() -> String {
    Sha256::digest(WORDS.as_bytes())
        .iter()
        .take(4)
        .fold("words-".to_owned(), |name, byte| format!("{name}{byte:02x}"))
}
