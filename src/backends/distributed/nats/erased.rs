//! What is left of messages from which something was erased.
//!
//! Nothing in a stream ever changes, so such a message is taken out of it, and what is left stands in the stream `erased`, under the
//! place it had. Whoever reads a stream finds it there: in its order, under its number, with its attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_TTL};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use tracerail_actors::port::{Clock as _, PortError, SystemClock};
use tracerail_schemas::Timestamp;

use super::connect::full;
use super::core::Core;
use super::direct::{self, From, Kept, Page};
use super::error::{away, unreadable};
use super::headers::{self, get};
use super::setup::context;
use super::streams::StreamId;

/// The subject the message had.
const SUBJECT: &str = "erased-subject";
/// When the server took it.
const AT: &str = "erased-at";

/// How many are asked for at once.
const AT_ONCE: usize = 64;

/// Which messages of which streams there are rests of.
#[derive(Default, Debug)]
pub(super) struct Index {
    /// The newest message of the stream of rests when this was read.
    last: u64,
    streams: BTreeMap<StreamId, BTreeSet<u64>>,
}

impl Index {
    /// The numbers of those of one stream.
    pub(super) fn of(&self, stream: StreamId) -> &BTreeSet<u64> {
        static NONE: BTreeSet<u64> = BTreeSet::new();
        self.streams.get(&stream).unwrap_or(&NONE)
    }
}

/// As it is now: where nothing has been erased since, that is one question.
pub(super) async fn index(core: &Core) -> Result<Arc<Index>, PortError> {
    let operation = "see what was erased";
    let failed = |error: &dyn std::error::Error| away(operation, full(error));
    let context = context(&core.connection);
    let name = core.names.stream(StreamId::Erased);
    let stream = context.get_stream(&name).await.map_err(|error| failed(&error))?;
    let last = stream.cached_info().state.last_sequence;
    let known = Arc::clone(&core.erased.lock().unwrap_or_else(PoisonError::into_inner));
    if known.last == last {
        return Ok(known);
    }
    let mut index = Index { last, streams: BTreeMap::new() };
    let subjects = stream.info_with_subjects(core.names.subject("erased.>")).await;
    let mut subjects = subjects.map_err(|error| failed(&error))?;
    while let Some((subject, _)) = subjects.try_next().await.map_err(|error| failed(&error))? {
        if let Some((stream, number)) = core.names.left_of(&subject) {
            index.streams.entry(stream).or_default().insert(number);
        }
    }
    let index = Arc::new(index);
    *core.erased.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&index);
    Ok(index)
}

/// Up to `limit` messages of a stream whose subject fits the filter, in order, the rests of erased ones among them.
pub(super) async fn page(
    core: &Core,
    stream: StreamId,
    from: From,
    filter: &str,
    limit: usize,
) -> Result<Page, PortError> {
    let mut page = direct::page(core, stream, from, filter, limit).await?;
    // Asked afterwards: what was taken out meanwhile is found here.
    let index = index(core).await?;
    let numbers = index.of(stream);
    if numbers.is_empty() {
        return Ok(page);
    }
    let until = page.kept.last().filter(|_| page.more).map_or(u64::MAX, |last| last.sequence);
    let first = match from {
        From::Sequence(number) => number,
        From::Time(at) => first_since(core, stream, numbers, at, until).await?,
    };
    let there: BTreeSet<u64> = page.kept.iter().map(|kept| kept.sequence).collect();
    let gone = numbers.range(first.min(until)..=until).filter(|number| !there.contains(number)).copied();
    let gone: Vec<u64> = gone.collect();
    let mut rests = 0;
    for some in gone.chunks(AT_ONCE) {
        if rests > limit {
            // Whatever comes after the last one that was asked for is read with the next page.
            let before = some.first().copied().unwrap_or(u64::MAX);
            page.kept.retain(|kept| kept.sequence < before);
            page.more = true;
            break;
        }
        let found = try_join_all(some.iter().map(|number| left(core, stream, *number))).await?;
        let fitting = found.into_iter().flatten().filter(|kept| fits(filter, &kept.subject));
        let before = page.kept.len();
        page.kept.extend(fitting);
        rests += page.kept.len() - before;
    }
    page.kept.sort_by_key(|kept| kept.sequence);
    page.more |= page.kept.len() > limit;
    page.kept.truncate(limit);
    Ok(page)
}

