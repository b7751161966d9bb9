//! The trail of an item and its task: for each event when it happened, on which subject, and where it is in the log.

use tracerail_actors::port::{Admission, Place, Published};
use tracerail_schemas::{Envelope, EventId, Subject, Timestamp};
use uuid::Uuid;

/// An event of a trail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot {
    pub(super) id: EventId,
    pub(super) at: Timestamp,
    pub(super) subject: u8,
    pub(super) place: Option<Place>,
}

impl Slot {
    pub(super) fn of(envelope: &Envelope, place: Option<Place>) -> Self {
        Self { id: envelope.id, at: envelope.time, subject: order_of(envelope.subject), place }
    }

    /// An event that was published.
    pub(super) fn of_published(event: &Published) -> Self {
        Self { id: event.id, at: event.at, subject: order_of(event.subject), place: event.place }
    }

    /// A submission that came over the bus: it was in the log before anybody took it in.
    pub(super) fn of_admission(admission: &Admission, place: Option<Place>) -> Self {
        Self {
            id: admission.submitted_id,
            at: admission.submitted_at,
            subject: order_of(Subject::ContentSubmitted),
            place,
        }
    }

    /// It without its id: 8 bytes time, 1 subject, 9 place, which are zero where nobody knows it.
    pub(super) fn bytes(&self) -> [u8; 18] {
        let Place { stream, sequence } = self.place.unwrap_or(Place { stream: 0, sequence: 0 });
        let mut bytes = [0; 18];
        let values = self.at.as_micros().to_be_bytes().into_iter();
        let values = values.chain([self.subject, stream]).chain(sequence.to_be_bytes());
        bytes.iter_mut().zip(values).for_each(|(byte, value)| *byte = value);
        bytes
    }

    /// The slots among the fields of a trail, oldest first.
    ///
    /// The order follows from the events alone, so that a trail made again from the log is the same trail.
    pub(super) fn read(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<Self> {
        let mut slots: Vec<_> = fields.iter().filter_map(|(id, bytes)| Self::read_one(id, bytes)).collect();
        slots.sort_by_key(|slot| (slot.at, slot.subject, slot.id));
        slots
    }

    /// The causes stand in the trail as well, under longer names.
    fn read_one(id: &[u8], bytes: &[u8]) -> Option<Self> {
        let id = EventId::from_uuid(Uuid::from_slice(id).ok()?);
        let (at, rest) = bytes.split_first_chunk::<8>()?;
        let (subject, rest) = rest.split_first()?;
        let (stream, rest) = rest.split_first()?;
        let sequence = u64::from_be_bytes(*rest.first_chunk::<8>()?);
        let at = Timestamp::from_micros(i64::from_be_bytes(*at));
        let place = (sequence > 0).then_some(Place { stream: *stream, sequence });
        Some(Self { id, at, subject: *subject, place })
    }
}

/// Events of one moment stand in the order in which an item meets their subjects.
fn order_of(subject: Subject) -> u8 {
    let place = Subject::ALL.iter().position(|other| *other == subject);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_comes_out_of_a_trail_as_it_went_in_and_causes_do_not() {
        let slot = |n: u128, at, place| Slot {
            id: EventId::from_uuid(Uuid::from_u128(n)),
            at: Timestamp::from_micros(at),
            subject: 3,
            place,
        };
        let (early, late) = (slot(9, 5, None), slot(1, 6, Some(Place { stream: 2, sequence: 77 })));
        let field = |slot: &Slot| (slot.id.uuid().as_bytes().to_vec(), slot.bytes().to_vec());
        let cause = (b"k0123456789abcdef".to_vec(), b"-".to_vec());
        assert_eq!(Slot::read(&[field(&late), cause, field(&early)]), [early, late]);
    }
}
