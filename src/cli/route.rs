//! `tracerail route explain`: what policy would do with an item, and why. Needs no store, and takes nothing in.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value};
use tracerail_actors::port::RoutingEngine as _;
use tracerail_schemas::routing::RoutingContext;
use tracerail_schemas::{Code, TenantId};

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::{pairs, table};
use crate::llm::LexicalAnalyst;
use crate::routing::trial::read_offline;
use crate::routing::{RoutingSettings, engine_from};

/// Asking routing.
#[derive(Subcommand, Debug)]
pub(crate) enum RouteCommand {
    /// Print what routing would do with this, condition by condition
    Explain(ExplainArgs),
}

/// What to ask about.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail route explain --content 'Where is my order?' --source helpdesk --metadata kind=ticket\n  tracerail route explain --file item.json --all\n\nWithout an analysis in the file, the built-in word lists make one; no model is asked."
)]
pub(crate) struct ExplainArgs {
    /// A JSON file with what routing sees, or with a submission
    #[arg(long, value_name = "FILE", required_unless_present = "content", conflicts_with = "content")]
    file: Option<PathBuf>,
    /// The text
    #[arg(long, value_name = "TEXT")]
    content: Option<String>,
    /// Metadata; a value that is JSON counts as such (amount=12.5, vip=true)
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    metadata: Vec<(String, Value)>,
    /// Who sends it, for example helpdesk
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// As if the analysis had failed
    #[arg(long)]
    no_analysis: bool,
    /// All rules, also those that do not take part
    #[arg(long)]
    all: bool,
}

/// Explains.
pub(super) async fn run(context: &Context, command: RouteCommand) -> Result<Exit, Failure> {
    let RouteCommand::Explain(args) = command;
    let config = context.config()?;
    let engine = engine_from(&RoutingSettings { rules_file: config.routing.rules_file.clone() })
        .map_err(|error| Failure::new(Code::RulesInvalid, chain(&error)))?;
    let asked = asked(&args, &context.tenant())?;
    let told =
        engine.explain(&asked).await.map_err(|error| Failure::new(Code::RulesInvalid, error.to_string()))?;
    context.console.answer(|| told.clone(), || text_of(&told, args.all))?;
    Ok(Exit::Ok)
}

fn asked(args: &ExplainArgs, tenant: &TenantId) -> Result<RoutingContext, Failure> {
    let mut value = match (&args.file, &args.content) {
        (Some(file), _) => read(file)?,
        (None, content) => serde_json::json!({"content": content, "tenant": tenant}),
    };
    if let Value::Object(fields) = &mut value {
        if let Some(source) = &args.source {
            fields.insert("source".to_owned(), Value::String(source.clone()));
        }
        let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(metadata) = metadata {
            metadata.extend(args.metadata.iter().cloned());
        }
    }
    let mut asked: RoutingContext = serde_json::from_value(value).map_err(|error| {
        Failure::new(Code::PayloadMalformed, format!("this is not what routing sees: {error}"))
    })?;
    asked.token_count = asked.token_count.or(Some((asked.content.len() as u64).div_ceil(4)));
    if asked.analyst.is_none() && !args.no_analysis {
        analyse(&mut asked)?;
    }
    Ok(asked)
}

fn analyse(asked: &mut RoutingContext) -> Result<(), Failure> {
    let analyst = LexicalAnalyst::new().map_err(|error| Failure::new(Code::Internal, chain(&error)))?;
    read_offline(&analyst, asked);
    Ok(())
}

fn read(path: &Path) -> Result<Value, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(Code::InputUnreadable, format!("{name} cannot be read: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(Code::PayloadMalformed, format!("{name} is no JSON: {error}")))
}

fn pair(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()))))
}

fn text_of(told: &Value, all: bool) -> String {
    let field = |value: &Value, name: &str| match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    let result = told.get("result").unwrap_or(&Value::Null);
    let names = [
        "decision",
        "reason",
        "matched_rule",
        "candidate_groups",
        "skills_required",
        "priority",
        "sla_hours",
        "review_required",
    ];
    let head = pairs(names.map(|name| (name, field(result, name))));
    let rules = told.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let takes_part =
        |rule: &&Value| all || !matches!(field(rule, "outcome").as_str(), "skipped" | "not_reached");
    let rows = rules.iter().filter(takes_part).map(|rule| {
        vec![
            field(rule, "line"),
            field(rule, "rule"),
            field(rule, "outcome"),
            field(rule, "decision"),
            field(rule, "why"),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let hidden = rules.len() - rows.len();
    let more = if hidden > 0 {
        format!("\n{hidden} more rules took no part (--all shows them)")
    } else {
        String::new()
    };
    format!("{head}\n\n{}{more}", table(&["line", "rule", "outcome", "decision", "why"], rows))
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
