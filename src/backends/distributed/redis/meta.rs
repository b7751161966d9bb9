//! What Redis says about itself: what state each partition is in, who it is, and how far the log went when it was last seen.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::{Value, cmd};
use tracerail_schemas::Timestamp;

use super::error::Failure;
use super::gate::Gate;
use super::history::{History, Mark};
use super::read_content::typed;
use super::scripts::Script;
use super::store::micros;

/// The shape of what is stored; a program that knows only older ones stays away.
const FORMAT: &str = "2";

/// The partition is whole.
pub(super) const READY: &str = "ready";
/// How far the clocks of Redis and of the log may be apart.
const CLOCKS_APART_MAX: Duration = Duration::from_secs(30);

/// The partition is being brought up to the log, or made again, by whoever has this token. Nobody else's scripts run on it: whoever lost
/// the lock without noticing is kept out by this.
pub(super) fn behind(token: &str) -> String {
    format!("behind {token}")
}

/// Where in the log whoever brings the state up to it has to begin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Since {
    /// With the first event.
    Beginning,
    /// At this moment.
    Moment(Timestamp),
}

impl Since {
    /// The moment; nothing for the beginning.
    pub(super) fn moment(self) -> Option<Timestamp> {
        match self {
            Self::Beginning => None,
            Self::Moment(at) => Some(at),
        }
    }

    fn read(text: &str) -> Self {
        text.parse().map_or(Self::Beginning, |at| Self::Moment(Timestamp::from_micros(at)))
    }

    fn text(self) -> String {
        self.moment().map_or_else(|| "beginning".to_owned(), |at| at.as_micros().to_string())
    }
}

/// What the partitions say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Meta {
    /// How many have something.
    pub(super) there: usize,
    /// Whether all are whole.
    pub(super) all_ready: bool,
    /// The server that was last known to be whole.
    pub(super) run_id: String,
    /// When the last commit was made, of which it is known that nothing before it is missing.
    pub(super) written_at: Option<Timestamp>,
    /// Where somebody began to bring it up to the log who has not come to the end.
    pub(super) unfinished: Option<Since>,
}

impl Meta {
    /// Whether everything is there, on this server.
    pub(super) fn is_whole_on(&self, run_id: &str) -> bool {
        self.all_ready && self.run_id == run_id
    }

    /// Where to begin to bring it up to the log.
    pub(super) fn since(&self, partitions: usize) -> Since {
        let written = match self.written_at {
            Some(at) if self.there == partitions => Since::Moment(at.minus(CLOCKS_APART_MAX)),
            Some(_) | None => Since::Beginning,
        };
        self.unfinished.map_or(written, |unfinished| unfinished.min(written))
    }
}

/// Reads what the partitions say.
///
/// One server's file holds a beginning of all its writes: whatever is missing came after the last one that is there. The nodes of a
/// cluster have a file each, and what is missing in one came after the last one there.
pub(super) async fn read(gate: &Gate, cluster: bool) -> Result<Meta, Failure> {
    let mut meta =
        Meta { there: 0, all_ready: true, run_id: String::new(), written_at: None, unfinished: None };
    for partition in gate.keys.partitions() {
        let all = cmd("HGETALL").arg(gate.keys.meta(partition)).to_owned();
        let fields: BTreeMap<String, String> = typed(gate.connection.ask(&all).await?)?;
        let field = |name: &str| fields.get(name).map(String::as_str);
        meta.all_ready &= field("state") == Some(READY);
        if fields.is_empty() {
            continue;
        }
        meta.there += 1;
        check(gate, &fields)?;
        field("run_id").unwrap_or_default().clone_into(&mut meta.run_id);
        let written = field("written_at").and_then(|at| at.parse().ok()).map(Timestamp::from_micros);
        let unfinished = field("since").map(Since::read);
        meta.unfinished = meta.unfinished.into_iter().chain(unfinished).min();
        // A partition that was never written has lost nothing that could be told by its time.
        meta.written_at = match (meta.written_at, written) {
            (Some(one), Some(other)) => Some(if cluster { one.min(other) } else { one.max(other) }),
            (one, other) => one.or(other),
        };
    }
    Ok(meta)
}

