//! Commands that a program publishes on `task.command.<verb>`: they do what the same command does by any other way, and what is
//! refused is told as an event.

use serde_json::{Value, json};
use tracerail::config::Edition;
use tracerail_actors::port::{Clock as _, Consumer, Position, SystemClock};
use tracerail_schemas::codec::decode_own;
use tracerail_schemas::task::{CommandKind, Status};
use tracerail_schemas::{CommandId, ContentKey, EventId, Subject, TaskId};
use uuid::Uuid;

use crate::pair::on_both_editions;
use crate::stage::Stage;

on_both_editions! {
    a_command_on_the_bus_does_what_it_says_once,
    what_is_refused_is_told_as_an_event,
    a_command_waits_for_its_task_and_not_for_ever,
    a_task_that_nobody_could_work_is_not_made,
}

fn give(stage: &Stage, kind: CommandKind, body: &Value) -> EventId {
    let bytes = body.to_string().into_bytes();
    stage.block_on(stage.rail().publish_raw(Subject::TaskCommand(kind), bytes)).unwrap()
}

fn ada() -> Value {
    json!({"kind": "user", "id": "ada"})
}

/// The refusals in the log, oldest first.
fn rejections(stage: &Stage) -> Vec<Value> {
    let subjects = [Subject::TaskCommandRejected];
    let read = stage.block_on(stage.rail().events(&Position::start(), &subjects, 100)).unwrap();
    read.iter().map(|logged| decode_own(&logged.event.data).unwrap()).collect()
}

fn rejected(stage: &Stage, count: usize) -> Value {
    stage.wait("a refusal", || {
        let told = rejections(stage);
        if told.len() == count { Ok(told[count - 1].clone()) } else { Err(format!("{told:?}")) }
    })
}

fn idle(stage: &Stage) {
    stage.wait("every command is answered", || {
        match stage.block_on(stage.rail().lag(Consumer::Command)).unwrap() {
            0 => Ok(()),
            some => Err(format!("{some} are not")),
        }
    });
}

fn item(stage: &Stage) -> ContentKey {
    let item = stage.submit("1", "Is this in order?");
    stage.wait_for_any_task(&item);
    item
}

fn a_command_on_the_bus_does_what_it_says_once(on: Edition) {
    let stage = Stage::set_on(on);
    let item = item(&stage);
    let id = CommandId::from_uuid(Uuid::from_u128(7));
    let claim = json!({"id": id, "task_id": TaskId::of_content(&item), "by": ada(), "verb": "claim"});
    give(&stage, CommandKind::Claim, &claim);
    stage.wait_for_task(&item, "ada has it", |task| task.state.status == Status::Assigned);
    // The same id again is the same command: nothing new happens, and nobody is told of a refusal.
    give(&stage, CommandKind::Claim, &claim);
    idle(&stage);
    // Without an id each is a command of its own.
    let complete = json!({"task_id": TaskId::of_content(&item), "by": ada(), "verb": {"complete": {"decision": "approved"}}});
    give(&stage, CommandKind::Complete, &complete);
    let end = stage.wait_for_end(&item);
    assert_eq!((end.outcome.as_str(), end.decided_by.to_string().as_str()), ("approved", "ada"));
    assert_eq!(rejections(&stage), Vec::<Value>::new());
}

