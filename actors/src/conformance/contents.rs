//! `Store`: the records of content items. Each is written once, by whoever is first.

use tracerail_schemas::content::Outcome;
use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::{ContentKey, Timestamp};

use super::bench::{Bench, Harness};
use super::sample::{admission, admit, analysis, body, cause, key, route, tenant, terminal};
use super::steps::{apply, commit};
use crate::port::{Admission, Batch, Committed, ContentWrite};

/// The obligations of this suite.
pub const ALL: &[&str] = &[
    "an_item_is_taken_in_once",
    "each_record_is_written_once",
    "a_batch_of_many_records_is_written_whole_or_not",
    "nothing_is_written_of_an_item_that_is_not_there",
    "items_are_told_apart_by_tenant_source_and_id",
    "items_are_found_by_id_within_a_tenant",
];

fn writing(n: u128, write: ContentWrite) -> Batch {
    Batch { content: Some(write), ..Batch::of(cause(n)) }
}

fn all_three(key: &ContentKey, at: Timestamp) -> ContentWrite {
    ContentWrite {
        key: key.clone(),
        admit: None,
        analysis: Some(analysis()),
        route: Some(route(RoutingDecision::Human)),
        terminal: Some(terminal(Outcome::Approved, at)),
    }
}

async fn conflicts(bench: &dyn Bench, batch: &Batch, why: &str) {
    assert_eq!(commit(bench, batch).await, Committed::Conflict, "{why}");
}

/// A key that is there cannot be taken in again, with the same body or another; the original stays untouched.
pub async fn an_item_is_taken_in_once(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    apply(&*bench, &admit(&key("a"), now)).await;
    let original = bench.store().content(&key("a")).await.unwrap();
    let same = ContentWrite { admit: Some(admission(&key("a"), now)), ..ContentWrite::of(key("a")) };
    conflicts(&*bench, &writing(1, same), "the same item again, under another cause").await;
    let other = body("Something else.");
    let other = Admission { hash: other.hash(), body: other, ..admission(&key("a"), now) };
    let other = ContentWrite { admit: Some(other), ..ContentWrite::of(key("a")) };
    conflicts(&*bench, &writing(2, other), "another body under a key that is taken").await;
    bench.reopen().await;
    assert_eq!(bench.store().content(&key("a")).await.unwrap(), original, "the original stays untouched");
}

/// Analysis, route and end: each may be written when it is not there, in any order, and never again.
pub async fn each_record_is_written_once(harness: &dyn Harness) {
    let mut bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let none = ContentWrite::of(key("a"));
    let admit = Some(admission(&key("a"), now));
    apply(&*bench, &writing(0, ContentWrite { admit, ..none.clone() })).await;
    let whole = all_three(&key("a"), now);
    let only_analysis = ContentWrite { analysis: whole.analysis.clone(), ..none.clone() };
    let only_route = ContentWrite { route: whole.route.clone(), ..none.clone() };
    let only_terminal = ContentWrite { terminal: whole.terminal.clone(), ..none.clone() };
    let other_route = ContentWrite { route: Some(route(RoutingDecision::Auto)), ..none.clone() };
    let other_end = ContentWrite { terminal: Some(terminal(Outcome::Expired, now)), ..none };
    for (n, write) in (1..).zip([only_route, only_analysis.clone(), only_terminal]) {
        apply(&*bench, &writing(n, write)).await;
    }
    for (n, write) in (10..).zip([only_analysis, other_route, other_end]) {
        conflicts(&*bench, &writing(n, write), "a record that is there is not written again").await;
    }
    bench.reopen().await;
    let record = bench.store().content(&key("a")).await.unwrap().unwrap();
    let found = (record.analysis, record.route, record.terminal);
    assert_eq!(
        found,
        (whole.analysis, whole.route, whole.terminal),
        "the first writer wins, for each record"
    );
}

/// When one of a batch's records is there already, the others are not written either.
pub async fn a_batch_of_many_records_is_written_whole_or_not(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    apply(&*bench, &admit(&key("a"), now)).await;
    conflicts(&*bench, &writing(1, all_three(&key("a"), now)), "the analysis is there already").await;
    let record = bench.store().content(&key("a")).await.unwrap().unwrap();
    assert_eq!((record.route, record.terminal), (None, None), "a batch is written whole or not at all");
    let both = ContentWrite { analysis: None, ..all_three(&key("a"), now) };
    apply(&*bench, &writing(2, both)).await;
    let record = bench.store().content(&key("a")).await.unwrap().unwrap();
    assert!(record.route.is_some() && record.terminal.is_some(), "a batch is written whole");
}

/// A content that is not there is a conflict, and is not made by a record about it; with its admission, all records can come at once.
pub async fn nothing_is_written_of_an_item_that_is_not_there(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    conflicts(&*bench, &writing(1, all_three(&key("a"), now)), "the content is not there").await;
    assert_eq!(bench.store().content(&key("a")).await.unwrap(), None, "a record makes no content");
    let admit = Some(admission(&key("a"), now));
    apply(&*bench, &writing(2, ContentWrite { admit, ..all_three(&key("a"), now) })).await;
    let record = bench.store().content(&key("a")).await.unwrap().unwrap();
    assert!(record.terminal.is_some(), "policy may end an item in the batch that takes it in");
}

fn namesakes() -> [ContentKey; 4] {
    let of = |name: &str, source: &str, id: &str| ContentKey::new(tenant(name), source, id).unwrap();
    [of("t1", "mail", "7"), of("t1", "chat", "7"), of("t2", "mail", "7"), of("t1", "mail", "77")]
}

/// Tenant, source and id together name an item.
pub async fn items_are_told_apart_by_tenant_source_and_id(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    for key in &namesakes() {
        apply(&*bench, &admit(key, now)).await;
    }
    for key in &namesakes() {
        let record = bench.store().content(key).await.unwrap().expect("it was taken in");
        assert_eq!((&record.key, record.submitted_id), (key, admission(key, now).submitted_id));
    }
    let absent = ContentKey::new(tenant("t2"), "chat", "7").unwrap();
    assert_eq!(bench.store().content(&absent).await.unwrap(), None, "parts of several keys make no key");
}

/// `find_content` finds an id whatever its source, in its own tenant, and only the whole id.
pub async fn items_are_found_by_id_within_a_tenant(harness: &dyn Harness) {
    let bench = harness.open().await;
    let now = bench.store().now().await.unwrap();
    let [mail, chat, other_tenant, _] = namesakes();
    for key in &namesakes() {
        apply(&*bench, &admit(key, now)).await;
    }
    let find = async |name: &str, id: &str| bench.store().find_content(&tenant(name), id).await.unwrap();
    let mut found = find("t1", "7").await;
    found.sort();
    assert_eq!(found, [chat, mail], "an id is found whatever its source");
    assert_eq!(find("t2", "7").await, [other_tenant], "and only in its own tenant");
    assert_eq!(find("t2", "77").await, [], "and only where it is");
    assert_eq!(find("t1", "%").await, [], "an id is no pattern");
}
