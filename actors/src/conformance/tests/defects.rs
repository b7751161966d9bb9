//! Each defect that can be planted in the fake turns the test red that is named for the promise it breaks.

use crate::conformance::memory::{Defect, MemoryHarness};
use crate::conformance::{
    Harness, commit, contents, dead_letters, event_log, outbox, ownership, races, reading, run, tasks, timers,
};

/// Whether this test fails on a backend with this defect.
async fn is_red(test: impl AsyncFn(&dyn Harness), defect: Option<Defect>) -> bool {
    let harness = MemoryHarness { defect };
    let ended = std::panic::AssertUnwindSafe(async { test(&harness).await });
    futures_util::FutureExt::catch_unwind(ended).await.is_err()
}

macro_rules! turns_red {
    ($($defect:ident => $suite:ident :: $test:ident),+ $(,)?) => {
        $(#[test]
        #[expect(non_snake_case, reason = "named as the defect is")]
        fn $defect() {
            run(async {
                assert!(!is_red($suite::$test, None).await, "sound, the test is green");
                assert!(is_red($suite::$test, Some(Defect::$defect)).await, "broken, the test must turn red");
            });
        }
        )+

        #[test]
        fn every_defect_is_tried() {
            let mut tried = vec![$(Defect::$defect),+];
            tried.dedup();
            assert!(Defect::ALL.iter().all(|defect| tried.contains(defect)), "of {:?}", Defect::ALL);
        }
    };
}

turns_red! {
    ForgetsCauses => commit::a_cause_takes_effect_once,
    ChecksCausesTooEarly => races::one_cause_committed_by_many_takes_effect_once,
    IgnoresPayloads => commit::a_cause_with_another_payload_is_refused,
    IgnoresVersions => races::one_version_changed_by_many_is_changed_by_one,
    OverwritesRecords => contents::each_record_is_written_once,
    IgnoresGuards => commit::a_guard_is_checked_by_the_stores_clock,
    KeepsEventsOfConflicts => commit::a_conflict_writes_nothing_at_all,
    LosesOutbox => outbox::events_survive_a_crash_before_they_are_published,
    ForgetsSent => outbox::what_was_sent_stays_sent,
    AcksOnPull => event_log::a_crash_hands_out_again_what_was_not_acknowledged,
    HandsOutTwice => event_log::nothing_is_handed_out_twice_at_a_time,
    IgnoresDelays => event_log::what_was_given_back_comes_after_its_delay_and_not_before,
    StopsAtDelays => event_log::others_pass_what_was_given_back,
    CountsEveryNak => event_log::only_failures_count_as_failures,
    TakesStaleReceipts => ownership::a_receipt_of_an_earlier_ownership_is_refused,
    AddsTwice => event_log::an_event_published_again_is_not_added_again,
    ReplaysTwice => dead_letters::a_replay_hands_it_out_once_with_no_failures,
    CountsOnlyWaiting => reading::lag_counts_what_is_still_to_be_handled,
    WakesClosed => timers::a_closed_task_is_never_due,
    DueUnordered => timers::the_longest_overdue_comes_first,
    SkipsBetweenPages => tasks::pages_meet_each_task_once_oldest_first,
    TrailWithoutTask => reading::a_trail_has_the_content_and_its_task_oldest_first,
}
