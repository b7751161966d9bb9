//! `tracerail watch`: what happens, as it happens. On a terminal a view of the whole, elsewhere a line an event.

mod lines;
mod live;

use std::io::{IsTerminal, stdin, stdout};

use clap::Args;
use tracerail_actors::port::{LoggedEvent, Position};
use tracerail_schemas::{Subject, TenantId};

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::signals::Stop;

/// Watching.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  tracerail watch\n  tracerail watch task.escalated --lines\n  tracerail watch 'task.*' sla.breached --json\n  tracerail watch --from-start --no-follow --json > events.jsonl\n  tracerail watch --tenant acme\n\nOn a terminal: a view of open tasks, escalations and events; ? there says which keys. A line an event with --lines, with options that choose events, and wherever the output goes elsewhere."
)]
pub(crate) struct WatchArgs {
    /// The subjects: `task.escalated`, `task.*`, ...; none for all
    #[arg(value_name = "SUBJECT")]
    pub(crate) subjects: Vec<String>,
    /// A line an event, on a terminal too
    #[arg(long)]
    pub(crate) lines: bool,
    /// Begin with the oldest event
    #[arg(long, conflicts_with = "after")]
    pub(crate) from_start: bool,
    /// Begin after this place in the log
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<Position>,
    /// End after this many events
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// End when there are no more events
    #[arg(long)]
    pub(crate) no_follow: bool,
}

/// Which events are shown.
struct Wanted {
    /// Those on these subjects; all of them, without any.
    subjects: Vec<Subject>,
    /// Those of this tenant.
    tenant: Option<TenantId>,
}

impl Wanted {
    fn wants(&self, logged: &LoggedEvent) -> bool {
        self.tenant.as_ref().is_none_or(|tenant| logged.event.envelope.tenant == *tenant)
    }
}

/// Shows events until it is told to stop.
pub(super) async fn run(context: &Context, args: WatchArgs) -> Result<Exit, Failure> {
    let wanted =
        Wanted { subjects: lines::subjects(&args.subjects)?, tenant: context.globals.tenant.clone() };
    let stop = Stop::listen();
    let app = Box::pin(context.visit()).await?;
    let watched = if wants_view(context, &args) {
        Box::pin(live::run(&app.rail, app.place(), &wanted, &stop)).await
    } else {
        lines::run(context, &app.rail, &args, &wanted, &stop).await
    };
    app.close().await?;
    watched.map(|()| Exit::Ok)
}

fn wants_view(context: &Context, args: &WatchArgs) -> bool {
    let chooses =
        args.lines || args.from_start || args.no_follow || args.after.is_some() || args.count.is_some();
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    !chooses && !dumb && !context.console.is_json() && stdin().is_terminal() && stdout().is_terminal()
}
