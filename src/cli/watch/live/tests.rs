//! What is shown when this was seen and that was pressed.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use tracerail_actors::conformance::sample::event;
use tracerail_actors::port::{LoggedEvent, Position, TaskPage, TaskSummary, Totals};
use tracerail_schemas::content::Outcome;
use tracerail_schemas::task::{Priority, SlaState, Status};
use tracerail_schemas::{PersonId, Subject, TaskId, Timestamp};
use uuid::Uuid;

use super::Seen;
use super::draw::draw;
use super::keys::Key;
use super::model::{Flow, Mode, Model};

const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gnp.exe";

fn now() -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000)
}

/// A task that is due so many minutes from now.
fn task(number: u128, sla: SlaState, due_in_minutes: i64, excerpt: &str) -> TaskSummary {
    TaskSummary {
        id: TaskId::from_uuid(Uuid::from_u128(number << 96)),
        version: 1,
        status: Status::Assigned,
        priority: Priority::High,
        assignee: Some(PersonId::new("ada").unwrap()),
        due_at: Some(Timestamp::from_micros(now().as_micros() + due_in_minutes * 60_000_000)),
        escalation_level: 1,
        sla,
        created_at: now(),
        task_type: "review".to_owned(),
        content_key: None,
        excerpt: excerpt.to_owned(),
    }
}

fn logged(subject: Subject, id: &str) -> LoggedEvent {
    LoggedEvent { position: Position::of([1]), event: event(subject, id, 1, now()) }
}

fn seen(tasks: Vec<TaskSummary>, events: Vec<LoggedEvent>) -> Seen {
    let totals = Totals { contents: 12, outcomes: vec![(Outcome::Approved, 7)], ..Totals::default() };
    Seen {
        at: now(),
        after: Position::of([1]),
        more: false,
        events,
        tasks: TaskPage { tasks, more: false },
        totals,
    }
}

fn model(tasks: Vec<TaskSummary>, events: Vec<LoggedEvent>) -> Model {
    let mut model = Model::new("here.db", now());
    model.see(seen(tasks, events));
    model
}

/// The lines on a screen of this size.
fn screen(model: &Model, (width, height): (u16, u16)) -> Vec<String> {
    let buffer = drawn(model, (width, height));
    let cells: Vec<_> = buffer.content().iter().map(|cell| cell.symbol().to_owned()).collect();
    cells.chunks(usize::from(width)).map(<[String]>::concat).collect()
}

fn drawn(model: &Model, (width, height): (u16, u16)) -> ratatui::buffer::Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model)).unwrap();
    terminal.backend().buffer().clone()
}

fn shows(model: &Model, text: &str) -> bool {
    screen(model, (120, 40)).iter().any(|line| line.contains(text))
}

fn three() -> Vec<TaskSummary> {
    vec![
        task(1, SlaState::Running, 90, "a refund"),
        task(2, SlaState::Paused, -500, "a complaint"),
        task(3, SlaState::Breached, -5, "a threat"),
    ]
}

