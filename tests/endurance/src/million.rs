//! A million open tasks.
//!
//! They are made through the front door: content of 600 bytes, published on the bus, analysed, routed to people. Then what they
//! weigh in Redis, what it costs that deadlines are looked for among them, and how long it takes to make the same state again from
//! the log.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use crate::clients::Client;
use crate::installation::{Ground, Installation};
use crate::judge::rebuild;
use crate::load::{Load, Order};
use crate::mails;
use crate::report::Report;
use crate::soak::end_all;

/// How long making them, or making them again, may take before the run gives up.
const WITHIN: Duration = Duration::from_hours(2);

/// Seconds in which a million events are made into state again; a task made by a command is one.
const REBUILT_WITHIN: f64 = 90.0;

/// How long Redis is watched while nothing but looking for deadlines goes on.
const IDLE: Duration = Duration::from_secs(20);

/// Bytes of an item's text.
const BYTES: usize = 600;

/// Everything goes to people.
const RULES: &str = "version: 1\ndefault: { decision: human, reason: A person reads it., groups: [desk] }\n";

/// Many open tasks.
#[derive(Args, Debug)]
pub(crate) struct MillionArgs {
    /// How many
    #[arg(long, default_value_t = 1_000_000)]
    tasks: usize,
    /// Items on their way at once
    #[arg(long, default_value_t = 512)]
    publishers: usize,
    /// The program
    #[arg(long, hide = true)]
    binary: PathBuf,
}

/// Makes them, weighs them, lets them be made again.
pub(crate) fn run(args: &MillionArgs) -> Report {
    let mut report = Report::default();
    let ground = Ground { folder: None, config: mails::PEOPLE.to_owned(), rules: RULES };
    let there = Installation::new(&args.binary, &ground);
    let processes = there.start(1);
    let empty = figure(&there, "memory", "used_memory");
    let began = Instant::now();
    let order = Order {
        name: "open".to_owned(),
        rate: usize::MAX,
        items: Some(args.tasks),
        publishers: args.publishers,
    };
    let texts = Arc::new(mails::texts().into_iter().map(|text| text.chars().take(BYTES).collect()).collect());
    Load::start(Client::new(&there.nats, "publisher"), &texts, &order).finish(&order);
    let counts = there.rest(args.tasks, WITHIN);
    let seconds = began.elapsed().as_secs_f64();
    let open =
        ["pending", "assigned"].iter().filter_map(|status| counts["tasks"][status].as_u64()).sum::<u64>();
    report.must(usize::try_from(open) == Ok(args.tasks), format!("made in {seconds:.0} s: {counts}"));
    let bytes = (figure(&there, "memory", "used_memory") - empty) / args.tasks as f64;
    report.say(format!("{bytes:.0} bytes in Redis for each open task and its item of {BYTES} bytes"));
    let spent =
        |there: &Installation| figure(there, "cpu", "used_cpu_user") + figure(there, "cpu", "used_cpu_sys");
    let before = spent(&there);
    std::thread::sleep(IDLE);
    let share = (spent(&there) - before) / IDLE.as_secs_f64() * 100.0;
    report.say(format!("nothing due: Redis spends {share:.2} % of a core, the sweeps among it"));
    end_all(processes, &mut report);
    let seconds = rebuild(&there, &mut report);
    report.must(
        seconds <= REBUILT_WITHIN,
        format!("made again from the log in {seconds:.1} s a million events, at most {REBUILT_WITHIN} s"),
    );
    report
}

/// A number that Redis tells about itself.
fn figure(there: &Installation, section: &str, name: &str) -> f64 {
    let told = there.redis.ask(&format!("INFO {section}"));
    let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|number| number.trim().parse().ok()).expect("a number that Redis tells")
}
