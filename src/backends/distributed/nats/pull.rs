//! One consumer: handing out what was fetched, and settling it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::Request;
use bytes::Bytes;
use futures_util::future::try_join_all;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tracerail_actors::port::{Consumer, Delivery, Giveup, Nak, PortError, PortErrorKind, Receipt};
use tracerail_schemas::{Envelope, Subject};

use super::core::Core;
use super::dead_letters;
use super::error::away;
use super::fetch::{self, Shared};
use super::hands::{Handed, Held};
use super::headers::{self, Origin};
use super::notes::{self, Noted};
use super::streams::StreamId;

/// What tells the server that a delivery is done.
const DONE: Bytes = Bytes::from_static(b"+ACK");
/// How long a release may take.
const RELEASE_ENDS_WITHIN: Duration = Duration::from_secs(10);

/// One consumer of this process. Nothing is fetched before the first pull.
pub(super) struct Puller {
    shared: Arc<Shared>,
    fetching: Mutex<Option<JoinHandle<()>>>,
}

impl Puller {
    pub(super) fn new(core: Arc<Core>, consumer: Consumer) -> Self {
        Self { shared: Arc::new(Shared::new(core, consumer)), fetching: Mutex::new(None) }
    }

    /// Hands out up to `max`; waits up to `wait` for the first.
    pub(super) async fn pull(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, PortError> {
        let until = Instant::now() + wait;
        loop {
            let arrived = self.shared.arrived.notified();
            let (handed, broken) = {
                let mut hands = self.shared.hands();
                if hands.released {
                    return Ok(Vec::new());
                }
                (hands.hand_out(max), hands.broken.clone())
            };
            self.fetch();
            if !handed.is_empty() {
                return self.deliveries(handed).await;
            }
            if timeout_at(until, arrived).await.is_err() {
                let failed = |why| PortError::new(self.operation("pull"), PortErrorKind::Corrupt, why);
                return broken.map_or(Ok(Vec::new()), |why: String| Err(failed(why)));
            }
        }
    }

    /// This delivery is done.
    pub(super) async fn ack(&self, receipt: Receipt) -> Result<(), PortError> {
        let reply = self.holding(receipt, "ack", |held| held.reply.clone())?;
        self.answer(reply, DONE, "ack").await?;
        self.shared.hands().let_go(receipt);
        Ok(())
    }

    /// This delivery is given back.
    pub(super) async fn nak(&self, receipt: Receipt, nak: Nak) -> Result<(), PortError> {
        let (reply, before) = self.holding(receipt, "nak", |held| (held.reply.clone(), held.noted))?;
        let failed = u32::from(nak.failure.is_some());
        let noted = Noted { failures: before.failures + failed, naks: before.naks + 1 };
        notes::write(&self.shared.core, self.shared.consumer, receipt.sequence, noted).await?;
        let delay = format!(r#"-NAK {{"delay":{}}}"#, nak.after.as_nanos());
        let text = if nak.after.is_zero() { Bytes::from_static(b"-NAK") } else { delay.into() };
        // Let go first: it may come again before this returns.
        self.shared.hands().let_go(receipt);
        self.answer(reply, text, "nak").await
    }

    /// This delivery becomes a dead letter.
    pub(super) async fn give_up(&self, receipt: Receipt, why: Giveup) -> Result<(), PortError> {
        let (message, delivered, noted, reply) = self.holding(receipt, "give up", |held| {
            (held.message.clone(), held.delivered, held.noted, held.reply.clone())
        })?;
        let core = &self.shared.core;
        let envelope = self.envelope(&message, delivered);
        let dead = dead_letters::Dead {
            consumer: self.shared.consumer,
            sequence: receipt.sequence,
            envelope,
            data: message.payload.to_vec(),
            attempts: noted.failures + 1,
            why,
        };
        dead_letters::bury(core, dead).await?;
        self.answer(reply, DONE, "give up").await?;
        self.shared.hands().let_go(receipt);
        Ok(())
    }

    /// Nothing more is handed out; what is held goes back.
    pub(super) async fn release(&self) {
        self.shared.hands().released = true;
        self.shared.arrived.notify_waiters();
        self.shared.wanted.notify_one();
        let fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(fetching) = fetching
            && tokio::time::timeout(RELEASE_ENDS_WITHIN, fetching).await.is_err()
        {
            tracing::warn!(consumer = %self.shared.consumer, "giving back takes too long; it comes again by itself");
        }
    }

    fn fetch(&self) {
        let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        if fetching.is_none() {
            *fetching = Some(self.shared.core.connection.io.spawn(fetch::run(self.shared.clone())));
        } else {
            self.shared.wanted.notify_one();
        }
    }

    async fn deliveries(&self, handed: Vec<Handed>) -> Result<Vec<Delivery>, PortError> {
        let consumer = self.shared.consumer;
        let again = handed.iter().filter(|handed| handed.delivered.deliveries > 1).map(async |handed| {
            let sequence = handed.delivered.sequence;
            let noted = notes::read(&self.shared.core, consumer, sequence).await?;
            let receipt = Receipt { consumer, sequence, epoch: handed.epoch };
            self.shared.hands().note(receipt, noted);
            Ok::<_, PortError>((sequence, noted.failures))
        });
        let noted = match try_join_all(again).await {
            Ok(noted) => noted,
            Err(error) => {
                let mut hands = self.shared.hands();
                handed.iter().rev().for_each(|handed| hands.put_back(handed.delivered.sequence));
                return Err(error);
            }
        };
        let failures =
            |sequence| noted.iter().find(|(of, _)| *of == sequence).map_or(0, |(_, failures)| *failures);
        let deliveries = handed.into_iter().map(|Handed { epoch, message, delivered }| Delivery {
            receipt: Receipt { consumer, sequence: delivered.sequence, epoch },
            failures: failures(delivered.sequence),
            envelope: self.envelope(&message, delivered),
            data: message.payload.to_vec(),
        });
        Ok(deliveries.collect())
    }

    fn envelope(&self, message: &async_nats::Message, delivered: headers::Delivered) -> Envelope {
        let core = &self.shared.core;
        let stream = StreamId::of(self.shared.consumer);
        let subjects = self.shared.consumer.subjects();
        let origin = Origin {
            subject: core.names.plain(&message.subject),
            stream: &core.names.stream(stream),
            created: core.created(stream),
            sequence: delivered.sequence,
            at: delivered.at,
            otherwise: subjects.first().copied().unwrap_or(Subject::ContentSubmitted),
        };
        headers::envelope(message.headers.as_ref(), &origin)
    }

    /// What is held under this receipt; a receipt of an earlier ownership is refused.
    fn holding<T>(
        &self,
        receipt: Receipt,
        operation: &str,
        read: impl FnOnce(&Held) -> T,
    ) -> Result<T, PortError> {
        let mut hands = self.shared.hands();
        let held = hands.holding(receipt).map(|held| read(held));
        held.ok_or_else(|| {
            PortError::new(
                self.operation(operation),
                PortErrorKind::Invalid,
                "this delivery is not held any more: it was settled, released, or belongs to another process",
            )
        })
    }

    async fn answer(
        &self,
        reply: async_nats::Subject,
        text: Bytes,
        operation: &str,
    ) -> Result<(), PortError> {
        let Core { connection, settings, .. } = &*self.shared.core;
        if !settings.ack_confirmed {
            let sent = connection.client.publish(reply, text).await;
            return sent.map_err(|error| away(self.operation(operation), error));
        }
        let answered = connection.client.send_request(reply, Request::new().payload(text)).await;
        answered.map(drop).map_err(|_| away(self.operation(operation), connection.silence()))
    }

    fn operation(&self, what: &str) -> String {
        format!("{what} an event of {}", self.shared.consumer)
    }
}

impl Drop for Puller {
    fn drop(&mut self) {
        if let Some(fetching) = self.fetching.lock().unwrap_or_else(PoisonError::into_inner).take() {
            fetching.abort();
        }
    }
}
