//! Every test can fail: each defect that can be planted in the fake turns those red that are named for the promise it breaks.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::conformance::memory::{Defect, MemoryHarness};
use crate::conformance::{
    Harness, commit, contents, dead_letters, event_log, outbox, ownership, queues, races, reading, receipts,
    run, tasks, timers, upkeep,
};

/// In memory all that comes, comes at once: a test that still waits after this long waits in vain, and would fail in the end.
const WAITS_IN_VAIN_AFTER: Duration = Duration::from_secs(2);

/// Asserts that a test fails on a backend with this defect; that it passes without is asserted in `memory`.
async fn assert_red(name: &str, defect: Defect, test: impl AsyncFn(&dyn Harness)) {
    let harness = MemoryHarness { defect: Some(defect) };
    let ended = AssertUnwindSafe(Box::pin(test(&harness))).catch_unwind();
    let ended = tokio::time::timeout(WAITS_IN_VAIN_AFTER, ended).await;
    assert!(
        !matches!(ended, Ok(Ok(()))),
        "on a backend that has the defect {defect:?}, {name} must turn red"
    );
}

macro_rules! turns_red {
    ($($defect:ident: { $($suite:ident :: $test:ident),+ $(,)? };)+) => {
        $(#[test]
        #[expect(non_snake_case, reason = "named as the defect is")]
        fn $defect() {
            run(async {
                $(assert_red(stringify!($suite::$test), Defect::$defect, $suite::$test).await;)+
            });
        })+

        #[test]
        fn every_defect_is_tried() {
            let tried = [$(Defect::$defect),+];
            assert!(Defect::ALL.iter().all(|defect| tried.contains(defect)), "of {:?}", Defect::ALL);
        }

        #[test]
        fn every_test_turns_red_once() {
            let red = BTreeSet::from([$($((stringify!($suite), stringify!($test))),+),+]);
            assert_eq!(red, super::all_tests().collect());
        }
    };
}

