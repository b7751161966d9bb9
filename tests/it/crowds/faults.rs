//! What dies, stands still or forgets during the run changes nothing in what comes of it.

use std::time::{Duration, Instant};

use tracerail_testkit::wait_until;

use super::installation::{Installation, RoleProcess};
use crate::corpus::{CONFIG, FEW, RULES};
use crate::place::SOON;

/// How often something happens.
const FAULTS: u64 = 12;

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// A role process is killed.
    Process,
    /// nats-server is killed.
    Nats,
    /// redis-server is killed.
    Redis,
}

/// What happens when follows from it; a failure names it.
fn seed() -> u64 {
    let seed = std::env::var("TRACERAIL_SEED").ok().and_then(|seed| seed.parse().ok());
    seed.unwrap_or_else(|| fastrand::u64(..))
}

#[test]
fn processes_and_servers_are_killed_at_random_moments() {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    let mut there = Installation::new(CONFIG, RULES);
    let mut processes = there.start(2, "role");
    let submitting = there.place.program.start(FEW.submission(&["--no-wait"]));
    let events = FEW.undisturbed().end.checked.events as u64;
    for n in 1..=FAULTS {
        there.wait_for_events(events * n / (FAULTS + 2));
        let fault = match n % 4 {
            1 => Fault::Nats,
            3 => Fault::Redis,
            _ => Fault::Process,
        };
        happen(fault, &mut there, &mut processes, &mut random);
    }
    let submitted = submitting.finish();
    if submitted.code != Some(0) {
        // A submitter that found no servers says so and ends; the same submission again takes up where it was.
        there.place.program.run(FEW.submission(&["--no-wait"])).ok();
    }
    let (status, end) = there.end(FEW.count, &FEW.ids());
    assert_eq!(status["dead_letters_held"], 0, "what is away makes no dead letters");
    end.must_be(&FEW.undisturbed().end, &format!("TRACERAIL_SEED={seed}"));
}

fn happen(fault: Fault, there: &mut Installation, processes: &mut [RoleProcess], random: &mut fastrand::Rng) {
    match fault {
        Fault::Process => {
            let victim = random.usize(..processes.len());
            processes[victim].kill_and_start_again(&there.place);
        }
        Fault::Nats => there.nats.restart(),
        Fault::Redis => there.redis.restart(),
    }
}

#[test]
fn redis_forgets_everything_in_the_middle_of_it() {
    let there = Installation::new(CONFIG, RULES);
    let processes = there.start(1, "role");
    let submitting = there.place.program.start(FEW.submission(&["--no-wait"]));
    let events = FEW.undisturbed().end.checked.events as u64;
    there.wait_for_events(events / 3);
    there.redis.flushall();
    there.wait_for_events(events * 2 / 3);
    there.redis.flushall();
    submitting.finish().ok();
    let (_, end) = there.end(FEW.count, &FEW.ids());
    end.must_be(&FEW.undisturbed().end, "Redis was emptied twice");
    drop(processes);
}

#[test]
fn redis_comes_back_as_it_was_some_time_ago() {
    let mut there = Installation::new(CONFIG, RULES);
    let processes = there.start(1, "role");
    let submitting = there.place.program.start(FEW.submission(&["--no-wait"]));
    let events = FEW.undisturbed().end.checked.events as u64;
    there.wait_for_events(events / 4);
    // What a copy of its folder holds is what a crash would have left at this moment.
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&there.redis.folder(), copy.path());
    there.wait_for_events(events / 2);
    there.redis.kill9();
    std::fs::remove_dir_all(there.redis.folder().join("appendonlydir")).unwrap();
    copy_folder(copy.path(), &there.redis.folder());
    there.redis.restart();
    submitting.finish().ok();
    let (_, end) = there.end(FEW.count, &FEW.ids());
    end.must_be(&FEW.undisturbed().end, "Redis came back as it was before");
    drop(processes);
}

#[test]
fn both_servers_are_away_for_a_while_under_load() {
    let mut there = Installation::new(CONFIG, RULES);
    let processes = there.start(1, "role");
    let submitting = there.place.program.start(FEW.submission(&["--no-wait"]));
    let events = FEW.undisturbed().end.checked.events as u64;
    there.wait_for_events(events / 4);
    there.redis.kill9();
    there.nats.kill9();
    let since = Instant::now();
    wait_until("they have been away for a while", SOON, || {
        (since.elapsed() > Duration::from_secs(15))
            .then_some(())
            .ok_or(())
            .map_err(|()| format!("{:?}", since.elapsed()))
    });
    there.redis.restart();
    there.nats.restart();
    if submitting.finish().code != Some(0) {
        there.place.program.run(FEW.submission(&["--no-wait"])).ok();
    }
    let (status, end) = there.end(FEW.count, &FEW.ids());
    assert_eq!(status["dead_letters_held"], 0, "what is away makes no dead letters");
    end.must_be(&FEW.undisturbed().end, "both servers were away");
    drop(processes);
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_folder(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).unwrap();
        }
    }
}
