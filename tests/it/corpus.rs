//! 6,046 real e-mails: each comes to one end or one open task, none lost, none twice; so do 1,396 of them when the processes are
//! killed at random moments again and again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tracerail_testkit::{Process, wait_until};

use crate::place::{End, Place, SOON};

/// Mails of the corpus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mails {
    /// Their folder there; empty for all of them.
    folder: &'static str,
    pub(crate) count: u64,
}

const ALL: Mails = Mails { folder: "", count: 6_046 };

/// Enough of them where more is only longer: `scripts/endurance` has the long runs.
const SOME: Mails = Mails { folder: "spam-2", count: 1_396 };

/// Fewer, where each event passes two servers and five processes or more.
pub(crate) const FEW: Mails = Mails { folder: "spam-1", count: 500 };

/// How often something is killed.
const KILLS: usize = 7;

pub(crate) const CONFIG: &str = r"
routing: { rules_file: rules.yaml, candidate_groups: [desk] }
people: { lea: { lead: true } }
groups: { desk: { members: [ann, bob, cat], leads: [lea] } }
";

/// Something of everything: the words are those of the mails.
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

/// What is seen of the run nothing happened to.
pub(crate) struct Undisturbed {
    pub(crate) end: End,
    report: Value,
    status: Value,
    /// The report of the same submission once more, and the status after it.
    again: (Value, Value),
}

impl Undisturbed {
    fn run(mails: Mails) -> Self {
        let place = Place::new(CONFIG, RULES);
        let report = submit(&place, mails);
        let status = place.rest(mails.count);
        let end = place.end(&mails.ids());
        let again = (submit(&place, mails), place.status());
        Self { end, report, status, again }
    }
}

#[test]
fn every_mail_comes_to_one_end_or_one_open_task() {
    let Undisturbed { end, report, status, .. } = ALL.undisturbed();
    assert_eq!((&report["taken_in"], &report["repeated"]), (&json!(ALL.count), &json!(0)));
    assert_eq!((&report["refused"], &report["unsettled"]), (&json!([]), &json!([])));

    let checked = &end.checked;
    assert_eq!(end.outcomes.len() + checked.open, usize::try_from(ALL.count).unwrap());
    assert!(checked.open == checked.tasks && checked.escalations > 0 && checked.outcomes.len() == 2);

    assert_eq!(status["outcomes"], json!(checked.outcomes));
    assert_eq!(sum(&status["tasks"]), checked.tasks as u64);
    assert_eq!(status["escalated"], checked.escalations as u64);
    assert_eq!(status["events"], checked.events as u64);
    assert_eq!(status["dead_letters_held"], 0);
}

#[test]
fn what_is_submitted_again_is_repeated_and_changes_nothing() {
    let Undisturbed { status, again: (report, status_after), .. } = ALL.undisturbed();
    assert_eq!((&report["taken_in"], &report["repeated"]), (&json!(0), &json!(ALL.count)));
    assert_eq!(status_after, status);
}

#[test]
fn killed_at_random_moments_it_comes_to_the_same_end() {
    let seed = std::env::var("TRACERAIL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("the moments of the kills follow from TRACERAIL_SEED={seed}");
    let expected = &SOME.undisturbed().end;
    let place = Place::new(CONFIG, RULES);
    let moments = moments(seed, expected.checked.events as u64);
    let mut processes = (runner(&place), submitter(&place));
    for (moment, victims) in moments {
        wait_until("the run gets that far", SOON, || {
            let status = place.run(&["status", "--json"]);
            // In the first moments there is no store to look at.
            let told = if status.code == Some(0) { status.json()["events"].as_u64().unwrap() } else { 0 };
            (told >= moment).then_some(()).ok_or(format!("{told} of {moment} events: {status:?}"))
        });
        if victims != Victims::Submitter {
            processes.0.kill();
            processes.0 = runner(&place);
        }
        if victims != Victims::Runner {
            processes.1.kill();
            processes.1 = submitter(&place);
        }
    }
    let (runner, mut submitter) = processes;
    assert!(
        submitter.wait().success(),
        "{}",
        std::fs::read_to_string(place.scratch.join("submit.log")).unwrap()
    );
    place.rest(SOME.count);
    place.end(&SOME.ids()).must_be(expected, &format!("TRACERAIL_SEED={seed}"));
    assert_eq!(runner.terminate(), Some(0));
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Victims {
    Runner,
    Submitter,
    Both,
}

/// After how many events who is killed. Reading the mails again takes longest, so the submitter dies less often.
fn moments(seed: u64, events: u64) -> Vec<(u64, Victims)> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut moments: Vec<_> = (0..KILLS).map(|_| random.u64(0..events)).collect();
    moments.sort_unstable();
    let victims = |kill| match kill {
        1 => Victims::Submitter,
        3 => Victims::Both,
        _ => Victims::Runner,
    };
    moments.into_iter().enumerate().map(|(kill, moment)| (moment, victims(kill))).collect()
}

fn runner(place: &Place) -> Process {
    place.program.spawn("run.log", ["run"])
}

fn submitter(place: &Place) -> Process {
    place.program.spawn("submit.log", SOME.submission(&["--no-wait"]))
}

fn submit(place: &Place, mails: Mails) -> Value {
    place.program.run(mails.submission(&[])).ok().json()
}

impl Mails {
    /// What comes of them when nothing happens; they are run once.
    pub(crate) fn undisturbed(self) -> &'static Undisturbed {
        static ALL_OF_THEM: LazyLock<Undisturbed> = LazyLock::new(|| Undisturbed::run(ALL));
        static OF_SOME: LazyLock<Undisturbed> = LazyLock::new(|| Undisturbed::run(SOME));
        static OF_FEW: LazyLock<Undisturbed> = LazyLock::new(|| Undisturbed::run(FEW));
        match self.folder {
            "" => &ALL_OF_THEM,
            folder if folder == SOME.folder => &OF_SOME,
            _ => &OF_FEW,
        }
    }

    pub(crate) fn submission(self, more: &[&str]) -> Vec<String> {
        let folder = self.folder();
        let args = ["submit", folder.to_str().unwrap(), "--ext", "txt", "--format", "eml", "--json"];
        args.iter().chain(more).map(ToString::to_string).collect()
    }

    /// The id of each: its path below the folder.
    pub(crate) fn ids(self) -> BTreeSet<String> {
        let (mut ids, mut folders) = (BTreeSet::new(), vec![self.folder()]);
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "txt") {
                    ids.insert(path.strip_prefix(self.folder()).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        assert_eq!(ids.len() as u64, self.count);
        ids
    }

    fn folder(self) -> PathBuf {
        // Without a slash at its end, which would be seen in ids.
        if self.folder.is_empty() { CORPUS.clone() } else { CORPUS.join(self.folder) }
    }
}

/// The mails, fetched if they are not there.
static CORPUS: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join(".cache/spam-assassin-0.2.3");
    if !folder.join("complete").exists() {
        let fetched = Command::new(root.join("scripts/corpus")).output().expect("scripts/corpus runs");
        let said = String::from_utf8_lossy(&fetched.stderr);
        assert!(fetched.status.success(), "scripts/corpus could not fetch the mails: {said}");
    }
    folder
});

fn sum(counts: &Value) -> u64 {
    counts.as_object().unwrap().values().filter_map(Value::as_u64).sum()
}
