//! Who looks at work, how many must agree, and what they have seen.

use tracerail_schemas::routing::RoutingDecision;
use tracerail_schemas::task::{Approvals, Decision, Status, Task, Verb};
use tracerail_schemas::{Code, Event, TaskId};

use super::build::{
    approve, at, complete, created, directory, done, give, give_in, person, policy, request_changes, route,
    task, task_for_two, user,
};
use crate::policy::TaskPolicy;
use crate::port::{Absence, Profile, StaticDirectory};

/// ann's work, waiting for so many of so many.
fn work(needed: u32, of: u32, adjudicate: bool) -> Task {
    let policy = TaskPolicy { approvals: Some(Approvals { needed, of, adjudicate }), ..policy() };
    let mut route = route(RoutingDecision::Human);
    route.engine.review_required = true;
    let task = done(&created(&route, &policy).task, &user("ann"), Verb::Claim, at(1));
    done(&task, &user("ann"), complete(Decision::Approved), at(2))
}

/// What the task becomes when these say so one after the other: `+bob` approves, `-cat` wants changes.
fn said(task: &Task, views: &[&str]) -> Task {
    views.iter().fold(task.clone(), |task, view| {
        let (sign, who) = view.split_at(1);
        done(&task, &user(who), if sign == "+" { approve() } else { request_changes() }, at(3))
    })
}

#[test]
fn the_views_of_several_are_counted() {
    for (needed, of, views, status, left) in [
        (1, 1, &["+bob"][..], Status::Completed, 0),
        (1, 1, &["-bob"], Status::InProgress, 0),
        (2, 3, &["+bob"], Status::WaitingReview, 1),
        (2, 3, &["+bob", "+cat"], Status::Completed, 2),
        (2, 3, &["-bob", "+cat"], Status::WaitingReview, 2),
        (2, 3, &["-bob", "-cat"], Status::InProgress, 2),
        (2, 3, &["-bob", "+cat", "+lea"], Status::Completed, 3),
        (2, 3, &["+bob", "-cat", "-lea"], Status::InProgress, 3),
        (2, 2, &["+bob", "-cat"], Status::InProgress, 2),
        (1, 2, &["-bob", "+cat"], Status::Completed, 2),
    ] {
        let task = said(&work(needed, of, false), views);
        assert_eq!(task.state.status, status, "{needed} of {of}: {views:?}");
        assert_eq!(task.state.reviews.len(), left, "{needed} of {of}: {views:?}");
        assert_eq!(task.state.completion.is_some(), status != Status::InProgress);
    }
}

#[test]
fn each_view_is_told_until_one_decides() {
    let task = work(2, 3, false);
    let change = give(&task, &user("bob"), approve(), at(3)).unwrap();
    let [Event::TaskReviewed(event)] = change.events.as_slice() else { panic!("{:?}", change.events) };
    assert_eq!((event.detail.approvals, event.detail.needed, event.detail.adjudicating), (1, 2, false));
    assert!(change.ending.is_none());
    let refusal = give(&change.task, &user("bob"), approve(), at(4)).unwrap_err();
    assert_eq!(refusal.code, Code::CommandForbidden, "nobody counts twice");
    let last = give(&change.task, &user("cat"), approve(), at(4)).unwrap();
    let [Event::TaskCompleted(event)] = last.events.as_slice() else { panic!("{:?}", last.events) };
    assert_eq!(event.detail.reviewed_by, Some(user("cat")));
    assert!(last.ending.is_some());
}

#[test]
fn a_new_round_begins_with_no_views() {
    let sent_back = said(&work(2, 2, false), &["+bob", "-cat"]);
    let again = done(&sent_back, &user("ann"), complete(Decision::Rejected), at(4));
    assert!(again.state.reviews.is_empty() && again.state.review.is_none());
    assert_eq!(said(&again, &["+bob", "+cat"]).state.status, Status::Completed);
}

#[test]
fn when_they_disagree_a_lead_decides_who_has_not_spoken() {
    let split = said(&work(2, 3, true), &["+bob", "-cat"]);
    assert_eq!((split.state.status, split.state.adjudicating), (Status::WaitingReview, true));
    for by in ["bob", "cat", "ann"] {
        let refusal = give(&split, &user(by), approve(), at(4)).unwrap_err();
        assert_eq!(refusal.code, Code::CommandForbidden, "{by}");
    }
    for (view, status) in [("+lea", Status::Completed), ("-lea", Status::InProgress)] {
        let decided = said(&split, &[view]);
        assert_eq!((decided.state.status, decided.state.adjudicating), (status, false));
    }
    let spoken = said(&work(3, 3, true), &["+lea", "-cat"]);
    assert!(give(&spoken, &user("lea"), approve(), at(4)).is_err(), "not twice, not even a lead");
    assert!(give(&spoken, &user("max"), approve(), at(4)).is_ok(), "another lead");
}

