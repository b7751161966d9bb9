//! The distributed edition: a nats-server and a redis-server, or three that are a cluster, behind the two ports.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tracerail::backends::distributed::nats::{NatsSettings, observe};
use tracerail::backends::distributed::redis::RedisSettings;
use tracerail::backends::distributed::{Distributed, Opening, ServerUpkeep};
use tracerail_actors::conformance::{Bench, Harness, Instance, TestClock};
use tracerail_actors::port::{Consumer, EventLog, Store, Upkeep};
use tracerail_testkit::servers::{Redis, RedisCluster, RedisOptions};

use crate::nats::{forget, settings, shared};

/// One server for all tests; each has a prefix of its own.
static REDIS: LazyLock<Redis> = LazyLock::new(|| Redis::start(RedisOptions::default()));

/// Three that are a cluster, likewise.
static CLUSTER: LazyLock<RedisCluster> = LazyLock::new(RedisCluster::start);

/// Which of the two is used.
#[derive(Clone, Copy)]
pub(super) enum DistributedHarness {
    OneServer,
    Cluster,
}

/// A place on the servers, and an instance that runs at it.
struct DistributedBench {
    harness: DistributedHarness,
    settings: NatsSettings,
    clock: TestClock,
    running: Distributed,
}

async fn open(harness: DistributedHarness, settings: &NatsSettings, clock: &TestClock) -> Distributed {
    let (urls, cluster) = match harness {
        DistributedHarness::OneServer => (vec![REDIS.url()], false),
        DistributedHarness::Cluster => (CLUSTER.urls(), true),
    };
    let redis = RedisSettings {
        urls,
        cluster,
        prefix: settings.prefix.clone(),
        clock: Some(Arc::new(clock.clone())),
        ..RedisSettings::default()
    };
    let opening = Opening {
        nats: settings.clone(),
        redis,
        consumers: Consumer::ALL.to_vec(),
        clock: Arc::new(clock.clone()),
        io: Handle::current(),
    };
    Distributed::open(opening).await.expect("the servers let us in")
}

#[async_trait]
impl Harness for DistributedHarness {
    async fn open(&self) -> Box<dyn Bench> {
        let (settings, clock) = (settings(&shared()), TestClock::default());
        let running = open(*self, &settings, &clock).await;
        Box::new(DistributedBench { harness: *self, settings, clock, running })
    }
}

#[async_trait]
impl Bench for DistributedBench {
    fn log(&self) -> Arc<dyn EventLog> {
        self.running.log.clone()
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.running.store.clone())
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    fn upkeep(&self) -> Arc<dyn Upkeep> {
        Arc::new(ServerUpkeep::new(self.running.clone(), Arc::new(self.clock.clone())))
    }

    /// The time of nats-server is real.
    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        tokio::time::sleep(time).await;
    }

    async fn forget(&self) {
        let seen = observe(&self.running.connection, &self.settings).await;
        forget(&self.settings, &seen.expect("the streams are there")).await;
    }

    async fn reopen(&mut self) {
        self.running = open(self.harness, &self.settings, &self.clock).await;
    }

    async fn second(&self) -> Option<Instance> {
        let second = open(self.harness, &self.settings, &self.clock).await;
        Some(Instance { log: second.log, store: Arc::new(second.store) })
    }
}

tracerail_actors::conformance_tests! {
    DistributedHarness::OneServer;
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
    races::{
        one_cause_committed_by_many_takes_effect_once,
        one_version_changed_by_many_is_changed_by_one,
        many_retries_make_versions_without_gap,
        one_item_ended_by_many_ends_once,
        different_items_do_not_disturb_one_another,
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
    contents::{
        an_item_is_taken_in_once,
        each_record_is_written_once,
        a_batch_of_many_records_is_written_whole_or_not,
        nothing_is_written_of_an_item_that_is_not_there,
        items_are_told_apart_by_tenant_source_and_id,
        items_are_found_by_id_within_a_tenant,
    };
    tasks::{
        a_task_is_read_as_it_was_written,
        a_task_is_found_by_the_beginning_of_its_id,
        tasks_are_listed_by_filter,
        a_summary_says_what_the_task_says,
        pages_meet_each_task_once_oldest_first,
        totals_count_everything,
        open_tasks_are_counted_for_each_person,
        a_cursor_is_where_it_was_left,
    };
    queues::{
        tasks_that_nobody_has_wait_by_urgency,
        a_task_waits_where_it_may_be_taken_and_nowhere_else,
        a_pause_of_intake_is_kept_until_it_is_lifted,
    };
    timers::{
        a_task_is_due_when_its_time_has_passed_and_not_before,
        the_longest_overdue_comes_first,
        a_closed_task_is_never_due,
        a_timer_moves_with_its_task,
        a_suspended_task_is_due_when_its_suspension_ends,
        timers_are_listed_with_their_tasks,
    };
    upkeep::{
        what_ended_long_ago_goes_whole,
        counting_what_would_go_changes_nothing,
        what_is_still_to_be_handled_keeps_its_item,
        what_was_given_up_keeps_its_item_until_it_is_handled,
        an_erased_person_stands_nowhere,
        a_person_with_open_tasks_is_not_erased,
        what_an_item_says_is_erased_and_its_name_stays,
        an_open_item_is_not_erased,
        events_stay_what_they_were,
        erasing_again_finds_nothing,
        a_dead_letter_is_erased_and_keeps_its_number,
        what_waits_for_its_actor_is_erased_too,
        what_a_publisher_wrote_as_bytes_is_erased_too,
        whoever_erases_themself_is_not_named,
    };
}
