//! The log's dead letters.

use tracerail_schemas::dead_letter::{DeadLetter, DeadLetterStatus};

use super::defect::Defect;
use super::log::{LogState, MemoryLog};
use crate::port::{Consumer, DeadLetterFilter, Giveup, PortError, Receipt};

impl MemoryLog {
    /// A delivery becomes a dead letter.
    pub(super) fn bury(&self, receipt: Receipt, why: Giveup) -> Result<(), PortError> {
        let mut state = self.place.enter(self.id, "give up")?;
        let failures = self.settle(&mut state, receipt, "give up")?;
        let event = state.log.event(receipt.sequence).clone();
        let letter = DeadLetter {
            number: state.log.dead.len() as u64 + 1,
            actor: receipt.consumer.to_string(),
            subject: event.envelope.subject.to_string(),
            code: why.code,
            cause: why.cause,
            attempts: failures + 1,
            at: self.place.now(),
            status: DeadLetterStatus::Held,
            event_id: Some(event.envelope.id.to_string()),
            data: event.data,
        };
        if self.place.is(Defect::HandsOutDead) {
            state.log.progress.entry(receipt.consumer).or_default().add(receipt.sequence);
        }
        let known = state.log.dead.iter().any(|(sequence, _)| *sequence == receipt.sequence);
        if !(known && self.place.is(Defect::BuriesOnce)) {
            state.log.dead.push((receipt.sequence, letter));
        }
        Ok(())
    }

    /// The dead letters that fit.
    pub(super) fn list_dead(&self, filter: DeadLetterFilter) -> Result<Vec<DeadLetter>, PortError> {
        let state = self.place.enter(self.id, "list dead letters")?;
        let fits = |letter: &&DeadLetter| {
            if self.place.is(Defect::IgnoresFilters) {
                return true;
            }
            letter.number > filter.after
                && filter.consumer.is_none_or(|consumer| consumer.as_str() == letter.actor)
                && filter.status.is_none_or(|status| status == letter.status)
        };
        Ok(state.log.dead.iter().map(|(_, letter)| letter).filter(fits).take(filter.limit).cloned().collect())
    }

    /// A dead letter goes to its actor again.
    pub(super) fn revive(&self, number: u64) -> Result<bool, PortError> {
        let mut state = self.place.enter(self.id, "replay")?;
        let again = self.place.is(Defect::ReplaysTwice);
        let Some((sequence, letter)) = state.log.dead.iter_mut().find(|(_, letter)| letter.number == number)
        else {
            return Ok(false);
        };
        if letter.status == DeadLetterStatus::Replayed && !again {
            return Ok(false);
        }
        letter.status = DeadLetterStatus::Replayed;
        let (sequence, actor) = (*sequence, Consumer::from_name(&letter.actor));
        state.log.progress.entry(actor.expect("it was a consumer's delivery")).or_default().add(sequence);
        self.place.changed.notify_waiters();
        Ok(true)
    }
}

impl LogState {
    /// Whether the event of this number is a dead letter that may be replayed.
    pub(super) fn is_held(&self, number: u64) -> bool {
        let held = |letter: &DeadLetter| letter.status == DeadLetterStatus::Held;
        self.dead.iter().any(|(sequence, letter)| *sequence == number && held(letter))
    }

    /// How many dead letters wait for a person.
    pub(super) fn held(&self) -> u64 {
        self.dead.iter().filter(|(_, letter)| letter.status == DeadLetterStatus::Held).count() as u64
    }
}
