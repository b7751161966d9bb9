//! From what was typed to the command it means.

use std::time::Duration;

use tracerail_schemas::content::Metadata;
use tracerail_schemas::task::{Approvals, NewTask, Terms, Verb};
use tracerail_schemas::{TenantId, Timestamp};

use super::args::{On, Options, Work};
use super::details::{CompleteArgs, CreateArgs, ReviewAction, ReviewArgs};
use crate::cli::failure::Failure;

/// A command without its ids: on which task, how, and what.
#[derive(Debug)]
pub(super) struct Meant {
    /// The task as it was typed; none for one that is to be made.
    pub(super) task: Option<String>,
    pub(super) options: Options,
    pub(super) verb: Verb,
}

/// What was meant. `now` is for spans that are given from now on.
pub(super) fn meant(work: Work, tenant: TenantId, now: Timestamp) -> Result<Meant, Failure> {
    let on = |on: On, verb: Verb| Ok(Meant { task: Some(on.task), options: on.options, verb });
    match work {
        Work::Create(args) => Ok(create(*args, tenant)),
        Work::Claim(task) => on(task, Verb::Claim),
        Work::Accept(task) => on(task, Verb::Accept),
        Work::Decline { on: task, reason } => on(task, Verb::Decline { reason }),
        Work::Heartbeat(task) => on(task, Verb::Heartbeat),
        Work::Release(task) => on(task, Verb::Release),
        Work::Start(task) => on(task, Verb::Start),
        Work::Assign { on: task, person } => on(task, Verb::Assign { to: person }),
        Work::Delegate { on: task, person } => on(task, Verb::Delegate { to: person }),
        Work::Complete(args) => complete(args),
        Work::Review(args) => review(args),
        Work::Escalate { on: task, reason } => on(task, Verb::Escalate { reason }),
        Work::Suspend { on: task, reason, until, r#for } => {
            let until = until.or_else(|| r#for.map(|span: Duration| now.plus(span)));
            on(task, Verb::Suspend { until, reason })
        }
        Work::Resume(task) => on(task, Verb::Resume),
        Work::Cancel { on: task, reason } => on(task, Verb::Cancel { reason }),
        Work::Comment { on: task, text } => on(task, Verb::Comment { text }),
        Work::FollowUp(args) => {
            let at = args.when.at.or_else(|| args.when.r#in.map(|span| now.plus(span)));
            on(args.on, Verb::SetFollowUp { at })
        }
        Work::SetPriority { on: task, priority } => on(task, Verb::SetPriority { priority }),
        Work::SetDue { on: task, due_at } => on(task, Verb::SetDue { due_at }),
    }
}

fn create(args: CreateArgs, tenant: TenantId) -> Meant {
    let terms = Terms {
        sla_hours: args.sla_hours,
        escalation_hours: args.escalation_hours,
        escalation_policy: args.policy,
        excluded_users: args.excluded,
        skills_required: args.skills,
        candidate_groups: args.groups,
        candidate_users: args.candidates,
        review_required: args.review_required,
        approvals: args.approvals.map(|wanted| Approvals { adjudicate: args.adjudicate, ..wanted }),
        offer_hours: args.offer_hours,
        claim_lease_hours: args.claim_lease_hours,
        ..Terms::default()
    };
    let verb = Verb::Create(Box::new(NewTask {
        tenant,
        content: args.content,
        task_type: args.task_type,
        priority: args.priority,
        metadata: Metadata::new(),
        terms,
        suggested_assignee: args.assignee,
    }));
    let options = Options { expect_version: None, command_id: args.command_id };
    Meant { task: None, options, verb }
}

fn complete(args: CompleteArgs) -> Result<Meant, Failure> {
    let result = match args.result {
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| Failure::usage(format!("--result is no JSON object: {error}")))?,
        None => Metadata::new(),
    };
    let verb = Verb::Complete {
        decision: args.decision.into(),
        result,
        comments: args.comment,
        quality_score: args.quality,
        shown: args.shown,
    };
    Ok(Meant { task: Some(args.on.task), options: args.on.options, verb })
}

fn review(args: ReviewArgs) -> Result<Meant, Failure> {
    let verb = match args.action {
        ReviewAction::Request => {
            let decision = args.decision.ok_or_else(|| Failure::usage("request needs --decision"))?.into();
            Verb::RequestReview {
                decision,
                result: Metadata::new(),
                comments: args.comment,
                shown: args.shown,
            }
        }
        ReviewAction::Approve => {
            Verb::Approve { comments: args.comment, quality_score: args.quality, shown: args.shown }
        }
        ReviewAction::RequestChanges => {
            let comments = args.comment.ok_or_else(|| Failure::usage("request-changes needs --comment"))?;
            Verb::RequestChanges { comments, shown: args.shown }
        }
    };
    Ok(Meant { task: Some(args.on.task), options: args.on.options, verb })
}
