//! What the demo says in the end.

use std::time::Duration;

use serde_json::{Value, json};
use tracerail_actors::port::{TaskFilter, Totals};
use tracerail_schemas::TaskId;
use tracerail_schemas::task::Status;

use super::check::Checked;
use super::crew::Acts;
use super::place::Place;
use crate::TraceRail;
use crate::cli::failure::Failure;
use crate::cli::output::short;
use crate::cli::output::table::pairs;
use crate::cli::status;
use crate::cli::submit::Fed;

/// Tasks that are named as examples: one to claim or work, one that escalated, one with an item to look at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Examples {
    open: Option<(TaskId, String)>,
    escalated: Option<TaskId>,
    content: Option<String>,
}

/// Everything there is to say.
#[derive(Debug)]
pub(super) struct Summary<'a> {
    pub(super) fed: &'a Fed,
    pub(super) checked: &'a Checked,
    pub(super) totals: &'a Totals,
    pub(super) acts: Acts,
    pub(super) took_in: Duration,
    pub(super) settled: Duration,
    pub(super) place: &'a Place,
    pub(super) examples: Examples,
}

/// Looks for tasks worth naming.
pub(super) async fn examples(rail: &TraceRail) -> Result<Examples, Failure> {
    let list = async |statuses: Vec<Status>| -> Result<Vec<_>, Failure> {
        let filter = TaskFilter { statuses, limit: 50, ..TaskFilter::default() };
        Ok(rail.tasks(filter).await?.tasks)
    };
    let work = list(vec![Status::Assigned, Status::InProgress, Status::Escalated]).await?;
    let open = work.iter().find_map(|task| Some((task.id, task.assignee.as_ref()?.to_string())));
    let escalated = list(vec![Status::Escalated]).await?.first().map(|task| task.id);
    let done = list(vec![Status::Completed]).await?;
    let most = done.iter().max_by_key(|task| task.version);
    let content = most.and_then(|task| task.content_key.as_ref()).map(|key| key.id.clone());
    Ok(Examples { open, escalated, content })
}

impl Summary<'_> {
    pub(super) fn text(&self) -> String {
        let mut rows = status::rows(self.totals);
        let acts: Vec<_> = self.acts.done.iter().map(|(verb, count)| format!("{count} {verb}")).collect();
        rows.push(("commands of reviewers", format!("{} ({} refused)", acts.join(", "), self.acts.refused)));
        rows.push(("taking in", self.rate(self.took_in, "every item on disk")));
        rows.push(("to an end or a task", self.rate(self.settled, "analysed, routed, task made")));
        format!("{}\n\n{}\n\n{}", pairs(rows), self.verdict(), self.what_next())
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "totals": status::json_of(self.totals),
            "commands": self.acts.done,
            "commands_refused": self.acts.refused,
            "taken_in": self.fed.taken,
            "took_in_seconds": self.took_in.as_secs_f64(),
            "settled_seconds": self.settled.as_secs_f64(),
            "check": {
                "ok": self.checked.is_good(), "ended_once": self.checked.ended,
                "one_open_task": self.checked.open, "wrong": self.checked.wrong,
            },
            "store": self.place.store,
            "config": self.place.config,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for people; counts are far below 2^52")]
    fn rate(&self, took: Duration, what: &str) -> String {
        let items = self.fed.keys.len();
        let rate = items as f64 / took.as_secs_f64().max(0.000_001);
        format!("{items} items in {:.2} s, {rate:.0}/s ({what})", took.as_secs_f64())
    }

    fn verdict(&self) -> String {
        let Checked { ended, open, wrong } = self.checked;
        if wrong.is_empty() {
            return format!(
                "check: good. The event log has exactly one terminal event for {ended} items, and one open task for the other {open}."
            );
        }
        format!("check: FAILED for {} items\n  {}", wrong.len(), wrong.join("\n  "))
    }

    fn what_next(&self) -> String {
        let program = program();
        let config = shell(&self.place.config.display().to_string());
        let mut lines = vec![
            format!(
                "data: {} (configuration beside it; reviewers are simulated)",
                self.place.store.display()
            ),
            "try next:".to_owned(),
        ];
        let mut add = |command: String| lines.push(format!("  {program} -c {config} {command}"));
        add("status".to_owned());
        add("task list --open".to_owned());
        if let Some((task, assignee)) = &self.examples.open {
            let (task, assignee) = (short::task(*task), shell(assignee));
            add(format!("task show {task}"));
            add(format!("task complete {task} --decision approved --as {assignee}"));
        }
        if let Some(task) = self.examples.escalated {
            add(format!("sla status {}", short::task(task)));
        }
        if let Some(content) = &self.examples.content {
            add(format!("content show {}", shell(content)));
        }
        add("watch --from-start --no-follow task.escalated".to_owned());
        lines.join("\n")
    }
}

/// The program as it can be called again.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_else(|_| "tracerail".into());
    let here = std::env::current_dir().ok();
    let below =
        here.and_then(|here| path.strip_prefix(here).ok().map(|path| format!("./{}", path.display())));
    shell(&below.unwrap_or_else(|| path.display().to_string()))
}

/// A word for a shell.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
