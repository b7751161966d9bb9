//! Header fields, short and in one line.

use mail_parser::{Addr, Address};

/// Characters of one header field that are kept. RFC 5322 allows 998 a line; recipients can be hundreds.
const CHARS_MAX: usize = 998;

/// `Ada <ada@example.com>, Grace <grace@example.com>`.
pub(super) fn addresses(addresses: Option<&Address<'_>>) -> Option<String> {
    let all: Vec<_> = addresses?.iter().filter_map(address).collect();
    line(&all.join(", "))
}

/// One line, not too long; nothing if there is nothing in it.
pub(super) fn line(text: &str) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect();
    (!short.is_empty()).then_some(short)
}

fn address(addr: &Addr<'_>) -> Option<String> {
    match (addr.name(), addr.address()) {
        (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}
