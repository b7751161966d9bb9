//! What the longer commands on a task take.

use std::time::Duration;

use clap::{Args, ValueEnum};
use tracerail_schemas::task::{Approvals, Decision, Priority};
use tracerail_schemas::time::{Hours, duration_text};
use tracerail_schemas::{CommandId, GroupId, PersonId, Timestamp};

use super::args::On;

/// A task to be made.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    /// What the person has to look at
    pub(super) content: String,
    /// What kind of work it is
    #[arg(long = "type", value_name = "TYPE", default_value = "content_review")]
    pub(super) task_type: String,
    /// How urgent it is: low, normal, high, urgent
    #[arg(long, default_value_t)]
    pub(super) priority: Priority,
    /// A group whose members may take it; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    pub(super) groups: Vec<GroupId>,
    /// A person who may take it; may be repeated
    #[arg(long = "candidate", value_name = "PERSON")]
    pub(super) candidates: Vec<PersonId>,
    /// Who should get it
    #[arg(long, value_name = "PERSON")]
    pub(super) assignee: Option<PersonId>,
    /// What the person must be able to do; may be repeated
    #[arg(long = "skill", value_name = "SKILL")]
    pub(super) skills: Vec<String>,
    /// Hours until the first deadline
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    pub(super) sla_hours: Option<Hours>,
    /// Hours until the second level
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    pub(super) escalation_hours: Option<Hours>,
    /// The escalation policy, a name from the configuration
    #[arg(long, value_name = "POLICY")]
    pub(super) policy: Option<String>,
    /// A person who must not work it or look at the work; may be repeated
    #[arg(long = "exclude", value_name = "PERSON")]
    pub(super) excluded: Vec<PersonId>,
    /// Whether a second person must look at the work
    #[arg(long)]
    pub(super) review_required: bool,
    /// How many must agree, and how many look at most, for example 2/3
    #[arg(long, value_name = "N/M", value_parser = approvals, requires = "review_required")]
    pub(super) approvals: Option<Approvals>,
    /// With --approvals: a lead of the groups decides when they disagree
    #[arg(long, requires = "approvals")]
    pub(super) adjudicate: bool,
    /// Hours for which one person after the other is offered it
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    pub(super) offer_hours: Option<Hours>,
    /// Hours after which a claim runs out without a sign of life
    #[arg(long, value_name = "HOURS", value_parser = hours)]
    pub(super) claim_lease_hours: Option<Hours>,
    /// The command's id: the same again makes no second task
    #[arg(long, value_name = "UUID")]
    pub(super) command_id: Option<CommandId>,
}

/// When to be reminded.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct When {
    /// At this time
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<Timestamp>,
    /// After so long: 90m, 2h, 1h 30m
    #[arg(long, value_name = "SPAN", value_parser = duration_text::parse)]
    pub(super) r#in: Option<Duration>,
    /// Not any more
    #[arg(long)]
    pub(super) never: bool,
}

/// A reminder.
#[derive(Args, Debug)]
pub(crate) struct FollowUpArgs {
    #[command(flatten)]
    pub(super) on: On,
    #[command(flatten)]
    pub(super) when: When,
}

/// A decision.
#[derive(Args, Debug)]
pub(crate) struct CompleteArgs {
    #[command(flatten)]
    pub(super) on: On,
    /// What was decided: it becomes the item's outcome
    #[arg(long, value_enum)]
    pub(super) decision: Decided,
    /// Words along with it
    #[arg(long, value_name = "TEXT")]
    pub(super) comment: Option<String>,
    /// What the work brought: a JSON object
    #[arg(long, value_name = "JSON")]
    pub(super) result: Option<String>,
    /// How good the work is, 0 to 1
    #[arg(long, value_name = "SCORE")]
    pub(super) quality: Option<f64>,
    /// The hash of what you looked at (`shown` in `task show --json`): if the task shows something else now, it is refused
    #[arg(long, value_name = "HASH", value_parser = hash)]
    pub(super) shown: Option<[u8; 32]>,
}

/// A second look.
#[derive(Args, Debug)]
pub(crate) struct ReviewArgs {
    #[command(flatten)]
    pub(super) on: On,
    /// What to do
    #[arg(value_enum)]
    pub(super) action: ReviewAction,
    /// With `request`: the decision to look at
    #[arg(long, value_enum, required_if_eq("action", "request"))]
    pub(super) decision: Option<Decided>,
    /// Words along with it; `request-changes` needs them
    #[arg(long, value_name = "TEXT", required_if_eq("action", "request-changes"))]
    pub(super) comment: Option<String>,
    /// With `approve`: how good the work is, 0 to 1
    #[arg(long, value_name = "SCORE")]
    pub(super) quality: Option<f64>,
    /// The hash of what you looked at (`shown` in `task show --json`): if the task shows something else now, it is refused
    #[arg(long, value_name = "HASH", value_parser = hash)]
    pub(super) shown: Option<[u8; 32]>,
}

/// What a second look can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ReviewAction {
    /// Ask a second person to look at a decision
    Request,
    /// As the second person: the work stands
    Approve,
    /// As the second person: the work goes back
    RequestChanges,
}

/// A decision, as it is typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Decided {
    /// Yes
    Approved,
    /// No
    Rejected,
}

impl From<Decided> for Decision {
    fn from(decided: Decided) -> Self {
        match decided {
            Decided::Approved => Self::Approved,
            Decided::Rejected => Self::Rejected,
        }
    }
}

fn hours(text: &str) -> Result<Hours, String> {
    let number = text.parse().map_err(|_| "not a number".to_owned())?;
    Hours::new(number).ok_or_else(|| "hours are above 0 and at most a hundred years".to_owned())
}

fn approvals(text: &str) -> Result<Approvals, String> {
    let wrong = || "two numbers, for example 2/3: so many must agree, of so many who look".to_owned();
    let (needed, of) = text.split_once('/').ok_or_else(wrong)?;
    let (needed, of) = needed.trim().parse().ok().zip(of.trim().parse().ok()).ok_or_else(wrong)?;
    let wanted = Approvals { needed, of, adjudicate: false };
    if wanted.are_possible() { Ok(wanted) } else { Err(wrong()) }
}

fn hash(text: &str) -> Result<[u8; 32], String> {
    tracerail_schemas::hash::parse(text).ok_or_else(|| "a hash has 64 hexadecimal digits".to_owned())
}
