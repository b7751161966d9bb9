//! The files, and what each must do: decode to its sample, and come out of the sample byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{commands, events};
use crate::codec::{self, CodecError, Limits};
use crate::event::Event;
use crate::subject::Subject;
use crate::task::CommandKind;

/// What is found in a pair of files, or written there when it is new and asked for.
struct Golden {
    name: String,
    messagepack: Form,
    json: Form,
}

/// The bytes as they are stored, and as they are written today.
struct Form {
    stored: Vec<u8>,
    new: Vec<u8>,
}

#[test]
fn golden_events_decode_and_encode_as_ever() {
    for &subject in Subject::ALL {
        let sample = events::full(subject);
        assert_eq!(sample.subject(), subject);
        let bytes = sample.encode().unwrap();
        let golden = Golden::of(subject.as_str(), bytes, &sample.to_json());
        golden.holds(&sample, |bytes| Event::decode(subject, bytes, &Limits::default()));
    }
}

#[test]
fn golden_commands_decode_and_encode_as_ever() {
    for &kind in CommandKind::ALL {
        let command = commands::command(kind);
        assert_eq!(command.verb.kind(), kind);
        assert_golden(kind.subject(), &command);
    }
}

#[test]
fn golden_answers_and_dead_letters_decode_and_encode_as_ever() {
    assert_golden("command_answer_done", &commands::done());
    assert_golden("command_answer_refused", &commands::refused());
    assert_golden("dead_letter", &commands::dead_letter());
}

#[test]
fn golden_files_are_all_of_something() {
    let expected = 2 * (Subject::ALL.len() + CommandKind::ALL.len() + 3);
    let found = fs::read_dir(folder()).unwrap().count();
    assert_eq!(found, expected, "a file in {} belongs to no shape", folder().display());
}

fn assert_golden<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, sample: &T) {
    let bytes = codec::encode(sample).unwrap();
    let json = serde_json::to_value(sample).unwrap();
    Golden::of(name, bytes, &json).holds(sample, |bytes| codec::decode(bytes, &Limits::default()));
}

impl Golden {
    fn of(name: &str, bytes: Vec<u8>, json: &Value) -> Self {
        let form = |extension: &str, new: Vec<u8>| Form {
            stored: stored(&folder().join(format!("{name}.v1.{extension}")), &new),
            new,
        };
        let pretty = serde_json::to_string_pretty(json).unwrap() + "\n";
        Self {
            name: name.to_owned(),
            messagepack: form("msgpack", bytes),
            json: form("json", pretty.into_bytes()),
        }
    }

    fn holds<T: PartialEq + std::fmt::Debug>(
        &self,
        sample: &T,
        decode: impl Fn(&[u8]) -> Result<T, CodecError>,
    ) {
        let name = &self.name;
        for (form, Form { stored, new }) in [("MessagePack", &self.messagepack), ("JSON", &self.json)] {
            let read = decode(stored).unwrap_or_else(|error| panic!("{name}, {form}: {}", error.full()));
            assert_eq!(&read, sample, "{name}: the golden {form} reads as something else");
            assert_eq!(new, stored, "{name}: {form} is written differently from the golden one");
        }
    }
}

fn stored(path: &Path, new: &[u8]) -> Vec<u8> {
    if !path.exists() && std::env::var_os("TRACERAIL_WRITE_GOLDEN").is_some() {
        fs::write(path, new).unwrap();
    }
    fs::read(path).unwrap_or_else(|error| {
        panic!("{}: {error}; a new shape is written with TRACERAIL_WRITE_GOLDEN=1", path.display())
    })
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}
