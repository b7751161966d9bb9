use tracerail_schemas::routing::RoutingContext;
use tracerail_schemas::routing::RoutingDecision::{Auto, Escalate, Human, Reject};

use super::super::{RulesEngine, RulesError};
use super::{calm, failed};

fn file(cel: &str, decision: &str) -> String {
    let cel = serde_json::to_string(cel).unwrap();
    format!(
        "version: 1\ndefault: {{decision: human}}\nrules:\n  - name: r\n    when: {{source: [helpdesk], cel: {cel}}}\n    then: {{decision: {decision}}}\n"
    )
}

fn engine(cel: &str, decision: &str) -> RulesEngine {
    RulesEngine::from_yaml("my.yaml", &file(cel, decision)).unwrap()
}

fn item() -> RoutingContext {
    let metadata = r#"{"amount": 1250, "ratio": 0.5, "tier": "gold", "tags": ["vip", "late"], "deep": {"a": [1, 2]}, "text": "7"}"#;
    RoutingContext { user_id: Some("u1".into()), token_count: Some(12), ..calm("My kettle BROKE", metadata) }
}

#[test]
fn typed_conditions_and_the_expression_must_both_hold() {
    for (cel, holds) in [
        ("metadata.amount > 1000", true),
        ("metadata.amount > 1000.5 && metadata.ratio < 1.0", true),
        ("metadata.amount > 1250", false),
        ("metadata.amount == 1250.0 && double(metadata.amount) + 0.5 == 1250.5", true),
        ("content == 'My kettle BROKE'", true),
        ("metadata.tier in ['gold', 'business']", true),
        ("'vip' in metadata.tags && size(metadata.tags) == 2", true),
        ("metadata.tags.exists(tag, tag.startsWith('la'))", true),
        ("metadata.tags.all(tag, tag == 'vip')", false),
        ("metadata.deep.a.map(x, x * 2)[1] == 4", true),
        ("has(metadata.missing) && metadata.missing > 1", false),
        ("!has(metadata.missing) || metadata.missing > 1", true),
        ("content.contains('kettle') && !content.contains('kettles')", true),
        ("size(content) < 20", true),
        ("['pan', 'kettle'].exists(word, content.contains(word))", true),
        ("source == 'helpdesk' && user == 'u1' && tenant == 'default' && priority == ''", true),
        ("token_count == 12", true),
        ("int(metadata.text) + 1 == 8", true),
    ] {
        let expected = if holds { Auto } else { Human };
        assert_eq!(engine(cel, "auto").decide(&item()).decision, expected, "{cel}");
        let elsewhere = RoutingContext { source: "forum".into(), ..item() };
        let result = engine(cel, "auto").decide(&elsewhere);
        assert_eq!((result.decision, result.matched_rule), (Human, None), "{cel}");
    }
    assert_eq!(engine("metadata.amount > 1000", "reject").decide(&failed(&item())).decision, Human);
    assert_eq!(engine("metadata.amount > 1000", "reject").decide(&item()).decision, Reject);
}

#[test]
fn what_is_not_declared_or_could_cost_much_is_refused_with_a_caret() {
    let long = format!("source == '{}'", "x".repeat(4096));
    let wide = format!("token_count in [{}]", vec!["1"; 600].join(","));
    let sums = format!("metadata.a{} == 1", " + metadata.a".repeat(20));
    let deep = format!("{}token_count == 1{}", "!(".repeat(40), ")".repeat(40));
    let deeper = format!("{}token_count == 1{}", "(".repeat(1500), ")".repeat(1500));
    let sum = format!("1{}== token_count", "+1".repeat(2000));
    let choice = format!("{}true", "token_count==1?true:".repeat(200));
    let lists = format!("{}token_count{}", "[".repeat(2000), "]".repeat(2000));
    let loops = ["metadata.a.exists(x, x == 1)"; 5].join(" || ");
    for (cel, words) in [
        ("metadata.amount >", "cannot be read"),
        ("amount > 5", "there is no \"amount\"; there are content, metadata"),
        ("confidence > 0.5", "may only raise scrutiny"),
        ("flags.size() == 0", "may only raise scrutiny"),
        ("content.matches('a+')", "regular expressions"),
        ("now() > 5 && token_count > 1", "no function \"now\""),
        ("1 + 1 == 2", "names no fact"),
        ("true", "names no fact"),
        ("content + content == 'x'", "content can be long"),
        ("[content].exists(x, x == 'a')", "content can be long"),
        ("metadata.a.exists(x, metadata.b.exists(y, x == y))", "within another"),
        ("metadata.a.filter(x, x > 1).exists(y, y == 2)", "over the result"),
        ("metadata.a.exists(x, content.contains(x))", "once for each value"),
        (&loops, "more than 4"),
        (&long, "4096 are allowed"),
        (&wide, "more than 512 parts"),
        (&sums, "more than 16 times"),
        (&deep, "24 deep"),
        (&deeper, "cannot be read"),
        (&sum, "more than"),
        (&choice, ""),
        (&lists, "cannot be read"),
    ] {
        let error = RulesEngine::from_yaml("my.yaml", &file(cel, "human")).unwrap_err().to_string();
        assert!(error.starts_with("my.yaml:4: rule \"r\": cel "), "{error}");
        assert!(error.contains(words), "{cel}: {error}");
        assert!(error.contains('^') || words.starts_with("4096"), "no caret: {error}");
    }
    let error =
        RulesEngine::from_yaml("my.yaml", &file("token_count > 5 &&\n  amount > 5", "human")).unwrap_err();
    assert!(error.to_string().ends_with("\n  |   amount > 5\n  |   ^"), "{error}");
    assert!(error.to_string().contains("cel 2:3:"), "{error}");
}

