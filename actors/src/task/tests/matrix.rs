//! Every command, wherever a task can stand, by everybody who could give it.

use tracerail_schemas::principal::PrincipalKind;
use tracerail_schemas::task::lifecycle::{Next, legal, next};
use tracerail_schemas::task::{CommandKind, Decision, NewTask, Status, Task, Terms, Verb};
use tracerail_schemas::{Code, Principal, TenantId};

use super::build::{
    approve, at, cancel, command, comment, complete, directory, escalate, give, person, request_changes,
    request_review, set_priority, suspend, system, task_at, task_for_two, user,
};
use super::fold::assert_next;
use crate::task::decide::decide;
use crate::task::standing::standing;

/// Who gives the commands: a letter for each. From assigned on, ann has the task; under review it is her work.
const GIVERS: [(char, &str); 5] =
    [('a', "ann, the assignee"), ('c', "bob, a candidate"), ('s', "sam"), ('l', "lea"), ('y', "TraceRail")];

/// Who may: the letters of those for whom it takes effect; the others are forbidden it. `-`: not legal there.
/// `!`: legal, but those who may are told that it makes no sense there.
///
/// Columns: pending, assigned, in progress, waiting review, escalated, suspended; nothing is legal on a closed task.
#[rustfmt::skip]
const TABLE: [(CommandKind, [&str; 6]); 23] = [
    (CommandKind::Create,         ["-",    "-",    "-",    "-",    "-",    "-"]),
    (CommandKind::Claim,          ["acl",  "-",    "-",    "-",    "acl",  "-"]),
    (CommandKind::Assign,         ["ly",   "ly",   "ly",   "-",    "ly",   "-"]),
    (CommandKind::Delegate,       ["l",    "al",   "al",   "-",    "al",   "-"]),
    (CommandKind::Release,        ["-",    "al",   "al",   "-",    "-",    "-"]),
    // Nobody is offered this task, and nobody has claimed it for a time: `offers` has those that are.
    (CommandKind::Accept,         ["",     "-",    "-",    "-",    "-",    "-"]),
    (CommandKind::Decline,        ["",     "-",    "-",    "-",    "-",    "-"]),
    (CommandKind::Heartbeat,      ["-",    "!a",   "!a",   "-",    "!a",   "-"]),
    (CommandKind::Start,          ["-",    "a",    "-",    "-",    "a",    "-"]),
    (CommandKind::Complete,       ["-",    "a",    "a",    "-",    "a",    "-"]),
    (CommandKind::RequestReview,  ["-",    "a",    "a",    "-",    "-",    "-"]),
    (CommandKind::Approve,        ["-",    "-",    "-",    "cl",   "-",    "-"]),
    (CommandKind::RequestChanges, ["-",    "-",    "-",    "cl",   "-",    "-"]),
    (CommandKind::Escalate,       ["acly", "acly", "acly", "acly", "acly", "-"]),
    (CommandKind::Suspend,        ["ly",   "aly",  "aly",  "-",    "aly",  "-"]),
    (CommandKind::Resume,         ["-",    "-",    "-",    "-",    "-",    "aly"]),
    (CommandKind::Cancel,         ["ly",   "ly",   "ly",   "ly",   "ly",   "ly"]),
    (CommandKind::Expire,         ["y",    "y",    "y",    "y",    "y",    "y"]),
    (CommandKind::Comment,        ["acly", "acly", "acly", "acly", "acly", "acly"]),
    (CommandKind::SetPriority,    ["ly",   "ly",   "ly",   "ly",   "ly",   "ly"]),
    (CommandKind::SetDue,         ["ly",   "ly",   "ly",   "ly",   "ly",   "!ly"]),
    (CommandKind::SetFollowUp,    ["l",    "al",   "al",   "al",   "al",   "al"]),
    (CommandKind::RecomputeSla,   ["ly",   "ly",   "ly",   "ly",   "ly",   "ly"]),
];

