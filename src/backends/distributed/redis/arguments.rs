//! The arguments of a call, one after the other in one piece of memory.

/// Arguments, in the order they were added.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Arguments {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Arguments {
    /// Adds one.
    pub(super) fn push(&mut self, argument: &[u8]) {
        self.bytes.extend_from_slice(argument);
        self.ends.push(self.bytes.len());
    }

    /// Adds one that stands in several pieces.
    pub(super) fn push_joined(&mut self, pieces: &[&[u8]]) {
        for piece in pieces {
            self.bytes.extend_from_slice(piece);
        }
        self.ends.push(self.bytes.len());
    }

    /// Adds all of these.
    pub(super) fn extend(&mut self, other: &Self) {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }

    /// How many bytes they have.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The arguments.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| self.bytes.get(begin..*end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_out_as_they_went_in() {
        let mut some = Arguments::default();
        some.push(b"one");
        some.push(b"");
        let mut all = some.clone();
        all.push_joined(&[b"t", b"wo"]);
        all.extend(&some);
        assert_eq!(all.iter().collect::<Vec<_>>(), [b"one".as_slice(), b"", b"two", b"one", b""]);
        assert_eq!(all.size(), 9);
    }
}
