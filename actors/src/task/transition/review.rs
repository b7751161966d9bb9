//! Deciding, and the second person who looks.

use tracerail_schemas::content::{Metadata, Outcome};
use tracerail_schemas::event::{ChangesRequested, Completed, ReviewRequested, Reviewed};
use tracerail_schemas::task::{Completion, Decision, Review, SlaState, Status, Target, Task};
use tracerail_schemas::{Code, Event};

use super::Context;
use crate::task::change::{Change, Ending, Step};
use crate::task::refused::Refused;

/// What the views of the work come to.
enum Verdict {
    /// It stands.
    Stands,
    /// It goes back.
    GoesBack,
    /// More have to look; a lead, when those who have looked disagree.
    Open { adjudicating: bool },
}

/// Who decides on something else than what the task shows has decided nothing.
pub(super) fn saw(context: Context<'_>, shown: Option<&[u8; 32]>) -> Result<(), Refused> {
    match shown {
        Some(shown) if *shown != context.task.shown() => {
            let message = "what was decided on is not what the task shows now: look at it again";
            Err(Refused::new(Code::DecisionVoid, message))
        }
        Some(_) | None => Ok(()),
    }
}

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
        shown: Some(context.task.shown()),
    })
}

pub(super) fn complete(context: Context<'_>, work: Completion) -> Change {
    if context.task.data.terms.needs_review(context.task.id) {
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
    step.state.reviews.clear();
    step.state.adjudicating = false;
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
    let mut work = handed_in(context)?;
    work.quality_score = quality_score.or(work.quality_score);
    Ok(weigh(context, work, review(context, true, comments)))
}

pub(super) fn request_changes(context: Context<'_>, comments: &String) -> Result<Change, Refused> {
    Ok(weigh(context, handed_in(context)?, review(context, false, Some(comments))))
}

/// The work that waits for review.
fn handed_in(context: Context<'_>) -> Result<Completion, Refused> {
    let nothing = || Refused::new(Code::Internal, "the task waits for review without any work to review");
    context.task.state.completion.clone().ok_or_else(nothing)
}

/// One view more: it decides, or more people have to look.
fn weigh(context: Context<'_>, work: Completion, view: Review) -> Change {
    match verdict(context.task, &view) {
        Verdict::Stands => finish(context, work, Some(view)),
        Verdict::GoesBack => go_back(context, view),
        Verdict::Open { adjudicating } => {
            let mut step = Step::from(context.task, context.by, context.now);
            note(&mut step, &view);
            step.state.completion = Some(work);
            step.state.adjudicating = adjudicating;
            let approvals = step.state.reviews.iter().filter(|review| review.approved).count();
            let detail = Reviewed {
                review: view,
                approvals: u32::try_from(approvals).unwrap_or(u32::MAX),
                needed: context.task.data.terms.approvals().needed,
                adjudicating,
            };
            step.done(detail, Event::TaskReviewed)
        }
    }
}

fn verdict(task: &Task, view: &Review) -> Verdict {
    let terms = task.data.terms.approvals();
    let views = || task.state.reviews.iter().chain([view]);
    let approvals = views().filter(|view| view.approved).count();
    let others = views().count() - approvals;
    let (needed, of) = (widen(terms.needed), widen(terms.of));
    if task.state.adjudicating {
        return if view.approved { Verdict::Stands } else { Verdict::GoesBack };
    }
    if terms.adjudicate && approvals > 0 && others > 0 {
        Verdict::Open { adjudicating: true }
    } else if approvals >= needed {
        Verdict::Stands
    } else if others > of.saturating_sub(needed) {
        Verdict::GoesBack
    } else {
        Verdict::Open { adjudicating: false }
    }
}

/// A view is kept beside the others where more than one counts.
fn note(step: &mut Step<'_>, view: &Review) {
    if step.counts_views() {
        step.state.reviews.push(view.clone());
    }
}

fn widen(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn go_back(context: Context<'_>, review: Review) -> Change {
    let mut step = Step::from(context.task, context.by, context.now);
    note(&mut step, &review);
    step.state.adjudicating = false;
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
    if let Some(view) = &review {
        note(&mut step, view);
    }
    step.state.completion = Some(work);
    step.state.adjudicating = false;
    step.state.review = review.or(step.state.review);
    step.close(Status::Completed);
    let sla_met = step.state.clock.state(false) == SlaState::Met;
    step.done(Completed { outcome, sla_met, reviewed_by }, Event::TaskCompleted).ending(ending)
}

fn review(context: Context<'_>, approved: bool, comments: Option<&String>) -> Review {
    Review {
        reviewer: context.by.clone(),
        at: context.now,
        approved,
        comments: comments.cloned(),
        shown: Some(context.task.shown()),
    }
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
