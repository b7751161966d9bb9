//! Schemas of bodies, from the types behind them.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::{Shape, headers};
use crate::dead_letter::DeadLetter;
use crate::event::Event;
use crate::task::{Command, CommandAnswer, CommandKind, Verb};

/// The schema of a shape; what it refers to stands in the generator.
pub(super) fn of(shape: Shape, generator: &mut SchemaGenerator) -> Schema {
    let mut schema = match shape {
        Shape::Body(subject) => Event::body_schema(subject, generator),
        Shape::CommandAnswer => CommandAnswer::json_schema(generator),
        Shape::DeadLetter => DeadLetter::json_schema(generator),
        Shape::Headers => headers::written(),
    };
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema
}

/// A command of one kind: its verb is that one.
pub(crate) fn command(kind: CommandKind, generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Command::json_schema(generator);
    if let Some(verb) = schema.pointer_mut("/properties/verb") {
        *verb = verb_of(kind, generator);
    }
    // What stands for "left out" in the reader is nothing anybody should write.
    if let Some(id) = schema.pointer_mut("/properties/id").and_then(Value::as_object_mut) {
        id.remove("default");
    }
    schema
}

/// What a command of this kind asks.
pub(super) fn command_about(kind: CommandKind) -> String {
    let verb = verb_of(kind, &mut SchemaSettings::draft2020_12().into_generator());
    verb.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Settings under which the schemas mean the same in every language: floats and widths of integers are Rust's business.
pub(super) fn settings(base: SchemaSettings) -> SchemaSettings {
    base.with_transform(plain_numbers)
}

/// What `roots` refers to, directly or not.
pub(super) fn used(mut definitions: Map<String, Value>, roots: &Value) -> Map<String, Value> {
    loop {
        let before = definitions.len();
        let text = format!("{roots}{}", Value::Object(definitions.clone()));
        definitions.retain(|name, _| text.contains(&format!("/{name}\"")));
        if definitions.len() == before {
            return definitions;
        }
    }
}

/// The branch of the verb's schema for this kind: a constant, or an object with this one key.
fn verb_of(kind: CommandKind, generator: &mut SchemaGenerator) -> Value {
    let verb = Verb::json_schema(generator);
    let branches = verb.get("oneOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name = kind.as_str();
    let is_this = |branch: &&Value| {
        branch.get("const").is_some_and(|constant| constant == name)
            || branch.pointer(&format!("/properties/{name}")).is_some()
    };
    branches.iter().find(is_this).cloned().unwrap_or(Value::Bool(false))
}

fn plain_numbers(schema: &mut Schema) {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    match format {
        "uint32" => {
            schema.insert("maximum".into(), u32::MAX.into());
            schema.remove("format");
        }
        "uint" | "uint64" | "double" => {
            schema.remove("format");
        }
        _ => {}
    }
    transform_subschemas(&mut plain_numbers, schema);
}
