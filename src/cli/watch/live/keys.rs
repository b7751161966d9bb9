//! What is typed, read on a thread of its own: a terminal can only be waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long the thread waits before it looks whether anybody still listens.
const LOOKS_UP_AFTER: Duration = Duration::from_millis(100);

/// What is typed, as far as it means something here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Key {
    /// A letter or another character.
    Char(char),
    Up,
    Down,
    PageUp,
    PageDown,
    Enter,
    Escape,
    Backspace,
    /// Ctrl-C, which is a key like others while the view is open.
    Interrupt,
    /// The window has another size.
    Resized,
}

/// The keys that are pressed.
pub(super) struct Keys {
    pressed: UnboundedReceiver<Key>,
    closed: Arc<AtomicBool>,
}

impl Keys {
    /// Listens from now on, until it is dropped.
    pub(super) fn listen() -> Self {
        let (sender, pressed) = unbounded_channel();
        let closed = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&closed);
        // Where no thread can be had no key is heard: then the view ends at once.
        drop(std::thread::Builder::new().name("keys".to_owned()).spawn(move || read(&sender, &seen)));
        Self { pressed, closed }
    }

    /// The next key; none when nobody can type any more.
    pub(super) async fn next(&mut self) -> Option<Key> {
        self.pressed.recv().await
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.closed.store(true, Relaxed);
    }
}

fn read(sender: &UnboundedSender<Key>, closed: &AtomicBool) {
    while !closed.load(Relaxed) {
        match event::poll(LOOKS_UP_AFTER) {
            Ok(false) => {}
            Ok(true) => match event::read() {
                Ok(event) => {
                    if let Some(key) = meant(&event)
                        && sender.send(key).is_err()
                    {
                        return;
                    }
                }
                Err(_) => return,
            },
            Err(_) => return,
        }
    }
}

fn meant(event: &Event) -> Option<Key> {
    if let Event::Resize(..) = event {
        return Some(Key::Resized);
    }
    let key = event.as_key_event().filter(|key| key.kind != KeyEventKind::Release)?;
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Key::Interrupt);
    }
    [
        (KeyCode::Up, Key::Up),
        (KeyCode::Down, Key::Down),
        (KeyCode::PageUp, Key::PageUp),
        (KeyCode::PageDown, Key::PageDown),
        (KeyCode::Enter, Key::Enter),
        (KeyCode::Esc, Key::Escape),
        (KeyCode::Backspace, Key::Backspace),
    ]
    .into_iter()
    .find_map(|(code, meant)| (key.code == code).then_some(meant))
    .or_else(|| key.code.as_char().map(Key::Char))
}
