//! `tracerail sla`: deadlines, and the proof that they will fire.

mod recompute;

use serde_json::{Value, json};
use tracerail_actors::port::{TaskFilter, TaskSummary};
use tracerail_actors::sla::verify::SlaReport;
use tracerail_schemas::Timestamp;
use tracerail_schemas::task::{AtRisk, DeadlineAction, SlaClock, Status, Target, Task};

use crate::TraceRail;
use crate::cli::args::SlaCommand;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::story::sla_word;
use crate::cli::output::table::{pairs, table};
use crate::cli::output::{short, when};
use crate::cli::task::find;

/// Open tasks looked at for `sla status`.
const LOOK_AT_MAX: usize = 10_000;

/// Looks at deadlines.
pub(super) async fn run(context: &Context, command: SlaCommand) -> Result<Exit, Failure> {
    match command {
        SlaCommand::Recompute(args) => Box::pin(recompute::run(context, args)).await,
        SlaCommand::Status { task, limit } => {
            let app = Box::pin(context.visit()).await?;
            let done = match task {
                Some(task) => one(context, &app.rail, &task).await,
                None => all(context, &app.rail, limit).await,
            };
            app.close().await?;
            done
        }
        SlaCommand::Verify => {
            let app = Box::pin(context.visit()).await?;
            let done = verify(context, &app.rail).await;
            app.close().await?;
            done
        }
    }
}

async fn one(context: &Context, rail: &TraceRail, id: &str) -> Result<Exit, Failure> {
    let task = find::task(rail, id).await?;
    let now = rail.now().await?;
    let value = || {
        json!({
            "task_id": task.id, "status": task.state.status, "due_at": task.state.due_at,
            "sla": task.state.clock.state(task.is_open()), "next_due_at": task.state.clock.next_due_at(),
            "elapsed_seconds": task.state.clock.elapsed(now).as_secs_f64(), "now": now, "clock": task.state.clock,
        })
    };
    context.console.answer(value, || text_of(&task, now))?;
    Ok(Exit::Ok)
}

fn text_of(task: &Task, now: Timestamp) -> String {
    let clock = &task.state.clock;
    let head = pairs([
        ("task", format!("{} ({})", short::task(task.id), task.state.status)),
        ("SLA", sla_word(clock.state(task.is_open())).to_owned()),
        ("used", when::span(clock.elapsed(now))),
        ("clock", if clock.running_since.is_some() { "runs" } else { "stands still" }.to_owned()),
        ("policy", policy(clock)),
        (
            "counts",
            clock
                .calendar
                .as_ref()
                .map_or("all hours".to_owned(), |it| format!("the hours of {} v{}", it.name, it.version)),
        ),
        ("at risk", at_risk(clock)),
    ]);
    let rows = clock.deadlines.iter().enumerate().map(|(index, deadline)| {
        let left = deadline.after_us.checked_sub(clock.elapsed(now));
        let action = match deadline.action {
            DeadlineAction::Escalate => "escalate",
            DeadlineAction::Expire => "expire",
        };
        let fired = clock.breaches.get(index);
        let how = match (index < clock.fired, left) {
            (true, _) => {
                fired.map_or("fired".to_owned(), |breach| format!("fired {}", when::exact(breach.fired_at)))
            }
            (false, _) if !task.is_open() => "not reached".to_owned(),
            (false, Some(left)) => format!("{} left", when::span(left)),
            (false, None) => "overdue".to_owned(),
        };
        let level = if deadline.round == 0 {
            deadline.level.to_string()
        } else {
            format!("{} (loop {})", deadline.level, deadline.round)
        };
        vec![level, target(deadline.target).to_owned(), when::span(deadline.after_us), action.to_owned(), how]
    });
    format!("{head}\n\n{}", table(&["level", "until", "after", "action", "stands"], rows))
}

fn policy(clock: &SlaClock) -> String {
    let wanted = clock.unknown_policy.as_ref();
    let flag = wanted.map(|name| format!(" ({name:?} was asked for, and is not configured)"));
    format!("{} v{}{}", clock.policy, clock.policy_version, flag.unwrap_or_default())
}

