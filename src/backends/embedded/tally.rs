//! Counts over everything, kept by the transactions that change them: a count over millions of rows would take seconds.

use rusqlite::{Connection, OptionalExtension};
use tracerail_actors::port::Totals;
use tracerail_schemas::PersonId;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::task::{SlaState, Status};

use super::failure::Failure;
use super::words::{Word, unsigned};

/// What one transaction changes in the counts.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<(Count, i64)>);

/// One of the counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Count {
    /// Content items taken in.
    Contents,
    /// Content items that ended so.
    Outcome(Outcome),
    /// Tasks that stand so.
    Status(Status),
    /// Tasks whose SLA stands so.
    Sla(SlaState),
    /// Tasks that were escalated at least once.
    Escalated,
    /// Open tasks this person has.
    Open(String),
}

impl Tally {
    /// Adds to a count.
    pub(super) fn add(&mut self, count: Count, by: i64) {
        match self.0.iter_mut().find(|(known, _)| *known == count) {
            Some((_, sum)) => *sum += by,
            None => self.0.push((count, by)),
        }
    }

    /// Writes the changes, inside the transaction that made them.
    pub(super) fn write(&self, connection: &Connection) -> Result<(), Failure> {
        for (count, by) in self.0.iter().filter(|(_, by)| *by != 0) {
            connection
                .prepare_cached(
                    "INSERT INTO tally (name, count) VALUES (?1, ?2) \
                     ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
                )?
                .execute((count.name(), by))?;
        }
        Ok(())
    }
}

impl Count {
    fn name(&self) -> String {
        match self {
            Self::Contents => "contents".to_owned(),
            Self::Outcome(outcome) => format!("outcome {}", outcome.word()),
            Self::Status(status) => format!("status {}", status.word()),
            Self::Sla(state) => format!("sla {}", state.word()),
            Self::Escalated => "escalated".to_owned(),
            Self::Open(person) => format!("open {person}"),
        }
    }
}

/// How many open tasks each of these people has.
pub(super) fn open_tasks(connection: &Connection, people: &[PersonId]) -> Result<Vec<u64>, Failure> {
    let mut statement = connection.prepare_cached("SELECT count FROM tally WHERE name = ?1")?;
    let count = |person: &PersonId| {
        let name = Count::Open(person.to_string()).name();
        let count: Option<i64> = statement.query_row([name], |row| row.get(0)).optional()?;
        Ok(count.map_or(0, unsigned))
    };
    people.iter().map(count).collect()
}

/// The counts as they stand; what was never counted is left out.
pub(super) fn totals(connection: &Connection) -> Result<Totals, Failure> {
    let held = "SELECT count(*) FROM dead_letter WHERE status = 'held'";
    let held: i64 = connection.prepare_cached(held)?.query_row((), |row| row.get(0))?;
    let mut totals = Totals { dead_letters_held: unsigned(held), ..Totals::default() };
    let mut statement = connection.prepare_cached("SELECT name, count FROM tally WHERE count > 0")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (name, count) = (row.get_ref(0)?.as_str().unwrap_or_default(), unsigned(row.get(1)?));
        match name.split_once(' ') {
            Some(("outcome", word)) => totals.outcomes.push((Outcome::read(word)?, count)),
            Some(("status", word)) => totals.tasks.push((Status::read(word)?, count)),
            Some(("sla", word)) => totals.sla.push((SlaState::read(word)?, count)),
            None if name == "contents" => totals.contents = count,
            None if name == "escalated" => totals.escalated = count,
            // A count of a newer program.
            Some(_) | None => {}
        }
    }
    totals.outcomes.sort_unstable();
    totals.tasks.sort_unstable();
    totals.sla.sort_unstable();
    Ok(totals)
}