#[test]
fn no_hand_that_had_the_work_reviews_it() {
    let mine = done(&task_for_two(), &user("ann"), Verb::Claim, at(1));
    let handed_on = done(&mine, &user("ann"), Verb::Delegate { to: person("bob") }, at(1));
    assert_eq!(handed_on.state.delegates, [person("ann"), person("bob")]);
    let waiting = done(&handed_on, &user("bob"), complete(Decision::Approved), at(2));
    for verb in [approve(), request_changes()] {
        for (by, may) in [("ann", false), ("bob", false), ("cat", true), ("lea", true)] {
            assert_eq!(give(&waiting, &user(by), verb.clone(), at(3)).is_ok(), may, "{by}");
        }
    }
    // Taken back: the one it was delegated to had a hand in it all the same.
    let back = done(&handed_on, &user("lea"), Verb::Assign { to: person("ann") }, at(2));
    let waiting = done(&back, &user("ann"), complete(Decision::Approved), at(2));
    assert!(give(&waiting, &user("bob"), approve(), at(3)).is_err());
}

#[test]
fn who_stands_in_for_the_worker_does_not_review_their_work() {
    let task = done(&task_for_two(), &user("ann"), Verb::Claim, at(1));
    let waiting = done(&task, &user("ann"), complete(Decision::Approved), at(2));
    let away = Absence { from: at(3), to: at(9), substitute: Some(person("bob")) };
    let ann = Profile { absences: vec![away], ..Profile::default() };
    let there: StaticDirectory = directory().with_person(person("ann"), ann);
    let may = |by: &str, hour| give_in(&there, &waiting, &user(by), approve(), at(hour)).is_ok();
    assert!(!may("bob", 4) && may("cat", 4));
    assert!(may("bob", 2) && may("bob", 9), "only while they do");
}

#[test]
fn a_share_of_the_work_is_looked_at_whoever_asks_and_always_the_same() {
    let policy = TaskPolicy { review_share: Some(0.25), ..policy() };
    let task = created(&route(RoutingDecision::Human), &policy).task;
    let drawn: Vec<_> = (0..4_000_u128).map(|n| TaskId::from_uuid(uuid::Uuid::from_u128(n))).collect();
    let looked_at = drawn.iter().filter(|id| task.data.terms.needs_review(**id)).count();
    assert!((900..1_100).contains(&looked_at), "a quarter of 4,000, not {looked_at}");
    let one = drawn.iter().find(|id| task.data.terms.needs_review(**id)).unwrap();
    let mine = done(&Task { id: *one, ..task.clone() }, &user("ann"), Verb::Claim, at(1));
    assert_eq!(
        done(&mine, &user("ann"), complete(Decision::Approved), at(2)).state.status,
        Status::WaitingReview
    );
    assert!(
        !drawn.iter().any(|id| super::build::task().data.terms.needs_review(*id)),
        "none without a share"
    );
}

fn shown(mut verb: Verb, hash: [u8; 32]) -> Verb {
    if let Verb::Complete { shown, .. } | Verb::Approve { shown, .. } | Verb::RequestChanges { shown, .. } =
        &mut verb
    {
        *shown = Some(hash);
    }
    verb
}

#[test]
fn a_decision_on_something_else_is_void() {
    let mine = done(&task_for_two(), &user("ann"), Verb::Claim, at(1));
    let work = complete(Decision::Approved);
    let refusal = give(&mine, &user("ann"), shown(work.clone(), [7; 32]), at(2)).unwrap_err();
    assert_eq!(refusal.code, Code::DecisionVoid);
    let first = done(&mine, &user("ann"), shown(work.clone(), mine.shown()), at(2));
    let seen = first.shown();
    assert_ne!(seen, mine.shown(), "a reviewer sees the work as well");
    assert_eq!(first.state.completion.as_ref().unwrap().shown, Some(mine.shown()), "it is written down");
    // While bob looks at it, cat sends it back and ann hands in something else.
    let back = done(&first, &user("cat"), shown(request_changes(), seen), at(3));
    let second = done(&back, &user("ann"), complete(Decision::Rejected), at(4));
    for verb in [approve(), request_changes()] {
        let refusal = give(&second, &user("bob"), shown(verb, seen), at(5)).unwrap_err();
        assert_eq!(refusal.code, Code::DecisionVoid, "bob has seen the first");
    }
    let completed = done(&second, &user("bob"), shown(approve(), second.shown()), at(5));
    assert_eq!(completed.state.review.as_ref().unwrap().shown, Some(second.shown()));
}

#[test]
fn what_is_shown_is_the_content_and_the_work_and_nothing_else() {
    let before = task();
    let changes: [&dyn Fn(&mut Task); 4] = [
        &|task| task.data.content.push('.'),
        &|task| drop(task.data.metadata.insert("amount".into(), 1.into())),
        &|task| task.data.summary = None,
        &|task| task.data.proposed = Some(RoutingDecision::Auto),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        let mut other = before.clone();
        change(&mut other);
        assert_ne!(other.shown(), before.shown(), "change {n}");
    }
    let claimed = done(&before, &user("ann"), Verb::Claim, at(1));
    let said = done(&claimed, &user("bob"), super::build::comment(), at(1));
    assert_eq!(
        said.shown(),
        before.shown(),
        "who has it and what is said about it is not what is decided on"
    );
}
