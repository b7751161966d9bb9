//! Every way an item can go that needs no deadline: it ends once, in the promised way, with its trail in order.

use tracerail::config::Edition;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::task::{Decision, Status, Verb};
use tracerail_schemas::{Code, Subject};

use crate::pair::on_both_editions;
use crate::stage::{Stage, complete};

on_both_editions! {
    an_item_of_a_rule_for_it_ends_without_a_person,
    a_person_claims_starts_and_approves,
    a_person_rejects,
    a_review_takes_a_second_person,
    a_route_can_escalate_at_once,
    the_same_again_is_the_same_item,
    many_at_once_each_have_their_own_end,
}

fn an_item_of_a_rule_for_it_ends_without_a_person(on: Edition) {
    let stage = Stage::set_on(on);
    let thanks = stage.submit("1", "A kind word: thank you all.");
    let end = stage.wait_for_end(&thanks);
    assert_eq!((end.outcome, end.decided_by.to_string().as_str()), (Outcome::Auto, "system:router"));
    assert_eq!(
        stage.trail(&thanks),
        ["content.submitted", "content.analyzed", "content.routed", "content.completed"]
    );
    assert_eq!(stage.task(&thanks), None);
    let casino = stage.submit("2", "The best casino in town.");
    assert_eq!(stage.wait_for_end(&casino).outcome, Outcome::Rejected);
}

fn a_person_claims_starts_and_approves(on: Edition) {
    let stage = Stage::set_on(on);
    let item = stage.submit("1", "Can I swap the red one for a blue one?");
    assert_eq!(stage.wait_for_any_task(&item).state.status, Status::Pending);
    assert_eq!(stage.decide(&item, "ada", Decision::Approved), Status::Completed);

    let record = stage.content(&item);
    let end = record.terminal.unwrap();
    assert_eq!((end.outcome, end.decided_by.to_string().as_str()), (Outcome::Approved, "ada"));
    let whole = [
        "content.submitted",
        "content.analyzed",
        "content.routed",
        "task.created",
        "task.assigned",
        "task.started",
        "task.completed",
        "content.completed",
    ];
    assert_eq!(stage.trail(&item), whole);
    // The terminal event lists what led to it, and all of it is one story.
    let ended = &stage.told(&item, Subject::ContentCompleted)[0];
    assert_eq!(ended["outcome"], "approved");
    assert!(!ended["trail"].as_array().unwrap().is_empty());
    let events = stage.block_on(stage.rail().trail(&item)).unwrap();
    let first = events[0].event.envelope.id;
    assert!(events.iter().all(|logged| logged.event.envelope.correlation_id == first));
}

fn a_person_rejects(on: Edition) {
    let stage = Stage::set_on(on);
    let item = stage.submit("1", "Please delete my neighbour's account.");
    stage.wait_for_any_task(&item);
    stage.decide(&item, "bob", Decision::Rejected);
    assert_eq!(stage.wait_for_end(&item).outcome, Outcome::Rejected);
    assert_eq!(stage.told(&item, Subject::ContentCompleted).len(), 1);
}

fn a_review_takes_a_second_person(on: Edition) {
    let stage = Stage::set_on(on);
    let item = stage.submit("1", "I want a refund of 900 EUR.");
    stage.wait_for_any_task(&item);
    assert_eq!(stage.decide(&item, "ada", Decision::Approved), Status::WaitingReview);
    assert_eq!(stage.content(&item).terminal, None, "nothing has ended yet");

    let approve = || Verb::Approve { comments: None, quality_score: None, shown: None };
    assert_eq!(stage.refused(&item, "ada", approve()).code, Code::CommandForbidden);
    let back = Verb::RequestChanges { comments: "Which order?".to_owned(), shown: None };
    assert_eq!(stage.done(&item, "bob", back), Status::InProgress);
    assert_eq!(stage.done(&item, "ada", complete(Decision::Rejected)), Status::WaitingReview);
    assert_eq!(stage.done(&item, "bob", approve()), Status::Completed);

    let end = stage.wait_for_end(&item);
    assert_eq!(end.outcome, Outcome::Rejected, "the decision that was reviewed");
    let task = stage.wait_for_any_task(&item);
    assert_eq!(task.state.review.unwrap().reviewer.to_string(), "bob");
    assert_eq!(task.state.completion.unwrap().completed_by.to_string(), "ada");
}

fn a_route_can_escalate_at_once(on: Edition) {
    let stage = Stage::set_on(on);
    let item = stage.submit("1", "The lamp you sent is on fire.");
    let task = stage.wait_for_task(&item, "level 1", |task| task.state.escalation_level == 1);
    assert_eq!(task.state.status, Status::Escalated);
    let told = stage.told(&item, Subject::TaskEscalated);
    assert_eq!(told.len(), 1);
    let detail = &told[0]["detail"];
    assert_eq!((&detail["trigger"], &detail["level"]), (&"route".into(), &1.into()));
    assert_eq!(detail["notify_users"], serde_json::json!(["eve"]));
    assert_eq!(detail["notify_groups"], serde_json::json!(["desk"]));
    // Level 1 has been reached: its deadline asks for nothing more.
    stage.clock.advance(crate::stage::HOUR * 5);
    stage.wait_for_task(&item, "a breach", |task| task.state.clock.breaches.len() == 1);
    stage.done(&item, "ada", Verb::Claim);
    stage.done(&item, "ada", complete(Decision::Approved));
    assert_eq!(stage.told(&item, Subject::TaskEscalated).len(), 1);
}

fn the_same_again_is_the_same_item(on: Edition) {
    let stage = Stage::set_on(on);
    let first = stage.try_submit("1", "Where is my parcel?").unwrap();
    stage.wait_for_any_task(&first.key);
    let again = stage.try_submit("1", "Where is my parcel?").unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!((again.event_id, &again.key), (first.event_id, &first.key));
    // Over the bus, too, and a program that gives no id sends new content each time.
    let bytes = serde_json::to_vec(&crate::stage::content("1", "Where is my parcel?")).unwrap();
    stage.block_on(stage.rail().publish_raw(Subject::ContentSubmitted, bytes)).unwrap();
    let fence = stage.submit("2", "And the invoice?");
    stage.wait_for_any_task(&fence);
    stage.wait("everything handled", || {
        match stage.block_on(stage.rail().lag(tracerail_actors::port::Consumer::Llm)).unwrap() {
            0 => Ok(()),
            lag => Err(format!("{lag} before the model")),
        }
    });
    let totals = stage.block_on(stage.rail().totals()).unwrap();
    assert_eq!((totals.contents, totals.dead_letters_held), (2, 0));
    assert_eq!(stage.told(&first.key, Subject::ContentAnalyzed).len(), 1);
    assert_eq!(stage.told(&first.key, Subject::TaskCreated).len(), 1);
}

fn many_at_once_each_have_their_own_end(on: Edition) {
    let stage = Stage::set_on(on);
    let texts = ["thank you", "a casino", "a question", "on fire"];
    let items: Vec<_> = (0..60).map(|n| stage.submit(&n.to_string(), texts[n % 4])).collect();
    for (n, item) in items.iter().enumerate() {
        match n % 4 {
            0 => assert_eq!(stage.wait_for_end(item).outcome, Outcome::Auto),
            1 => assert_eq!(stage.wait_for_end(item).outcome, Outcome::Rejected),
            _ => {
                stage.wait_for_any_task(item);
                assert_eq!(stage.content(item).terminal, None);
            }
        }
    }
}
