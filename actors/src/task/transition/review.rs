//! Deciding, and the second person who looks.

use tracerail_schemas::content::{Metadata, Outcome};
use tracerail_schemas::event::{ChangesRequested, Completed, ReviewRequested};
use tracerail_schemas::task::{Completion, Decision, Review, SlaState, Status, Target};
use tracerail_schemas::{Code, Event};

use super::Context;
use crate::task::change::{Change, Ending, Step};
use crate::task::refused::Refused;

/// The work as it is handed in.
pub(super) fn work(
    context: Context<'_>,
    decision: Decision,
    result: &Metadata,
    comments: Option<&String>,
    quality_score: Option<f64>,
) -> Result<Completion, Refused> {
    check_quality(quality_score)?;
    Ok(Completion {
        decision,
        result_data: result.clone(),
        completed_by: context.by.clone(),
        completed_at: context.now,
        review_comments: comments.cloned(),
        quality_score,
    })
}

pub(super) fn complete(context: Context<'_>, work: Completion) -> Change {
    if context.task.data.terms.review_required {
        request(context, work, true)
    } else {
        finish(context, work, None)
    }
}

pub(super) fn request(context: Context<'_>, work: Completion, required: bool) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    let worker = work.completed_by.clone();
    step.state.completion = Some(work);
    step.state.review = None;
    step.go(Status::WaitingReview);
    step.state.clock.meet(Target::Start, context.now);
    step.state.clock.begin_review(context.now);
    step.done(ReviewRequested { worker, required }, Event::TaskReviewRequested)
}

pub(super) fn approve(
    context: Context<'_>,
    comments: Option<&String>,
    quality_score: Option<f64>,
) -> Result<Change, Refused> {
    check_quality(quality_score)?;
    let Some(mut work) = context.task.state.completion.clone() else {
        return Err(Refused::new(Code::Internal, "the task waits for review without any work to review"));
    };
    work.quality_score = quality_score.or(work.quality_score);
    Ok(finish(context, work, Some(review(context, true, comments))))
}

pub(super) fn request_changes(context: Context<'_>, comments: &String) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    let review = review(context, false, Some(comments));
    step.state.review = Some(review.clone());
    step.state.completion = None;
    step.go(Status::InProgress);
    step.state.clock.meet(Target::Review, context.now);
    step.done(ChangesRequested { review }, Event::TaskChangesRequested)
}

fn finish(context: Context<'_>, work: Completion, review: Option<Review>) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    let outcome = match work.decision {
        Decision::Approved => Outcome::Approved,
        Decision::Rejected => Outcome::Rejected,
    };
    let ending = Ending {
        outcome,
        decided_by: work.completed_by.clone(),
        reason: work.review_comments.clone().unwrap_or_else(|| format!("{outcome} by {}", work.completed_by)),
    };
    let reviewed_by = review.as_ref().map(|review| review.reviewer.clone());
    step.state.completion = Some(work);
    step.state.review = review.or(step.state.review);
    step.close(Status::Completed);
    let sla_met = step.state.clock.state(false) == SlaState::Met;
    step.done(Completed { outcome, sla_met, reviewed_by }, Event::TaskCompleted).ending(ending)
}

fn review(context: Context<'_>, approved: bool, comments: Option<&String>) -> Review {
    Review { reviewer: context.by.clone(), at: context.now, approved, comments: comments.cloned() }
}

fn check_quality(score: Option<f64>) -> Result<(), Refused> {
    match score {
        Some(score) if !(0.0..=1.0).contains(&score) => Err(Refused::new(
            Code::CommandInvalid,
            format!("a quality score is between 0 and 1, not {score}"),
        )),
        Some(_) | None => Ok(()),
    }
}
