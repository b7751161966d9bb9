//! `tracerail schema`: what is said on the bus, for programs in other languages.

use std::fs;
use std::path::Path;

use clap::Args;
use serde_json::{Map, Value, json};
use tracerail_actors::port::Consumer;
use tracerail_schemas::schema::{Shape, asyncapi};

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::table;

/// What to print, and where.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail schema\n  tracerail schema task.escalated\n  tracerail schema task.command.claim --sample\n  tracerail schema --asyncapi > asyncapi.json\n  tracerail schema --json | jq '.\"content.submitted\".required'"
)]
pub(crate) struct SchemaArgs {
    /// The event, command or answer; none lists all of them (with --json: their schemas by name)
    #[arg(value_name = "NAME", value_parser = shape)]
    name: Option<Shape>,
    /// Print an example with every field filled in instead of the schema
    #[arg(long, requires = "name")]
    sample: bool,
    /// Print the `AsyncAPI` 3 document: every subject, its messages and their headers
    #[arg(long, conflicts_with = "name")]
    asyncapi: bool,
    /// Write all of it into this folder: asyncapi.json and json/NAME.schema.json
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "asyncapi"])]
    write: Option<std::path::PathBuf>,
}

/// Prints or writes what was asked for.
pub(super) fn run(context: &Context, args: &SchemaArgs) -> Result<Exit, Failure> {
    let console = context.console;
    if let Some(folder) = &args.write {
        let count = write(folder)?;
        console.answer(
            || json!({"folder": folder, "files": count}),
            || format!("{count} files written to {}", folder.display()),
        )?;
    } else if args.asyncapi {
        console.text(&pretty(&document()))?;
    } else if let Some(shape) = args.name {
        console.text(&pretty(&if args.sample { shape.sample() } else { shape.schema() }))?;
    } else {
        let rows = || {
            Shape::all().into_iter().map(|shape| vec![shape.name().to_owned(), shape.about().into_owned()])
        };
        console.answer(all, || table(&["name", "what"], rows()))?;
    }
    Ok(Exit::Ok)
}

fn all() -> Value {
    let schemas: Map<_, _> =
        Shape::all().into_iter().map(|shape| (shape.name().to_owned(), shape.schema())).collect();
    schemas.into()
}

fn document() -> Value {
    asyncapi(&Consumer::ALL.map(Consumer::as_str))
}

fn write(folder: &Path) -> Result<usize, Failure> {
    let schemas =
        Shape::all().into_iter().map(|shape| (format!("json/{}.schema.json", shape.name()), shape.schema()));
    let files: Vec<_> = schemas.chain([("asyncapi.json".to_owned(), document())]).collect();
    for (name, value) in &files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, pretty(value)))
            .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display())))?;
    }
    Ok(files.len())
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn shape(name: &str) -> Result<Shape, String> {
    let named = Shape::all().into_iter().find(|shape| shape.name() == name);
    named.ok_or_else(|| "there is no such schema; `tracerail schema` lists all".to_owned())
}
