//! Content in; if a person has to look, a task, worked and closed.
//!
//! `cargo run --example simple "My order is broken, I want my money back."`

#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use tracerail::create_client;
use tracerail::facade::{TaskManager as _, TaskResult};
use tracerail_schemas::PersonId;
use tracerail_schemas::content::Metadata;
use tracerail_schemas::task::{Decision, NewTask, Priority};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let content = std::env::args().nth(1).unwrap_or_else(|| "Analyze this complex document...".to_owned());

    // From the environment, and from tracerail.yaml if there is one.
    let client = create_client(None).await?;

    let processed = client.process_content(&content, Metadata::new()).await?;
    println!("{}: {}", processed.routing.decision, processed.routing.engine.reason);

    if processed.requires_human {
        let task = NewTask { priority: Priority::High, ..NewTask::review("Please review this analysis") };
        let id = client.tasks().create_task(task).await?;
        println!("Task created: {id}");

        client.tasks().complete_task(id, TaskResult::of(Decision::Approved, PersonId::new("ada")?)).await?;
        let done = client.tasks().get_task(id).await?.ok_or("it was there a moment ago")?;
        println!("Task {}: version {}", done.state.status, done.version);
    }
    Ok(client.close().await?)
}
