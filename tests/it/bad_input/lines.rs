//! Files and lines that are no content: each is named with its place and code, and all the others are taken in.

use serde_json::json;
use tracerail_testkit::{Program, Scratch};

use crate::program;

#[test]
fn one_bad_line_among_a_hundred_costs_itself_alone() {
    let scratch = Scratch::new();
    let good = |n: usize| json!({"id": format!("{n}"), "content": format!("Question {n}?")}).to_string();
    let lines: Vec<_> =
        (1..=100).map(|n| if n == 42 { "{\"content\": nope}".to_owned() } else { good(n) }).collect();
    scratch.write("items.jsonl", lines.join("\n"));
    let program = program(&scratch);
    let told = program.run(["submit", "items.jsonl"]);
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    assert!(told.stderr.contains("error TR0001: items.jsonl:42: "), "{}", told.stderr);
    assert!(told.stdout.contains("99 taken in, 0 repeated, 1 refused"), "{}", told.stdout);
    // Mended and given again, only the one is new.
    let mended: Vec<_> = (1..=100).map(good).collect();
    scratch.write("items.jsonl", mended.join("\n"));
    let again = program.run(["submit", "items.jsonl", "--json"]).ok().json();
    assert_eq!((&again["taken_in"], &again["repeated"]), (&json!(1), &json!(99)));
    assert_eq!(again["with_task"], 100);
}

#[test]
fn each_kind_of_bad_line_has_its_code() {
    let scratch = Scratch::new();
    scratch.write(
        "tracerail.yaml",
        "limits: { content_bytes_max: 2000, payload_bytes_max: 10000, depth_max: 8, values_max: 200 }\n",
    );
    let long = |count: usize| json!({"content": "x".repeat(count)}).to_string();
    let bomb = format!(r#"{{"content":"a","metadata":{{"a":{}{}}}}}"#, "[".repeat(400), "]".repeat(400));
    let many = format!(r#"{{"content":"a","metadata":{{"a":[{}1]}}}}"#, "1,".repeat(500));
    let lines = [
        (r#"{"id":"1","content":"The first."}"#.to_owned(), None),
        ("not JSON".to_owned(), Some("TR0001")),
        (r#"["a","list"]"#.to_owned(), Some("TR0001")),
        (r#"{"content":{"a":1}}"#.to_owned(), Some("TR0001")),
        (r#"{"id":"x"}"#.to_owned(), Some("TR0001")),
        (r#"{"content":""}"#.to_owned(), Some("TR0003")),
        (long(2001), Some("TR0004")),
        (long(10_001), Some("TR0002")),
        (bomb, Some("TR0002")),
        (many, Some("TR0002")),
        (String::new(), None),
        (r#"{"id":"1","content":"The first."}"#.to_owned(), None),
        (r#"{"id":"2","content":"The last."}"#.to_owned(), None),
    ];
    let text: Vec<_> = lines.iter().map(|(line, _)| line.as_str()).collect();
    scratch.write("items.jsonl", text.join("\n"));
    let told = submitted(&program(&scratch), &["items.jsonl"]);
    assert_eq!((&told["taken_in"], &told["repeated"]), (&json!(2), &json!(1)));
    let expected: Vec<_> = lines
        .iter()
        .enumerate()
        .filter_map(|(n, (_, code))| Some((format!("items.jsonl:{}", n + 1), (*code)?.to_owned())))
        .collect();
    assert_eq!(refused(&told), expected);
}

#[test]
fn the_same_id_with_another_content_is_refused_and_the_first_stays() {
    let scratch = Scratch::new();
    scratch.write("a.jsonl", r#"{"id":"1","content":"The first."}"#);
    scratch.write("b.jsonl", r#"{"id":"1","content":"Another."}"#);
    let program = program(&scratch);
    assert_eq!(program.run(["submit", "a.jsonl"]).code, Some(0));
    let before = program.run(["content", "show", "1", "--json"]).ok().stdout;
    let told = submitted(&program, &["b.jsonl"]);
    assert_eq!(refused(&told), [("b.jsonl:1".to_owned(), "TR0005".to_owned())]);
    assert_eq!(program.run(["content", "show", "1", "--json"]).ok().stdout, before);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_taken_in() {
    let scratch = Scratch::new();
    scratch.write("a.jsonl", r#"{"id":"1","content":"The first."}"#);
    scratch.write("folder/b.txt", b"Gr\xfc\xdfe: not UTF-8, and taken in all the same");
    // A link to nowhere cannot be read, not even by root.
    std::os::unix::fs::symlink("nowhere", scratch.join("folder/c.txt")).unwrap();
    let told = submitted(&program(&scratch), &["missing.jsonl", "a.jsonl", "folder"]);
    let expected = ["missing.jsonl", "folder/c.txt"].map(|place| (place.to_owned(), "TR0060".to_owned()));
    assert_eq!(refused(&told), expected);
    assert_eq!(told["taken_in"], 2);
}

/// A submission of which something is refused.
fn submitted(program: &Program, paths: &[&str]) -> serde_json::Value {
    let told = program.run(["submit", "--json"].iter().chain(paths));
    assert_eq!(told.code, Some(1), "{}\n{}", told.stdout, told.stderr);
    told.json()
}

fn refused(told: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let refused = told["refused"].as_array().unwrap();
    assert!(refused.iter().all(|one| !text(&one["message"]).is_empty()), "{told}");
    refused.iter().map(|one| (text(&one["place"]), text(&one["code"]))).collect()
}
