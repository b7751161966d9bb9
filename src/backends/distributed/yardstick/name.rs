//! Which event of which item: the id it is published under says so, and nobody has to look inside.

use tracerail_schemas::{ContentKey, EventId, TenantId};
use uuid::Uuid;

/// Which event of which item of which run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name {
    pub(super) run: u16,
    pub(super) item: u32,
    pub(super) step: u8,
    pub(super) event: u8,
}

impl Name {
    /// What an id says.
    pub(super) fn read(id: &str) -> Option<Self> {
        let number = Uuid::parse_str(id).ok()?.as_u128();
        let [run1, run2, _, _, _, _, _, _, item1, item2, item3, item4, _, _, step, event] =
            number.to_be_bytes();
        let (run, item) =
            (u16::from_be_bytes([run1, run2]), u32::from_be_bytes([item1, item2, item3, item4]));
        Some(Self { run, item, step, event })
    }

    /// As the id of an event, and as long as one.
    pub(super) fn id(self) -> EventId {
        EventId::from_uuid(Uuid::from_u128(
            u128::from(self.run) << 112
                | u128::from(self.item) << 32
                | u128::from(self.step) << 8
                | u128::from(self.event),
        ))
    }

    /// The item.
    pub(super) fn key(self) -> Option<ContentKey> {
        ContentKey::new(TenantId::default(), "yardstick", format!("run-{}-{:08}", self.run, self.item)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_which_event_it_is() {
        let name = Name { run: 0x1234, item: 0xdead_beef, step: 3, event: 1 };
        assert_eq!(Name::read(&name.id().to_string()), Some(name));
        assert_ne!(Name { item: 1, ..name }.key(), Name { item: 2, ..name }.key());
    }
}
