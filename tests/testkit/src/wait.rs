//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// Asks again and again until the answer is `Ok`. When it never is, the test ends with the last answer.
pub fn wait_until<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        let last = match ask() {
            Ok(answer) => return answer,
            Err(last) => last,
        };
        assert!(began.elapsed() < within, "{what}: not within {within:?}; the last answer was: {last}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
