//! Random histories of one task: whatever is asked of it, its books balance.

use std::time::Duration;

use proptest::prelude::*;
use tracerail_schemas::task::{Decision, Priority, Status, Task, Verb, lifecycle};
use tracerail_schemas::{Principal, Timestamp};

use super::build::{
    approve, at, cancel, comment, complete, escalate, give, hours, offered, person, policy, request_changes,
    request_review, route, suspend, system, user,
};
use super::fold::assert_next;
use crate::policy::TaskPolicy;
use crate::task::change::Change;

const MINUTE: Duration = Duration::from_mins(1);

/// One thing that happens: after so many minutes somebody asks for something.
#[derive(Clone, Debug)]
struct Move {
    after_minutes: u32,
    by: u8,
    what: u8,
    ahead_minutes: u32,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    // Endings are rare, so that histories get long.
    let what = prop_oneof![30 => 0_u8..20, 1 => 20_u8..24];
    let one = (0_u32..600, 0_u8..6, what, 0_u32..900)
        .prop_map(|(after_minutes, by, what, ahead_minutes)| Move { after_minutes, by, what, ahead_minutes });
    proptest::collection::vec(one, 1..80)
}

fn giver(by: u8) -> Principal {
    match by {
        0 => system(),
        1 => user("sam"),
        2 => user("ann"),
        3 => user("bob"),
        4 => user("cat"),
        _ => user("lea"),
    }
}

/// What is asked; `None` is a sweep.
fn verb(what: u8, ahead: Timestamp) -> Option<Verb> {
    Some(match what {
        0 | 1 => return None,
        2 => Verb::Claim,
        3 => Verb::Assign { to: person("ann") },
        4 => Verb::Delegate { to: person("bob") },
        5 => Verb::Release,
        6 => Verb::Start,
        7 => request_review(),
        8 => request_changes(),
        9 => escalate(),
        10 => suspend(Some(ahead)),
        11 => suspend(None),
        12 => Verb::Resume,
        13 => Verb::SetDue { due_at: ahead },
        14 => comment(),
        15 => Verb::Accept,
        16 => Verb::Decline { reason: None },
        17 => Verb::Heartbeat,
        18 => Verb::SetFollowUp { at: Some(ahead) },
        19 => Verb::RecomputeSla { escalation_policy: None },
        20 => complete(Decision::Rejected),
        21 => approve(),
        22 => cancel(),
        _ => Verb::Expire,
    })
}

fn step(task: &Task, by: &Principal, verb: Option<Verb>, now: Timestamp) -> Option<Change> {
    let Some(verb) = verb else { return crate::sla::tests::swept(task, now) };
    give(task, by, verb, now).ok()
}

/// What a bystander writes down of a history, to compare the task's own books with.
struct Bystander {
    ran: Duration,
    seen_at: Timestamp,
}

impl Bystander {
    /// Time passes until the task has become this.
    fn watch(&mut self, before: &Task, after: &Task, now: Timestamp) {
        let (was, is) = (before.state.status, after.state.status);
        let ran = if was == Status::Suspended {
            // What was to end by itself has ended then, however late it is noticed.
            let goes_on = before.state.suspended_until.filter(|_| is != Status::Suspended && is.is_open());
            goes_on.map_or(Duration::ZERO, |until| now.since(until))
        } else if was.is_open() {
            now.since(self.seen_at)
        } else {
            Duration::ZERO
        };
        self.ran += ran;
        self.seen_at = now;
    }
}

