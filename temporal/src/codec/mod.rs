//! Encryption of what goes to Temporal: AES-256-GCM, with a key that TraceRail has and Temporal has not.
//!
//! The form is the one that samples of Temporal's SDKs have for it, so that programs in other languages can use theirs: a payload is
//! wrapped whole into another one, whose data are the nonce (12 bytes), the ciphertext and its tag, and whose metadata name the key.
//! What is not encrypted is read as it is: a signal from a program that has no keys is heard.

use std::collections::HashMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use prost::Message as _;
use temporalio_common::data_converters::{
    DataConverter, DefaultFailureConverter, PayloadCodec, PayloadConversionError, PayloadConverter,
    SerializationContextData,
};
use temporalio_common::protos::temporal::api::common::v1::Payload;
use tracerail::config::EncryptionKey;

use crate::error::Error;

mod forgiving;
#[cfg(test)]
mod tests;

pub(crate) use forgiving::reading_what_it_can;

const ENCODING: &str = "encoding";
const ENCRYPTED: &[u8] = b"binary/encrypted";
const CIPHER: (&str, &[u8]) = ("encryption-cipher", b"AES/GCM");
const KEY_ID: &str = "encryption-key-id";

/// What was encrypted cannot be read, or the other way round.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(
        "it is encrypted with the key {0:?}, which is not among temporal.encryption_keys: put it there, behind the first"
    )]
    UnknownKey(String),
    #[error("it was not encrypted with the key {0:?} that it names, or has been changed since")]
    Changed(String),
    #[error("what was encrypted is no payload")]
    NoPayload,
    #[error("the cipher fails")]
    Cipher,
}

/// Encrypts with the first of its keys, decrypts with any.
pub struct Encryption {
    first: String,
    keys: HashMap<String, RandomizedNonceKey>,
}

/// How values become payloads: encrypted, where there are keys.
pub fn converter(keys: &[EncryptionKey]) -> Result<DataConverter, Error> {
    Ok(match Encryption::new(keys)? {
        // What a failure says may repeat what was in a payload.
        Some(codec) => {
            DataConverter::new(PayloadConverter::default(), DefaultFailureConverter::new(true), codec)
        }
        None => DataConverter::default(),
    })
}

impl Encryption {
    /// With these keys; nothing, without any.
    pub fn new(keys: &[EncryptionKey]) -> Result<Option<Self>, Error> {
        let Some(first) = keys.first() else { return Ok(None) };
        let usable = |key: &EncryptionKey| {
            let usable = RandomizedNonceKey::new(&AES_256_GCM, &key.key);
            usable.map(|usable| (key.id.clone(), usable))
        };
        let keys = keys.iter().map(usable).collect::<Result<_, _>>();
        let keys = keys.map_err(|_| Error::Settings { why: Unusable::Cipher.to_string() })?;
        Ok(Some(Self { first: first.id.clone(), keys }))
    }

    fn encrypted(&self, payload: &Payload) -> Result<Payload, Unusable> {
        let key = self.keys.get(&self.first).ok_or(Unusable::Cipher)?;
        let mut sealed = payload.encode_to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(|_| Unusable::Cipher)?;
        let metadata = [(ENCODING, ENCRYPTED), CIPHER, (KEY_ID, self.first.as_bytes())];
        Ok(Payload {
            metadata: metadata.map(|(name, value)| (name.to_owned(), value.to_vec())).into(),
            data: [&nonce.as_ref()[..], &sealed].concat(),
            ..Payload::default()
        })
    }

    fn decrypted(&self, payload: Payload) -> Result<Payload, Unusable> {
        if payload.metadata.get(ENCODING).map(Vec::as_slice) != Some(ENCRYPTED) {
            return Ok(payload);
        }
        let id = payload.metadata.get(KEY_ID).map(Vec::as_slice).unwrap_or_default();
        let id = String::from_utf8_lossy(id).into_owned();
        let Some(key) = self.keys.get(&id) else { return Err(Unusable::UnknownKey(id)) };
        let Some((nonce, sealed)) = payload.data.split_first_chunk::<NONCE_LEN>() else {
            return Err(Unusable::Changed(id));
        };
        let (nonce, mut sealed) = (Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
        let opened =
            key.open_in_place(nonce, Aad::empty(), &mut sealed).map_err(|_| Unusable::Changed(id))?;
        Payload::decode(&*opened).map_err(|_| Unusable::NoPayload)
    }
}

impl PayloadCodec for Encryption {
    fn encode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        coded(payloads.iter().map(|payload| self.encrypted(payload)).collect())
    }

    fn decode(&self, _: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        coded(payloads.into_iter().map(|payload| self.decrypted(payload)).collect())
    }
}

type Coded = BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>>;

fn coded(payloads: Result<Vec<Payload>, Unusable>) -> Coded {
    ready(payloads.map_err(|why| PayloadConversionError::EncodingError(why.into()))).boxed()
}

impl std::fmt::Debug for Encryption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encryption").field("first", &self.first).finish_non_exhaustive()
    }
}
