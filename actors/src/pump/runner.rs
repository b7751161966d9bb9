//! The loop: pull, hand over, see what came of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use actix::{MailboxError, Recipient};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tracing::Instrument;

use super::breaker::Breaker;
use super::intake::Intake;
use super::verdict::{Tries, Verdict};
use crate::deliver::{Deliver, HandlerError};
use crate::failpoint;
use crate::meters::Meters;
use crate::port::{Consumer, Delivery, Ending, Nak, PortError, PortErrorKind, Ports, Receipt, Traced, Work};
use crate::settings::Settings;

/// How long one pull waits for an event; also the longest time until a pump notices that it is to stop.
const PULL_WAIT: Duration = Duration::from_millis(100);

/// The pause before something is given back again that could not be.
const SETTLES_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// What a pump is made from.
pub(crate) struct PumpSettings {
    /// Whose events.
    pub(crate) consumer: Consumer,
    /// The ports.
    pub(crate) ports: Ports,
    /// The limits.
    pub(crate) settings: Rc<Settings>,
    /// What is counted.
    pub(crate) meters: std::sync::Arc<Meters>,
    /// Makes the actor; again after it has died.
    pub(crate) spawn: Box<dyn Fn() -> Recipient<Deliver>>,
    /// Turns true when the pump is to stop.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Moves the events of one consumer into its actor.
pub(crate) struct Pump {
    consumer: Consumer,
    ports: Ports,
    tries: Tries,
    batch_max: usize,
    in_flight_max: usize,
    permits: std::sync::Arc<Semaphore>,
    spawn: Box<dyn Fn() -> Recipient<Deliver>>,
    actor: RefCell<Recipient<Deliver>>,
    breaker: RefCell<Breaker>,
    intake: RefCell<Intake>,
    meters: std::sync::Arc<Meters>,
    log_away: Cell<u64>,
    stop: watch::Receiver<bool>,
}

impl Pump {
    /// Runs until it is told to stop, and what is in flight is done or the time for that is over.
    pub(crate) async fn run(made_from: PumpSettings) {
        let PumpSettings { consumer, ports, settings, meters, spawn, mut stop } = made_from;
        let pump = Rc::new(Self {
            consumer,
            ports,
            tries: Tries {
                attempts_max: settings.attempts_max,
                retry_base: settings.retry_base,
                retry_max: settings.retry_max,
                park_after: settings.park_after,
            },
            batch_max: settings.batch_max,
            in_flight_max: settings.in_flight_max,
            permits: std::sync::Arc::new(Semaphore::new(settings.in_flight_max)),
            actor: RefCell::new(spawn()),
            spawn,
            breaker: RefCell::default(),
            intake: RefCell::default(),
            meters,
            log_away: Cell::new(0),
            stop: stop.clone(),
        });
        while !*stop.borrow_and_update() {
            pump.turn(&mut stop).await;
        }
        pump.drain(settings.stop_within).await;
    }

    /// One turn: wait until something may be pulled, pull it, hand it over.
    async fn turn(self: &Rc<Self>, stop: &mut watch::Receiver<bool>) {
        let pause = self.breaker.borrow().pause(Instant::now());
        if let Some(until) = pause {
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                _ = stop.changed() => {}
            }
            return;
        }
        if self.consumer == Consumer::Llm && self.intake_stands_still().await {
            tokio::select! {
                () = tokio::time::sleep(PULL_WAIT) => {}
                _ = stop.changed() => {}
            }
            return;
        }
        let Some((permit, free)) = self.permits(stop).await else { return };
        let wanted = self.breaker.borrow().allows(free.min(self.batch_max));
        // A pull is never cut short: what it has been handed would stay in flight, unhandled.
        match self.ports.log.pull(self.consumer, wanted, PULL_WAIT).await {
            Ok(deliveries) => {
                self.log_away.set(0);
                failpoint::hit("pump.after_pull");
                drop(permit);
                for delivery in deliveries {
                    self.hand_over(delivery).await;
                }
            }
            Err(error) => self.pull_failed(&error, stop).await,
        }
    }

    async fn intake_stands_still(&self) -> bool {
        // Nobody else has it: a pump takes one turn after the other.
        let mut intake = self.intake.take();
        let still = intake.stands_still(&*self.ports.log).await;
        self.intake.replace(intake);
        self.meters.intake_stands_still(still);
        still
    }

    /// Waits until at least one event may be in flight more. How many may be, with the first of their permits.
    async fn permits(&self, stop: &mut watch::Receiver<bool>) -> Option<(OwnedSemaphorePermit, usize)> {
        let permit = tokio::select! {
            permit = self.permits.clone().acquire_owned() => permit.ok()?,
            _ = stop.changed() => return None,
        };
        Some((permit, self.permits.available_permits() + 1))
    }