fn at_risk(clock: &SlaClock) -> String {
    match &clock.at_risk {
        None => "nobody is warned".to_owned(),
        Some(AtRisk { warned_at: Some(at), .. }) => format!("warned {}", when::exact(*at)),
        Some(AtRisk { after_us, .. }) => format!("warns after {}", when::span(*after_us)),
    }
}

const fn target(target: Target) -> &'static str {
    match target {
        Target::Start => "begun",
        Target::Completion => "closed",
        Target::Review => "reviewed",
    }
}

async fn all(context: &Context, rail: &TraceRail, limit: usize) -> Result<Exit, Failure> {
    let statuses = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let tenant = context.globals.tenant.clone();
    let filter = TaskFilter { tenant, statuses, limit: LOOK_AT_MAX, ..TaskFilter::default() };
    let mut page = rail.tasks(filter).await?;
    let now = rail.now().await?;
    // Standing clocks have no due date; they come last.
    page.tasks.sort_by_key(|task| (task.due_at.is_none(), task.due_at));
    let shown = page.tasks.get(..limit.min(page.tasks.len())).unwrap_or_default();
    let left_out = page.tasks.len() - shown.len();
    let value = || json!({"now": now, "tasks": shown.iter().map(line_json).collect::<Vec<_>>(), "more": left_out > 0 || page.more});
    context.console.answer(value, || {
        if shown.is_empty() {
            return "no open tasks".to_owned();
        }
        let rows = shown.iter().map(|task| line(task, now));
        table(&["task", "due", "", "sla", "level", "status", "assignee"], rows)
    })?;
    if left_out > 0 {
        context.console.note(&format!("{left_out} more; --limit shows them"));
    }
    Ok(Exit::Ok)
}

fn line(task: &TaskSummary, now: Timestamp) -> Vec<String> {
    vec![
        short::task(task.id),
        task.due_at.map_or("stands still".to_owned(), when::exact),
        task.due_at.map_or(String::new(), |due| when::relative(due, now)),
        sla_word(task.sla).to_owned(),
        task.escalation_level.to_string(),
        task.status.to_string(),
        task.assignee.as_ref().map_or("-".to_owned(), ToString::to_string),
    ]
}

fn line_json(task: &TaskSummary) -> Value {
    json!({
        "task_id": task.id, "due_at": task.due_at, "sla": task.sla, "status": task.status,
        "escalation_level": task.escalation_level, "assignee": task.assignee,
    })
}

async fn verify(context: &Context, rail: &TraceRail) -> Result<Exit, Failure> {
    let report = rail.sla_verify().await?;
    let right = report.wrong.is_empty();
    let wrong = || {
        let timer = |timer: &tracerail_actors::sla::verify::WrongTimer| json!({"task_id": timer.task_id, "armed_at": timer.armed_at, "should_be": timer.should_be});
        report.wrong.iter().map(timer).collect::<Vec<_>>()
    };
    let value = || {
        json!({
            "ok": right, "open": report.open, "armed": report.armed, "standing_still": report.standing_still,
            "exhausted": report.exhausted, "overdue": report.overdue, "wrong": wrong(),
        })
    };
    context.console.answer(value, || told(&report))?;
    Ok(if right { Exit::Ok } else { Exit::Failure })
}

fn told(report: &SlaReport) -> String {
    let counts = pairs([
        ("open tasks", report.open.to_string()),
        ("with an armed timer", report.armed.to_string()),
        ("of these overdue", report.overdue.to_string()),
        ("standing still", report.standing_still.to_string()),
        ("after their last level", report.exhausted.to_string()),
        ("WRONG", report.wrong.len().to_string()),
    ]);
    let at = |at: Option<Timestamp>| at.map_or("none".to_owned(), when::exact);
    let wrong = report.wrong.iter().map(|timer| {
        format!("\n{}: armed {}, should be {}", timer.task_id, at(timer.armed_at), at(timer.should_be))
    });
    let wrong: String = wrong.collect();
    let verdict = if report.wrong.is_empty() {
        "every deadline is armed"
    } else {
        "some deadlines are not armed as they should be"
    };
    format!("{counts}{wrong}\n\n{verdict}")
}
