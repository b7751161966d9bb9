//! An event in words: who, and what they did.

use tracerail_schemas::Event;
use tracerail_schemas::analysis::{AnalysisRecord, Sentiment, Verdict};
use tracerail_schemas::event::Updated;
use tracerail_schemas::routing::RouteRecord;
use tracerail_schemas::task::SlaState;

use super::short;
use super::when::exact;

/// Who, and what.
pub(crate) fn tell(event: &Event) -> (String, String) {
    match event {
        Event::ContentSubmitted(it) => {
            let by = it.submitted_by.clone().or_else(|| it.source.clone()).unwrap_or_default();
            (by, format!("submitted {} bytes", it.content.len()))
        }
        Event::ContentAnalyzed(it) => (it.analysis.provider.clone(), analysis(&it.analysis)),
        Event::ContentRouted(it) => ("system:router".to_owned(), route(&it.route)),
        Event::ContentCompleted(it) => {
            (it.decided_by.to_string(), format!("THE END: {} ({})", it.outcome, it.reason))
        }
        Event::TaskCommandRejected(it) => {
            (it.by.to_string(), format!("was refused a command: {}", it.refusal))
        }
        Event::SlaAtRisk(it) => {
            ("system:sla".to_owned(), format!("level {} is due at {}", it.level, exact(it.due_at)))
        }
        Event::TaskEscalationRequested(it) => {
            (it.by.to_string(), format!("asked for escalation level {}: {}", it.level, it.reason))
        }
        Event::TaskCreated(it) => {
            let groups: Vec<_> = it.state.candidate_groups.iter().map(ToString::to_string).collect();
            let due = it.state.due_at.map(|at| format!(", due {}", exact(at))).unwrap_or_default();
            let whom = if groups.is_empty() { "everybody".to_owned() } else { groups.join(", ") };
            (it.by.to_string(), format!("made task {} for {whom}{due}", short::task(it.task_id)))
        }
        Event::TaskSnapshot(it) => {
            ("tracerail".to_owned(), format!("version {} as it stood, told again", it.version))
        }
        Event::ContentSnapshot(_) => ("tracerail".to_owned(), "the item as it stood, told again".to_owned()),
        Event::TaskCommand(it) => (it.by.to_string(), format!("asked to {}", it.verb.kind())),
        Event::TaskAssigned(_)
        | Event::TaskOffered(_)
        | Event::TaskOfferEnded(_)
        | Event::TaskReleased(_)
        | Event::TaskStarted(_)
        | Event::TaskReviewRequested(_)
        | Event::TaskReviewed(_)
        | Event::TaskChangesRequested(_)
        | Event::TaskFollowUpDue(_)
        | Event::TaskEscalated(_)
        | Event::TaskEscalationSuperseded(_)
        | Event::TaskSuspended(_)
        | Event::TaskResumed(_)
        | Event::TaskCommented(_)
        | Event::TaskUpdated(_)
        | Event::TaskCompleted(_)
        | Event::TaskCancelled(_)
        | Event::SlaBreached(_) => task_change(event),
    }
}

/// The word for how a task stands with its SLA.
pub(crate) const fn sla_word(state: SlaState) -> &'static str {
    match state {
        SlaState::Running => "running",
        SlaState::Paused => "paused",
        SlaState::Breached => "breached",
        SlaState::Met => "met",
        SlaState::Missed => "missed",
    }
}

/// An analysis in words.
pub(crate) fn analysis(record: &AnalysisRecord) -> String {
    match &record.verdict {
        Verdict::Failed { reason } => format!("analysis failed: {reason}"),
        Verdict::Analyzed(it) => {
            let flags: Vec<_> = it.flags.iter().map(|flag| flag.code.as_str()).collect();
            let flags =
                if flags.is_empty() { String::new() } else { format!(", flags: {}", flags.join(", ")) };
            let tone = match it.sentiment {
                Sentiment::Positive => "positive",
                Sentiment::Neutral => "neutral",
                Sentiment::Negative => "negative",
                Sentiment::Mixed => "mixed",
            };
            format!(
                "analysed: {tone}, complexity {:.2}, confidence {:.2}{flags}",
                it.complexity, it.confidence
            )
        }
    }
}

/// A route in words.
pub(crate) fn route(record: &RouteRecord) -> String {
    let rule = record.engine.matched_rule.as_deref().unwrap_or("no rule");
    let raised = record.raised_because.join("; ");
    let raised = if raised.is_empty() { raised } else { format!("; raised: {raised}") };
    format!("routed: {} by {rule} ({}{raised})", record.decision, record.engine.reason)
}

