//! Calls of a script that gather while one is under way, and then go together: one call of the script costs more than what it does for
//! one of them.
//!
//! A lone call goes at once. Each partition has its own queue: what is decided about one item keeps its order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::Value;
use tokio::sync::oneshot;

use super::arguments::Arguments;
use super::error::Failure;
use super::gate::Gate;
use super::scripts::Script;

/// Calls that go together at most: Redis answers nobody else meanwhile.
const AT_ONCE: usize = 64;

/// Bytes of arguments from which on a call goes without waiting for more.
const BYTES: usize = 1 << 20;

/// One script, of which calls go together. The script answers with an array: one answer for each.
#[derive(Clone)]
pub(super) struct Together {
    gate: Arc<Gate>,
    script: Script,
    queues: Arc<[Mutex<Queue>]>,
    runtime: tokio::runtime::Handle,
}

/// What waits for a partition.
#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Whether a call is under way; whoever made it makes the next one, too.
    under_way: bool,
}

/// A call that waits, and where its answer goes.
struct Waiting {
    arguments: Arguments,
    answer: oneshot::Sender<Result<Value, Failure>>,
}

impl Together {
    pub(super) fn new(gate: Arc<Gate>, script: Script, runtime: tokio::runtime::Handle) -> Self {
        let queues = gate.keys.partitions().map(|_| Mutex::default()).collect();
        Self { gate, script, queues, runtime }
    }

    /// Calls the script with these arguments and those of others.
    pub(super) async fn call(&self, partition: u16, arguments: Arguments) -> Result<Value, Failure> {
        let gone = || Failure::Refused("the store is closed".to_owned());
        let (answer, answered) = oneshot::channel();
        let begin = {
            let mut queue = self.queue(partition).ok_or_else(gone)?;
            queue.waiting.push(Waiting { arguments, answer });
            !std::mem::replace(&mut queue.under_way, true)
        };
        if begin {
            let turn = Turn { all: self.clone(), partition, over: false };
            self.runtime.spawn(turn.go());
        }
        answered.await.map_err(|_| gone())?
    }

    /// What goes next.
    fn next(&self, partition: u16) -> Option<Vec<Waiting>> {
        let mut queue = self.queue(partition)?;
        let mut bytes = 0;
        let fits = queue.waiting.iter().take(AT_ONCE).take_while(|waiting| {
            let before = bytes;
            bytes += waiting.arguments.size();
            before < BYTES
        });
        let fits = fits.count();
        queue.under_way = fits > 0;
        (fits > 0).then(|| {
            let rest = queue.waiting.split_off(fits);
            std::mem::replace(&mut queue.waiting, rest)
        })
    }

    fn queue(&self, partition: u16) -> Option<MutexGuard<'_, Queue>> {
        // A queue is sound after each statement that changes it.
        let queue = self.queues.get(usize::from(partition))?;
        Some(queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes the calls of one partition.
struct Turn {
    all: Together,
    partition: u16,
    over: bool,
}

impl Turn {
    /// Calls until nothing waits any more.
    async fn go(mut self) {
        let Together { gate, script, .. } = &self.all;
        while let Some(calls) = self.all.next(self.partition) {
            let arguments = calls.iter().flat_map(|waiting| waiting.arguments.iter());
            let answer = gate.call(*script, self.partition, arguments).await;
            for (waiting, answer) in calls.into_iter().zip(each(answer)) {
                if let Err(failure) = &answer {
                    gate.heed(failure);
                }
                // Whoever asked may have gone.
                waiting.answer.send(answer).unwrap_or_default();
            }
        }
        self.over = true;
    }
}

/// A turn that ends too early ends with its runtime: nobody will answer those who wait, and they are told so.
impl Drop for Turn {
    fn drop(&mut self) {
        if !self.over
            && let Some(mut queue) = self.all.queue(self.partition)
        {
            queue.waiting.clear();
            queue.under_way = false;
        }
    }
}

/// The answer of each; a failure is everybody's.
fn each(answer: Result<Value, Failure>) -> Box<dyn Iterator<Item = Result<Value, Failure>> + Send> {
    let lacking = || Failure::Unreadable("an answer for each call".to_owned());
    match answer {
        Ok(Value::Array(answers)) => {
            let answers = answers.into_iter().map(|answer| {
                let refused = |error| Failure::Redis(redis::RedisError::from(error));
                if let Value::ServerError(error) = answer { Err(refused(error)) } else { Ok(answer) }
            });
            Box::new(answers.chain(std::iter::repeat_with(move || Err(lacking()))))
        }
        Ok(_) => Box::new(std::iter::repeat_with(move || Err(lacking()))),
        Err(failure) => Box::new(std::iter::repeat(Err(failure))),
    }
}

impl std::fmt::Debug for Together {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Together").field("script", &self.script).finish_non_exhaustive()
    }
}
