//! How long it takes to look at many open tasks: a page of a list, one found by the beginning of its id, the next one.

use std::time::{Duration, Instant};

use tracerail_actors::port::TaskFilter;
use tracerail_schemas::task::Status;
use tracerail_schemas::{Code, PersonId, Principal, TenantId};

use crate::TraceRail;
use crate::bench::Spread;
use crate::cli::failure::Failure;

/// How often each is done; every task can be taken once.
const TIMES: u32 = 1_000;

/// Tasks of a page.
const PAGE: usize = 50;

/// How long each look takes.
#[derive(Clone, Debug)]
pub(super) struct Looks(pub(super) [(&'static str, Spread); 5]);

/// Looks at the open tasks, of which there are so many, and takes some.
pub(super) async fn look(rail: &TraceRail, open: u32) -> Result<Looks, Failure> {
    let times = open.min(TIMES);
    let who = PersonId::new("bench").map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let (by, tenant) = (Principal::user(who.clone()), TenantId::default());
    let statuses: Vec<_> = Status::ALL.into_iter().filter(|status| status.is_open()).collect();
    let open = TaskFilter { statuses, limit: times as usize, ..TaskFilter::default() };
    let some = rail.tasks(open.clone()).await?.tasks;
    let list = timed(times, |n| {
        // From somewhere in the list; after the last one of them nothing might come.
        let after = some.get(n.saturating_sub(1)).filter(|_| n > 0).map(|task| task.id);
        let filter = TaskFilter { after, limit: PAGE, ..open.clone() };
        async move { Ok(rail.tasks(filter).await?.tasks.len()) }
    });
    let list = list.await?;
    let find = timed(times, |n| {
        let id = some.get(n % some.len().max(1)).map(|task| task.id.uuid().simple().to_string());
        async move {
            let prefix = id.as_deref().and_then(|id| id.get(..8)).unwrap_or("0");
            Ok(rail.find_task(prefix).await?.len())
        }
    });
    let find = find.await?;
    let next =
        timed(times, |_| async { Ok(usize::from(rail.next_task(&tenant, &who).await?.is_some())) }).await?;
    let take =
        timed(times, |_| async { Ok(usize::from(rail.claim_next(&tenant, &by).await?.is_some())) }).await?;
    let mine = timed(times, |_| {
        let filter = TaskFilter { assignee: Some(who.clone()), limit: PAGE, ..TaskFilter::default() };
        async move { Ok(rail.tasks(filter).await?.tasks.len()) }
    });
    let mine = mine.await?;
    Ok(Looks([
        ("a page of the open ones", list),
        ("a page of one person's", mine),
        ("one by the beginning of its id", find),
        ("the next one, looked at", next),
        ("the next one, taken", take),
    ]))
}

async fn timed<F: Future<Output = Result<usize, Failure>>>(
    times: u32,
    mut once: impl FnMut(usize) -> F,
) -> Result<Spread, Failure> {
    let mut took: Vec<Duration> = Vec::with_capacity(times as usize);
    for n in 0..times as usize {
        let began = Instant::now();
        let found = once(n).await?;
        took.push(began.elapsed());
        if found == 0 {
            return Err(Failure::new(Code::Internal, "nothing was found where something is"));
        }
    }
    Ok(Spread::of(took))
}
