//! `tracerail backup`: a copy of the store, made while it is in use.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tracerail_schemas::Code;

use super::context::{Context, must_exist};
use super::exit::Exit;
use super::failure::Failure;
use super::output::when::exact;
use crate::app;
use crate::upkeep::{CopyStep, StoreCopy};

/// Making a copy.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail backup /backups/monday.db\n  tracerail backup /backups/latest.db --force --json\n\nThe copy is of one moment and is checked before it gets its name; nobody who writes meanwhile waits for it. `tracerail restore` takes it back."
)]
pub(crate) struct BackupArgs {
    /// The file to make
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Makes it, and says what it holds.
pub(super) fn run(context: &Context, args: &BackupArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    if !config.edition.has_servers() {
        must_exist(&config.store.path)?;
        if same_file(&config.store.path, &args.file) {
            return Err(Failure::usage("that file is the store itself: name another one"));
        }
    }
    if args.file.exists() && !args.force {
        let message = format!("{} is there already: name another file, or say --force", args.file.display());
        return Err(Failure::new(Code::UsageInvalid, message));
    }
    let bar = bar(context);
    let began = Instant::now();
    let made = app::backup(&config, &args.file, &|step| show(&bar, step));
    bar.finish_and_clear();
    let copy = made?;
    let seconds = began.elapsed().as_secs_f64();
    context.console.answer(
        || value(&copy, seconds, &[]),
        || format!("{} ({})", copy.path.display(), in_words(&copy, seconds)),
    )?;
    Ok(Exit::Ok)
}

/// What a copy holds, for people.
pub(super) fn in_words(copy: &StoreCopy, seconds: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for people, in mebibytes")]
    let size = copy.bytes as f64 / f64::from(1 << 20);
    let newest = copy.newest_event_at.map(|at| format!(" up to {}", exact(at))).unwrap_or_default();
    format!("{size:.1} MiB, {} events{newest}, {seconds:.1} s, checked", copy.events)
}

/// The same for programs, with these fields besides.
pub(super) fn value(copy: &StoreCopy, seconds: f64, more: &[(&str, Value)]) -> Value {
    let mut value = json!(copy);
    if let Value::Object(fields) = &mut value {
        fields.insert("seconds".to_owned(), json!(seconds));
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
    value
}

/// A bar for whoever watches.
pub(super) fn bar(context: &Context) -> ProgressBar {
    if !context.console.is_watched() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} ({elapsed}) {msg}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Moves the bar.
pub(super) fn show(bar: &ProgressBar, step: CopyStep) {
    match step {
        CopyStep::Written { bytes, of } => {
            bar.set_length(of);
            bar.set_position(bytes);
        }
        CopyStep::Checking => bar.set_message("checking"),
    }
}

/// Whether two paths lead to one file.
pub(super) fn same_file(one: &Path, other: &Path) -> bool {
    let found = |path: &Path| std::fs::canonicalize(path).ok();
    found(one).is_some_and(|one| found(other) == Some(one))
}
