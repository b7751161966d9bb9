//! One subscription of a consumer, and the requests that were made on it.
//!
//! It asks for as many as were handed out lately, so that a slow consumer does not keep from other processes what it cannot begin, and
//! a fast one never waits for the server. Each request has its own end and heartbeats.

use std::time::Duration;

use async_nats::{Message, Subscriber};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior};

use super::fetch::Shared;
use super::headers::{Delivered, get};
use super::streams::StreamId;

/// How long the server keeps a request.
const REQUEST_ENDS_AFTER: Duration = Duration::from_secs(30);
/// How often the server says that a request still waits.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Without a heartbeat for this long, the request is taken to be lost.
const STALLED_AFTER: Duration = Duration::from_secs(15);
/// How often the fetcher looks around at least.
const TICK_MAX: Duration = Duration::from_secs(1);
/// What tells the server that a delivery is being handled.
const IN_PROGRESS: Bytes = Bytes::from_static(b"+WPI");
/// What gives a delivery back at once.
const GIVE_BACK: Bytes = Bytes::from_static(b"-NAK");

/// Why a subscription ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// This process fetches no more.
    Released,
    /// The connection was made again: the server has forgotten the requests.
    Reconnected,
    /// No heartbeat came.
    Stalled,
    /// The server says that there is no such consumer now.
    Gone,
}

/// One subscription and the requests that were made on it.
pub(super) struct Subscription {
    messages: Subscriber,
    inbox: String,
    asked_at: String,
    /// How many messages are still to come for the requests.
    outstanding: usize,
    /// How many are kept ready.
    appetite: usize,
    heard_at: Instant,
}