fn what_is_refused_is_told_as_an_event(on: Edition) {
    let stage = Stage::set_on(on);
    let item = item(&stage);
    let task_id = TaskId::of_content(&item);
    let start = give(&stage, CommandKind::Start, &json!({"task_id": task_id, "by": ada(), "verb": "start"}));
    let told = rejected(&stage, 1);
    assert_eq!((&told["refusal"]["code"], &told["command_id"]), (&json!("TR0011"), &json!(start)));
    assert!(told["refusal"]["legal_commands"].as_array().unwrap().contains(&json!("claim")), "{told}");
    // Whoever may publish claims may not complete by way of them.
    let smuggled = json!({"task_id": task_id, "by": ada(), "verb": {"complete": {"decision": "approved"}}});
    give(&stage, CommandKind::Claim, &smuggled);
    assert_eq!(rejected(&stage, 2)["refusal"]["code"], "TR0016");
    // Nobody outside is the system.
    let system = json!({"kind": "system", "id": "sla"});
    give(&stage, CommandKind::Expire, &json!({"task_id": task_id, "by": system, "verb": "expire"}));
    assert_eq!(rejected(&stage, 3)["refusal"]["code"], "TR0012");
    assert_eq!(stage.task(&item).unwrap().version, 1, "nothing was done");
    // What is no command at all is held, and the next command goes on.
    give(&stage, CommandKind::Claim, &json!({"task": "x"}));
    give(&stage, CommandKind::Claim, &json!({"task_id": task_id, "by": ada(), "verb": "claim"}));
    stage.wait_for_task(&item, "ada has it", |task| task.state.status == Status::Assigned);
    let letters = stage.wait("it is held", || {
        let letters = stage.dead_letters();
        if letters.len() == 1 { Ok(letters) } else { Err(format!("{letters:?}")) }
    });
    assert_eq!(letters[0].actor, "command");
}

fn a_command_waits_for_its_task_and_not_for_ever(on: Edition) {
    let stage = Stage::set_on(on);
    // A command without attributes was given when the bus took it, and the clock of a bus is not ours to move.
    stage.clock.set(SystemClock.now());
    let early = ContentKey::new(tracerail_schemas::TenantId::default(), "desk", "1").unwrap();
    let claim = |task_id: TaskId| json!({"task_id": task_id, "by": ada(), "verb": "claim"});
    give(&stage, CommandKind::Claim, &claim(TaskId::of_content(&early)));
    let item = item(&stage);
    assert_eq!(item, early);
    stage.wait_as_it_comes_again("ada has it", || match stage.task(&item) {
        Some(task) if task.state.status == Status::Assigned => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let nowhere = TaskId::from_uuid(Uuid::from_u128(404));
    give(&stage, CommandKind::Claim, &claim(nowhere));
    let given_at = stage.clock.now();
    let told =
        stage.wait_as_time_passes("it is refused", || rejections(&stage).pop().ok_or_else(String::new));
    assert_eq!((&told["refusal"]["code"], &told["task_id"]), (&json!("TR0010"), &json!(nowhere)));
    let waited = stage.clock.now().since(given_at);
    assert!(waited >= std::time::Duration::from_secs(30), "refused after {waited:?}");
}

fn a_task_that_nobody_could_work_is_not_made(on: Edition) {
    let stage = Stage::set_on(on);
    let impossible = [
        // With none needed, a refusal by the only one who looks would be enough to complete it.
        (json!({"approvals": {"needed": 0, "of": 1}}), "0 of 1 approvals"),
        (json!({"approvals": {"needed": 3, "of": 2}}), "3 of 2 approvals"),
        (json!({"approvals": {"needed": 2, "of": 26}}), "2 of 26 approvals"),
        (json!({"review_share": 1.5}), "a review_share of 1.5"),
    ];
    for (n, (terms, why)) in impossible.into_iter().enumerate() {
        let task_id = TaskId::from_uuid(Uuid::from_u128(9 + n as u128));
        let new = json!({"content": "Is this in order?", "terms": terms});
        give(&stage, CommandKind::Create, &json!({"task_id": task_id, "by": ada(), "verb": {"create": new}}));
        let told = rejected(&stage, n + 1);
        assert_eq!(told["refusal"]["code"], "TR0016", "{told}");
        assert!(told["refusal"]["message"].as_str().unwrap().contains(why), "{told}");
        assert_eq!(stage.block_on(stage.rail().task(task_id)).unwrap(), None);
    }
}
