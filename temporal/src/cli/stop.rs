//! When to stop: at Ctrl-C, at SIGTERM, or when whoever started this is gone.

use std::io::{self, Read as _};

use tokio::sync::{oneshot, watch};

/// Listens from now on; `attached` to standard input too, whose end is a wish to stop.
pub(crate) fn listen(attached: bool) -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    let gone = attached.then(end_of_input);
    tokio::spawn(async move {
        tokio::select! {
            () = signal() => {}
            () = ended(gone) => {}
        }
        stop.send_replace(true);
        // It must outlive whoever listens.
        stop.closed().await;
    });
    stopped
}

/// Waits for it.
pub(crate) async fn come(mut stop: watch::Receiver<bool>) {
    // Nobody who could stop it any more is a wish to stop as well.
    stop.wait_for(|stopped| *stopped).await.map(drop).unwrap_or_default();
}

/// Told when standard input ends. The thread that reads it ends with the process.
fn end_of_input() -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        while io::stdin().read(&mut byte).is_ok_and(|read| read > 0) {}
        // Whoever listens may have stopped already.
        tell.send(()).unwrap_or_default();
    });
    told
}

async fn ended(gone: Option<oneshot::Receiver<()>>) {
    match gone {
        Some(gone) => gone.await.unwrap_or_default(),
        None => std::future::pending().await,
    }
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be listened for");
            drop(tokio::signal::ctrl_c().await);
        }
    }
}
