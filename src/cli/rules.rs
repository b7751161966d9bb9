//! `tracerail rules`: whether rules are right, before they decide. Needs no store.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tracerail_schemas::Code;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use crate::app::check_names;
use crate::config::Config;
use crate::llm::LexicalAnalyst;
use crate::routing::trial::{DEFAULT_TESTS, Difference, RuleTests, Trial, Verdict};
use crate::routing::{DEFAULT_RULES, RulesEngine, RulesError};

/// Checking and testing rules.
#[derive(Subcommand, Debug)]
pub(crate) enum RulesCommand {
    /// Check that rules can be read, mean what they say, and name groups and people that are there
    #[command(
        after_help = "Examples:\n  tracerail rules check\n  tracerail rules check rules.yaml\n  tracerail rules check rules.yaml --json | jq '.problems[]'\n\nExit code 2 when something is wrong; everything that is wrong is told. Without FILE: `routing.rules_file`, or the\nbuilt-in rules."
    )]
    Check(RulesArgs),
    /// Run the tests of rules, which stand beside them: rules.test.yaml beside rules.yaml
    #[command(
        after_help = "Examples:\n  tracerail rules test\n  tracerail rules test rules.yaml\n  tracerail rules test rules.yaml --tests more.yaml\n  tracerail rules test rules.yaml --json | jq '.tests[] | select(.holds | not)'\n\nExit code 1 when a test fails, 2 when a file is broken. No model is asked: a test says what the analysis said, or the\nword lists read the content."
    )]
    Test(TestArgs),
}

/// Which rules.
#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    /// The rules (else `routing.rules_file`, else the built-in rules)
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Which rules, and which tests.
#[derive(Args, Debug)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    rules: RulesArgs,
    /// The tests, if they do not stand beside the rules
    #[arg(long, value_name = "FILE")]
    tests: Option<PathBuf>,
}

/// Checks or tests.
pub(super) fn run(context: &Context, command: RulesCommand) -> Result<Exit, Failure> {
    match command {
        RulesCommand::Check(args) => check(context, args),
        RulesCommand::Test(args) => test(context, args),
    }
}

/// Rules as they are written.
struct Source {
    path: Option<PathBuf>,
    name: String,
    text: String,
}

impl Source {
    fn of(args: RulesArgs, config: &Config) -> Result<Self, Failure> {
        match args.file.or_else(|| config.routing.rules_file.clone()) {
            Some(path) => Ok(Self { name: path.display().to_string(), text: read(&path)?, path: Some(path) }),
            None => {
                Ok(Self { path: None, name: "built-in rules".to_owned(), text: DEFAULT_RULES.to_owned() })
            }
        }
    }

    /// Where the tests are, if nobody says otherwise: `rules.test.yaml` beside `rules.yaml`.
    fn tests(&self, given: Option<PathBuf>) -> Result<(String, String), Failure> {
        let beside = || {
            let path = self.path.as_deref()?;
            let end = path.extension().and_then(|end| end.to_str()).unwrap_or("yaml");
            Some(path.with_extension(format!("test.{end}")))
        };
        match given.or_else(beside) {
            Some(path) => Ok((path.display().to_string(), read(&path)?)),
            None => Ok(("built-in tests".to_owned(), DEFAULT_TESTS.to_owned())),
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::new(Code::InputUnreadable, format!("{} cannot be read: {error}", path.display()))
    })
}

fn check(context: &Context, args: RulesArgs) -> Result<Exit, Failure> {
    let mut config = context.config()?;
    let source = Source::of(args, &config)?;
    config.routing.rules_file.clone_from(&source.path);
    let (about, problems) = match RulesEngine::all_from_yaml(&source.name, &source.text) {
        Ok(rules) => {
            let unknown =
                check_names(&rules, &config).err().map(|error| json!({ "problem": error.to_string() }));
            (
                json!({ "version": rules.version(), "rules": rules.rule_count() }),
                unknown.into_iter().collect(),
            )
        }
        Err(errors) => (json!({}), errors.iter().map(problem).collect::<Vec<Value>>()),
    };
    let told =
        json!({ "file": source.name, "ok": problems.is_empty(), "about": about, "problems": problems });
    context.console.answer(|| told.clone(), || check_text(&told))?;
    Ok(if problems.is_empty() { Exit::Ok } else { Exit::Usage })
}

fn problem(error: &RulesError) -> Value {
    let text = error.to_string();
    match error {
        RulesError::Syntax { line, column, .. } => json!({ "line": line, "column": column, "problem": text }),
        RulesError::Rule { line, rule, .. } => json!({ "line": line, "rule": rule, "problem": text }),
        RulesError::File { .. } => json!({ "problem": text }),
    }
}

fn check_text(told: &Value) -> String {
    let problems = told["problems"].as_array().map(Vec::as_slice).unwrap_or_default();
    if problems.is_empty() {
        let about = &told["about"];
        return format!(
            "{}: {} rules, version {}",
            plain(&told["file"]),
            plain(&about["rules"]),
            plain(&about["version"])
        );
    }
    let mut lines: Vec<String> = problems.iter().map(|problem| plain(&problem["problem"])).collect();
    lines.push(format!("{} wrong", problems.len()));
    lines.join("\n")
}

fn test(context: &Context, args: TestArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    let source = Source::of(args.rules, &config)?;
    let invalid = |error: RulesError| Failure::new(Code::RulesInvalid, error.to_string());
    let rules = RulesEngine::from_yaml(&source.name, &source.text).map_err(invalid)?;
    let (name, text) = source.tests(args.tests)?;
    let tests = RuleTests::from_yaml(&name, &text).map_err(invalid)?;
    let analyst = LexicalAnalyst::new().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let trial = tests.run(&rules, &analyst);
    let failed = trial.failed();
    context.console.answer(
        || json!({ "rules": source.name, "file": name, "failed": failed, "version": trial.version, "tests": trial.tests, "untried": trial.untried }),
        || trial_text(&name, &trial),
    )?;
    Ok(if failed == 0 { Exit::Ok } else { Exit::Failure })
}

fn trial_text(file: &str, trial: &Trial) -> String {
    let mut lines: Vec<String> =
        trial.tests.iter().filter(|test| !test.holds).map(|test| verdict_text(file, test)).collect();
    if !trial.untried.is_empty() {
        lines.push(format!("no test is decided by: {}", trial.untried.join(", ")));
    }
    let (count, held) = (trial.tests.len(), trial.tests.len() - trial.failed());
    lines.push(format!("{held} of {count} tests hold (rules {})", trial.version));
    lines.join("\n")
}

fn verdict_text(file: &str, test: &Verdict) -> String {
    let differences: String = test.differences.iter().map(difference_text).collect();
    format!("FAILED {file}:{}: {}\n{differences}  the rules say: {}\n", test.line, test.name, test.reason)
}

fn difference_text(one: &Difference) -> String {
    let (expected, found) = (plain(&one.expected), plain(&one.found));
    let indent = " ".repeat(one.field.len() + 1);
    format!("  {} expected {expected}\n  {indent}found    {found}\n", one.field)
}

/// Text without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
