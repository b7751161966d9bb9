//! How one key is read from a text, written as a text, and declared.
//!
//! The macros here exist so that a key stands once in the code: its field is its name in the file, in the environment
//! and in `config show`, next to its default.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tracerail_schemas::GroupId;
use tracerail_schemas::time::{Hours, duration_text};

/// A value of one key.
pub(super) trait Scalar {
    /// Takes over the value a variable has. The error says what would have been right.
    fn set(&mut self, text: &str) -> Result<(), String>;

    /// The value for people and programs; `null` where nothing is set.
    fn json(&self) -> Value;

    /// Makes a path that stands in a file relative to that file's folder: the same file means the same from everywhere.
    fn rebase(&mut self, _folder: &Path) {}
}

/// The keys of one section.
pub(super) trait Section {
    /// Shows every key, in order.
    fn each(&self, see: &mut dyn FnMut(&'static str, &dyn Scalar));

    /// The key with this name.
    fn key_mut(&mut self, key: &str) -> Option<&mut dyn Scalar>;
}

/// Declares a section: `key: Type = default`.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$of_key:meta])* $key:ident: $type:ty = $default:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Debug, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$of_key])* pub $key: $type),+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default),+ }
            }
        }

        impl $crate::config::scalar::Section for $name {
            fn each(&self, see: &mut dyn FnMut(&'static str, &dyn $crate::config::scalar::Scalar)) {
                $(see(stringify!($key), &self.$key);)+
            }

            fn key_mut(&mut self, key: &str) -> Option<&mut dyn $crate::config::scalar::Scalar> {
                match key {
                    $(stringify!($key) => Some(&mut self.$key),)+
                    _ => None,
                }
            }
        }
    };
}

/// Declares a choice between names. `later` names what the seed knows and this version does not.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$of_choice:meta])* $choice:ident = $text:literal),+ $(,)? }
     $(later [$($later:literal),+])?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$of_choice])* $choice),+
        }

        impl $name {
            /// The name in the file.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$choice => $text),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                const LATER: &[&str] = &[$($($later),+)?];
                let names = [$($text),+].join(", ");
                match text {
                    $($text => Ok(Self::$choice),)+
                    _ if LATER.contains(&text) => Err(format!("{text:?} is not in this version (there are: {names})")),
                    _ => Err(format!("there is no {text:?} (there are: {names})")),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl $crate::config::scalar::Scalar for $name {
            fn set(&mut self, text: &str) -> Result<(), String> {
                *self = text.parse()?;
                Ok(())
            }

            fn json(&self) -> serde_json::Value {
                self.as_str().into()
            }
        }
    };
}

pub(super) use {choice, section};

/// Reads a section of which every key is commented out (`null` in YAML) as its default.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

macro_rules! parsed {
    ($($type:ty: $what:literal),+ $(,)?) => {
        $(impl Scalar for $type {
            fn set(&mut self, text: &str) -> Result<(), String> {
                *self = text.parse().map_err(|_| format!("{text:?} is not {}", $what))?;
                Ok(())
            }

            fn json(&self) -> Value {
                serde_json::json!(self)
            }
        })+
    };
}

parsed! {
    bool: "true or false",
    u16: "a whole number",
    u32: "a whole number",
    u64: "a whole number",
    usize: "a whole number",
    f64: "a number",
    String: "a text",
}

impl Scalar for PathBuf {
    fn set(&mut self, text: &str) -> Result<(), String> {
        *self = Self::from(text);
        Ok(())
    }

    fn json(&self) -> Value {
        self.to_string_lossy().into()
    }

    fn rebase(&mut self, folder: &Path) {
        *self = folder.join(&self);
    }
}

impl Scalar for Hours {
    fn set(&mut self, text: &str) -> Result<(), String> {
        let hours = text.parse().ok().and_then(Self::new);
        *self = hours.ok_or_else(|| {
            format!(
                "{text:?} is not a number of hours (above 0, at most a hundred years; 0.5 is half an hour)"
            )
        })?;
        Ok(())
    }

    fn json(&self) -> Value {
        self.get().into()
    }
}

impl Scalar for Duration {
    fn set(&mut self, text: &str) -> Result<(), String> {
        *self = duration_text::parse(text)?;
        Ok(())
    }

    fn json(&self) -> Value {
        duration_text::format(*self).into()
    }
}

impl Scalar for Vec<GroupId> {
    fn set(&mut self, text: &str) -> Result<(), String> {
        let groups = text.split(',').map(|name| GroupId::new(name.trim()));
        *self = groups.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok(())
    }

    fn json(&self) -> Value {
        self.iter().map(GroupId::as_str).collect()
    }
}

impl<T: Scalar + Default> Scalar for Option<T> {
    fn set(&mut self, text: &str) -> Result<(), String> {
        let mut value = T::default();
        value.set(text)?;
        *self = Some(value);
        Ok(())
    }

    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Scalar::json)
    }

    fn rebase(&mut self, folder: &Path) {
        if let Some(value) = self {
            value.rebase(folder);
        }
    }
}
