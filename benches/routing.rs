//! What judgement costs: the offline analyser, and a hundred rules over one text beside the bare engines for their
//! keywords and expressions.

use aho_corasick::AhoCorasick;
use criterion::{Criterion, Throughput};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use tracerail::llm::LexicalAnalyst;
use tracerail::routing::{DEFAULT_RULES, RulesEngine};
use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::routing::RoutingContext;

/// About 600 bytes of a usual ticket.
const TEXT: &str = "Hello, this is the second time I am writing about the kettle I ordered on the 11th. The tracking page says it was \
delivered to a neighbour, but nobody in the house has seen a parcel, and the courier left no card. I live on the third floor and \
was at home the whole day. Could you please find out who signed for it, or simply send a new one? I don't need the money back, I \
need a kettle, because my parents visit on Saturday and they drink a lot of tea. The order number is HL-48213 and the price was \
39.90. Thank you for your help, and please don't call before nine, I work nights this week.";

/// Rules that all have to be looked at: their metadata holds and their keywords do not.
fn hundred_rules() -> (String, Vec<String>) {
    let mut rules = "version: 1\ndefault: {decision: human}\nrules:\n".to_owned();
    let mut keywords = vec![];
    for index in 0..100 {
        let words: Vec<String> = ["refund", "lawyer", "broken glass", "kettle bell", "casino"]
            .map(|word| format!("{word} {index}"))
            .to_vec();
        writeln!(
            rules,
            "  - {{name: r{index}, priority: {index}, when: {{source: [helpdesk], metadata: {{kind: ticket, amount: {{at_least: 1, \
             below: 500}}, field{}: {{exists: false}}}}, keywords: {{any: [{}], none: [free pills {index}]}}}}, then: {{decision: escalate}}}}",
            index % 10,
            words.join(", "),
        )
        .unwrap_or_default();
        keywords.extend(words);
        keywords.push(format!("free pills {index}"));
    }
    (rules, keywords)
}

/// The tenth of the rules that are expressions: each looks at several fields and comes to false.
fn expressions() -> Vec<String> {
    let one = |index: u32| {
        format!(
            "metadata.kind == 'ticket' && metadata.amount > {index}.0 && (metadata.customer_tier == 'silver' || \
             metadata.country in ['NO', 'SE', 'DK'])"
        )
    };
    (0..10).map(one).collect()
}

/// The hundred rules, every tenth of them with an expression instead of the keywords.
fn hundred_with_expressions() -> String {
    let (rules, _) = hundred_rules();
    let mut expressions = expressions().into_iter();
    let lines = rules.lines().enumerate().map(|(index, line)| match line.split_once(", keywords: ") {
        Some((before, _)) if index % 10 == 5 => {
            let cel = expressions.next().unwrap_or_default();
            format!("{before}, cel: \"{cel}\"}}, then: {{decision: escalate}}}}")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn context() -> Result<RoutingContext, serde_json::Error> {
    let context = serde_json::json!({
        "content": TEXT,
        "source": "helpdesk",
        "metadata": { "kind": "ticket", "amount": 39.9, "customer_tier": "gold", "language": "en", "country": "PT" },
        "analyst": AnalystKind::Lexical,
        "confidence": 0.6,
        "complexity_score": 0.3,
    });
    serde_json::from_value(context)
}

/// The same ten expressions on the bare engine: on a scope that stands ready, and with the scope made for each item.
fn raw_expressions(
    criterion: &mut Criterion,
    item: &RoutingContext,
) -> Result<(), Box<dyn std::error::Error>> {
    let env = Arc::new(cel::Env::stdlib());
    let programs: Vec<cel::Program> =
        expressions().iter().map(|source| env.compile(source)).collect::<Result<_, _>>()?;
    let root = cel::Context::with_env(env);
    let scope = || -> Result<cel::Context<'_, '_>, cel::SerializationError> {
        let mut scope = root.new_inner_scope();
        scope.add_variable_from_value("metadata", cel::to_value(&item.metadata)?);
        Ok(scope)
    };
    let ready = scope()?;
    criterion.bench_function("route/raw_10_expressions_scope_ready", |bencher| {
        bencher.iter(|| programs.iter().filter(|one| one.execute(black_box(&ready)).is_ok()).count());
    });
    criterion.bench_function("route/raw_10_expressions_scope_made", |bencher| {
        bencher.iter(|| {
            let made = scope();
            made.map_or(0, |made| programs.iter().filter(|one| one.execute(black_box(&made)).is_ok()).count())
        });
    });
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let lexical = LexicalAnalyst::new()?;
    let (rules, keywords) = hundred_rules();
    let hundred = RulesEngine::from_yaml("hundred", &rules)?;
    let defaults = RulesEngine::from_yaml("default", DEFAULT_RULES)?;
    let mixed = RulesEngine::from_yaml("mixed", &hundred_with_expressions())?;
    assert!(mixed.decide(&context()?).metadata.is_empty(), "every expression has a value");
    let raw = AhoCorasick::new(&keywords)?;
    let context = context()?;
    let long = TEXT.repeat(256 * 1024 / TEXT.len());

    criterion.bench_function("lexical/600_bytes", |bencher| bencher.iter(|| lexical.read(black_box(TEXT))));
    criterion.bench_function("route/100_rules_600_bytes", |bencher| {
        bencher.iter(|| hundred.decide(black_box(&context)));
    });
    criterion.bench_function("route/raw_scan_600_bytes", |bencher| {
        bencher.iter(|| raw.find_overlapping_iter(black_box(TEXT)).count());
    });
    criterion.bench_function("route/100_rules_a_tenth_expressions", |bencher| {
        bencher.iter(|| mixed.decide(black_box(&context)));
    });
    raw_expressions(&mut criterion, &context)?;
    criterion.bench_function("route/default_rules_600_bytes", |bencher| {
        bencher.iter(|| defaults.decide(black_box(&context)));
    });
    let mut group = criterion.benchmark_group("lexical/long");
    group.throughput(Throughput::Bytes(long.len() as u64)).sample_size(20);
    group.bench_function("256_kib", |bencher| bencher.iter(|| lexical.read(black_box(&long))));
    group.finish();
    criterion.final_summary();
    Ok(())
}
