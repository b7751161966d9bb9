//! The gate before every call: open while the server is known to hold everything.
//!
//! The scripts are called by their digests, and loaded only by whoever has made sure that nothing is missing. A server that has started
//! anew knows no scripts, whatever its files say; one that was emptied has no meta key. Either answer closes the gate.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{Cmd, Value};
use tokio::sync::Notify;

use super::connection::Connection;
use super::error::{Failure, Suspicion};
use super::keys::Keys;
use super::scripts::{Script, Scripts};

/// Whoever is refused tries again, after pauses of several seconds: what nobody was told for this long is over.
const TROUBLE_LASTS: Duration = Duration::from_secs(15);

/// What every caller goes through.
pub(super) struct Gate {
    pub(super) connection: Connection,
    pub(super) scripts: Scripts,
    pub(super) keys: Keys,
    pub(super) address: String,
    open: AtomicBool,
    closed: Notify,
    trouble: Mutex<Option<(Instant, Failure)>>,
}

impl Gate {
    pub(super) fn new(connection: Connection, keys: Keys, address: String) -> Arc<Self> {
        Arc::new(Self {
            connection,
            scripts: Scripts::new(),
            keys,
            address,
            open: AtomicBool::new(false),
            closed: Notify::new(),
            trouble: Mutex::default(),
        })
    }

    /// Whether calls are let through.
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Lets calls through from now on.
    pub(super) fn set_open(&self) {
        self.open.store(true, Ordering::Release);
    }

    /// Lets none through, and wakes whoever opens it again.
    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Release);
        self.closed.notify_one();
    }

    /// Waits until somebody has closed it.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    /// Calls a script on a partition.
    pub(super) async fn call<'a>(
        &self,
        script: Script,
        partition: u16,
        arguments: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Value, Failure> {
        if !self.is_open() {
            return Err(self.refusal("it is being compared with the log"));
        }
        let answer = self.call_past_the_gate(script, partition, arguments).await;
        if let Err(failure) = &answer
            && failure.suspicion() == Suspicion::NotTheSame
        {
            self.close();
            return Err(self.refusal(&failure.to_string()));
        }
        if let Err(failure) = &answer {
            self.heed(failure);
        }
        answer
    }

    /// What Redis refused a moment ago, if only somebody else can put it right.
    pub(super) fn trouble(&self) -> Option<Failure> {
        let noted = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        noted.as_ref().filter(|(at, _)| at.elapsed() < TROUBLE_LASTS).map(|(_, failure)| failure.clone())
    }

    /// Notes what only somebody else can put right, and says it once while it lasts.
    pub(super) fn heed(&self, failure: &Failure) {
        if !failure.needs_somebody() {
            return;
        }
        let news = self.trouble().is_none_or(|before| before.kind() != failure.kind());
        let mut noted = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        *noted = Some((Instant::now(), failure.clone()));
        drop(noted);
        if news {
            tracing::error!(
                address = self.address,
                what = failure.to_string(),
                "Redis refuses; everything waits, and nothing is lost"
            );
        }
    }

    /// The same for whoever is making good what was lost.
    pub(super) async fn call_past_the_gate<'a>(
        &self,
        script: Script,
        partition: u16,
        arguments: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Value, Failure> {
        let mut command = Cmd::new();
        command.arg("EVALSHA").arg(self.scripts.digest(script)).arg(1).arg(self.keys.meta(partition));
        for argument in arguments {
            command.arg(argument);
        }
        self.connection.ask(&command).await
    }

    /// Why nobody is let in.
    pub(super) fn refusal(&self, why: &str) -> Failure {
        Failure::Closed { address: self.address.clone(), why: why.to_owned() }
    }
}