fn assert_status_follows(before: &Task, after: &Task, verb: Option<&Verb>) {
    let (from, to) = (before.state.status, after.state.status);
    let Some(verb) = verb else {
        let swept = if from == Status::Suspended { before.state.suspended_from } else { Some(from) };
        let claim_ended = before.state.assignment.is_some() && after.state.assignment.is_none();
        let ended = claim_ended && before.state.lease_ends_at().is_some();
        return assert!(swept == Some(to) || (ended && to == Status::Pending), "{from} was swept to {to}");
    };
    let expected = match lifecycle::next(Some(from), verb.kind()) {
        Some(lifecycle::Next::To(status) | lifecycle::Next::Agreed(status)) => status,
        Some(lifecycle::Next::CompletedOrReview) if before.data.terms.review_required => {
            Status::WaitingReview
        }
        Some(lifecycle::Next::CompletedOrReview) => Status::Completed,
        Some(lifecycle::Next::BeforeSuspension) => before.state.suspended_from.unwrap(),
        Some(lifecycle::Next::Same) => from,
        None => panic!("{verb:?} is not legal while {from}"),
    };
    assert_eq!(to, expected, "{verb:?} while {from}");
}

fn assert_in_order(task: &Task, ran: Duration, now: Timestamp) {
    let state = &task.state;
    let (open, suspended) = (task.is_open(), state.status == Status::Suspended);
    assert_eq!(state.closed_at.is_some(), !open);
    assert_eq!(state.suspended_from.is_some(), suspended);
    assert_eq!(state.clock.running_since.is_some(), open && !suspended);
    assert_eq!(
        state.previous_status.is_some(),
        state.status == Status::Escalated || (state.suspended_from == Some(Status::Escalated))
    );
    // A clock that was wound up anew may not have every level that was reached before.
    assert!(state.clock.fired <= state.clock.breaches.len());
    assert!(state.priority >= Priority::Normal);
    let standing_still = suspended && state.suspended_until.is_none();
    let exhausted = !suspended && state.clock.next().is_none();
    let ends = [state.offer_ends_at(), state.lease_ends_at(), state.follow_up_at];
    let nothing_ends = ends.iter().all(Option::is_none);
    assert_eq!(task.wake_at().is_none(), !open || standing_still || (exhausted && nothing_ends));
    assert!(state.offer.is_none() || state.status == Status::Pending, "{} and offered", state.status);
    let offered_again = state.offer.as_ref().is_some_and(|offer| state.declined.contains(&offer.to));
    assert!(!offered_again, "nobody is asked twice");
    assert_eq!(state.escalations.len(), state.escalation_level as usize);
    let needs_hands = matches!(state.status, Status::Assigned | Status::InProgress | Status::WaitingReview);
    assert!(!needs_hands || state.assignment.is_some(), "{} without anybody", state.status);
    assert_eq!(state.clock.elapsed(now), ran, "the ledger: consumed and running");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_books_balance(
        moves in moves(), for_two in any::<bool>(), expires in any::<bool>(), for_a_time in any::<bool>(),
    ) {
        let mut route = route(tracerail_schemas::routing::RoutingDecision::Human);
        route.engine.review_required = for_two;
        route.engine.sla_hours = Some(hours(8.0));
        let policy = TaskPolicy {
            expire_at_sla_times: expires.then_some(3.0),
            offer_hours: for_a_time.then(|| hours(2.0)),
            claim_lease_hours: for_a_time.then(|| hours(3.0)),
            ..policy()
        };
        let mut task = offered(&route, &policy, for_a_time.then_some("ann")).task;
        let mut bystander = Bystander { ran: Duration::ZERO, seen_at: at(0) };
        for Move { after_minutes, by, what, ahead_minutes } in moves {
            let now = bystander.seen_at.plus(MINUTE * after_minutes);
            let verb = verb(what, now.plus(MINUTE * ahead_minutes));
            let change = step(&task, &giver(by), verb.clone(), now);
            let after = change.as_ref().map_or(&task, |change| &change.task);
            bystander.watch(&task, after, now);
            assert_in_order(after, bystander.ran, now);
            let Some(change) = change else { continue };
            prop_assert!(task.is_open(), "closed is final");
            assert_next(&task, &change);
            assert_status_follows(&task, &change.task, verb.as_ref());
            if let Some(verb) = &verb {
                prop_assert!(change.task.is_open() || change.ending.is_some(), "{verb:?} ended it silently");
            }
            task = change.task;
        }
    }
}
