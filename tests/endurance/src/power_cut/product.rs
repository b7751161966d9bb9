//! Power cuts under the whole product: both servers on one disk, role processes, publishers.
//!
//! Redis syncs once a second, so that a cut takes away what it was told last, and may leave a file that ends in the middle of a
//! command, or in zeros. Redis refuses to start with that and names the cure, which is taken here as an operator would. The log has it
//! all, and what was taken in comes to one end all the same.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::disk::Disk;
use super::{DISK, freeze};
use crate::clients::Client;
use crate::installation::{Ground, Installation, RoleProcess};
use crate::judge::{judge, rebuild};
use crate::load::{Load, Order};
use crate::mails;
use crate::report::Report;
use crate::shell;
use crate::soak::end_all;

/// Items a second.
const RATE: usize = 50;

/// Milliseconds between two cuts.
const BETWEEN: std::ops::Range<u64> = 4_000..12_000;

/// How long it may take to come to rest after the last cut.
const REST_WITHIN: Duration = Duration::from_mins(15);

/// Cuts under load, then the verdict.
pub(super) fn run(binary: &Path, cuts: u32, seed: u64, report: &mut Report) {
    let mut random = Rng::with_seed(seed);
    let disk = Disk::new(DISK);
    let folder = Some(disk.path().to_owned());
    let ground = Ground { folder, config: mails::PEOPLE.to_owned(), rules: mails::RULES };
    let mut there = Installation::new(binary, &ground);
    let mut processes = there.start(1);
    let order = Order { name: format!("cut{seed}"), rate: RATE, items: None, publishers: 64 };
    let load = Load::start(Client::new(&there.nats, "publisher"), &Arc::new(mails::texts()), &order);
    for number in 1..=cuts {
        std::thread::sleep(Duration::from_millis(random.u64(BETWEEN)));
        let cured = cut_all(&disk, &mut there, &mut processes);
        let cured = if cured { ", Redis needed redis-check-aof --fix" } else { "" };
        report
            .say(format!("cut {number:>3} under the product: {} items were in{cured}", load.acknowledged()));
    }
    load.stop();
    let ids = load.finish(&order);
    judge(&there, report, ids, REST_WITHIN);
    end_all(processes, report);
    rebuild(&there, report);
}

/// All of the machine ends at one moment, and is started again on what its disk holds; whether Redis needed its cure.
fn cut_all(disk: &Disk, there: &mut Installation, processes: &mut [RoleProcess]) -> bool {
    for process in &*processes {
        process.signal("STOP");
    }
    freeze(there.redis.pid());
    freeze(there.nats.pid());
    disk.cut();
    there.nats.kill9();
    there.redis.kill9();
    processes.iter_mut().for_each(RoleProcess::kill);
    disk.power_on();
    let cured = cure(&there.redis.folder());
    there.redis.restart();
    there.nats.restart();
    for process in processes {
        process.start(there);
    }
    cured
}

/// Cuts off what Redis cannot read, if there is such an end.
fn cure(folder: &Path) -> bool {
    let manifest = folder.join("appendonlydir/appendonly.aof.manifest").to_string_lossy().into_owned();
    if shell::attempt("redis-check-aof", &[&manifest]).is_ok() {
        return false;
    }
    shell::must("sh", &["-c", "yes | redis-check-aof --fix \"$0\"", &manifest]);
    true
}
