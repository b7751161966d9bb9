//! Erasing: the state first, then the log, until nothing of it comes any more.
//!
//! Promises: events keep their places, ids, times and kinds, tasks their versions. What waits to get into the log is rewritten with the state, so
//! that only commands under way bring it once more; they are met by the next way through. A tombstone in the log says that it was begun,
//! before anything is changed, and that it is done: whatever moment it is interrupted at, doing it again finishes it, and several at once do
//! no harm to each other. A state that is made again from the log is the same one.
//!
//! Deliberately absent: the names of items, by which everything about them is found, and copies elsewhere: backups, replicas, what
//! listeners have kept, and the files of Redis until it writes them anew.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tracerail_actors::port::{Clock, Heard, PortError, PortErrorKind, Store};
use tracerail_schemas::hash;

use super::edition::Distributed;
use super::nats::Walked;
use super::target::Target;
use crate::upkeep::{Erased, Erasing, Erasure, ToErase, Tombstone};

/// Between two ways through: commands that were under way have come to their end.
const PAUSE: Duration = Duration::from_millis(500);

/// How many ways through in a row an actor may leave a message unhandled: longer than one that has died keeps what it had.
const WAYS_IN_VAIN: u32 = 120;

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
        stone.records += records;
        stone.finished = true;
        self.of.log.bury(&stone).await?;
        self.stone = Some(stone);
        Ok(self.answer(records))
    }

    async fn until_nothing_comes(&mut self, tell: Heard<'_>) -> Result<u64, PortError> {
        let (mut records, mut in_vain) = (0, 0);
        loop {
            let found = self.of.store.erase_from(&self.target, false, tell).await?;
            self.left_in_names = found.left_in_names;
            let told = self.of.log.erase_on(&self.target, &mut self.walked, false, tell).await?;
            records += found.records + told;
            let (waiting, streams) = self.walked.waiting();
            if found.records + told == 0 && waiting == 0 {
                return Ok(records);
            }
            in_vain = if waiting == 0 { 0 } else { in_vain + 1 };
            if in_vain > WAYS_IN_VAIN {
                let why = format!(
                    "{waiting} events in {streams} that hold it have still to be handled by an actor: let `tracerail run` come to them \
                     (`tracerail intake status`, `tracerail dlq list`), and erase again"
                );
                return Err(PortError::new("erase", PortErrorKind::Unavailable, why));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn begun(&self, number: u64) -> Tombstone {
        let (kind, name) = self.target.name();
        let hash_of = |reason: &String| hash::hex(&Sha256::digest(reason));
        Tombstone {
            number,
            kind: kind.to_owned(),
            name,
            at: self.clock.now(),
            by: self.erasure.by.to_string(),
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
