//! Bodies of other versions, and values that are easily lost on the way.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::bodies::hours;
use super::tree::{with_unknown_fields, without_unset_fields};
use super::{commands, events, tasks};
use crate::codec::{self, Limits};
use crate::event::{Created, Event, TaskEvent};
use crate::subject::Subject;
use crate::task::{Command, CommandKind, NewTask, SlaClock, Terms};

fn tree(bytes: &[u8]) -> Value {
    codec::decode_own(bytes).unwrap()
}

/// Reads a body as MessagePack and as JSON; both must say the same.
fn read_both(subject: Subject, body: &Value) -> Event {
    let read = |bytes: &[u8]| {
        Event::decode(subject, bytes, &Limits::default())
            .unwrap_or_else(|error| panic!("{subject}: {}\n{body:#}", error.full()))
    };
    let from_messagepack = read(&codec::encode(body).unwrap());
    assert_eq!(from_messagepack, read(body.to_string().as_bytes()));
    from_messagepack
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = codec::encode(value).unwrap();
    assert_eq!(&codec::decode_own::<T>(&bytes).unwrap(), value, "MessagePack");
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "JSON");
}

#[test]
fn a_newer_versions_fields_are_ignored() {
    for &subject in Subject::ALL {
        let sample = events::full(subject);
        let newer = with_unknown_fields(&tree(&sample.encode().unwrap()));
        assert_eq!(read_both(subject, &newer), sample, "{subject}");
    }
    for &kind in CommandKind::ALL {
        let sample = commands::command(kind);
        let newer = with_unknown_fields(&tree(&codec::encode(&sample).unwrap()));
        assert_eq!(serde_json::from_value::<Command>(newer).unwrap(), sample, "{kind}");
    }
}

#[test]
fn what_is_not_set_need_not_be_there() {
    for &subject in Subject::ALL {
        let sample = events::bare(subject);
        let body = tree(&sample.encode().unwrap());
        let sparse = without_unset_fields(&body);
        assert_eq!(read_both(subject, &sparse), sample, "{subject}");
    }
    let new: NewTask = serde_json::from_value(json!({"content": "Check the invoice."})).unwrap();
    assert_eq!((new.task_type.as_str(), new.terms), ("content_review", Terms::default()));
}

#[test]
fn the_round_of_the_policy_is_called_loop_on_the_wire() {
    let body = tree(&events::full(Subject::SlaBreached).encode().unwrap());
    for place in ["/detail/loop", "/state/clock/loop", "/state/clock/breaches/0/loop"] {
        assert_eq!(body.pointer(place), Some(&json!(0)), "{place}");
    }
    assert_eq!(body.pointer("/state/clock/deadlines/0/after_us"), Some(&json!(86_400_000_000_u64)));
}

#[test]
fn whole_numbers_are_hours_too() {
    for text in [r#"{"sla_hours": 24}"#, r#"{"sla_hours": 24.0}"#] {
        assert_eq!(serde_json::from_str::<Terms>(text).unwrap().sla_hours, Some(hours(24.0)));
    }
    let packed = codec::encode(&json!({"sla_hours": 24})).unwrap();
    assert_eq!(codec::decode_own::<Terms>(&packed).unwrap().sla_hours, Some(hours(24.0)));
    assert!(serde_json::from_str::<Terms>(r#"{"sla_hours": 0}"#).is_err());
}

#[test]
fn an_event_that_is_written_can_be_read_at_the_ends_of_time() {
    for micros in [i64::MIN, i64::MIN + 1, i64::MAX, 0, -1] {
        let moment = crate::Timestamp::from_micros(micros);
        survives(&moment);
        survives(&moment.plus(std::time::Duration::MAX));
        survives(&moment.minus(std::time::Duration::MAX));
    }
}

proptest! {
    /// Whatever numbers are in it, a task's event is the same on the other side, in both forms.
    #[test]
    fn numbers_survive_both_forms(
        sla in 1e-6_f64..800_000.0,
        share in 0.0_f64..=1.0,
        any_float in any::<f64>().prop_filter("JSON has no such number", |float| float.is_finite()),
        micros in any::<u64>(),
        moment in 0_i64..4_000_000_000_000_000,
    ) {
        let mut data = tasks::data();
        data.terms.sla_hours = Some(hours(sla));
        data.terms.min_confidence_level = Some(share);
        data.metadata.insert("float".into(), json!(any_float));
        data.created_at = crate::Timestamp::from_micros(moment);
        let mut event: TaskEvent<Created> = tasks::full(Created { data });
        event.state.clock = SlaClock {
            consumed_us: std::time::Duration::from_micros(micros),
            running_since: Some(crate::Timestamp::from_micros(moment)),
            ..event.state.clock
        };
        survives(&event);
    }
}
