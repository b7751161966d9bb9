//! Keys that change, and payloads that were changed.

use futures::executor::block_on;
use temporalio_common::data_converters::{PayloadCodec as _, SerializationContextData};
use temporalio_common::protos::temporal::api::common::v1::Payload;
use tracerail::config::EncryptionKey;

use super::Encryption;

fn key(id: &str, byte: u8) -> EncryptionKey {
    EncryptionKey { id: id.to_owned(), key: [byte; 32] }
}

fn with(keys: &[EncryptionKey]) -> Encryption {
    Encryption::new(keys).unwrap().unwrap()
}

fn payload(text: &str) -> Payload {
    let metadata = [("encoding".to_owned(), b"json/plain".to_vec())].into();
    Payload { metadata, data: text.as_bytes().to_vec(), ..Payload::default() }
}

fn encode(codec: &Encryption, payload: &Payload) -> Payload {
    block_on(codec.encode(&SerializationContextData::None, vec![payload.clone()])).unwrap().remove(0)
}

fn decode(codec: &Encryption, payload: Payload) -> Result<Payload, String> {
    let decoded = block_on(codec.decode(&SerializationContextData::None, vec![payload]));
    decoded.map(|mut payloads| payloads.remove(0)).map_err(|error| error.to_string())
}

#[test]
fn a_key_may_be_changed_while_there_is_something_of_the_old_one() {
    let (old, new) = (key("2026-05", 1), key("2026-11", 2));
    let secret = payload("\"ada@example.com\"");
    let before = encode(&with(std::slice::from_ref(&old)), &secret);
    let both = with(&[new.clone(), old]);
    let after = encode(&both, &secret);
    for encrypted in [&before, &after] {
        assert!(!String::from_utf8_lossy(&encrypted.data).contains("ada@"), "{encrypted:?}");
        assert_eq!(decode(&both, encrypted.clone()), Ok(secret.clone()));
    }
    assert_eq!(after.metadata["encryption-key-id"], b"2026-11");
    assert_ne!(encode(&both, &secret).data, after.data, "the same twice does not look the same");
    let forgotten = decode(&with(&[new]), before).unwrap_err();
    assert!(forgotten.contains("2026-05") && forgotten.contains("temporal.encryption_keys"), "{forgotten}");
}

#[test]
fn what_was_changed_is_refused_and_what_is_plain_is_read() {
    let codec = with(&[key("k", 1)]);
    let encrypted = encode(&codec, &payload("true"));
    for place in 0..encrypted.data.len() {
        let mut changed = encrypted.clone();
        changed.data[place] ^= 1;
        assert!(decode(&codec, changed).unwrap_err().contains("has been changed"), "byte {place}");
    }
    for bytes in 0..encrypted.data.len() {
        let short = Payload { data: encrypted.data[..bytes].to_vec(), ..encrypted.clone() };
        assert!(decode(&codec, short).unwrap_err().contains("has been changed"), "{bytes} bytes");
    }
    assert!(decode(&with(&[key("k", 2)]), encrypted).is_err(), "another key of the same name");
    assert_eq!(decode(&codec, payload("true")), Ok(payload("true")));
}
