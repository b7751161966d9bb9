//! Addresses of servers. A user and a password may stand in them, as other programs write them there; they are taken out and
//! never shown.

use std::fmt;

use reqwest::Url;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use super::scalar::Scalar;
use super::secret::MASK;

/// The servers of one installation: several lead to the same.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Addresses(Vec<String>);

/// What an address says besides where the server is.
#[derive(Default)]
pub(super) struct UserInfo {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

impl Addresses {
    /// One server.
    pub fn one(text: &str) -> Self {
        Self(vec![text.to_owned()])
    }

    /// The addresses, each with its scheme.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Takes user and password out of all of them; the answer is those of the first that has any.
    pub(super) fn take_user_info(&mut self) -> UserInfo {
        let mut first = UserInfo::default();
        for address in &mut self.0 {
            let (bare, found) = apart(address);
            *address = bare;
            if first.user.is_none() && first.password.is_none() {
                first = found;
            }
        }
        first
    }

    /// Writes the scheme in front of those that have none, as tools of NATS allow: `localhost:4222`.
    pub(super) fn with_scheme(&mut self, scheme: &str) {
        for address in self.0.iter_mut().filter(|address| !address.contains("://")) {
            *address = format!("{scheme}://{address}");
        }
    }

    /// The addresses as they can be shown.
    fn shown(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|address| match address.rsplit_once('@') {
            Some((before, host)) => {
                let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
                let separator = if scheme.is_empty() { "" } else { "://" };
                format!("{scheme}{separator}{MASK}@{host}")
            }
            None => address.clone(),
        })
    }

    fn read(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let trimmed = texts.into_iter().map(|text| text.as_ref().trim().to_owned());
        Self(trimmed.filter(|text| !text.is_empty()).collect())
    }
}

/// An address without what stands before its `@`, and what stood there.
fn apart(address: &str) -> (String, UserInfo) {
    let Ok(url) = Url::parse(address) else { return (address.to_owned(), UserInfo::default()) };
    let decoded = |text: &str| (!text.is_empty()).then(|| percent_decoded(text));
    let found = UserInfo { user: decoded(url.username()), password: url.password().and_then(decoded) };
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => (format!("{scheme}://{host}"), found),
        _ => (address.to_owned(), found),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = after.get(if byte.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.shown()).finish()
    }
}

impl Scalar for Addresses {
    fn set(&mut self, text: &str) -> Result<(), String> {
        *self = Self::read(text.split(','));
        Ok(())
    }

    fn json(&self) -> Value {
        self.shown().collect::<Vec<_>>().join(",").into()
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AddressesVisitor)
    }
}

struct AddressesVisitor;

impl<'de> Visitor<'de> for AddressesVisitor {
    type Value = Addresses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address, or a list of addresses")
    }

    fn visit_str<E>(self, text: &str) -> Result<Addresses, E> {
        Ok(Addresses::read(text.split(',')))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Addresses, A::Error> {
        let mut texts = Vec::<String>::new();
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        Ok(Addresses::read(texts))
    }
}
