//! What a newer and an older version would have written: a body with more, and with less, in it.

use serde_json::{Map, Value, json};

/// Keys whose map is the user's own: what is added there is content.
const FREE: [&str; 3] = ["metadata", "result_data", "result"];
/// Keys whose map names a variant: exactly one entry.
const TAGGED: [&str; 3] = ["verb", "verdict", "outcome"];

/// The body with a field nobody knows in every map of TraceRail's own.
pub(super) fn with_unknown_fields(body: &Value) -> Value {
    widened(body, true)
}

/// The body without whatever is not set: nulls, empty lists and maps, and `"default"` and `false` where they are defaults.
pub(super) fn without_unset_fields(body: &Value) -> Value {
    match body {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| !is_unset(key, value));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_unset_fields(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_unset_fields).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => body.clone(),
    }
}

fn widened(value: &Value, own: bool) -> Value {
    match value {
        Value::Object(map) => {
            let mut wide: Map<_, _> =
                map.iter().map(|(key, value)| (key.clone(), member(key, value))).collect();
            if own {
                wide.insert("added_by_a_newer_version".into(), json!({"nested": [1, "two"]}));
            }
            Value::Object(wide)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| widened(item, own)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn member(key: &str, value: &Value) -> Value {
    if FREE.contains(&key) { value.clone() } else { widened(value, !TAGGED.contains(&key)) }
}

fn is_unset(key: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty() && key != "detail",
        Value::Bool(set) => key == "review_required" && !set,
        Value::String(text) => key == "tenant" && text == "default",
        Value::Number(number) => {
            ["comments", "escalation_level"].contains(&key) && number.as_u64() == Some(0)
        }
    }
}
