//! `tracerail task show`.

use serde_json::json;
use tracerail_schemas::task::{CommandKind, Status, Task, lifecycle};
use tracerail_schemas::{PersonId, Timestamp, hash};

use super::find;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::story::sla_word;
use crate::cli::output::table::pairs;
use crate::cli::output::when;

/// Prints the task.
pub(super) async fn run(context: &Context, id: &str) -> Result<Exit, Failure> {
    let app = Box::pin(context.visit()).await?;
    let found = find::task(&app.rail, id).await;
    let now = app.rail.now().await;
    app.close().await?;
    let (task, now) = (found?, now?);
    let legal = people_may(task.state.status);
    let names: Vec<_> = legal.iter().map(|kind| kind.as_str()).collect();
    let value = || json!({"task": task, "sla": task.state.clock.state(task.is_open()), "legal_commands": legal, "shown": hash::hex(&task.shown())});
    context.console.answer(value, || text_of(&task, now, &names))?;
    Ok(Exit::Ok)
}

fn text_of(task: &Task, now: Timestamp, legal: &[&str]) -> String {
    let (data, state) = (&task.data, &task.state);
    let mut rows = vec![
        ("task", task.id.to_string()),
        ("status", format!("{} (version {})", state.status, task.version)),
        ("priority", state.priority.to_string()),
        ("kind", data.task_type.clone()),
    ];
    if let Some(key) = &data.content_key {
        rows.push(("content", key.to_string()));
    }
    rows.push(("made", format!("{} by {}", when::exact(data.created_at), data.created_by)));
    let optional = [
        ("why", data.reason.clone()),
        ("summary", data.summary.clone().map(|text| format!("{text} (advice of the analysis)"))),
        ("proposed", data.proposed.map(|decision| format!("{decision} (advice of the analysis)"))),
        ("metadata", (!data.metadata.is_empty()).then(|| json!(data.metadata).to_string())),
        ("candidates", candidates(task)),
        ("skills", Some(data.terms.skills_required.join(", ")).filter(|text| !text.is_empty())),
        (
            "assignee",
            state.assignment.as_ref().map(|it| format!("{} ({})", it.assignee_id, it.assignment_reason)),
        ),
        (
            "claim ends",
            state.lease_ends_at().map(|at| format!("{} without a sign of life", when::relative(at, now))),
        ),
        ("offered to", state.offer.as_ref().map(|it| format!("{} until {}", it.to, when::exact(it.until)))),
        ("did not take it", names(&state.declined)),
        ("passed over", passed_over(task)),
        ("excluded", names(&data.terms.excluded_users)),
        ("due", state.due_at.map(|at| format!("{} ({})", when::exact(at), when::relative(at, now)))),
        ("SLA", Some(sla_word(state.clock.state(task.is_open())).to_owned())),
        ("suspended until", state.suspended_until.map(when::exact)),
        ("reminder", state.follow_up_at.map(when::exact)),
        ("escalation", state.escalations.last().map(|it| format!("level {}: {}", it.level, it.reason))),
        ("second look", second_look(task)),
        ("work", work(task)),
        ("review", review(task)),
        ("cancelled", state.cancel_reason.clone()),
        ("closed", state.closed_at.map(when::exact)),
        ("possible now", Some(legal.join(", ")).filter(|text| !text.is_empty())),
    ];
    rows.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    format!("{}\n\n{}", pairs(rows), data.content.trim_end())
}

fn names(people: &[PersonId]) -> Option<String> {
    let names: Vec<_> = people.iter().map(ToString::to_string).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether others must look, how many of them, and what those say who have.
fn second_look(task: &Task) -> Option<String> {
    let terms = task.data.terms.approvals();
    let required = task.data.terms.review_required.then(|| match (terms.needed, terms.of) {
        (1, 1) => "required".to_owned(),
        (needed, of) => format!("required: {needed} of {of} must agree"),
    });
    let said = task.state.reviews.iter().map(|review| {
        let verdict = if review.approved { "approves" } else { "wants changes" };
        format!("{} {verdict}", review.reviewer)
    });
    let open = task.state.adjudicating.then(|| "a lead decides".to_owned());
    let words: Vec<_> = required.into_iter().chain(said).chain(open).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn candidates(task: &Task) -> Option<String> {
    let groups = task.state.candidate_groups.iter().map(ToString::to_string);
    let names: Vec<_> = groups.chain(task.state.candidate_users.iter().map(ToString::to_string)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Who was not chosen when it was assigned, and why.
fn passed_over(task: &Task) -> Option<String> {
    let passed = task.state.assignment.as_ref()?.metadata.get("passed_over")?.as_object()?;
    let each = passed.iter().map(|(person, why)| format!("{person} ({})", why.as_str().unwrap_or_default()));
    Some(each.collect::<Vec<_>>().join(", "))
}

fn work(task: &Task) -> Option<String> {
    let work = task.state.completion.as_ref()?;
    let comment = work.review_comments.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    Some(format!("{} by {}{comment}", work.decision.as_str(), work.completed_by))
}

fn review(task: &Task) -> Option<String> {
    let review = task.state.review.as_ref()?;
    let verdict = if review.approved { "approved" } else { "wants changes" };
    let comment = review.comments.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    Some(format!("{} {verdict}{comment}", review.reviewer))
}

/// What the life cycle allows here to people; a task is expired by TraceRail alone.
fn people_may(status: Status) -> Vec<CommandKind> {
    lifecycle::legal(Some(status)).into_iter().filter(|kind| *kind != CommandKind::Expire).collect()
}
