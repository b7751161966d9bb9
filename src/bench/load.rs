//! The load: 600 bytes of a usual letter, half of it for people.

use serde_json::json;
use tracerail_schemas::event::ContentSubmitted;
use tracerail_schemas::task::{Command, NewTask, Terms, Verb};
use tracerail_schemas::time::Hours;
use tracerail_schemas::{CommandId, PersonId, Principal, TaskId, TenantId};
use uuid::Uuid;

/// The rules that make every other item a person's: those that are not marked.
pub const RULES: &str = r#"
version: 1
default: { decision: human, reason: "a person decides", sla_hours: 24 }
rules:
  - name: harmless
    priority: 10
    when: { metadata: { harmless: true }, analyst: [lexical, model] }
    then: { decision: auto, reason: "marked harmless" }
"#;

/// Bytes of one item's text.
const BYTES: usize = 600;

const TEXT: &str = "I ordered a coffee grinder on the fourth of the month and it has still not arrived. The tracking page says it \
    was handed to the carrier, then nothing. I called twice and was told to wait. Could somebody please look at where it is and tell me \
    whether I will get it this week? If not I would rather have my money back. I have been a customer for years and never had trouble \
    before, so I hope this is a mistake that can be put right quickly. The order was paid by card and the address has not changed. Thank \
    you for your help and have a good day. ";

/// One item of a round; `harmless` ones end by themselves, the others wait for people.
pub fn item(round: &str, n: usize, harmless: bool) -> ContentSubmitted {
    let metadata = [("harmless", json!(harmless)), ("channel", json!("email"))];
    ContentSubmitted {
        id: Some(format!("{round}-{n:08}")),
        source: Some("bench".into()),
        tenant: TenantId::default(),
        content: text(n),
        content_type: None,
        metadata: metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        submitted_by: None,
        priority: None,
    }
}

/// The command that makes one task, due after so many hours.
pub fn task(by: PersonId, n: usize, due_after: Hours) -> Command {
    Command {
        id: CommandId::from_uuid(Uuid::now_v7()),
        task_id: TaskId::from_uuid(Uuid::now_v7()),
        by: Principal::user(by),
        expected_version: None,
        traceparent: None,
        verb: Verb::Create(Box::new(NewTask {
            tenant: TenantId::default(),
            content: text(n),
            task_type: "content_review".to_owned(),
            priority: tracerail_schemas::task::Priority::default(),
            metadata: serde_json::Map::new(),
            terms: Terms {
                sla_hours: Some(due_after),
                // Only the first level is measured.
                escalation_hours: Some(Hours::ONE.times(48.0)),
                ..Terms::default()
            },
            suggested_assignee: None,
        })),
    }
}

fn text(n: usize) -> String {
    let mut text = format!("{TEXT}Reference {n:08}. ");
    while text.len() < BYTES {
        text.push('.');
    }
    text.truncate(BYTES);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_another_and_of_one_size() {
        let (one, other) = (item("a", 1, true), item("a", 2, false));
        assert!(one.id != other.id && one.content != other.content && one.metadata != other.metadata);
        assert_eq!((one.content.len(), other.content.len()), (600, 600));
    }
}
