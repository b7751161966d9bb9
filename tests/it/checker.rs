//! The checker of "none lost, none twice" can fail: into the events of a real run one mistake is planted at a time, and it says
//! exactly which.

use serde_json::{Value, json};
use tracerail_testkit::{Expectation, Violation, check};

use crate::place::text;
use crate::story::{TOLD, contents, task_of};

/// The events of a real run.
fn real() -> Vec<Value> {
    TOLD.commanded.events.clone()
}

fn wrong(events: &[Value]) -> Vec<Violation> {
    let expected = Expectation { contents: contents(), at_rest: true };
    check(events, &expected).err().unwrap_or_default()
}

/// Whether an event is of this kind and about this item.
fn is(event: &Value, kind: &str, item: &str) -> bool {
    text(&event["type"]).contains(kind) && about(event, item)
}

fn about(event: &Value, item: &str) -> bool {
    let data = &event["data"];
    data["content"]["id"] == item || text(&event["type"]).contains("submitted") && data["id"] == item
}

fn without(unwanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    let events = real();
    let before = events.len();
    let left: Vec<_> = events.into_iter().filter(|event| !unwanted(event)).collect();
    assert!(left.len() < before, "what is to be lost was there");
    left
}

/// The events and one more: a copy of the one that is meant, under another id, changed.
fn with_another(kind: &str, item: &str, change: impl FnOnce(&mut Value)) -> Vec<Value> {
    let mut events = real();
    let mut other = events.iter().find(|event| is(event, kind, item)).expect("an event to copy").clone();
    other["id"] = json!("00000000-0000-0000-0000-000000000001");
    change(&mut other["data"]);
    events.push(other);
    events
}

#[test]
fn a_real_run_is_good_and_a_second_copy_of_an_event_is_the_same_event() {
    assert_eq!(wrong(&real()), []);
    let twice = [real(), real()].concat();
    assert_eq!(wrong(&twice), []);
    let expected = Expectation { contents: contents(), at_rest: true };
    assert_eq!(check(&twice, &expected), check(&real(), &expected));
}

#[test]
fn a_lost_item_is_seen() {
    assert_eq!(wrong(&without(|event| about(event, "auto-1"))), [Violation::Lost("auto-1".to_owned())]);
    assert_eq!(wrong(&without(|event| about(event, "decided"))), [Violation::Lost("decided".to_owned())]);
}

#[test]
fn a_lost_end_is_seen() {
    let lost = |item| wrong(&without(|event| is(event, "content.completed", item)));
    assert_eq!(lost("auto-1"), [Violation::Stranded("auto-1".to_owned())]);
    assert_eq!(lost("decided"), [Violation::EndsDisagree("decided".to_owned())]);
    let no_task = without(|event| is(event, "task.", "open"));
    assert_eq!(wrong(&no_task), [Violation::Stranded("open".to_owned())]);
}

#[test]
fn a_lost_step_on_the_way_to_an_end_is_seen() {
    let lost = without(|event| is(event, "content.analyzed", "auto-1"));
    assert!(matches!(wrong(&lost).as_slice(), [Violation::Untold(what)] if what.ends_with("auto-1")));
}

#[test]
fn an_item_nobody_sent_is_seen() {
    let stranger = with_another("content.submitted", "open", |data| data["id"] = json!("stranger"));
    assert_eq!(wrong(&stranger), [Violation::Phantom("stranger".to_owned())]);
}

#[test]
fn what_happens_twice_is_seen() {
    let same = |_: &mut Value| {};
    let ended = with_another("content.completed", "decided", same);
    assert_eq!(wrong(&ended), [Violation::EndedTwice("decided".to_owned())]);
    let routed = with_another("content.routed", "auto-1", same);
    assert_eq!(wrong(&routed), [Violation::DecidedTwice("auto-1".to_owned())]);
    let second = with_another("task.created", "open", |data| data["task_id"] = json!("second"));
    assert_eq!(wrong(&second), [Violation::TwoTasks("open".to_owned())]);
    for kind in ["task.escalated", "sla.breached"] {
        let fired = wrong(&with_another(kind, "late", same));
        assert!(matches!(fired.as_slice(), [Violation::FiredTwice(what)] if what.contains(&task_of("late"))));
    }
}

#[test]
fn a_version_that_is_missing_or_claimed_twice_is_seen() {
    let gap = wrong(&without(|event| is(event, "sla.breached", "late")));
    assert!(matches!(gap.as_slice(), [Violation::VersionGap(what)] if what.contains(&task_of("late"))));
    let claimed = with_another("task.created", "open", |data| data["state"]["status"] = json!("assigned"));
    let at = format!("{} at version 1", task_of("open"));
    assert_eq!(wrong(&claimed), [Violation::VersionTwice(at)]);
}

#[test]
fn a_change_after_the_end_is_seen() {
    let change = |data: &mut Value| data["version"] = json!(data["version"].as_u64().unwrap() + 1);
    let late = wrong(&with_another("task.completed", "decided", change));
    let at = format!("{} at version 5", task_of("decided"));
    assert_eq!(late, [Violation::AfterTheEnd(at)]);
}

#[test]
fn an_end_of_an_item_with_an_open_task_is_seen() {
    let ended = with_another("content.completed", "auto-1", |data| data["content"]["id"] = json!("open"));
    assert_eq!(wrong(&ended), [Violation::EndsDisagree("open".to_owned())]);
}

#[test]
fn a_breach_before_its_time_is_seen_however_its_time_is_written() {
    let breach = |at: &str, due_at: &str| {
        let mut events = real();
        let breach = events.iter_mut().find(|event| is(event, "sla.breached", "late")).expect("a breach");
        breach["data"]["at"] = json!(at);
        breach["data"]["detail"]["due_at"] = json!(due_at);
        wrong(&events)
    };
    let early = [Violation::Early(task_of("late"))];
    assert_eq!(breach("2026-11-22T10:00:00Z", "2026-11-22T10:00:00.5Z"), early);
    assert_eq!(breach("2026-11-22T10:00:00.25Z", "2026-11-22T10:00:00.3Z"), early);
    assert_eq!(breach("yesterday", "2026-11-22T10:00:00.3Z"), early);
    assert_eq!(breach("2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00Z"), []);
    assert_eq!(breach("2026-11-22T10:00:00.3Z", "2026-11-22T10:00:00.3Z"), []);
}
