//! An event as it waits in the outbox, behind the cause of its batch.

use tracerail_schemas::{EncodedEvent, codec};
use uuid::Uuid;

use super::error::Failure;

/// Bytes of the time that the scripts put before it.
pub(super) const STAMP: usize = 16;

/// The event of this cause as bytes.
pub(super) fn pack(cause: Uuid, event: &EncodedEvent) -> Result<Vec<u8>, Failure> {
    let envelope = codec::encode(&event.envelope)?;
    let length = u32::try_from(envelope.len()).unwrap_or(u32::MAX).to_be_bytes();
    Ok([cause.as_bytes().as_slice(), &length, &envelope, &event.data].concat())
}

/// The event that waits as these bytes.
pub(super) fn unpack(bytes: &[u8]) -> Result<EncodedEvent, Failure> {
    let torn = || Failure::Unreadable("an event of the outbox".to_owned());
    let (_, rest) = bytes.split_first_chunk::<16>().ok_or_else(torn)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(torn)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| torn())?;
    let (envelope, data) = rest.split_at_checked(length).ok_or_else(torn)?;
    Ok(EncodedEvent { envelope: codec::decode_own(envelope)?, data: data.to_vec() })
}
