//! Nobody works, or somebody does in time: deadlines fire once each, at their time and not before, and a decision that was
//! first wins.

use std::time::Duration;

use tracerail::config::Edition;
use tracerail_actors::system::Role;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::task::{Decision, SlaState, Status};
use tracerail_schemas::{ContentKey, Subject};

use crate::pair::on_both_editions;
use crate::stage::{HOUR, PEOPLE, Stage};

on_both_editions! {
    nobody_works_so_it_is_raised_twice_and_then_expires,
    without_expiry_it_stays_open_for_a_person,
    a_decision_in_time_leaves_nothing_to_fire,
    a_deadline_that_passed_while_nothing_ran_fires_at_the_next_start,
    escalation_can_be_switched_off_and_breaches_are_recorded_all_the_same,
}

const EXPIRING: &str = "\ntasks: { assignment_strategy: manual, on_exhausted: expire }\n";

const INSTANT: Duration = Duration::from_micros(1);

fn nobody_works_so_it_is_raised_twice_and_then_expires(on: Edition) {
    let stage = Stage::with_on(on, &format!("{PEOPLE}{EXPIRING}"));
    // An instant older: when its deadline has fired, somebody has looked an instant before the other's.
    let older = stage.submit("0", "And me?");
    stage.wait_for_any_task(&older);
    stage.clock.advance(INSTANT);
    let item = stage.submit("1", "Can anybody help me?");
    let created = stage.wait_for_any_task(&item).data.created_at;
    assert_eq!(stage.task(&item).unwrap().state.due_at, Some(created.plus(HOUR * 4)));

    for (level, after) in [(1, HOUR * 4), (2, HOUR * 8)] {
        stage.clock.set(created.plus(after).minus(INSTANT));
        stage.wait_for_task(&older, "the next level", |task| u64::from(task.state.escalation_level) == level);
        assert_eq!(breached(&stage, &item), level - 1, "not an instant too early");
        stage.clock.set(created.plus(after));
        stage.wait_for_task(&item, "the next level", |task| u64::from(task.state.escalation_level) == level);
        let breach = stage.told(&item, Subject::SlaBreached).pop().unwrap();
        assert_eq!(breach["detail"]["level"], level);
        assert_eq!(breach["detail"]["due_at"], serde_json::json!(created.plus(after)));
    }
    let escalated = stage.told(&item, Subject::TaskEscalated);
    let levels: Vec<_> = escalated.iter().map(|event| event["detail"]["level"].as_u64().unwrap()).collect();
    assert_eq!(levels, [1, 2]);
    assert!(escalated.iter().all(|event| event["detail"]["trigger"] == "sla_breached"));

    stage.clock.set(created.plus(HOUR * 12));
    let end = stage.wait_for_end(&item);
    assert_eq!((end.outcome, end.decided_by.is_system()), (Outcome::Expired, true));
    let task = stage.wait_for_any_task(&item);
    assert_eq!((task.state.status, task.state.clock.state(false)), (Status::Cancelled, SlaState::Missed));
    assert_eq!(stage.told(&item, Subject::ContentCompleted).len(), 1);
}

fn without_expiry_it_stays_open_for_a_person(on: Edition) {
    let stage = Stage::set_on(on);
    let item = stage.submit("1", "Can anybody help me?");
    stage.wait_for_any_task(&item);
    stage.clock.advance(HOUR * 1000);
    let task = stage.wait_for_task(&item, "level 2", |task| task.state.escalation_level == 2);
    assert!(task.is_open() && task.wake_at().is_none());
    stage.decide(&item, "ada", Decision::Approved);
    assert_eq!(stage.wait_for_end(&item).outcome, Outcome::Approved);
    let completed = &stage.told(&item, Subject::TaskCompleted)[0];
    assert_eq!(completed["detail"]["sla_met"], false);
}

fn a_decision_in_time_leaves_nothing_to_fire(on: Edition) {
    let stage = Stage::set_on(on);
    let (decided, waiting) = (stage.submit("1", "Decide me."), stage.submit("2", "Leave me."));
    for item in [&decided, &waiting] {
        stage.wait_for_any_task(item);
    }
    stage.clock.advance(Duration::from_secs(4 * 3600 - 1));
    stage.decide(&decided, "ada", Decision::Approved);
    stage.clock.advance(HOUR * 20);
    // The sweep that finds the one would have found the other.
    stage.wait_for_task(&waiting, "level 2", |task| task.state.escalation_level == 2);
    assert_eq!(stage.told(&decided, Subject::SlaBreached), [0; 0]);
    assert_eq!(stage.told(&decided, Subject::TaskEscalated), [0; 0]);
    let completed = &stage.told(&decided, Subject::TaskCompleted)[0];
    assert_eq!(completed["detail"]["sla_met"], true);
}

fn a_deadline_that_passed_while_nothing_ran_fires_at_the_next_start(on: Edition) {
    let mut stage = Stage::set_on(on);
    let item = stage.submit("1", "I will be late.");
    stage.wait_for_any_task(&item);
    stage.close();
    stage.clock.advance(HOUR * 5);
    stage.open_again(&Role::ALL);
    let task = stage.wait_for_task(&item, "level 1", |task| task.state.escalation_level == 1);
    let breach = &task.state.clock.breaches[0];
    assert_eq!(breach.due_at, task.data.created_at.plus(HOUR * 4));
    assert_eq!(breach.fired_at, task.data.created_at.plus(HOUR * 5));
}

fn escalation_can_be_switched_off_and_breaches_are_recorded_all_the_same(on: Edition) {
    let off = "\ntasks: { assignment_strategy: manual, enable_auto_escalation: false }\n";
    let stage = Stage::with_on(on, &format!("{PEOPLE}{off}"));
    let item = stage.submit("1", "Can anybody help me?");
    stage.wait_for_any_task(&item);
    stage.clock.advance(HOUR * 9);
    let both = stage.wait_for_task(&item, "two breaches", |task| task.state.clock.breaches.len() == 2);
    assert_eq!((both.state.escalation_level, both.state.status), (0, Status::Pending));
    stage.wait("the breaches are handled", || {
        match stage.block_on(stage.rail().lag(tracerail_actors::port::Consumer::Escalation)).unwrap() {
            0 => Ok(()),
            lag => Err(format!("{lag} left")),
        }
    });
    assert_eq!(stage.told(&item, Subject::TaskEscalated), [0; 0]);
}

fn breached(stage: &Stage, item: &ContentKey) -> u64 {
    stage.told(item, Subject::SlaBreached).len() as u64
}
