//! The one table of streams: what each takes, who reads it, what it is kept for.
//!
//! The order of the public streams is part of the wire: a `Position` has a number for each, a `Place` names one by its index, and
//! both are stored. New streams come after the last; none is ever moved or taken out.

use tracerail_actors::port::Consumer;
use tracerail_schemas::Subject;
use tracerail_schemas::subject::retries_of;

use super::names::Names;

/// A stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StreamId {
    /// Content that came in.
    ContentSubmitted,
    /// What was said about it.
    ContentAnalyzed,
    /// What was decided.
    ContentRouted,
    /// Commands that came over the bus.
    TaskCommands,
    /// What asks for an escalation.
    Escalations,
    /// The terminal events.
    ContentCompleted,
    /// Tasks that came into being.
    TaskCreated,
    /// Everything else that happens to tasks.
    TaskEvents,
    /// Records told again before the events that made them leave.
    Snapshots,
    /// What could not be handled.
    DeadLetters,
    /// What the log remembers for itself.
    LogNotes,
    /// What the server says about deliveries that kill their process.
    Advisories,
    /// What is left of events from which something was erased, each under the place it had.
    Erased,
}

impl StreamId {
    /// The streams whose events everybody may read, in the order of `Position` and `Place`. Never change it; append.
    pub const PUBLIC: [Self; 9] = [
        Self::ContentSubmitted,
        Self::ContentAnalyzed,
        Self::ContentRouted,
        Self::TaskCommands,
        Self::Escalations,
        Self::ContentCompleted,
        Self::TaskCreated,
        Self::TaskEvents,
        Self::Snapshots,
    ];

    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ContentSubmitted,
        Self::ContentAnalyzed,
        Self::ContentRouted,
        Self::TaskCommands,
        Self::Escalations,
        Self::ContentCompleted,
        Self::TaskCreated,
        Self::TaskEvents,
        Self::Snapshots,
        Self::DeadLetters,
        Self::LogNotes,
        Self::Advisories,
        Self::Erased,
    ];

    /// Its name, without a prefix.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ContentSubmitted => "content_submitted",
            Self::ContentAnalyzed => "content_analyzed",
            Self::ContentRouted => "content_routed",
            Self::TaskCommands => "task_commands",
            Self::Escalations => "escalations",
            Self::ContentCompleted => "content_completed",
            Self::TaskCreated => "task_created",
            Self::TaskEvents => "task_events",
            Self::Snapshots => "snapshots",
            Self::DeadLetters => "dead_letters",
            Self::LogNotes => "log_notes",
            Self::Advisories => "advisories",
            Self::Erased => "erased",
        }
    }

    /// The stream this consumer reads.
    pub const fn of(consumer: Consumer) -> Self {
        match consumer {
            Consumer::Llm => Self::ContentSubmitted,
            Consumer::Router => Self::ContentAnalyzed,
            Consumer::Task => Self::ContentRouted,
            Consumer::Command => Self::TaskCommands,
            Consumer::Escalation => Self::Escalations,
        }
    }

    /// The consumer that reads it, if one does.
    pub fn consumer(self) -> Option<Consumer> {
        Consumer::ALL.into_iter().find(|consumer| Self::of(*consumer) == self)
    }

    /// The stream an event is kept in.
    pub const fn holding(subject: Subject) -> Self {
        match subject {
            Subject::ContentSubmitted => Self::ContentSubmitted,
            Subject::ContentAnalyzed => Self::ContentAnalyzed,
            Subject::ContentRouted => Self::ContentRouted,
            Subject::TaskCommand(_) => Self::TaskCommands,
            Subject::SlaBreached | Subject::TaskEscalationRequested => Self::Escalations,
            Subject::ContentCompleted => Self::ContentCompleted,
            Subject::TaskCreated => Self::TaskCreated,
            Subject::TaskSnapshot | Subject::ContentSnapshot => Self::Snapshots,
            Subject::TaskAssigned
            | Subject::TaskOffered
            | Subject::TaskOfferEnded
            | Subject::TaskReleased
            | Subject::TaskStarted
            | Subject::TaskReviewRequested
            | Subject::TaskReviewed
            | Subject::TaskChangesRequested
            | Subject::TaskFollowUpDue
            | Subject::TaskEscalated
            | Subject::TaskEscalationSuperseded
            | Subject::TaskSuspended
            | Subject::TaskResumed
            | Subject::TaskCommented
            | Subject::TaskUpdated
            | Subject::TaskCompleted
            | Subject::TaskCancelled
            | Subject::TaskCommandRejected
            | Subject::SlaAtRisk => Self::TaskEvents,
        }
    }

    /// Its index among the public ones, as in `Position` and `Place`.
    pub fn index(self) -> Option<u8> {
        Self::PUBLIC.iter().zip(0..).find(|(stream, _)| **stream == self).map(|(_, index)| index)
    }

    /// The subjects it takes, as they stand on the server.
    pub(super) fn subjects(self, names: &Names) -> Vec<String> {
        match self {
            Self::DeadLetters => vec![names.subject("dlq.*")],
            Self::LogNotes => vec![names.subject("note.>")],
            Self::Erased => vec![names.subject("erased.>")],
            Self::Advisories => {
                Consumer::ALL.iter().map(|consumer| names.advisory_subject(*consumer)).collect()
            }
            Self::TaskCommands => {
                vec![names.subject("task.command.*"), names.subject(&retries_of(Consumer::Command.as_str()))]
            }
            Self::ContentSubmitted
            | Self::ContentAnalyzed
            | Self::ContentRouted
            | Self::Escalations
            | Self::ContentCompleted
            | Self::TaskCreated
            | Self::TaskEvents
            | Self::Snapshots => {
                let events = Subject::ALL.iter().filter(|subject| Self::holding(**subject) == self);
                let events = events.map(|subject| names.event(*subject));
                events.chain(self.consumer().map(|consumer| names.retries(consumer))).collect()
            }
        }
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use tracerail_schemas::task::CommandKind;

    use super::*;

    #[test]
    fn the_order_of_the_public_streams_is_stored_and_never_changes() {
        let names: Vec<_> = StreamId::PUBLIC.iter().map(|stream| stream.as_str()).collect();
        assert_eq!(
            names,
            [
                "content_submitted",
                "content_analyzed",
                "content_routed",
                "task_commands",
                "escalations",
                "content_completed",
                "task_created",
                "task_events",
                "snapshots"
            ]
        );
        assert_eq!((StreamId::Snapshots.index(), StreamId::DeadLetters.index()), (Some(8), None));
        assert!(StreamId::ALL.starts_with(&StreamId::PUBLIC));
    }

    #[test]
    fn each_event_has_one_stream_and_each_consumer_finds_its_subjects_there() {
        let names = Names::new("acme");
        let mut taken: Vec<_> = StreamId::ALL.iter().flat_map(|stream| stream.subjects(&names)).collect();
        let all = taken.len();
        taken.sort();
        taken.dedup();
        assert_eq!(taken.len(), all, "no subject is in two streams");
        for subject in Subject::ALL {
            let name = format!("acme.{subject}");
            assert!(StreamId::holding(*subject).subjects(&names).contains(&name), "{name}");
        }
        for consumer in Consumer::ALL {
            let stream = StreamId::of(consumer);
            assert!(consumer.subjects().iter().all(|subject| StreamId::holding(*subject) == stream));
            assert!(stream.subjects(&names).contains(&format!("acme.retry.{consumer}")));
        }
        let command = Subject::TaskCommand(CommandKind::ALL[0]);
        assert_eq!(StreamId::holding(command), StreamId::TaskCommands);
        assert_eq!(names.stream(StreamId::Escalations), "acme_escalations");
        assert_eq!(Names::new("").event(Subject::SlaAtRisk), "sla.at_risk");
    }
}
