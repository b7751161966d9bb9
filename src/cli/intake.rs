//! `tracerail intake`: letting what comes in wait.

use std::time::{Duration, Instant};

use clap::Subcommand;
use serde_json::{Value, json};
use tracerail_actors::port::Consumer;
use tracerail_schemas::intake::IntakePause;
use tracerail_schemas::time::duration_text;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::output::table::pairs;
use super::output::when::exact;
use super::signals::Stop;
use crate::TraceRail;
use crate::intake::UnderWay;

/// How often `drain` looks.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// So many looks in a row must find nothing: what is between two actors at one of them has arrived at the next.
const QUIET_LOOKS: usize = 3;

/// Letting intake stand still.
#[derive(Subcommand, Debug)]
pub(crate) enum IntakeCommand {
    /// Take nothing more in: what is submitted waits in the log, and what is under way goes on
    #[command(
        after_help = "Example:\n  tracerail intake pause 'The model is being changed' --as ada\n\nFor every process of the installation, within a second, until `tracerail intake resume`."
    )]
    Pause {
        /// Why
        reason: Option<String>,
    },
    /// Take in again
    #[command(after_help = "Example:\n  tracerail intake resume")]
    Resume,
    /// Take nothing more in, and wait until nothing is under way but what people have to decide
    #[command(
        after_help = "Examples:\n  tracerail intake drain 'Before the update'\n  tracerail intake drain --timeout 2m --json\n\nExit code 5 when it is not so far in time; intake stays paused."
    )]
    Drain {
        /// Why
        reason: Option<String>,
        /// How long is waited: 90s, 2m, 1h
        #[arg(long, value_name = "SPAN", value_parser = duration_text::parse, default_value = "5m")]
        timeout: Duration,
    },
    /// Print whether it stands still, since when and why
    #[command(after_help = "Example:\n  tracerail intake status --json")]
    Status,
}

/// Lets it stand still, or go on.
pub(super) async fn run(context: &Context, command: IntakeCommand) -> Result<Exit, Failure> {
    let stop = Stop::listen();
    let changes = !matches!(command, IntakeCommand::Status);
    let app =
        if changes { Box::pin(context.visit_to_change()).await? } else { Box::pin(context.visit()).await? };
    let done = Box::pin(act(context, &app.rail, command, &stop)).await;
    app.close().await?;
    done
}

async fn act(
    context: &Context,
    rail: &TraceRail,
    command: IntakeCommand,
    stop: &Stop,
) -> Result<Exit, Failure> {
    match command {
        IntakeCommand::Pause { reason } => pause(context, rail, reason).await?,
        IntakeCommand::Resume => rail.set_intake_pause(None).await?,
        IntakeCommand::Drain { reason, timeout } => {
            pause(context, rail, reason).await?;
            return drain(context, rail, timeout, stop).await;
        }
        IntakeCommand::Status => {}
    }
    let (pause, waiting) = (rail.intake_pause().await?, rail.lag(Consumer::Llm).await?);
    context.console.answer(|| json_of(pause.as_ref(), waiting), || text_of(pause.as_ref(), waiting))?;
    Ok(Exit::Ok)
}

async fn pause(context: &Context, rail: &TraceRail, reason: Option<String>) -> Result<(), Failure> {
    let pause = IntakePause { by: context.principal()?, at: rail.now().await?, reason };
    Ok(rail.set_intake_pause(Some(pause)).await?)
}

async fn drain(context: &Context, rail: &TraceRail, timeout: Duration, stop: &Stop) -> Result<Exit, Failure> {
    // What the llm actor still has comes to its end within the time of a model call; what does not is only fetched ahead, and waits.
    let call = context.config()?.llm.timeout + LOOK_EVERY;
    let bar = context.console.counter("events are under way");
    let (began, mut quiet, mut same) = (Instant::now(), 0, (u64::MAX, Instant::now()));
    let under_way = loop {
        let UnderWay { analysis, rest } = rail.under_way().await?;
        if analysis != same.0 {
            same = (analysis, Instant::now());
        }
        let under_way = rest + if same.1.elapsed() > call { 0 } else { analysis };
        bar.set_position(under_way);
        quiet = if under_way == 0 { quiet + 1 } else { 0 };
        if quiet >= QUIET_LOOKS || began.elapsed() >= timeout || stop.within(LOOK_EVERY).await {
            break under_way;
        }
    };
    bar.finish_and_clear();
    let drained = quiet >= QUIET_LOOKS;
    let waiting = rail.lag(Consumer::Llm).await?;
    context.console.answer(
        || json!({"drained": drained, "under_way": under_way, "waiting": waiting}),
        || {
            let rest = if drained {
                "nothing is under way but what people have to decide".to_owned()
            } else {
                format!("{under_way} events are still under way")
            };
            format!("intake stands still, {waiting} items wait; {rest}")
        },
    )?;
    Ok(if drained { Exit::Ok } else { Exit::Unavailable })
}

/// How intake stands, for programs.
pub(super) fn json_of(pause: Option<&IntakePause>, waiting: u64) -> Value {
    json!({
        "paused": pause.is_some(),
        "by": pause.map(|pause| &pause.by), "at": pause.map(|pause| pause.at),
        "reason": pause.and_then(|pause| pause.reason.as_ref()), "waiting": waiting,
    })
}

fn text_of(pause: Option<&IntakePause>, waiting: u64) -> String {
    let Some(pause) = pause else { return format!("intake goes; {waiting} items wait for their turn") };
    let rows = [
        ("intake", "stands still".to_owned()),
        ("since", exact(pause.at)),
        ("by", pause.by.to_string()),
        ("why", pause.reason.clone().unwrap_or_else(|| "-".to_owned())),
        ("items that wait", waiting.to_string()),
    ];
    pairs(rows)
}

/// In a few words, for those who submit or look.
pub(super) fn words(pause: &IntakePause) -> String {
    let why = pause.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("intake stands still since {}, by {}{why}", exact(pause.at), pause.by)
}
