//! `tracerail bench sla`: what open tasks cost, and how late deadlines fire.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use tracerail_actors::system::Role;
use tracerail_schemas::task::CommandOutcome;
use tracerail_schemas::time::Hours;
use tracerail_schemas::{Code, PersonId};

use super::args::SlaArgs;
use super::deadlines::{Fired, fire};
use super::figures::{RATE, Rate, ms, or_dash, rounded, spread_json, spread_text};
use super::looks::{Looks, look};
use super::place::Place;
use super::servers::Servers;
use crate::TraceRail;
use crate::bench::{resident_bytes, task};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::logging::{self, Kind};
use crate::cli::output::table::{pairs, table};

/// Tasks that are made at once.
const AT_ONCE: usize = 512;

/// Looks at what is due, for their mean.
const SWEEPS: u32 = 100;

/// What one sweep asks the store for.
const SWEEP: usize = 256;

/// Everything that was measured.
#[derive(Clone, Debug)]
struct Measured {
    made: Option<Rate>,
    bytes_per_task: Option<f64>,
    sweep: Rate,
    looks: Option<Looks>,
    fired: Fired,
}

/// Measures, and prints.
pub(super) async fn run(context: &Context, args: SlaArgs) -> Result<Exit, Failure> {
    let place = Place::prepare(context).await?;
    logging::start(context, &place.config, Kind::Command);
    let servers = Servers::find(&place.config, Vec::new());
    // With nobody but whoever makes them: what is made is counted, and nothing else happens meanwhile.
    let (app, _) = place.open(BTreeSet::from([Role::Task])).await?;
    context.console.note(&format!("{} open tasks", args.open));
    let prepared = Box::pin(prepare(&app.rail, &servers, args)).await;
    let looks = if args.open > 0 && prepared.is_ok() {
        Some(Box::pin(look(&app.rail, args.open)).await)
    } else {
        None
    };
    app.close().await?;
    let ((made, bytes_per_task, sweep), looks) = (prepared?, looks.transpose()?);
    let (app, _) = place.open(Role::ALL.into()).await?;
    context.console.note(&format!("{} deadlines", args.due));
    let fired = Box::pin(fire(&app.rail, args.due)).await;
    app.close().await?;
    let measured = Measured { made, bytes_per_task, sweep, looks, fired: fired? };
    context.console.answer(|| measured.json(), || measured.text())?;
    Ok(if measured.fired.is_good() { Exit::Ok } else { Exit::Failure })
}

async fn prepare(
    rail: &TraceRail,
    servers: &Servers,
    args: SlaArgs,
) -> Result<(Option<Rate>, Option<f64>, Rate), Failure> {
    let memory = || servers.store().and_then(resident_bytes);
    let before = memory();
    let (began, work) = (Instant::now(), servers.work());
    make(rail, args.open, |_| Hours::ONE.times(24.0)).await?;
    let made = (args.open > 0).then(|| Rate {
        items: args.open,
        wall: began.elapsed(),
        work: servers.work().since(work),
    });
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory are exact as floats up to 2^53")]
    let grown = memory().zip(before).map(|(after, before)| after.saturating_sub(before) as f64);
    let bytes_per_task = grown.filter(|_| args.open > 0).map(|grown| grown / f64::from(args.open));
    let (began, work) = (Instant::now(), servers.work());
    for _ in 0..SWEEPS {
        let due = rail.ports().store.due(SWEEP).await.map_err(crate::Error::from)?;
        if !due.is_empty() {
            return Err(Failure::new(Code::Internal, "a task is due a day too early"));
        }
    }
    let sweep = Rate { items: SWEEPS, wall: began.elapsed(), work: servers.work().since(work) };
    Ok((made, bytes_per_task, sweep))
}

/// Makes tasks by commands, as people do; `due_after` says when each is due.
pub(super) async fn make(
    rail: &TraceRail,
    count: u32,
    due_after: impl Fn(u32) -> Hours,
) -> Result<(), Failure> {
    let by = PersonId::new("bench").map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let made = futures_util::stream::iter(0..count).map(|n| {
        let command = task(by.clone(), n as usize, due_after(n));
        async move {
            match rail.command(command).await?.outcome {
                CommandOutcome::Done { .. } => Ok(()),
                CommandOutcome::Refused(refusal) => Err(Failure::new(refusal.code, refusal.message)),
            }
        }
    });
    made.buffer_unordered(AT_ONCE).try_collect().await
}

impl Measured {
    fn json(&self) -> Value {
        json!({
            "made": self.made.map(|made| made.json()),
            "bytes_per_task": self.bytes_per_task.map(rounded),
            "sweep_with_nothing_due": self.sweep.json(),
            "looks": self.looks.as_ref().map(|looks| {
                looks.0.iter().map(|(what, spread)| ((*what).to_owned(), spread_json(spread))).collect::<serde_json::Map<_, _>>()
            }),
            "deadlines": {
                "count": self.fired.lateness.count,
                "within_ms": rounded(ms(self.fired.within)),
                "lateness": spread_json(&self.fired.lateness),
                "early": self.fired.early,
                "twice": self.fired.twice,
                "missing": self.fired.missing,
            },
        })
    }

    fn text(&self) -> String {
        let fired = &self.fired;
        let headings: Vec<_> = ["what"].into_iter().chain(RATE).collect();
        let rates = [("tasks made", self.made), ("sweeps, nothing due", Some(self.sweep))];
        let rows = rates.into_iter().filter_map(|(name, rate)| Some((name, rate?)));
        let rows = rows.map(|(name, rate)| [name.to_owned()].into_iter().chain(rate.cells()).collect());
        let looks = self.looks.iter().flat_map(|looks| looks.0.iter());
        let looks = pairs(looks.map(|(what, spread)| (*what, spread_text(spread))));
        let facts = pairs([
            ("bytes per open task", or_dash(self.bytes_per_task.map(|bytes| format!("{bytes:.0}")))),
            ("deadlines", format!("{} within {:.0} ms", fired.lateness.count, ms(fired.within))),
            ("late, until the log has it", spread_text(&fired.lateness)),
            ("early, twice, missing", format!("{}, {}, {}", fired.early, fired.twice, fired.missing)),
        ]);
        format!("{}\n\n{looks}\n\n{facts}", table(&headings, rows))
    }
}

/// How long it takes until the first of many deadlines: time to make the tasks.
pub(super) fn lead(count: u32) -> Duration {
    Duration::from_secs(5) + Duration::from_millis(1) * count
}
