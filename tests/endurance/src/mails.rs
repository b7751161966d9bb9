//! What comes in: real e-mails, again and again, each time under a new id.

use std::path::PathBuf;

/// Characters of a text that are sent at most.
const CHARACTERS_MAX: usize = 2_000;

/// What decides: something of everything, with words of the mails.
pub(crate) const RULES: &str = r#"
version: 1
default: { decision: human, reason: A person reads it., groups: [desk] }
rules:
  - name: law
    priority: 900
    when: { keywords: { any: [lawyer, lawsuit, court] } }
    then: { decision: escalate, reason: The law is in the room. }
  - name: scam
    priority: 800
    when: { keywords: { any: [casino, viagra, mortgage, "make money fast"] } }
    then: { decision: reject, reason: A known scam. }
  - name: short
    priority: 700
    when: { token_count: { at_most: 250 }, analyst: [lexical], flags: none }
    then: { decision: auto, reason: Short and harmless. }
"#;

/// Who works here.
pub(crate) const PEOPLE: &str = "
routing: { rules_file: rules.yaml, candidate_groups: [desk] }
people: { lea: { lead: true } }
groups: { desk: { members: [ann, bob, cat], leads: [lea] } }
";

/// The texts of all mails. `scripts/corpus` fetches them.
pub(crate) fn texts() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.cache");
    let mut texts = Vec::new();
    for corpus in files(folder).into_iter().filter(|path| is_corpus(path)) {
        for file in files(corpus).into_iter().filter(|path| path.is_dir()).flat_map(files) {
            let bytes = std::fs::read(&file).expect("a mail");
            texts.push(body(&String::from_utf8_lossy(&bytes)));
        }
    }
    assert!(!texts.is_empty(), "scripts/corpus fetches the mails");
    texts
}

/// What stands below a mail's head, cut where it gets long.
fn body(mail: &str) -> String {
    let body = mail.split_once("\n\n").map_or(mail, |(_, body)| body);
    body.chars().take(CHARACTERS_MAX).collect()
}

fn is_corpus(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("spam-assassin-"))
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}
