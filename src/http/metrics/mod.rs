//! The numbers, in Prometheus' text format. docs/metrics.md describes each of them; a test holds the two equal.
//!
//! Promises: every family is described before its samples and stands there once; counters count since the start of the process,
//! unless they are read from the store, where they count since its beginning.

mod actors;
mod families;
mod process;
mod rules;
mod store;
mod text;

pub use families::{Family, Kind};

use super::probe::Probe;
use text::Text;

/// All numbers, as they are now.
pub(super) async fn render(probe: Option<&Probe>) -> String {
    let mut text = Text::default();
    process::write(&mut text);
    if let Some(probe) = probe {
        actors::write(&mut text, probe);
        if let Some(status) = probe.rules() {
            rules::write(&mut text, &status);
        }
        store::write(&mut text, &probe.counts().await);
    }
    text.done()
}