#[test]
fn an_expression_without_a_value_is_a_persons_business_and_says_why() {
    for (cel, words) in [
        ("metadata.missing > 5", "there is no \"missing\""),
        ("metadata.tier > 5", "(string, int)"),
        ("metadata.amount / 0 == 1", "divides by zero"),
        ("metadata.amount + 0.5 > 1.0", "(int, float)"),
        ("metadata.tags[9] == 'x'", ""),
        ("metadata.amount", "comes to a int"),
        ("int(metadata.tier) == 1", ""),
        ("metadata.tier.exists(x, x == 1)", ""),
        ("metadata.amount + 9223372036854775807 > 0", "too large"),
    ] {
        for (decision, expected) in
            [("auto", Human), ("reject", Human), ("human", Human), ("escalate", Escalate)]
        {
            let result = engine(cel, decision).decide(&item());
            assert_eq!(result.decision, expected, "{cel}");
            assert_eq!(result.matched_rule.as_deref(), Some("r"), "{cel}");
            assert!(
                result.reason.contains("could not be asked") && result.reason.contains(words),
                "{}",
                result.reason
            );
            assert!(!result.reason.contains("gold"), "a value of the item is told: {}", result.reason);
            assert!(result.metadata["unevaluated"]["r"].is_string());
        }
    }
}

#[test]
fn an_expression_without_a_value_lets_nothing_pass_below_it() {
    let rules = "
version: 1
default: {decision: human}
rules:
  - {name: asks, priority: 2, when: {cel: 'metadata.risk > 5'}, then: {decision: human, groups: [safety]}}
  - {name: passes, priority: 1, when: {source: [helpdesk]}, then: {decision: auto}}
";
    let engine = RulesEngine::from_yaml("r", rules).unwrap();
    assert_eq!(engine.decide(&calm("x", r#"{"risk": 1}"#)).decision, Auto);
    let result = engine.decide(&calm("x", "{}"));
    assert_eq!((result.decision, result.matched_rule.as_deref()), (Human, Some("asks")));
    assert_eq!(result.candidate_groups[0].as_str(), "safety");
    assert_eq!(result.metadata["candidate"][0], "passes");
}

#[tokio::test]
async fn explain_shows_the_expression_and_why_it_has_no_value() {
    use tracerail_actors::port::RoutingEngine as _;
    let told = engine("metadata.missing > 5", "auto").explain(&item()).await.unwrap();
    let rule = &told["rules"][0];
    assert_eq!(rule["outcome"], "unevaluated");
    let condition = &rule["conditions"][1];
    assert_eq!(
        (&condition["condition"], &condition["asks"]),
        (&"cel".into(), &"metadata.missing > 5".into())
    );
    assert!(condition["held"].is_null());
    assert!(condition["error"].as_str().unwrap().contains("missing"));
    let told = engine("metadata.amount > 5", "auto").explain(&item()).await.unwrap();
    assert_eq!(told["rules"][0]["conditions"][1]["held"], true);
}

#[test]
fn metadata_without_bounds_is_a_persons_business() {
    let engine = engine("metadata.list.all(x, x == 1)", "auto");
    let with = |count: usize| calm("x", &format!("{{\"list\": [{}]}}", vec!["1"; count].join(",")));
    assert_eq!(engine.decide(&with(900)).decision, Auto);
    let result = engine.decide(&with(1000));
    assert_eq!(result.decision, Human);
    assert!(result.reason.contains("more than 1000 values"), "{}", result.reason);
    let text = calm("x", &format!("{{\"list\": [\"{}\"]}}", "y".repeat(70_000)));
    assert!(engine.decide(&text).reason.contains("64 KiB"));
}

#[test]
fn the_deepest_expression_is_evaluated_on_a_small_stack() {
    let cel = format!("{}token_count == 12{}", "!(".repeat(22), ")".repeat(22));
    let engine = engine(&cel, "auto");
    let small = std::thread::Builder::new().stack_size(1024 * 1024);
    let decided = small.spawn(move || engine.decide(&item()).decision).unwrap().join().unwrap();
    assert_eq!(decided, Auto);
}

/// The worst the guards let through: every allowed part inside a loop over all values an item may bring.
#[test]
fn the_dearest_expression_ends_in_time() {
    let body = ["x + 1 > 0"; 12].join(" && ");
    let cel = format!("metadata.list.all(x, {body})");
    let engine = engine(&cel, "auto");
    let list = vec!["1"; 990].join(",");
    let item = calm("x", &format!("{{\"list\": [{list}]}}"));
    let begun = std::time::Instant::now();
    assert_eq!(engine.decide(&item).decision, Auto);
    assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn all_that_is_wrong_with_a_file_is_told_at_once() {
    let text = "
version: 2
default: {decision: auto}
rules:
  - {name: a, when: {cel: 'amount > 1'}, then: {decision: human}}
  - {name: b, when: {source: []}, then: {decision: human}}
  - {name: c, then: {decision: human}}
  - {name: c, then: {decision: human}}
";
    let errors = RulesEngine::all_from_yaml("f", text).unwrap_err();
    assert_eq!(errors.len(), 5, "{errors:?}");
    let lines: Vec<u64> = errors
        .iter()
        .filter_map(|error| match error {
            RulesError::Rule { line, .. } => Some(*line),
            RulesError::Syntax { .. } | RulesError::File { .. } => None,
        })
        .collect();
    assert_eq!(lines, [5, 6, 8]);
}
