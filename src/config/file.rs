//! A configuration file: read into the typed configuration, with the place of every value.
//!
//! The text is read twice by the same parser: into the types, which decide what is right, and into a tree that only notes
//! places. So a value is never guessed from its text: `source: NO` stays the text `NO`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DefaultMessageFormatter, MessageFormatter, Spanned};

use super::Config;
use super::error::{ConfigError, Wrong};
use super::origin::Origin;

/// A configuration is written by hand; a larger file is a mistake.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A file that was read.
pub(super) struct File {
    path: PathBuf,
    text: String,
}

impl File {
    /// Reads the file.
    pub(super) fn open(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(unreadable)?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(unreadable(std::io::Error::other(format!(
                "it is larger than {FILE_BYTES_MAX} bytes"
            ))));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| unreadable(std::io::Error::other("it is not UTF-8 text")))?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// The configuration that stands in it, with the origin of each value.
    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        let options = || serde_saphyr::options! { with_snippet: false };
        let wrong = |error: serde_saphyr::Error| self.wrong(&error);
        let mut config: Config = serde_saphyr::from_str_with_options::<Option<Config>>(&self.text, options())
            .map_err(wrong)?
            .unwrap_or_default();
        let places: Spanned<Places> =
            serde_saphyr::from_str_with_options(&self.text, options()).map_err(wrong)?;
        for (path, (line, column)) in places.value.0 {
            if let (Some(key), Some(folder)) = (config.key_mut(&path), self.path.parent()) {
                key.rebase(folder);
            }
            config.origins.note(path, Origin::File { path: self.path.clone(), line, column });
        }
        Ok(config)
    }

    /// The line an origin in this file points to, with a mark below.
    pub(super) fn snippet(&self, origin: &Origin) -> Option<String> {
        let Origin::File { path, line, column } = origin else { return None };
        if path != &self.path {
            return None;
        }
        let index = usize::try_from(*line).ok()?.checked_sub(1)?;
        let above = index.checked_sub(1).and_then(|above| self.text.lines().nth(above)).unwrap_or_default();
        let text = masked(above, self.text.lines().nth(index)?);
        let number = line.to_string();
        let indent = " ".repeat(number.len());
        let before = " ".repeat(usize::try_from(*column).ok()?.saturating_sub(1));
        Some(format!("{indent} |\n{number} | {text}\n{indent} | {before}^"))
    }

    fn wrong(&self, error: &serde_saphyr::Error) -> ConfigError {
        let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
        let origin = Origin::File { path: self.path.clone(), line, column };
        let snippet = self.snippet(&origin);
        let message = message(error);
        let help =
            "correct the file; docs/configuration.md has every key, its form and its reason".to_owned();
        ConfigError::Invalid(Box::new(Wrong { origin, message, snippet, help }))
    }
}

/// What the parser says, in the words of the default file; without the source text, which we add ourselves so that no key
/// is shown.
fn message(error: &serde_saphyr::Error) -> String {
    let mut error = error.without_snippet();
    while let serde_saphyr::Error::AliasError { error: inner, .. } = error {
        error = inner;
    }
    if let serde_saphyr::Error::InvalidScalar { ty, .. } = error {
        return match *ty {
            "f32" | "f64" => "not a number".to_owned(),
            "bool" => "neither true nor false".to_owned(),
            _ => "not a whole number, or out of range".to_owned(),
        };
    }
    let text = DefaultMessageFormatter.format_message(error);
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The line without what follows a key for secrets, on the same line or on the one above, whichever way that key is
/// misspelt; and without the user of an address or
/// a word that looks like a key (`sk-...`).
fn masked(above: &str, line: &str) -> String {
    if above.trim_end().ends_with([':', '|', '>', '-']) && secret_value(above).is_some() {
        return super::secret::MASK.to_owned();
    }
    let user = line.find("://").filter(|_| line.contains('@'));
    let bare = [" sk-", "'sk-", "\"sk-"].iter().filter_map(|start| line.find(start)).min();
    let Some(shown) = [secret_value(line), user, bare].into_iter().flatten().min() else {
        return line.to_owned();
    };
    format!("{} {}", line.get(..shown).unwrap_or_default(), super::secret::MASK)
}

/// Where the value of a key for secrets begins.
fn secret_value(line: &str) -> Option<usize> {
    let plain = line.to_ascii_lowercase();
    let at =
        ["key", "secret", "pass", "token", "headers"].iter().filter_map(|word| plain.find(word)).min()?;
    line.get(at..)?.find(':').map(|colon| at + colon + 1)
}

/// Where each value stands, by path.
#[derive(Default)]
struct Places(BTreeMap<String, (u64, u64)>);

impl Places {
    fn add(&mut self, name: String, value: Spanned<Self>) {
        for (below, place) in value.value.0 {
            self.0.insert(format!("{name}.{below}"), place);
        }
        self.0.insert(name, (value.referenced.line(), value.referenced.column()));
    }
}

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlacesVisitor)
    }
}

struct PlacesVisitor;

impl<'de> Visitor<'de> for PlacesVisitor {
    type Value = Places;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sections of keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Places, A::Error> {
        let mut places = Places::default();
        while let Some(name) = map.next_key::<String>()? {
            places.add(name, map.next_value()?);
        }
        Ok(places)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Places, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Places::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Places, E> {
        Ok(Places::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Places, E> {
        Ok(Places::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Places, E> {
        Ok(Places::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Places, E> {
        Ok(Places::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Places, E> {
        Ok(Places::default())
    }

    fn visit_unit<E>(self) -> Result<Places, E> {
        Ok(Places::default())
    }

    fn visit_none<E>(self) -> Result<Places, E> {
        Ok(Places::default())
    }
}
