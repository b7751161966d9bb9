use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tracerail_actors::port::RoutingEngine as _;
use tracerail_schemas::analysis::AnalystKind;
use tracerail_schemas::routing::{RoutingContext, RoutingResult};

use super::follow::Glances;
use super::{Following, LiveRules, RulesStatus};
use crate::routing::RulesEngine;

const EVERY: Duration = Duration::from_millis(2);

/// Rules whose every answer carries the number of their edition.
fn edition(number: usize) -> String {
    let mut text = format!("version: 1\ndefault: {{decision: human, reason: edition {number}}}\nrules:\n");
    for rule in 0..10 {
        let when = if rule % 5 == 0 {
            format!("{{source: [helpdesk], cel: 'metadata.n % 10 == {rule}'}}")
        } else {
            format!("{{source: [helpdesk], metadata: {{digit: {rule}}}}}")
        };
        writeln!(
            text,
            "  - {{name: r{rule}, when: {when}, then: {{decision: human, reason: edition {number}, groups: [g{number}]}}}}"
        )
        .unwrap();
    }
    text
}

fn live(text: &str, path: &Path) -> (Arc<LiveRules>, Following) {
    let first = Arc::new(RulesEngine::from_yaml("rules", text).unwrap());
    let known: super::Accept = Box::new(|rules| {
        let unknown = rules.groups().iter().any(|group| group.as_str() == "nobody");
        if unknown { Err("nobody knows the group".to_owned()) } else { Ok(()) }
    });
    let rules = Arc::new(LiveRules::new(first, known));
    let following = Following::start(Arc::clone(&rules), path.to_owned(), text.to_owned(), EVERY);
    (rules, following)
}

fn item(n: usize) -> RoutingContext {
    let value = serde_json::json!({"content": "x", "source": "helpdesk", "metadata": {"n": n, "digit": n % 10}, "analyst": AnalystKind::Model});
    serde_json::from_value(value).unwrap()
}

async fn until(rules: &LiveRules, what: impl Fn(&RulesStatus) -> bool) {
    let begun = Instant::now();
    while !what(&rules.status()) {
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", rules.status());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// As editors and configuration mounts do it, and every third time in place.
fn write(path: &Path, number: usize, text: &str) {
    if number.is_multiple_of(3) {
        fs::write(path, text).unwrap();
    } else {
        let beside = path.with_extension("new");
        fs::write(&beside, text).unwrap();
        fs::rename(&beside, path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_decisions_while_the_file_changes_a_hundred_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yaml");
    fs::write(&path, edition(0)).unwrap();
    let (rules, _following) = live(&edition(0), &path);
    let versions: BTreeMap<String, usize> = (0..=100)
        .map(|number| (RulesEngine::from_yaml("r", &edition(number)).unwrap().version().to_owned(), number))
        .collect();
    assert_eq!(versions.len(), 101);

    let over = Arc::new(AtomicBool::new(false));
    let deciders: Vec<_> = (0..3)
        .map(|_| {
            let (rules, over) = (Arc::clone(&rules), Arc::clone(&over));
            tokio::spawn(async move {
                let mut results: Vec<RoutingResult> = vec![];
                while !over.load(Ordering::Relaxed) || results.len() < 4_000 {
                    results.push(rules.route(&item(results.len())).await.unwrap());
                    tokio::task::yield_now().await;
                }
                results
            })
        })
        .collect();
    for number in 1..=100_usize {
        if number.is_multiple_of(10) {
            let before = rules.status();
            write(&path, number, &format!("{}  - {{name: broken, then: maybe}}\n", edition(number)));
            until(&rules, |status| status.refused > before.refused).await;
            assert_eq!(rules.status().version, before.version);
            assert!(rules.status().problem.is_some());
        }
        write(&path, number, &edition(number));
        until(&rules, |status| versions.get(&status.version) == Some(&number)).await;
        assert_eq!(rules.status().problem, None);
    }
    over.store(true, Ordering::Relaxed);

    let (mut count, mut seen) = (0, std::collections::BTreeSet::new());
    for decider in deciders {
        let mut newest = 0;
        for (index, result) in decider.await.unwrap().into_iter().enumerate() {
            let number = versions[&result.engine_version];
            assert!(number >= newest, "edition {number} decided after {newest}");
            newest = number;
            assert_eq!(result.reason, format!("edition {number}"), "one version says so, another is named");
            assert_eq!(result.candidate_groups[0].as_str(), format!("g{number}"));
            assert_eq!(result.matched_rule, Some(format!("r{}", index % 10)));
            seen.insert(number);
            count += 1;
        }
    }
    assert!(count >= 10_000, "{count} decisions");
    assert!(seen.len() > 20, "decisions of {} versions only", seen.len());
    // A file that is written in place may be seen empty for a moment, and is refused then.
    assert!(rules.status().taken == 100 && rules.status().refused >= 10, "{:?}", rules.status());
}

#[tokio::test]
async fn what_does_not_fit_or_is_gone_changes_nothing_and_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yaml");
    fs::write(&path, edition(1)).unwrap();
    let (rules, _following) = live(&edition(1), &path);
    let first = rules.status().version;

    write(&path, 1, &edition(1).replace("g1", "nobody"));
    until(&rules, |status| status.problem.as_deref() == Some("nobody knows the group")).await;
    fs::remove_file(&path).unwrap();
    until(&rules, |status| status.problem.as_ref().is_some_and(|problem| problem.contains("cannot be read")))
        .await;
    assert_eq!(rules.status().version, first);

    write(&path, 1, &edition(1));
    until(&rules, |status| status.problem.is_none()).await;
    let status = rules.status();
    assert_eq!((status.taken, status.refused, status.version), (0, 2, first), "each problem counts once");
}

/// What a configuration mount does: the file is a link through a link, and only the inner link changes.
#[cfg(unix)]
#[tokio::test]
async fn a_mount_that_swaps_links_is_followed() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for number in [1, 2] {
        fs::create_dir(at(&format!("v{number}"))).unwrap();
        fs::write(at(&format!("v{number}/rules.yaml")), edition(number)).unwrap();
    }
    symlink("v1", at("data")).unwrap();
    symlink("data/rules.yaml", at("rules.yaml")).unwrap();
    let (rules, _following) = live(&edition(1), &at("rules.yaml"));
    symlink("v2", at("data.new")).unwrap();
    fs::rename(at("data.new"), at("data")).unwrap();
    until(&rules, |status| status.taken == 1).await;
    assert_eq!(rules.route(&item(3)).await.unwrap().reason, "edition 2");
}

#[test]
fn a_text_counts_once_it_stands_still() {
    let text = |text: &str| Ok::<String, String>(text.to_owned());
    let mut glances = Glances::after("old".to_owned());
    for (seen, acted_on) in [
        ("old", None),
        ("ne", None),
        ("new", None),
        ("new", Some("new")),
        ("new", None),
        ("", None),
        ("newer", None),
        ("newer", Some("newer")),
        ("old", None),
        ("old", Some("old")),
    ] {
        assert_eq!(glances.settled(text(seen)).cloned(), acted_on.map(text), "{seen}");
    }
}