/// The message of this number, or what is left of it.
pub(super) async fn numbered(core: &Core, stream: StreamId, number: u64) -> Result<Option<Kept>, PortError> {
    match direct::numbered(core, stream, number).await? {
        Some(kept) => Ok(Some(kept)),
        None => left(core, stream, number).await,
    }
}

/// The same, asked as an actor may ask that reads its own stream, and what is left of that, alone.
pub(super) async fn of_own(core: &Core, stream: StreamId, number: u64) -> Result<Option<Kept>, PortError> {
    if let Some(kept) = direct::numbered(core, stream, number).await? {
        return Ok(Some(kept));
    }
    let left = direct::last(core, StreamId::Erased, &core.names.erased(stream, number)).await?;
    left.map(|kept| standing(kept, number)).transpose()
}

/// What is left of a message, as if it stood where the message stood.
pub(super) async fn left(core: &Core, stream: StreamId, number: u64) -> Result<Option<Kept>, PortError> {
    let subject = core.names.erased(stream, number);
    let Some(kept) = direct::last_of(core, StreamId::Erased, &subject).await? else { return Ok(None) };
    standing(kept, number).map(Some)
}

/// The same, of the message in the stream of rests.
pub(super) fn standing(kept: Kept, number: u64) -> Result<Kept, PortError> {
    let headers = kept.headers.as_ref();
    let subject = get(headers, SUBJECT).map(str::to_owned);
    let at = get(headers, AT).and_then(|at| at.parse::<Timestamp>().ok());
    let (Some(subject), Some(at)) = (subject, at) else {
        return Err(unreadable("read what was erased", format!("{} does not say what it was", kept.subject)));
    };
    Ok(Kept { sequence: number, subject, at, ..kept })
}

/// The headers of what is left of a message: those of its own that anybody here reads, where it stood, and when it is to leave. What else a
/// publisher wrote into headers goes. It is taken only if the last message on its subject is this one.
pub(super) fn headers(core: &Core, was: &Kept, last: u64) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, values) in was.headers.iter().flat_map(HeaderMap::iter) {
        if headers::is_read(name.as_ref())
            && let Some(value) = values.first()
        {
            map.insert(name.clone(), value.clone());
        }
    }
    map.insert(SUBJECT, was.subject.as_str());
    map.insert(AT, was.at.to_string());
    map.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, last.to_string());
    let age_max = core.settings.age_max;
    let stays = core.names.plain(&was.subject).starts_with("dlq.");
    if !age_max.is_zero() && !stays {
        // By the clock of the server, which said when it came.
        let left = was.at.plus(age_max).since(SystemClock.now()).as_secs().max(1);
        map.insert(NATS_MESSAGE_TTL, format!("{left}s"));
    }
    map
}

/// The first of these numbers whose message was taken at this time or later.
async fn first_since(
    core: &Core,
    stream: StreamId,
    numbers: &BTreeSet<u64>,
    at: Timestamp,
    until: u64,
) -> Result<u64, PortError> {
    let mut first = u64::MAX;
    let backwards: Vec<u64> = numbers.range(..=until).rev().copied().collect();
    for some in backwards.chunks(AT_ONCE) {
        let found = try_join_all(some.iter().map(|number| left(core, stream, *number))).await?;
        for kept in found.into_iter().flatten() {
            if kept.at < at {
                return Ok(first);
            }
            first = kept.sequence;
        }
    }
    Ok(first)
}

/// Whether a subject fits a filter of the server's kind.
fn fits(filter: &str, subject: &str) -> bool {
    let mut parts = subject.split('.');
    for wanted in filter.split('.') {
        match (wanted, parts.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(part)) if wanted == part => {}
            (_, _) => return false,
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_fits_as_the_server_says() {
        for (filter, subject, fitting) in [
            (">", "task.created", true),
            ("task.created", "task.created", true),
            ("task.created", "task.assigned", false),
            ("acme.dlq.*", "acme.dlq.llm", true),
            ("acme.dlq.*", "acme.dlq", false),
            ("dlq.*", "dlq.llm.x", false),
        ] {
            assert_eq!(fits(filter, subject), fitting, "{filter} {subject}");
        }
    }
}
