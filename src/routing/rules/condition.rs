//! Typed conditions on one value: how they are written, and whether they hold.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Limits of a number. `at_least` and `at_most` include the limit, `above` and `below` do not.
#[derive(Deserialize, Serialize, Clone, Copy, Default, PartialEq, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Bounds {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) above: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_most: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) below: Option<f64>,
}

impl Bounds {
    pub(super) fn has_lower(self) -> bool {
        self.at_least.is_some() || self.above.is_some()
    }

    pub(super) fn has_upper(self) -> bool {
        self.at_most.is_some() || self.below.is_some()
    }

    pub(super) fn holds(self, value: f64) -> bool {
        self.at_least.is_none_or(|limit| value >= limit)
            && self.above.is_none_or(|limit| value > limit)
            && self.at_most.is_none_or(|limit| value <= limit)
            && self.below.is_none_or(|limit| value < limit)
    }

    /// What makes it useless, if anything does.
    pub(super) fn problem(self) -> Option<&'static str> {
        let limits = [self.at_least, self.above, self.at_most, self.below];
        let lower = self.at_least.into_iter().chain(self.above).fold(f64::NEG_INFINITY, f64::max);
        let upper = self.at_most.into_iter().chain(self.below).fold(f64::INFINITY, f64::min);
        if limits.iter().all(Option::is_none) {
            Some("has no limit; write for example {at_least: 100}")
        } else if limits.iter().flatten().any(|limit| !limit.is_finite()) {
            Some("has a limit that is no finite number")
        } else if lower > upper {
            Some("can never hold: its lower limit is above its upper limit")
        } else {
            None
        }
    }
}

/// One value of metadata as it is written in a rule.
#[derive(Serialize, Clone, PartialEq, Debug)]
#[serde(untagged)]
pub(super) enum Scalar {
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Scalar {
    /// Numbers are compared as numbers, whether the source wrote `5`, `5.0` or `"5"`.
    fn equals(&self, value: &Value) -> bool {
        match self {
            Self::Bool(expected) => value.as_bool() == Some(*expected),
            Self::Number(expected) => number(value).is_some_and(|found| found.total_cmp(expected).is_eq()),
            Self::Text(expected) => value.as_str() == Some(expected),
        }
    }
}

/// A condition on one field of metadata.
#[derive(Serialize, Clone, PartialEq, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum ValueCondition {
    /// It is this value, or one of these.
    In(Vec<Scalar>),
    /// It is a number within these limits.
    Within(Bounds),
    /// It is there, or is not.
    Exists(bool),
}

impl ValueCondition {
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        let value = value.filter(|value| !value.is_null());
        match self {
            Self::In(scalars) => value.is_some_and(|value| scalars.iter().any(|scalar| scalar.equals(value))),
            Self::Within(bounds) => value.and_then(number).is_some_and(|found| bounds.holds(found)),
            Self::Exists(expected) => value.is_some() == *expected,
        }
    }

    pub(super) fn problem(&self) -> Option<&'static str> {
        match self {
            Self::In(scalars) => scalars.is_empty().then_some("can never hold: its list is empty"),
            Self::Within(bounds) => bounds.problem(),
            Self::Exists(_) => None,
        }
    }
}

/// Sources write amounts as text often enough; a limit that such an amount slips under would be a hole.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|found| found.is_finite())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, rename = "in")]
    one_of: Option<Vec<Scalar>>,
    #[serde(default)]
    exists: Option<bool>,
    #[serde(default)]
    at_least: Option<f64>,
    #[serde(default)]
    above: Option<f64>,
    #[serde(default)]
    at_most: Option<f64>,
    #[serde(default)]
    below: Option<f64>,
}

impl Written {
    fn condition<E: de::Error>(self) -> Result<ValueCondition, E> {
        let bounds =
            Bounds { at_least: self.at_least, above: self.above, at_most: self.at_most, below: self.below };
        let bounded = bounds.has_lower() || bounds.has_upper();
        match (self.one_of, self.exists, bounded) {
            (Some(scalars), None, false) => Ok(ValueCondition::In(scalars)),
            (None, Some(expected), false) => Ok(ValueCondition::Exists(expected)),
            (None, None, true) => Ok(ValueCondition::Within(bounds)),
            (None, None, false) => {
                Err(E::custom("empty condition: write a value, {in: [..]}, {at_least: ..} or {exists: ..}"))
            }
            (Some(_), ..) | (None, Some(_), true) => {
                Err(E::custom("`in`, `exists` and limits exclude each other in one condition"))
            }
        }
    }
}

/// Reads one scalar without serde's untagged guessing, whose errors name no place.
struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true or false")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "metadata is compared as f64, as JSON numbers are")]
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "metadata is compared as f64, as JSON numbers are")]
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value as f64))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ConditionVisitor;

impl<'de> Visitor<'de> for ConditionVisitor {
    type Value = ValueCondition;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list of values, {in: [..]}, {at_least: .., below: ..} or {exists: true}")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<ValueCondition, E> {
        ScalarVisitor.visit_bool(value).map(|scalar| ValueCondition::In(vec![scalar]))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<ValueCondition, E> {
        ScalarVisitor.visit_i64(value).map(|scalar| ValueCondition::In(vec![scalar]))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<ValueCondition, E> {
        ScalarVisitor.visit_u64(value).map(|scalar| ValueCondition::In(vec![scalar]))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<ValueCondition, E> {
        ScalarVisitor.visit_f64(value).map(|scalar| ValueCondition::In(vec![scalar]))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<ValueCondition, E> {
        ScalarVisitor.visit_str(value).map(|scalar| ValueCondition::In(vec![scalar]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ValueCondition, A::Error> {
        let mut scalars = vec![];
        while let Some(scalar) = items.next_element()? {
            scalars.push(scalar);
        }
        Ok(ValueCondition::In(scalars))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ValueCondition, A::Error> {
        Written::deserialize(MapAccessDeserializer::new(map))?.condition()
    }
}

impl<'de> Deserialize<'de> for ValueCondition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConditionVisitor)
    }
}

/// A condition on the analyser's flags; `none` alone asks for no flag at all.
#[derive(Serialize, Clone, Default, PartialEq, Debug)]
pub(super) struct FlagCondition {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) all: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) none: Vec<String>,
    pub(super) no_flag_at_all: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FlagLists {
    any: Vec<String>,
    all: Vec<String>,
    none: Vec<String>,
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = FlagCondition;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`none`, or lists such as {any: [threat]} or {none: [threat]}")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<FlagCondition, E> {
        match value {
            "none" => Ok(FlagCondition { no_flag_at_all: true, ..FlagCondition::default() }),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FlagCondition, A::Error> {
        let FlagLists { any, all, none } = FlagLists::deserialize(MapAccessDeserializer::new(map))?;
        Ok(FlagCondition { any, all, none, no_flag_at_all: false })
    }
}

impl<'de> Deserialize<'de> for FlagCondition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}
