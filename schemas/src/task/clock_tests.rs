//! The clock, table by table, and the ledger whatever is done to it.

use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_hours(1);

fn at(hours: u32) -> Timestamp {
    Timestamp::from_micros(0).plus(HOUR * hours)
}

fn deadline(level: u32, hours: u32) -> Deadline {
    Deadline::new(level, HOUR * hours, DeadlineAction::Escalate)
}

fn clock() -> SlaClock {
    SlaClock::start("default", 1, vec![deadline(1, 24), deadline(2, 48)], at(0))
}

#[test]
fn a_pause_moves_what_is_ahead_by_its_length() {
    let mut clock = clock();
    clock.pause(at(10));
    assert_eq!((clock.next_due_at(), clock.epoch), (None, 1));
    clock.resume(at(15));
    assert_eq!((clock.next_due_at(), clock.epoch), (Some(at(29)), 2));
    assert_eq!(clock.elapsed(at(16)), HOUR * 11);
}

#[test]
fn it_fires_each_level_once_and_never_early() {
    let mut clock = clock();
    assert_eq!(clock.fire(at(23)), None);
    assert_eq!(clock.fire(at(24)).unwrap().level, 1);
    assert_eq!(clock.fire(at(24)), None);
    let second = clock.fire(at(50)).unwrap();
    assert_eq!((second.level, second.due_at, second.fired_at), (2, at(48), at(50)));
    assert_eq!(clock.fire(at(500)), None);
    assert_eq!((clock.state(true), clock.state(false)), (SlaState::Breached, SlaState::Missed));
}

#[test]
fn what_was_closed_too_late_is_missed_also_when_nobody_has_fired_it() {
    for (hour, state) in [(23, SlaState::Met), (24, SlaState::Missed), (30, SlaState::Missed)] {
        let mut clock = clock();
        clock.stop(at(hour));
        assert_eq!(clock.state(false), state, "closed at hour {hour}");
    }
}

#[test]
fn a_moved_due_date_moves_the_later_levels_too() {
    let mut clock = clock();
    clock.set_due(at(30)).unwrap();
    assert_eq!((clock.first_due_at(), clock.deadlines[1].after_us), (Some(at(30)), HOUR * 54));
    assert!(clock.set_due(at(0)).is_none(), "not before it began");
    clock.pause(at(5));
    assert!(clock.set_due(at(40)).is_none(), "not while it stands still");
}

#[test]
fn a_due_date_can_be_moved_after_a_pause() {
    let mut clock = clock();
    clock.pause(at(10));
    clock.resume(at(20));
    clock.set_due(at(21)).unwrap();
    assert_eq!(clock.first_due_at(), Some(at(21)));
}

/// Nine to five on weekdays, in UTC.
fn office() -> Calendar {
    let work = || vec![crate::task::Span { from_min: 9 * 60, to_min: 17 * 60 }];
    Calendar {
        name: "office".to_owned(),
        version: 1,
        time_zone: "UTC".to_owned(),
        week: [work(), work(), work(), work(), work(), vec![], vec![]],
        holidays: vec![],
    }
}

#[test]
fn with_a_calendar_only_working_hours_count() {
    let on = |text: &str| text.parse::<Timestamp>().unwrap();
    let friday = on("2026-11-20T15:00:00Z");
    let mut clock = SlaClock::start("office", 1, vec![deadline(1, 8), deadline(2, 16)], friday);
    clock.calendar = Some(Box::new(office()));
    assert_eq!(clock.first_due_at(), Some(on("2026-11-23T15:00:00Z")));
    assert_eq!(clock.elapsed(on("2026-11-22T12:00:00Z")), HOUR * 2);
    // A pause over a weekend costs what was left of Friday, and nothing else.
    clock.pause(on("2026-11-20T16:00:00Z"));
    clock.resume(on("2026-11-23T08:00:00Z"));
    assert_eq!(clock.first_due_at(), Some(on("2026-11-23T16:00:00Z")));
    clock.set_due(on("2026-11-24T12:00:00Z")).unwrap();
    assert_eq!(clock.first_due_at(), Some(on("2026-11-24T12:00:00Z")));
    assert_eq!(clock.next().unwrap().after_us, HOUR * 12);
    assert_eq!(clock.deadlines[1].after_us, HOUR * 20);
    assert!(clock.fire(on("2026-11-24T11:59:59Z")).is_none());
    assert_eq!(clock.fire(on("2026-11-24T12:00:00Z")).unwrap().level, 1);
}

#[test]
fn it_warns_once_ahead_of_the_first_deadline() {
    let mut clock = clock();
    clock.at_risk = Some(AtRisk { after_us: HOUR * 18, warned_at: None });
    assert_eq!((clock.wake_at(), clock.warn(at(17))), (Some(at(18)), None));
    clock.pause(at(10));
    clock.resume(at(12));
    assert_eq!(clock.warn(at(20)), Some((1, at(26))));
    assert_eq!((clock.warn(at(21)), clock.wake_at()), (None, Some(at(26))));
    // A due date that moves away is warned of again, as long ahead.
    clock.set_due(at(40)).unwrap();
    assert_eq!(clock.wake_at(), Some(at(34)));
    // Nobody is warned of what has passed.
    clock.fire(at(41)).unwrap();
    assert_eq!((clock.warn(at(41)), clock.wake_at()), (None, Some(at(64))));
}

