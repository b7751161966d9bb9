//! Letting what comes in wait.

use tracerail_actors::port::Consumer;
use tracerail_schemas::intake::IntakePause;

use crate::TraceRail;
use crate::error::Error;

impl TraceRail {
    /// Whether intake stands still: what is submitted waits in the log.
    pub async fn intake_pause(&self) -> Result<Option<IntakePause>, Error> {
        Ok(self.ports().log.intake_pause().await?)
    }

    /// Lets intake stand still in every process, or go on.
    pub async fn set_intake_pause(&self, pause: Option<IntakePause>) -> Result<(), Error> {
        Ok(self.ports().log.set_intake_pause(pause).await?)
    }

    /// How many events are between intake and an end or a task: those that wait for intake are not among them, nor is what people have
    /// to decide.
    pub async fn under_way(&self) -> Result<UnderWay, Error> {
        let analysis = self.backlog(Consumer::Llm).await?.in_flight.unwrap_or_default();
        let mut rest = 0;
        for consumer in Consumer::ALL.into_iter().filter(|it| *it != Consumer::Llm) {
            rest += self.lag(consumer).await?;
        }
        Ok(UnderWay { analysis, rest })
    }
}

/// Events between intake and an end or a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnderWay {
    /// Those that a process has for analysis. Servers count what is fetched ahead among them.
    pub analysis: u64,
    /// Those behind it.
    pub rest: u64,
}
