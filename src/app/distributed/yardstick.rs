//! What the same servers do with the same bytes when nobody decides anything: for `tracerail bench`.

use std::time::Duration;

use tracerail_schemas::{Code, ContentKey, TaskId};

use crate::app::open::App;
use crate::backends::distributed::yardstick::{Sample, YardstickRun};
use crate::error::Error;

/// What is measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bare {
    /// How many items.
    pub items: u32,
    /// Another number each time.
    pub number: u16,
    /// Whether items are published, and not submitted.
    pub publish: bool,
    /// Whether each hop also runs the scripts of Redis that an actor runs.
    pub scripts: bool,
    /// Items that went through the pipeline; those that are moved are like them, in turn.
    pub like: Vec<ContentKey>,
}

impl App {
    /// Moves items through bare hops: consume, publish with an id, acknowledge. The answer is how long that took, from the moment
    /// `began` is called; nothing, where there are no servers.
    pub async fn bare_hops(
        &self,
        bare: Bare,
        began: impl FnOnce() + Send,
    ) -> Result<Option<Duration>, Error> {
        let Some(servers) = self.servers() else { return Ok(None) };
        let mut samples = Vec::new();
        for key in &bare.like {
            let record = self.rail.content(key).await?;
            let record =
                record.ok_or_else(|| Error::new(Code::ContentUnknown, format!("there is no item {key}")))?;
            let task = self.rail.task(TaskId::of_content(key)).await?;
            let trail = self.rail.trail(key).await?.into_iter().map(|logged| logged.event).collect();
            samples.push(Sample { record, task, trail });
        }
        let run = YardstickRun { number: bare.number, items: bare.items, publish: bare.publish };
        servers.yardstick(samples, run, bare.scripts, began).await.map(Some)
    }
}
