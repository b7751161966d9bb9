//! What a simulated reviewer does next with a task, and how long they think first. Pure, but for the dice.

use std::time::Duration;

use fastrand::Rng;
use tracerail_actors::port::TaskSummary;
use tracerail_schemas::content::Metadata;
use tracerail_schemas::task::{Decision, Status, Verb};
use tracerail_schemas::{TaskId, Timestamp};

/// What is special about a task, decided by its id: so that each reviewer sees the same in it, and each run too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mood(u8);

impl Mood {
    pub(super) fn of(task: TaskId) -> Self {
        Self(task.uuid().as_bytes().first().copied().unwrap_or_default())
    }

    /// Nobody finds the time: its deadlines pass, it escalates, and it is still open in the end.
    pub(super) fn is_left_alone(self) -> bool {
        self.0 < 10
    }

    /// It looks tedious, and is put off to another day.
    pub(super) fn is_put_off(self) -> bool {
        (220..=255).contains(&self.0)
    }

    fn needs_an_answer(self) -> bool {
        (10..20).contains(&self.0)
    }

    fn deserves_a_second_look(self) -> bool {
        (20..34).contains(&self.0)
    }

    fn is_rejected(self) -> bool {
        self.0.is_multiple_of(4)
    }
}

/// The next thing to do, after thinking this long.
pub(super) fn next_move(
    task: &TaskSummary,
    mine: bool,
    now: Timestamp,
    rng: &mut Rng,
) -> Option<(Duration, Verb)> {
    let minutes = |rng: &mut Rng, range: std::ops::Range<u64>| Duration::from_mins(rng.u64(range));
    match (task.status, mine) {
        (Status::Pending, _) | (Status::Escalated, false) => Some((minutes(rng, 2..15), Verb::Claim)),
        (Status::Assigned, true) => Some((minutes(rng, 1..6), before_work(task, rng))),
        (Status::InProgress | Status::Escalated, true) => {
            Some((minutes(rng, 5..35), at_work(task, now, rng)))
        }
        (Status::WaitingReview, false) => Some((minutes(rng, 3..20), second_look(rng))),
        (Status::Suspended, true) => (rng.u8(..3) == 0).then(|| (minutes(rng, 30..90), Verb::Resume)),
        (Status::Assigned | Status::InProgress | Status::Suspended, false)
        | (Status::WaitingReview, true)
        | (Status::Completed | Status::Cancelled, _) => None,
    }
}

fn before_work(task: &TaskSummary, rng: &mut Rng) -> Verb {
    match rng.u8(..40) {
        0 => Verb::Release,
        1 => Verb::Comment { text: "Looked at it; needs somebody who knows the product.".to_owned() },
        _ if Mood::of(task.id).needs_an_answer() && task.version < 4 => {
            Verb::Comment { text: "Asked the customer for a photo.".to_owned() }
        }
        _ => Verb::Start,
    }
}

fn at_work(task: &TaskSummary, now: Timestamp, rng: &mut Rng) -> Verb {
    let mood = Mood::of(task.id);
    let decision = if mood.is_rejected() { Decision::Rejected } else { Decision::Approved };
    let comments = Some(match decision {
        Decision::Approved => "Checked; it is in order.".to_owned(),
        Decision::Rejected => "Checked; it breaks our rules.".to_owned(),
    });
    // The version tells how much has happened to it already: nobody waits for the same answer twice.
    if mood.needs_an_answer() && task.version < 6 && task.status == Status::InProgress {
        let until = Some(now.plus(Duration::from_hours(rng.u64(3..12))));
        return Verb::Suspend { until, reason: "Waiting for the customer's answer.".to_owned() };
    }
    if mood.deserves_a_second_look() && task.status == Status::InProgress {
        return Verb::RequestReview { decision, result: Metadata::new(), comments, shown: None };
    }
    if rng.u8(..50) == 0 && task.escalation_level == 0 {
        return Verb::Escalate { reason: "This needs somebody with more authority.".to_owned() };
    }
    Verb::Complete { decision, result: Metadata::new(), comments, quality_score: None, shown: None }
}

fn second_look(rng: &mut Rng) -> Verb {
    if rng.u8(..5) == 0 {
        Verb::RequestChanges { comments: "The reason is missing.".to_owned(), shown: None }
    } else {
        Verb::Approve { comments: Some("Agreed.".to_owned()), quality_score: Some(0.9), shown: None }
    }
}
