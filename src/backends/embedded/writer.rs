//! The one thread that writes. Whatever waits when it is free shares one transaction and one sync of the disk.
//!
//! There is no artificial delay: while one group is synced the next gathers, so groups grow with the load. A group that
//! fails is undone whole; if one of its requests may be to blame, each is tried alone, so that only that one fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tracerail_actors::failpoint;
use tracerail_actors::port::{Consumer, Receipt};

use super::commit::Outcome;
use super::failure::Failure;
use super::group::{Effects, Group, locked};
use super::hands::Ownership;
use super::retention::Background;
use super::rows::{BatchRow, EventRow};
use super::settle::Settlement;
use super::shared::Shared;
use super::words::signed;

/// Where requests to write are sent.
#[derive(Debug)]
pub(super) struct Writer {
    requests: Sender<Message>,
    queue: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer is asked for.
#[derive(Debug)]
pub(super) enum Work {
    Commit(Box<BatchRow>),
    Publish(Vec<EventRow>),
    Settle(Receipt, Settlement),
    Replay(u64),
    /// Encoded; without one, intake goes on.
    PauseIntake(Option<Vec<u8>>),
    TakeLease,
    ReleaseLease,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Committed(Outcome),
    /// Whether it was done; `false` where there was nothing to do or no right to.
    Yes(bool),
}

type Reply = Result<Done, Arc<Failure>>;

#[derive(Debug)]
enum Message {
    Work(Request),
    Close,
}

/// How long tidying up waits for a program that holds the file. What is left undone the next process does.
const TIDY_UP_WITHIN: Duration = Duration::from_millis(250);

#[derive(Debug)]
struct Request {
    work: Work,
    reply: oneshot::Sender<Reply>,
    _place: OwnedSemaphorePermit,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection, shared: Arc<Shared>) -> Result<Self, Failure> {
        let (requests, receiver) = channel();
        let queue = Arc::new(Semaphore::new(shared.settings.queue_max));
        let thread = std::thread::Builder::new()
            .name("tracerail-store".to_owned())
            .spawn(move || {
                let retention = Background::of(&shared);
                Thread { connection, shared, receiver, renew_at: None, retention, wrote: false }.run();
            })
            .map_err(Failure::Thread)?;
        Ok(Self { requests, queue, thread: Mutex::new(Some(thread)) })
    }

    /// Has something written; returns when it is on the disk.
    pub(super) async fn ask(&self, work: Work) -> Reply {
        let closed = || Arc::new(Failure::Closed);
        let place = Arc::clone(&self.queue).acquire_owned().await.map_err(|_| closed())?;
        let (reply, answer) = oneshot::channel();
        let request = Request { work, reply, _place: place };
        self.requests.send(Message::Work(request)).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Finishes what was asked for and ends the thread. Blocks.
    pub(super) fn close(&self) {
        self.queue.close();
        // An error says that the thread has ended already.
        drop(self.requests.send(Message::Close));
        if let Some(thread) = locked(&self.thread).take() {
            // It catches its own panics; a last one has nobody left to be told.
            drop(thread.join());
        }
    }
}

struct Thread {
    connection: Connection,
    shared: Arc<Shared>,
    receiver: Receiver<Message>,
    /// When the lease has to be renewed, while this process has it.
    renew_at: Option<Instant>,
    /// What ended long ago is taken out meanwhile.
    retention: Option<Background>,
    /// Whether this process has changed the file.
    wrote: bool,
}

impl Thread {
    fn run(mut self) {
        let mut open = true;
        while open {
            let (group, more) = self.gather();
            open = more;
            if !group.is_empty() {
                self.serve(group);
            }
            if self.renew_at.is_some_and(|at| Instant::now() >= at) {
                self.renew();
            }
            if self.retain_at().is_some_and(|at| Instant::now() >= at)
                && let Some(retention) = &mut self.retention
            {
                retention.go_on(&self.connection, &self.shared);
            }
        }
        self.finish();
    }

    /// When what ended long ago is looked for: by the process that hands out events, so that only one does it.
    fn retain_at(&self) -> Option<Instant> {
        self.renew_at.and(self.retention.as_ref()).map(Background::next)
    }

    /// Waits for a request, or for the time to renew or to take out what has ended, and takes what else is there. `false`: it was the last.
    fn gather(&self) -> (Vec<Request>, bool) {
        let mut group = Vec::new();
        let wake_at = self.renew_at.into_iter().chain(self.retain_at()).min();
        let mut message = match wake_at {
            None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => self.receiver.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        loop {
            match message {
                Ok(Message::Work(request)) => group.push(request),
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => return (group, false),
                Err(RecvTimeoutError::Timeout) => return (group, true),
            }
            if group.len() >= self.shared.settings.group_commit_max {
                return (group, true);
            }
            message = self.receiver.try_recv().map_err(|error| match error {
                std::sync::mpsc::TryRecvError::Empty => RecvTimeoutError::Timeout,
                std::sync::mpsc::TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            });
        }
    }

    fn serve(&mut self, group: Vec<Request>) {
        let works: Vec<_> = group.iter().map(|request| &request.work).collect();
        match self.transact(&works) {
            Ok(done) => {
                for (request, done) in group.into_iter().zip(done) {
                    answer(request, Ok(done));
                }
            }
            Err(failure) if group.len() > 1 && failure.may_be_one_request() => {
                for request in group {
                    self.serve(vec![request]);
                }
            }
            Err(failure) => {
                let failure = Arc::new(failure);
                for request in group {
                    answer(request, Err(Arc::clone(&failure)));
                }
            }
        }
    }

    /// Does all of this work in one transaction, or none of it.
    fn transact(&mut self, works: &[&Work]) -> Result<Vec<Done>, Failure> {
        let asked_at = Instant::now();
        let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(works)));
        match attempt.unwrap_or(Err(Failure::Panicked)) {
            Ok((done, effects)) => {
                self.take_effect(effects, asked_at);
                Ok(done)
            }
            Err(failure) => {
                self.roll_back();
                Err(failure)
            }
        }
    }

