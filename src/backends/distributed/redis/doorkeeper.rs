//! Opens the gate when Redis holds everything the log tells, and closes it when that is no longer known.
//!
//! Whoever brings Redis up to the log takes a lock, so that not everybody does. It is for economy alone: events that are applied twice
//! are applied once.

use std::sync::Arc;
use std::time::Duration;

use redis::cmd;
use tokio::sync::watch;
use tracerail_schemas::Timestamp;
use uuid::Uuid;

use super::commit::unpack;
use super::error::Failure;
use super::gate::Gate;
use super::history::History;
use super::meta::{self, BEHIND, READY};
use super::read_content::typed;
use super::rebuild::Progress;
use super::replay::Replay;
use super::scripts::Script;
use super::settings::RedisSettings;

/// How far the clocks of Redis and of the log may be apart.
const CLOCKS_APART_MAX: Duration = Duration::from_secs(30);

/// How far back is looked when it is only suspected that something is missing.
const SUSPECTED_SINCE: Duration = Duration::from_secs(30);

/// How often somebody looks whether something is suspected.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// How often it is noted how far the log goes, in looks.
const NOTES_EVERY: u32 = 5;

/// How long the lock of one that has died keeps the others from it, in milliseconds.
const LOCKED_FOR_MS: u64 = 10_000;

/// How it stands with the gate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// It is being opened; this is what it waits for.
    Opening(String),
    /// It is open.
    Open,
    /// It stays closed until somebody puts this right.
    Refused(String),
}

/// Opens and closes the gate.
pub(super) struct Doorkeeper {
    pub(super) gate: Arc<Gate>,
    pub(super) settings: Arc<RedisSettings>,
    pub(super) history: Arc<dyn History>,
    pub(super) standing: watch::Sender<Standing>,
}