fn check(gate: &Gate, fields: &BTreeMap<String, String>) -> Result<(), Failure> {
    let partitions = gate.keys.partitions().len().to_string();
    let stored = fields.get("partitions").cloned().unwrap_or_default();
    if stored != partitions {
        return Err(Failure::Refused(format!(
            "Redis at {} is kept in {stored} partitions, and redis.partitions says {partitions}: set it to {stored}",
            gate.address
        )));
    }
    let format = fields.get("format").cloned().unwrap_or_default();
    if format != FORMAT {
        return Err(Failure::Refused(format!(
            "Redis at {} has the format {format}, and this program knows {FORMAT}: use the program that wrote it, or `tracerail rebuild`",
            gate.address
        )));
    }
    Ok(())
}

/// From now on whoever has this state brings the partitions up to the log, from there on. That is remembered until it is done: whoever
/// comes after one that died begins where that one began.
pub(super) async fn begin(gate: &Gate, state: &str, since: Since) -> Result<(), Failure> {
    let since = since.text();
    for partition in gate.keys.partitions() {
        let set = cmd("HSET")
            .arg(gate.keys.meta(partition))
            .arg(&[("state", state), ("since", &since), ("format", FORMAT)])
            .arg("partitions")
            .arg(gate.keys.partitions().len())
            .to_owned();
        gate.connection.ask(&set).await?;
    }
    Ok(())
}

/// The partitions hold what the log told until this moment, on this server, if it is still the one that was told.
pub(super) async fn finish(gate: &Gate, state: &str, run_id: &str, until: Timestamp) -> Result<(), Failure> {
    let until = micros(until);
    for partition in gate.keys.partitions() {
        let arguments = [state.as_bytes(), run_id.as_bytes(), &until];
        gate.call_past_the_gate(Script::Open, partition, arguments).await?;
    }
    Ok(())
}

/// Which server it is: every start has another name. Those of a cluster are told apart by their scripts alone.
pub(super) async fn run_id(gate: &Gate) -> Result<String, Failure> {
    let answer = gate.connection.ask(&cmd("INFO").arg("server").to_owned()).await?;
    if matches!(answer, Value::Map(_) | Value::Array(_)) {
        return Ok("cluster".to_owned());
    }
    let text: String = typed(answer)?;
    let line = text.lines().find_map(|line| line.strip_prefix("run_id:"));
    Ok(line.unwrap_or("unknown").trim().to_owned())
}

/// Compares the streams with what was last seen of them, and notes what is seen now. A stream that is shorter, or was made again, is
/// not the log this state was made from.
pub(super) async fn note_streams(gate: &Gate, history: &dyn History) -> Result<Vec<Mark>, Failure> {
    let key = gate.keys.whole("streams");
    // What was noted is read first: what others note meanwhile may be newer than what we are about to see.
    let known: BTreeMap<String, String> =
        typed(gate.connection.ask(&cmd("HGETALL").arg(&key).to_owned()).await?)?;
    let marks = history.marks().await.map_err(|error| gate.refusal(&error.chain()))?;
    for mark in &marks {
        let Some((created, last)) = known.get(&mark.stream).and_then(|text| text.split_once(' ')) else {
            continue;
        };
        let wrong = if created != mark.created_at.as_micros().to_string() {
            "was made again"
        } else if last.parse::<u64>().is_ok_and(|last| last > mark.last) {
            "is shorter than it was"
        } else {
            continue;
        };
        return Err(Failure::Unreadable(format!(
            "the stream {} {wrong} (it had {last} events, now {}): the event log is not the one this state was made from. \
             Restore the log, or begin anew with `tracerail rebuild`",
            mark.stream, mark.last
        )));
    }
    if marks.is_empty() {
        return Ok(marks);
    }
    let mut note = cmd("HSET");
    note.arg(&key);
    for mark in &marks {
        note.arg(&mark.stream).arg(format!("{} {}", mark.created_at.as_micros(), mark.last));
    }
    gate.connection.ask(&note).await?;
    Ok(marks)
}

/// Forgets what was seen of the streams.
pub(super) async fn forget_streams(gate: &Gate) -> Result<(), Failure> {
    gate.connection.ask(&cmd("UNLINK").arg(gate.keys.whole("streams")).to_owned()).await?;
    Ok(())
}
