//! The one function through which a task changes. Everybody uses it: people, `sla`, `escalation`, Temporal.
//!
//! It is called when the life cycle and the permissions have said yes.

mod end;
pub(crate) mod escalate;
pub(crate) mod note;
pub(crate) mod offer;
mod pause;
mod review;
pub(crate) mod work;

use tracerail_schemas::task::{Command, Task, Verb};
use tracerail_schemas::{Code, Principal, Timestamp};

use offer::Ended;

use super::change::Change;
use super::refused::Refused;
use super::standing::Standing;

/// What a step is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The task as it is.
    pub(crate) task: &'a Task,
    /// Who does it.
    pub(crate) by: &'a Principal,
    /// When.
    pub(crate) now: Timestamp,
}

/// The change that a legal and permitted command makes.
pub(super) fn apply(
    task: &Task,
    command: &Command,
    standing: &Standing,
    now: Timestamp,
) -> Result<Change, Refused> {
    let context = Context { task, by: &command.by, now };
    match &command.verb {
        Verb::Create(_) => Err(Refused::new(Code::CommandIllegal, "the task exists already")),
        Verb::Claim => Ok(work::claim(context)),
        Verb::Assign { to } => Ok(work::assign(context, to)),
        Verb::Delegate { to } => Ok(work::delegate(context, to)),
        Verb::Release => Ok(work::release(context)),
        Verb::Accept => Ok(work::accept(context)),
        Verb::Decline { reason } => {
            let ended = Ended { declined: true, reason: reason.as_ref() };
            offer::end(context, standing.next.clone(), ended)
                .ok_or_else(|| Refused::new(Code::CommandInvalid, "nobody is offered the task"))
        }
        Verb::Heartbeat => work::heartbeat(context),
        Verb::Start => Ok(work::start(context)),
        Verb::Complete { decision, result, comments, quality_score, shown } => {
            review::saw(context, shown.as_ref())?;
            let work = review::work(context, *decision, result, comments.as_ref(), *quality_score)?;
            Ok(review::complete(context, work))
        }
        Verb::RequestReview { decision, result, comments, shown } => {
            review::saw(context, shown.as_ref())?;
            let work = review::work(context, *decision, result, comments.as_ref(), None)?;
            Ok(review::request(context, work, false))
        }
        Verb::Approve { comments, quality_score, shown } => {
            review::saw(context, shown.as_ref())?;
            review::approve(context, comments.as_ref(), *quality_score)
        }
        Verb::RequestChanges { comments, shown } => {
            review::saw(context, shown.as_ref())?;
            review::request_changes(context, comments)
        }
        Verb::Escalate { reason } => escalate::by_hand(context, standing, reason),
        Verb::Suspend { until, reason } => pause::suspend(context, *until, reason),
        Verb::Resume => Ok(pause::resume(context)),
        Verb::Cancel { reason } => Ok(end::cancel(context, reason)),
        Verb::Expire => Ok(end::expire(context)),
        Verb::Comment { text } => note::comment(context, text),
        Verb::SetPriority { priority } => Ok(note::set_priority(context, *priority)),
        Verb::SetDue { due_at } => note::set_due(context, *due_at),
        Verb::SetFollowUp { at } => note::set_follow_up(context, *at),
        Verb::RecomputeSla { .. } => note::recompute_sla(context, standing.fresh_clock.as_deref()),
    }
}