impl Doorkeeper {
    /// Works until nobody needs the gate any more.
    pub(super) async fn run(self) {
        let mut pause = Duration::from_millis(50);
        while !self.standing.is_closed() {
            match self.bring_up().await {
                Ok(()) => {
                    pause = Duration::from_millis(50);
                    self.gate.set_open();
                    self.standing.send_replace(Standing::Open);
                    self.look_after().await;
                }
                Err(failure) => {
                    self.tell(&failure);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
            }
        }
    }

    fn tell(&self, failure: &Failure) {
        let text = failure.to_string();
        let standing = match failure {
            Failure::Refused(_) | Failure::Unreadable(_) => Standing::Refused(text),
            Failure::Redis(_) | Failure::Closed { .. } => Standing::Opening(text),
        };
        let news = self.standing.send_if_modified(|stands| {
            let differs = *stands != standing;
            stands.clone_from(&standing);
            differs
        });
        if news && let Standing::Refused(text) = &standing {
            tracing::error!(what = text, "Redis is not used");
        } else if news && let Standing::Opening(text) = &standing {
            tracing::warn!(what = text, "waiting for Redis");
        }
    }

    /// Until the gate is closed again: looks whether something is suspected, and notes how far the log goes.
    async fn look_after(&self) {
        let mut looks: u32 = 0;
        loop {
            tokio::select! {
                () = self.gate.closed() => return,
                () = tokio::time::sleep(LOOKS_EVERY) => {}
            }
            if self.standing.is_closed() {
                return;
            }
            looks = looks.wrapping_add(1);
            let looked = self.look(looks.is_multiple_of(NOTES_EVERY)).await;
            if let Err(failure) = looked {
                self.tell(&failure);
                if matches!(failure, Failure::Unreadable(_)) {
                    self.gate.close();
                }
            } else {
                self.standing
                    .send_if_modified(|stands| std::mem::replace(stands, Standing::Open) != Standing::Open);
            }
        }
    }

    async fn look(&self, note: bool) -> Result<(), Failure> {
        if !self.settings.may_catch_up {
            return Ok(());
        }
        if note {
            meta::note_streams(&self.gate, &self.marks().await?).await?;
        }
        let suspected = cmd("GETDEL").arg(self.gate.keys.whole("suspect")).to_owned();
        let Some(at) = typed::<Option<i64>>(self.gate.connection.ask(&suspected).await?)? else {
            return Ok(());
        };
        let since = Timestamp::from_micros(at).minus(SUSPECTED_SINCE);
        let replay = Replay::new(&self.gate, READY, self.settings.remember_for);
        replay.run(&*self.history, Some(since), &|_| {}).await?;
        Ok(())
    }

    async fn marks(&self) -> Result<Vec<super::Mark>, Failure> {
        self.history.marks().await.map_err(|error| self.waiting_for(&error.chain()))
    }

    /// Makes sure that nothing is missing.
    async fn bring_up(&self) -> Result<(), Failure> {
        let gate = &*self.gate;
        let run_id = meta::run_id(gate).await?;
        let now = meta::read(gate, self.settings.cluster).await?;
        let same = now.all_ready && now.run_id == run_id;
        let knows_scripts = self.knows_scripts().await?;
        if same && knows_scripts {
            return Ok(());
        }
        if same && !self.settings.cluster {
            // The same server as ever; somebody has emptied its memory of scripts.
            return self.load_scripts().await;
        }
        if !self.settings.may_catch_up && !self.nothing_was_ever_here(&now).await? {
            return Err(self.waiting_for("a process with the task actor has to bring it up to the event log"));
        }
        let lock = self.lock().await?;
        let done = self.catch_up(&now, &run_id).await;
        self.unlock(&lock).await?;
        done
    }

    /// Whether there is neither state nor an event: whoever comes first begins.
    async fn nothing_was_ever_here(&self, now: &meta::Meta) -> Result<bool, Failure> {
        Ok(now.there == 0 && self.marks().await?.iter().all(|mark| mark.last == 0))
    }

    async fn catch_up(&self, now: &meta::Meta, run_id: &str) -> Result<(), Failure> {
        let gate = &*self.gate;
        let marks = self.marks().await?;
        let empty = marks.iter().all(|mark| mark.last == 0);
        let whole = now.there == gate.keys.partitions().len();
        if whole {
            meta::note_streams(gate, &marks).await?;
        }
        meta::set(gate, BEHIND, "").await?;
        if !empty {
            let since = now.written_at.filter(|_| whole).map(|at| at.minus(CLOCKS_APART_MAX));
            tracing::warn!(
                address = gate.address,
                from = since.map_or_else(|| "the beginning".to_owned(), |at| at.to_string()),
                "Redis was restarted or emptied: bringing it up to the event log"
            );
            self.replay(BEHIND, since, &|_| {}).await?;
        }
        meta::note_streams(gate, &marks).await?;
        meta::set(gate, READY, run_id).await?;
        self.load_scripts().await
    }

    /// Applies what the log has, and what waits to get there.
    pub(super) async fn replay(
        &self,
        state: &'static str,
        since: Option<Timestamp>,
        tell: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Progress, Failure> {
        let gate = &*self.gate;
        gate.connection
            .ask(&cmd("SCRIPT").arg("LOAD").arg(gate.scripts.text(Script::Apply)).to_owned())
            .await?;
        let progress =
            Replay::new(gate, state, self.settings.remember_for).run(&*self.history, since, tell).await?;
        let mut waiting = Vec::new();
        for partition in gate.keys.partitions() {
            let outbox = cmd("HVALS").arg(format!("{}o", gate.keys.base(partition))).to_owned();
            let mut packed: Vec<Vec<u8>> = typed(gate.connection.ask(&outbox).await?)?;
            packed.sort();
            for event in &packed {
                waiting.push(unpack(event.get(48..).unwrap_or_default())?);
            }
        }
        Replay::new(gate, state, self.settings.remember_for).apply(&waiting).await?;
        Ok(progress)
    }

    async fn knows_scripts(&self) -> Result<bool, Failure> {
        let mut exist = cmd("SCRIPT");
        exist.arg("EXISTS");
        for text in self.gate.scripts.digests() {
            exist.arg(text);
        }
        let known: Vec<bool> = typed(self.gate.connection.ask(&exist).await?)?;
        Ok(known.iter().all(|known| *known))
    }

    pub(super) async fn load_scripts(&self) -> Result<(), Failure> {
        for text in self.gate.scripts.texts() {
            self.gate.connection.ask(&cmd("SCRIPT").arg("LOAD").arg(text).to_owned()).await?;
        }
        Ok(())
    }

    /// Takes the lock, and what it is given back with.
    pub(super) async fn lock(&self) -> Result<String, Failure> {
        let token = Uuid::now_v7().to_string();
        let key = self.gate.keys.whole("lock");
        let take = cmd("SET").arg(key).arg(&token).arg("NX").arg("PX").arg(LOCKED_FOR_MS).to_owned();
        match typed::<Option<String>>(self.gate.connection.ask(&take).await?)? {
            Some(_) => Ok(token),
            None => Err(self.waiting_for("another process is bringing it up to the event log")),
        }
    }

    pub(super) async fn unlock(&self, token: &str) -> Result<(), Failure> {
        let key = self.gate.keys.whole("lock");
        let holder: Option<String> =
            typed(self.gate.connection.ask(&cmd("GET").arg(&key).to_owned()).await?)?;
        if holder.as_deref() == Some(token) {
            self.gate.connection.ask(&cmd("UNLINK").arg(&key).to_owned()).await?;
        }
        Ok(())
    }

    fn waiting_for(&self, why: &str) -> Failure {
        Failure::Closed { address: self.gate.address.clone(), why: why.to_owned() }
    }
}

/// Leaves word that the log may know more than the state.
pub(super) async fn suspect(gate: &Gate) -> Result<(), Failure> {
    let (seconds, micros): (i64, i64) = typed(gate.connection.ask(&cmd("TIME").to_owned()).await?)?;
    let at = seconds * 1_000_000 + micros;
    let leave = cmd("SET").arg(gate.keys.whole("suspect")).arg(at).arg("NX").to_owned();
    gate.connection.ask(&leave).await?;
    Ok(())
}
