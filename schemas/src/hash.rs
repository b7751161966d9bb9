//! SHA-256 hashes on the wire: 64 hexadecimal digits.

use serde::{Deserialize, Deserializer, Serializer, de};
use sha2::{Digest, Sha256};

/// The hash of some bytes.
pub fn of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// For `#[serde(with = "crate::hash")]`: the hash as text.
pub(crate) fn serialize<S: Serializer>(hash: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(hash))
}

/// Reads it back.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| de::Error::custom("a hash has 64 hexadecimal digits"))
}

/// The same for a hash that may be missing.
pub mod optional {
    use serde::{Deserialize, Deserializer, Serializer, de};

    /// Writes it, or nothing.
    pub fn serialize<S: Serializer>(hash: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
        match hash {
            Some(hash) => super::serialize(hash, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads it back.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 32]>, D::Error> {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| {
            super::parse(&text).ok_or_else(|| de::Error::custom("a hash has 64 hexadecimal digits"))
        })
        .transpose()
    }
}

/// Bytes as people write them: two hexadecimal digits each.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// Reads a hash; `None` if it is none.
pub fn parse(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_read_back_and_nothing_else_does() {
        let hash: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 8).unwrap());
        assert_eq!(parse(&hex(&hash)), Some(hash));
        for bad in ["", "12", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
