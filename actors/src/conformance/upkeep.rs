//! `Upkeep`: what ended long ago goes, what is personal goes, and what happened stays.

use std::time::Duration;

use tracerail_schemas::content::{Outcome, TerminalRecord};
use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};
use tracerail_schemas::task::{Status, Task};
use tracerail_schemas::{Code, ContentKey, Principal, Subject, TaskId, Timestamp, hash};

use super::bench::{Bench, Harness};
use super::sample;
use super::steps::{apply, everything, publish, pull};
use crate::audit::Audit;
use crate::port::{
    Consumer, ContentWrite, DeadLetterFilter, Erased, Erasing, Erasure, Giveup, Removed, TaskFilter, ToErase,
    pseudonym,
};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "what_ended_long_ago_goes_whole",
    "counting_what_would_go_changes_nothing",
    "what_is_still_to_be_handled_keeps_its_item",
    "what_was_given_up_keeps_its_item_until_it_is_handled",
    "an_erased_person_stands_nowhere",
    "a_person_with_open_tasks_is_not_erased",
    "what_an_item_says_is_erased_and_its_name_stays",
    "an_open_item_is_not_erased",
    "events_stay_what_they_were",
    "erasing_again_finds_nothing",
    "a_dead_letter_is_erased_and_keeps_its_number",
    "what_waits_for_its_actor_is_erased_too",
    "what_a_publisher_wrote_as_bytes_is_erased_too",
    "whoever_erases_themself_is_not_named",
];

/// Whoever is erased.
const PERSON: &str = "ada.q7";

/// How long things are kept here: for longer than any log keeps its events.
const KEPT: Duration = Duration::from_hours(40 * 24);

/// What stands in the text of each item.
const TEXT: &str = "money";

/// An item with a task of the person.
async fn open_item(bench: &dyn Bench, id: &str, at: Timestamp) -> (ContentKey, Task) {
    let key = sample::key(id);
    publish(bench, &sample::submitted(&key, at)).await;
    apply(bench, &sample::admit(&key, at)).await;
    let task = sample::assigned_to(sample::task(&key, at), PERSON);
    apply(bench, &sample::create(&task)).await;
    (key, sample::made(&task))
}

/// The same, decided by the person at that moment.
async fn ended_item(bench: &dyn Bench, id: &str, n: u128, at: Timestamp) -> (ContentKey, Task) {
    let (key, task) = open_item(bench, id, at).await;
    let command = sample::command(n);
    let cause = crate::port::Cause { about: task.id, ..sample::command_cause(command, [7; 32]) };
    let mut batch = sample::change(&task, sample::closed(task.clone(), Status::Completed, at), cause);
    let decided_by = Principal::user(sample::person(PERSON));
    let reason = format!("{PERSON} has read it");
    let terminal =
        TerminalRecord { outcome: Outcome::Approved, decided_by, reason, at, task_id: Some(task.id) };
    batch.content = Some(ContentWrite { terminal: Some(terminal), ..ContentWrite::of(key.clone()) });
    // As the events of every command name it.
    for event in &mut batch.events {
        event.envelope.causation_id = Some(command.uuid());
    }
    let closed = batch.task.as_ref().map(|write| *write.task.clone()).expect("the task is written");
    batch.answer = Some(sample::answer(command, &closed));
    apply(bench, &batch).await;
    (key, closed)
}

/// Its actors handle what there is of so many items.
async fn handle(bench: &dyn Bench, items: usize) {
    for consumer in [Consumer::Llm, Consumer::Router] {
        for delivery in pull(&bench.log(), consumer, items).await {
            bench.log().ack(delivery.receipt).await.expect("it is acknowledged");
        }
    }
}

async fn now(bench: &dyn Bench) -> Timestamp {
    bench.store().now().await.expect("the time can be read")
}

async fn retain(bench: &dyn Bench, dry: bool) -> Removed {
    bench.upkeep().retain(KEPT, dry, &|_| {}).await.expect("what ended can be taken out")
}

async fn erase(bench: &dyn Bench, what: ToErase) -> Erasing {
    let reason = Some("they asked".to_owned());
    let erasure = Erasure { what, by: sample::person("lea"), reason, dry_run: false };
    bench.upkeep().erase(erasure, &|_| {}).await.expect("it can be erased, or is refused")
}

