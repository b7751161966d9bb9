//! Ctrl-C and SIGTERM: the first asks to stop in order, the second ends the process at once.

use std::time::Duration;

use tokio::sync::watch;

/// The exit code shells use for "ended by Ctrl-C".
const INTERRUPTED: i32 = 130;

/// Signals this close together are one wish: `timeout`, and some init systems, signal a process and its group.
const ONE_WISH: Duration = Duration::from_millis(300);

/// Whether it is time to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            signal().await;
            stop.send_replace(true);
            tokio::time::sleep(ONE_WISH).await;
            signal().await;
            std::process::exit(INTERRUPTED);
        });
        Self(stopped)
    }

    /// Whether a signal has come.
    pub(crate) fn has_come(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for a signal.
    pub(crate) async fn come(&self) {
        if self.0.clone().wait_for(|stopped| *stopped).await.is_err() {
            // Nobody listens any more: the runtime is ending, and so is whoever waits here.
            std::future::pending::<()>().await;
        }
    }

    /// Waits this long; true when a signal came first.
    pub(crate) async fn within(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.come()).await.is_ok()
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => ctrl_c().await,
    }
}

#[cfg(not(unix))]
async fn signal() {
    ctrl_c().await;
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // No signals here: then nobody can ask to stop this way.
        std::future::pending::<()>().await;
    }
}
