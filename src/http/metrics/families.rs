//! Every family of numbers: its name, what kind it is, what it means. Written once, here.

/// What kind of numbers they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in buckets.
    Histogram,
}

/// A family of numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What it means.
    pub help: &'static str,
}

impl Kind {
    /// The name of the kind in the format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

macro_rules! families {
    ($($id:ident = $kind:ident $name:literal $help:literal),+ $(,)?) => {
        $(
            #[doc = $help]
            pub(super) const $id: Family = Family { name: $name, kind: Kind::$kind, help: $help };
        )+

        impl Family {
            /// All of them.
            pub const ALL: &'static [Self] = &[$($id),+];
        }
    };
}

families! {
    BUILD_INFO = Gauge "tracerail_build_info" "Always 1; the version is in the label.",
    START_TIME = Gauge "process_start_time_seconds" "When the process started, in seconds since 1970.",
    CPU_TIME = Counter "process_cpu_seconds_total" "Processor time the process has used.",
    MEMORY = Gauge "process_resident_memory_bytes" "Memory the process has in RAM.",
    OPEN_FILES = Gauge "process_open_fds" "Files and connections the process has open.",
    ACTOR_RUNNING = Gauge "tracerail_actor_running" "1 for each actor this process runs.",
    ACTORS_SILENT = Gauge "tracerail_actors_silent_seconds" "How long the actors' thread has not said that it lives.",
    EVENTS_HANDLED = Counter "tracerail_events_handled_total" "Events handled.",
    EVENTS_FAILED = Counter "tracerail_events_failed_total" "Tries that failed and count against their event, panics among them.",
    HANDLER_PANICS = Counter "tracerail_handler_panics_total" "Tries that panicked.",
    EVENTS_RETRIED = Counter "tracerail_events_retried_total" "Events given back to come again, for whatever reason.",
    EVENTS_DEAD = Counter "tracerail_events_dead_total" "Events that became dead letters.",
    EVENTS_IN_FLIGHT = Gauge "tracerail_events_in_flight" "Events being handled at this moment.",
    PULL_PAUSED = Gauge "tracerail_pull_paused" "1 while pulling pauses because something the actor needs is away.",
    ALERTS = Gauge "tracerail_alerts" "Warnings of this process that stand: events that wait too long, a disk that fills up.",
    INTAKE_PAUSED = Gauge "tracerail_intake_paused" "1 while somebody lets intake stand still, in a process with the llm actor.",
    HANDLER_DURATION = Histogram "tracerail_handler_duration_seconds" "How long handling one event took, whatever came of it.",
    COMMANDS = Counter "tracerail_commands_total" "Commands given to this process, by how they were answered.",
    COMMAND_DURATION = Histogram "tracerail_command_duration_seconds" "How long a command took to be answered.",
    SLA_FIRED = Counter "tracerail_sla_fired_total" "Deadlines fired and suspensions ended by this process.",
    SLA_BREACHES = Counter "tracerail_sla_breaches_total" "Breaches recorded by this process.",
    SLA_LATENESS = Histogram "tracerail_sla_lateness_seconds" "How long after its deadline a breach was recorded.",
    PORT_DURATION = Histogram "tracerail_port_call_duration_seconds" "How long a call of the store or event log took; a pull waits for events.",
    PORT_ERRORS = Counter "tracerail_port_errors_total" "Calls of the store or event log that failed.",
    RULES_INFO = Gauge "tracerail_rules_info" "Always 1; the version of the rules that decide in this process is in the label.",
    RULES_CHANGES = Counter "tracerail_rules_changes_total" "Changes of the rules file, by what became of them.",
    RULES_BROKEN = Gauge "tracerail_rules_broken" "1 while the rules file is broken or gone and older rules decide.",
    STORE_UP = Gauge "tracerail_store_up" "1 when the store could be counted for this scrape, within the time it has.",
    EVENTS_WAITING = Gauge "tracerail_events_waiting" "Events an actor has still to handle: its lag.",
    OUTBOX = Gauge "tracerail_outbox_events" "Events committed and not known to be published; counted up to 1000.",
    DEAD_LETTERS = Gauge "tracerail_dead_letters_held" "Dead letters that wait for somebody to look at them.",
    CONTENTS = Counter "tracerail_contents_total" "Content items taken in since the store began.",
    CONTENTS_ENDED = Counter "tracerail_contents_ended_total" "Content items that ended since the store began, by outcome.",
    TASKS = Gauge "tracerail_tasks" "Tasks by status.",
    TASKS_BY_SLA = Gauge "tracerail_tasks_by_sla" "Tasks by how they stand with their SLA.",
    TASKS_ESCALATED = Counter "tracerail_tasks_escalated_total" "Tasks that were escalated at least once since the store began.",
}
