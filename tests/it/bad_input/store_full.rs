//! A disk that is full: the error says so, what was taken in before is safe, and with room again the rest goes in.

use std::path::Path;
use std::process::{Command, Output};

use tracerail_testkit::Scratch;

use crate::program;

const ITEMS: usize = 4_000;

#[test]
fn what_was_taken_in_before_the_disk_was_full_is_safe() {
    let (scratch, small) = (Scratch::new(), Scratch::new());
    let words = "The lamp arrived in three pieces and the box has a boot print on it. ".repeat(8);
    let line =
        |n: usize| serde_json::json!({"id": n.to_string(), "content": format!("{n} {words}")}).to_string();
    let items = scratch.write("items.jsonl", (0..ITEMS).map(line).collect::<Vec<_>>().join("\n"));
    let script = r#"
        mount -t tmpfs -o size=2m tmpfs "$1" && cd "$1" || exit 99
        "$2" submit "$4" --no-wait > "$3/out" 2> "$3/err"; echo $? > "$3/exit"
        "$2" status --json > "$3/status" 2>> "$3/err.status"; echo $? > "$3/status.exit"
        cp tracerail.db* "$3"
    "#;
    let told = in_own_mounts(script, &[small.path(), scratch.path(), &items]);
    assert!(told.status.success(), "{told:?}");
    let read = |name: &str| std::fs::read_to_string(scratch.join(name)).unwrap();
    assert_eq!(read("exit"), "5\n", "{}{}", read("out"), read("err"));
    assert!(read("err").contains("error TR0033: "), "{}", read("err"));
    let safe = read("err").split(" items were taken in before that and are safe").next().unwrap().to_owned();
    let safe: u64 = safe.rsplit(char::is_whitespace).next().unwrap().parse().unwrap();
    assert!(safe > 0, "{}", read("err"));

    // The same file with room around it: all that was said to be safe is there, and the rest goes in.
    let program = program(&scratch);
    let kept = program.run(["status", "--json"]).ok().json()["contents"].as_u64().unwrap();
    assert!(kept >= safe && kept < ITEMS as u64, "{safe} were said to be safe, {kept} are there");
    let again = program.run(["submit", "items.jsonl", "--no-wait", "--json"]).ok().json();
    assert_eq!(
        (again["repeated"].as_u64(), again["taken_in"].as_u64()),
        (Some(kept), Some(ITEMS as u64 - kept))
    );
}

/// Runs a script in which the mounts it makes are its own and gone with it. `$1`, `$3`, `$4` ... are the paths, `$2` the product.
/// Without the rights of root it is root of a namespace of its own.
pub(super) fn in_own_mounts(script: &str, paths: &[&Path]) -> Output {
    let run = |unshare: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .args(unshare)
            .args(["sh", "-c", script, "sh"])
            .arg(paths[0])
            .arg(env!("CARGO_BIN_EXE_tracerail"));
        command.args(&paths[1..]).output().unwrap()
    };
    let told = run(&["--mount"]);
    if told.status.success() { told } else { run(&["--mount", "--map-root-user"]) }
}
