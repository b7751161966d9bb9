//! How a submission was taken in, noted in it when something is taken out: what is left of its body does not tell any more.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::anything;
use crate::codec::{self, CodecError, Limits};
use crate::hash;

/// The field of a submission's body that says it.
const FIELD: &str = "erased_submission";

/// How a submission was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenIn {
    /// The hash that tells whether another submission is the same content; zero where it would tell the text to whoever guesses it.
    #[serde(with = "crate::hash")]
    pub hash: [u8; 32],
    /// Whether it was taken in when it was submitted, and not by the actor that met it.
    pub when_submitted: bool,
}

#[derive(Deserialize)]
struct Noted {
    #[serde(default)]
    erased_submission: Option<TakenIn>,
}

impl TakenIn {
    /// What is noted in the body of a submission; nothing where nothing was taken out of it.
    pub fn noted(body: &[u8]) -> Option<Self> {
        let marked = body.windows(FIELD.len()).any(|bytes| bytes == FIELD.as_bytes());
        let noted = marked.then(|| codec::decode::<Noted>(body, &Limits::unlimited()).ok());
        noted.flatten()?.erased_submission
    }

    /// Notes it in the body of a submission; a body without fields has no room for it, and stays.
    pub fn note(self, body: &[u8]) -> Result<Vec<u8>, CodecError> {
        let Some(mut fields) = anything::fields(body) else { return Ok(body.to_vec()) };
        let noted = serde_json::json!({
            "hash": hash::hex(&self.hash),
            "when_submitted": self.when_submitted,
        });
        fields.insert(FIELD.to_owned(), noted);
        codec::encode(&Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_comes_out_of_a_body_as_it_was_noted() {
        let body = codec::encode(&json!({"content": "[erased]"})).unwrap();
        let taken = TakenIn { hash: [7; 32], when_submitted: true };
        let noted = taken.note(&body).unwrap();
        assert_eq!((TakenIn::noted(&body), TakenIn::noted(&noted)), (None, Some(taken)));
        let later = TakenIn { hash: [0; 32], ..taken };
        assert_eq!(TakenIn::noted(&later.note(&noted).unwrap()), Some(later));
        assert_eq!(taken.note(b"[erased]").unwrap(), b"[erased]");
    }
}
