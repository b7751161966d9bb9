//! A body as names and texts, whatever a publisher sent it as.
//!
//! A text may come as bytes, a name as a number, a field that nobody reads as anything at all: readers who look at fields of their own do not
//! mind, and so must not whoever takes something out.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::codec::{self, Limits};
use crate::event::ContentSubmitted;

/// The fields of a body; nothing where it has none that anybody reads.
pub(super) fn fields(bytes: &[u8]) -> Option<Map<String, Value>> {
    let limits = Limits::unlimited();
    if let Ok(Anything(Value::Object(fields))) = codec::decode(bytes, &limits) {
        return Some(fields);
    }
    // A submission is also taken in without the names of its fields, or beside one that is no value.
    let submitted: ContentSubmitted = codec::decode(bytes, &limits).ok()?;
    match serde_json::to_value(submitted) {
        Ok(Value::Object(fields)) => Some(fields),
        Ok(_) | Err(_) => None,
    }
}

/// Any value at all.
struct Anything(Value);

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor).map(Self)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<Value, E> {
        Ok(String::from_utf8_lossy(value).into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    /// An extension of MessagePack: its number and its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Anything(value)) = all.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(Anything(name)) = all.next_key()? {
            let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            let Anything(value) = all.next_value()?;
            fields.insert(name, value);
        }
        Ok(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The fields of a map of this many pairs.
    fn read(pairs: u8, body: &[&[u8]]) -> Option<Value> {
        fields(&[&[0x80 | pairs], body.concat().as_slice()].concat()).map(Value::Object)
    }

    #[test]
    fn what_came_as_bytes_numbers_or_extensions_is_read() {
        let content: [&[u8]; 2] = [b"\xc4\x07content", b"\xc4\x03ada"];
        assert_eq!(read(1, &content), Some(json!({"content": "ada"})));
        let torn: [&[u8]; 2] = [b"\xa1x", b"\xc4\x02\xffa"];
        assert_eq!(read(1, &torn), Some(json!({"x": "\u{fffd}a"})));
        let others: [&[u8]; 6] =
            [b"\x07", b"\xc3", b"\xa1e", b"\xd4\x05a", b"\xa1n", b"\xca\x7f\xc0\x00\x00"];
        assert_eq!(read(3, &others), Some(json!({"7": true, "e": [5, "a"], "n": null})));
    }

    #[test]
    fn a_submission_without_names_has_them_and_nothing_else_has_any() {
        let positional = rmp_serde::to_vec(&("1", "desk", "default", "Ask ada.")).unwrap();
        let read = Value::Object(fields(&positional).unwrap());
        assert_eq!((&read["id"], &read["content"]), (&json!("1"), &json!("Ask ada.")));
        let huge = br#"{"content": "Ask ada.", "unread": 1e999}"#;
        assert_eq!(fields(huge).unwrap()["content"], json!("Ask ada."));
        for opaque in [b"ada".as_slice(), b"\x93\x01\x02\x03", b"{\"content\": ada}", b"\xc1", b""] {
            assert_eq!(fields(opaque), None);
        }
    }
}