fn done(erasing: Erasing) -> Erased {
    let Erasing::Done(erased) = erasing else { panic!("it is erased, and not {erasing:?}") };
    erased
}

fn the_person() -> ToErase {
    ToErase::Person(sample::person(PERSON))
}

/// Everything that store and log tell of an item, as text.
async fn told(bench: &dyn Bench, key: &ContentKey) -> String {
    let (store, id) = (bench.store(), TaskId::of_content(key));
    let record = store.content(key).await.expect("it can be read");
    let task = store.task(id).await.expect("it can be read");
    let page = store.tasks(TaskFilter { limit: 100, ..TaskFilter::default() }).await.expect("a list");
    let mut text = format!("{record:?} {task:?} {page:?}");
    let trail = bench.log().trail(key).await.expect("it can be read").into_iter();
    for logged in everything(bench).await.into_iter().chain(trail) {
        let body = String::from_utf8_lossy(&logged.event.data);
        text = format!("{text}{:?}{body}", logged.event.envelope);
    }
    text
}

/// An item goes with its task and the answer to its command; one that ended later, or is open, stays as it is.
pub async fn what_ended_long_ago_goes_whole(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = now(&*bench).await;
    let (old, closed) = ended_item(&*bench, "old", 1, now.minus(2 * KEPT)).await;
    let (open, its_task) = open_item(&*bench, "open", now.minus(2 * KEPT)).await;
    let (recent, its_end) = ended_item(&*bench, "recent", 2, now.minus(KEPT / 2)).await;
    handle(&*bench, 3).await;
    bench.forget().await;
    let before = bench.store().totals().await.unwrap();
    let removed = retain(&*bench, false).await;
    assert_eq!((removed.items, removed.tasks), (1, 1), "{removed:?}");
    assert!(removed.answers > 0, "{removed:?}");
    let store = bench.store();
    assert_eq!(store.content(&old).await.unwrap(), None);
    assert_eq!(store.task(closed.id).await.unwrap(), None);
    assert_eq!(store.answer(sample::command(1), closed.id).await.unwrap(), None);
    assert_eq!(store.find_content(&old.tenant, &old.id).await.unwrap(), []);
    let filter = TaskFilter { limit: 10, ..TaskFilter::default() };
    let listed: Vec<_> = store.tasks(filter).await.unwrap().tasks.iter().map(|task| task.id).collect();
    assert_eq!(listed, [its_task.id, its_end.id]);
    for (key, task) in [(&open, &its_task), (&recent, &its_end)] {
        assert!(store.content(key).await.unwrap().is_some_and(|record| !record.trail.is_empty()), "{key}");
        assert_eq!(store.task(task.id).await.unwrap().as_ref(), Some(task));
    }
    assert!(store.answer(sample::command(2), its_end.id).await.unwrap().is_some());
    let after = store.totals().await.unwrap();
    assert_eq!(
        (after.contents, &after.outcomes),
        (before.contents, &before.outcomes),
        "counted since the beginning"
    );
    let there = |totals: &crate::port::Totals| totals.tasks.iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!((there(&before), there(&after)), (3, 2), "tasks are those that are there");
    assert_eq!(retain(&*bench, false).await, Removed::default(), "there is nothing more");
}

/// What is only counted is what then goes.
pub async fn counting_what_would_go_changes_nothing(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = now(&*bench).await;
    let (old, closed) = ended_item(&*bench, "old", 1, now.minus(2 * KEPT)).await;
    ended_item(&*bench, "recent", 2, now).await;
    handle(&*bench, 2).await;
    bench.forget().await;
    let before = told(&*bench, &old).await;
    let counted = retain(&*bench, true).await;
    assert_eq!(told(&*bench, &old).await, before, "nothing changes");
    assert!(bench.store().answer(sample::command(1), closed.id).await.unwrap().is_some());
    let gone = retain(&*bench, false).await;
    assert_eq!((counted.items, counted.tasks, counted.answers), (gone.items, gone.tasks, gone.answers));
    assert_eq!(gone.items, 1);
}