    fn attempt(&self, works: &[&Work]) -> Result<(Vec<Done>, Effects), Failure> {
        let shared = &*self.shared;
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let mut group =
            Group::new(&self.connection, &*shared.clock, &shared.holder, &shared.hands, self.lease_us());
        let done = works.iter().map(|work| group.work(work)).collect::<Result<_, _>>()?;
        group.finish()?;
        let effects = group.effects;
        failpoint::hit("writer.before_commit");
        self.connection.prepare_cached("COMMIT")?.execute(())?;
        failpoint::hit("writer.after_commit");
        Ok((done, effects))
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the store could not undo a failed transaction");
        }
    }

    /// Brings memory up to what was just committed.
    fn take_effect(&mut self, effects: Effects, asked_at: Instant) {
        self.wrote = true;
        let duration = self.shared.settings.lease_duration;
        let mut hands = locked(&self.shared.hands);
        for consumer in Consumer::ALL {
            hands.settled(consumer, effects.settled.get(consumer));
        }
        if effects.released {
            hands.retire();
            self.renew_at = None;
        } else if let Some((epoch, positions)) = effects.taken {
            hands.own(Ownership { epoch, until: asked_at + duration }, positions);
            self.renew_at = Some(asked_at + renew_every(duration));
        } else if effects.lost {
            hands.drop_all();
            self.renew_at = None;
        }
        drop(hands);
        for consumer in Consumer::ALL {
            if effects.released || *effects.woken.get(consumer) {
                self.shared.wake.get(consumer).notify_waiters();
            }
        }
    }

    /// Renews the lease. It needs no sync: after a crash of the machine nobody is alive to rely on it.
    fn renew(&mut self) {
        let asked_at = Instant::now();
        let duration = self.shared.settings.lease_duration;
        self.renew_at = Some(asked_at + renew_every(duration));
        match self.renew_unsynced() {
            Ok(true) => locked(&self.shared.hands).renewed(asked_at + duration),
            Ok(false) => {
                tracing::warn!("another process has taken over the deliveries of the store");
                locked(&self.shared.hands).drop_all();
                self.renew_at = None;
            }
            Err(failure) => tracing::warn!(%failure, "the lease of the store could not be renewed"),
        }
    }

    fn renew_unsynced(&self) -> Result<bool, Failure> {
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        let renewed = self.shared.holder.renew(&self.connection, self.lease_us());
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        renewed
    }

    /// Leaves the file so that the next one finds no lease and a short log. All of it is only for speed, so whoever has only
    /// looked does none of it, and nobody waits for another program.
    fn finish(self) {
        locked(&self.shared.hands).retire();
        if self.wrote
            && let Err(failure) = self.tidy_up()
        {
            tracing::warn!(%failure, "the store was closed, but not tidied up");
        }
    }

    fn tidy_up(&self) -> Result<(), Failure> {
        self.connection.busy_timeout(TIDY_UP_WITHIN)?;
        self.shared.holder.release(&self.connection)?;
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?)
    }

    fn lease_us(&self) -> i64 {
        signed(u64::try_from(self.shared.settings.lease_duration.as_micros()).unwrap_or(u64::MAX))
    }
}

impl Group<'_> {
    fn work(&mut self, work: &Work) -> Result<Done, Failure> {
        Ok(match work {
            Work::Commit(batch) => Done::Committed(self.commit(batch)?),
            Work::Publish(events) => {
                for event in events {
                    self.append_published(event)?;
                }
                Done::Yes(true)
            }
            Work::Settle(receipt, settlement) => Done::Yes(self.settle(*receipt, settlement)?),
            Work::Replay(number) => Done::Yes(self.replay(*number)?),
            Work::PauseIntake(pause) => Done::Yes(self.pause_intake(pause.as_deref())?),
            Work::TakeLease => Done::Yes(self.take_lease()?),
            Work::ReleaseLease => {
                self.release_lease()?;
                Done::Yes(true)
            }
        })
    }
}

/// Three chances before the lease is gone.
fn renew_every(duration: Duration) -> Duration {
    duration / 3
}

fn answer(request: Request, reply: Reply) {
    // Whoever asked may have stopped waiting; what was written stays written.
    drop(request.reply.send(reply));
}
