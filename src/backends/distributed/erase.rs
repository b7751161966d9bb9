//! Erasing: the state first, then the log, until nothing of it comes any more.
//!
//! Promises: events keep their places, ids, times and kinds, tasks their versions. What waits to get into the log is rewritten with the
//! state, and waited for: whoever publishes it may have read it before. Commands under way bring it once more, and are met by the next way
//! through. A tombstone in the log says that it was begun, before anything is changed, and that it is done: whatever moment it is
//! interrupted at, doing it again finishes it, and several at once do no harm to each other. A state that is made again from the log is the
//! same one.
//!
//! Deliberately absent: the names of items, by which everything about them is found, and copies elsewhere: backups, replicas, what
//! listeners have kept, the files of Redis until it writes them anew, and what a process has read to tell it again (a snapshot, a letter that
//! is replayed) and is held up in telling for longer than a way through takes: erasing again finds it.

use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tracerail_actors::port::{Clock, Heard, PortError, PortErrorKind, Store};
use tracerail_schemas::hash;

use super::edition::Distributed;
use super::nats::Walked;
use super::redis::Found;
use super::target::Target;
use crate::upkeep::{Erased, Erasing, Erasure, ToErase, Tombstone};

/// Between two ways through: commands that were under way have come to their end.
const PAUSE: Duration = Duration::from_millis(500);

/// For how long something may wait for an actor: longer than one that has died keeps what it had.
const WAITS_AT_MOST: Duration = Duration::from_mins(1);

/// An erasure that is under way.
struct Work<'a> {
    of: &'a Distributed,
    clock: &'a dyn Clock,
    erasure: Erasure,
    target: Target,
    /// The tombstone, once something was found.
    stone: Option<Tombstone>,
    walked: Walked,
    left_in_names: u64,
}

impl Distributed {
    /// Takes out a person or what an item says, and leaves what happened.
    pub async fn erase(
        &self,
        erasure: Erasure,
        clock: &dyn Clock,
        tell: Heard<'_>,
    ) -> Result<Erasing, PortError> {
        if let Some(refused) = self.refuses(&erasure.what).await? {
            return Ok(refused);
        }
        let target = Target::of(&erasure.what);
        let dry = erasure.dry_run;
        let mut work = Work {
            of: self,
            clock,
            erasure,
            target,
            stone: None,
            walked: Walked::default(),
            left_in_names: 0,
        };
        if dry {
            let records = work.count(tell).await?;
            return Ok(work.answer(records));
        }
        self.log.may_erase().await?;
        work.all(tell).await
    }

    /// Why it cannot be, if it cannot.
    async fn refuses(&self, what: &ToErase) -> Result<Option<Erasing>, PortError> {
        Ok(match what {
            ToErase::Person(id) => {
                let open = self.store.open_tasks(std::slice::from_ref(id)).await?;
                open.first().filter(|open| **open > 0).map(|open| Erasing::HasTasks(*open))
            }
            ToErase::Content(key) => match self.store.content(key).await? {
                None => Some(Erasing::Unknown),
                Some(record) if record.terminal.is_none() => Some(Erasing::IsOpen),
                Some(_) => None,
            },
        })
    }
}

impl Work<'_> {
    async fn count(&mut self, tell: Heard<'_>) -> Result<u64, PortError> {
        let found = self.of.store.erase_from(&self.target, true, tell).await?;
        self.left_in_names = found.left_in_names;
        Ok(found.records + self.of.log.erase_on(&self.target, &mut self.walked, true, tell).await?)
    }

    async fn all(&mut self, tell: Heard<'_>) -> Result<Erasing, PortError> {
        let (kind, name) = self.target.name();
        let stones = self.of.log.tombstones().await?;
        let mut number = stones.last().map_or(1, |stone| stone.number + 1);
        self.stone = stones.into_iter().find(|it| !it.finished && it.kind == kind && it.name == name);
        if self.stone.is_none() {
            if self.count(tell).await? == 0 {
                return Ok(self.answer(0));
            }
            self.walked = Walked::default();
            // Another number, where somebody else begins at the same moment.
            while !self.of.log.bury_first(&self.begun(number)).await? {
                number += 1;
            }
            self.stone = Some(self.begun(number));
        }
        let records = self.until_nothing_comes(tell).await?;
        let Some(mut stone) = self.stone.take() else { return Ok(self.answer(records)) };
        // Whoever erases may have been erased meanwhile.
        let stands = self.of.log.tombstones().await?.into_iter().find(|it| it.number == stone.number);
        stone.by = stands.map_or(stone.by, |it| it.by);
        stone.records += records;
        stone.finished = true;
        self.of.log.bury(&stone).await?;
        self.stone = Some(stone);
        Ok(self.answer(records))
    }

    async fn until_nothing_comes(&mut self, tell: Heard<'_>) -> Result<u64, PortError> {
        let (mut records, mut whole, mut waits_since) = (0, true, None);
        loop {
            let mut found = Found::default();
            if whole {
                found = self.of.store.erase_from(&self.target, false, tell).await?;
                self.left_in_names = found.left_in_names;
            }
            let told = self.of.log.erase_on(&self.target, &mut self.walked, false, tell).await?;
            records += found.records + told;
            match self.waiting(found.unsent) {
                None if whole && found.records + told == 0 => return Ok(records),
                None => (whole, waits_since) = (true, None),
                Some(waiting) => {
                    let since = *waits_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > WAITS_AT_MOST {
                        return Err(PortError::new("erase", PortErrorKind::Unavailable, waiting));
                    }
                    // What an actor makes of an event is met when it has handled it: until then only the log is looked at.
                    whole = self.walked.waiting().0 == 0;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What has still to be handled by somebody before it can go.
    fn waiting(&self, unsent: u64) -> Option<String> {
        let (unhandled, streams) = self.walked.waiting();
        if unhandled > 0 {
            return Some(format!(
                "{unhandled} events in {streams} that hold it have still to be handled by an actor: let `tracerail run` come to them \
                 (`tracerail intake status`, `tracerail dlq list`), and erase again"
            ));
        }
        (unsent > 0).then(|| {
            format!(
                "{unsent} events from which something was erased wait in Redis to get into the log: let `tracerail run` bring them there, and erase again"
            )
        })
    }

    fn begun(&self, number: u64) -> Tombstone {
        let (kind, name) = self.target.name();
        let hash_of = |reason: &String| hash::hex(&Sha256::digest(reason));
        Tombstone {
            number,
            kind: kind.to_owned(),
            name,
            at: self.clock.now(),
            by: self.erasure.signed(),
            reason_hash: self.erasure.reason.as_ref().map(hash_of),
            records: 0,
            finished: false,
        }
    }

    fn answer(&self, records: u64) -> Erasing {
        let (kind, name) = self.target.name();
        Erasing::Done(Erased {
            kind,
            name,
            number: self.stone.as_ref().map(|stone| stone.number),
            records,
            left_in_names: self.left_in_names,
            dry_run: self.erasure.dry_run,
        })
    }
}
