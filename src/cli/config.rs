//! `tracerail config`: what is set, and where each value came from.

use super::args::ConfigCommand;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::table;
use crate::config::DEFAULT_YAML;

/// Prints the effective values, or the default file.
pub(super) fn run(context: &Context, command: ConfigCommand) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Show => {
            let config = context.config()?;
            let rows = config
                .show()
                .into_iter()
                .map(|setting| vec![setting.path, setting.value, setting.origin.to_string()]);
            context.console.answer(|| config.show_json(), || table(&["key", "value", "from"], rows))?;
            for warning in &config.warnings {
                context.console.note(&format!("warning: {warning}"));
            }
        }
        ConfigCommand::Default => context.console.text(DEFAULT_YAML)?,
    }
    Ok(Exit::Ok)
}
