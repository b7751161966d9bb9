//! `tracerail bench pipeline`: items per second, what one costs, and how long one takes alone.

use std::time::Duration;

use serde_json::{Value, json};
use tracerail_actors::system::Role;
use tracerail_schemas::ContentKey;

use super::args::PipelineArgs;
use super::crew::Crew;
use super::figures::{RATE, Rate, ms, rounded, spread_json, spread_text};
use super::lone::lone_items;
use super::place::Place;
use super::round::{Load, Round, round};
use super::servers::Servers;
use crate::app::{App, Bare};
use crate::bench::{Spread, item, syncs};
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
    rounds: Vec<Measure>,
}

/// One round, and what was measured beside it.
#[derive(Clone, Copy, Debug)]
struct Measure {
    round: Round,
    disk: Spread,
    /// The same bytes in bare hops, and with the scripts of Redis; where there are servers.
    bare: Option<[Rate; 2]>,
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
            let bare = self.bare(app, number, &load.name).await?;
            rounds.push(Measure { round, disk, bare });
        }
        Ok(Measured { edition: self.place.config.edition.as_str(), lone, rounds, ..Measured::default() })
    }

    /// What the same servers do with the same bytes in between.
    async fn bare(&self, app: &App, round: u32, name: &str) -> Result<Option<[Rate; 2]>, Failure> {
        let like: Vec<_> = (0..2).map(|n| key_of(name, n)).collect();
        let mut rates = [Rate::default(); 2];
        for (rate, scripts) in rates.iter_mut().zip([false, true]) {
            // Streams and keys of a run have its number; more than some thousand rounds begin again.
            let number = u16::try_from(round * 2 % 60_000).unwrap_or_default() + u16::from(scripts);
            let (items, publish) = (self.args.items, self.args.publish);
            let bare = Bare { items, number, publish, scripts, like: like.clone() };
            let mut began = None;
            let took = Box::pin(app.bare_hops(bare, || began = Some(self.servers.work()))).await?;
            let (Some(wall), Some(work)) = (took, began) else { return Ok(None) };
            *rate = Rate { items, wall, work: self.servers.work().since(work) };
        }
        Ok(Some(rates))
    }
}

impl Measured {
    fn json(&self, args: PipelineArgs) -> Value {
        let rounds = self.rounds.iter().map(|Measure { round, disk, bare }| {
            json!({
                "pipeline": round.rate.json(),
                "submitted_after_ms": rounded(ms(round.submitted_after)),
                "fsync": spread_json(disk),
                "bare_hops": bare.map(|[hops, _]| hops.json()),
                "bare_hops_and_scripts": bare.map(|[_, scripts]| scripts.json()),
                "of_bare_hops_and_scripts": bare.map(|[_, scripts]| rounded(share(round, &scripts))),
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
        let row = |name: String, rate: &Rate, last: String| -> Vec<String> {
            [name].into_iter().chain(rate.cells()).chain([last]).collect()
        };
        let rows = self.rounds.iter().zip(1..).flat_map(|(Measure { round, disk, bare }, number)| {
            let mut rows = vec![row(number.to_string(), &round.rate, format!("{:.2} ms", ms(disk.p50)))];
            if let Some([hops, scripts]) = bare {
                rows.push(row("bare hops".to_owned(), hops, String::new()));
                let share = format!("{:.2} of it", share(round, scripts));
                rows.push(row("and scripts".to_owned(), scripts, share));
            }
            rows
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

/// How much of the bare rate the pipeline reaches.
fn share(round: &Round, bare: &Rate) -> f64 {
    round.rate.per_second() / bare.per_second()
}

/// The key of a round's item.
fn key_of(round: &str, n: usize) -> ContentKey {
    let item = item(round, n, n.is_multiple_of(2));
    ContentKey {
        tenant: item.tenant,
        source: item.source.unwrap_or_default(),
        id: item.id.unwrap_or_default(),
    }
}
