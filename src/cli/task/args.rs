//! What can be typed after `tracerail task`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use tracerail_schemas::task::{Decision, Priority, Status};
use tracerail_schemas::time::{Hours, duration_text};
use tracerail_schemas::{CommandId, GroupId, PersonId, Timestamp};

/// Tasks.
#[derive(Subcommand, Debug)]
pub(crate) enum TaskCommand {
    /// List tasks, oldest first
    #[command(
        after_help = "Examples:\n  tracerail task list --mine\n  tracerail task list --status escalated --status waiting_review\n  tracerail task list --overdue --json"
    )]
    List(ListArgs),
    /// Print a task: what it is about, where it stands, what is possible
    #[command(
        after_help = "Examples:\n  tracerail task show 3fa9c1d2\n  tracerail task show 3fa9c1d2 --json | jq .task.state"
    )]
    Show {
        /// The task: its id, or the beginning of it
        #[arg(value_name = "TASK")]
        task: String,
    },
    #[command(flatten)]
    Work(Work),
}

/// Which tasks.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Only in this status; may be repeated
    #[arg(long)]
    pub(super) status: Vec<Status>,
    /// Only open ones
    #[arg(long, conflicts_with = "status")]
    pub(super) open: bool,
    /// Only mine (see --as)
    #[arg(long, conflicts_with = "assignee")]
    pub(super) mine: bool,
    /// Only of this person
    #[arg(long, value_name = "PERSON")]
    pub(super) assignee: Option<PersonId>,
    /// Only open ones past their first deadline
    #[arg(long)]
    pub(super) overdue: bool,
    /// At most this many
    #[arg(long, default_value_t = 50)]
    pub(super) limit: usize,
}

/// What every command on a task takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct On {
    /// The task: its id, or the beginning of it
    #[arg(value_name = "TASK")]
    pub(super) task: String,
    #[command(flatten)]
    pub(super) options: Options,
}

/// How a command is given.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Refuse unless the task has this version
    #[arg(long, value_name = "N")]
    pub(super) expect_version: Option<u64>,
    /// The command's id: the same again takes effect once and gets the first answer
    #[arg(long, value_name = "UUID")]
    pub(super) command_id: Option<CommandId>,
}

/// Commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Work {
    /// Make a task that belongs to no content
    #[command(
        after_help = "Example:\n  tracerail task create 'Call the landlord back' --group support --priority high --sla-hours 4"
    )]
    Create(CreateArgs),
    /// Take it
    #[command(after_help = "Example:\n  tracerail task claim 3fa9c1d2 --as ada")]
    Claim(On),
    /// Give it back to its candidates
    #[command(after_help = "Example:\n  tracerail task release 3fa9c1d2")]
    Release(On),
    /// Begin to work
    #[command(after_help = "Example:\n  tracerail task start 3fa9c1d2")]
    Start(On),
    /// Give it to somebody
    #[command(after_help = "Example:\n  tracerail task assign 3fa9c1d2 grace --as lead")]
    Assign {
        #[command(flatten)]
        on: On,
        /// Who gets it
        person: PersonId,
    },
    /// Hand one's own task to somebody
    #[command(after_help = "Example:\n  tracerail task delegate 3fa9c1d2 grace")]
    Delegate {
        #[command(flatten)]
        on: On,
        /// Who gets it
        person: PersonId,
    },
    /// Decide it
    #[command(
        after_help = "Examples:\n  tracerail task complete 3fa9c1d2 --decision approved\n  tracerail task complete 3fa9c1d2 --decision rejected --comment 'A known scam' --result '{\"refund\":0}'"
    )]
    Complete(CompleteArgs),
    /// Ask for a second look, or be the second person
    #[command(
        after_help = "Examples:\n  tracerail task review 3fa9c1d2 request --decision approved\n  tracerail task review 3fa9c1d2 approve --as grace\n  tracerail task review 3fa9c1d2 request-changes --comment 'The amount is wrong' --as grace"
    )]
    Review(ReviewArgs),
    /// Raise it to the next level
    #[command(after_help = "Example:\n  tracerail task escalate 3fa9c1d2 'Needs the legal team'")]
    Escalate {
        #[command(flatten)]
        on: On,
        /// Why
        reason: String,
    },
    /// Let it and its clock stand still
    #[command(
        after_help = "Examples:\n  tracerail task suspend 3fa9c1d2 'Waiting for the customer' --for 2h\n  tracerail task suspend 3fa9c1d2 'Shop closed' --until 2026-12-01T08:00:00Z"
    )]
    Suspend {
        #[command(flatten)]
        on: On,
        /// Why
        reason: String,
        /// When it goes on by itself
        #[arg(long, value_name = "TIME", conflicts_with = "for")]
        until: Option<Timestamp>,
        /// After how long it goes on by itself: 90m, 2h, 1h 30m
        #[arg(long, value_name = "SPAN", value_parser = duration_text::parse)]
        r#for: Option<Duration>,
    },
    /// Let it go on
    #[command(after_help = "Example:\n  tracerail task resume 3fa9c1d2")]
    Resume(On),
    /// Give it up
    #[command(after_help = "Example:\n  tracerail task cancel 3fa9c1d2 'The customer withdrew'")]
    Cancel {
        #[command(flatten)]
        on: On,
        /// Why
        reason: String,
    },
    /// Say something about it
    #[command(after_help = "Example:\n  tracerail task comment 3fa9c1d2 'Asked for photos'")]
    Comment {
        #[command(flatten)]
        on: On,
        /// What
        text: String,
    },
    /// Change its priority: low, normal, high, urgent
    #[command(alias = "set_priority", after_help = "Example:\n  tracerail task set-priority 3fa9c1d2 urgent")]
    SetPriority {
        #[command(flatten)]
        on: On,
        /// To what
        priority: Priority,
    },
    /// Move its first deadline, and the later ones by as much
    #[command(
        alias = "set_due",
        after_help = "Example:\n  tracerail task set-due 3fa9c1d2 2026-12-01T08:00:00Z"
    )]
    SetDue {
        #[command(flatten)]
        on: On,
        /// To when
        #[arg(value_name = "TIME")]
        due_at: Timestamp,
    },
}

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
    /// The command's id: the same again makes no second task
    #[arg(long, value_name = "UUID")]
    pub(super) command_id: Option<CommandId>,
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
