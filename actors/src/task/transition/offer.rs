//! Offering a task to one person after the other.

use tracerail_schemas::event::{OfferEnded, Offered};
use tracerail_schemas::task::Offer;
use tracerail_schemas::{Event, Timestamp};

use super::Context;
use crate::task::assign::Chosen;
use crate::task::change::{Change, Step, told};

/// The offer of a task to the one who was chosen.
pub(crate) fn offer(chosen: Chosen, offered_at: Timestamp, until: Timestamp) -> Offer {
    Offer { to: chosen.person, offered_at, until, reason: chosen.reason, metadata: chosen.record }
}

/// How an offer ended that was not taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended<'a> {
    /// Whether somebody said so; otherwise the time ran out.
    pub(crate) declined: bool,
    /// Why, if they said so.
    pub(crate) reason: Option<&'a String>,
}

/// The end of an offer: the next one is made, or the task is open to all its candidates. Nothing, where nobody is offered it.
pub(crate) fn end(context: Context<'_>, next: Option<Chosen>, how: Ended<'_>) -> Option<Change> {
    let mut step = Step::from(context.task, context.by, context.now);
    let ended = step.state.offer.take()?;
    step.state.declined.push(ended.to.clone());
    let until = context.task.data.terms.offer_hours.map(|hours| context.now.plus(hours.duration()));
    step.state.offer = next.zip(until).map(|(chosen, until)| offer(chosen, context.now, until));
    let next = step.state.offer.clone();
    let detail = OfferEnded {
        to: ended.to,
        declined: how.declined,
        reason: how.reason.cloned(),
        next: next.as_ref().map(|offer| offer.to.clone()),
    };
    let change = step.done(detail, Event::TaskOfferEnded);
    Some(match next {
        Some(offer) => {
            let event = told(&change.task, context.by, context.now, Offered { offer });
            change.and(Event::TaskOffered(Box::new(event)))
        }
        None => change,
    })
}
