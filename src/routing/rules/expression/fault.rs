//! Why an expression has no value on an item. The words name fields and types, never the item's values: they end up in events.

use std::fmt;

use cel::{ExecutionError, Value};

/// Why an expression has no value on an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct Fault(String);

impl Fault {
    pub(super) fn not_a_truth(value: &Value) -> Self {
        Self(format!("it comes to a {}, not to true or false", value.type_of()))
    }

    pub(super) fn too_large(what: &str) -> Self {
        Self(format!("the metadata is too large for expressions ({what})"))
    }

    pub(super) fn of(error: &ExecutionError) -> Self {
        Self(words(error))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is open, and the words of what remains would carry values of the item"
)]
fn words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => {
            format!("there is no {key:?}; ask has(..) first")
        }
        ExecutionError::NoSuchOverload(overload) => {
            format!(
                "{} does not go with ({})",
                operator(overload.function()),
                overload.argument_types().join(", ")
            )
        }
        ExecutionError::ValuesNotComparable(left, right) => {
            format!("a {} is not comparable with a {}", left.type_of(), right.type_of())
        }
        ExecutionError::UnsupportedBinaryOperator(name, left, right) => {
            format!("{} does not go with ({}, {})", operator(name), left.type_of(), right.type_of())
        }
        ExecutionError::UnexpectedType { got, want } => format!("it found a {got} where it needs a {want}"),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero".to_owned()
        }
        ExecutionError::Overflow(..) => "a number became too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "a list is shorter than it expects".to_owned(),
        ExecutionError::FunctionError { function, .. } => {
            format!("{function} cannot be applied to what it found")
        }
        ExecutionError::UndeclaredReference(name) => format!("{name} does not go with what it found"),
        _ => "what it found is not of the type it expects".to_owned(),
    }
}

/// `_>_` as people write it.
fn operator(name: &str) -> &str {
    match name {
        "_[_]" => "[..]",
        "@in" => "in",
        other => other.trim_matches('_'),
    }
}
