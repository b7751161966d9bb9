//! Servers that are away for minutes under load.
//!
//! First Redis alone: content is still taken in by the bus, and waits. Then both: a publisher gets no acknowledgement and keeps what
//! it has, which is the push back. When they are there again, all that was held back comes in, the backlog drains, and nothing has
//! become a dead letter on the way.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use crate::clients::Client;
use crate::installation::{Ground, Installation};
use crate::judge::judge;
use crate::load::{Load, Order};
use crate::mails;
use crate::report::Report;
use crate::soak::end_all;

/// How long the backlog may take.
const DRAINS_WITHIN: Duration = Duration::from_mins(30);

/// How long all is well, before and in between.
const WELL: Duration = Duration::from_secs(20);

/// Both servers away.
#[derive(Args, Debug)]
pub(crate) struct OutageArgs {
    /// How long both are away
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Items a second
    #[arg(long, default_value_t = 50)]
    rate: usize,
    /// The program
    #[arg(long, hide = true)]
    binary: PathBuf,
}

/// Load, outages, drain, verdict.
pub(crate) fn run(args: &OutageArgs) -> Report {
    let mut report = Report::default();
    let ground = Ground { folder: None, config: mails::PEOPLE.to_owned(), rules: mails::RULES };
    let mut there = Installation::new(&args.binary, &ground);
    let mut processes = there.start(2);
    let order = Order { name: "outage".to_owned(), rate: args.rate, items: None, publishers: 64 };
    let load = Load::start(Client::new(&there.nats, "publisher"), &Arc::new(mails::texts()), &order);
    std::thread::sleep(WELL);
    let both = Duration::from_secs(args.minutes * 60);
    redis_away(&mut there, &load, &mut report, both / 5);
    std::thread::sleep(WELL);
    both_away(&mut there, &load, &mut report, both);
    std::thread::sleep(WELL);
    for process in &mut processes {
        let ended = process.ended();
        report
            .must(ended.is_none(), ended.unwrap_or_else(|| format!("{} has lived through it", process.name)));
    }
    load.stop();
    let began = Instant::now();
    let ids = load.finish(&order);
    judge(&there, &mut report, ids, DRAINS_WITHIN);
    report
        .say(format!("the backlog had drained {:.1} s after the load's end", began.elapsed().as_secs_f64()));
    end_all(processes, &mut report);
    report
}

fn redis_away(there: &mut Installation, load: &Load, report: &mut Report, how_long: Duration) {
    let before = load.acknowledged();
    there.redis.kill9();
    std::thread::sleep(how_long);
    let taken_in = load.acknowledged() - before;
    there.redis.restart();
    report.must(
        taken_in > 0,
        format!("Redis away for {how_long:?}: {taken_in} items taken in by the bus meanwhile"),
    );
}

fn both_away(there: &mut Installation, load: &Load, report: &mut Report, how_long: Duration) {
    there.redis.kill9();
    there.nats.kill9();
    let (before, refused) = (load.acknowledged(), load.pushed_back());
    std::thread::sleep(how_long);
    let (taken_in, refused) = (load.acknowledged() - before, load.pushed_back() - refused);
    report.must(
        // What was acknowledged in the last moment may be counted a moment later.
        taken_in <= load.publishers() && refused > 0,
        format!("both away for {how_long:?}: {taken_in} items acknowledged, publishers pushed back {refused} times"),
    );
    let submitted = there.run(&["submit", "--no-wait", "tracerail.yaml"]);
    report.must(
        submitted.code != Some(0),
        format!("meanwhile `tracerail submit` ends with {:?}", submitted.code),
    );
    there.redis.restart();
    there.nats.restart();
}
