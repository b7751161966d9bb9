//! A fortnight in an office: nights, a weekend on which the clocks change, a holiday, somebody who is away, and actors that stop at
//! any moment. Who got which task, who was warned, what was breached and who was told, and when, stands in a table that was worked out
//! by hand.

use std::time::Duration;

use tracerail::config::Edition;
use tracerail_actors::system::Role;
use tracerail_schemas::task::{Command, Decision, Verb};
use tracerail_schemas::{CommandId, ContentKey, EventId, TaskId, Timestamp};
use uuid::Uuid;

use crate::pair::{self, on_both_editions};
use crate::stage::{Stage, complete, person};

const CONFIG: &str = r#"
calendars:
  office: { time_zone: Europe/Berlin, week: { mon-fri: "09:00-17:00" }, holidays: [2026-10-30] }
people:
  ada: { calendar: office, manager: eve, away: [{ from: 2026-10-21, to: 2026-10-22, substitute: cy }] }
  bob: { calendar: office, manager: eve }
  cy: {}
groups:
  desk: { members: [ada, bob], leads: [eve] }
  seniors: { members: [eve] }
escalation_policies:
  care:
    calendar: office
    levels:
      - { after: 2h, target: start, targets: { manager: true } }
      - { after: 8h, actions: [notify, raise_priority], targets: { groups: [desk] } }
      - { after: 12h, actions: [notify, reassign], targets: { groups: [seniors] } }
tasks: { escalation_policy: care, at_risk_share: 0.75 }
routing: { rules_file: rules.yaml }
actors: { sla_tick: 10ms, retry_base: 1ms, retry_max: 2ms, stop_within: 0s }
"#;

const RULES: &str =
    "{ version: 1, default: { decision: human, reason: Nobody knows it., groups: [desk] }, rules: [] }";

/// What people do, by the clock on their wall.
const DOINGS: [(&str, &str, Doing); 9] = [
    ("10-19T09:00", "A", Doing::Comes),
    ("10-21T16:00", "B", Doing::Comes),
    ("10-21T16:30", "C", Doing::Comes),
    ("10-22T09:30", "B", Doing::Starts("bob")),
    ("10-22T15:00", "B", Doing::Suspends("bob")),
    ("10-26T10:00", "B", Doing::Resumes("bob")),
    ("10-29T15:00", "D", Doing::Comes),
    ("10-29T16:00", "D", Doing::Starts("bob")),
    ("11-02T14:00", "D", Doing::Completes("bob")),
];

/// What follows: the moment, the item, and what. The clock of a task counts from nine to five.
///
/// A: nobody begins in two hours; three quarters of eight hours are over at three, all of them at five; twelve on Tuesday at one.
/// B: bob's turn; an hour on Wednesday, and six on Thursday until it stands still; the eighth and twelfth on Monday, in winter time.
/// C: ada's turn, but she is away. Its two hours to begin are over on Thursday at half past ten, 6 h at 14:30, 8 h at 16:30, and twelve
/// on Friday at half past twelve.
/// D: two hours on Thursday, none on the holiday, four on Monday: a warning, and it is done before the eighth.
const TABLE: [(&str, &str, &str); 23] = [
    ("10-19T09:00", "A", "assigned ada"),
    ("10-19T11:00", "A", "breached 1"),
    ("10-19T11:00", "A", "escalated 1 eve"),
    ("10-19T15:00", "A", "at risk"),
    ("10-19T17:00", "A", "breached 2"),
    ("10-19T17:00", "A", "escalated 2 desk"),
    ("10-20T13:00", "A", "breached 3"),
    ("10-20T13:00", "A", "escalated 3 seniors"),
    ("10-20T13:00", "A", "assigned eve"),
    ("10-21T16:00", "B", "assigned bob"),
    ("10-22T14:00", "B", "at risk"),
    ("10-26T11:00", "B", "breached 2"),
    ("10-26T11:00", "B", "escalated 2 desk"),
    ("10-26T15:00", "B", "breached 3"),
    ("10-26T15:00", "B", "escalated 3 seniors"),
    ("10-26T15:00", "B", "assigned eve"),
    ("10-21T16:30", "C", "assigned cy"),
    ("10-22T10:30", "C", "breached 1"),
    ("10-22T10:30", "C", "escalated 1 eve"),
    ("10-22T14:30", "C", "at risk"),
    ("10-22T16:30", "C", "breached 2"),
    ("10-22T16:30", "C", "escalated 2 desk"),
    ("10-23T12:30", "C", "breached 3"),
];

