//! `tracerail restore`: a copy takes the place of the store.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use tracerail_schemas::Code;

use super::backup::{bar, in_words, same_file, show, value};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use crate::app;

/// Taking a copy back.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail restore /backups/monday.db\n  tracerail restore /backups/monday.db --force --json\n\nStop every process on the store first: while one has it open, this refuses. The store that was there is kept beside the new one, under a name that ends in .before-restore. What happened after the copy was made is not in it."
)]
pub(crate) struct RestoreArgs {
    /// The copy
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Replace the store that is there; it is kept beside
    #[arg(long)]
    pub(crate) force: bool,
}

/// Takes it back, and says what there is now.
pub(super) fn run(context: &Context, args: &RestoreArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    if !config.edition.has_servers() {
        let (file, store) = (&args.file, &config.store.path);
        if !file.exists() {
            let message = format!("there is no file {}", file.display());
            return Err(Failure::new(Code::InputUnreadable, message));
        }
        if same_file(file, store) {
            return Err(Failure::usage("that file is the store itself: name a copy of it"));
        }
        if store.exists() && !args.force {
            let message = format!(
                "there is a store at {}: say --force to replace it (it is kept beside), or name another place with --store",
                store.display()
            );
            return Err(Failure::usage(message));
        }
    }
    let bar = bar(context);
    let began = Instant::now();
    let done = app::restore(&config, &args.file, &|step| show(&bar, step));
    bar.finish_and_clear();
    let restored = done?;
    let seconds = began.elapsed().as_secs_f64();
    let copy = &restored.copy;
    context.console.answer(
        || {
            value(
                copy,
                seconds,
                &[("kept", json!(restored.kept)), ("erased_since", json!(restored.erased_since))],
            )
        },
        || {
            let mut lines = vec![format!("{} ({})", copy.path.display(), in_words(copy, seconds))];
            lines.extend(
                restored.kept.iter().map(|kept| format!("the store that was there: {}", kept.display())),
            );
            lines.extend(restored.erased_since.iter().map(|stone| {
                format!("erase again, it was erased after the copy was made: {} {}", stone.kind, stone.name)
            }));
            lines.join("\n")
        },
    )?;
    Ok(Exit::Ok)
}
