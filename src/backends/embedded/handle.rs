//! The store as others hold it.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tracerail_actors::port::{Clock, PortError};

use super::connection;
use super::failure::{During as _, Failure};
use super::readers::Readers;
use super::settings::{Access, Settings};
use super::shared::Shared;
use super::writer::{Done, Work, Writer};

/// The event log and the store in one SQLite file. Cheap to clone; all clones are the same opening of the file.
#[derive(Clone, Debug)]
pub struct Embedded {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    // Before the writer, so that they are closed before it: the last connection tidies up the file.
    readers: Readers,
    writer: Option<Writer>,
}

impl Embedded {
    /// Opens the file; makes it, or brings it to the present format, where it may be written. `clock` is the store's own
    /// clock, by which deadlines pass and deliveries become due. The folder must be there.
    pub fn open(path: &Path, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, PortError> {
        Self::try_open(path, settings, clock)
            .map_err(|failure| failure.during(format!("open store {}", path.display())))
    }

    fn try_open(path: &Path, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let shared = Arc::new(Shared::new(settings, clock));
        let connection = match settings.access {
            Access::ReadWrite => Some(connection::writer(path, &settings)?),
            Access::ReadOnly => None,
        };
        let readers = Readers::open(path, &settings)?;
        let writer =
            connection.map(|connection| Writer::start(connection, Arc::clone(&shared))).transpose()?;
        Ok(Self { inner: Arc::new(Inner { shared, readers, writer }) })
    }

    /// Finishes what was asked for, gives the deliveries back, and closes the file. Whatever is asked afterwards is
    /// refused. Dropping the last clone does the same, without waiting for it.
    pub async fn close(&self) {
        let inner = Arc::clone(&self.inner);
        let closing = tokio::task::spawn_blocking(move || {
            inner.readers.close();
            if let Some(writer) = &inner.writer {
                writer.close();
            }
        });
        if let Err(error) = closing.await {
            tracing::error!(%error, "closing the store was cut short");
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    /// Has something written.
    pub(super) async fn write(&self, operation: &str, work: Work) -> Result<Done, PortError> {
        match &self.inner.writer {
            Some(writer) => writer.ask(work).await.map_err(|failure| failure.during(operation)),
            None => Err(Failure::OpenedReadOnly.during(operation)),
        }
    }

    /// The same, where the answer is whether it was done.
    pub(super) async fn write_if(&self, operation: &str, work: Work) -> Result<bool, PortError> {
        match self.write(operation, work).await? {
            Done::Yes(yes) => Ok(yes),
            Done::Committed(_) => Err(Failure::Panicked.during(operation)),
        }
    }

    /// A read that takes microseconds.
    pub(super) fn read_point<T>(
        &self,
        operation: &str,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, PortError> {
        self.inner.readers.short(read).map_err(|failure| failure.during(operation))
    }

    /// A read that may take long.
    pub(super) async fn read_long<T: Send + 'static>(
        &self,
        operation: &str,
        read: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, PortError> {
        self.inner.readers.long(read).await.map_err(|failure| failure.during(operation))
    }
}
