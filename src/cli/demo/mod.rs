//! `tracerail demo`: the whole thing at work, on example content, with simulated reviewers and a fast clock.
//!
//! Promises: everything below the command line is what always runs; the reviewers work through the public commands, the
//! fast clock is the `Clock` port. In the end the event log is read, and whether every item came to exactly one end is said.
//!
//! Deliberately absent: any branch for the demo in the layers below.

mod check;
mod clock;
mod crew;
mod moves;
mod place;
mod scene;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use tracerail_actors::port::Clock as _;
use tracerail_actors::system::Role;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::logging::{self, Kind};
use super::signals::Stop;
use super::submit::{feed, follow};
use crate::app::{App, Opening};
use crate::config::Config;
use crate::input::{Format, Input};
use check::check;
use clock::FastClock;
use place::Place;
use scene::Scene;
use summary::Summary;

/// How many times as fast as time the clock runs: an hour in a quarter of a second.
const SPEED: u32 = 14_400;

/// How long the reviewers work.
const SHIFT: Duration = Duration::from_secs(16);

/// A show.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail demo\n  tracerail demo --store ./demo.db --seed 7\n\nEach run starts fresh. Without --store the data goes to a folder of its own among the temporary files."
)]
pub(crate) struct DemoArgs {
    /// Another seed, other reviewers' moods
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// How long the reviewers work
    #[arg(long, value_name = "SPAN", value_parser = tracerail_schemas::time::duration_text::parse)]
    shift: Option<Duration>,
}

/// Shows it.
pub(super) async fn run(context: &Context, args: DemoArgs) -> Result<Exit, Failure> {
    let stop = Stop::listen();
    let place = Place::prepare(context)?;
    let config = place.config()?;
    logging::start(context, &config, Kind::Command);
    let shift = args.shift.unwrap_or(SHIFT);
    let clock = FastClock::new(shift * SPEED, SPEED);
    let opening = Opening {
        config: config.clone(),
        roles: Role::ALL.into(),
        clock: Arc::new(clock),
        read_only: false,
        patience: None,
    };
    let app = Box::pin(App::open(opening)).await?;
    let shown =
        Box::pin(show(context, &app, Show { place: &place, config, clock, shift, seed: args.seed }, &stop))
            .await;
    app.close().await?;
    shown
}

/// What the show is made of.
struct Show<'a> {
    place: &'a Place,
    config: Config,
    clock: FastClock,
    shift: Duration,
    seed: u64,
}

async fn show(context: &Context, app: &App, show: Show<'_>, stop: &Stop) -> Result<Exit, Failure> {
    let Show { place, config, clock, shift, seed } = show;
    let console = context.console;
    console.note(&format!("data: {}", place.store.display()));
    let began = Instant::now();
    let fed = Box::pin(feed(context, &app.rail, content(place, &config), stop)).await?;
    let took_in = began.elapsed();
    let rest = Box::pin(follow(context, &app.rail, &fed.keys, stop)).await?;
    let settled = began.elapsed();
    console.note(&format!(
        "{} items taken in, analysed and routed; {} wait for people",
        fed.taken, rest.with_task
    ));
    let people: Vec<_> = config.people.keys().cloned().collect();
    console.note(&format!(
        "{} simulated reviewers work now; an hour takes {} ms",
        people.len(),
        clock.real(Duration::from_hours(1)).as_millis()
    ));
    let scene = Scene {
        rail: &app.rail,
        console,
        clock,
        groups: &config.groups,
        began_at: clock.now(),
        ends_at: began + shift,
        stop,
    };
    let acts = Box::pin(crew::work(&scene, people, seed)).await?;
    scene.let_events_settle().await?;
    let checked = check(&app.rail, &fed.keys).await?;
    let totals = app.rail.totals().await?;
    let examples = summary::examples(&app.rail).await?;
    let summary =
        Summary { fed: &fed, checked: &checked, totals: &totals, acts, took_in, settled, place, examples };
    context.console.answer(|| summary.json(), || summary.text())?;
    let good = checked.is_good() && fed.refused.is_empty();
    Ok(if good { Exit::Ok } else { Exit::Failure })
}

fn content(place: &Place, config: &Config) -> Input {
    Input {
        paths: vec![PathBuf::from(&place.content)],
        format: Format::JsonLines,
        extensions: Vec::new(),
        source: None,
        limits: config.limits.codec(),
        content_bytes_max: config.limits.content_bytes_max,
    }
}
