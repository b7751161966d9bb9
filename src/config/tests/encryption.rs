//! Keys for payloads: where they may stand, what is refused, and that they are never shown.

use super::Story;

/// 32 bytes each.
const NEW: &str = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";
const OLD: &str = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";

#[test]
fn the_first_key_encrypts_and_the_others_are_kept() {
    let keys = format!("2026-11:{NEW}, 2026-05:{OLD}\n");
    let story = Story::new("tracerail.yaml", "temporal: { encryption_keys_env: PAYLOAD_KEYS }");
    let config = story.env("PAYLOAD_KEYS", &keys).load();
    let read = config.temporal.encryption().unwrap();
    assert_eq!(read.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["2026-11", "2026-05"]);
    assert_eq!(&read[0].key[..6], b"newnew");
    let shown = format!("{read:?} {config:?}");
    assert!(!shown.contains(NEW) && !shown.contains("newnew"), "{shown}");
    assert_eq!(Story::without_file().load().temporal.encryption(), Ok(vec![]), "without keys nothing is");
}

#[test]
fn what_is_no_key_is_refused_and_not_repeated() {
    for (keys, why) in [
        (format!(":{NEW}"), "the name of its entry 1"),
        (format!("a b:{NEW}"), "its entry 1 has no name"),
        (NEW.to_owned(), "its entry 1 has no name"),
        (format!("a:{NEW},b:{}", &NEW[4..]), "the key b has 29 bytes"),
        (format!("a:{NEW},b:!{NEW}"), "the key b is not base64"),
        (format!("a:{NEW},a:{OLD}"), "two keys of the name a"),
        (", ".to_owned(), "no key in it"),
    ] {
        let story = Story::new("tracerail.yaml", "temporal: { encryption_keys_env: KEYS }");
        let error = story.env("KEYS", &keys).error();
        assert!(error.contains("temporal.encryption_keys") && error.contains(why), "{keys}\n{error}");
        assert!(!error.contains(&NEW[..8]), "{error}");
    }
}
