//! MessagePack with named fields, and JSON on input, both behind limits.
//!
//! Promises: hostile bytes cost at most what the limits allow, before anything is built from them; a body is read whole
//! or refused, trailing bytes included; unknown fields are ignored, so that old and new processes understand each other.

mod scan;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::code::Code;

/// What a body may cost. Each limit has its reason in the default configuration file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of one encoded body.
    pub payload_bytes_max: usize,
    /// Maps and arrays inside one another.
    pub depth_max: usize,
    /// Values in the whole body.
    pub values_max: usize,
}

impl Limits {
    /// For what stands in a log: it was inside the limits when it was written.
    pub const fn unlimited() -> Self {
        Self { payload_bytes_max: usize::MAX, depth_max: 128, values_max: usize::MAX }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { payload_bytes_max: 1024 * 1024, depth_max: 32, values_max: 20_000 }
    }
}

/// Why bytes were refused.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// More bytes than the limit.
    #[error("the body has {bytes} bytes, more than the limit of {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Deeper nesting than the limit.
    #[error("the body nests deeper than {depth_max} levels")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
    /// More values than the limit.
    #[error("the body holds more than {values_max} values")]
    TooManyValues {
        /// The limit.
        values_max: usize,
    },
    /// No bytes at all.
    #[error("the body is empty")]
    Empty,
    /// Bytes that end too early, or are no MessagePack at all.
    #[error("the body is neither JSON nor MessagePack: {why} at byte {at}")]
    Malformed {
        /// What is wrong.
        why: &'static str,
        /// Where.
        at: usize,
    },
    /// Bytes after the end.
    #[error("the body goes on after its end, at byte {at}")]
    Trailing {
        /// Where.
        at: usize,
    },
    /// Well-formed JSON or text of the wrong shape.
    #[error("the JSON body does not fit")]
    Json(#[source] serde_json::Error),
    /// Well-formed MessagePack of the wrong shape.
    #[error("the MessagePack body does not fit")]
    MessagePack(#[source] rmp_serde::decode::Error),
    /// A value that cannot be written.
    #[error("the value cannot be encoded")]
    Encode(#[source] rmp_serde::encode::Error),
}

impl CodecError {
    /// What is wrong, down to the last cause, in one line.
    pub fn full(&self) -> String {
        match self {
            Self::Json(source) => format!("{self}: {source}"),
            Self::MessagePack(source) => format!("{self}: {source}"),
            Self::Encode(source) => format!("{self}: {source}"),
            Self::TooLarge { .. }
            | Self::TooDeep { .. }
            | Self::TooManyValues { .. }
            | Self::Empty
            | Self::Malformed { .. }
            | Self::Trailing { .. } => self.to_string(),
        }
    }

    /// The code users see.
    pub fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } | Self::TooDeep { .. } | Self::TooManyValues { .. } => {
                Code::PayloadOverLimit
            }
            Self::Empty
            | Self::Malformed { .. }
            | Self::Trailing { .. }
            | Self::Json(_)
            | Self::MessagePack(_)
            | Self::Encode(_) => Code::PayloadMalformed,
        }
    }

    /// Whether a newer process might understand the bytes: a name this one does not know.
    pub fn is_unknown_variant(&self) -> bool {
        match self {
            Self::MessagePack(source) => source.to_string().contains("unknown variant"),
            Self::Json(source) => source.to_string().contains("unknown variant"),
            Self::TooLarge { .. }
            | Self::TooDeep { .. }
            | Self::TooManyValues { .. }
            | Self::Empty
            | Self::Malformed { .. }
            | Self::Trailing { .. }
            | Self::Encode(_) => false,
        }
    }
}

/// Writes MessagePack with named fields.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    rmp_serde::to_vec_named(value).map_err(CodecError::Encode)
}

