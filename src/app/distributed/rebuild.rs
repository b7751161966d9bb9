//! Making the state of Redis again from the event log, for `tracerail rebuild`.

use std::time::{Duration, Instant};

use crate::app::open::App;
use crate::error::Error;
use tracerail_schemas::Code;

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RebuildProgress {
    /// Events read.
    pub events: u64,
    /// Tasks made.
    pub tasks: u64,
    /// Changes whose earlier versions the log does not have.
    pub without_beginning: u64,
}

/// A part of the state in which what was there differs from what the log tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Which part.
    pub part: String,
    /// How many there were.
    pub before: u64,
    /// How many there are now.
    pub since: u64,
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RebuildReport {
    /// How far it came.
    pub progress: RebuildProgress,
    /// How long that took, without the comparison.
    pub took: Duration,
    /// What differs from what was there before; `None` when nobody asked.
    pub differences: Option<Vec<Difference>>,
}

impl App {
    /// Forgets the state and makes it again. Actors wait meanwhile. With `compare`, says what differs.
    pub async fn rebuild(
        &self,
        compare: bool,
        tell: &(dyn Fn(RebuildProgress) + Send + Sync),
    ) -> Result<RebuildReport, Error> {
        let Some(servers) = self.servers() else {
            let message = "there is nothing to rebuild: in the embedded edition the file holds both the events and the state";
            return Err(Error::new(Code::ConfigInvalid, message));
        };
        let before = if compare { Some(servers.digest().await?) } else { None };
        let began = Instant::now();
        let done = servers.rebuild(&|progress| tell(RebuildProgress::from(progress))).await?;
        let took = began.elapsed();
        let differences = match before {
            None => None,
            Some(before) => {
                let since = servers.digest().await?;
                let parts = before.keys().chain(since.keys()).collect::<std::collections::BTreeSet<_>>();
                let differing = parts.into_iter().filter(|part| before.get(*part) != since.get(*part));
                let count = |of: &crate::backends::distributed::redis::Digests, part: &str| {
                    of.get(part).map_or(0, |(count, _)| *count)
                };
                let difference = |part: &String| Difference {
                    part: part.clone(),
                    before: count(&before, part),
                    since: count(&since, part),
                };
                Some(differing.map(difference).collect())
            }
        };
        Ok(RebuildReport { progress: done.into(), took, differences })
    }
}

impl From<crate::backends::distributed::redis::Progress> for RebuildProgress {
    fn from(progress: crate::backends::distributed::redis::Progress) -> Self {
        Self { events: progress.events, tasks: progress.tasks, without_beginning: progress.without_beginning }
    }
}
