//! How long what has ended is kept.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use tracerail_schemas::time::duration_text;

use super::scalar::{Scalar, section};

section! {
    /// What has ended: `retention`.
    RetentionConfig {
        /// How long an item that has ended is kept, with its task and its events.
        ended_items: Keep = Keep::For(Duration::from_hours(90 * 24)),
    }
}

/// How long something is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Always.
    Forever,
    /// This long.
    For(Duration),
}

const FOREVER: &str = "forever";

impl Keep {
    /// How long, if it ever goes.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::Forever => None,
            Self::For(duration) => Some(duration),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.pad(FOREVER),
            Self::For(duration) => f.pad(&duration_text::format(*duration)),
        }
    }
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == FOREVER {
            return Ok(Self::Forever);
        }
        duration_text::parse(text).map(Self::For).map_err(|error| format!("{error}, or {FOREVER}"))
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Scalar for Keep {
    fn set(&mut self, text: &str) -> Result<(), String> {
        *self = text.parse()?;
        Ok(())
    }

    fn json(&self) -> Value {
        self.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_a_duration_or_forever() {
        for (text, keep) in [("forever", Keep::Forever), ("36h", Keep::For(Duration::from_hours(36)))] {
            assert_eq!(text.parse(), Ok(keep));
            assert_eq!(keep.to_string().parse(), Ok(keep));
        }
        assert!("never".parse::<Keep>().unwrap_err().contains("forever"));
    }
}
