//! What ARCHITECTURE.md says of the code is so: who names whom, what stands where, and that the page itself is not out of date.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use tracerail_actors::port::Consumer;
use tracerail_schemas::{Code, Subject};

/// Product code of one file: without comments, and without the tests at its end.
struct Source {
    path: String,
    code: String,
}

#[test]
fn actors_and_schemas_name_no_database_and_no_network() {
    for source in sources(&["actors/src/", "schemas/src/"]) {
        for name in
            ["rusqlite", "reqwest", "async_nats", "redis", "temporal", "clap", "actix_web", "opentelemetry"]
        {
            source.must_not_name(name);
        }
    }
    for manifest in ["actors/Cargo.toml", "schemas/Cargo.toml"] {
        let text = read(manifest);
        for name in
            ["rusqlite", "reqwest", "async-nats", "redis", "temporal", "clap", "actix-web", "opentelemetry"]
        {
            assert!(!text.contains(name), "{manifest} names {name}");
        }
    }
    for source in sources(&["schemas/src/"]) {
        source.must_not_name("tracerail_actors");
        source.must_not_name("actix");
        source.must_not_name("tokio");
    }
}

#[test]
fn actix_stays_inside_the_actors_the_pump_and_the_system() {
    let allowed = |path: &str| {
        let name = path.strip_prefix("actors/src/").unwrap_or(path);
        name.ends_with("/actor.rs")
            || name.starts_with("pump/")
            || name.starts_with("system/")
            || name == "deliver.rs"
    };
    let (inside, outside): (Vec<_>, Vec<_>) =
        sources(&["actors/src/", "src/"]).into_iter().partition(|source| allowed(&source.path));
    assert!(inside.iter().any(|source| source.names("actix")), "this test looks for the wrong word");
    for source in outside {
        source.must_not_name("actix");
    }
}

#[test]
fn edges_name_no_backend_and_backends_no_edge() {
    for source in sources(&[
        "src/cli/",
        "src/http/",
        "src/input/",
        "src/client.rs",
        "src/llm/",
        "src/routing/",
        "src/config/",
        "src/telemetry/",
    ]) {
        for name in ["backends", "rusqlite", "async_nats"] {
            source.must_not_name(name);
        }
        // The configuration has to name the editions; nobody else may ask which one it is.
        if !source.path.starts_with("src/config/") {
            source.must_not_name("embedded");
            source.must_not_name("Embedded");
            source.must_not_name("Distributed");
        }
    }
    for source in sources(&["src/backends/"]) {
        for name in ["cli", "input", "http", "telemetry", "app", "client", "llm", "routing", "config"] {
            assert!(!source.code.contains(&format!("crate::{name}")), "{} names crate::{name}", source.path);
        }
    }
}

/// So that either can be replaced by changing one room.
#[test]
fn http_and_opentelemetry_each_have_one_room() {
    let rooms = [
        ("actix_web", "src/http/"),
        ("opentelemetry", "src/telemetry/"),
        ("opentelemetry_sdk", "src/telemetry/"),
    ];
    for (name, room) in rooms {
        let (inside, outside): (Vec<_>, Vec<_>) =
            sources(&["src/"]).into_iter().partition(|source| source.path.starts_with(room));
        assert!(inside.iter().any(|source| source.names(name)), "this test looks for the wrong word");
        for source in outside {
            source.must_not_name(name);
        }
    }
}

#[test]
fn one_room_knows_which_backends_there_are() {
    let knows: Vec<_> = sources(&["src/"])
        .into_iter()
        .filter(|source| !source.path.starts_with("src/backends/") && source.code.contains("backends::"))
        .map(|source| source.path)
        .collect();
    assert!(knows.len() > 1 && knows.iter().all(|path| path.starts_with("src/app/")), "{knows:?}");
}

#[test]
fn decisions_are_pure() {
    let decisions: Vec<_> = sources(&["actors/src/"])
        .into_iter()
        .filter(|source| source.path.ends_with("/decide.rs") || source.path.contains("/transition/"))
        .collect();
    assert!(decisions.len() > 5);
    for source in decisions {
        for name in ["async", "await", "Clock", "Ports", "SystemTime", "Instant", "fastrand"] {
            source.must_not_name(name);
        }
        assert!(!source.code.contains(".now()"), "{} asks what time it is", source.path);
    }
}

#[test]
fn subjects_are_written_once() {
    for source in sources(&["schemas/src/", "actors/src/", "src/"]) {
        if source.path == "schemas/src/subject.rs" {
            continue;
        }
        for subject in Subject::ALL {
            let literal = format!("\"{subject}\"");
            assert!(!source.code.contains(&literal), "{} writes {literal}", source.path);
        }
    }
}

#[test]
fn every_room_says_what_it_promises() {
    let rooms: Vec<_> = tracked().into_iter().filter(|path| path.ends_with("/mod.rs")).collect();
    assert!(rooms.len() > 15);
    for path in rooms {
        assert!(read(&path).starts_with("//! "), "{path} does not begin with what it is");
    }
    for room in ["llm", "router", "task", "sla", "escalation"] {
        let text = read(format!("actors/src/{room}/mod.rs"));
        assert!(
            text.contains("Promises: ") && text.contains("Deliberately absent: "),
            "actors/src/{room}/mod.rs"
        );
        for furniture in ["decide.rs", "actor.rs"] {
            assert!(
                root().join(format!("actors/src/{room}/{furniture}")).exists(),
                "{room} has no {furniture}"
            );
        }
    }
}

