//! The terminal: taken over for the view, and given back as it was.

use std::io::{self, Stdout};
use std::panic;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use super::draw::draw;
use super::model::Model;

/// What is called when something panics.
type Hook = Arc<dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync>;

/// The terminal while the view has it. Dropped, it is as it was before.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    hook: Hook,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn open() -> io::Result<Self> {
        let hook: Hook = Arc::from(panic::take_hook());
        let before = Arc::clone(&hook);
        // First the terminal, so that what the panic says can be read.
        panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
        let opened = take_over().and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match opened {
            Ok(terminal) => Ok(Self { terminal, hook }),
            Err(error) => {
                give_back();
                set_hook(hook);
                Err(error)
            }
        }
    }

    /// Shows how things are.
    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame, model)).map(drop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
        // While a panic goes on, hooks cannot be changed, and the process ends anyway.
        if !std::thread::panicking() {
            set_hook(Arc::clone(&self.hook));
        }
    }
}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen)
}

/// Each step by itself: one that fails keeps none of the others from being done, and there is nobody to be told.
fn give_back() {
    execute!(io::stdout(), LeaveAlternateScreen).unwrap_or_default();
    execute!(io::stdout(), Show).unwrap_or_default();
    disable_raw_mode().unwrap_or_default();
}

fn set_hook(hook: Hook) {
    panic::set_hook(Box::new(move |info| hook(info)));
}