fn giver(letter: char) -> Principal {
    match letter {
        'a' => user("ann"),
        'c' => user("bob"),
        's' => user("sam"),
        'l' => user("lea"),
        _ => system(),
    }
}

fn verb(kind: CommandKind) -> Verb {
    let to = person("cat");
    match kind {
        CommandKind::Create => Verb::Create(Box::new(new_task())),
        CommandKind::Claim => Verb::Claim,
        CommandKind::Assign => Verb::Assign { to },
        CommandKind::Delegate => Verb::Delegate { to },
        CommandKind::Release => Verb::Release,
        CommandKind::Accept => Verb::Accept,
        CommandKind::Decline => Verb::Decline { reason: None },
        CommandKind::Heartbeat => Verb::Heartbeat,
        CommandKind::Start => Verb::Start,
        CommandKind::Complete => complete(Decision::Approved),
        CommandKind::RequestReview => request_review(),
        CommandKind::Approve => approve(),
        CommandKind::RequestChanges => request_changes(),
        CommandKind::Escalate => escalate(),
        CommandKind::Suspend => suspend(None),
        CommandKind::Resume => Verb::Resume,
        CommandKind::Cancel => cancel(),
        CommandKind::Expire => Verb::Expire,
        CommandKind::Comment => comment(),
        CommandKind::SetPriority => set_priority(),
        CommandKind::SetDue => Verb::SetDue { due_at: at(100) },
        CommandKind::SetFollowUp => Verb::SetFollowUp { at: Some(at(100)) },
        CommandKind::RecomputeSla => Verb::RecomputeSla { escalation_policy: None },
    }
}

fn new_task() -> NewTask {
    NewTask {
        tenant: TenantId::default(),
        content: "Look.".into(),
        task_type: "check".into(),
        priority: tracerail_schemas::task::Priority::Normal,
        metadata: tracerail_schemas::content::Metadata::new(),
        terms: Terms::default(),
        suggested_assignee: None,
    }
}

#[test]
fn each_cell_of_the_table() {
    assert_eq!(TABLE.map(|(kind, _)| kind), CommandKind::ALL);
    for (kind, row) in TABLE {
        let cells = row.into_iter().chain(["-", "-"]);
        for (status, cell) in Status::ALL.into_iter().zip(cells) {
            let task = task_at(status);
            assert_eq!(task.state.status, status);
            for (letter, who) in GIVERS {
                check(&task, kind, cell, letter, who);
            }
        }
    }
}

fn check(task: &Task, kind: CommandKind, cell: &str, letter: char, who: &str) {
    let status = task.state.status;
    let place = format!("{kind} of a task that is {status}, by {who}");
    let expected = match cell {
        "-" => Err(Code::CommandIllegal),
        _ if !cell.contains(letter) => Err(Code::CommandForbidden),
        _ if cell.starts_with('!') => Err(Code::CommandInvalid),
        _ => Ok(()),
    };
    match give(task, &giver(letter), verb(kind), at(2)) {
        Ok(change) => {
            assert_eq!(expected, Ok(()), "{place} took effect");
            assert_next(task, &change);
            assert_eq!(change.task.state.status, lands_at(status, kind), "{place}");
            assert_eq!(change.ending.is_some(), !change.task.is_open(), "{place}");
        }
        Err(refusal) => {
            assert_eq!(Err(refusal.code), expected, "{place}: {refusal}");
            assert_eq!((refusal.status, refusal.version), (Some(status), Some(task.version)), "{place}");
            assert_eq!(refusal.legal_commands, legal(Some(status)), "{place}");
        }
    }
}

fn lands_at(from: Status, kind: CommandKind) -> Status {
    match next(Some(from), kind).unwrap() {
        Next::To(status) | Next::Agreed(status) => status,
        Next::CompletedOrReview => Status::Completed,
        Next::BeforeSuspension => Status::InProgress,
        Next::Same => from,
    }
}

