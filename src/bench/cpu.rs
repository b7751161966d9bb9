//! CPU time, as Linux tells it below `/proc`.

use std::collections::BTreeMap;
use std::fs;

/// What `/proc` counts in: hundredths of a second, on every architecture Linux runs on today.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds of some processes, as far as they could be seen.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Work {
    /// Of TraceRail's own processes.
    pub client: f64,
    /// Of the event log's server.
    pub log: Option<f64>,
    /// Of the store's server.
    pub store: Option<f64>,
    /// Of everything that runs on this machine.
    pub machine: Option<f64>,
}

impl Work {
    /// What was done since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        let less = |now: Option<f64>, then: Option<f64>| Some(now? - then?);
        Self {
            client: self.client - earlier.client,
            log: less(self.log, earlier.log),
            store: less(self.store, earlier.store),
            machine: less(self.machine, earlier.machine),
        }
    }

    /// What others did on this machine.
    pub fn others(&self) -> Option<f64> {
        let ours = self.client + self.log.unwrap_or_default() + self.store.unwrap_or_default();
        Some((self.machine? - ours).max(0.0))
    }
}

/// CPU seconds of a process with all its threads, in user and system mode.
pub fn process_seconds(pid: u32) -> Option<f64> {
    seconds(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// CPU seconds of this process's threads by their name. Threads that have ended are not in it.
pub fn thread_seconds() -> BTreeMap<String, f64> {
    let mut threads = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |file| fs::read_to_string(entry.path().join(file)).ok();
        if let (Some(name), Some(spent)) = (read("comm"), read("stat").and_then(|stat| seconds(&stat))) {
            *threads.entry(name.trim().to_owned()).or_default() += spent;
        }
    }
    threads
}

/// CPU seconds that this machine has spent on anything, all processors together.
pub fn machine_seconds() -> Option<f64> {
    busy(&fs::read_to_string("/proc/stat").ok()?)
}

/// Bytes of memory a process has in use.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// `utime` and `stime` of a `stat` line. A name may hold spaces and brackets: counting begins after the last one.
fn seconds(stat: &str) -> Option<f64> {
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some((ticks(fields.get(11)?)? + ticks(fields.get(12)?)?) / TICKS_PER_SECOND)
}

/// user, nice, system, irq, softirq and steal of the first line; idle and iowait are no work.
fn busy(stat: &str) -> Option<f64> {
    let fields: Vec<_> = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().collect();
    let spent: Option<Vec<f64>> = [0, 1, 2, 5, 6, 7].into_iter().map(|at| ticks(fields.get(at)?)).collect();
    Some(spent?.into_iter().sum::<f64>() / TICKS_PER_SECOND)
}

fn ticks(field: &str) -> Option<f64> {
    field.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "42 (a) R 1 (b) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 100 0 0";
        assert_eq!(seconds(stat), Some(3.0));
        assert_eq!(seconds("42 (a) S 1"), None);
    }

    #[test]
    fn idle_time_is_no_work() {
        assert_eq!(busy("cpu  100 20 80 9000 700 30 40 30 5 0\ncpu0 1 2 3\n"), Some(3.0));
    }

    #[test]
    fn others_are_what_is_left() {
        let then = Work { client: 1.0, log: Some(1.0), store: None, machine: Some(10.0) };
        let now = Work { client: 2.5, log: Some(1.5), store: None, machine: Some(13.0) };
        let spent = now.since(then);
        assert_eq!(spent, Work { client: 1.5, log: Some(0.5), store: None, machine: Some(3.0) });
        assert_eq!(spent.others(), Some(1.0));
    }
}
