//! JSON lines: one `content.submitted` a line.

use std::io::{self, BufRead, Read as _};

use tracerail_schemas::Code;
use tracerail_schemas::codec::decode;
use tracerail_schemas::event::ContentSubmitted;

use super::files::Sink;
use super::{Entry, Input};

/// Reads every line. A line over the limit is skipped without being held in memory.
pub(super) fn read(reader: &mut impl BufRead, name: &str, input: &Input, sink: &mut Sink<'_>) -> bool {
    let mut line = Vec::new();
    for number in 1_u64.. {
        let place = format!("{name}:{number}");
        let length = match next(reader, &mut line, input.limits.payload_bytes_max) {
            Ok(Some(length)) => length,
            Ok(None) => return true,
            Err(error) => {
                return sink(Entry::unreadable(
                    place,
                    Code::InputUnreadable,
                    format!("cannot be read: {error}"),
                ));
            }
        };
        let bytes = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        if bytes.trim_ascii().is_empty() && length <= input.limits.payload_bytes_max as u64 {
            continue;
        }
        if !sink(entry(place, bytes.trim_ascii(), length, input)) {
            return false;
        }
    }
    true
}

fn entry(place: String, line: &[u8], length: u64, input: &Input) -> Entry {
    let bytes_max = input.limits.payload_bytes_max;
    if length > bytes_max as u64 {
        let message = format!("the line has {length} bytes, more than the limit of {bytes_max}");
        return Entry::unreadable(place, Code::PayloadOverLimit, message);
    }
    // The codec takes MessagePack too; in a file of lines it could only be a mistake.
    if line.first() != Some(&b'{') {
        return Entry::unreadable(place, Code::PayloadMalformed, "the line is no JSON object");
    }
    match decode::<ContentSubmitted>(line, &input.limits) {
        Ok(mut content) => {
            content.source = content.source.or_else(|| input.source.clone());
            Entry::content(place, content)
        }
        Err(error) => Entry::unreadable(place, error.code(), error.full()),
    }
}

/// Reads the next line without its end, at most `max` bytes and a few of it. The length of the whole line; `None` at the end.
fn next(reader: &mut impl BufRead, line: &mut Vec<u8>, max: usize) -> io::Result<Option<u64>> {
    line.clear();
    // A line just inside the limit still has its end, which may be two bytes.
    let limit = max as u64 + 2;
    let mut length = reader.by_ref().take(limit).read_until(b'\n', line)? as u64;
    if length == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(length - 1 - u64::from(line.last() == Some(&b'\r'))));
    }
    if length == limit {
        length += skip(reader)?;
    }
    Ok(Some(length))
}

/// Skips to the behind of the next line end; how many bytes of the line that was.
fn skip(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        if used == 0 {
            return Ok(skipped);
        }
        reader.consume(used);
        skipped += used as u64 - u64::from(end.is_some());
        if end.is_some() {
            return Ok(skipped);
        }
    }
}