#[expect(clippy::too_many_lines, reason = "an arm an event")]
fn task_change(event: &Event) -> (String, String) {
    match event {
        Event::TaskAssigned(it) => {
            (it.by.to_string(), format!("gave it to {} ({})", it.detail.assignee, it.detail.reason))
        }
        Event::TaskOffered(it) => {
            let offer = &it.detail.offer;
            let until = exact(offer.until);
            (it.by.to_string(), format!("offered it to {} until {until} ({})", offer.to, offer.reason))
        }
        Event::TaskOfferEnded(it) => {
            let how = if it.detail.declined { "declined" } else { "did not answer in time" };
            let why = it.detail.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let open = if it.detail.next.is_some() { "" } else { "; it is open to all its candidates" };
            (it.by.to_string(), format!("ended the offer: {} {how}{why}{open}", it.detail.to))
        }
        Event::TaskReleased(it) => {
            let why = it.detail.reason.as_deref();
            (it.by.to_string(), why.map_or("gave it back".to_owned(), |why| format!("gave it back: {why}")))
        }
        Event::TaskReviewed(it) => {
            let (view, needed) = (&it.detail.review, it.detail.needed);
            let verdict = if view.approved { "approves the work" } else { "wants the work changed" };
            let open = if it.detail.adjudicating {
                "they disagree, and a lead decides".to_owned()
            } else {
                format!("{} of {needed} approvals", it.detail.approvals)
            };
            (it.by.to_string(), format!("{verdict} ({open})"))
        }
        Event::TaskFollowUpDue(it) => {
            let whom = it.detail.assignee.as_ref().map(ToString::to_string);
            (it.by.to_string(), format!("reminds {} of it", whom.as_deref().unwrap_or("its candidates")))
        }
        Event::TaskStarted(it) => (it.by.to_string(), "began to work".to_owned()),
        Event::TaskReviewRequested(it) => {
            let why = if it.detail.required { ", as the task asks for" } else { "" };
            (it.by.to_string(), format!("handed in the work for a second look{why}"))
        }
        Event::TaskChangesRequested(it) => {
            let words = it.detail.review.comments.as_deref().unwrap_or("no comment");
            (it.by.to_string(), format!("sent the work back: {words}"))
        }
        Event::TaskEscalated(it) => {
            let told: Vec<_> = it.detail.notify_users.iter().map(ToString::to_string).collect();
            let told =
                if told.is_empty() { String::new() } else { format!("; to tell: {}", told.join(", ")) };
            (it.by.to_string(), format!("ESCALATED to level {}: {}{told}", it.detail.level, it.detail.reason))
        }
        Event::TaskEscalationSuperseded(it) => (
            it.by.to_string(),
            format!("did not escalate to level {}: {}", it.detail.level, it.detail.reason),
        ),
        Event::TaskSuspended(it) => {
            let until = it.detail.until.map(|at| format!(" until {}", exact(at))).unwrap_or_default();
            (it.by.to_string(), format!("let it stand still{until}: {}", it.detail.reason))
        }
        Event::TaskResumed(it) => (it.by.to_string(), "let it go on".to_owned()),
        Event::TaskCommented(it) => (it.by.to_string(), format!("said: {}", it.detail.text)),
        Event::TaskUpdated(it) => (it.by.to_string(), update(&it.detail)),
        Event::TaskCompleted(it) => {
            let sla = if it.detail.sla_met { "in time" } else { "late" };
            let second = it.detail.reviewed_by.as_ref();
            let second = second.map(|by| format!(", reviewed by {by}")).unwrap_or_default();
            (it.by.to_string(), format!("completed the task: {} ({sla}{second})", it.detail.outcome))
        }
        Event::TaskCancelled(it) => {
            (it.by.to_string(), format!("closed the task: {} ({})", it.detail.outcome, it.detail.reason))
        }
        Event::SlaBreached(it) => {
            let round = it.detail.round;
            let round = if round == 0 { String::new() } else { format!(" in round {}", round + 1) };
            let due = exact(it.detail.due_at);
            (it.by.to_string(), format!("DEADLINE of level {} passed{round}; it was {due}", it.detail.level))
        }
        Event::ContentSubmitted(_)
        | Event::ContentAnalyzed(_)
        | Event::ContentRouted(_)
        | Event::ContentCompleted(_)
        | Event::TaskCreated(_)
        | Event::TaskEscalationRequested(_)
        | Event::TaskCommandRejected(_)
        | Event::TaskSnapshot(_)
        | Event::ContentSnapshot(_)
        | Event::TaskCommand(_)
        | Event::SlaAtRisk(_) => tell(event),
    }
}

fn update(detail: &Updated) -> String {
    let priority = detail.priority.map(|priority| format!("priority {priority}"));
    let due = detail.due_at.map(|at| format!("due {}", exact(at)));
    let reminder = detail.follow_up_at.map(|at| format!("a reminder for {}", exact(at)));
    let lease = detail.lease_until.map(|at| format!("the claim to last until {}", exact(at)));
    let policy = detail.escalation_policy.as_ref().map(|name| format!("the escalation policy {name} anew"));
    let words: Vec<_> = [priority, due, reminder, lease, policy].into_iter().flatten().collect();
    if words.is_empty() { "noted it".to_owned() } else { format!("set {}", words.join(", ")) }
}
