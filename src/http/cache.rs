//! An answer that is good for a moment.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// The last answer. Those who ask while one is looking get what it finds.
#[derive(Debug)]
pub(super) struct Fresh<T> {
    good_for: Duration,
    last: Mutex<Option<(Instant, T)>>,
}

impl<T: Clone> Fresh<T> {
    /// Answers that are good for so long.
    pub(super) fn good_for(good_for: Duration) -> Self {
        Self { good_for, last: Mutex::const_new(None) }
    }

    /// The last answer if it is still good, else a new one.
    pub(super) async fn get(&self, look: impl Future<Output = T>) -> T {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < self.good_for
        {
            return answer.clone();
        }
        let answer = look.await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    use futures_util::future::join_all;

    use super::*;

    async fn looks(good_for: Duration) -> (Vec<u32>, u32) {
        let (fresh, looks) = (Fresh::good_for(good_for), AtomicU32::new(0));
        let look = || async {
            tokio::task::yield_now().await;
            looks.fetch_add(1, SeqCst)
        };
        let answers = join_all([fresh.get(look()), fresh.get(look()), fresh.get(look())]).await;
        (answers, looks.load(SeqCst))
    }

    #[tokio::test]
    async fn many_who_ask_at_once_look_once() {
        assert_eq!(looks(Duration::from_hours(1)).await, (vec![0, 0, 0], 1));
    }

    #[tokio::test]
    async fn what_is_no_longer_good_is_looked_at_again() {
        assert_eq!(looks(Duration::ZERO).await, (vec![0, 1, 2], 3));
    }
}
