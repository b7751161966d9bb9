//! A long run in which things happen all the time.
//!
//! Two processes of each role, real mails under ever new ids, people who work at some of the tasks, deadlines of a minute. By a
//! seed processes and servers are killed or stand still, and Redis forgets everything. Then it is quiet, and everything is
//! looked at: each item has one end or one open task, none is lost, none came twice.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use fastrand::Rng;

use crate::clients::Client;
use crate::faults::Fault;
use crate::installation::{Ground, Installation, RoleProcess};
use crate::judge::{compare_rebuilt, judge, rebuild, wait_until_still};
use crate::load::{Load, Order};
use crate::mails;
use crate::people::People;
use crate::report::Report;

/// Milliseconds between two faults.
const BETWEEN: std::ops::Range<u64> = 1_000..6_000;

/// How long it may take to come to rest. Deadlines of the last items are part of it.
const REST_WITHIN: Duration = Duration::from_mins(15);

/// Deadlines of a minute, and of two.
const DEADLINES: &str = "tasks: { default_sla_hours: 0.0166, escalation_hours: 0.0333 }\n";

/// Faults all the time.
#[derive(Args, Debug)]
pub(crate) struct SoakArgs {
    /// How long things happen
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Decides what happens, and to whom
    #[arg(long)]
    seed: Option<u64>,
    /// Items a second
    #[arg(long, default_value_t = 50)]
    rate: usize,
    /// Processes of each role
    #[arg(long, default_value_t = 2)]
    processes: usize,
    /// The program
    #[arg(long, hide = true)]
    binary: PathBuf,
}

/// Load, faults, quiet, verdict.
pub(crate) fn run(args: &SoakArgs) -> Report {
    let mut report = Report::default();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    report.say(format!("--seed {seed}"));
    let config = format!("{}{DEADLINES}", mails::PEOPLE);
    let ground = Ground { folder: None, config, rules: mails::RULES };
    let mut there = Installation::new(&args.binary, &ground);
    let mut processes = there.start(args.processes);
    let order = Order { name: format!("soak{seed}"), rate: args.rate, items: None, publishers: 64 };
    let load = Load::start(Client::new(&there.nats, "publisher"), &Arc::new(mails::texts()), &order);
    let people = People::start(&there.nats);
    let until = Instant::now() + Duration::from_secs(args.minutes * 60);
    trouble(&mut there, &mut processes, &mut report, (until, seed));
    load.stop();
    report.say(format!(
        "quiet: {} items are in, publishers were pushed back {} times",
        load.acknowledged(),
        load.pushed_back()
    ));
    let ids = load.finish(&order);
    let items = ids.len();
    judge(&there, &mut report, ids, REST_WITHIN);
    drop(people);
    // Two looks at the state are equal when no deadline fires in between.
    wait_until_still(&there, REST_WITHIN);
    compare_rebuilt(&there, &mut report, items, REST_WITHIN);
    end_all(processes, &mut report);
    rebuild(&there, &mut report);
    report
}

/// Faults by the seed, until it is time.
fn trouble(
    there: &mut Installation,
    processes: &mut [RoleProcess],
    report: &mut Report,
    (until, seed): (Instant, u64),
) {
    let mut random = Rng::with_seed(seed);
    let (began, mut count) = (Instant::now(), 0);
    while Instant::now() < until {
        std::thread::sleep(Duration::from_millis(random.u64(BETWEEN)));
        let fault = Fault::any(&mut random).happen(there, processes, &mut random);
        count += 1;
        report.say(format!("{:>6.1} s  {fault}", began.elapsed().as_secs_f64()));
        for process in &mut *processes {
            if let Some(ended) = process.ended() {
                report.must(false, format!("a process ended by itself: {ended}"));
                process.start(there);
            }
        }
    }
    report.must(count > 0, format!("{count} faults"));
}

/// Everybody stops in order.
pub(crate) fn end_all(processes: Vec<RoleProcess>, report: &mut Report) {
    let codes: Vec<_> = processes.into_iter().map(RoleProcess::terminate).collect();
    report.must(codes.iter().all(|code| *code == Some(0)), format!("the processes stop in order: {codes:?}"));
}
