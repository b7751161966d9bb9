//! `tracerail submit`: takes content in, and by default sees it through until each item has ended or waits for a person.
//!
//! Promises: an item that is reported as taken in survives whatever happens next, and submitting the same files again takes
//! nothing in twice; each line or file that is refused is named with its code, and the others go on.

mod feed;
mod follow;
mod report;

use feed::SERVERS_COME_BACK_WITHIN;
pub(crate) use feed::{Fed, feed};
pub(crate) use follow::follow;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use tracerail_actors::system::Role;

use super::context::{Context, PATIENCE};
use super::exit::Exit;
use super::failure::Failure;
use super::intake;
use super::logging::{self, Kind};
use super::signals::Stop;
use crate::input::{Format, Input};

/// Taking content in.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail submit examples/content.jsonl\n  tracerail submit --format eml --source inbox ~/Mail/complaints\n  echo '{\"id\":\"1\",\"content\":\"Where is my order?\"}' | tracerail submit -\n  tracerail submit tickets.jsonl --no-wait\n\nThe same id with the same content again is a repetition; with another content it is refused (TR0005)."
)]
pub(crate) struct SubmitArgs {
    /// Files or folders; - is standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    paths: Vec<PathBuf>,
    /// How they are to be understood
    #[arg(long, value_enum, default_value_t)]
    format: FormatName,
    /// In folders, only files with this extension; may be repeated
    #[arg(long = "ext", value_name = "EXT")]
    extensions: Vec<String>,
    /// The source of what does not name its own
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only take in; whoever runs the actors does the rest
    #[arg(long)]
    no_wait: bool,
}

/// A format, as it is typed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum FormatName {
    /// By the file's name: .jsonl .ndjson .json, .eml, everything else is text
    #[default]
    Auto,
    /// One JSON object a line
    Jsonl,
    /// One text a file
    Text,
    /// One e-mail a file
    Eml,
}

/// Takes in, and waits.
pub(super) async fn run(context: &Context, args: SubmitArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    logging::start(context, &config, Kind::Command);
    let stop = Stop::listen();
    let input = Input {
        paths: args.paths,
        format: args.format.into(),
        extensions: args.extensions,
        source: args.source,
        limits: config.limits.codec(),
        content_bytes_max: config.limits.content_bytes_max,
    };
    // Where one file is everything, whoever submits works through it; beside servers there are processes for that.
    let works = !args.no_wait && !config.edition.has_servers();
    let roles: BTreeSet<Role> = if works { Role::ALL.into() } else { BTreeSet::new() };
    // One file is there or is not; servers go and come back.
    let patience = if config.edition.has_servers() { SERVERS_COME_BACK_WITHIN } else { Duration::ZERO };
    let app = Box::pin(context.open(config, roles, PATIENCE)).await?;
    let began = Instant::now();
    let mut done = Box::pin(feed(context, &app.rail, input, &stop, patience)).await;
    let mut rest = None;
    let pause = if args.no_wait { None } else { app.rail.intake_pause().await? };
    if let Some(pause) = &pause {
        context
            .console
            .note(&format!("{}; it is in the log, and nobody waits for it here", intake::words(pause)));
    }
    if let Ok(fed) = &mut done
        && !args.no_wait
        && pause.is_none()
        && !stop.has_come()
    {
        rest = Some(Box::pin(follow(context, &app.rail, &fed.keys, &stop)).await);
    }
    app.close().await?;
    report::tell(context, &done?, rest.transpose()?.as_ref(), began.elapsed())
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Auto => Self::Auto,
            FormatName::Jsonl => Self::JsonLines,
            FormatName::Text => Self::Text,
            FormatName::Eml => Self::Mail,
        }
    }
}
