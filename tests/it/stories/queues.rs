//! Tasks that nobody has: offered to one person after the other, waiting by urgency, claimed for a time.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tracerail::config::Edition;
use tracerail_schemas::task::{Priority, Status, Verb};
use tracerail_schemas::{PersonId, TenantId};

use crate::pair::on_both_editions;
use crate::stage::{HOUR, PEOPLE, Stage, person};

on_both_editions! {
    an_offer_goes_from_one_to_the_next_and_then_to_all,
    a_claim_that_shows_no_life_ends_and_the_task_is_taken_again,
    of_many_who_ask_for_the_next_task_each_gets_another_one,
    a_reminder_comes_when_it_was_wanted,
}

fn stage(on: Edition, tasks: &str) -> Stage {
    Stage::with_on(on, &format!("{PEOPLE}\ntasks: {{ {tasks} }}\n"))
}

fn id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn an_offer_goes_from_one_to_the_next_and_then_to_all(on: Edition) {
    let stage = stage(on, "offer_hours: 1");
    let item = stage.submit("a", "What is this?");
    let offered = |to: &'static str| {
        stage.wait_for_task(&item, to, |task| task.state.offer.as_ref().is_some_and(|it| it.to == id(to)))
    };
    let task = offered("ada");
    assert_eq!((task.state.status, task.assignee()), (Status::Pending, None));
    assert!(stage.refused(&item, "bob", Verb::Claim).message.contains("offered to ada"));
    // Nobody answers.
    stage.clock.advance(HOUR);
    let task = offered("bob");
    assert_eq!(task.state.declined, [id("ada")]);
    stage.done(&item, "bob", Verb::Decline { reason: Some("On the phone".to_owned()) });
    let task = stage.wait_for_task(&item, "open to all", |task| task.state.offer.is_none());
    assert_eq!(task.state.declined, [id("ada"), id("bob")]);
    let next = stage.block_on(stage.rail().claim_next(&TenantId::default(), &person("ada"))).unwrap();
    assert_eq!(next.map(|task| task.state.status), Some(Status::Assigned));
    // Between events of two streams of a server there is no order.
    let count = |subject: &str| stage.trail(&item).into_iter().filter(|it| *it == subject).count();
    assert_eq!((count("task.offered"), count("task.offer_ended"), count("task.assigned")), (2, 2, 1));
}

fn a_claim_that_shows_no_life_ends_and_the_task_is_taken_again(on: Edition) {
    let stage = stage(on, "assignment_strategy: manual, claim_lease_hours: 1");
    let item = stage.submit("a", "What is this?");
    stage.wait_for_any_task(&item);
    stage.done(&item, "ada", Verb::Claim);
    stage.clock.advance(HOUR.mul_f64(0.75));
    stage.done(&item, "ada", Verb::Heartbeat);
    stage.clock.advance(HOUR.mul_f64(0.75));
    stage.done(&item, "ada", Verb::Start);
    stage.clock.advance(HOUR);
    let task = stage.wait_for_task(&item, "given back", |task| task.assignee().is_none());
    assert_eq!(task.state.status, Status::Pending);
    let told = &stage.told(&item, tracerail_schemas::Subject::TaskReleased)[0];
    assert_eq!(told["detail"]["previous_assignee"], "ada", "{told}");
    assert_eq!(stage.done(&item, "bob", Verb::Claim), Status::Assigned);
    let refusal = stage.refused(&item, "ada", Verb::Heartbeat);
    assert_eq!(refusal.code, tracerail_schemas::Code::CommandForbidden);
}

fn of_many_who_ask_for_the_next_task_each_gets_another_one(on: Edition) {
    const TASKS: usize = 24;
    let stage = stage(on, "assignment_strategy: manual");
    let items: Vec<_> = (0..TASKS).map(|n| stage.submit(&format!("item-{n}"), "What is this?")).collect();
    for item in &items {
        stage.wait_for_any_task(item);
    }
    // The last one is the most urgent now.
    stage.done(&items[TASKS - 1], "eve", Verb::SetPriority { priority: Priority::Urgent });
    let rail = stage.rail();
    let tenant = TenantId::default();
    let first = stage.block_on(rail.next_task(&tenant, &id("ada"))).unwrap().unwrap();
    assert_eq!(first.data.content_key.as_ref(), Some(&items[TASKS - 1]));
    let nobody = stage.block_on(rail.next_task(&tenant, &id("zoe"))).unwrap();
    assert!(nobody.is_none(), "whom nobody knows may take nothing");

    let worker = |who: &'static str| {
        let tenant = &tenant;
        async move {
            let (by, mut taken) = (person(who), Vec::new());
            while let Some(task) = rail.claim_next(tenant, &by).await.unwrap() {
                assert_eq!(task.assignee(), Some(&id(who)));
                taken.push(task.id);
            }
            taken
        }
    };
    let taken = stage.block_on(join_all(["ada", "bob", "eve", "ada", "bob", "eve"].map(worker)));
    let all: Vec<_> = taken.iter().flatten().copied().collect();
    assert_eq!(all.len(), TASKS, "every task is taken, {taken:?}");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), TASKS, "each once");
    assert_eq!(
        all.contains(&first.id),
        taken.iter().any(|mine| mine.first() == Some(&first.id)),
        "the urgent one first"
    );
}

fn a_reminder_comes_when_it_was_wanted(on: Edition) {
    let stage = stage(on, "assignment_strategy: manual");
    let item = stage.submit("a", "What is this?");
    stage.wait_for_any_task(&item);
    stage.done(&item, "ada", Verb::Claim);
    let at = tracerail_actors::port::Clock::now(&stage.clock).plus(HOUR);
    stage.done(&item, "ada", Verb::SetFollowUp { at: Some(at) });
    stage.clock.advance(HOUR.saturating_sub(Duration::from_secs(1)));
    assert_eq!(stage.task(&item).unwrap().state.follow_up_at, Some(at));
    stage.clock.advance(Duration::from_secs(1));
    let task = stage.wait_for_task(&item, "reminded", |task| task.state.follow_up_at.is_none());
    assert_eq!((task.state.status, task.assignee()), (Status::Assigned, Some(&id("ada"))));
    assert!(stage.trail(&item).contains(&"task.follow_up_due"));
}
