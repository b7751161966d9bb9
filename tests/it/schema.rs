//! The schemas that are checked in are those of this version, none missing and none too many.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tracerail_testkit::Scratch;

use crate::program;

const REFRESH: &str = "refresh them: remove schemas/json, then `cargo run -- schema --write schemas`";

#[test]
fn the_checked_in_schemas_are_fresh() {
    let scratch = Scratch::new();
    let finished = program(&scratch).run(["schema", "--write", "."]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let (new, stored) = (files(scratch.path()), files(&schemas()));
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&stored), names(&new), "{REFRESH}");
    for (name, text) in &new {
        assert!(stored[name] == *text, "schemas/{name} is not what this version says; {REFRESH}");
    }
}

#[test]
fn what_is_printed_is_what_is_checked_in() {
    let scratch = Scratch::new();
    let program = program(&scratch);
    for (args, file) in [
        (vec!["schema", "task.escalated"], "json/task.escalated.schema.json"),
        (vec!["schema", "task.command.claim", "--json"], "json/task.command.claim.schema.json"),
        (vec!["schema", "--asyncapi"], "asyncapi.json"),
        (vec!["schema", "task.escalated", "--sample"], "golden/task.escalated.v1.json"),
    ] {
        let stored = fs::read_to_string(schemas().join(file)).unwrap();
        assert_eq!(program.run(args).stdout, stored, "{file}");
    }
    let all: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&program.run(["schema", "--json"]).stdout).unwrap();
    assert_eq!(all.len() + 1, files(&schemas()).len(), "all schemas, and the AsyncAPI document beside them");
    assert_eq!(all["task.escalated"]["title"], "task.escalated");
    assert_eq!(program.run(["schema", "task.lost"]).code, Some(2));
}

/// The generated files in a folder: their paths and texts.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let read = |name: String| (name.clone(), fs::read_to_string(folder.join(name)).unwrap());
    let json = fs::read_dir(folder.join("json")).unwrap();
    let names = json.map(|entry| format!("json/{}", entry.unwrap().file_name().display()));
    names.chain(["asyncapi.json".to_owned()]).map(read).collect()
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}
