//! Typed ids. All are written as strings, in MessagePack too.
//!
//! Ids of consequences derive from the id of their cause, so that a cause that is handled twice
//! makes the same events twice, and everybody can tell that they are the same.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// The namespace all ids derived from names stand under.
const NAMESPACE: Uuid = Uuid::from_u128(0x7472_6163_6572_4169_8c1f_0bd1_9f3a_6a11);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this value.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The value.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError::NotUuid { text: shortened(text) })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut buffer = Uuid::encode_buffer();
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut buffer))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

uuid_id!(
    /// One event. "Once" always means one event id.
    EventId
);
uuid_id!(
    /// One command. The same id again gets the first answer again.
    CommandId
);
uuid_id!(
    /// One task.
    TaskId
);

impl EventId {
    /// The id of the `index`-th event that `cause` brings about.
    pub fn consequence(cause: Uuid, index: usize) -> Self {
        Self(Uuid::new_v5(&cause, &(index as u64).to_be_bytes()))
    }

    /// The id of the submission of this content with this payload hash: a second submission of the same is the same event.
    pub fn submission(key: &ContentKey, hash: &[u8; 32]) -> Self {
        Self(Uuid::new_v5(&key.uuid("submitted"), hash))
    }

    /// The id of the one terminal event of this content.
    pub fn terminal(key: &ContentKey) -> Self {
        Self(key.uuid("terminal"))
    }

    /// The id of an event that its source names by something else than a UUID: the same each time it says so.
    pub fn of_foreign(source: &str, id: &str) -> Self {
        let of_source = Uuid::new_v5(&Uuid::NAMESPACE_URL, source.as_bytes());
        Self(Uuid::new_v5(&of_source, id.as_bytes()))
    }

    /// The id of an event that came without one: the `sequence`-th of a stream that was made at this time.
    pub fn of_place(stream: &str, created: crate::Timestamp, sequence: u64) -> Self {
        Self::of_foreign(&format!("{stream} {created}"), &sequence.to_string())
    }

    /// The id under which `actor` remembers that it has handled this event.
    pub fn handled_by(self, actor: &str) -> Uuid {
        Uuid::new_v5(&self.0, actor.as_bytes())
    }
}

impl TaskId {
    /// The id of the one task of this content.
    pub fn of_content(key: &ContentKey) -> Self {
        Self(key.uuid("task"))
    }
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// One to 200 characters, none of them a control character.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name, if it is one.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check_name(&text, 200)?;
                Ok(Self(text))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
}

name_id!(
    /// A person who works tasks.
    PersonId
);
name_id!(
    /// A group of people: a pool of candidates.
    GroupId
);
name_id!(
    /// A tenant. It stands in every key and every check.
    TenantId
);

impl Default for TenantId {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// What names one content item: its tenant, the source that sent it and the source's own id for it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(!try_from))]
#[serde(try_from = "UncheckedKey")]
pub struct ContentKey {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Who sent it, for example `helpdesk`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SourceName"))]
    pub source: String,
    /// The source's id for it; at most 500 bytes.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SourceId"))]
    pub id: String,
}

/// A key as it is read, before it is known to be one.
#[derive(Deserialize)]
struct UncheckedKey {
    tenant: TenantId,
    source: String,
    id: String,
}

impl TryFrom<UncheckedKey> for ContentKey {
    type Error = IdError;

    fn try_from(read: UncheckedKey) -> Result<Self, IdError> {
        Self::new(read.tenant, read.source, read.id)
    }
}

impl ContentKey {
    /// A key whose parts are not empty, not too long, and free of control characters. Only the id may hold slashes.
    pub fn new(tenant: TenantId, source: impl Into<String>, id: impl Into<String>) -> Result<Self, IdError> {
        let (source, id) = (source.into(), id.into());
        check_name(&source, 200)?;
        check_name(&id, 500)?;
        for name in [tenant.as_str(), &source] {
            if name.contains('/') {
                return Err(IdError::Slash { text: shortened(name) });
            }
        }
        Ok(Self { tenant, source, id })
    }

    /// An id derived from this key, for one `purpose`.
    pub fn uuid(&self, purpose: &str) -> Uuid {
        // Lengths keep ("a", "bc") and ("ab", "c") apart.
        let mut name = Vec::with_capacity(64 + self.id.len());
        for part in [purpose, self.tenant.as_str(), &self.source, &self.id] {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        Uuid::new_v5(&NAMESPACE, &name)
    }
}

impl fmt::Display for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.tenant, self.source, self.id)
    }
}

/// A text that is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It is no UUID.
    #[error("{text:?} is not an id (expected a UUID such as 0199e2c4-6d1f-7c3e-9a55-0f6f6f0b2a10)")]
    NotUuid {
        /// The beginning of the text.
        text: String,
    },
    /// It is empty.
    #[error("a name must not be empty")]
    Empty,
    /// It is longer than allowed.
    #[error("a name of {bytes} bytes is too long (at most {bytes_max})")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// It holds a slash, where `tenant/source/id` could no longer be taken apart.
    #[error("a tenant or source must not hold a slash: {text:?}")]
    Slash {
        /// The beginning of the text.
        text: String,
    },
    /// It holds a control character.
    #[error("a name must not hold control characters: {text:?}")]
    ControlCharacter {
        /// The beginning of the text.
        text: String,
    },
}

fn check_name(text: &str, bytes_max: usize) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > bytes_max {
        return Err(IdError::TooLong { bytes: text.len(), bytes_max });
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::ControlCharacter { text: shortened(text) });
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(source: &str, id: &str) -> ContentKey {
        ContentKey::new(TenantId::default(), source, id).unwrap()
    }

    #[test]
    fn derived_ids_repeat_and_differ() {
        let cause = Uuid::from_u128(7);
        assert_eq!(EventId::consequence(cause, 1), EventId::consequence(cause, 1));
        assert_ne!(EventId::consequence(cause, 1), EventId::consequence(cause, 2));
        assert_ne!(key("a", "bc").uuid("task"), key("ab", "c").uuid("task"));
        assert_ne!(key("a", "b").uuid("task"), key("a", "b").uuid("terminal"));
    }

    #[test]
    fn ids_are_strings_in_messagepack() {
        let id = TaskId::from_uuid(Uuid::from_u128(1));
        let bytes = rmp_serde::to_vec_named(&id).unwrap();
        assert_eq!(rmp_serde::from_slice::<String>(&bytes).unwrap(), id.to_string());
        assert_eq!(rmp_serde::from_slice::<TaskId>(&bytes).unwrap(), id);
    }

    #[test]
    fn names_are_checked_when_read() {
        assert!(serde_json::from_str::<PersonId>("\"ada\"").is_ok());
        for bad in ["\"\"", "\"a\\u0000b\""] {
            assert!(serde_json::from_str::<PersonId>(bad).is_err(), "{bad}");
        }
        assert!(PersonId::new("x".repeat(201)).is_err());
    }
}