turns_red! {
    LosesStore: {
        commit::a_commit_writes_everything_and_survives_a_crash,
        commit::a_cause_is_remembered_over_a_crash,
        races::different_items_do_not_disturb_one_another,
        tasks::a_task_is_read_as_it_was_written,
        timers::timers_are_listed_with_their_tasks,
    };
    ForgetsCauses: {
        commit::a_cause_takes_effect_once,
        receipts::a_repetition_takes_its_receipt_along,
    };
    ChecksCausesTooEarly: {
        races::one_cause_committed_by_many_takes_effect_once,
    };
    IgnoresPayloads: {
        commit::a_cause_with_another_payload_is_refused,
    };
    ForgetsAnswers: {
        commit::a_repetition_gets_the_stored_answer,
        commit::a_commit_without_writes_is_remembered,
    };
    IgnoresVersions: {
        commit::a_task_is_written_on_its_version_only,
        commit::versions_have_no_gap,
        races::one_version_changed_by_many_is_changed_by_one,
        races::many_retries_make_versions_without_gap,
    };
    IgnoresGuards: {
        commit::a_guard_is_checked_by_the_stores_clock,
    };
    KeepsEventsOfConflicts: {
        commit::a_conflict_writes_nothing_at_all,
    };
    WritesTasksOfConflicts: {
        commit::a_conflict_writes_nothing_at_all,
    };
    BeginsWithTheFirstVersionOnly: {
        commit::what_was_kept_elsewhere_goes_on_where_it_was,
    };
    OverwritesRecords: {
        contents::an_item_is_taken_in_once,
        contents::each_record_is_written_once,
        contents::nothing_is_written_of_an_item_that_is_not_there,
        races::one_item_ended_by_many_ends_once,
    };
    WritesRecordsInPart: {
        contents::a_batch_of_many_records_is_written_whole_or_not,
    };
    MixesNamesakes: {
        contents::items_are_told_apart_by_tenant_source_and_id,
        contents::items_are_found_by_id_within_a_tenant,
    };
    LosesOutbox: {
        outbox::events_survive_a_crash_before_they_are_published,
    };
    ForgetsSent: {
        outbox::what_was_sent_stays_sent,
        outbox::events_are_unsent_until_sent_or_in_the_log,
    };
    UnsentReversed: {
        outbox::unsent_events_come_oldest_first,
    };
    NothingLeftToRepeat: {
        outbox::a_repetition_brings_what_is_still_unsent,
        receipts::a_commit_with_a_lost_receipt_takes_effect_once,
    };
    CursorStands: {
        tasks::a_cursor_is_where_it_was_left,
    };
    CountsClosed: {
        tasks::open_tasks_are_counted_for_each_person,
    };
    SearchesWithHyphens: {
        tasks::a_task_is_found_by_the_beginning_of_its_id,
    };
    IgnoresFilters: {
        tasks::tasks_are_listed_by_filter,
        dead_letters::dead_letters_are_listed_by_filter,
        reading::reading_is_by_subject,
    };
    ListsStale: {
        tasks::a_summary_says_what_the_task_says,
    };
    SkipsBetweenPages: {
        tasks::pages_meet_each_task_once_oldest_first,
    };
    CountsOpenOnly: {
        tasks::totals_count_everything,
    };
    QueuesStand: {
        queues::a_task_waits_where_it_may_be_taken_and_nowhere_else,
    };
    WaitsByAge: {
        queues::tasks_that_nobody_has_wait_by_urgency,
    };
    PausesForEver: {
        queues::a_pause_of_intake_is_kept_until_it_is_lifted,
    };
    WakesEarly: {
        timers::a_task_is_due_when_its_time_has_passed_and_not_before,
    };
    WakesClosed: {
        timers::a_closed_task_is_never_due,
    };
    DueUnordered: {
        timers::the_longest_overdue_comes_first,
    };
    ArmsOnce: {
        timers::a_timer_moves_with_its_task,
        timers::a_suspended_task_is_due_when_its_suspension_ends,
    };
    LosesLog: {
        event_log::published_events_survive_a_crash,
        reading::the_head_is_the_newest_event,
    };
    AddsTwice: {
        event_log::an_event_published_again_is_not_added_again,
        outbox::events_published_twice_are_told_once,
    };
    ChangesBytes: {
        event_log::each_consumer_gets_the_events_of_its_subjects_in_order,
        outbox::events_reach_their_consumer_as_they_were_committed,
        reading::reading_goes_on_after_a_place,
        dead_letters::a_dead_letter_keeps_everything,
        dead_letters::raw_bytes_are_handed_out_as_they_are,
        dead_letters::bytes_that_cannot_be_read_become_a_dead_letter,
    };
    IgnoresMax: {
        event_log::a_pull_hands_out_at_most_what_was_asked_for,
    };
    NeverWaits: {
        event_log::a_waiting_pull_sees_what_is_published_meanwhile,
    };
    HandsOutTwice: {
        event_log::nothing_is_handed_out_twice_at_a_time,
        ownership::nothing_is_handed_to_two_instances,
    };
    AcksOnPull: {
        event_log::a_crash_hands_out_again_what_was_not_acknowledged,
        receipts::a_conflict_keeps_its_delivery,
    };
    LosesAcks: {
        event_log::an_acknowledged_event_never_comes_again,
        receipts::a_commit_takes_its_receipt_along,
    };
    IgnoresDelays: {
        event_log::what_was_given_back_comes_after_its_delay_and_not_before,
    };
    StopsAtDelays: {
        event_log::others_pass_what_was_given_back,
    };
    CountsEveryNak: {
        event_log::only_failures_count_as_failures,
    };
    CountsCrashes: {
        event_log::a_crash_is_no_failure,
    };
    CountsOnlyWaiting: {
        reading::lag_counts_what_is_still_to_be_handled,
    };
    TrailWithoutTask: {
        reading::a_trail_has_the_content_and_its_task_oldest_first,
    };
    KeepsOnDeath: {
        ownership::the_deliveries_of_a_dead_instance_go_to_another,
    };
    KeepsOnRelease: {
        ownership::released_deliveries_go_to_another_at_once,
    };
    PullsAfterRelease: {
        ownership::a_released_instance_is_handed_nothing,
    };
    TakesStaleReceipts: {
        ownership::a_receipt_of_an_earlier_ownership_is_refused,
        ownership::a_receipt_from_before_a_crash_is_refused,
    };
    HandsOutDead: {
        dead_letters::a_dead_letter_is_not_handed_out,
    };
    ReplaysTwice: {
        dead_letters::a_replay_hands_it_out_once_with_no_failures,
        dead_letters::a_replay_survives_a_crash,
    };
    BuriesOnce: {
        dead_letters::a_replayed_letter_can_die_again,
    };
    RetainsNothingLong: {
        upkeep::what_ended_long_ago_goes_whole,
    };
    LeavesAnswers: {
        upkeep::what_ended_long_ago_goes_whole,
    };
    CountsForReal: {
        upkeep::counting_what_would_go_changes_nothing,
    };
    TakesUnhandled: {
        upkeep::what_is_still_to_be_handled_keeps_its_item,
        upkeep::what_was_given_up_keeps_its_item_until_it_is_handled,
    };
    LeavesEvents: {
        upkeep::an_erased_person_stands_nowhere,
        upkeep::what_an_item_says_is_erased_and_its_name_stays,
        upkeep::what_waits_for_its_actor_is_erased_too,
        upkeep::what_a_publisher_wrote_as_bytes_is_erased_too,
        upkeep::a_dead_letter_is_erased_and_keeps_its_number,
    };
    ErasesOpen: {
        upkeep::a_person_with_open_tasks_is_not_erased,
        upkeep::an_open_item_is_not_erased,
    };
    BreaksChains: {
        upkeep::events_stay_what_they_were,
    };
    BuriesAgain: {
        upkeep::erasing_again_finds_nothing,
    };
    NamesWhoErases: {
        upkeep::whoever_erases_themself_is_not_named,
    };
}
