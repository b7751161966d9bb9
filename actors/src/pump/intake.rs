//! Whether intake stands still: what is submitted stays in the log then.

use std::time::Duration;

use tokio::time::Instant;
use tracerail_schemas::intake::IntakePause;

use crate::port::EventLog;

/// How often that is asked: so long after somebody says so, nothing more is taken in.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// What the log last said of it.
#[derive(Debug, Default)]
pub(super) struct Intake {
    asked_at: Option<Instant>,
    pause: Option<IntakePause>,
}

impl Intake {
    /// Whether it stands still. A log that does not answer has changed nothing.
    pub(super) async fn stands_still(&mut self, log: &dyn EventLog) -> bool {
        if self.asked_at.is_none_or(|asked_at| asked_at.elapsed() >= ASK_EVERY) {
            self.asked_at = Some(Instant::now());
            if let Ok(pause) = log.intake_pause().await {
                self.learn(pause);
            }
        }
        self.pause.is_some()
    }

    fn learn(&mut self, pause: Option<IntakePause>) {
        match (&self.pause, &pause) {
            (None, Some(IntakePause { by, reason, .. })) => {
                let reason = reason.as_deref().unwrap_or("no reason was given");
                tracing::warn!(%by, reason, "intake stands still: what is submitted waits in the log");
            }
            (Some(_), None) => tracing::info!("intake goes on"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.pause = pause;
    }
}