/// An event that is handed out after its item is gone would make it anew.
pub async fn what_is_still_to_be_handled_keeps_its_item(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = now(&*bench).await;
    let (old, _) = ended_item(&*bench, "old", 1, now.minus(2 * KEPT)).await;
    open_item(&*bench, "open", now).await;
    let removed = retain(&*bench, false).await;
    assert_eq!((removed.items, removed.tasks), (0, 0), "its submission was handled by nobody");
    assert!(bench.store().content(&old).await.unwrap().is_some());
    handle(&*bench, 2).await;
    bench.forget().await;
    assert_eq!(retain(&*bench, false).await.items, 1);
}

/// A dead letter may be replayed, and one that was has still to come to its actor: what it makes must find its item.
pub async fn what_was_given_up_keeps_its_item_until_it_is_handled(harness: &dyn Harness) {
    let bench = harness.open().await;
    ended_item(&*bench, "old", 1, now(&*bench).await.minus(2 * KEPT)).await;
    let delivery = pull(&bench.log(), Consumer::Llm, 1).await.remove(0);
    let why = Giveup { code: Code::HandlerFailed, cause: "it failed".to_owned() };
    bench.log().give_up(delivery.receipt, why).await.expect("it is kept");
    for delivery in pull(&bench.log(), Consumer::Router, 1).await {
        bench.log().ack(delivery.receipt).await.expect("it is acknowledged");
    }
    bench.forget().await;
    assert_eq!(retain(&*bench, false).await.items, 0, "it may be replayed");
    let filter = DeadLetterFilter { limit: 1, ..DeadLetterFilter::default() };
    let letters = bench.log().dead_letters(filter).await.expect("a list");
    assert!(bench.log().replay(letters[0].number).await.expect("it is replayed"));
    assert_eq!(retain(&*bench, false).await.items, 0, "it has still to be handled");
    let again = pull(&bench.log(), Consumer::Llm, 1).await.remove(0);
    bench.log().ack(again.receipt).await.expect("it is acknowledged");
    assert_eq!(retain(&*bench, false).await.items, 1);
}

