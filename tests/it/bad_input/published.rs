//! What a program puts on the bus and is no content: it is held as it came, with its code, and the next item goes on.

use tracerail_actors::port::Position;
use tracerail_schemas::dead_letter::DeadLetterStatus;
use tracerail_schemas::{Code, Subject};

use crate::stage::{PEOPLE, Stage};

/// A hundredth of the usual limits, so that what is over them is small.
const LIMITS: &str =
    "\nlimits: { content_bytes_max: 2000, payload_bytes_max: 10000, depth_max: 8, values_max: 200 }\n";

/// What it is, its bytes, and the code it is held under.
fn cases() -> Vec<(&'static str, Vec<u8>, Code)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let long = |count: usize| format!(r#"{{"content":"{}"}}"#, "x".repeat(count)).into_bytes();
    let deep = format!(r#"{{"content":"a","metadata":{{"a":{}{}}}}}"#, "[".repeat(400), "]".repeat(400));
    let many = format!(r#"{{"content":"a","metadata":{{"a":[{}1]}}}}"#, "1,".repeat(500));
    vec![
        ("plain text", text("hello, this is plain text"), Code::PayloadMalformed),
        ("bytes", vec![0xc1, 0x00, 0xff, 0x1b], Code::PayloadMalformed),
        ("nothing", vec![], Code::PayloadMalformed),
        ("cut short", text(r#"{"content":"a"#), Code::PayloadMalformed),
        ("two of them", text(r#"{"content":"a"}{"content":"b"}"#), Code::PayloadMalformed),
        ("a number for a text", text(r#"{"content":5}"#), Code::PayloadMalformed),
        ("no content", text(r#"{"id":"1","text":"a"}"#), Code::PayloadMalformed),
        ("an unknown priority", text(r#"{"content":"a","priority":"soonish"}"#), Code::PayloadMalformed),
        ("empty content", text(r#"{"content":" \n "}"#), Code::ContentInvalid),
        ("an empty id", text(r#"{"id":"","content":"a"}"#), Code::ContentInvalid),
        ("a long content", long(2001), Code::ContentTooLarge),
        ("a large payload", long(20_000), Code::PayloadOverLimit),
        ("a nesting bomb in JSON", deep.into_bytes(), Code::PayloadOverLimit),
        ("a nesting bomb in MessagePack", [vec![0x91; 5000], vec![0xc0]].concat(), Code::PayloadOverLimit),
        ("four billion values, it says", vec![0xdd, 0xff, 0xff, 0xff, 0xff], Code::PayloadOverLimit),
        ("too many values", many.into_bytes(), Code::PayloadOverLimit),
    ]
}

#[test]
fn what_is_no_content_is_held_as_it_came_and_the_next_goes_on() {
    let stage = Stage::with(&format!("{PEOPLE}{LIMITS}"));
    let cases = cases();
    for (_, bytes, _) in &cases {
        stage.block_on(stage.rail().publish_raw(Subject::ContentSubmitted, bytes.clone())).unwrap();
    }
    let item = stage.submit("1", "thank you");
    stage.wait_for_end(&item);
    let letters = stage.wait("every one is held", || {
        let letters = stage.dead_letters();
        if letters.len() == cases.len() { Ok(letters) } else { Err(format!("{letters:?}")) }
    });
    for (what, bytes, code) in &cases {
        let letter = letters.iter().find(|letter| letter.data == *bytes);
        let letter = letter.unwrap_or_else(|| panic!("{what}: its bytes are gone; {letters:?}"));
        assert_eq!((letter.code, letter.status), (*code, DeadLetterStatus::Held), "{what}: {}", letter.cause);
        assert!(!letter.cause.is_empty() && letter.actor == "llm", "{what}: {letter:?}");
    }
    assert_eq!(stage.block_on(stage.rail().totals()).unwrap().contents, 1);
}

#[test]
fn an_id_that_is_taken_by_another_content_is_held_and_the_first_untouched() {
    let stage = Stage::set();
    let first = stage.submit("1", "Is this seat taken?");
    stage.wait_for_any_task(&first);
    let before = stage.content(&first);
    let other = serde_json::to_vec(&crate::stage::content("1", "It is mine now.")).unwrap();
    stage.block_on(stage.rail().publish_raw(Subject::ContentSubmitted, other.clone())).unwrap();
    let letter =
        stage.wait("the other is held", || stage.dead_letters().pop().ok_or_else(|| "none".to_owned()));
    assert_eq!((letter.code, letter.data), (Code::ContentIdConflict, other));
    assert_eq!(stage.content(&first), before);

    // Handed in at the front door, it is refused at once.
    let error = stage.try_submit("1", "It is mine now.").unwrap_err();
    assert_eq!(error.code(), Code::ContentIdConflict);
    assert!(
        error.to_string().starts_with("TR0005: ") && error.to_string().contains("default/desk/1"),
        "{error}"
    );
    assert_eq!(stage.content(&first), before);
}

#[test]
fn at_the_front_door_what_is_no_content_is_refused_at_once() {
    let stage = Stage::with(&format!("{PEOPLE}{LIMITS}"));
    for (id, text, code) in [
        ("1", "  \n".to_owned(), Code::ContentInvalid),
        ("", "text".to_owned(), Code::ContentInvalid),
        ("1", "x".repeat(2001), Code::ContentTooLarge),
    ] {
        let error = stage.try_submit(id, &text).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
    assert_eq!(stage.block_on(stage.rail().head()).unwrap(), Position::start(), "nothing was said of it");
}
