//! One nats-server and one redis-server that stories share, each under a prefix of its own.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tracerail::config::Edition;
use tracerail_testkit::servers::{Nats, NatsOptions, Redis, RedisOptions};

static PAIR: LazyLock<(Nats, Redis)> =
    LazyLock::new(|| (Nats::start(NatsOptions::default()), Redis::start(RedisOptions::default())));

/// Where the two listen.
pub(crate) fn urls() -> (String, String) {
    (PAIR.0.url(), PAIR.1.url())
}

/// What a configuration says of the edition: nothing for a file, or a place on the servers that nobody else has.
pub(crate) fn configuration(edition: Edition) -> String {
    static PLACES: AtomicU32 = AtomicU32::new(0);
    match edition {
        Edition::Embedded => String::new(),
        Edition::Distributed => {
            let (place, (nats, redis)) = (PLACES.fetch_add(1, Ordering::Relaxed), &*PAIR);
            // Deliveries of the dead come again soon.
            format!(
                "edition: distributed\nredis: {{ url: {} }}\nnats:\n  url: {}\n  subject_prefix: place{place}\n  ack_wait: 1s\n  \
                 intake_bytes_max: 16777216\n  stream_bytes_max: 16777216\n",
                redis.url(),
                nats.url()
            )
        }
    }
}

/// Makes two tests of each story: one on a file, one on servers.
macro_rules! on_both_editions {
    ($($story:ident),+ $(,)?) => {
        mod embedded {
            $(#[test]
            fn $story() {
                super::$story(tracerail::config::Edition::Embedded);
            })+
        }

        mod distributed {
            $(#[test]
            fn $story() {
                super::$story(tracerail::config::Edition::Distributed);
            })+
        }
    };
}
pub(crate) use on_both_editions;
