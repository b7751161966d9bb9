//! What each command does to the state.

use tracerail_schemas::content::Metadata;
use tracerail_schemas::event::{EscalationTrigger, HowAssigned};
use tracerail_schemas::task::{Decision, Priority, Status, Verb};
use tracerail_schemas::{Code, Event};

use super::build::{
    approve, at, cancel, comment, complete, done, escalate, give, group, person, request_changes,
    request_review, set_priority, suspend, system, task, task_at, task_for_two, user,
};

#[test]
fn claiming_names_the_claimer_and_keeps_the_level() {
    let escalated = task_at(Status::Escalated);
    let change = give(&escalated, &user("bob"), Verb::Claim, at(3)).unwrap();
    let assignment = change.task.state.assignment.clone().unwrap();
    assert_eq!((assignment.assignee_id, assignment.assigned_by), (person("bob"), user("bob")));
    assert_eq!((assignment.assigned_at, assignment.due_at), (at(3), Some(at(24))));
    assert_eq!((assignment.task_id, assignment.assignment_reason.as_str()), (escalated.id, "claimed"));
    assert_eq!((change.task.state.previous_status, change.task.state.escalation_level), (None, 1));
    let Event::TaskAssigned(event) = &change.events[0] else { panic!("{:?}", change.events) };
    assert_eq!(
        (event.detail.how, &event.detail.previous_assignee),
        (HowAssigned::Claim, &Some(person("ann")))
    );
}

#[test]
fn assigning_and_delegating_say_by_whom() {
    let task = task_at(Status::InProgress);
    for (by, verb, how, reason) in [
        ("lea", Verb::Assign { to: person("cat") }, HowAssigned::Assign, "assigned by lea"),
        ("ann", Verb::Delegate { to: person("cat") }, HowAssigned::Delegate, "delegated by ann"),
    ] {
        let change = give(&task, &user(by), verb, at(3)).unwrap();
        assert_eq!(change.task.assignee(), Some(&person("cat")));
        let Event::TaskAssigned(event) = &change.events[0] else { panic!("{:?}", change.events) };
        assert_eq!((event.detail.how, event.detail.reason.as_str()), (how, reason));
    }
}

#[test]
fn releasing_leaves_nobody_and_starting_is_noted_once() {
    let released = done(&task_at(Status::InProgress), &user("ann"), Verb::Release, at(3));
    assert_eq!((released.assignee(), released.state.status), (None, Status::Pending));
    let claimed = done(&released, &user("bob"), Verb::Claim, at(4));
    let started = done(&claimed, &user("bob"), Verb::Start, at(5));
    assert_eq!(started.state.started_at, Some(at(1)), "when work on it first began");
}

#[test]
fn completing_closes_it_with_the_work() {
    for (decision, outcome) in [
        (Decision::Approved, tracerail_schemas::content::Outcome::Approved),
        (Decision::Rejected, tracerail_schemas::content::Outcome::Rejected),
    ] {
        let change = give(&task_at(Status::InProgress), &user("ann"), complete(decision), at(5)).unwrap();
        let state = &change.task.state;
        let work = state.completion.clone().unwrap();
        assert_eq!((work.decision, work.completed_by, work.completed_at), (decision, user("ann"), at(5)));
        assert_eq!(work.result_data.get("paid"), Some(&true.into()));
        assert_eq!((state.closed_at, state.clock.running_since), (Some(at(5)), None));
        assert_eq!(state.clock.consumed_us, at(5).since(at(0)));
        assert_eq!(change.task.wake_at(), None);
        let ending = change.ending.unwrap();
        assert_eq!((ending.outcome, ending.decided_by), (outcome, user("ann")));
        assert_eq!(ending.reason, "receipt seen");
    }
}

#[test]
fn a_quality_outside_its_range_is_refused() {
    let waiting = task_at(Status::WaitingReview);
    for score in [-0.1, 1.1, f64::NAN] {
        let verb = Verb::Complete {
            decision: Decision::Approved,
            result: Metadata::new(),
            comments: None,
            quality_score: Some(score),
            shown: None,
        };
        let refused = give(&task_at(Status::Assigned), &user("ann"), verb, at(2)).unwrap_err();
        assert_eq!(refused.code, Code::CommandInvalid);
        let verb = Verb::Approve { comments: None, quality_score: Some(score), shown: None };
        assert_eq!(give(&waiting, &user("bob"), verb, at(2)).unwrap_err().code, Code::CommandInvalid);
    }
}

#[test]
fn work_for_two_waits_for_the_second_person() {
    let claimed = done(&task_for_two(), &user("ann"), Verb::Claim, at(1));
    let waiting = give(&claimed, &user("ann"), complete(Decision::Rejected), at(2)).unwrap();
    assert!(waiting.ending.is_none());
    let Event::TaskReviewRequested(event) = &waiting.events[0] else { panic!("{:?}", waiting.events) };
    assert_eq!((&event.detail.worker, event.detail.required), (&user("ann"), true));
    assert!(waiting.task.state.clock.running_since.is_some(), "review is on the clock");

    let approved = give(&waiting.task, &user("bob"), approve(), at(3)).unwrap();
    let state = &approved.task.state;
    assert_eq!((state.status, state.closed_at), (Status::Completed, Some(at(3))));
    let review = state.review.clone().unwrap();
    assert_eq!((review.reviewer, review.approved, review.at), (user("bob"), true, at(3)));
    let work = state.completion.clone().unwrap();
    assert_eq!((work.completed_by, work.quality_score), (user("ann"), Some(0.9)));
    let Event::TaskCompleted(event) = &approved.events[0] else { panic!("{:?}", approved.events) };
    assert_eq!((&event.detail.reviewed_by, event.detail.sla_met), (&Some(user("bob")), true));
    assert_eq!(approved.ending.unwrap().decided_by, user("ann"), "the worker's decision, seen by another");
}

