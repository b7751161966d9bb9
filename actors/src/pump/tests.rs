//! Tables on what is decided.

use std::time::Duration;

use tokio::time::Instant;
use tracerail_schemas::Code;
use tracerail_schemas::codec::CodecError;

use super::breaker::Breaker;
use super::verdict::{Tries, Verdict};
use crate::deliver::HandlerError;
use crate::port::{Giveup, Nak, PortError, PortErrorKind};

const SECOND: Duration = Duration::from_secs(1);

const TRIES: Tries = Tries {
    attempts_max: 3,
    retry_base: Duration::from_millis(200),
    retry_max: Duration::from_secs(30),
    park_after: Duration::from_mins(1),
};

fn failed() -> HandlerError {
    HandlerError::Failed { why: "no luck".into() }
}

#[test]
fn what_becomes_of_an_event_that_was_not_handled() {
    let back = |after, failure: Option<&str>| Nak { after, failure: failure.map(str::to_owned) };
    let hopeless = Giveup { code: Code::ContentInvalid, cause: "the content is empty".into() };
    let away = |retry_after| HandlerError::Away { why: "gone".into(), retry_after };
    for failures in [0, 1] {
        for (error, expected) in [
            (away(SECOND), Verdict::Pause(back(SECOND, None), SECOND)),
            (HandlerError::Overtaken, Verdict::Again(back(Duration::ZERO, None))),
            (HandlerError::TooNew { why: "v2".into() }, Verdict::Again(back(TRIES.park_after, None))),
            (HandlerError::Hopeless(hopeless.clone()), Verdict::Dead(hopeless.clone())),
            (failed(), Verdict::Again(back(TRIES.retry_base * (1 << failures), Some("no luck")))),
        ] {
            assert_eq!(TRIES.verdict(error, failures, 1.0), expected, "after {failures} failures");
        }
    }
}

#[test]
fn only_failures_count_and_the_last_one_is_the_end() {
    for failures in [2, 3, 100] {
        let Verdict::Dead(giveup) = TRIES.verdict(failed(), failures, 0.5) else { panic!("{failures}") };
        assert_eq!(giveup.code, Code::HandlerFailed);
        assert_eq!(giveup.cause, format!("tried {} times, the last time: no luck", failures + 1));
        assert!(matches!(TRIES.verdict(HandlerError::Overtaken, failures, 0.5), Verdict::Again(_)));
        let away = HandlerError::Away { why: "gone".into(), retry_after: SECOND };
        assert!(matches!(TRIES.verdict(away, failures, 0.5), Verdict::Pause(..)));
    }
}

#[test]
fn the_last_try_goes_without_what_keeps_failing() {
    let last: Vec<_> = (0..4).map(|failures| TRIES.last_resort(failures)).collect();
    assert_eq!(last, [false, false, true, true]);
    assert!(Tries { attempts_max: 1, ..TRIES }.last_resort(0));
}