#[test]
fn tasks_stand_by_urgency_with_what_is_left_of_their_time() {
    let model = model(three(), Vec::new());
    let lines = screen(&model, (120, 40));
    let place = |text: &str| {
        lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{lines:#?}"))
    };
    assert!(place("a threat") < place("a refund") && place("a refund") < place("a complaint"));
    assert!(lines[place("a threat")].contains("5m 0s ago"), "{lines:#?}");
    assert!(lines[place("a refund")].contains("in 1h 30m"), "{lines:#?}");
    assert!(lines[place("a complaint")].contains("stands still"), "{lines:#?}");
    assert!(lines[1].contains("12 items, ended: 7 approved"), "{lines:#?}");
    let buffer = drawn(&model, (120, 40));
    let colour = |text: &str| buffer[(1, u16::try_from(place(text)).unwrap())].fg;
    assert_eq!(
        (colour("a threat"), colour("a refund"), colour("a complaint")),
        (Color::Red, Color::Reset, Color::DarkGray)
    );
}

#[test]
fn a_near_deadline_is_coloured_and_counts_down() {
    let mut model = model(vec![task(1, SlaState::Running, 59, "a refund")], Vec::new());
    assert!(shows(&model, "in 59m 0s"));
    let later = Seen { at: now().plus(Duration::from_secs(1)), ..seen(three(), Vec::new()) };
    model.see(Seen {
        tasks: TaskPage { tasks: vec![task(1, SlaState::Running, 59, "a refund")], more: true },
        ..later
    });
    assert!(shows(&model, "in 58m 59s") && shows(&model, "1 of more"));
    let buffer = drawn(&model, (120, 40));
    assert!(buffer.content().iter().any(|cell| cell.fg == Color::Yellow));
}

#[test]
fn events_and_escalations_are_told_and_counted() {
    let mut events: Vec<_> =
        (0..20).map(|n| logged(Subject::ContentSubmitted, &format!("item-{n}"))).collect();
    events.push(logged(Subject::TaskEscalated, "item-3"));
    let model = model(Vec::new(), events);
    assert!(shows(&model, "a second: 2.0 in, 0.0 ended, 2.1 events"));
    let lines = screen(&model, (120, 40));
    assert_eq!(lines.iter().filter(|line| line.contains("task.escalated")).count(), 2, "{lines:#?}");
    let newest = lines.iter().position(|line| line.contains("item-19")).unwrap();
    let older = lines.iter().position(|line| line.contains("item-18")).unwrap();
    assert!(newest < older, "the newest comes first: {lines:#?}");
}

#[test]
fn keys_do_what_the_help_says() {
    let mut model = model(three(), vec![logged(Subject::ContentSubmitted, "item-1")]);
    assert_eq!(model.press(Key::Char('?')), Flow::Stay);
    assert!(shows(&model, "this help"));
    model.press(Key::Char('?'));
    model.press(Key::Char('p'));
    assert!(model.is_paused() && shows(&model, "PAUSED"));
    model.press(Key::Char('p'));
    assert!(!model.is_paused());

    model.press(Key::Char('f'));
    for letter in "REFUNq".chars() {
        assert_eq!(model.press(Key::Char(letter)), Flow::Stay, "a letter of the filter is no command");
    }
    model.press(Key::Backspace);
    model.press(Key::Enter);
    assert!(shows(&model, "a refund") && !shows(&model, "a threat") && !shows(&model, "item-1"));
    model.press(Key::Escape);
    assert!(shows(&model, "a threat") && shows(&model, "item-1"));

    model.press(Key::Down);
    assert!(!shows(&model, "a threat") && shows(&model, "a refund"));
    model.press(Key::PageDown);
    assert!(shows(&model, "a complaint"), "the last task stays in sight");
    model.press(Key::PageUp);
    assert!(shows(&model, "a threat"));
    assert_eq!(model.press(Key::Char('q')), Flow::Quit);
    assert_eq!(model.press(Key::Interrupt), Flow::Quit);
    model.press(Key::Char('f'));
    assert_eq!(model.press(Key::Interrupt), Flow::Quit, "also while a filter is typed");
}

#[test]
fn what_cannot_be_looked_at_is_said_until_it_can() {
    let mut model = model(three(), Vec::new());
    model.trouble("the store is away");
    assert!(shows(&model, "the store is away") && shows(&model, "a threat"));
    model.see(seen(three(), Vec::new()));
    assert!(!shows(&model, "the store is away"));
}

#[test]
fn nothing_that_came_from_outside_steers_the_terminal() {
    let mut model = Model::new(HOSTILE, now());
    let events = vec![logged(Subject::TaskEscalated, &format!("id{HOSTILE}"))];
    model.see(seen(vec![task(1, SlaState::Running, 9, HOSTILE)], events));
    model.trouble(HOSTILE);
    for line in screen(&model, (160, 40)) {
        assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
    }
    assert!(
        screen(&model, (160, 40)).iter().any(|line| line.contains("gnp.exe")),
        "it is shown all the same"
    );
}

#[test]
fn every_size_can_be_drawn_on() {
    let mut model = model(three(), vec![logged(Subject::TaskEscalated, "a")]);
    for mode in [Mode::View, Mode::Typing, Mode::Help] {
        model.mode = mode;
        for size in [(1, 1), (2, 3), (10, 5), (40, 12), (80, 24), (300, 100)] {
            drawn(&model, size);
        }
    }
    model.mode = Mode::View;
    assert!(screen(&model, (80, 10)).iter().any(|line| line.contains("open tasks")));
}
