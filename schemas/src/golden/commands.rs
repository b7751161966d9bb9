//! A sample of every command, of the answers they get, and of a dead letter.

use super::bodies::{at, command_id, metadata, person, task_id, tenant, user};
use super::tasks::terms;
use crate::Code;
use crate::dead_letter::{DeadLetter, DeadLetterStatus};
use crate::task::{
    Command, CommandAnswer, CommandKind, CommandOutcome, Decision, NewTask, Priority, Refusal, Status, Verb,
};

pub(super) fn command(kind: CommandKind) -> Command {
    Command {
        id: command_id(),
        task_id: task_id(),
        by: user("ann"),
        expected_version: Some(7),
        verb: verb(kind),
        traceparent: None,
    }
}

pub(super) fn answered(outcome: CommandOutcome) -> CommandAnswer {
    CommandAnswer { command_id: command_id(), task_id: task_id(), outcome }
}

pub(super) fn done() -> CommandAnswer {
    answered(CommandOutcome::Done { version: 8, status: Status::Completed })
}

pub(super) fn refused() -> CommandAnswer {
    answered(CommandOutcome::Refused(refusal()))
}

pub(super) fn refusal() -> Refusal {
    Refusal {
        code: Code::CommandForbidden,
        message: "sam may not: only a candidate of the task may claim".into(),
        status: Some(Status::Pending),
        version: Some(7),
        legal_commands: vec![CommandKind::Claim, CommandKind::RequestReview, CommandKind::SetDue],
    }
}

pub(super) fn dead_letter() -> DeadLetter {
    DeadLetter {
        number: 12,
        actor: "llm".into(),
        subject: "content.submitted".into(),
        code: Code::PayloadMalformed,
        cause: "the JSON body does not fit".into(),
        attempts: 1,
        at: at("22T16:20:00"),
        status: DeadLetterStatus::Held,
        event_id: Some("0199e2c4-6d1f-7c3e-9a55-0f6f6f0b2a10".into()),
        data: b"{\"content\": \xff\x00".to_vec(),
    }
}

fn verb(kind: CommandKind) -> Verb {
    let comments = Some("no receipt".to_owned());
    let reason = "too long".to_owned();
    match kind {
        CommandKind::Create => Verb::Create(Box::new(new_task())),
        CommandKind::Claim => Verb::Claim,
        CommandKind::Assign => Verb::Assign { to: person("bob") },
        CommandKind::Delegate => Verb::Delegate { to: person("bob") },
        CommandKind::Release => Verb::Release,
        CommandKind::Accept => Verb::Accept,
        CommandKind::Decline => Verb::Decline { reason: Some(reason) },
        CommandKind::Heartbeat => Verb::Heartbeat,
        CommandKind::Start => Verb::Start,
        CommandKind::Complete => Verb::Complete {
            decision: Decision::Approved,
            result: metadata(),
            comments,
            quality_score: Some(0.9),
            shown: None,
        },
        CommandKind::RequestReview => {
            Verb::RequestReview { decision: Decision::Rejected, result: metadata(), comments, shown: None }
        }
        CommandKind::Approve => Verb::Approve { comments, quality_score: Some(1.0), shown: None },
        CommandKind::RequestChanges => Verb::RequestChanges { comments: "ask once more".into(), shown: None },
        CommandKind::Escalate => Verb::Escalate { reason },
        CommandKind::Suspend => Verb::Suspend { until: Some(at("30T00:00:00")), reason },
        CommandKind::Resume => Verb::Resume,
        CommandKind::Cancel => Verb::Cancel { reason },
        CommandKind::Expire => Verb::Expire,
        CommandKind::Comment => Verb::Comment { text: "called".into() },
        CommandKind::SetPriority => Verb::SetPriority { priority: Priority::Urgent },
        CommandKind::SetDue => Verb::SetDue { due_at: at("25T12:00:00") },
        CommandKind::SetFollowUp => Verb::SetFollowUp { at: Some(at("24T09:00:00")) },
        CommandKind::RecomputeSla => Verb::RecomputeSla { escalation_policy: Some("claims".into()) },
    }
}

fn new_task() -> NewTask {
    NewTask {
        tenant: tenant(),
        content: "Check the invoice.".into(),
        task_type: "invoice".into(),
        priority: Priority::High,
        metadata: metadata(),
        terms: terms(),
        suggested_assignee: Some(person("ann")),
    }
}