/// Reads MessagePack, or JSON when the bytes begin with `{` (no MessagePack map does).
pub fn decode<T: DeserializeOwned>(bytes: &[u8], limits: &Limits) -> Result<T, CodecError> {
    if bytes.len() > limits.payload_bytes_max {
        return Err(CodecError::TooLarge { bytes: bytes.len(), bytes_max: limits.payload_bytes_max });
    }
    match bytes.trim_ascii_start().first() {
        None => Err(CodecError::Empty),
        Some(b'{') => {
            scan::json(bytes, limits)?;
            serde_json::from_slice(bytes).map_err(CodecError::Json)
        }
        Some(_) => {
            scan::messagepack(bytes, limits)?;
            rmp_serde::from_slice(bytes).map_err(CodecError::MessagePack)
        }
    }
}

/// Reads MessagePack that TraceRail itself has written and stored: no limits, since it was inside them when written.
pub fn decode_own<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    rmp_serde::from_slice(bytes).map_err(CodecError::MessagePack)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(bytes: &[u8]) -> Result<Value, CodecError> {
        decode(bytes, &Limits { payload_bytes_max: 10_000, depth_max: 8, values_max: 100 })
    }

    #[test]
    fn reads_what_it_writes_and_json_too() {
        let value = json!({"content": "hello", "metadata": {"amount": 12.5, "tags": ["a", null, true, -3]}});
        assert_eq!(read(&encode(&value).unwrap()).unwrap(), value);
        assert_eq!(read(value.to_string().as_bytes()).unwrap(), value);
        assert_eq!(read(b"  {\"a\": 1}").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn refuses_bombs_before_it_builds_anything() {
        let deep_pack = [vec![0x91; 50_000], vec![0xc0]].concat();
        let limits = Limits { payload_bytes_max: 100_000, depth_max: 8, values_max: 100 };
        assert!(matches!(decode::<Value>(&deep_pack, &limits), Err(CodecError::TooDeep { depth_max: 8 })));
        let deep_json = format!("{{\"a\":{}{}}}", "[".repeat(2000), "]".repeat(2000));
        assert!(matches!(read(deep_json.as_bytes()), Err(CodecError::TooDeep { .. })));
        let claims_four_billion = [0xdd, 0xff, 0xff, 0xff, 0xff];
        assert!(matches!(read(&claims_four_billion), Err(CodecError::TooManyValues { .. })));
        let many = [vec![0xdc, 0x10, 0x00], vec![0xc0; 4096]].concat();
        assert!(matches!(read(&many), Err(CodecError::TooManyValues { .. })));
        assert!(matches!(read(&vec![0xc0; 20_000]), Err(CodecError::TooLarge { .. })));
        let many_json = format!("{{\"a\":[{}1]}}", "1,".repeat(4000));
        assert!(matches!(read(many_json.as_bytes()), Err(CodecError::TooManyValues { .. })));
    }

    #[test]
    fn refuses_what_is_cut_short_goes_on_or_is_something_else() {
        assert!(matches!(read(b""), Err(CodecError::Empty)));
        assert!(matches!(read(&[0x81, 0xa1]), Err(CodecError::Malformed { .. })));
        assert!(matches!(read(&[0x80, 0xc0]), Err(CodecError::Trailing { at: 1 })));
        assert!(matches!(read(&[0xc1]), Err(CodecError::Malformed { .. })));
        assert!(matches!(read(b"{\"a\": nope}"), Err(CodecError::Json(_))));
        assert!(read(b"hello, this is plain text").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            // Whatever comes: an answer, never a panic.
            let outcome = read(&bytes);
            prop_assert!(outcome.is_ok() || outcome.is_err());
        }

        #[test]
        fn cut_at_any_point_it_is_refused(cut in 0_usize..40) {
            let whole = encode(&json!({"content": "hello there", "metadata": {"amount": 12.5}})).unwrap();
            prop_assume!(cut < whole.len());
            prop_assert!(read(&whole[..cut]).is_err());
        }
    }
}
