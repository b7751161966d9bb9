//! A certificate authority of a test's own, with the files that servers and clients are told of.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::Scratch;

/// An authority, and a folder with its certificate and those it gave out.
#[derive(Debug)]
pub struct Authority {
    folder: Scratch,
}

impl Authority {
    /// Makes one. In its folder: `ca.pem`; `server.pem` and `server-key.pem` for 127.0.0.1; `client.pem` and `client-key.pem`.
    pub fn new() -> Self {
        let folder = Scratch::new();
        let mut own = params("an authority for tests", &[]);
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(own, key()).expect("an authority");
        folder.write("ca.pem", issuer.pem());
        for (name, addresses) in [("server", &["127.0.0.1"][..]), ("client", &[])] {
            let key = key();
            let certificate = params(name, addresses).signed_by(&key, &issuer).expect("a certificate");
            folder.write(&format!("{name}.pem"), certificate.pem());
            folder.write(&format!("{name}-key.pem"), key.serialize_pem());
        }
        Self { folder }
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// One of its files, for example `ca.pem`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn params(name: &str, addresses: &[&str]) -> CertificateParams {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(addresses).expect("names of a certificate");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
