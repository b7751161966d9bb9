//! What can be typed.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;
use tracerail_schemas::{Code, TenantId};

use super::backup::BackupArgs;
use super::bench::BenchCommand;
use super::demo::DemoArgs;
use super::erase::EraseCommand;
use super::exit::TABLE;
use super::health::HealthArgs;
use super::intake::IntakeCommand;
use super::lag::LagArgs;
use super::rebuild::RebuildArgs;
use super::restore::RestoreArgs;
use super::retention::RetentionCommand;
use super::route::RouteCommand;
use super::rules::RulesCommand;
use super::run::RunArgs;
use super::schema::SchemaArgs;
use super::submit::SubmitArgs;
use super::task::TaskCommand;
use super::temporal::TemporalArgs;
use super::watch::WatchArgs;

/// People in the loop of AI work: content in, analysis, policy, human tasks under an SLA, one end each.
#[derive(Parser, Debug)]
#[command(
    name = "tracerail",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    max_term_width = 100,
    after_help = "First steps:\n  tracerail demo\n  tracerail submit examples/content.jsonl\n  tracerail task list",
    after_long_help = TABLE
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Globals {
    /// The configuration file (else the variable `TRACERAIL_CONFIG`, else tracerail.yaml here)
    #[arg(short, long, global = true, value_name = "PATH", help_heading = "Everywhere")]
    pub(crate) config: Option<PathBuf>,
    /// The store file, whatever the configuration says
    #[arg(long, global = true, value_name = "PATH", help_heading = "Everywhere")]
    pub(crate) store: Option<PathBuf>,
    /// Who gives the command (else $USER, else "me")
    #[arg(id = "as", long = "as", global = true, value_name = "PERSON", help_heading = "Everywhere")]
    pub(crate) person: Option<String>,
    /// The tenant
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub(crate) tenant: Option<TenantId>,
    /// Print JSON, errors too
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Print only what was asked for, and errors
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// Log more; twice for still more
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Everywhere")]
    pub(crate) verbose: u8,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// See it all at work: example content, simulated reviewers, a fast clock
    Demo(DemoArgs),
    /// Run the actors until Ctrl-C
    Run(RunArgs),
    /// Take content in: JSON lines, texts, e-mails
    Submit(SubmitArgs),
    /// Look at content
    #[command(subcommand)]
    Content(ContentCommand),
    /// Look at tasks and work them
    #[command(subcommand)]
    Task(Box<TaskCommand>),
    /// Look at deadlines
    #[command(subcommand)]
    Sla(SlaCommand),
    /// Show what happens, as it happens
    Watch(WatchArgs),
    /// Let what comes in wait, and wait until nothing is under way
    #[command(subcommand)]
    Intake(IntakeCommand),
    /// Check that the history of every task is what was told
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look at events that could not be handled, and hand them out again
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// Ask what routing would do
    #[command(subcommand)]
    Route(RouteCommand),
    /// Check and test rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print counts over everything
    #[command(after_help = "Examples:\n  tracerail status\n  tracerail status --json | jq .tasks")]
    Status,
    /// Measure this installation on this machine
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Keep durable waits of tasks in Temporal
    Temporal(TemporalArgs),
    /// Print how far behind each actor is
    Lag(LagArgs),
    /// Make the streams and consumers on NATS, as its admin user; what is there already stays as it is
    #[command(
        after_help = "Examples:\n  TRACERAIL__NATS__USER=admin TRACERAIL__NATS__PASSWORD_ENV=TRACERAIL_NATS_ADMIN_PASSWORD tracerail setup\n  tracerail setup -c admin.yaml --json\n\nOnce for an installation, and again after an update. Only `edition: distributed` needs it."
    )]
    Setup,
    /// Make the state of Redis again from the event log
    Rebuild(RebuildArgs),
    /// Copy the store to a file, while it is in use
    Backup(BackupArgs),
    /// Put a copy of the store in its place
    Restore(RestoreArgs),
    /// Take out what ended long ago
    #[command(subcommand)]
    Retention(RetentionCommand),
    /// Take out what is personal, and leave what happened
    #[command(subcommand)]
    Erase(EraseCommand),
    /// Look at everything this installation needs, and say what cures what is not well
    #[command(
        after_help = "Examples:\n  tracerail doctor\n  tracerail doctor --json | jq '.findings[] | select(.verdict != \"ok\")'\n\nExit code 1 when something fails. Nothing is changed."
    )]
    Doctor,
    /// Ask a running process whether it is well; for health checks of containers
    Health(HealthArgs),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the JSON Schema of events and commands, or all of it as `AsyncAPI`
    Schema(SchemaArgs),
    /// Explain an error code
    Explain(ExplainArgs),
    /// Print what the exit codes mean
    #[command(after_long_help = TABLE)]
    ExitCodes,
    /// Print completions for a shell
    Completions(CompletionArgs),
}

