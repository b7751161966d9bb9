//! What ended long ago goes, whole; what is open, or is still waited for, stays as it is.

use std::collections::BTreeSet;
use std::time::Duration;

use tracerail::client::new_command_id;
use tracerail_actors::system::Role;
use tracerail_schemas::task::{Command, Decision, Verb};
use tracerail_schemas::{ContentKey, Subject, TaskId};

use crate::place::{Place, text};
use crate::stage::{HOUR, PEOPLE, Stage, complete, content, person};
use crate::story;

const DAY: Duration = Duration::from_hours(24);

/// The tables in which something of an item stands.
const TABLES: [&str; 5] = ["content", "content_body", "task", "task_data", "cause"];

#[test]
fn what_ended_goes_by_itself_and_what_is_open_stays_whole() {
    let mut stage = Stage::with(&format!("{PEOPLE}\ntasks: {{ assignment_strategy: manual }}\n"));
    let open = stage.submit("open", "Please, a refund.");
    stage.wait_for_any_task(&open);
    // What came over the log names its item in its body alone.
    let posted = r#"{"id": "posted", "source": "desk", "content": "A refund, once more."}"#;
    stage.block_on(stage.rail().publish_raw(Subject::ContentSubmitted, posted.into())).unwrap();
    let posted = ContentKey { id: "posted".to_owned(), ..open.clone() };
    stage.wait_for_any_task(&posted);
    let claim = command(&open, "ada", Verb::Claim);
    let answered = stage.give(claim.clone());
    let ended = ended_items(&stage);
    stage.clock.advance(89 * DAY);
    let recent = stage.submit("recent", "thank you");
    stage.wait_for_end(&recent);
    stage.clock.advance(2 * DAY);
    stage.open_again(&Role::ALL);
    for item in &ended {
        stage.wait(&format!("{item} is gone"), || {
            let found = stage.block_on(stage.rail().content(item)).unwrap();
            found.map_or(Ok(()), |record| Err(format!("{record:?}")))
        });
        assert!(stage.task(item).is_none() && stage.trail(item).is_empty(), "nothing of {item} is left");
    }
    assert!(stage.content(&recent).terminal.is_some(), "it ended two days ago");
    assert_eq!(stage.trail(&recent).len(), 4, "{:?}", stage.trail(&recent));

    for item in [&open, &posted] {
        let told = stage.trail(item);
        let first = [Subject::ContentSubmitted, Subject::ContentAnalyzed, Subject::ContentRouted];
        assert_eq!(told[..3], first.map(Subject::as_str), "{item}");
    }
    assert!(stage.content(&open).terminal.is_none() && stage.task(&open).unwrap().is_open());
    assert_eq!(stage.give(claim), answered, "the command on the open task is remembered");
    assert_eq!(stage.block_on(stage.rail().sla_verify()).unwrap().wrong, []);

    let again = stage.block_on(stage.rail().submit(content("thanks", "thank you"))).unwrap();
    assert!(!again.repeated, "what is gone is not remembered: the same content is a new item");
    stage.wait_for_end(&again.key);
}

#[test]
fn a_store_in_which_everything_has_ended_goes_on() {
    let mut stage = Stage::with(&format!("{PEOPLE}\ntasks: {{ assignment_strategy: manual }}\n"));
    ended_items(&stage);
    stage.clock.advance(91 * DAY);
    stage.open_again(&Role::ALL);
    stage.wait("everything is gone", || {
        let left = TABLES.map(|table| rows(&stage, table));
        (left == [0; 5]).then_some(()).ok_or_else(|| format!("{TABLES:?}: {left:?}"))
    });
    stage.wait("all events but the newest are gone", || match rows(&stage, "event") {
        1 => Ok(()),
        left => Err(left.to_string()),
    });
    // The places of events are counted on, so that no actor takes a new one for one it has seen.
    let next = stage.submit("next", "Please, a refund.");
    stage.wait_for_any_task(&next);
    stage.decide(&next, "ada", Decision::Approved);
}

#[test]
fn by_hand_it_takes_out_what_it_has_counted_before() {
    let place = story::TOLD.commanded.place();
    // The newest event stays whatever it is about, so it is about something that is open.
    place.run(&["task", "comment", &story::task_of("open"), "Not yet.", "--as", "ann"]).ok();
    let before = place.status();
    let args = ["retention", "run", "--older-than", "0s", "--json"];
    let counted = place.run(&[&args[..], &["--dry-run"]].concat()).ok().json();
    assert_eq!(place.status(), before, "counting changes nothing");
    let gone = place.run(&args).ok().json();
    for what in ["items", "tasks", "events", "answers"] {
        assert!(gone[what].as_u64().unwrap() > 0 && gone[what] == counted[what], "{what}: {gone} {counted}");
    }
    let open: BTreeSet<String> = ["open", "by-hand", "grave-2", "late"].map(str::to_owned).into();
    assert_eq!(items(&place), open);
    let end = place.end(&open);
    assert_eq!((end.checked.open, end.checked.tasks), (4, 4));
    place.run(&["sla", "verify"]).ok();
    let again = place.run(&args).ok().json();
    assert_eq!((&again["items"], &again["events"]), (&0.into(), &0.into()), "there is nothing more: {again}");
    assert_eq!(
        place.status()["contents"],
        before["contents"],
        "what was counted since the store began stays"
    );
}

/// One that ends by itself, one that a person decides after a command that was refused, and one by hand with a review.
fn ended_items(stage: &Stage) -> Vec<ContentKey> {
    let thanks = stage.submit("thanks", "thank you");
    let bought = stage.submit("unclear", "What is this?");
    let refund = stage.submit("refund", "A refund, please.");
    for item in [&bought, &refund] {
        stage.wait_for_any_task(item);
    }
    stage.clock.advance(HOUR);
    stage.refused(&bought, "ada", complete(Decision::Approved));
    stage.decide(&bought, "ada", Decision::Rejected);
    stage.decide(&refund, "ada", Decision::Approved);
    stage.done(&refund, "eve", Verb::Approve { comments: None, quality_score: None, shown: None });
    for item in [&thanks, &bought, &refund] {
        stage.wait_for_end(item);
    }
    vec![thanks, bought, refund]
}

fn command(item: &ContentKey, who: &str, verb: Verb) -> Command {
    Command {
        id: new_command_id(),
        task_id: TaskId::of_content(item),
        by: person(who),
        expected_version: None,
        verb,
        traceparent: None,
    }
}

fn rows(stage: &Stage, table: &str) -> i64 {
    let file = rusqlite::Connection::open(stage.store()).unwrap();
    file.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
}

/// The items some event is about.
fn items(place: &Place) -> BTreeSet<String> {
    let of = |event: &serde_json::Value| {
        [text(&event["data"]["content"]["id"]), text(&event["data"]["id"])]
            .into_iter()
            .find(|id| !id.is_empty())
    };
    place.events().iter().filter_map(of).collect()
}