    async fn pull_failed(&self, error: &PortError, stop: &mut watch::Receiver<bool>) {
        let times = self.log_away.replace(self.log_away.get() + 1);
        if times == 0 {
            tracing::warn!(actor = %self.consumer, error = error.chain(), "the event log does not answer; trying on");
        }
        let pause = Duration::from_millis(100 << times.min(6));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }

    async fn hand_over(self: &Rc<Self>, delivery: Delivery) {
        let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
        let pump = Rc::clone(self);
        actix::spawn(async move {
            pump.trace(delivery).await;
            drop(permit);
        });
    }

    /// Handles a delivery in a span of its own, which what follows from it belongs to.
    async fn trace(&self, mut delivery: Delivery) {
        let began = Instant::now();
        self.meters.begun(self.consumer);
        let traced = self.begin(&delivery);
        delivery.envelope.traceparent.clone_from(&traced.traceparent);
        let span = traced.span.clone();
        let ending = self.handle(delivery).instrument(span).await;
        traced.end(ending);
        self.meters.ended(self.consumer, began.elapsed());
    }

    fn begin(&self, delivery: &Delivery) -> Traced {
        let envelope = &delivery.envelope;
        self.ports.tracing.begin(&Work {
            doing: "process",
            what: envelope.subject.as_str(),
            actor: self.consumer.as_str(),
            about: &envelope.about,
            parent: envelope.traceparent.as_deref(),
            link: None,
        })
    }

    async fn handle(&self, delivery: Delivery) -> Ending {
        let (receipt, failures) = (delivery.receipt, delivery.failures);
        let event_id = delivery.envelope.id;
        let last_resort = self.tries.last_resort(failures);
        let actor = self.actor.borrow().clone();
        let error = match actor.send(Deliver { delivery, last_resort }).await {
            Ok(Ok(())) => {
                self.handled();
                return Ending::Done;
            }
            Ok(Err(error)) => error,
            Err(MailboxError::Closed | MailboxError::Timeout) => self.panicked(),
        };
        let (what, ending) = (error.to_string(), Ending::Not(error.kind()));
        match self.tries.verdict(error, failures, fastrand::f64()) {
            Verdict::Again(nak) => {
                if nak.failure.is_some() {
                    self.meters.failed(self.consumer);
                    tracing::warn!(actor = %self.consumer, %event_id, failures = failures + 1, what, "an event was not handled; it comes again");
                }
                self.give_back(receipt, nak).await;
            }
            Verdict::Pause(nak, retry_after) => {
                self.meters.paused(self.consumer, true);
                if let Some(pause) = self.breaker.borrow_mut().trip(retry_after, Instant::now()) {
                    tracing::warn!(actor = %self.consumer, what, pause_ms = pause.as_millis(), "something it needs is away; pulling pauses");
                }
                self.give_back(receipt, nak).await;
            }
            Verdict::Dead(why) => {
                self.meters.dead(self.consumer);
                tracing::error!(actor = %self.consumer, %event_id, code = %why.code, cause = why.cause, "an event became a dead letter");
                self.settle(async || self.ports.log.give_up(receipt, why.clone()).await).await;
            }
        }
        ending
    }

    fn handled(&self) {
        self.meters.handled(self.consumer);
        if self.breaker.borrow_mut().reset() {
            self.meters.paused(self.consumer, false);
            tracing::info!(actor = %self.consumer, "what was away is back; pulling goes on");
        }
    }

    /// A handler has panicked. Its actor may have died of it, and is then made anew.
    fn panicked(&self) -> HandlerError {
        self.meters.panicked(self.consumer);
        let mut actor = self.actor.borrow_mut();
        if !actor.connected() {
            *actor = (self.spawn)();
        }
        HandlerError::Failed { why: "the handler panicked".to_owned() }
    }

    async fn give_back(&self, receipt: Receipt, nak: Nak) {
        self.meters.retried(self.consumer);
        self.settle(async || self.ports.log.nak(receipt, nak.clone()).await).await;
    }

    /// Tells the log what becomes of a delivery, until it has taken it: one that is neither handled nor given back would wait as long as
    /// this process lives.
    async fn settle(&self, tell: impl AsyncFn() -> Result<(), PortError>) {
        let mut stop = self.stop.clone();
        let mut told = false;
        while let Err(error) = tell().await {
            // It belongs to somebody else by now.
            if error.kind == PortErrorKind::Invalid || *stop.borrow() {
                return;
            }
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(actor = %self.consumer, error = error.chain(), "an event cannot be given back; trying on");
            }
            tokio::select! {
                () = tokio::time::sleep(SETTLES_AGAIN_AFTER) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Waits for what is in flight.
    async fn drain(&self, within: Duration) {
        let all = u32::try_from(self.in_flight_max).unwrap_or(u32::MAX);
        if tokio::time::timeout(within, self.permits.acquire_many(all)).await.is_err() {
            let left = self.in_flight_max - self.permits.available_permits();
            tracing::warn!(actor = %self.consumer, left, "stopping with events in flight; they will be handed out again");
        }
    }
}
