//! Reads on one thread and takes in many at once, so that they share the disk's syncs.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::{Code, ContentKey};

use crate::TraceRail;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::signals::Stop;
use crate::client::Submitted;
use crate::error::Error;
use crate::input::{self, Entry, Input};

/// Submissions under way at once. The store commits those that wait in one transaction; beyond some hundreds nothing is won.
const AT_ONCE: usize = 256;

/// How long after a server was not there it is looked for again.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How long servers that went away are waited for before a submission ends: longer than a restart takes, and no night.
pub(crate) const SERVERS_COME_BACK_WITHIN: Duration = Duration::from_mins(5);

/// What became of everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Fed {
    /// The items that are in now, taken in this time or before.
    pub(crate) keys: Vec<ContentKey>,
    /// How many were taken in this time.
    pub(crate) taken: u64,
    /// How many had been taken in before.
    pub(crate) repeated: u64,
    /// What was refused, in the order in which it was noticed.
    pub(crate) refused: Vec<Refused>,
    /// Whether it was stopped before everything was read.
    pub(crate) stopped: bool,
}

/// A line or file that was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    /// Where it stood.
    pub(crate) place: String,
    /// The stable code.
    pub(crate) code: Code,
    /// Why.
    pub(crate) message: String,
}

/// Takes everything in. An error of the store ends it: what follows would fail as well.
pub(crate) async fn feed(
    context: &Context,
    rail: &TraceRail,
    input: Input,
    stop: &Stop,
    patience: Duration,
) -> Result<Fed, Failure> {
    let bar = bar(context);
    let (entries, mut read) = mpsc::channel(AT_ONCE * 2);
    // Not waited for at the end: it may be waiting for standard input for ever.
    std::thread::spawn(move || {
        input::read(&input, &mut |entry| entries.blocking_send(entry).is_ok());
    });
    let mut fed = Fed::default();
    let mut answers = stream::poll_fn(|waker| read.poll_recv(waker))
        .take_until(Box::pin(stop.come()))
        .map(|entry| submit(context, rail, entry, patience))
        .buffer_unordered(AT_ONCE);
    let mut failed = None;
    while let Some((place, answer)) = answers.next().await {
        bar.inc(1);
        if let Err(failure) = fed.note(context, &bar, place, answer) {
            failed = Some(failure);
            break;
        }
    }
    drop(answers);
    fed.stopped = stop.has_come();
    bar.finish_and_clear();
    if let Some(failure) = failed {
        context.console.note(&format!("{} items were taken in before that and are safe", fed.taken));
        return Err(failure);
    }
    Ok(fed)
}

async fn submit(
    context: &Context,
    rail: &TraceRail,
    entry: Entry,
    patience: Duration,
) -> (String, Result<Submitted, Error>) {
    let Entry { place, content } = entry;
    let answer = match content {
        Ok(mut submitted) => {
            if let Some(tenant) = &context.globals.tenant {
                submitted.tenant = tenant.clone();
            }
            with_patience(rail, *submitted, patience).await
        }
        Err(unreadable) => Err(Error::new(unreadable.code, unreadable.message)),
    };
    (place, answer)
}

/// Servers that are away for a while, or have no room for the moment, are waited for. What is repeated is recognised by its id.
async fn with_patience(
    rail: &TraceRail,
    submitted: ContentSubmitted,
    patience: Duration,
) -> Result<Submitted, Error> {
    let began = Instant::now();
    loop {
        let answer = rail.submit(submitted.clone()).await;
        match answer {
            Err(error) if passes(&error) && began.elapsed() < patience => {
                tracing::debug!(%error, "waiting for the servers");
                tokio::time::sleep(LOOKS_AGAIN_AFTER).await;
            }
            answered => return answered,
        }
    }
}

/// Whether it can be over by itself.
fn passes(error: &Error) -> bool {
    matches!(error.code(), Code::StoreUnavailable | Code::StoreFull | Code::OutcomeUnknown)
}

impl Fed {
    fn note(
        &mut self,
        context: &Context,
        bar: &ProgressBar,
        place: String,
        answer: Result<Submitted, Error>,
    ) -> Result<(), Failure> {
        match answer {
            Ok(submitted) => {
                self.taken += u64::from(!submitted.repeated);
                self.repeated += u64::from(submitted.repeated);
                self.keys.push(submitted.key);
                Ok(())
            }
            Err(error) if Exit::from(error.code()) == Exit::Unavailable => Err(error.into()),
            Err(error) => {
                let code = error.code();
                let full = error.to_string();
                let message = full.strip_prefix(&format!("{code}: ")).unwrap_or(&full).to_owned();
                bar.suspend(|| context.console.problem(code.as_str(), &format!("{place}: {message}")));
                self.refused.push(Refused { place, code, message });
                Ok(())
            }
        }
    }
}

fn bar(context: &Context) -> ProgressBar {
    if !context.console.is_watched() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} taking in {pos} items, {per_sec}, {elapsed}");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}
