use clap::Parser as _;
use tracerail_schemas::task::{Decision, Priority, Verb};
use tracerail_schemas::{TenantId, Timestamp};

use super::TaskCommand;
use super::verb::{Meant, meant};
use crate::cli::args::{Cli, Command};

const NOW: &str = "2026-11-22T16:20:00Z";

fn typed(words: &[&str]) -> Meant {
    let cli = Cli::try_parse_from(["tracerail", "task"].iter().chain(words)).unwrap();
    let Command::Task(command) = cli.command else { panic!("no task command") };
    let TaskCommand::Work(work) = *command else { panic!("no command on a task") };
    meant(work, TenantId::default(), NOW.parse().unwrap()).unwrap()
}

#[test]
fn words_become_the_command_they_mean() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let person = |name: &str| tracerail_schemas::PersonId::new(name).unwrap();
    let cases: Vec<(&[&str], Verb)> = vec![
        (&["claim", "3fa9"], Verb::Claim),
        (&["assign", "3fa9", "ada"], Verb::Assign { to: person("ada") }),
        (&["delegate", "3fa9", "ada"], Verb::Delegate { to: person("ada") }),
        (&["escalate", "3fa9", "too big"], Verb::Escalate { reason: "too big".into() }),
        (
            &["suspend", "3fa9", "wait", "--for", "2h"],
            Verb::Suspend { until: Some(at("2026-11-22T18:20:00Z")), reason: "wait".into() },
        ),
        (&["review", "3fa9", "approve"], Verb::Approve { comments: None, quality_score: None, shown: None }),
        (
            &["review", "3fa9", "request-changes", "--comment", "no"],
            Verb::RequestChanges { comments: "no".into(), shown: None },
        ),
        (&["set-priority", "3fa9", "urgent"], Verb::SetPriority { priority: Priority::Urgent }),
        (
            &["set-due", "3fa9", "2026-12-01T08:00:00+01:00"],
            Verb::SetDue { due_at: at("2026-12-01T07:00:00Z") },
        ),
    ];
    for (words, verb) in cases {
        let meant = typed(words);
        assert_eq!((meant.task.as_deref(), meant.verb), (Some("3fa9"), verb), "{words:?}");
    }
}

#[test]
fn a_decision_brings_its_work_along() {
    let meant = typed(&[
        "complete",
        "3fa9",
        "--decision",
        "rejected",
        "--result",
        "{\"refund\":0}",
        "--comment",
        "scam",
        "--expect-version",
        "3",
    ]);
    assert_eq!(meant.options.expect_version, Some(3));
    let Verb::Complete { decision, result, comments, .. } = meant.verb else { panic!("{:?}", meant.verb) };
    assert_eq!(
        (decision, result["refund"].as_u64(), comments.as_deref()),
        (Decision::Rejected, Some(0), Some("scam"))
    );
}

#[test]
fn a_task_is_made_under_the_terms_that_were_typed() {
    let meant = typed(&[
        "create",
        "call back",
        "--group",
        "support",
        "--sla-hours",
        "0.5",
        "--review-required",
        "--priority",
        "high",
    ]);
    assert!(meant.task.is_none());
    let Verb::Create(new) = meant.verb else { panic!("{:?}", meant.verb) };
    assert_eq!(
        (new.content.as_str(), new.task_type.as_str(), new.priority),
        ("call back", "content_review", Priority::High)
    );
    assert!(new.terms.review_required && new.terms.sla_hours.unwrap().get() < 0.6);
    assert_eq!(new.terms.candidate_groups[0].as_str(), "support");
}