#[test]
fn a_group_lead_of_others_is_a_stranger_and_a_lead_of_all_is_none() {
    let task = task_at(Status::Pending);
    assert_eq!(give(&task, &user("lou"), cancel(), at(2)).unwrap_err().code, Code::CommandForbidden);
    assert!(give(&task, &user("max"), cancel(), at(2)).is_ok());
}

#[test]
fn whoever_created_a_task_may_comment_and_cancel_it_and_no_more() {
    let mut task = task_at(Status::Pending);
    task.data.created_by = user("sam");
    assert!(give(&task, &user("sam"), comment(), at(2)).is_ok());
    assert!(give(&task, &user("sam"), cancel(), at(2)).is_ok());
    for verb in [Verb::Claim, escalate(), suspend(None), set_priority()] {
        assert_eq!(give(&task, &user("sam"), verb, at(2)).unwrap_err().code, Code::CommandForbidden);
    }
}

#[test]
fn a_program_may_raise_what_it_created_and_nothing_else() {
    let program = Principal { kind: PrincipalKind::Agent, id: person("temporal") };
    let mut task = task_at(Status::Pending);
    assert_eq!(give(&task, &program, escalate(), at(2)).unwrap_err().code, Code::CommandForbidden);
    task.data.created_by = program.clone();
    assert!(give(&task, &program, escalate(), at(2)).is_ok());
    assert_eq!(give(&task, &program, Verb::Claim, at(2)).unwrap_err().code, Code::CommandForbidden);
}

#[test]
fn a_part_of_tracerail_named_like_the_assignee_is_not_the_assignee() {
    let task = task_at(Status::Assigned);
    let namesake = Principal { kind: tracerail_schemas::principal::PrincipalKind::System, id: person("ann") };
    assert_eq!(give(&task, &namesake, Verb::Start, at(2)).unwrap_err().code, Code::CommandForbidden);
}

#[test]
fn nobody_reviews_their_own_work_not_even_a_lead_or_the_only_user() {
    let task = super::build::done(&task_for_two(), &user("lea"), Verb::Claim, at(1));
    let waiting = super::build::done(&task, &user("lea"), complete(Decision::Approved), at(2));
    assert_eq!(waiting.state.status, Status::WaitingReview);
    for open in [false, true] {
        let directory = if open { crate::port::StaticDirectory::default() } else { directory() };
        for verb in [approve(), request_changes()] {
            let refused = super::build::give_in(&directory, &waiting, &user("lea"), verb, at(3)).unwrap_err();
            assert_eq!(refused.code, Code::CommandForbidden);
        }
        assert!(super::build::give_in(&directory, &waiting, &user("ann"), approve(), at(3)).is_ok());
    }
}

#[test]
fn a_task_is_given_to_candidates_only() {
    let task = task_at(Status::Assigned);
    for (to, code) in
        [("nobody", Some(Code::PersonUnsuitable)), ("sam", Some(Code::PersonUnsuitable)), ("lea", None)]
    {
        for (by, verb) in
            [("lea", Verb::Assign { to: person(to) }), ("ann", Verb::Delegate { to: person(to) })]
        {
            assert_eq!(give(&task, &user(by), verb, at(2)).err().map(|refusal| refusal.code), code, "{to}");
        }
    }
}

#[test]
fn another_version_than_expected_is_a_conflict_before_anything_else() {
    let task = task_at(Status::Completed);
    let by = user("sam");
    let standing = standing(&directory(), &task, &by, &Verb::Claim, at(1));
    for (expected, code) in [
        (task.version - 1, Code::VersionConflict),
        (task.version + 1, Code::VersionConflict),
        (task.version, Code::CommandIllegal),
    ] {
        let mut command = command(&task, &by, Verb::Claim);
        command.expected_version = Some(expected);
        assert_eq!(decide(&task, &command, &standing, at(2)).unwrap_err().code, code, "{expected}");
    }
}
