//! Figures, for people and for programs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{Spread, Work};

/// So many items took so long, and cost so much.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct Rate {
    pub(super) items: u32,
    pub(super) wall: Duration,
    pub(super) work: Work,
}

impl Rate {
    /// Items a second.
    pub(super) fn per_second(&self) -> f64 {
        f64::from(self.items) / self.wall.as_secs_f64()
    }

    /// Processors that were busy with something else.
    pub(super) fn other_load(&self) -> Option<f64> {
        Some(self.work.others()? / self.wall.as_secs_f64())
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "items": self.items,
            "wall_ms": rounded(ms(self.wall)),
            "items_per_s": rounded(self.per_second()),
            "cpu_us_per_item": {
                "client": rounded(self.cpu_us(self.work.client)),
                "nats": self.work.log.map(|spent| rounded(self.cpu_us(spent))),
                "redis": self.work.store.map(|spent| rounded(self.cpu_us(spent))),
            },
            "other_load": self.other_load().map(rounded),
        })
    }

    /// Items a second; CPU time of an item in our processes, NATS, Redis and together; what else the machine did.
    pub(super) fn cells(&self) -> Vec<String> {
        let Work { client, log, store, .. } = self.work;
        let sum = client + log.unwrap_or_default() + store.unwrap_or_default();
        let us = |spent: Option<f64>| or_dash(spent.map(|spent| format!("{:.0}", self.cpu_us(spent))));
        vec![
            format!("{:.0}", self.per_second()),
            us(Some(client)),
            us(log),
            us(store),
            us(Some(sum)),
            or_dash(self.other_load().map(|load| format!("{load:.2}"))),
        ]
    }

    fn cpu_us(&self, seconds: f64) -> f64 {
        seconds * 1e6 / f64::from(self.items)
    }
}

/// The headings of [`Rate::cells`].
pub(super) const RATE: [&str; 6] = ["items/s", "us client", "us nats", "us redis", "us cpu", "other load"];

/// How durations spread.
pub(super) fn spread_json(spread: &Spread) -> Value {
    json!({
        "count": spread.count,
        "p50_ms": rounded(ms(spread.p50)),
        "p99_ms": rounded(ms(spread.p99)),
        "max_ms": rounded(ms(spread.max)),
    })
}

/// The same for people.
pub(super) fn spread_text(spread: &Spread) -> String {
    format!("p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", ms(spread.p50), ms(spread.p99), ms(spread.max))
}

/// Milliseconds.
pub(super) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Three places after the point: more is noise.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// What could not be seen is a dash.
pub(super) fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}