impl Subscription {
    pub(super) async fn open(shared: &Shared) -> Result<Self, async_nats::SubscribeError> {
        let core = &shared.core;
        let inbox = core.connection.client.new_inbox();
        let messages = core.connection.client.subscribe(inbox.clone()).await?;
        let (stream, name) =
            (core.names.stream(StreamId::of(shared.consumer)), core.names.consumer(shared.consumer));
        let asked_at = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}");
        Ok(Self { messages, inbox, asked_at, outstanding: 0, appetite: 0, heard_at: Instant::now() })
    }

    pub(super) async fn run(&mut self, shared: &Shared) -> End {
        let ack_wait = shared.core.settings.ack_wait;
        let mut tick = tokio::time::interval((ack_wait / 6).min(TICK_MAX));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut connected = shared.core.connection.connected();
        connected.mark_unchanged();
        loop {
            if shared.hands().released {
                return End::Released;
            }
            self.ask(shared).await;
            tokio::select! {
                message = self.messages.next() => {
                    let Some(message) = message else { return End::Stalled };
                    if !self.take(shared, message) {
                        return End::Gone;
                    }
                }
                () = shared.wanted.notified() => {}
                _ = tick.tick() => {
                    self.look_around(shared, ack_wait / 4).await;
                    if self.outstanding > 0 && self.heard_at.elapsed() > STALLED_AFTER && shared.core.connection.is_up() {
                        return End::Stalled;
                    }
                }
                changed = connected.changed() => {
                    if changed.is_ok() && *connected.borrow_and_update() {
                        return End::Reconnected;
                    }
                }
            }
        }
    }

    /// Asks for more when fewer than wanted are here or on their way.
    async fn ask(&mut self, shared: &Shared) {
        let (waiting, demand) = {
            let hands = shared.hands();
            (hands.waiting(), hands.demand)
        };
        let batch_max = shared.core.settings.pull_batch;
        let wanted = self.appetite.max(demand).clamp(1, batch_max);
        let missing = wanted.saturating_sub(waiting + self.outstanding);
        // Half at a time: many small requests cost more than the messages.
        if missing == 0 || missing * 2 < wanted || !shared.core.connection.is_up() {
            return;
        }
        let request = format!(
            r#"{{"batch":{missing},"expires":{},"idle_heartbeat":{}}}"#,
            REQUEST_ENDS_AFTER.as_nanos(),
            HEARTBEAT.as_nanos()
        );
        let client = &shared.core.connection.client;
        let sent = client.publish_with_reply(self.asked_at.clone(), self.inbox.clone(), request.into()).await;
        if sent.is_ok() {
            if self.outstanding == 0 {
                self.heard_at = Instant::now();
            }
            self.outstanding += missing;
        }
    }

    /// Takes this message and those that came with it; `false` when the consumer is gone.
    fn take(&mut self, shared: &Shared, first: Message) -> bool {
        self.heard_at = Instant::now();
        let (mut came, mut there) = (false, true);
        let mut next = Some(first);
        {
            let mut hands = shared.hands();
            while let Some(message) = next {
                match self.understand(&message) {
                    Said::Delivery(delivered, reply) => {
                        hands.receive(message, reply, delivered, self.heard_at);
                        came = true;
                    }
                    Said::Nothing => {}
                    Said::Gone => there = false,
                }
                next = self.messages.next().now_or_never().flatten();
            }
        }
        if came {
            shared.arrived.notify_waiters();
            shared.arrived.notify_one();
        }
        there
    }

    fn understand(&mut self, message: &Message) -> Said {
        let Some(status) = message.status else {
            self.outstanding = self.outstanding.saturating_sub(1);
            let reply = message.reply.clone();
            let read = reply.and_then(|reply| Some((Delivered::parse(&reply)?, reply)));
            return read.map_or(Said::Nothing, |(delivered, reply)| Said::Delivery(delivered, reply));
        };
        match status.as_u16() {
            // A heartbeat.
            100 => Said::Nothing,
            // Nobody answers requests of this consumer.
            503 => Said::Gone,
            _ => {
                let pending = get(message.headers.as_ref(), "Nats-Pending-Messages");
                let unanswered = pending.and_then(|pending| pending.parse().ok());
                self.outstanding = self.outstanding.saturating_sub(unanswered.unwrap_or(self.outstanding));
                let said = message.description.as_deref().unwrap_or_default();
                if said.contains("Deleted") { Said::Gone } else { Said::Nothing }
            }
        }
    }

    /// Tells the server what is still held, and adapts to what was handed out lately.
    async fn look_around(&mut self, shared: &Shared, unsigned_for: Duration) {
        let replies = {
            let mut hands = shared.hands();
            let handed = hands.handed_since();
            self.appetite = handed.max(self.appetite / 2);
            if handed == 0 {
                hands.demand = hands.demand.min(1);
            }
            if !shared.core.connection.is_up() {
                return;
            }
            hands.unsigned(unsigned_for, Instant::now())
        };
        for reply in replies {
            shared.say(reply, IN_PROGRESS).await;
        }
    }

    /// Ends the subscription; on release, everything that is held or still comes is given back.
    pub(super) async fn close(&mut self, shared: &Shared, end: End) {
        if end != End::Released {
            // What still comes on it comes again after its time.
            if let Err(error) = self.messages.unsubscribe().await {
                tracing::debug!(%error, "the subscription could not be ended");
            }
            return;
        }
        if self.messages.drain().await.is_ok() {
            let rest = async {
                while let Some(message) = self.messages.next().await {
                    self.take(shared, message);
                }
            };
            if tokio::time::timeout(HEARTBEAT, rest).await.is_err() {
                tracing::debug!(consumer = %shared.consumer, "the last deliveries did not come in time");
            }
        }
        let replies = shared.hands().let_go_of_all();
        for reply in replies {
            shared.say(reply, GIVE_BACK).await;
        }
        if let Err(error) = shared.core.connection.client.flush().await {
            tracing::debug!(%error, "not everything could be given back; it comes again by itself");
        }
    }
}

/// What a message is.
enum Said {
    Delivery(Delivered, async_nats::Subject),
    Nothing,
    Gone,
}