#[test]
fn every_code_has_a_page() {
    for code in Code::ALL {
        assert!(read(format!("docs/errors/{code}.md")).starts_with(&format!("# {code}: ")), "{code}");
    }
}

#[test]
fn what_the_page_names_is_there() {
    let page = read("ARCHITECTURE.md");
    let in_map =
        page.lines().filter_map(|line| line.split_whitespace().next()).filter(|word| word.ends_with('/'));
    let in_text = page.split('`').skip(1).step_by(2).filter(|word| {
        word.contains('/') && word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    });
    let named: BTreeSet<_> = in_map.chain(in_text).collect();
    assert!(named.len() > 12, "{named:?}");
    for name in named {
        let there = ["", "actors/src", "schemas/src", "src"]
            .iter()
            .any(|folder| root().join(folder).join(name).exists());
        assert!(there, "ARCHITECTURE.md names {name}, which is not there");
    }
}

#[test]
fn the_table_of_actors_is_what_they_consume() {
    let page = read("ARCHITECTURE.md");
    let actors = Consumer::ALL.into_iter().filter(|consumer| *consumer != Consumer::Command);
    for consumer in actors {
        let name = format!("{}Actor", capitalized(consumer.as_str()));
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let cell = row.unwrap_or_else(|| panic!("no row for {name}")).split('|').nth(2).unwrap();
        let named: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
        let mut consumed: Vec<_> = consumer.subjects().iter().map(|subject| subject.as_str()).collect();
        // The commands on the bus are the task actor's too; each has a subject of its own.
        consumed.extend((consumer == Consumer::Task).then_some("task.command.*"));
        assert_eq!(named, consumed, "{name}");
    }
}

/// Else the tests of `temporal` compile most of the product once more.
#[test]
fn both_halves_of_the_tests_build_what_they_share_alike() {
    let temporal = ["tracerail-temporal", "tracerail-temporal-example"];
    let rest = features(&["--workspace", "--exclude", temporal[0], "--exclude", temporal[1]]);
    let theirs = features(&["--package", temporal[0], "--package", temporal[1]]);
    let shared: Vec<_> = theirs.iter().filter(|(name, _)| rest.contains_key(*name)).collect();
    assert!(shared.len() > 200, "this test looks at too little: {}", shared.len());
    for (name, features) in shared {
        assert_eq!(Some(features), rest.get(name), "{name}: say so in tests/alike/Cargo.toml");
    }
}

/// The features in which each package is built for the tests of these.
fn features(packages: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let form = ["--edges", "normal,dev,build", "--all-features", "--prefix", "none", "--format", "{p}|{f}"];
    let listed =
        Command::new(env!("CARGO")).arg("tree").args(packages).args(form).current_dir(root()).output();
    let listed = listed.unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // An empty line stands between the trees of two packages.
    for line in String::from_utf8(listed.stdout).unwrap().lines().filter(|line| !line.is_empty()) {
        let (name, features) = line.trim_end_matches(" (*)").split_once('|').unwrap();
        let features = features.split(',').filter(|feature| !feature.is_empty()).map(str::to_owned);
        all.entry(name.to_owned()).or_default().extend(features);
    }
    all
}

/// Nothing of the machine it was made on is in it.
#[test]
fn no_file_names_a_place_of_one_machine() {
    // Put together here, so that this file does not find itself.
    let needles = ["work", "root", "home/user"].map(|folder| format!("/{folder}/"));
    for path in tracked() {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for needle in &needles {
            assert!(!text.contains(needle), "{path} names {needle}");
        }
    }
}

impl Source {
    fn must_not_name(&self, name: &str) {
        assert!(!self.names(name), "{} names {name}", self.path);
    }

    /// Whether this word stands in it.
    fn names(&self, name: &str) -> bool {
        self.code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
    }
}

/// The product code below these paths.
fn sources(below: &[&str]) -> Vec<Source> {
    let is_test = |path: &str| {
        ["/tests/", "/conformance/", "/golden/"].iter().any(|folder| path.contains(folder))
            || ["/tests.rs", "/script_server.rs"].iter().any(|name| path.ends_with(name))
    };
    let found: Vec<_> = tracked()
        .into_iter()
        .filter(|path| {
            Path::new(path).extension().is_some_and(|extension| extension == "rs")
                && below.iter().any(|start| path.starts_with(start))
                && !is_test(path)
        })
        .map(|path| Source { code: product_code(&read(&path)), path })
        .collect();
    for start in below {
        assert!(found.iter().any(|source| source.path.starts_with(start)), "nothing below {start}");
    }
    found
}

fn product_code(text: &str) -> String {
    let product = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let without_comment = |line: &str| match line.find("//") {
        // An address in a string is no comment.
        Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
        _ => line.to_owned(),
    };
    product.lines().map(without_comment).collect::<Vec<_>>().join("\n")
}

fn capitalized(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// The files of the repository, also those that are new and not ignored.
fn tracked() -> Vec<String> {
    let args = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(args).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: BTreeSet<_> = listed.lines().map(ToOwned::to_owned).collect();
    files.into_iter().filter(|path| root().join(path).is_file()).collect()
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(root().join(&path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
