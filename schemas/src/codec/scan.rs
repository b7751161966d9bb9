//! Walks over encoded bytes without building anything, to see that they keep to the limits.

use super::{CodecError, Limits};

/// Walks one MessagePack value and sees that it ends where the bytes end.
pub(super) fn messagepack(bytes: &[u8], limits: &Limits) -> Result<(), CodecError> {
    let mut cursor = Cursor { bytes, at: 0 };
    let mut budget = limits.values_max;
    // How many values are still to come on each open level.
    let mut open: Vec<usize> = vec![1];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        budget = budget.checked_sub(1).ok_or(CodecError::TooManyValues { values_max: limits.values_max })?;
        let inner = cursor.value()?;
        if inner == 0 {
            continue;
        }
        if inner > budget {
            return Err(CodecError::TooManyValues { values_max: limits.values_max });
        }
        if open.len() > limits.depth_max {
            return Err(CodecError::TooDeep { depth_max: limits.depth_max });
        }
        open.push(inner);
    }
    if cursor.at < bytes.len() {
        return Err(CodecError::Trailing { at: cursor.at });
    }
    Ok(())
}

/// Counts brackets and commas outside strings. Whether it is JSON at all is serde's to say.
pub(super) fn json(bytes: &[u8], limits: &Limits) -> Result<(), CodecError> {
    let (mut depth, mut values, mut in_string, mut escaped) = (0_usize, 1_usize, false, false);
    for &byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' | b':' => values += 1,
            _ => {}
        }
        if depth > limits.depth_max {
            return Err(CodecError::TooDeep { depth_max: limits.depth_max });
        }
        if values > limits.values_max {
            return Err(CodecError::TooManyValues { values_max: limits.values_max });
        }
    }
    Ok(())
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Steps over one value's own bytes; the answer is how many values it has inside.
    fn value(&mut self) -> Result<usize, CodecError> {
        let marker = self.unsigned(1)?;
        match marker {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Ok(0),
            0x80..=0x8f => Ok((marker & 0x0f) * 2),
            0x90..=0x9f => Ok(marker & 0x0f),
            0xa0..=0xbf => self.skip(marker & 0x1f),
            0xc4 | 0xd9 => self.sized(1, 0),
            0xc5 | 0xda => self.sized(2, 0),
            0xc6 | 0xdb => self.sized(4, 0),
            0xc7 => self.sized(1, 1),
            0xc8 => self.sized(2, 1),
            0xc9 => self.sized(4, 1),
            0xca | 0xce | 0xd2 => self.skip(4),
            0xcb | 0xcf | 0xd3 => self.skip(8),
            0xcc | 0xd0 => self.skip(1),
            0xcd | 0xd1 => self.skip(2),
            0xd4..=0xd8 => self.skip((1 << (marker - 0xd4)) + 1),
            0xdc => self.unsigned(2),
            0xdd => self.unsigned(4),
            0xde => self.unsigned(2).map(|pairs| pairs * 2),
            0xdf => self.unsigned(4).map(|pairs| pairs.saturating_mul(2)),
            _ => Err(CodecError::Malformed { why: "a byte MessagePack does not use", at: self.at }),
        }
    }

    fn sized(&mut self, length_bytes: usize, extra: usize) -> Result<usize, CodecError> {
        let length = self.unsigned(length_bytes)?;
        self.skip(length.saturating_add(extra))
    }

    fn skip(&mut self, count: usize) -> Result<usize, CodecError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        self.at = end.ok_or(CodecError::Malformed { why: "it is cut short", at: self.bytes.len() })?;
        Ok(0)
    }

    fn unsigned(&mut self, count: usize) -> Result<usize, CodecError> {
        let from = self.at;
        self.skip(count)?;
        let bytes = self.bytes.get(from..self.at).unwrap_or_default();
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }
}