/// Neither records nor lists nor events name them; under the pseudonym they are found.
pub async fn an_erased_person_stands_nowhere(harness: &dyn Harness) {
    let bench = harness.open().await;
    let (key, task) = ended_item(&*bench, "a", 1, now(&*bench).await).await;
    handle(&*bench, 1).await;
    assert!(told(&*bench, &key).await.contains(PERSON));
    let erased = done(erase(&*bench, the_person()).await);
    let name = pseudonym(&sample::person(PERSON));
    assert_eq!((erased.kind, &erased.name, erased.left_in_names), ("person", &name, 0));
    assert!(erased.records > 3, "{erased:?}");
    let told = told(&*bench, &key).await;
    assert!(!told.contains(PERSON) && told.contains(&name) && told.contains(TEXT), "{told}");
    let of = async |name: &str| {
        let assignee = Some(sample::person(name));
        let filter = TaskFilter { assignee, limit: 10, ..TaskFilter::default() };
        let page = bench.store().tasks(filter).await.expect("a list");
        page.tasks.iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!((of(PERSON).await, of(&name).await), (Vec::new(), vec![task.id]));
    assert_eq!(bench.store().task(task.id).await.unwrap().map(|since| since.version), Some(task.version));
}

/// They would get work under a name that nobody has.
pub async fn a_person_with_open_tasks_is_not_erased(harness: &dyn Harness) {
    let bench = harness.open().await;
    let (key, _) = open_item(&*bench, "a", now(&*bench).await).await;
    handle(&*bench, 1).await;
    let before = told(&*bench, &key).await;
    assert_eq!(erase(&*bench, the_person()).await, Erasing::HasTasks(1));
    assert_eq!(told(&*bench, &key).await, before, "nothing changes");
    assert_eq!(bench.upkeep().tombstones().await.unwrap(), []);
}

/// The text is gone from records and events; what came of it is as it was.
pub async fn what_an_item_says_is_erased_and_its_name_stays(harness: &dyn Harness) {
    let bench = harness.open().await;
    let at = now(&*bench).await;
    let (key, _) = ended_item(&*bench, "a", 1, at).await;
    let (other, _) = ended_item(&*bench, "b", 2, at).await;
    handle(&*bench, 2).await;
    let before = bench.store().content(&other).await.unwrap();
    let erased = done(erase(&*bench, ToErase::Content(key.clone())).await);
    assert_eq!((erased.kind, erased.name), ("content", key.to_string()));
    let record = bench.store().content(&key).await.unwrap().expect("it is still known");
    assert_eq!(
        (record.terminal.as_ref().map(|end| end.outcome), record.hash),
        (Some(Outcome::Approved), [0; 32])
    );
    assert_eq!(bench.store().content(&other).await.unwrap(), before, "nobody else's text goes");
    let task = bench.store().task(TaskId::of_content(&key)).await.unwrap().expect("it is still there");
    let mut left = format!("{record:?} {task:?}");
    for logged in bench.log().trail(&key).await.unwrap() {
        left.push_str(&String::from_utf8_lossy(&logged.event.data));
    }
    assert!(!left.contains(TEXT) && left.contains(&key.id), "{left}");
}

/// Somebody works on it. One that is not there is said to be none.
pub async fn an_open_item_is_not_erased(harness: &dyn Harness) {
    let bench = harness.open().await;
    let (key, _) = open_item(&*bench, "a", now(&*bench).await).await;
    handle(&*bench, 1).await;
    let before = told(&*bench, &key).await;
    assert_eq!(erase(&*bench, ToErase::Content(key.clone())).await, Erasing::IsOpen);
    assert_eq!(erase(&*bench, ToErase::Content(sample::key("none"))).await, Erasing::Unknown);
    assert_eq!(told(&*bench, &key).await, before, "nothing changes");
}

/// Each keeps its id, its subject, its time and its cause, in their order; the histories of tasks are whole.
pub async fn events_stay_what_they_were(harness: &dyn Harness) {
    let bench = harness.open().await;
    let (key, task) = ended_item(&*bench, "a", 1, now(&*bench).await).await;
    handle(&*bench, 1).await;
    let before = everything(&*bench).await;
    done(erase(&*bench, the_person()).await);
    done(erase(&*bench, ToErase::Content(key)).await);
    let after = everything(&*bench).await;
    let attributes = |all: &[crate::port::LoggedEvent]| {
        all.iter().map(|logged| logged.event.envelope.clone()).collect::<Vec<_>>()
    };
    assert_eq!(attributes(&after), attributes(&before));
    let mut audit = Audit::default();
    for logged in &after {
        audit.meet(&logged.event);
    }
    audit.compare(&bench.store().task(task.id).await.unwrap().expect("it is still there"));
    let report = audit.finish();
    assert!(report.broken.is_empty() && report.changes == 2, "{report:?}");
    assert_eq!(report.erased, 2, "it says of how many something is gone");
}

/// One tombstone says what, by whom and why.
pub async fn erasing_again_finds_nothing(harness: &dyn Harness) {
    let bench = harness.open().await;
    ended_item(&*bench, "a", 1, now(&*bench).await).await;
    handle(&*bench, 1).await;
    let erased = done(erase(&*bench, the_person()).await);
    let again = done(erase(&*bench, the_person()).await);
    assert_eq!((again.records, again.number), (0, None), "{again:?}");
    let stones = bench.upkeep().tombstones().await.unwrap();
    assert_eq!(stones.len(), 1, "{stones:?}");
    let stone = &stones[0];
    assert_eq!(
        (Some(stone.number), &stone.name, stone.records),
        (erased.number, &erased.name, erased.records)
    );
    assert_eq!((stone.kind.as_str(), stone.by.as_str(), stone.finished), ("person", "lea", true));
    assert_eq!(stone.reason_hash, Some(hash::hex(&hash::of(b"they asked"))));
}

/// It is listed and replayed as before, without what was erased.
pub async fn a_dead_letter_is_erased_and_keeps_its_number(harness: &dyn Harness) {
    let bench = harness.open().await;
    let said = format!("{{\"content\": \"{PERSON} said so\"}}").into_bytes();
    bench.log().publish_raw(Subject::ContentSubmitted, said).await.expect("publish works");
    let delivery = pull(&bench.log(), Consumer::Llm, 1).await.remove(0);
    let why = Giveup { code: Code::HandlerFailed, cause: format!("{PERSON} made it fail") };
    bench.log().give_up(delivery.receipt, why).await.expect("it is kept");
    let filter = DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() };
    let before = bench.log().dead_letters(filter).await.expect("a list");
    done(erase(&*bench, the_person()).await);
    let after = bench.log().dead_letters(filter).await.expect("a list");
    let same = |letters: &[DeadLetter]| {
        letters.iter().map(|it| (it.number, it.status, it.event_id.clone())).collect::<Vec<_>>()
    };
    assert_eq!((same(&after), after.len()), (same(&before), 1));
    let left = format!("{} {}", after[0].cause, String::from_utf8_lossy(&after[0].data));
    assert!(!left.contains(PERSON) && left.contains("made it fail"), "{left}");
    assert!(bench.log().replay(after[0].number).await.expect("it is replayed"));
    let again = pull(&bench.log(), Consumer::Llm, 1).await.remove(0);
    let handed_out = String::from_utf8_lossy(&again.data).into_owned();
    assert!(!handed_out.contains(PERSON) && handed_out.contains("said so"), "{handed_out}");
    let held = bench.log().dead_letters(filter).await.expect("a list");
    assert_eq!(held[0].status, DeadLetterStatus::Replayed);
}

