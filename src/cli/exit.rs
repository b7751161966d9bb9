//! Exit codes: what kind of end a command came to, for scripts.

use serde_json::Map;
use tracerail_schemas::Code;

use super::context::Context;
use super::failure::Failure;

/// How a command ended. The numbers never change their meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Done.
    Ok = 0,
    /// Not done, or not all of it.
    Failure = 1,
    /// The command line, the configuration or the rules make no sense.
    Usage = 2,
    /// A command was refused, or lost a race.
    Refused = 3,
    /// No such task, content or dead letter.
    NotFound = 4,
    /// The store or the model cannot be used now.
    Unavailable = 5,
}

/// The table of exit codes, for help.
pub(crate) const TABLE: &str = "\
Exit codes:
  0  done
  1  failed, or something of it was refused (a line of a submission, a check)
  2  the command line, the configuration or the rules make no sense, or a server refuses the credentials
  3  refused: not possible where the task stands, not allowed, or somebody else was faster
  4  not found: no such task, content or dead letter
  5  the store or the model cannot be used now; trying again later can help

Errors go to standard error as `error TR0011: ...`, with --json as {\"error\":{\"code\":...,\"message\":...}}.
`tracerail explain TR0011` has the page of a code.";

impl From<Code> for Exit {
    fn from(code: Code) -> Self {
        match code {
            Code::PayloadMalformed
            | Code::PayloadOverLimit
            | Code::ContentInvalid
            | Code::ContentTooLarge
            | Code::ModelAnswerBroken
            | Code::HandlerFailed
            | Code::InputUnreadable
            | Code::Internal => Self::Failure,
            Code::UsageInvalid | Code::ConfigInvalid | Code::RulesInvalid | Code::CredentialsRefused => {
                Self::Usage
            }
            Code::ContentIdConflict
            | Code::CommandIllegal
            | Code::CommandForbidden
            | Code::VersionConflict
            | Code::CommandIdReused
            | Code::PersonUnsuitable
            | Code::CommandInvalid
            | Code::DecisionVoid => Self::Refused,
            Code::ContentUnknown | Code::TaskUnknown | Code::DeadLetterUnknown => Self::NotFound,
            Code::OutcomeUnknown
            | Code::StoreUnavailable
            | Code::StoreReadOnly
            | Code::StoreCorrupt
            | Code::StoreFull
            | Code::StoreTooNew
            | Code::NotSetUp
            | Code::EventsWait
            | Code::DiskLow
            | Code::ModelUnavailable => Self::Unavailable,
        }
    }
}

/// Prints the table.
pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let rows = TABLE.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let value =
        || rows.map(|(code, meaning)| (code.to_owned(), meaning.into())).collect::<Map<_, _>>().into();
    context.console.answer(value, || TABLE.to_owned())?;
    Ok(Exit::Ok)
}
