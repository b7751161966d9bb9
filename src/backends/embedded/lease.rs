//! Which process hands out events: a row of the file with an epoch, renewed while its owner lives.
//!
//! The row makes handing out efficient; the epoch makes it safe. Every transaction that settles a delivery reads the row
//! first, so a process that was stopped for a minute and goes on cannot acknowledge what others were handed since.
//! Lease times are real time: the clock that tests and simulations turn must not decide who is alive.

use rusqlite::{Connection, OptionalExtension, Row};
use tracerail_actors::port::{Clock, Consumer, SystemClock};
use uuid::Uuid;

use super::failure::Failure;
use super::hands::Position;
use super::words::{PerConsumer, signed, unsigned};

/// This opening of the file, and the process it happened in.
#[derive(Debug)]
pub(super) struct Holder {
    id: Uuid,
    machine: String,
    pid: u32,
    started: i64,
}

/// The row.
#[derive(Debug)]
struct Lease {
    holder: Option<[u8; 16]>,
    machine: String,
    pid: u32,
    started: i64,
    epoch: u64,
    until: i64,
}

impl Holder {
    /// This process, opening the file now.
    pub(super) fn this_process() -> Self {
        let pid = std::process::id();
        Self { id: Uuid::now_v7(), machine: machine(), pid, started: started_at(pid).unwrap_or(0) }
    }

    /// Whether `take` has a chance; asked on a reader, so that a process that waits writes nothing.
    pub(super) fn could_take(&self, connection: &Connection) -> Result<bool, Failure> {
        Ok(self.may_have(&read(connection)?))
    }

    /// Takes the lease, or renews it: the epoch, unless somebody else has it.
    pub(super) fn take(&self, connection: &Connection, duration_us: i64) -> Result<Option<u64>, Failure> {
        let lease = read(connection)?;
        if !self.may_have(&lease) {
            return Ok(None);
        }
        let epoch = if self.has(&lease) { lease.epoch } else { lease.epoch + 1 };
        connection
            .prepare_cached(
                "UPDATE lease SET holder = ?1, machine = ?2, pid = ?3, started = ?4, epoch = ?5, until = ?6 \
                 WHERE name = 'deliveries'",
            )?
            .execute((
                self.id.as_bytes(),
                &self.machine,
                self.pid,
                self.started,
                signed(epoch),
                now_us().saturating_add(duration_us),
            ))?;
        Ok(Some(epoch))
    }

    /// Renews the lease; `false` when it is somebody else's by now.
    pub(super) fn renew(&self, connection: &Connection, duration_us: i64) -> Result<bool, Failure> {
        let renewed = connection
            .prepare_cached("UPDATE lease SET until = ?2 WHERE name = 'deliveries' AND holder = ?1")?
            .execute((self.id.as_bytes(), now_us().saturating_add(duration_us)))?;
        Ok(renewed == 1)
    }

    /// Gives the lease back.
    pub(super) fn release(&self, connection: &Connection) -> Result<(), Failure> {
        connection
            .prepare_cached(
                "UPDATE lease SET holder = NULL, until = 0 WHERE name = 'deliveries' AND holder = ?1",
            )?
            .execute([self.id.as_bytes()])?;
        Ok(())
    }

    /// The epoch, if this process has the lease.
    pub(super) fn epoch(&self, connection: &Connection) -> Result<Option<u64>, Failure> {
        let lease = read(connection)?;
        Ok(self.has(&lease).then_some(lease.epoch))
    }

    fn has(&self, lease: &Lease) -> bool {
        lease.holder == Some(self.id.into_bytes())
    }

    fn may_have(&self, lease: &Lease) -> bool {
        self.has(lease) || lease.holder.is_none() || lease.until <= now_us() || self.sees_dead(lease)
    }

    /// Whether the holder was a process of this machine that is no more, so that a restart after a kill waits for nothing.
    fn sees_dead(&self, lease: &Lease) -> bool {
        !self.machine.is_empty()
            && lease.machine == self.machine
            && started_at(lease.pid).is_none_or(|started| started != lease.started)
    }
}

/// Who hands out events, for people.
pub(super) fn in_words(connection: &Connection) -> Result<String, Failure> {
    let lease = read(connection)?;
    let ours = !lease.machine.is_empty() && lease.machine == machine();
    let gone = ours && started_at(lease.pid).is_none_or(|started| started != lease.started);
    Ok(if lease.holder.is_none() || lease.until <= now_us() || gone {
        "nobody hands out events; `tracerail run` does".to_owned()
    } else if ours {
        format!("process {} hands out events", lease.pid)
    } else {
        format!("process {} of another machine or container hands out events", lease.pid)
    })
}

/// The positions of all consumers, as the file has them.
pub(super) fn positions(connection: &Connection) -> Result<PerConsumer<Position>, Failure> {
    let mut positions = PerConsumer::default();
    for consumer in Consumer::ALL {
        if let Some(position) = position(connection, consumer)? {
            *positions.get_mut(consumer) = position;
        }
    }
    Ok(positions)
}

/// The position of one consumer, as the file has it.
pub(super) fn position(connection: &Connection, consumer: Consumer) -> Result<Option<Position>, Failure> {
    let position = connection
        .prepare_cached("SELECT scanned, open FROM consumer WHERE name = ?1")?
        .query_row([consumer.as_str()], |row| {
            Ok(Position::from_row(unsigned(row.get(0)?), row.get_ref(1)?.as_blob()?))
        })
        .optional()?;
    Ok(position)
}

fn read(connection: &Connection) -> Result<Lease, Failure> {
    let lease = connection
        .prepare_cached(
            "SELECT holder, machine, pid, started, epoch, until FROM lease WHERE name = 'deliveries'",
        )?
        .query_row((), |row: &Row<'_>| {
            Ok(Lease {
                holder: row.get(0)?,
                machine: row.get(1)?,
                pid: row.get(2)?,
                started: row.get(3)?,
                epoch: unsigned(row.get(4)?),
                until: row.get(5)?,
            })
        })?;
    Ok(lease)
}

fn now_us() -> i64 {
    SystemClock.now().as_micros()
}

/// What tells whether two process ids can be compared: the boot, and the namespace of the ids (containers have their own).
/// Empty where that cannot be told; then only time decides.
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    match (boot, namespace) {
        (Ok(boot), Ok(namespace)) => format!("{} {}", boot.trim(), namespace.display()),
        (Err(_), _) | (_, Err(_)) => String::new(),
    }
}

/// When a process began, in ticks since the boot; `None` when it is gone, or only waits to be buried by its parent.
fn started_at(pid: u32) -> Option<i64> {
    let line = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; what follows the last one is plain. State is the 3rd field, start the 22nd.
    let (_, fields) = line.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let alive = fields.next().is_some_and(|state| !matches!(state, "Z" | "X"));
    fields.nth(18).filter(|_| alive)?.parse().ok()
}
