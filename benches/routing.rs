//! What judgement costs: the offline analyser, and a hundred rules over one text beside the bare search for their keywords.

use aho_corasick::AhoCorasick;
use criterion::{Criterion, Throughput};
use std::fmt::Write;
use std::hint::black_box;
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

fn context() -> Result<RoutingContext, serde_json::Error> {
    let context = serde_json::json!({
        "content": TEXT,
        "source": "helpdesk",
        "metadata": { "kind": "ticket", "amount": 39.9, "customer_tier": "gold", "language": "en" },
        "analyst": AnalystKind::Lexical,
        "confidence": 0.6,
        "complexity_score": 0.3,
    });
    serde_json::from_value(context)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let lexical = LexicalAnalyst::new()?;
    let (rules, keywords) = hundred_rules();
    let hundred = RulesEngine::from_yaml("hundred", &rules)?;
    let defaults = RulesEngine::from_yaml("default", DEFAULT_RULES)?;
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
