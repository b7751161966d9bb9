//! Rules that change while items come: each item is decided by one version, and says which.

use tracerail::config::Edition;
use tracerail_schemas::content::Outcome;
use tracerail_schemas::{ContentKey, Subject};

use crate::pair::on_both_editions;
use crate::stage::{PEOPLE, Stage};

on_both_editions! {
    changed_rules_decide_from_then_on_and_broken_ones_never,
    an_expression_without_a_value_gives_the_item_to_a_person_with_the_reason,
}

fn rules(decision: &str) -> String {
    format!(
        "version: 1\ndefault: {{ decision: human, groups: [desk] }}\nrules:\n  - name: notes\n    \
         when: {{ source: [desk], analyst: [lexical], cel: \"size(content) < 100\" }}\n    then: {{ decision: {decision}, groups: [desk] }}\n"
    )
}

fn decided(stage: &Stage, item: &ContentKey) -> (String, String) {
    let routed = stage.wait(&format!("the route of {item}"), || {
        stage.told(item, Subject::ContentRouted).pop().ok_or_else(|| format!("{:?}", stage.trail(item)))
    });
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&routed["route"]["engine"]["engine_version"]), text(&routed["route"]["engine"]["reason"]))
}

fn changed_rules_decide_from_then_on_and_broken_ones_never(on: Edition) {
    let quick = "routing: { rules_file: rules.yaml, reload_every: 10ms }";
    let config = PEOPLE.replace("routing: { rules_file: rules.yaml }", quick);
    let stage = Stage::with_rules(&format!("{config}\n{}", crate::pair::configuration(on)), &rules("auto"));
    let first = stage.submit("1", "A note.");
    assert_eq!(stage.wait_for_end(&first).outcome, Outcome::Auto);
    let (version, _) = decided(&stage, &first);

    stage.scratch.write("rules.yaml", rules("maybe"));
    stage.wait("the refusal", || match stage.rules().problem {
        Some(problem) if problem.contains("maybe") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let second = stage.submit("2", "Another note.");
    assert_eq!(stage.wait_for_end(&second).outcome, Outcome::Auto);
    assert_eq!(decided(&stage, &second).0, version);

    // A group that nobody knows is as broken.
    stage.scratch.write("rules.yaml", rules("human").replace("[desk] }\n", "[nobody] }\n"));
    stage.wait("the refusal", || match stage.rules().problem {
        Some(problem) if problem.contains("nobody") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    stage.scratch.write("rules.yaml", rules("human"));
    stage.wait("the change", || match stage.rules() {
        status if status.version != version && status.problem.is_none() => Ok(()),
        status => Err(format!("{status:?}")),
    });
    let third = stage.submit("3", "A third note.");
    stage.wait_for_any_task(&third);
    assert_eq!(decided(&stage, &third).0, stage.rules().version);
}

fn an_expression_without_a_value_gives_the_item_to_a_person_with_the_reason(on: Edition) {
    let rules = rules("auto").replace("size(content) < 100", "metadata.amount < 5");
    let stage = Stage::with_rules(&format!("{PEOPLE}\n{}", crate::pair::configuration(on)), &rules);
    let item = stage.submit("1", "A note.");
    stage.wait_for_any_task(&item);
    let (_, reason) = decided(&stage, &item);
    assert!(reason.contains("\"notes\" could not be asked") && reason.contains("\"amount\""), "{reason}");
}
