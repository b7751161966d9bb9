//! What an expression can name, and where its values come from.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use cel::common::types::CelString;
use cel::objects::Key;
use cel::{Context, Env, ParseErrors, Program, Value};
use serde_json::Value as Json;
use tracerail_schemas::routing::RoutingContext;

use super::fault::Fault;

/// The facts an expression can name. The analyser's fields are not among them, see `expression`.
pub(super) const VARIABLES: [&str; 7] =
    ["content", "metadata", "source", "tenant", "user", "priority", "token_count"];

/// How many values the metadata of an item may hold, nested ones counted, for expressions to look at it.
const VALUES_MAX: usize = 1000;
/// How much text these may hold.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// What all items share: the functions of the language. Making it costs more than ten evaluations.
pub(in super::super) struct Root {
    env: Arc<Env>,
    context: Context<'static, 'static>,
}

impl Root {
    pub(in super::super) fn new() -> Self {
        let env = Arc::new(Env::stdlib());
        Self { context: Context::with_env(Arc::clone(&env)), env }
    }

    pub(super) fn compile(&self, source: &str) -> Result<Program, ParseErrors> {
        self.env.compile(source)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").finish_non_exhaustive()
    }
}

/// One item as expressions see it.
pub(in super::super) struct Scope<'a>(Context<'a, 'a>);

impl<'a> Scope<'a> {
    /// Fails if the item is larger than what expressions are bounded for.
    #[expect(clippy::cast_possible_truncation, reason = "token counts are far below 2^52")]
    pub(in super::super) fn of(root: &'a Root, item: &'a RoutingContext, tokens: f64) -> Result<Self, Fault> {
        let metadata = Measure::default().map(&item.metadata)?;
        let root: &'a Context<'a, 'a> = &root.context;
        let mut context = root.new_inner_scope();
        let mut text = |name: &str, value: &'a str| {
            context.add_variable_as_val(name, Box::new(CelString::from(value)));
        };
        text("content", &item.content);
        text("source", &item.source);
        text("tenant", item.tenant.as_str());
        text("user", item.user_id.as_deref().unwrap_or_default());
        text("priority", item.priority.map_or("", tracerail_schemas::task::Priority::as_str));
        context.add_variable_from_value("token_count", tokens as i64);
        context.add_variable_from_value("metadata", metadata);
        Ok(Self(context))
    }

    pub(super) fn context(&self) -> &Context<'a, 'a> {
        &self.0
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// Turns JSON into values, and stops where there is too much of it.
#[derive(Default)]
struct Measure {
    values: usize,
    text_bytes: usize,
}

impl Measure {
    fn map(&mut self, fields: &serde_json::Map<String, Json>) -> Result<Value, Fault> {
        let mut map = HashMap::with_capacity(fields.len());
        for (name, value) in fields {
            self.text(name)?;
            map.insert(Key::from(name.clone()), self.value(value)?);
        }
        Ok(Value::Map(map.into()))
    }

    fn value(&mut self, value: &Json) -> Result<Value, Fault> {
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(Fault::too_large(&format!("more than {VALUES_MAX} values")));
        }
        Ok(match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => number
                .as_i64()
                .map(Value::Int)
                .or_else(|| number.as_f64().map(Value::Float))
                .unwrap_or(Value::Null),
            Json::String(text) => {
                self.text(text)?;
                Value::String(Arc::new(text.clone()))
            }
            Json::Array(items) => {
                let items: Result<Vec<Value>, Fault> = items.iter().map(|item| self.value(item)).collect();
                Value::List(Arc::new(items?))
            }
            Json::Object(fields) => self.map(fields)?,
        })
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        self.text_bytes += text.len();
        if self.text_bytes > TEXT_BYTES_MAX {
            return Err(Fault::too_large(&format!("more than {} KiB of text", TEXT_BYTES_MAX / 1024)));
        }
        Ok(())
    }
}
