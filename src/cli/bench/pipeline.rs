//! `tracerail bench pipeline`: items per second, what one costs, and how long one takes alone.

use std::time::Duration;

use serde_json::{Value, json};
use tracerail_actors::system::Role;

use super::args::PipelineArgs;
use super::crew::Crew;
use super::figures::{RATE, ms, rounded, spread_json, spread_text};
use super::lone::lone_items;
use super::place::Place;
use super::round::{Load, Round, round};
use super::servers::Servers;
use crate::app::App;
use crate::bench::{Spread, syncs};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::logging::{self, Kind};
use crate::cli::output::table::table;

/// Syncs of the disk that are measured beside each round.
const SYNCS: usize = 50;

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
struct Measured {
    edition: &'static str,
    start_to_ready: Duration,
    lone: Spread,
    rounds: Vec<(Round, Spread)>,
}

/// Measures, and prints.
pub(super) async fn run(context: &Context, args: PipelineArgs) -> Result<Exit, Failure> {
    let place = Place::prepare(context).await?;
    logging::start(context, &place.config, Kind::Command);
    let crew = Crew::start(context, &place, args.processes - 1).await?;
    let (app, start_to_ready) = place.open(Role::ALL.into()).await?;
    let servers = Servers::find(&place.config, crew.pids());
    let bench = Bench { context, place: &place, servers: &servers, args };
    let measured = Box::pin(bench.measure(&app)).await;
    app.close().await?;
    let measured = Measured { start_to_ready, ..measured? };
    context.console.answer(|| measured.json(args), || measured.text(args))?;
    Ok(Exit::Ok)
}

/// What is measured with.
struct Bench<'a> {
    context: &'a Context,
    place: &'a Place,
    servers: &'a Servers,
    args: PipelineArgs,
}

impl Bench<'_> {
    async fn measure(&self, app: &App) -> Result<Measured, Failure> {
        let (console, args) = (self.context.console, self.args);
        console.note(&format!("{} items one at a time", args.lone));
        let lone = lone_items(&app.rail, args.lone).await?;
        let mut rounds = Vec::new();
        for number in 1..=args.rounds {
            console.note(&format!("round {number} of {}: {} items", args.rounds, args.items));
            let disk = syncs(&self.place.probe(), SYNCS)?;
            let load = Load { name: format!("round-{number}"), items: args.items, publish: args.publish };
            let round = Box::pin(round(&app.rail, self.servers, &load)).await?;
            console.note(&format!("  {:.0} items/s", round.rate.per_second()));
            rounds.push((round, disk));
        }
        Ok(Measured { edition: self.place.config.edition.as_str(), lone, rounds, ..Measured::default() })
    }
}

impl Measured {
    fn json(&self, args: PipelineArgs) -> Value {
        let rounds = self.rounds.iter().map(|(round, disk)| {
            json!({
                "pipeline": round.rate.json(),
                "submitted_after_ms": rounded(ms(round.submitted_after)),
                "fsync": spread_json(disk),
            })
        });
        json!({
            "edition": self.edition,
            "processes": args.processes,
            "intake": if args.publish { "publish" } else { "submit" },
            "start_to_ready_ms": rounded(ms(self.start_to_ready)),
            "lone": spread_json(&self.lone),
            "rounds": rounds.collect::<Vec<_>>(),
        })
    }

    fn text(&self, args: PipelineArgs) -> String {
        let headings: Vec<_> = ["round"].into_iter().chain(RATE).chain(["fsync p50"]).collect();
        let rows = self.rounds.iter().enumerate().map(|(index, (round, disk))| {
            let first = [(index + 1).to_string()];
            let last = [format!("{:.2} ms", ms(disk.p50))];
            first.into_iter().chain(round.rate.cells()).chain(last).collect()
        });
        format!(
            "{} edition, {} process{}\nstart to ready {:.1} ms\none item alone, until its task is there: {}\n\n{}",
            self.edition,
            args.processes,
            if args.processes == 1 { "" } else { "es" },
            ms(self.start_to_ready),
            spread_text(&self.lone),
            table(&headings, rows),
        )
    }
}
