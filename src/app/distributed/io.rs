//! Threads for what comes from the servers and goes to them, so that the actors have theirs for themselves.

use tokio::runtime::{Builder, Handle, Runtime};
use tracerail_schemas::Code;

use crate::error::Error;

/// One keeps up with two connections; more wake each other all the time.
const THREADS: usize = 1;

/// A runtime of its own. It ends when this is dropped, whatever still waits.
#[derive(Debug)]
pub(crate) struct Io(Option<Runtime>);

impl Io {
    /// Starts the threads.
    pub(super) fn start() -> Result<Self, Error> {
        let runtime =
            Builder::new_multi_thread().worker_threads(THREADS).thread_name("servers").enable_all().build();
        match runtime {
            Ok(runtime) => Ok(Self(Some(runtime))),
            Err(error) => {
                Err(Error::new(Code::Internal, format!("the threads for servers cannot be started: {error}")))
            }
        }
    }

    /// Where work is put.
    pub(super) fn handle(&self) -> Handle {
        self.0.as_ref().map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

/// A runtime cannot be waited for inside another one.
impl Drop for Io {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
