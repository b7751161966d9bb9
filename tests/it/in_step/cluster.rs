//! The nodes of a Redis Cluster are emptied, start anew and are replaced, each for itself.

use tracerail::backends::distributed::redis::{RedisSettings, RedisStore};
use tracerail_actors::conformance::sample;
use tracerail_actors::port::Store;
use tracerail_testkit::servers::RedisCluster;
use tracerail_testkit::wait_until;

use super::log::{Told, has_contents, now, open, settings};
use crate::place::SOON;

/// Submissions from long ago; enough for something in every partition.
const OLD: u64 = 333;

/// Submissions the follower never hears of.
const NEW: u64 = 40;

async fn opened(cluster: &RedisCluster, told: &Told) -> RedisStore {
    let settings = RedisSettings { urls: cluster.urls(), cluster: true, ..settings(&cluster.nodes()[0]) };
    open(&settings, told).await.unwrap()
}

/// One more item, in the state and in the log.
async fn submit(store: &RedisStore, told: &Told, name: &str) {
    let key = sample::key(name);
    store.commit(sample::admit(&key, now()), None).await.unwrap();
    told.add(sample::submitted(&key, now()), now());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_emptied_or_starts_anew_is_brought_up_and_all_of_it_can_be_made_again() {
    let mut cluster = RedisCluster::start();
    let told = Told::of_old_submissions(333);
    let store = opened(&cluster, &told).await;
    assert_eq!(store.totals().await.unwrap().contents, OLD);
    let before = store.digest().await.unwrap();
    cluster.nodes()[1].flushall();
    has_contents(&store, OLD).await;
    assert_eq!(store.digest().await.unwrap(), before, "one node was emptied");
    told.add(sample::submissions(334, now()).pop().unwrap(), now());
    cluster.nodes_mut()[2].restart();
    has_contents(&store, OLD + 1).await;
    let before = store.digest().await.unwrap();
    store.rebuild(&|_| {}).await.unwrap();
    assert_eq!(store.digest().await.unwrap(), before, "made again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_had_not_handed_to_its_follower_is_made_up_for_when_that_one_takes_over() {
    let mut cluster = RedisCluster::start();
    cluster.add_replica();
    let told = Told::of_old_submissions(333);
    let store = opened(&cluster, &told).await;
    let [first, second, _, follower] = cluster.nodes_mut() else { panic!("four nodes") };
    // It cannot follow any more, and does not know that it is behind.
    follower.ask("CONFIG SET masterauth nonsense");
    follower.ask("CLIENT KILL TYPE master");
    wait_until("it is behind", SOON, || {
        let info = follower.ask("INFO replication");
        info.contains("master_link_status:down").then_some(()).ok_or(info)
    });
    for number in 0..NEW {
        submit(&store, &told, &format!("new-{number}")).await;
    }
    first.kill9();
    assert_eq!(follower.ask("CLUSTER FAILOVER TAKEOVER"), "+OK\r\n");
    wait_until("it has taken over", SOON, || {
        let info = second.ask("CLUSTER INFO");
        info.contains("cluster_state:ok").then_some(()).ok_or(info)
    });
    has_contents(&store, OLD + NEW).await;
}
