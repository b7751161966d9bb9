//! Durable waits in Temporal, measured: the product on a file, `tracerail-temporal` as a process, and a Temporal server that keeps its
//! database as `scripts/stack` has it.
//!
//! `cargo bench --package tracerail-temporal --bench waits -- [pace] [managed] [memory] [hot-path] [--help]`
//!
//! Without a name all of them are measured, in this order. CPU time stands beside wall time, since machines are noisy.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "a benchmark: it prints, and ends when something is wrong"
)]

mod place;
mod load;
mod history;
mod figures;
mod breaches;

mod pace;
mod managed;
mod memory;
mod hot_path;

use clap::{Parser, ValueEnum};

// The same as the binary's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured, and how much of it.
#[derive(Parser, Debug)]
struct Args {
    /// What is measured; without a name, everything
    #[arg(value_enum)]
    what: Vec<What>,
    /// Waits of one round of `pace`, on each side
    #[arg(long, default_value_t = 1_000)]
    tasks: usize,
    /// Rounds of `pace`, and pairs of `hot-path`
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long `managed` makes tasks
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Open waits of `memory`
    #[arg(long, default_value_t = 10_000)]
    open: usize,
    /// Items of each side of a pair of `hot-path`
    #[arg(long, default_value_t = 10_000)]
    items: usize,
    /// Said by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum What {
    /// Waits begun in a second: by the mirror, and by calls that do nothing else
    Pace,
    /// The same in shards, with deadlines and decisions, beside the pace of one workflow a task
    Managed,
    /// Memory of `tracerail-temporal run` at so many open waits, in both modes
    Memory,
    /// CPU time of an item of the distributed edition, with and without a mirror beside it; needs `cargo build --release`
    HotPath,
}

fn main() {
    let args = Args::parse();
    let all = args.what.is_empty();
    let asked = |what| all || args.what.contains(&what);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // What shards do is told beside it.
        let mut pace = None;
        if asked(What::Pace) || asked(What::Managed) {
            pace = Some(pace::run(args.tasks, args.rounds).await);
        }
        if let Some(pace) = pace.filter(|_| asked(What::Managed)) {
            managed::run(args.seconds, pace).await;
        }
        if asked(What::Memory) {
            memory::run(args.open).await;
        }
        if asked(What::HotPath) {
            hot_path::run(args.items, args.rounds);
        }
    });
}
