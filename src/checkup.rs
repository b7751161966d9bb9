//! What a look at one part of an installation finds: well or not, what was seen, and what cures it.

use std::time::Duration;

use serde::Serialize;
use tracerail_schemas::Timestamp;

/// Deadlines are exact to a second; clocks that differ by more make them late or early for whoever reads the events.
const SKEW_MAX: Duration = Duration::from_secs(1);

/// How a part is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, but somebody should look.
    Warn,
    /// Does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What was looked at, for example `store file`. Stable: programs may look for it.
    pub check: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Ok, seen: seen.into(), cure: None }
    }

    /// Works, but somebody should look.
    pub fn warn(check: impl Into<String>, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Warn, seen: seen.into(), cure: Some(cure.into()) }
    }

    /// Does not work.
    pub fn fail(check: impl Into<String>, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), verdict: Verdict::Fail, seen: seen.into(), cure: Some(cure.into()) }
    }
}

/// How far a clock that was asked between two moments is from both of them.
pub(crate) fn skew(check: &str, before: Timestamp, there: Timestamp, after: Timestamp) -> Finding {
    let (ahead, behind) = (there.since(after), before.since(there));
    let skew = ahead.max(behind);
    if skew < SKEW_MAX {
        return Finding::ok(check, format!("agrees with this machine's to {} ms", skew.as_millis()));
    }
    let word = if ahead > behind { "ahead of" } else { "behind" };
    let seen = format!("{} ms {word} this machine's", skew.as_millis());
    Finding::warn(check, seen, "let both follow a time server (chrony, systemd-timesyncd)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_the_moments_around_the_question() {
        let at = |micros: i64| Timestamp::from_micros(1_000_000_000 + micros);
        assert_eq!(skew("clock", at(0), at(5), at(10)).verdict, Verdict::Ok);
        let ahead = skew("clock", at(0), at(2_000_010), at(10));
        assert!(ahead.verdict == Verdict::Warn && ahead.seen.contains("2000 ms ahead"), "{ahead:?}");
        let behind = skew("clock", at(0), at(-3_000_000), at(10));
        assert!(behind.seen.contains("3000 ms behind") && behind.cure.unwrap().contains("chrony"));
    }
}