#[test]
fn changes_take_the_work_back_and_the_next_review_starts_fresh() {
    let waiting = task_at(Status::WaitingReview);
    let back = done(&waiting, &user("bob"), request_changes(), at(3));
    assert_eq!((back.state.status, back.assignee()), (Status::InProgress, Some(&person("ann"))));
    assert_eq!(back.state.completion, None);
    let review = back.state.review.clone().unwrap();
    assert_eq!((review.approved, review.comments.as_deref()), (false, Some("ask once more")));
    let again = done(&back, &user("ann"), request_review(), at(4));
    assert_eq!(again.state.review, None);
    assert_eq!(done(&again, &user("cat"), approve(), at(5)).state.review.unwrap().reviewer, user("cat"));
}

#[test]
fn escalating_climbs_to_the_top_and_no_further() {
    let first = give(&task_at(Status::InProgress), &user("bob"), escalate(), at(3)).unwrap();
    let Event::TaskEscalated(event) = &first.events[0] else { panic!("{:?}", first.events) };
    assert_eq!((event.detail.level, event.detail.trigger), (1, EscalationTrigger::Manual));
    assert_eq!(event.detail.notify_users, [person("lea")]);
    assert_eq!(event.detail.notify_groups, [group("support")]);
    let state = &first.task.state;
    assert_eq!((state.previous_status, state.escalation_level), (Some(Status::InProgress), 1));
    assert_eq!((state.priority, state.escalations.len()), (Priority::High, 1));
    assert_eq!(first.task.assignee(), Some(&person("ann")), "it stays in her hands");

    let second = done(&first.task, &user("lea"), escalate(), at(4));
    assert_eq!((second.state.previous_status, second.state.escalation_level), (Some(Status::InProgress), 2));
    assert_eq!((second.state.priority, second.state.escalations.len()), (Priority::Urgent, 2));
    let third = give(&second, &user("lea"), escalate(), at(5)).unwrap_err();
    assert_eq!(third.code, Code::CommandIllegal, "{third}");
}

#[test]
fn suspending_and_resuming_an_escalated_task_forgets_nothing() {
    let escalated = task_at(Status::Escalated);
    let suspended = done(&escalated, &user("ann"), suspend(None), at(3));
    let state = &suspended.state;
    assert_eq!((state.status, state.suspended_from), (Status::Suspended, Some(Status::Escalated)));
    assert_eq!(state.previous_status, Some(Status::InProgress));
    let resumed = done(&suspended, &user("ann"), Verb::Resume, at(9)).state;
    assert_eq!((resumed.status, resumed.suspended_from), (Status::Escalated, None));
    assert_eq!((resumed.previous_status, resumed.escalation_level), (Some(Status::InProgress), 1));
}

#[test]
fn cancelling_a_suspended_task_leaves_no_suspension_behind() {
    let suspended = done(&task_at(Status::InProgress), &user("ann"), suspend(Some(at(50))), at(3));
    let change = give(&suspended, &user("lea"), cancel(), at(5)).unwrap();
    let state = &change.task.state;
    assert_eq!((state.suspended_from, state.suspended_until), (None, None));
    assert_eq!((state.cancel_reason.as_deref(), state.closed_at), (Some("sent twice"), Some(at(5))));
    assert_eq!(state.clock.consumed_us, at(3).since(at(0)), "it stood still when it was cancelled");
    assert_eq!(change.task.wake_at(), None);
    let ending = change.ending.unwrap();
    assert_eq!(
        (ending.outcome, ending.decided_by),
        (tracerail_schemas::content::Outcome::Cancelled, user("lea"))
    );
}

#[test]
fn expiring_ends_it_as_expired() {
    let change = give(&task(), &system(), Verb::Expire, at(80)).unwrap();
    assert_eq!(change.task.state.status, Status::Cancelled);
    assert_eq!(change.ending.unwrap().outcome, tracerail_schemas::content::Outcome::Expired);
}

#[test]
fn comments_and_priority_change_nothing_else() {
    let before = task_at(Status::InProgress);
    let commented = done(&before, &user("bob"), comment(), at(3));
    let mut expected = before.state.clone();
    expected.comments = 1;
    assert_eq!(commented.state, expected);
    for text in ["", "  \n", &"x".repeat(20_000)] {
        let refused =
            give(&before, &user("bob"), Verb::Comment { text: text.to_owned() }, at(3)).unwrap_err();
        assert_eq!(refused.code, Code::CommandInvalid);
    }
    let mut expected = before.state.clone();
    expected.priority = Priority::Low;
    assert_eq!(done(&before, &user("lea"), set_priority(), at(3)).state, expected);
}
