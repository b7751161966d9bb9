//! What is shown, and what becomes of it when something is seen or a key is pressed. No terminal and no clock.

use std::collections::VecDeque;

use tracerail_actors::port::{LoggedEvent, TaskSummary, Totals};
use tracerail_schemas::task::SlaState;
use tracerail_schemas::{Subject, Timestamp};

use super::Seen;
use super::keys::Key;
use super::rates::Rate;
use crate::cli::output::clean::clean_line;
use crate::cli::output::event::row_of;
use crate::cli::output::short;

/// Events that are kept.
const EVENTS_MAX: usize = 500;

/// Escalations that are kept.
const ESCALATIONS_MAX: usize = 50;

/// Lines a page key moves.
const PAGE: usize = 10;

/// The longest line that is kept of what came from outside.
const CHARS_MAX: usize = 300;

/// Whether the view goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flow {
    Stay,
    Quit,
}

/// What keys mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// They move the view.
    View,
    /// They are letters of the filter.
    Typing,
    /// They move the view behind the help.
    Help,
}

/// An event, as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Told {
    pub(super) at: Timestamp,
    pub(super) subject: Subject,
    pub(super) words: String,
}

/// An open task, as it is shown.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Open {
    pub(super) name: String,
    pub(super) task: TaskSummary,
    pub(super) assignee: String,
    pub(super) excerpt: String,
}

/// How much happens a second.
#[derive(Debug, Default)]
pub(super) struct Rates {
    pub(super) submitted: Rate,
    pub(super) ended: Rate,
    pub(super) all: Rate,
}

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) place: String,
    pub(super) now: Timestamp,
    pub(super) totals: Totals,
    pub(super) rates: Rates,
    pub(super) more_tasks: bool,
    pub(super) trouble: Option<String>,
    pub(super) scrolled: usize,
    pub(super) paused: bool,
    pub(super) filter: String,
    pub(super) mode: Mode,
    tasks: Vec<Open>,
    escalations: VecDeque<Told>,
    events: VecDeque<Told>,
}

impl Model {
    /// Nothing was seen yet.
    pub(super) fn new(place: &str, now: Timestamp) -> Self {
        Self {
            place: clean_line(place, CHARS_MAX),
            now,
            totals: Totals::default(),
            rates: Rates::default(),
            more_tasks: false,
            trouble: None,
            scrolled: 0,
            paused: false,
            filter: String::new(),
            mode: Mode::View,
            tasks: Vec::new(),
            escalations: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Whether what happens is left for later.
    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Takes in what one look has found.
    pub(super) fn see(&mut self, seen: Seen) {
        let Seen { at, after: _, more: _, events, tasks, totals } = seen;
        let count = |subject| events.iter().filter(|logged| logged.event.envelope.subject == subject).count();
        self.rates.submitted.add(at, count(Subject::ContentSubmitted) as u64);
        self.rates.ended.add(at, count(Subject::ContentCompleted) as u64);
        self.rates.all.add(at, events.len() as u64);
        for logged in &events {
            self.tell(logged);
        }
        self.tasks = tasks.tasks.into_iter().map(Open::of).collect();
        self.tasks.sort_by_key(|open| (open.rank(), open.task.due_at, open.task.created_at));
        (self.now, self.totals, self.more_tasks, self.trouble) = (at, totals, tasks.more, None);
        self.keep_in_sight();
    }

    /// Somebody could not look, and will again.
    pub(super) fn trouble(&mut self, what: &str) {
        self.trouble = Some(clean_line(what, CHARS_MAX));
    }

    /// A key was pressed.
    pub(super) fn press(&mut self, key: Key) -> Flow {
        if key == Key::Interrupt {
            return Flow::Quit;
        }
        if self.mode == Mode::Typing {
            self.type_filter(key);
            return Flow::Stay;
        }
        match key {
            Key::Char('q') => return Flow::Quit,
            Key::Char('p') => self.paused = !self.paused,
            Key::Char('f' | '/') => self.mode = Mode::Typing,
            Key::Char('?') => self.mode = if self.mode == Mode::Help { Mode::View } else { Mode::Help },
            Key::Escape => (self.mode, self.filter) = (Mode::View, String::new()),
            Key::Up => self.scrolled = self.scrolled.saturating_sub(1),
            Key::Down => self.scrolled += 1,
            Key::PageUp => self.scrolled = self.scrolled.saturating_sub(PAGE),
            Key::PageDown => self.scrolled += PAGE,
            Key::Char(_) | Key::Enter | Key::Backspace | Key::Resized | Key::Interrupt => {}
        }
        self.keep_in_sight();
        Flow::Stay
    }

    /// The open tasks that are asked for, the most urgent first.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &Open> {
        self.tasks.iter().filter(|open| {
            [&open.name, &open.assignee, &open.excerpt].into_iter().any(|text| self.wants(text))
                || self.wants(open.task.status.as_str())
        })
    }

    /// The last escalations that are asked for, the newest first.
    pub(super) fn escalations(&self) -> impl Iterator<Item = &Told> {
        self.escalations.iter().rev().filter(|told| self.wants(&told.words))
    }

    /// The last events that are asked for, the newest first.
    pub(super) fn events(&self) -> impl Iterator<Item = &Told> {
        self.events.iter().rev().filter(|told| self.wants(&told.words) || self.wants(told.subject.as_str()))
    }

    fn wants(&self, text: &str) -> bool {
        self.filter.is_empty() || text.to_lowercase().contains(&self.filter.to_lowercase())
    }

    fn tell(&mut self, logged: &LoggedEvent) {
        let envelope = &logged.event.envelope;
        let said = row_of(logged).split_off(2).join(": ");
        let words = clean_line(&format!("{}  {said}", envelope.about), CHARS_MAX);
        let told = Told { at: envelope.time, subject: envelope.subject, words };
        if told.subject == Subject::TaskEscalated {
            keep(&mut self.escalations, told.clone(), ESCALATIONS_MAX);
        }
        keep(&mut self.events, told, EVENTS_MAX);
    }

    fn type_filter(&mut self, key: Key) {
        match key {
            Key::Enter => self.mode = Mode::View,
            Key::Escape => (self.mode, self.filter) = (Mode::View, String::new()),
            Key::Backspace => drop(self.filter.pop()),
            Key::Char(letter) => self.filter.push(letter),
            Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Interrupt | Key::Resized => {}
        }
        self.scrolled = 0;
    }

    fn keep_in_sight(&mut self) {
        self.scrolled = self.scrolled.min(self.tasks().count().saturating_sub(1));
    }
}

impl Open {
    fn of(task: TaskSummary) -> Self {
        let assignee = task.assignee.as_ref().map_or("-", |person| person.as_str());
        Self {
            name: short::task(task.id),
            assignee: clean_line(assignee, CHARS_MAX),
            excerpt: clean_line(&task.excerpt, CHARS_MAX),
            task,
        }
    }

    /// What runs out comes before what stands still.
    fn rank(&self) -> u8 {
        match self.task.sla {
            SlaState::Breached | SlaState::Running => 0,
            SlaState::Paused => 1,
            SlaState::Met | SlaState::Missed => 2,
        }
    }
}

fn keep(all: &mut VecDeque<Told>, one: Told, most: usize) {
    if all.len() >= most {
        all.pop_front();
    }
    all.push_back(one);
}
