//! Power cuts under the event log.
//!
//! Publishers that wait for each acknowledgement, a cut at a random moment while they publish, the same disk again, the same
//! server again: every event that was acknowledged, in this round or an earlier one, is in its stream at its place.
//!
//! The control does the same with the server's own default, which syncs every two minutes: it must lose something, or this
//! run could not have seen a loss.
//!
//! Then the same under the whole product.

mod count;
mod disk;
mod product;
mod publish;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::{Client, ConnectOptions};
use clap::Args;
use fastrand::Rng;
use tokio::runtime::Runtime;
use tracerail_testkit::servers::{Nats, NatsOptions};
use tracerail_testkit::wait_until;

use crate::report::Report;
use crate::shell;
use disk::Disk;
use publish::{Events, Place, Publishers};

/// Mebibytes of the disk.
const DISK: u32 = 2_048;

/// How long after its start the server may need to know its streams again.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Cutting the power.
#[derive(Args, Debug)]
pub(crate) struct PowerCutArgs {
    /// How often
    #[arg(long, default_value_t = 20)]
    cuts: u32,
    /// How often at most with the server's default, until something is lost
    #[arg(long, default_value_t = 5)]
    control_cuts: u32,
    /// Not the power fails, but the disk alone: the server lives on for a moment and gets errors
    #[arg(long)]
    disk_first: bool,
    /// How often under the whole product
    #[arg(long, default_value_t = 10)]
    product_cuts: u32,
    /// The program
    #[arg(long, hide = true)]
    binary: PathBuf,
    /// Decides the moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What one machine went through.
#[derive(Debug, Default)]
struct Total {
    cuts: u32,
    acknowledged: usize,
    unanswered: usize,
    lost: usize,
    /// Of these: how many the publisher had heard of before the cut began.
    lost_before: usize,
}

/// A server on its disk.
struct Machine {
    nats: Nats,
    // After the server: it is unmounted when nobody has files open there.
    disk: Disk,
    shipped: bool,
    disk_first: bool,
    runtime: Runtime,
    random: Rng,
    acknowledged: Events,
    total: Total,
}

/// Cuts with the shipped configuration, then with the default as the control.
pub(crate) fn run(args: &PowerCutArgs) -> Report {
    let mut report = Report::default();
    let mut shipped = Machine::start(true, args);
    for _ in 0..args.cuts {
        report.say(shipped.cut_once());
    }
    let total = &shipped.total;
    report.must(
        total.cuts == args.cuts && total.acknowledged > 0 && total.lost == 0,
        format!(
            "shipped configuration: {} cuts, {} events acknowledged, {} lost ({} of them acknowledged before the cut began; {} \
             unanswered at a cut)",
            total.cuts, total.acknowledged, total.lost, total.lost_before, total.unanswered
        ),
    );
    drop(shipped);
    let mut default = Machine::start(false, args);
    while default.total.lost == 0 && default.total.cuts < args.control_cuts {
        report.say(default.cut_once());
    }
    let total = &default.total;
    report.must(
        total.lost > 0,
        format!(
            "control, the server's default: {} cuts, {} events acknowledged, {} lost; it must lose some",
            total.cuts, total.acknowledged, total.lost
        ),
    );
    drop(default);
    if args.product_cuts > 0 {
        product::run(&args.binary, args.product_cuts, args.seed, &mut report);
    }
    report
}

impl Machine {
    fn start(shipped: bool, args: &PowerCutArgs) -> Self {
        let disk = Disk::new(DISK);
        let store = Some(disk.path().join("nats"));
        let nats = Nats::start(NatsOptions { shipped, store, ..NatsOptions::default() });
        let runtime = Runtime::new().expect("a runtime");
        let machine = Self {
            disk,
            nats,
            shipped,
            runtime,
            disk_first: args.disk_first,
            random: Rng::with_seed(args.seed),
            acknowledged: Events::new(),
            total: Total::default(),
        };
        let jetstream = machine.connect();
        machine.runtime.block_on(publish::make_streams(&jetstream));
        machine
    }

    /// One cut in the middle of the work; what it did, in a line.
    fn cut_once(&mut self) -> String {
        let jetstream = self.connect();
        let round = format!("cut{}", self.total.cuts);
        let (until_cut, until_end) = (self.random.u64(500..3_000), self.random.u64(0..200));
        let mut cut_at = Instant::now();
        let said = self.runtime.block_on(async {
            let publishers = Publishers::start(&jetstream, &round);
            tokio::time::sleep(Duration::from_millis(until_cut)).await;
            cut_at = Instant::now();
            if self.disk_first {
                self.disk.cut();
                tokio::time::sleep(Duration::from_millis(until_end)).await;
            } else {
                // Processor and disk end at one moment: nothing runs any more when the disk goes, and what was sent by then was sent.
                freeze(self.nats.pid());
                self.disk.cut();
            }
            self.nats.kill9();
            publishers.finish().await
        });
        drop(jetstream);
        self.disk.power_on();
        let began = Instant::now();
        self.nats.restart();
        let found = self.count();
        let new = said.acknowledged.len();
        self.acknowledged.extend(said.acknowledged.iter().map(|(id, (place, _))| (id.clone(), *place)));
        let gone = |id: &str, place: &Place| found.get(id) != Some(place);
        let of_this = said.acknowledged.iter().filter(|(id, (place, _))| gone(id, place));
        let before = of_this.filter(|(_, (_, heard_at))| *heard_at < cut_at).count();
        let lost = self.acknowledged.iter().filter(|(id, place)| gone(id, place)).count();
        self.total.cuts += 1;
        self.total.acknowledged += new;
        self.total.unanswered += said.unanswered;
        self.total.lost = self.total.lost.max(lost);
        self.total.lost_before += before;
        format!(
            "cut {:>3} after {:>5} ms: {new} acknowledged, {} unanswered; {} of {} found again in {} ms, {lost} lost",
            self.total.cuts,
            until_cut,
            said.unanswered,
            self.acknowledged.len() - lost,
            self.acknowledged.len(),
            began.elapsed().as_millis(),
        )
    }

    fn count(&self) -> Events {
        let jetstream = self.connect();
        self.runtime.block_on(count::everything(&jetstream))
    }

    fn connect(&self) -> Context {
        let mut options = ConnectOptions::new().custom_inbox_prefix("_INBOX_admin");
        if self.shipped {
            options = options.user_and_password("admin".to_owned(), Nats::password("admin"));
        }
        let _inside = self.runtime.enter();
        let client: Client = self.runtime.block_on(options.connect(self.nats.url())).expect("a connection");
        let jetstream = async_nats::jetstream::new(client);
        wait_until("JetStream answers", READY_WITHIN, || {
            self.runtime.block_on(jetstream.query_account()).map(drop).map_err(|error| error.to_string())
        });
        jetstream
    }
}

/// Stops every thread of the server; one that is in the middle of a write finishes that write first.
fn freeze(server: u32) {
    shell::must("kill", &["-STOP", &server.to_string()]);
    wait_until("the server stands still", READY_WITHIN, || {
        let threads = std::fs::read_dir(format!("/proc/{server}/task")).map_err(|error| error.to_string())?;
        for thread in threads.filter_map(Result::ok) {
            let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            if !status.contains("State:\tT") {
                return Err(status);
            }
        }
        Ok(())
    });
}
