//! Waiting for the end of an item.

use std::time::Duration;

use tracerail_schemas::content::TerminalRecord;
use tracerail_schemas::{Code, ContentKey};

use crate::TraceRail;
use crate::error::Error;

/// The first pause between two looks; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The longest one: people take their time.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl TraceRail {
    /// How the item ended; waits until it has. What a person has to decide may take days: stop waiting whenever you like, and ask again.
    pub async fn outcome(&self, key: &ContentKey) -> Result<TerminalRecord, Error> {
        let mut pause = FIRST_PAUSE;
        loop {
            let unknown = || Error::new(Code::ContentUnknown, format!("there is no item {key}"));
            let record = self.content(key).await?.ok_or_else(unknown)?;
            if let Some(terminal) = record.terminal {
                return Ok(terminal);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