#[test]
fn delays_double_up_to_their_limit_and_are_spread() {
    let patient = Tries { attempts_max: u32::MAX, ..TRIES };
    let delay = |failures, jitter| {
        let Verdict::Again(nak) = patient.verdict(failed(), failures, jitter) else { panic!("given up") };
        nak.after
    };
    let doubling: Vec<_> = (0..10).map(|failures| delay(failures, 1.0).as_millis()).collect();
    assert_eq!(doubling, [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    for failures in [31, 32, 33, 1_000_000] {
        assert_eq!(delay(failures, 1.0), patient.retry_max, "{failures}");
    }
    assert_eq!(delay(3, 0.0), Duration::from_millis(800), "at least half");
}

#[test]
fn a_port_that_may_come_back_is_away_and_one_that_will_not_fails() {
    let error = |kind| HandlerError::from(PortError::new("commit", kind, "no answer"));
    let passing =
        [PortErrorKind::Unavailable, PortErrorKind::Full, PortErrorKind::ReadOnly, PortErrorKind::Denied];
    for kind in passing {
        assert!(matches!(error(kind), HandlerError::Away { .. }), "{kind:?}");
    }
    for kind in [PortErrorKind::Corrupt, PortErrorKind::Invalid, PortErrorKind::Closed] {
        assert!(matches!(error(kind), HandlerError::Failed { .. }), "{kind:?}");
    }
}

#[test]
fn bytes_nobody_will_ever_read_are_hopeless_under_their_code() {
    for (error, code) in [
        (CodecError::TooLarge { bytes: 2, bytes_max: 1 }, Code::PayloadOverLimit),
        (CodecError::TooDeep { depth_max: 1 }, Code::PayloadOverLimit),
        (CodecError::TooManyValues { values_max: 1 }, Code::PayloadOverLimit),
        (CodecError::Empty, Code::PayloadMalformed),
        (CodecError::Trailing { at: 1 }, Code::PayloadMalformed),
    ] {
        let HandlerError::Hopeless(giveup) = HandlerError::from(error) else { panic!("{code}") };
        assert_eq!(giveup.code, code);
    }
    let newer = serde_json::from_str::<tracerail_schemas::task::Status>("\"dreaming\"").unwrap_err();
    assert!(matches!(HandlerError::from(CodecError::Json(newer)), HandlerError::TooNew { .. }));
}

#[test]
fn a_breaker_opens_half_opens_and_closes() {
    let (mut breaker, start) = (Breaker::default(), Instant::now());
    assert_eq!((breaker.pause(start), breaker.allows(100), breaker.reset()), (None, 100, false));

    assert_eq!(breaker.trip(SECOND, start), Some(SECOND));
    assert_eq!(breaker.pause(start), Some(start + SECOND), "open");
    assert_eq!(breaker.trip(SECOND, start + SECOND / 2), None, "the others that were in flight");

    let after = start + SECOND;
    assert_eq!((breaker.pause(after), breaker.allows(100)), (None, 1), "half open: one, to see");
    assert_eq!(breaker.allows(0), 0);
    assert!(breaker.reset(), "it is back");
    assert_eq!((breaker.pause(start), breaker.allows(100), breaker.reset()), (None, 100, false));
}

#[test]
fn pauses_double_up_to_a_limit_unless_more_is_asked_for() {
    let pauses = |retry_after: Duration| {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        let mut next = || {
            let pause = breaker.trip(retry_after, now).unwrap();
            now += pause;
            pause.as_secs()
        };
        (0..8).map(|_| next()).collect::<Vec<_>>()
    };
    assert_eq!(pauses(SECOND), [1, 2, 4, 8, 16, 30, 30, 30]);
    assert_eq!(pauses(Duration::from_mins(2)), [120; 8], "what the port says goes before the limit");
}

/// Fails the first time it is asked, and acknowledges from then on.
struct SecondTime {
    log: std::sync::Arc<dyn crate::port::EventLog>,
    asked: std::rc::Rc<std::cell::Cell<u32>>,
}

impl actix::Actor for SecondTime {
    type Context = actix::Context<Self>;
}

impl actix::Handler<crate::deliver::Deliver> for SecondTime {
    type Result = actix::ResponseFuture<Result<(), HandlerError>>;

    fn handle(&mut self, message: crate::deliver::Deliver, _: &mut Self::Context) -> Self::Result {
        self.asked.set(self.asked.get() + 1);
        let (log, first) = (self.log.clone(), self.asked.get() == 1);
        Box::pin(async move {
            if first {
                return Err(failed());
            }
            Ok(log.ack(message.delivery.receipt).await?)
        })
    }
}

/// The log is away at the moment an event is to be given back. It is not kept for ever by the process that could not.
#[test]
fn what_cannot_be_given_back_now_is_given_back_later() {
    use crate::conformance::TestClock;
    use crate::conformance::memory::{Fault, FaultPlan, MemoryBackend, Moment, Step};
    use crate::conformance::sample::submissions;
    use crate::port::{Clock as _, Consumer};
    actix::System::new().block_on(async {
        let clock = TestClock::default();
        let backend = MemoryBackend::new(std::sync::Arc::new(clock.clone()));
        let instance = backend.open();
        let log = instance.log.clone();
        log.publish(submissions(1, clock.now())).await.unwrap();
        backend.plan(FaultPlan::at(Step::Nak, Moment::Before, 0, Fault::Fail));
        let asked = std::rc::Rc::<std::cell::Cell<u32>>::default();
        let (stopping, stop) = tokio::sync::watch::channel(false);
        let spawned = (log.clone(), asked.clone());
        let pump = actix::spawn(super::Pump::run(super::PumpSettings {
            consumer: Consumer::Llm,
            ports: crate::conformance::tests::whole_path::ports(instance, &clock),
            settings: std::rc::Rc::default(),
            meters: std::sync::Arc::default(),
            spawn: Box::new(move || {
                let (log, asked) = spawned.clone();
                actix::Actor::start(SecondTime { log, asked }).recipient()
            }),
            stop,
        }));
        let handled = async {
            while log.lag(Consumer::Llm).await.unwrap() > 0 {
                clock.advance(SECOND);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(30 * SECOND, handled).await.expect("it comes again");
        assert_eq!(asked.get(), 2);
        stopping.send(true).unwrap();
        pump.await.unwrap();
    });
}
