//! Tells Redis which events are in the log. While one call is under way the next ones gather, and go together.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tracerail_actors::port::Published;

use super::doorkeeper;
use super::error::Failure;
use super::gate::Gate;
use super::read_content::typed;
use super::scripts::Script;
use super::slot::Slot;

/// Events that wait to be told of together; more have to wait themselves.
const WAITING_MAX: usize = 4_096;

/// Events in one call of the script.
const AT_ONCE: usize = 256;

/// Some published events, and where the answer goes.
struct Told {
    events: Vec<Published>,
    answer: oneshot::Sender<Result<(), Failure>>,
}

/// Tells Redis which events are in the log.
#[derive(Clone, Debug)]
pub(super) struct Sender(mpsc::Sender<Told>);

impl Sender {
    /// One that works until it and all its clones are dropped.
    pub(super) fn start(gate: Arc<Gate>, runtime: &tokio::runtime::Handle) -> Self {
        let (sender, mut waiting) = mpsc::channel::<Told>(WAITING_MAX);
        runtime.spawn(async move {
            let mut batch = Vec::new();
            while waiting.recv_many(&mut batch, WAITING_MAX).await > 0 {
                let told = send(&gate, batch.iter().flat_map(|told| &told.events)).await;
                for Told { answer, .. } in batch.drain(..) {
                    // Whoever asked may have gone.
                    answer.send(told.clone()).unwrap_or_default();
                }
            }
        });
        Self(sender)
    }

    /// These events are in the log.
    pub(super) async fn sent(&self, events: Vec<Published>) -> Result<(), Failure> {
        let (answer, answered) = oneshot::channel();
        let gone = || Failure::Refused("the store is closed".to_owned());
        self.0.send(Told { events, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn send(gate: &Gate, events: impl Iterator<Item = &Published>) -> Result<(), Failure> {
    let mut partitions: BTreeMap<u16, Vec<&Published>> = BTreeMap::new();
    for event in events {
        partitions.entry(gate.keys.partition_of(event.about)).or_default().push(event);
    }
    let chunks = partitions.iter().flat_map(|(partition, events)| {
        events.chunks(AT_ONCE).map(move |chunk| tell(gate, *partition, chunk))
    });
    futures_util::future::try_join_all(chunks).await?;
    Ok(())
}

async fn tell(gate: &Gate, partition: u16, events: &[&Published]) -> Result<(), Failure> {
    let arguments: Vec<Vec<u8>> = events
        .iter()
        .flat_map(|event| {
            let slot = event.place.map(|_| Slot::of_published(event).bytes().to_vec()).unwrap_or_default();
            [event.id.uuid().as_bytes().to_vec(), event.about.uuid().as_bytes().to_vec(), slot]
        })
        .collect();
    let known = gate.call(Script::Sent, partition, arguments.iter().map(Vec::as_slice)).await?;
    if typed::<usize>(known)? < events.len() {
        // Somebody else has told of them before, or Redis has forgotten their commit while they were published: then the log knows
        // more than the state, and whoever may read the log looks.
        doorkeeper::suspect(gate).await?;
    }
    Ok(())
}
