//! What an analysis may do to a decision: raise it, never lower it.
//!
//! The order is `{auto, reject} < human < escalate`. Whatever a model says, and whatever content talked it into saying, the
//! outcome is at least as closely looked at as the engine asked for. A model's `auto` has no weight at all, and its `reject` is a
//! proposal for the person who then decides.

use tracerail_schemas::analysis::{AnalysisRecord, Verdict};
use tracerail_schemas::routing::RoutingDecision;

/// Flags that no automatic decision survives, whatever the rules say.
const ALWAYS_A_PERSON: [&str; 2] = ["prompt_injection", "truncated_for_model"];

/// The engine's decision, raised by what the analysis says; and why, if it was.
pub fn settle(engine: RoutingDecision, analysis: Option<&AnalysisRecord>) -> (RoutingDecision, Vec<String>) {
    let mut settled = Settled { decision: engine, because: Vec::new() };
    let Some(record) = analysis else {
        settled.raise(RoutingDecision::Human, || "there is no analysis".to_owned());
        return (settled.decision, settled.because);
    };
    let analysis = match &record.verdict {
        Verdict::Failed { .. } => {
            settled.raise(RoutingDecision::Human, || record.failure().unwrap_or_default());
            return (settled.decision, settled.because);
        }
        Verdict::Analyzed(analysis) => analysis,
    };
    match analysis.proposed {
        None | Some(RoutingDecision::Auto) => {}
        Some(proposed @ (RoutingDecision::Human | RoutingDecision::Escalate)) => {
            settled.raise(proposed, || format!("the model proposes {proposed}"));
        }
        Some(RoutingDecision::Reject) => {
            settled.raise(RoutingDecision::Human, || {
                "the model proposes reject, and only a person may follow it".to_owned()
            });
        }
    }
    for flag in analysis.flags.iter().filter(|flag| ALWAYS_A_PERSON.contains(&flag.code.as_str())) {
        settled.raise(RoutingDecision::Human, || format!("the analysis reports {}", flag.code));
    }
    (settled.decision, settled.because)
}

struct Settled {
    decision: RoutingDecision,
    because: Vec<String>,
}

impl Settled {
    fn raise(&mut self, to: RoutingDecision, why: impl FnOnce() -> String) {
        if to.scrutiny() > self.decision.scrutiny() {
            self.decision = self.decision.join(to);
            self.because.push(why());
        }
    }
}
