//! The keys that payloads in Temporal are encrypted with.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Config;
use super::env::Environment;
use super::error::Problem;
use super::secret::Secret;
use super::secret_source::{Given, SecretKeys};
use super::temporal::TemporalConfig;

const KEYS: SecretKeys = SecretKeys {
    literal: "temporal.encryption_keys",
    env: "temporal.encryption_keys_env",
    file: "temporal.encryption_keys_file",
    word: "list of keys",
};

/// An AES-256 key.
const KEY_BYTES: usize = 32;

/// A key and its name, which stands beside what was encrypted with it.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptionKey {
    /// Its name.
    pub id: String,
    /// The key itself.
    pub key: [u8; KEY_BYTES],
}

impl TemporalConfig {
    /// The keys: the first encrypts, all of them decrypt. None: payloads are not encrypted.
    pub fn encryption(&self) -> Result<Vec<EncryptionKey>, String> {
        let Some(text) = &self.encryption_keys else { return Ok(Vec::new()) };
        let entries = text.expose().split([',', '\n', '\r', ' ', '\t']).filter(|entry| !entry.is_empty());
        let keys = entries.zip(1..).map(|(entry, n)| key(entry, n)).collect::<Result<Vec<_>, _>>()?;
        let mut names = BTreeSet::new();
        match keys.iter().find(|key| !names.insert(&key.id)) {
            Some(again) => Err(format!("there are two keys of the name {}", again.id)),
            None if keys.is_empty() => Err("there is no key in it".to_owned()),
            None => Ok(keys),
        }
    }
}

/// One entry; whatever is wrong with it, it is not repeated.
fn key(entry: &str, n: usize) -> Result<EncryptionKey, String> {
    let Some((id, encoded)) = entry.split_once(':') else {
        return Err(format!("its entry {n} has no name before a colon"));
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if id.is_empty() || id.len() > 64 || !id.chars().all(is_name) {
        return Err(format!("the name of its entry {n} is not 1 to 64 letters, digits, '-', '_' and '.'"));
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| format!("the key {id} is not base64"))?;
    let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice())
        .map_err(|_| format!("the key {id} has {} bytes, and AES-256 takes {KEY_BYTES}", bytes.len()))?;
    Ok(EncryptionKey { id: id.to_owned(), key })
}

impl std::fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptionKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Config {
    /// Takes the keys from wherever they stand.
    pub(super) fn settle_encryption(&mut self, env: &Environment) -> Result<(), Problem> {
        let temporal = &self.temporal;
        let given = Given {
            literal: temporal.encryption_keys.clone(),
            env: temporal.encryption_keys_env.clone(),
            file: temporal.encryption_keys_file.clone(),
        };
        if let Some(source) = self.secret_source(KEYS, &given)? {
            let text = self.secret_text(KEYS, source, given, env)?;
            self.temporal.encryption_keys = Some(Secret::new(text));
        }
        Ok(())
    }

    pub(super) fn validate_encryption(&self) -> Result<(), Problem> {
        let help = "write NAME:KEY, the newest first, one a line or with commas; `openssl rand -base64 32` makes a key";
        self.temporal.encryption().map(drop).map_err(|why| Problem::new(KEYS.literal, why, help))
    }
}
