//! Work that several people look at, and what each of them was shown; the history of it all, followed.

use tracerail::config::Edition;
use tracerail_schemas::hash;
use tracerail_schemas::task::{Decision, Status, Verb};
use tracerail_schemas::{Code, Subject};

use crate::pair::on_both_editions;
use crate::stage::{HOUR, PEOPLE, Stage, complete};

on_both_editions! {
    two_of_three_must_agree_and_a_lead_decides_when_they_do_not,
    the_history_of_every_task_is_whole,
}

fn approve(shown: Option<[u8; 32]>) -> Verb {
    Verb::Approve { comments: None, quality_score: Some(0.8), shown }
}

fn request_changes() -> Verb {
    Verb::RequestChanges { comments: "The sum is wrong".to_owned(), shown: None }
}

fn two_of_three_must_agree_and_a_lead_decides_when_they_do_not(on: Edition) {
    let people = PEOPLE.replace("members: [ada, bob]", "members: [ada, bob, cat]");
    let review = "approvals_needed: 2, approvals_of: 3, on_disagreement: adjudicate";
    let stage =
        Stage::with_on(on, &format!("{people}\ntasks: {{ assignment_strategy: manual, {review} }}\n"));
    let item = stage.submit("a", "I want a refund.");
    stage.wait_for_any_task(&item);
    assert_eq!(stage.decide(&item, "ada", Decision::Approved), Status::WaitingReview);
    let shown = stage.task(&item).unwrap().shown();
    assert_eq!(stage.refused(&item, "bob", approve(Some([0; 32]))).code, Code::DecisionVoid);
    assert_eq!(stage.done(&item, "bob", approve(Some(shown))), Status::WaitingReview);
    assert_eq!(stage.done(&item, "cat", request_changes()), Status::WaitingReview);
    assert_eq!(stage.refused(&item, "bob", approve(None)).code, Code::CommandForbidden);
    assert_eq!(stage.done(&item, "eve", approve(None)), Status::Completed);

    let end = stage.wait_for_end(&item);
    assert_eq!(end.decided_by.id.as_str(), "ada");
    let told = &stage.told(&item, Subject::ContentCompleted)[0];
    assert_eq!(told["content_hash"], hash::hex(&stage.content(&item).hash), "about what was submitted");
    let task = stage.task(&item).unwrap();
    let views: Vec<_> = task.state.reviews.iter().map(|it| (it.reviewer.id.as_str(), it.approved)).collect();
    assert_eq!(views, [("bob", true), ("cat", false), ("eve", true)]);
}

fn the_history_of_every_task_is_whole(on: Edition) {
    let stage = Stage::set_on(on);
    let items: Vec<_> = ["What is this?", "on fire", "a refund"]
        .iter()
        .enumerate()
        .map(|(n, text)| stage.submit(&format!("item-{n}"), text))
        .collect();
    for item in &items {
        stage.wait_for_any_task(item);
        stage.done(item, "ada", Verb::Claim);
    }
    stage.done(&items[0], "ada", complete(Decision::Approved));
    stage.clock.advance(HOUR * 9);
    for item in &items[1..] {
        stage.wait_for_task(item, "level 2", |task| task.state.escalation_level == 2);
    }
    let all = stage.block_on(stage.rail().audit(None, &|_| {})).unwrap();
    assert_eq!((all.tasks, all.unlinked, all.without_beginning), (3, 0, 0));
    assert_eq!(all.broken, []);
    assert!(all.changes >= 12, "{all:?}");
    let again = stage.block_on(stage.rail().audit(None, &|_| {})).unwrap();
    assert_eq!(again.head, all.head, "the same histories have the same head");
    let task = stage.task(&items[1]).unwrap();
    let one = stage.block_on(stage.rail().audit(Some(task.id), &|_| {})).unwrap();
    assert_eq!((one.tasks, one.changes, one.broken), (1, task.version, vec![]));
    stage.done(&items[1], "eve", Verb::Cancel { reason: "Sent twice".to_owned() });
    let later = stage.block_on(stage.rail().audit(None, &|_| {})).unwrap();
    assert_ne!(later.head, all.head);
}
