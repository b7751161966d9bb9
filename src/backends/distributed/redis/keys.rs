//! What things are called in Redis, and in which partition they are.

use tracerail_schemas::{GroupId, TaskId};

/// The names of one installation.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
    partitions: u16,
}

impl Keys {
    pub(super) fn new(prefix: &str, partitions: u16) -> Self {
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
        Self { prefix, partitions: partitions.max(1) }
    }

    /// The partition of everything about this task, or about the item it belongs to.
    pub(super) fn partition_of(&self, about: TaskId) -> u16 {
        let (_, low) = about.uuid().as_u64_pair();
        // The remainder is smaller than a u16.
        u16::try_from(low % u64::from(self.partitions)).unwrap_or_default()
    }

    /// All partitions.
    pub(super) fn partitions(&self) -> std::ops::Range<u16> {
        0..self.partitions
    }

    /// The key every script of a partition is called with. In a cluster the part in braces decides the slot of all its keys.
    pub(super) fn meta(&self, partition: u16) -> String {
        format!("{}tracerail:{{p{partition:02}}}:meta", self.prefix)
    }

    /// What all keys of a partition begin with.
    pub(super) fn base(&self, partition: u16) -> String {
        format!("{}tracerail:{{p{partition:02}}}:", self.prefix)
    }

    /// What the keys of all partitions look like, for a scan.
    pub(super) fn pattern(&self) -> String {
        format!("{}tracerail:{{p*", self.prefix)
    }

    /// The partition a key is in, and its name there; nothing for what is not ours.
    pub(super) fn name_of<'a>(&self, key: &'a [u8]) -> Option<(u16, &'a [u8])> {
        let begins = format!("{}tracerail:{{p", self.prefix);
        let place = key.strip_prefix(begins.as_bytes())?;
        let ends = place.windows(2).position(|two| two == b"}:")?;
        let partition = std::str::from_utf8(place.get(..ends)?).ok()?.parse().ok()?;
        Some((partition, place.get(ends + 2..)?))
    }

    /// The key of what holds for the installation as a whole.
    pub(super) fn whole(&self, name: &str) -> String {
        format!("{}tracerail:{name}", self.prefix)
    }

    /// Where assignment goes on in a group.
    pub(super) fn cursor(&self, group: &GroupId) -> String {
        self.whole(&format!("cursor:{group}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_of_a_partition_stand_in_one_slot_and_installations_apart() {
        let keys = Keys::new("acme", 16);
        assert_eq!(keys.meta(7), "acme:tracerail:{p07}:meta");
        assert!(keys.meta(7).starts_with(&keys.base(7)));
        assert_eq!(Keys::new("", 16).whole("lock"), "tracerail:lock");
        assert_eq!(keys.name_of(b"acme:tracerail:{p07}:c:a"), Some((7, b"c:a".as_slice())));
        assert_eq!(keys.name_of(b"tracerail:{p07}:c:a"), None);
        let ids = (0..1_000_u128).map(|n| TaskId::from_uuid(uuid::Uuid::from_u128(n)));
        let mut counts = [0; 16];
        for id in ids {
            counts[usize::from(keys.partition_of(id))] += 1;
        }
        assert!(counts.iter().all(|count| *count > 40), "{counts:?}");
    }
}