/// The rest of the table.
const TABLE_ENDS: [(&str, &str, &str); 4] = [
    ("10-23T12:30", "C", "escalated 3 seniors"),
    ("10-23T12:30", "C", "assigned eve"),
    ("10-29T15:00", "D", "assigned bob"),
    ("11-02T13:00", "D", "at risk"),
];

/// How often is looked before time passes.
const PATIENT_LOOKS: u32 = 100;

#[derive(Clone, Copy, Debug)]
enum Doing {
    Comes,
    Starts(&'static str),
    Suspends(&'static str),
    Resumes(&'static str),
    Completes(&'static str),
}

on_both_editions! {
    what_happens_when_is_what_the_table_says,
}

fn what_happens_when_is_what_the_table_says(on: Edition) {
    let rows = fortnight(on, 7);
    let told: Vec<_> =
        rows.iter().map(|row| (row.at.as_str(), row.item.as_str(), row.what.as_str())).collect();
    let expected: Vec<_> = TABLE.into_iter().chain(TABLE_ENDS).collect();
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told, expected, "{told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

/// Event by event, by their ids.
#[test]
fn whenever_it_dies_the_same_happens() {
    let (one, other) = (fortnight(Edition::Embedded, 1), fortnight(Edition::Embedded, 2));
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other);
    }
    assert_eq!(one.len(), other.len());
}

#[derive(Clone, PartialEq, Debug)]
struct Row {
    at: String,
    item: String,
    what: String,
    id: EventId,
}

/// Lives through it. At moments that follow from the seed the actors stop wherever they are, and others go on.
fn fortnight(on: Edition, seed: u64) -> Vec<Row> {
    let mut stage = Stage::with_rules(&format!("{CONFIG}\n{}", pair::configuration(on)), RULES);
    let mut dice = seed;
    let mut died = 0;
    for at in moments() {
        stage.clock.set(instant(&at));
        for (_, item, doing) in DOINGS.iter().filter(|(when, ..)| *when == at) {
            act(&stage, item, *doing);
        }
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if (dice >> 33).is_multiple_of(9) {
            stage.open_again(&Role::ALL);
            died += 1;
        }
        settled(&stage);
    }
    assert!(died > 5, "{died}");
    let mut rows: Vec<_> = ["A", "B", "C", "D"].iter().flat_map(|item| rows(&stage, item)).collect();
    rows.retain(|row| !row.what.is_empty());
    // What happens at one moment is told in the order of its causes: a breach, the escalation, whom it goes to.
    let rank = |row: &Row| {
        ["at risk", "breached", "escalated"].iter().position(|word| row.what.starts_with(word)).unwrap_or(9)
    };
    rows.sort_by_key(|row| (row.item.clone(), row.at.clone(), rank(row)));
    rows
}

/// Each hour of a working day and what lies between, and now and then at night and on a weekend.
fn moments() -> Vec<String> {
    let days = (19..=31).map(|day| format!("10-{day}")).chain((1..=3).map(|day| format!("11-{day:02}")));
    let hours = (8..=18)
        .map(|hour| format!("{hour:02}:00"))
        .chain(["03:00", "09:30", "10:30", "12:30", "14:30", "16:30"].map(String::from));
    let hours: Vec<_> = hours.collect();
    let mut all: Vec<_> =
        days.flat_map(|day| hours.iter().map(move |hour| format!("{day}T{hour}"))).collect();
    all.sort();
    all
}

fn instant(at: &str) -> Timestamp {
    let local: jiff::civil::DateTime = format!("2026-{at}:00").parse().unwrap();
    let at = local.in_tz("Europe/Berlin").unwrap().timestamp();
    Timestamp::from_micros(at.as_microsecond())
}

fn local(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().in_tz("Europe/Berlin").unwrap();
    at.strftime("%m-%dT%H:%M").to_string()
}

fn key(item: &str) -> ContentKey {
    crate::stage::content(item, "What now?").admit("-", 1_000).unwrap().0
}

fn act(stage: &Stage, item: &str, doing: Doing) {
    let (who, verb) = match doing {
        Doing::Comes => {
            stage.submit(item, "What now?");
            return;
        }
        Doing::Starts(who) => (who, Verb::Start),
        Doing::Suspends(who) => (who, Verb::Suspend { until: None, reason: "Waiting for photos".to_owned() }),
        Doing::Resumes(who) => (who, Verb::Resume),
        Doing::Completes(who) => (who, complete(Decision::Approved)),
    };
    let task_id = TaskId::of_content(&key(item));
    let id = CommandId::from_uuid(Uuid::new_v5(&task_id.uuid(), format!("{verb:?}").as_bytes()));
    let outcome =
        stage.give(Command { id, task_id, by: person(who), expected_version: None, verb, traceparent: None });
    assert!(matches!(outcome, tracerail_schemas::task::CommandOutcome::Done { .. }), "{item}: {outcome:?}");
}

/// Nothing is due, whoever came has a task, and what was breached is escalated. Where that lasts, some seconds pass: those who stopped
/// have leases that must run out.
fn settled(stage: &Stage) {
    let mut looks = 0;
    stage.wait("everything is done", || {
        looks += 1;
        if looks > PATIENT_LOOKS {
            stage.clock.advance(Duration::from_millis(50));
        }
        let overdue = stage.block_on(stage.rail().sla_verify()).map_or(1, |report| report.overdue);
        if overdue > 0 {
            return Err(format!("{overdue} are overdue"));
        }
        for item in ["A", "B", "C", "D"] {
            let came = stage.block_on(stage.rail().content(&key(item))).map_err(|error| error.to_string())?;
            let Some(task) = came.map(|_| stage.task(&key(item))) else { continue };
            let now = task.ok_or_else(|| format!("{item} has no task"))?.state;
            let breached = now.clock.breaches.last().map_or(0, |breach| breach.level);
            if now.escalation_level < breached {
                return Err(format!("{item} is not escalated to {breached}"));
            }
        }
        Ok(())
    });
}

fn rows(stage: &Stage, item: &str) -> Vec<Row> {
    let trail = stage.block_on(stage.rail().trail(&key(item))).unwrap();
    let row = |logged: &tracerail_actors::port::LoggedEvent| {
        let body: serde_json::Value = tracerail_schemas::codec::decode_own(&logged.event.data).unwrap();
        let detail = &body["detail"];
        let what = match logged.event.envelope.subject.as_str() {
            "task.assigned" => format!("assigned {}", detail["assignee"].as_str().unwrap()),
            "sla.at_risk" => "at risk".to_owned(),
            "sla.breached" => format!("breached {}", detail["level"]),
            "task.escalated" => {
                let whom =
                    ["notify_users", "notify_groups"].map(|key| detail[key][0].as_str().unwrap_or_default());
                format!("escalated {} {}", detail["level"], whom.concat())
            }
            _ => String::new(),
        };
        Row {
            at: local(logged.event.envelope.time),
            item: item.to_owned(),
            what,
            id: logged.event.envelope.id,
        }
    };
    trail.iter().map(row).collect()
}
