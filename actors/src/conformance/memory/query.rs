//! Lists and counts over what the store holds.

use std::collections::BTreeMap;

use tracerail_schemas::Timestamp;
use tracerail_schemas::task::{Queue, Task};

use super::contents::Contents;
use super::defect::Defect;
use super::place::Place;
use crate::port::{QueuePlace, TaskFilter, TaskPage, TaskSummary, Totals};

/// The tasks that fit, a page of them.
pub(super) fn page(contents: &Contents, filter: &TaskFilter, place: &Place) -> TaskPage {
    let skipped = usize::from(filter.after.is_some() && place.is(Defect::SkipsBetweenPages));
    let after = contents.by_age_after(filter.after);
    let all = place.is(Defect::IgnoresFilters);
    let mut fitting = after.into_iter().filter(|task| all || fits(filter, task)).skip(skipped);
    let told = |task| if place.is(Defect::ListsStale) { first(contents, task) } else { task };
    let tasks = fitting.by_ref().take(filter.limit).map(|task| summary(told(task))).collect();
    TaskPage { tasks, more: fitting.next().is_some() }
}

fn first<'a>(contents: &'a Contents, task: &'a Task) -> &'a Task {
    contents.first.get(&task.id).unwrap_or(task)
}

fn fits(filter: &TaskFilter, task: &Task) -> bool {
    filter.tenant.as_ref().is_none_or(|tenant| *tenant == task.data.tenant)
        && (filter.statuses.is_empty() || filter.statuses.contains(&task.state.status))
        && filter.assignee.as_ref().is_none_or(|assignee| task.assignee() == Some(assignee))
        && filter.due_before.is_none_or(|before| task.state.due_at.is_some_and(|due| due < before))
}

fn summary(task: &Task) -> TaskSummary {
    TaskSummary {
        id: task.id,
        version: task.version,
        status: task.state.status,
        priority: task.state.priority,
        assignee: task.assignee().cloned(),
        due_at: task.state.due_at,
        escalation_level: task.state.escalation_level,
        sla: task.state.clock.state(task.is_open()),
        created_at: task.data.created_at,
        task_type: task.data.task_type.clone(),
        content_key: task.data.content_key.clone(),
        excerpt: task.data.content.lines().next().unwrap_or_default().to_owned(),
    }
}

/// The open tasks whose time has come, the longest overdue first.
pub(super) fn due(contents: &Contents, now: Timestamp, limit: usize, place: &Place) -> Vec<Task> {
    let early = place.is(Defect::WakesEarly);
    let wake_at = |task: &Task| {
        let armed = if place.is(Defect::ArmsOnce) { first(contents, task) } else { task };
        let closed = place.is(Defect::WakesClosed).then_some(task.data.created_at);
        armed.wake_at().or(closed)
    };
    let mut due: Vec<_> = contents
        .by_age()
        .into_iter()
        .filter(|task| wake_at(task).is_some_and(|at| at <= now || early))
        .collect();
    if !place.is(Defect::DueUnordered) {
        due.sort_by_key(|task| wake_at(task));
    }
    due.into_iter().take(limit).cloned().collect()
}

/// The tasks that wait in these queues, the most urgent first.
pub(super) fn waiting(
    contents: &Contents,
    queues: &[Queue],
    (after, limit): (Option<QueuePlace>, usize),
    place: &Place,
) -> Vec<Task> {
    let queues_of = |task: &Task| {
        let told = if place.is(Defect::QueuesStand) { first(contents, task) } else { task };
        told.state.queues()
    };
    let of = |task: &Task| (task.state.rank(), task.id);
    let mut waiting: Vec<_> = contents
        .by_age()
        .into_iter()
        .filter(|task| queues_of(task).iter().any(|queue| queues.contains(queue)))
        .filter(|task| after.is_none_or(|after| of(task) > after))
        .collect();
    if !place.is(Defect::WaitsByAge) {
        waiting.sort_by_key(|task| of(task));
    }
    waiting.into_iter().take(limit).cloned().collect()
}

/// Counts over everything in the store.
pub(super) fn totals(contents: &Contents, dead_letters_held: u64, place: &Place) -> Totals {
    let tasks = || contents.tasks.values().filter(|task| task.is_open() || !place.is(Defect::CountsOpenOnly));
    Totals {
        contents: (contents.records.len() + contents.gone.len()) as u64,
        outcomes: counted(
            contents
                .records
                .values()
                .filter_map(|record| record.terminal.as_ref().map(|end| end.outcome))
                .chain(contents.gone.iter().copied()),
        ),
        tasks: counted(tasks().map(|task| task.state.status)),
        sla: counted(tasks().map(|task| task.state.clock.state(task.is_open()))),
        escalated: tasks().filter(|task| task.state.escalation_level > 0).count() as u64,
        dead_letters_held,
    }
}

fn counted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}
