//! Reading the file again and again.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::rules::LiveRules;

/// Follows a file until it is dropped.
#[derive(Debug)]
pub struct Following(JoinHandle<()>);

impl Following {
    /// Begins to follow the file, of which `read` is what the running rules were read from. Needs a runtime around it.
    pub fn start(rules: Arc<LiveRules>, path: PathBuf, read: String, every: Duration) -> Self {
        Self(tokio::spawn(follow(rules, path, read, every)))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn follow(rules: Arc<LiveRules>, path: PathBuf, read: String, every: Duration) {
    let name = path.display().to_string();
    let mut glances = Glances::after(read);
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match glances.settled(glance(&path).await) {
            None => {}
            Some(Ok(text)) => rules.offer(&name, text),
            Some(Err(problem)) => rules.refuse(&name, problem.clone()),
        }
    }
}

async fn glance(path: &Path) -> Glance {
    let read: io::Result<String> = tokio::fs::read_to_string(path).await;
    read.map_err(|error| format!("the file cannot be read: {error}"))
}

/// The file's text, or why it has none.
type Glance = Result<String, String>;

/// What was seen of a file: what was last acted on, and what it looked like a moment ago.
#[derive(Debug)]
pub(super) struct Glances {
    acted_on: Glance,
    last: Glance,
}

impl Glances {
    pub(super) fn after(read: String) -> Self {
        Self { acted_on: Ok(read.clone()), last: Ok(read) }
    }

    /// What is to be acted on, if anything: something new that was seen twice alike. Each is given once.
    pub(super) fn settled(&mut self, seen: Glance) -> Option<&Glance> {
        let stands_still = seen == self.last;
        self.last = seen;
        if !stands_still || self.last == self.acted_on {
            return None;
        }
        self.acted_on = self.last.clone();
        Some(&self.acted_on)
    }
}
