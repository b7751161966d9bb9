//! The load: tasks that are made and decided by commands, as fast as TraceRail takes them.

use std::time::Duration;

use futures::{StreamExt, stream};
use tracerail::TraceRail;
use tracerail::bench;
use tracerail::client::new_command_id;
use tracerail_schemas::task::{Command, CommandOutcome, Decision, Verb};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{PersonId, Principal, TaskId};

/// Commands under way at the same time.
const AT_ONCE: usize = 64;

/// What is not due while it is measured.
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// Makes so many tasks, which Ada has; each is due after the time that is said for its number.
pub(crate) async fn make(rail: &TraceRail, count: usize, due: impl Fn(usize) -> Duration) -> Vec<TaskId> {
    let commands = (0..count).map(|n| {
        let due_after = Hours::new(due(n).as_secs_f64() / 3_600.0).unwrap();
        let mut command = bench::task(person("eve"), n, due_after);
        if let Verb::Create(new) = &mut command.verb {
            new.suggested_assignee = Some(person("ada"));
        }
        command
    });
    give(rail, commands).await
}

/// Ada decides these.
pub(crate) async fn decide(rail: &TraceRail, tasks: impl IntoIterator<Item = TaskId>) {
    let commands = tasks.into_iter().map(|task_id| Command {
        id: new_command_id(),
        task_id,
        by: Principal::user(person("ada")),
        expected_version: None,
        verb: Verb::Complete {
            decision: Decision::Approved,
            result: serde_json::Map::new(),
            comments: None,
            quality_score: None,
            shown: None,
        },
        traceparent: None,
    });
    give(rail, commands).await;
}

async fn give(rail: &TraceRail, commands: impl IntoIterator<Item = Command>) -> Vec<TaskId> {
    let given = commands.into_iter().map(|command| async {
        let task = command.task_id;
        let outcome = rail.command(command).await.unwrap().outcome;
        assert!(matches!(outcome, CommandOutcome::Done { .. }), "{outcome:?}");
        task
    });
    stream::iter(given).buffer_unordered(AT_ONCE).collect().await
}

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}
