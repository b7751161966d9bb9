//! What can be typed after `tracerail task`.

use std::time::Duration;

use clap::{Args, Subcommand};
use tracerail_schemas::task::{Priority, Status};
use tracerail_schemas::time::duration_text;
use tracerail_schemas::{CommandId, PersonId, Timestamp};

use super::details::{CompleteArgs, CreateArgs, FollowUpArgs, ReviewArgs};

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
    /// Take the most urgent task one may take, or see which it is
    #[command(
        after_help = "Examples:\n  tracerail task next --as ada\n  tracerail task next --as ada --look\n  tracerail task next --as ada --json | jq -r .task_id"
    )]
    Next {
        /// Only see which it is
        #[arg(long)]
        look: bool,
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
    Create(Box<CreateArgs>),
    /// Take it
    #[command(after_help = "Example:\n  tracerail task claim 3fa9c1d2 --as ada")]
    Claim(On),
    /// Take what one is offered
    #[command(after_help = "Example:\n  tracerail task accept 3fa9c1d2 --as ada")]
    Accept(On),
    /// Leave what one is offered to somebody else
    #[command(after_help = "Example:\n  tracerail task decline 3fa9c1d2 'On the phone' --as ada")]
    Decline {
        #[command(flatten)]
        on: On,
        /// Why
        reason: Option<String>,
    },
    /// Say that one is still at it: a claim with an end lasts as long again
    #[command(after_help = "Example:\n  tracerail task heartbeat 3fa9c1d2 --as ada")]
    Heartbeat(On),
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
    /// Be reminded of it
    #[command(
        alias = "follow_up",
        after_help = "Examples:\n  tracerail task follow-up 3fa9c1d2 --in 2h\n  tracerail task follow-up 3fa9c1d2 --at 2026-12-01T08:00:00Z\n  tracerail task follow-up 3fa9c1d2 --never"
    )]
    FollowUp(FollowUpArgs),
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
