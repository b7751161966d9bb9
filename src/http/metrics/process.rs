//! The process itself, as the machine sees it. Where the machine does not say, the number is left out.

use std::fs;

use super::families::{BUILD_INFO, CPU_TIME, MEMORY, OPEN_FILES, START_TIME};
use super::text::Text;

/// Ticks a second in `/proc`: the same on every Linux.
const TICKS: f64 = 100.0;

pub(super) fn write(text: &mut Text) {
    text.family(&BUILD_INFO);
    text.sample(&BUILD_INFO, &[("version", env!("CARGO_PKG_VERSION"))], 1);
    if let Some(stat) = Stat::read() {
        if let Some(started_at) = stat.started_at() {
            text.single(&START_TIME, started_at);
        }
        text.single(&CPU_TIME, stat.cpu_ticks / TICKS);
    }
    if let Some(bytes) = resident_bytes() {
        text.single(&MEMORY, bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // One of them is the look itself.
        text.single(&OPEN_FILES, open.count().saturating_sub(1));
    }
}

/// What `/proc/self/stat` says, in ticks.
struct Stat {
    cpu_ticks: f64,
    start_ticks: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        let line = fs::read_to_string("/proc/self/stat").ok()?;
        // The name, in parentheses, may hold anything; what follows the last one is plain, from the 3rd field on.
        let (_, fields) = line.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        Some(Self { cpu_ticks: number(14)? + number(15)?, start_ticks: number(22)? })
    }

    /// When the machine booted, and how long after that this began.
    fn started_at(&self) -> Option<f64> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let booted: f64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        Some(booted + self.start_ticks / TICKS)
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    kilobytes.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