#[test]
fn what_is_begun_in_time_has_no_deadline_to_begin_and_a_review_has_its_own() {
    let start = Deadline { target: Target::Start, ..deadline(1, 2) };
    let with = || SlaClock {
        review: vec![Deadline { target: Target::Review, ..deadline(3, 4) }],
        ..SlaClock::start("targets", 1, vec![start.clone(), deadline(2, 24)], at(0))
    };
    let mut clock = with();
    assert_eq!((clock.next_due_at(), clock.first_due_at()), (Some(at(2)), Some(at(24))));
    clock.meet(Target::Start, at(1));
    assert_eq!(clock.next_due_at(), Some(at(24)));
    clock.begin_review(at(10));
    assert_eq!(clock.next_due_at(), Some(at(14)));
    clock.meet(Target::Review, at(12));
    assert_eq!(clock.next_due_at(), Some(at(24)));
    clock.begin_review(at(20));
    assert_eq!(clock.fire(at(24)).unwrap().level, 2, "completion at the same moment comes first");
    assert_eq!(clock.fire(at(24)).unwrap().level, 3);
    // Who begins too late has missed it, whoever notices first.
    let mut late = with();
    late.meet(Target::Start, at(3));
    assert_eq!(late.fire(at(3)).unwrap().level, 1);
}

#[test]
fn a_review_in_a_later_round_is_of_that_round() {
    let mut clock = SlaClock {
        review: vec![Deadline { target: Target::Review, ..deadline(3, 4) }],
        ..SlaClock::start("loops", 1, vec![deadline(1, 10), Deadline { round: 1, ..deadline(1, 20) }], at(0))
    };
    assert_eq!((clock.fire(at(10)).unwrap().round, clock.fire(at(20)).unwrap().round), (0, 1));
    clock.begin_review(at(21));
    assert_eq!(clock.fire(at(25)).map(|breach| (breach.round, breach.level)), Some((1, 3)));
    assert_eq!(clock.round, 1);
}

#[test]
fn a_review_that_is_under_way_goes_on_under_deadlines_wound_up_anew() {
    let review = |level, after| Deadline { target: Target::Review, ..deadline(level, after) };
    let with = |hours| SlaClock {
        review: vec![review(3, hours), review(4, 20)],
        ..SlaClock::start("targets", 1, vec![deadline(2, 100)], at(0))
    };
    let mut clock = with(4);
    clock.begin_review(at(2));
    clock.meet(Target::Review, at(3));
    clock.begin_review(at(10));
    let anew = |clock: &mut SlaClock, fresh: SlaClock, hour| {
        let before = clock.clone();
        clock.rewind(fresh, at(hour));
        clock.resume_review(&before, at(hour));
    };
    // It began at ten, whatever its deadline is called since.
    anew(&mut clock, with(6), 11);
    assert_eq!(clock.next_due_at(), Some(at(16)));
    assert_eq!(clock.fire(at(16)).unwrap().level, 3);
    // What was reached is not reached again, however often it is wound up.
    for hour in [17, 18] {
        anew(&mut clock, with(8), hour);
        assert_eq!((clock.next_due_at(), clock.next().unwrap().level), (Some(at(30)), 4));
    }
    // A policy that had no deadline for it begins now.
    let mut none = SlaClock::start("none", 1, vec![deadline(2, 100)], at(0));
    none.begin_review(at(5));
    anew(&mut none, with(4), 7);
    assert_eq!(none.next_due_at(), Some(at(11)));
}

proptest! {
    /// Whatever is done to it: consumed and remaining make the budget, and nothing fires early or twice.
    #[test]
    fn the_ledger_balances(steps in proptest::collection::vec((0_u8..3, 0_u64..20_000), 1..60)) {
        let mut clock = clock();
        let (mut now, mut ran) = (at(0), Duration::ZERO);
        let mut fired = Vec::new();
        for (what, seconds) in steps {
            let step = Duration::from_secs(seconds);
            if clock.running_since.is_some() {
                ran += step;
            }
            now = now.plus(step);
            match what {
                0 => clock.pause(now),
                1 => clock.resume(now),
                _ => {
                    if let Some(breach) = clock.fire(now) {
                        prop_assert!(breach.due_at <= now);
                        prop_assert!(ran >= HOUR * 24 * breach.level);
                        fired.push(breach.level);
                    }
                }
            }
            prop_assert_eq!(clock.elapsed(now), ran);
            if let (Some(due), Some(next)) = (clock.next_due_at(), clock.next()) {
                prop_assert_eq!(due, now.plus(next.after_us).minus(ran));
            }
        }
        prop_assert!(fired == [1, 2] || fired == [1] || fired.is_empty());
    }
}
