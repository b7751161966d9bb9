//! `tracerail explain`: the page of an error code.

use serde_json::json;
use tracerail_schemas::Code;

use super::args::ExplainArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::table;
use crate::explain::page;

/// Prints the page, or the list of all codes.
pub(super) fn run(context: &Context, args: &ExplainArgs) -> Result<Exit, Failure> {
    if let Some(code) = args.code {
        let value = || json!({"code": code, "page": page(code), "exit_code": Exit::from(code) as u8});
        context.console.answer(value, || page(code).to_owned())?;
    } else {
        let all = || Code::ALL.iter().map(|code| (*code, title(*code)));
        let value = || all().map(|(code, title)| json!({"code": code, "title": title})).collect();
        let rows = || table(&["code", "what"], all().map(|(code, title)| vec![code.to_string(), title]));
        context.console.answer(value, rows)?;
    }
    Ok(Exit::Ok)
}

fn title(code: Code) -> String {
    let heading = page(code).lines().next().unwrap_or_default();
    heading.trim_start_matches(&format!("# {code}: ")).to_owned()
}
