//! Opens the gate when Redis holds everything the log tells, and closes it when that is no longer known.
//!
//! Whoever brings Redis up to the log takes a lock, so that not everybody does. Events that are applied twice are applied once, but what
//! is removed to be made again must not be opened by somebody else: so the partitions also say whose turn it is.

use std::sync::Arc;
use std::time::Duration;

use redis::cmd;
use tokio::sync::watch;
use tracerail_actors::port::PortErrorKind;
use tracerail_schemas::Timestamp;

use super::error::Failure;
use super::gate::Gate;
use super::history::History;
use super::lock::Lock;
use super::meta::{self, READY, Since};
use super::pack::{STAMP, unpack};
use super::read_content::typed;
use super::rebuild::Progress;
use super::replay::Replay;
use super::settings::RedisSettings;
use super::store::now;

/// How far back is looked when it is only suspected that something is missing.
const SUSPECTED_SINCE: Duration = Duration::from_secs(30);

/// How often somebody looks whether something is suspected.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// How often it is noted how far the log goes, in looks.
const NOTES_EVERY: u32 = 5;

/// How long the lock of one that has died keeps the others from it: less than a command line waits.
const LOCKED_FOR: Duration = Duration::from_secs(4);

/// How it stands with the gate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// It is being opened; this is what it waits for.
    Opening(String),
    /// This process brings Redis up to the log.
    MakingUp,
    /// It is open.
    Open,
    /// It stays closed until somebody puts this right.
    Refused(PortErrorKind, String),
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
        let standing = if failure.is_for_ever() {
            Standing::Refused(failure.kind(), text)
        } else {
            Standing::Opening(text)
        };
        let news = self.standing.send_if_modified(|stands| {
            let differs = *stands != standing;
            stands.clone_from(&standing);
            differs
        });
        if news && let Standing::Refused(_, text) = &standing {
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
            meta::note_streams(&self.gate, &*self.history).await?;
        }
        let suspected = cmd("GETDEL").arg(self.gate.keys.whole("suspect")).to_owned();
        let Some(at) = typed::<Option<i64>>(self.gate.connection.ask(&suspected).await?)? else {
            return Ok(());
        };
        let since = Timestamp::from_micros(at).minus(SUSPECTED_SINCE);
        let replay = Replay::new(&self.gate, READY);
        let looked = replay.run(&*self.history, Some(since), &|_| {}).await;
        if looked.is_err() {
            leave_word(&self.gate, at).await?;
        }
        looked.map(|_| ())
    }

    /// Makes sure that nothing is missing.
    async fn bring_up(&self) -> Result<(), Failure> {
        let run_id = meta::run_id(&self.gate).await?;
        if self.is_whole_on(&run_id).await? {
            if self.settings.may_catch_up {
                meta::note_streams(&self.gate, &*self.history).await?;
            }
            return Ok(());
        }
        if !self.settings.may_catch_up && !self.nothing_was_ever_here().await? {
            return Err(self
                .gate
                .refusal("a process with the task actor has to bring it up to the event log"));
        }
        self.locked(async |token| self.catch_up(&run_id, token).await).await
    }

    /// Whether there is neither state nor an event: whoever comes first begins.
    async fn nothing_was_ever_here(&self) -> Result<bool, Failure> {
        let meta = meta::read(&self.gate, self.settings.cluster).await?;
        let marks = self.history.marks().await.map_err(|error| self.gate.refusal(&error.chain()))?;
        Ok(meta.there == 0 && marks.iter().all(|mark| mark.last == 0))
    }

    /// Whether everything is there. A server that has started anew knows no scripts, however whole its files are.
    async fn is_whole_on(&self, run_id: &str) -> Result<bool, Failure> {
        let meta = meta::read(&self.gate, self.settings.cluster).await?;
        Ok(meta.is_whole_on(run_id) && self.knows_scripts().await?)
    }

    async fn catch_up(&self, run_id: &str, token: &str) -> Result<(), Failure> {
        // From the first moment with the lock: whoever left it behind would keep the others waiting until it runs out.
        self.standing.send_replace(Standing::MakingUp);
        let gate = &*self.gate;
        if self.is_whole_on(run_id).await? {
            // Somebody else was quicker.
            return Ok(());
        }
        let marks = meta::note_streams(gate, &*self.history).await?;
        let meta = meta::read(gate, self.settings.cluster).await?;
        let since = meta.since(gate.keys.partitions().len()).moment();
        let is_new = meta.there == 0 && !marks.is_empty() && marks.iter().all(|mark| mark.last == 0);
        if marks.iter().any(|mark| mark.last > 0) {
            tracing::warn!(
                address = gate.address,
                from = since.map_or_else(|| "the beginning".to_owned(), |at| at.to_string()),
                "Redis was restarted or emptied: bringing it up to the event log"
            );
        }
        self.make_up(run_id, token, since.map_or(Since::Beginning, Since::Moment), async |state| {
            // Whoever comes first begins, and not everybody may read the log: where there is nothing, nobody has to.
            if is_new { Ok(Progress::default()) } else { self.replay(state, since, &|_| {}).await }
        })
        .await?;
        Ok(())
    }

    /// Closes the partitions to everybody else, lets `work` make up for what is missing, and opens them.
    ///
    /// The scripts of everybody else are loaded last. A server that dies anywhere on the way knows none of ours, and everything begins
    /// again where it began.
    pub(super) async fn make_up<T>(
        &self,
        run_id: &str,
        token: &str,
        since: Since,
        work: impl AsyncFnOnce(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let gate = &*self.gate;
        let state = meta::behind(token);
        // Whatever is in the log by now will have been applied.
        let begun_at = now(gate).await?;
        meta::begin(gate, &state, since).await?;
        for text in gate.scripts.texts_of_making_up() {
            self.load(text).await?;
        }
        let done = work(&state).await?;
        meta::note_streams(gate, &*self.history).await?;
        meta::finish(gate, &state, run_id, begun_at).await?;
        for text in gate.scripts.texts() {
            self.load(text).await?;
        }
        Ok(done)
    }

    /// Applies what the log has, and what waits to get there.
    pub(super) async fn replay(
        &self,
        state: &str,
        since: Option<Timestamp>,
        tell: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Progress, Failure> {
        let gate = &*self.gate;
        let progress = Replay::new(gate, state).run(&*self.history, since, tell).await?;
        let mut waiting = Vec::new();
        for partition in gate.keys.partitions() {
            let outbox = cmd("HVALS").arg(format!("{}o", gate.keys.base(partition))).to_owned();
            let packed: Vec<Vec<u8>> = typed(gate.connection.ask(&outbox).await?)?;
            for event in &packed {
                waiting.push(unpack(event.get(STAMP..).unwrap_or_default())?);
            }
        }
        // What comes before the version it follows is put right by whoever applies it.
        Replay::new(gate, state).apply(&waiting).await?;
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

    async fn load(&self, text: &str) -> Result<(), Failure> {
        self.gate.connection.ask(&cmd("SCRIPT").arg("LOAD").arg(text).to_owned()).await?;
        Ok(())
    }

    /// Does this while nobody else does it. Whoever loses the lock stops; if that is noticed late, the token keeps them out.
    pub(super) async fn locked<T>(
        &self,
        work: impl AsyncFnOnce(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(lock) = Lock::take(&self.gate, "lock", LOCKED_FOR).await? else {
            return Err(self.gate.refusal("another process is bringing it up to the event log"));
        };
        let done = tokio::select! {
            done = work(lock.token()) => done,
            failure = self.keep(&lock) => Err(failure),
        };
        let released = lock.release(&self.gate).await;
        let done = done?;
        released.map(|()| done)
    }

    /// Keeps the lock until it is lost, and says why it is.
    async fn keep(&self, lock: &Lock) -> Failure {
        loop {
            tokio::time::sleep(LOCKED_FOR / 4).await;
            match lock.keep(&self.gate).await {
                Ok(true) => {}
                Ok(false) => return self.gate.refusal("another process has taken over bringing it up"),
                Err(failure) => return failure,
            }
        }
    }
}

/// Leaves word that the log may know more than the state.
pub(super) async fn suspect(gate: &Gate) -> Result<(), Failure> {
    leave_word(gate, now(gate).await?.as_micros()).await
}

async fn leave_word(gate: &Gate, at: i64) -> Result<(), Failure> {
    let leave = cmd("SET").arg(gate.keys.whole("suspect")).arg(at).arg("NX").to_owned();
    gate.connection.ask(&leave).await?;
    Ok(())
}
