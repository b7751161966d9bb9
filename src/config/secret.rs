//! A key of a provider: held, never shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::scalar::Scalar;

/// What stands for a secret wherever it would be shown.
pub(super) const MASK: &str = "********";

/// A secret. It is wiped from memory when dropped, and neither `Debug` nor `config show` prints it.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes over a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself: only for the request that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

// Configurations are compared in tests only; no attacker can time it.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Scalar for Secret {
    fn set(&mut self, text: &str) -> Result<(), String> {
        *self = Self::new(text);
        Ok(())
    }

    fn json(&self) -> Value {
        MASK.into()
    }
}