/// Looking at content.
#[derive(Subcommand, Debug)]
pub(crate) enum ContentCommand {
    /// Print an item and everything that happened to it
    #[command(
        after_help = "Examples:\n  tracerail content show post-0002\n  tracerail content show default/forum/post-0002\n  tracerail content show spam-1/00042.txt --json"
    )]
    Show {
        /// The item: its id, SOURCE/ID or TENANT/SOURCE/ID
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Looking at deadlines.
#[derive(Subcommand, Debug)]
pub(crate) enum SlaCommand {
    /// Print deadlines: of one task, or of the open tasks, the next one first
    #[command(after_help = "Examples:\n  tracerail sla status\n  tracerail sla status 3fa9c1d2")]
    Status {
        /// The task: its id, or the beginning of it
        task: Option<String>,
        /// At most this many tasks
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Check that every deadline of every open task is armed; exit code 1 if not
    #[command(after_help = "Examples:\n  tracerail sla verify\n  tracerail sla verify --json | jq .wrong")]
    Verify,
    /// Wind up the clocks of open tasks anew, as the configuration has it now; time that was used stays used
    #[command(
        after_help = "Examples:\n  tracerail sla recompute 3fa9c1d2 --as lead\n  tracerail sla recompute 3fa9c1d2 --policy claims --as lead\n  tracerail sla recompute --all --json --as lead"
    )]
    Recompute(RecomputeArgs),
}

/// Whose clocks are wound up anew.
#[derive(Args, Debug)]
pub(crate) struct RecomputeArgs {
    /// The tasks: their ids, or the beginnings of them
    #[arg(value_name = "TASK", required_unless_present = "all")]
    pub(super) tasks: Vec<String>,
    /// All open tasks
    #[arg(long, conflicts_with = "tasks")]
    pub(super) all: bool,
    /// Under this escalation policy; without it, each under the one it has
    #[arg(long, value_name = "POLICY")]
    pub(super) policy: Option<String>,
}

/// Looking at histories.
#[derive(Subcommand, Debug)]
pub(crate) enum AuditCommand {
    /// Follow the hashes from each change to the one before it, and compare tasks with their last events; exit code 1 if something
    /// was changed
    #[command(
        after_help = "Examples:\n  tracerail audit verify\n  tracerail audit verify 3fa9c1d2\n  tracerail audit verify --json | jq -r .head\n\nThe head is a hash over all histories. Noted elsewhere, it shows later whether they were written anew."
    )]
    Verify {
        /// Only this task: its id, or the beginning of it
        task: Option<String>,
    },
}

/// Events that could not be handled.
#[derive(Subcommand, Debug)]
pub(crate) enum DlqCommand {
    /// List them
    #[command(after_help = "Examples:\n  tracerail dlq list\n  tracerail dlq list --all --actor llm")]
    List {
        /// Those that were handed out again, too
        #[arg(long)]
        all: bool,
        /// Only of this actor: llm, router, task or escalation
        #[arg(long, value_parser = super::dlq::consumer)]
        actor: Option<tracerail_actors::port::Consumer>,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Print one with its bytes
    #[command(after_help = "Example:\n  tracerail dlq show 3")]
    Show {
        /// Its number
        number: u64,
    },
    /// Hand one, or all that wait, to its actor again
    #[command(after_help = "Examples:\n  tracerail dlq replay 3\n  tracerail dlq replay --all")]
    Replay {
        /// Its number
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        number: Option<u64>,
        /// All that wait
        #[arg(long)]
        all: bool,
    },
}

/// Looking at the configuration.
#[derive(Clone, Copy, Subcommand, Debug)]
pub(crate) enum ConfigCommand {
    /// Print the effective values and where each came from; secrets are masked
    #[command(
        after_help = "Examples:\n  tracerail config show\n  TRACERAIL__STORE__PATH=/data/t.db tracerail config show"
    )]
    Show,
    /// Print the default file: every key with its default and the reason for it
    #[command(after_help = "Example:\n  tracerail config default > tracerail.yaml")]
    Default,
}

/// Explaining a code.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  tracerail explain TR0011")]
pub(crate) struct ExplainArgs {
    /// The code, for example TR0011; none lists all of them
    pub(crate) code: Option<Code>,
}

/// Completions.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  tracerail completions bash > ~/.local/share/bash-completion/completions/tracerail"
)]
pub(crate) struct CompletionArgs {
    /// The shell
    pub(crate) shell: Shell,
}
