//! The event log on NATS, beside the store in memory: what the log promises, and what both promise together.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracerail::backends::distributed::nats::NatsSettings;
use tracerail_actors::conformance::memory::MemoryBackend;
use tracerail_actors::conformance::{Bench, Harness, Instance, TestClock};
use tracerail_actors::port::{EventLog, Store};

use crate::nats::{Stage, settings, shared};

struct NatsHarness;

/// A place on the shared server, and an instance that runs at it.
struct NatsBench {
    settings: NatsSettings,
    clock: TestClock,
    stores: MemoryBackend,
    stage: Stage,
    store: Arc<dyn Store>,
}

#[async_trait]
impl Harness for NatsHarness {
    async fn open(&self) -> Box<dyn Bench> {
        let (settings, clock) = (settings(&shared()), TestClock::default());
        let stores = MemoryBackend::new(Arc::new(clock.clone()));
        let stage = Stage::open(&settings, &clock).await;
        let store = stores.open().store;
        Box::new(NatsBench { settings, clock, stores, stage, store })
    }
}

#[async_trait]
impl Bench for NatsBench {
    fn log(&self) -> Arc<dyn EventLog> {
        self.stage.log.clone()
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The server's time is real.
    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        tokio::time::sleep(time).await;
    }

    async fn reopen(&mut self) {
        self.stores.crash();
        self.stage = Stage::open(&self.settings, &self.clock).await;
        self.store = self.stores.open().store;
    }

    async fn second(&self) -> Option<Instance> {
        let stage = Stage::open(&self.settings, &self.clock).await;
        Some(Instance { log: stage.log, store: self.stores.open().store })
    }
}

tracerail_actors::conformance_suites! {
    NatsHarness;
    event_log::{
        published_events_survive_a_crash,
        each_consumer_gets_the_events_of_its_subjects_in_order,
        an_event_published_again_is_not_added_again,
        a_pull_hands_out_at_most_what_was_asked_for,
        a_waiting_pull_sees_what_is_published_meanwhile,
        nothing_is_handed_out_twice_at_a_time,
        an_acknowledged_event_never_comes_again,
        what_was_given_back_comes_after_its_delay_and_not_before,
        others_pass_what_was_given_back,
        only_failures_count_as_failures,
        a_crash_hands_out_again_what_was_not_acknowledged,
        a_crash_is_no_failure,
    };
    ownership::{
        nothing_is_handed_to_two_instances,
        released_deliveries_go_to_another_at_once,
        a_released_instance_is_handed_nothing,
        the_deliveries_of_a_dead_instance_go_to_another,
        a_receipt_of_an_earlier_ownership_is_refused,
        a_receipt_from_before_a_crash_is_refused,
    };
    dead_letters::{
        a_dead_letter_keeps_everything,
        a_dead_letter_is_not_handed_out,
        dead_letters_are_listed_by_filter,
        a_replay_hands_it_out_once_with_no_failures,
        a_replay_survives_a_crash,
        a_replayed_letter_can_die_again,
        bytes_that_cannot_be_read_become_a_dead_letter,
        raw_bytes_are_handed_out_as_they_are,
    };
    reading::{
        reading_goes_on_after_a_place,
        reading_is_by_subject,
        the_head_is_the_newest_event,
        lag_counts_what_is_still_to_be_handled,
        a_trail_has_the_content_and_its_task_oldest_first,
    };
    commit::{
        a_commit_writes_everything_and_survives_a_crash,
        a_conflict_writes_nothing_at_all,
        what_was_kept_elsewhere_goes_on_where_it_was,
        a_cause_takes_effect_once,
        a_cause_is_remembered_over_a_crash,
        a_repetition_gets_the_stored_answer,
        a_cause_with_another_payload_is_refused,
        a_task_is_written_on_its_version_only,
        versions_have_no_gap,
        a_guard_is_checked_by_the_stores_clock,
        a_commit_without_writes_is_remembered,
    };
    receipts::{
        a_commit_takes_its_receipt_along,
        a_repetition_takes_its_receipt_along,
        a_conflict_keeps_its_delivery,
        a_commit_with_a_lost_receipt_takes_effect_once,
    };
    outbox::{
        events_are_unsent_until_sent_or_in_the_log,
        events_survive_a_crash_before_they_are_published,
        events_published_twice_are_told_once,
        a_repetition_brings_what_is_still_unsent,
        unsent_events_come_oldest_first,
        what_was_sent_stays_sent,
        events_reach_their_consumer_as_they_were_committed,
    };
}
