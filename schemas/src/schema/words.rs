//! Schemas of the words that are written by hand: ids, names, times, hours, hashes, codes.
//!
//! A pattern says what `format` only hints at: validators are free to ignore formats.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{Code, CommandId, EventId, GroupId, PersonId, TaskId, TenantId, Timestamp, time::Hours};

/// A duration in whole microseconds.
pub(crate) enum Microseconds {}

/// A SHA-256 hash.
pub(crate) enum Hash {}

/// Bytes that are no text.
pub(crate) enum Bytes {}

/// The name of a source of content.
pub(crate) enum SourceName {}

/// A source's own id for an item.
pub(crate) enum SourceId {}

macro_rules! words {
    ($($name:ident: $schema:tt)+) => {
        $(impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })+
    };
}

const UUID: &str = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
const RFC3339: &str =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$";
const NO_CONTROL: &str = "^[^\\x00-\\x1f\\x7f-\\x9f]*$";
const NO_CONTROL_NO_SLASH: &str = "^[^\\x00-\\x1f\\x7f-\\x9f/]*$";

words! {
    EventId: {"description": "The id of an event.", "type": "string", "format": "uuid", "pattern": UUID}
    CommandId: {
        "description": "The id of a command. The same id again gets the first answer again.",
        "type": "string", "format": "uuid", "pattern": UUID
    }
    TaskId: {"description": "The id of a task.", "type": "string", "format": "uuid", "pattern": UUID}
    PersonId: {
        "description": "A person, or a program that acts like one. At most 200 bytes of UTF-8.",
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": NO_CONTROL
    }
    GroupId: {
        "description": "A group of people. At most 200 bytes of UTF-8.",
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": NO_CONTROL
    }
    TenantId: {
        "description": "A tenant. At most 200 bytes of UTF-8.",
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": NO_CONTROL
    }
    SourceName: {
        "description": "Who sends content. At most 200 bytes of UTF-8, no slash.",
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": NO_CONTROL_NO_SLASH
    }
    SourceId: {
        "description": "A source's own id for an item. At most 500 bytes of UTF-8.",
        "type": "string", "minLength": 1, "maxLength": 500, "pattern": NO_CONTROL
    }
    Timestamp: {
        "description": "An instant, RFC 3339, exact to the microsecond. TraceRail writes UTC.",
        "type": "string", "format": "date-time", "pattern": RFC3339
    }
    Hours: {
        "description": "Hours, fractions allowed: 0.5 is thirty minutes. At most a hundred years.",
        "type": "number", "exclusiveMinimum": 0, "maximum": Hours::MAX
    }
    Microseconds: {"description": "A duration in whole microseconds.", "type": "integer", "minimum": 0}
    Hash: {"description": "A SHA-256 hash, hexadecimal.", "type": "string", "pattern": "^[0-9a-fA-F]{64}$"}
    Bytes: {
        "description": "Bytes: an array of numbers in JSON, binary (bin) in MessagePack.",
        "type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}
    }
    Code: {
        "description": "A stable error code; `tracerail explain CODE` tells what it means and what to do.",
        "type": "string", "pattern": "^TR[0-9]{4}$"
    }
}