/// A log whose messages never change waits for the actor; any other hands it out without what was erased.
pub async fn what_waits_for_its_actor_is_erased_too(harness: &dyn Harness) {
    let bench = harness.open().await;
    let key = sample::key("a");
    publish(&*bench, &sample::submitted(&key, now(&*bench).await)).await;
    let customer = sample::person("customer-7");
    assert!(told(&*bench, &key).await.contains(customer.as_str()));
    let handled = async {
        let delivery = pull(&bench.log(), Consumer::Llm, 1).await.remove(0);
        bench.log().ack(delivery.receipt).await.expect("it is acknowledged");
    };
    let erasing = erase(&*bench, ToErase::Person(customer.clone()));
    let (erasing, ()) = futures_util::future::join(erasing, handled).await;
    assert_eq!(done(erasing).records, 1);
    assert!(!told(&*bench, &key).await.contains(customer.as_str()));
}

/// MessagePack has texts and bytes; a publisher may send either.
pub async fn what_a_publisher_wrote_as_bytes_is_erased_too(harness: &dyn Harness) {
    let bench = harness.open().await;
    let said = format!("{PERSON} said so");
    let length = u8::try_from(said.len()).expect("it is short");
    // A map of one pair: a text, and bytes of this length.
    let body = [b"\x81\xa7content\xc4".as_slice(), &[length], said.as_bytes()].concat();
    bench.log().publish_raw(Subject::ContentSubmitted, body).await.expect("publish works");
    let delivery = pull(&bench.log(), Consumer::Llm, 1).await.remove(0);
    bench.log().ack(delivery.receipt).await.expect("it is acknowledged");
    assert_eq!(done(erase(&*bench, the_person()).await).records, 1);
    let left = everything(&*bench).await;
    let left = String::from_utf8_lossy(&left[0].event.data).into_owned();
    assert!(!left.contains(PERSON) && left.contains("said so"), "{left}");
}

/// Else the tombstone would be the one place that still has them.
pub async fn whoever_erases_themself_is_not_named(harness: &dyn Harness) {
    let bench = harness.open().await;
    ended_item(&*bench, "a", 1, now(&*bench).await).await;
    handle(&*bench, 1).await;
    let by = sample::person(PERSON);
    let erasure = Erasure { what: the_person(), by, reason: None, dry_run: false };
    done(bench.upkeep().erase(erasure, &|_| {}).await.expect("it can be erased"));
    let stones = bench.upkeep().tombstones().await.unwrap();
    assert_eq!((stones.len(), &stones[0].by), (1, &stones[0].name), "{stones:?}");
    assert!(!format!("{stones:?}").contains(PERSON), "{stones:?}");
}
