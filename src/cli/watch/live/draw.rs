//! How the model looks: pure, from the model onto a frame of whatever size.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph, Row, Table};
use tracerail_schemas::task::SlaState;

use super::model::{Mode, Model, Open, Told};
use crate::cli::output::when::{exact, relative};

/// From here on a deadline is near.
const NEAR: Duration = Duration::from_hours(1);

/// Below this height only the tasks are shown.
const LOW: u16 = 16;

const KEYS: &str = "q quit   up/down scroll   p pause   f filter   ? help";

const HELP: &str = "q, Ctrl-C    quit
up, down     scroll the tasks; page up, page down by ten
p            pause: nothing moves until p is pressed again, and nothing is missed
f            filter tasks, escalations and events; Enter keeps it, Escape drops it
?            this help

red: overdue   yellow: due within the hour   grey: the clock stands still";

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, model: &Model) {
    let low = frame.area().height < LOW;
    let (few, rest) = if low { (0, 0) } else { (5, frame.area().height / 3) };
    let [head, tasks, escalations, events, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(few),
        Constraint::Length(rest),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(header(model), head);
    draw_tasks(frame, model, tasks);
    draw_told(frame, "escalations", model.escalations(), escalations);
    draw_told(frame, "events", model.events(), events);
    frame.render_widget(footer(model), foot);
    if model.mode == Mode::Help {
        let area = middle(frame.area());
        frame.render_widget(Clear, area);
        frame.render_widget(Paragraph::new(HELP).block(Block::bordered().title(" help ")), area);
    }
}

fn header(model: &Model) -> Paragraph<'_> {
    let rates = &model.rates;
    let (submitted, ended, all) =
        (rates.submitted.per_second(), rates.ended.per_second(), rates.all.per_second());
    let outcomes: Vec<_> = model
        .totals
        .outcomes
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    let ended_so = if outcomes.is_empty() { "none".to_owned() } else { outcomes.join(", ") };
    Paragraph::new(vec![
        Line::from(format!("tracerail  {}  {}", model.place, exact(model.now)))
            .style(Style::new().add_modifier(Modifier::BOLD)),
        Line::from(format!(
            "a second: {submitted:.1} in, {ended:.1} ended, {all:.1} events   {} items, ended: {ended_so}",
            model.totals.contents
        )),
    ])
}

fn draw_tasks(frame: &mut Frame<'_>, model: &Model, area: Rect) {
    let found = model.tasks().count();
    let of_more = if model.more_tasks { " of more" } else { "" };
    let block = Block::bordered().title(format!(" open tasks by urgency: {found}{of_more} "));
    let rows = model.tasks().skip(model.scrolled).take(usize::from(area.height)).map(|open| row(open, model));
    let widths = [
        Constraint::Length(8),
        Constraint::Length(16),
        Constraint::Length(14),
        Constraint::Length(6),
        Constraint::Length(3),
        Constraint::Length(14),
        Constraint::Fill(1),
    ];
    let heading = Row::new(["task", "due", "status", "prio", "esc", "assignee", "what"])
        .style(Style::new().add_modifier(Modifier::DIM));
    frame.render_widget(Table::new(rows, widths).header(heading).block(block), area);
}

fn row<'a>(open: &'a Open, model: &Model) -> Row<'a> {
    let task = &open.task;
    let (due, style) = match (task.sla, task.due_at) {
        (SlaState::Paused, _) => ("stands still".to_owned(), Style::new().fg(Color::DarkGray)),
        (SlaState::Breached, due) => (
            due.map_or_else(|| "overdue".to_owned(), |due| relative(due, model.now)),
            Style::new().fg(Color::Red),
        ),
        (SlaState::Running, Some(due)) => {
            let near = due.since(model.now) <= NEAR;
            let style = if near { Style::new().fg(Color::Yellow) } else { Style::new() };
            (relative(due, model.now), style)
        }
        (SlaState::Running | SlaState::Met | SlaState::Missed, _) => ("-".to_owned(), Style::new()),
    };
    Row::new([
        open.name.clone(),
        due,
        task.status.as_str().to_owned(),
        task.priority.as_str().to_owned(),
        task.escalation_level.to_string(),
        open.assignee.clone(),
        open.excerpt.clone(),
    ])
    .style(style)
}

fn draw_told<'a>(frame: &mut Frame<'_>, title: &str, told: impl Iterator<Item = &'a Told>, area: Rect) {
    let lines = told
        .take(usize::from(area.height))
        .map(|told| Line::from(format!("{}  {:<24} {}", exact(told.at), told.subject.as_str(), told.words)));
    let block = Block::bordered().title(format!(" {title} "));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(block), area);
}

fn footer(model: &Model) -> Line<'_> {
    let warning = Style::new().fg(Color::Yellow);
    if let Some(trouble) = &model.trouble {
        return Line::from(format!("cannot look, trying on: {trouble}")).style(Style::new().fg(Color::Red));
    }
    match (model.mode == Mode::Typing, model.filter.is_empty(), model.paused) {
        (true, _, _) => Line::from(format!("filter: {}_", model.filter)).style(warning),
        (_, _, true) => Line::from("PAUSED: p goes on").style(warning),
        (_, false, _) => Line::from(format!("filtered by {:?}: Escape drops it   {KEYS}", model.filter)),
        (_, true, _) => Line::from(KEYS),
    }
}

fn middle(area: Rect) -> Rect {
    let [_, rows, _] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(9), Constraint::Fill(1)]).areas(area);
    let [_, middle, _] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Max(86), Constraint::Fill(1)]).areas(rows);
    middle
}
