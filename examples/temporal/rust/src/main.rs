//! Has one text reviewed, and prints what became of it: `cargo run -p tracerail-temporal-example -- ID TEXT`.
//!
//! Needs Temporal, `tracerail run --actors llm,router,task,sla,escalation,temporal`, and somebody who decides: `tracerail task list`.

use std::io::Write as _;

use anyhow::{Result, bail};
use tracerail_temporal_example::{Asked, review};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(id), Some(content), None) = (args.next(), args.next(), args.next()) else {
        bail!("usage: tracerail-temporal-example ID TEXT");
    };
    let variable = |name: &str, otherwise: &str| std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let (address, tracerail) =
        (variable("TEMPORAL_ADDRESS", "localhost:7233"), variable("TRACERAIL_TASK_QUEUE", "tracerail"));
    // A worker stays on the thread it began on.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = Asked { content, tracerail, timeout_hours: None };
    let reviewed = runtime.block_on(review(&address, &id, asked))?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&reviewed)?)?;
    Ok(())
}
