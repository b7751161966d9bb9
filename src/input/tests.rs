use std::path::Path;

use super::*;

fn input(path: &Path, format: Format) -> Input {
    let limits = Limits { payload_bytes_max: 200, depth_max: 8, values_max: 50 };
    Input {
        paths: vec![path.to_owned()],
        format,
        extensions: vec![],
        source: None,
        limits,
        content_bytes_max: 1000,
    }
}

fn all(input: &Input) -> Vec<Entry> {
    let mut entries = Vec::new();
    read(input, &mut |entry| {
        entries.push(entry);
        true
    });
    entries
}

fn place(entry: &Entry) -> &str {
    entry.place.rsplit('/').next().unwrap()
}

#[test]
fn each_bad_line_is_told_with_its_place_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.jsonl");
    let long = format!(r#"{{"content":"{}"}}"#, "x".repeat(5000));
    let deep = format!(r#"{{"content":"a","metadata":{{"d":{}{}}}}}"#, "[".repeat(20), "]".repeat(20));
    let lines = [
        "\u{feff}{\"content\":\"one\",\"id\":\"1\"}\r",
        "",
        "not json",
        &long,
        &deep,
        r#"{"text":"no content"}"#,
        r#"{"content":7}"#,
        "\u{92}",
        r#"{"content":"two"}"#,
    ];
    std::fs::write(&path, lines.join("\n")).unwrap();
    let entries = all(&input(&path, Format::Auto));
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (place(entry), entry.content.as_ref().err().map(|error| error.code)))
        .collect();
    let bad = Some(Code::PayloadMalformed);
    let over = Some(Code::PayloadOverLimit);
    assert_eq!(
        told,
        [
            ("in.jsonl:1", None),
            ("in.jsonl:3", bad),
            ("in.jsonl:4", over),
            ("in.jsonl:5", over),
            ("in.jsonl:6", bad),
            ("in.jsonl:7", bad),
            ("in.jsonl:8", bad),
            ("in.jsonl:9", None)
        ]
    );
}

#[test]
fn a_line_exactly_at_the_limit_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    for (extra, end, good) in [(0, "\n", true), (0, "\r\n", true), (0, "", true), (1, "\n", false)] {
        let path = folder.path().join("in.jsonl");
        let frame = r#"{"content":""}"#.len();
        let line = format!(r#"{{"content":"{}"}}"#, "x".repeat(200 - frame + extra));
        std::fs::write(&path, format!("{line}{end}{{\"content\":\"next\"}}")).unwrap();
        let entries = all(&input(&path, Format::Auto));
        let expected = if end.is_empty() { 1 } else { 2 };
        assert_eq!(entries.len(), expected);
        assert_eq!(entries[0].content.is_ok(), good && !end.is_empty(), "{extra} {end:?} {:?}", entries[0]);
    }
}

#[test]
fn a_folder_is_read_in_order_with_ids_relative_to_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("b/2.txt", "two"),
        ("a.eml", "From: a@b.c\nSubject: s\n\nt"),
        ("b/1.txt", "one"),
        (".hidden", "no"),
        ("c.jsonl", "{\"content\":\"x\"}\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let ids = |input: &Input| -> Vec<_> {
        all(input).into_iter().map(|entry| entry.content.unwrap().id.unwrap_or_default()).collect()
    };
    let mut input = input(folder.path(), Format::Auto);
    assert_eq!(ids(&input), ["a.eml", "b/1.txt", "b/2.txt", ""]);
    input.extensions = vec!["TXT".into()];
    assert_eq!(ids(&input), ["b/1.txt", "b/2.txt"]);
}

#[test]
fn what_is_not_there_is_told() {
    let entries = all(&input(Path::new("/nowhere/at-all.jsonl"), Format::Auto));
    assert_eq!(entries[0].content.as_ref().unwrap_err().code, Code::InputUnreadable);
}
