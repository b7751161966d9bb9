//! `tracerail doctor`: looks at everything, and says what cures what is not well.

use serde_json::json;

use super::context::{Context, PATIENCE};
use super::exit::Exit;
use super::failure::Failure;
use super::output::clean::clean_line;
use crate::app;
use crate::checkup::{Finding, Verdict};

/// The longest text of one line, in characters.
const LINE_CHARS_MAX: usize = 500;

/// Looks, and tells.
pub(super) async fn run(context: &Context) -> Result<Exit, Failure> {
    let findings = match context.config() {
        Ok(config) => {
            let mut findings = vec![Finding::ok("configuration", format!("edition: {}", config.edition))];
            let cure = "correct it; `tracerail config show` has every value and where it came from";
            findings.extend(config.warnings.iter().map(|text| Finding::warn("configuration", text, cure)));
            findings.extend(Box::pin(app::checkup(config, PATIENCE)).await);
            findings
        }
        Err(Failure::Error(error)) => {
            vec![Finding::fail(
                "configuration",
                error.to_string(),
                format!("see `tracerail explain {}`", error.code()),
            )]
        }
        Err(told) => return Err(told),
    };
    let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok);
    context.console.answer(
        || json!({"verdict": worst, "findings": findings}),
        || findings.iter().map(text_of).collect::<Vec<_>>().join("\n"),
    )?;
    Ok(if worst == Verdict::Fail { Exit::Failure } else { Exit::Ok })
}

fn text_of(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok  ",
        Verdict::Warn => "warn",
        Verdict::Fail => "FAIL",
    };
    let seen = clean_line(&finding.seen, LINE_CHARS_MAX);
    let cure = finding.cure.as_deref().map(|cure| format!("\n      {}", clean_line(cure, LINE_CHARS_MAX)));
    format!("{verdict}  {:<18} {seen}{}", finding.check, cure.unwrap_or_default())
}
