//! Power cuts under the event log.
//!
//! Publishers that wait for each acknowledgement, a cut at a random moment while they publish, the same disk again, the same
//! server again: every event that was acknowledged, in this round or an earlier one, is in its stream at its place.
//!
//! The control does the same with the server's own default, which syncs every two minutes: it must lose something, or this
//! run could not have seen a loss.

mod count;
mod disk;
mod publish;

use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::{Client, ConnectOptions};
use clap::Args;
use fastrand::Rng;
use tokio::runtime::Runtime;
use tracerail_testkit::servers::{Nats, NatsOptions};
use tracerail_testkit::wait_until;

use crate::report::Report;
use disk::Disk;
use publish::{Events, Publishers};

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
}

/// A server on its disk.
struct Machine {
    disk: Disk,
    nats: Nats,
    shipped: bool,
    runtime: Runtime,
    random: Rng,
    acknowledged: Events,
    total: Total,
}

/// Cuts with the shipped configuration, then with the default as the control.
pub(crate) fn run(args: &PowerCutArgs) -> Report {
    let mut report = Report::default();
    let mut shipped = Machine::start(true, args.seed);
    for _ in 0..args.cuts {
        report.say(shipped.cut_once());
    }
    let total = &shipped.total;
    report.must(
        total.cuts == args.cuts && total.acknowledged > 0 && total.lost == 0,
        format!(
            "shipped configuration: {} cuts, {} events acknowledged, {} lost ({} unanswered at a cut)",
            total.cuts, total.acknowledged, total.lost, total.unanswered
        ),
    );
    drop(shipped);
    let mut default = Machine::start(false, args.seed);
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
    report
}

impl Machine {
    fn start(shipped: bool, seed: u64) -> Self {
        let disk = Disk::new(DISK);
        let store = Some(disk.path().join("nats"));
        let nats = Nats::start(NatsOptions { shipped, sync_always: false, store });
        let runtime = Runtime::new().expect("a runtime");
        let machine = Self {
            disk,
            nats,
            shipped,
            runtime,
            random: Rng::with_seed(seed),
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
        let said = self.runtime.block_on(async {
            let publishers = Publishers::start(&jetstream, &round);
            tokio::time::sleep(Duration::from_millis(until_cut)).await;
            self.disk.cut();
            // The machine's last moments: whatever is acknowledged now counts as well.
            tokio::time::sleep(Duration::from_millis(until_end)).await;
            self.nats.kill9();
            publishers.finish().await
        });
        drop(jetstream);
        self.disk.power_on();
        let began = Instant::now();
        self.nats.restart();
        let found = self.count();
        let new = said.acknowledged.len();
        self.acknowledged.extend(said.acknowledged);
        let lost = self.acknowledged.iter().filter(|(id, place)| found.get(*id) != Some(place)).count();
        self.total.cuts += 1;
        self.total.acknowledged += new;
        self.total.unanswered += said.unanswered;
        self.total.lost = self.total.lost.max(lost);
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
