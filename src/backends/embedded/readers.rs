//! The connections that read.
//!
//! Point reads run where they are asked, on the async thread: handing them to another thread costs more than the few
//! microseconds they take. Reads that may be long go to a thread of tokio's blocking pool, on a connection of their own.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::connection;
use super::failure::Failure;
use super::group::locked;
use super::settings::Settings;

/// The connections that read.
#[derive(Debug)]
pub(super) struct Readers {
    short: Vec<Slot>,
    long: Arc<Slot>,
}

/// A connection, until the store is closed.
type Slot = Mutex<Option<Connection>>;

impl Readers {
    pub(super) fn open(path: &Path, settings: &Settings) -> Result<Self, Failure> {
        let slot = || connection::reader(path, settings).map(|connection| Mutex::new(Some(connection)));
        let short = (0..settings.readers.max(1)).map(|_| slot()).collect::<Result<_, _>>()?;
        Ok(Self { short, long: Arc::new(slot()?) })
    }

    /// A read that takes microseconds.
    pub(super) fn short<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match self.short.iter().find_map(|slot| slot.try_lock().ok()) {
            Some(connection) => apply(connection.as_ref(), read),
            None => match self.short.first() {
                Some(slot) => apply(locked(slot).as_ref(), read),
                None => Err(Failure::Closed),
            },
        }
    }

    /// A read that may take long.
    pub(super) async fn long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let slot = Arc::clone(&self.long);
        let reading = tokio::task::spawn_blocking(move || apply(locked(&slot).as_ref(), read));
        reading.await.unwrap_or(Err(Failure::Panicked))
    }

    /// Closes all of them. They go before the writer, which as the last one tidies up the file.
    pub(super) fn close(&self) {
        for slot in self.short.iter().chain([&*self.long]) {
            drop(locked(slot).take());
        }
    }
}

fn apply<T>(
    connection: Option<&Connection>,
    read: impl FnOnce(&Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    read(connection.ok_or(Failure::Closed)?)
}
