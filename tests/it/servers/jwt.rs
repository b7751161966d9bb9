//! A NATS that trusts an operator: accounts and users are what signed texts say.

use std::path::Path;

use nkeys::KeyPair;
use serde_json::{Value, json};

/// An operator, two accounts and their users.
pub(super) struct Operator {
    key: KeyPair,
    account: KeyPair,
    system: KeyPair,
}

impl Operator {
    pub(super) fn new() -> Self {
        Self { key: KeyPair::new_operator(), account: KeyPair::new_account(), system: KeyPair::new_account() }
    }

    /// What a server's configuration has to say of it.
    pub(super) fn configuration(&self) -> String {
        let (account, system) = (self.account.public_key(), self.system.public_key());
        let operator = json!({"type": "operator", "version": 2, "system_account": system});
        let each = |key: &KeyPair, jetstream: i64| {
            let limits = json!({
                "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
                "mem_storage": jetstream, "disk_storage": jetstream, "streams": jetstream, "consumer": jetstream,
            });
            signed(&self.key, key, &json!({"type": "account", "version": 2, "limits": limits}))
        };
        format!(
            "operator: {}\nsystem_account: {system}\nresolver: MEMORY\nresolver_preload: {{ {account}: {}, {system}: {} }}\n",
            signed(&self.key, &self.key, &operator),
            each(&self.account, -1),
            each(&self.system, 0)
        )
    }

    /// Writes the credentials of a new user.
    pub(super) fn credentials(&self, file: &Path) {
        let user = KeyPair::new_user();
        let claims = json!({"type": "user", "version": 2, "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1});
        let (jwt, seed) = (signed(&self.account, &user, &claims), user.seed().unwrap());
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        std::fs::write(file, text).unwrap();
    }
}

/// What `issuer` says of `subject`.
fn signed(issuer: &KeyPair, subject: &KeyPair, claims: &Value) -> String {
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let name = claims["type"].as_str().unwrap();
    let body = json!({
        "jti": subject.public_key(), "iat": 1_700_000_000, "iss": issuer.public_key(), "sub": subject.public_key(),
        "name": name, "nats": claims,
    });
    let text = format!("{}.{}", base64(header.to_string().as_bytes()), base64(body.to_string().as_bytes()));
    format!("{text}.{}", base64(&issuer.sign(text.as_bytes()).unwrap()))
}

/// As URLs have it, without padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        let letters = [18, 12, 6, 0].map(|shift| char::from(LETTERS[number >> shift & 63]));
        text.extend(&letters[..=three.len()]);
    }
    text
}
