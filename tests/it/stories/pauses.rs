//! A suspension stops the clock, and going on moves every deadline by exactly the pause.

use tracerail::config::Edition;
use tracerail_schemas::Subject;
use tracerail_schemas::task::{SlaState, Status, Verb};

use crate::pair::on_both_editions;
use crate::stage::{HOUR, Stage};

on_both_editions! {
    a_pause_moves_the_deadline_by_its_length,
    a_suspension_with_an_end_ends_by_itself,
}

fn a_pause_moves_the_deadline_by_its_length(on: Edition) {
    let stage = Stage::set_on(on);
    let (paused, running) = (stage.submit("1", "Wait for the customer."), stage.submit("2", "Do not wait."));
    let created = stage.wait_for_any_task(&paused).data.created_at;
    stage.wait_for_any_task(&running);
    stage.done(&paused, "ada", Verb::Claim);

    stage.clock.set(created.plus(HOUR));
    stage.done(&paused, "ada", Verb::Suspend { until: None, reason: "Waiting for photos".to_owned() });
    let task = stage.task(&paused).unwrap();
    assert_eq!((task.state.due_at, task.state.clock.state(true)), (None, SlaState::Paused));

    let pause = HOUR * 10;
    stage.clock.set(created.plus(HOUR).plus(pause));
    stage.wait_for_task(&running, "level 2, while the other stands still", |task| {
        task.state.escalation_level == 2
    });
    assert_eq!(stage.told(&paused, Subject::SlaBreached), [0; 0]);

    assert_eq!(stage.done(&paused, "ada", Verb::Resume), Status::Assigned);
    let task = stage.task(&paused).unwrap();
    assert_eq!(task.state.due_at, Some(created.plus(HOUR * 4).plus(pause)));
    assert_eq!(task.state.clock.elapsed(created.plus(HOUR).plus(pause)), HOUR);

    stage.clock.set(created.plus(HOUR * 4).plus(pause));
    let task = stage.wait_for_task(&paused, "level 1", |task| task.state.escalation_level == 1);
    assert_eq!(task.state.clock.breaches[0].due_at, created.plus(HOUR * 4).plus(pause));
}

fn a_suspension_with_an_end_ends_by_itself(on: Edition) {
    let stage = Stage::set_on(on);
    let item = stage.submit("1", "Call back tomorrow.");
    let created = stage.wait_for_any_task(&item).data.created_at;
    stage.done(&item, "ada", Verb::Claim);
    let until = created.plus(HOUR * 24);
    stage.done(&item, "ada", Verb::Suspend { until: Some(until), reason: "Tomorrow".to_owned() });
    stage.clock.set(until);
    let task = stage.wait_for_task(&item, "it goes on", |task| task.state.status == Status::Assigned);
    assert_eq!(task.state.due_at, Some(until.plus(HOUR * 4)));
    let resumed = &stage.told(&item, Subject::TaskResumed)[0];
    assert_eq!(resumed["by"]["kind"], "system");
}
