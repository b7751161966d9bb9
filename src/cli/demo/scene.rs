//! What everybody in the demo shares, and the live line that is shown meanwhile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tracerail_actors::port::{Clock as _, Consumer};
use tracerail_schemas::task::{SlaState, Status};
use tracerail_schemas::{GroupId, Timestamp};

use super::clock::FastClock;
use crate::TraceRail;
use crate::cli::failure::Failure;
use crate::cli::output::{Console, when};
use crate::cli::signals::Stop;
use crate::config::Group;

/// How often the live line changes.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How many hours of each day the reviewers work.
const WORKING_HOURS: u64 = 10;

/// What everybody shares.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) rail: &'a TraceRail,
    pub(super) console: Console,
    pub(super) clock: FastClock,
    pub(super) groups: &'a BTreeMap<GroupId, Group>,
    pub(super) began_at: Timestamp,
    pub(super) ends_at: Instant,
    pub(super) stop: &'a Stop,
}

impl Scene<'_> {
    /// Whether the shift is over.
    pub(super) fn is_over(&self) -> bool {
        self.stop.has_come() || Instant::now() >= self.ends_at
    }

    /// Whether the reviewers sleep. The show begins in the morning; the SLA knows no night, so some deadlines pass in it.
    pub(super) fn is_night(&self) -> bool {
        self.hours() % 24 >= WORKING_HOURS
    }

    /// How many days have passed.
    pub(super) fn day(&self) -> u64 {
        self.hours() / 24
    }

    fn hours(&self) -> u64 {
        self.clock.now().since(self.began_at).as_secs() / 3600
    }

    /// Lets time pass as somebody in the demo feels it.
    pub(super) async fn pass(&self, span: Duration) {
        // Whether a signal came meanwhile is asked by whoever goes on.
        let _stopped = self.stop.within(self.clock.real(span)).await;
    }

    /// Shows how things stand until the shift is over.
    pub(super) async fn narrate(&self) -> Result<(), Failure> {
        let bar = self.bar();
        let length = bar.length().unwrap_or_default();
        while !self.is_over() {
            let totals = self.rail.totals().await?;
            let tasks = |wanted: fn(Status) -> bool| -> u64 {
                totals.tasks.iter().filter(|(status, _)| wanted(*status)).map(|(_, count)| count).sum()
            };
            let breached =
                totals.sla.iter().filter(|(state, _)| matches!(state, SlaState::Breached | SlaState::Missed));
            let left = self.ends_at.saturating_duration_since(Instant::now());
            bar.set_position(length.saturating_sub(u64::try_from(left.as_millis()).unwrap_or_default()));
            bar.set_message(format!(
                "{} {}  open {}  decided {}  late {}  escalated {}",
                when::exact(self.clock.now()),
                if self.is_night() { "(night)" } else { "       " },
                tasks(Status::is_open),
                tasks(|status| status == Status::Completed),
                breached.map(|(_, count)| count).sum::<u64>(),
                totals.escalated,
            ));
            self.stop.within(LOOK_EVERY.min(left)).await;
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Waits until the actors have handled everything that happened.
    pub(super) async fn let_events_settle(&self) -> Result<(), Failure> {
        loop {
            let mut left = 0;
            for consumer in Consumer::ALL {
                left += self.rail.lag(consumer).await?;
            }
            if left == 0 || self.stop.within(Duration::from_millis(20)).await {
                return Ok(());
            }
        }
    }

    fn bar(&self) -> ProgressBar {
        let left = self.ends_at.saturating_duration_since(Instant::now()).as_millis();
        let left = u64::try_from(left).unwrap_or_default();
        if !self.console.is_watched() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(left);
        let style = ProgressStyle::with_template("{bar:20} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    }
}
