//! A Temporal server behind TLS, as one that is not on this machine is: whoever wants in is asked for a certificate, or for a key.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tracerail_schemas::task::Status;
use tracerail_testkit::Program;
use tracerail_testkit::servers::{Authority, Temporal};

use crate::keyed::hand_on;
use crate::stage::{Stage, signal, temporal};

/// Listens with TLS, and hands on what comes.
struct Front {
    address: String,
    _runtime: tokio::runtime::Runtime,
}

/// What whoever wants in is asked for.
#[derive(Clone, Copy)]
enum Asks {
    Certificate,
    /// An API key: this one.
    Key(&'static str),
}

impl Front {
    fn open(authority: &Authority, asks: Asks, behind: &Temporal) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (acceptor, behind) = (TlsAcceptor::from(Arc::new(config(authority, asks))), behind.host());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    // Whoever is not let in is told so by TLS.
                    let Ok(mut from) = acceptor.accept(stream).await else { return };
                    let mut to = TcpStream::connect(behind).await.unwrap();
                    match asks {
                        Asks::Certificate => drop(copy_bidirectional(&mut from, &mut to).await),
                        // Whoever hangs up ends it.
                        Asks::Key(key) => drop(hand_on(from, to, key).await),
                    }
                });
            }
        });
        Self { address, _runtime: runtime }
    }
}

fn config(authority: &Authority, asks: Asks) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority.file("ca.pem")).unwrap()).unwrap();
    let clients = match asks {
        Asks::Certificate => WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap(),
        Asks::Key(_) => WebPkiClientVerifier::no_client_auth(),
    };
    let chain = vec![CertificateDer::from_pem_file(authority.file("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(authority.file("server-key.pem")).unwrap();
    let builder = ServerConfig::builder().with_client_cert_verifier(clients);
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// What Temporal's own tools are told the same way.
fn with(program: Program, trusted: &Authority, own: Option<&Authority>) -> Program {
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let program = program.with_env("TEMPORAL_TLS_SERVER_CA_CERT_PATH", &text(trusted.file("ca.pem")));
    let Some(own) = own else { return program };
    let program = program.with_env("TEMPORAL_TLS_CLIENT_CERT_PATH", &text(own.file("client.pem")));
    program.with_env("TEMPORAL_TLS_CLIENT_KEY_PATH", &text(own.file("client-key.pem")))
}

#[test]
fn with_certificates_it_reaches_a_server_behind_tls_and_nobody_else_does() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let front = Front::open(&authority, Asks::Certificate, temporal());
    let stage =
        Stage::set_behind("tls", &front.address, |program| with(program, &authority, Some(&authority)));
    let _mirror = stage.mirror("mirror.log");
    let task = stage.create(Duration::from_hours(24));
    stage.wait_for_wait(task, |status| status["level"]["status"] == "pending");
    signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"ada"}"#).unwrap();
    stage.wait_for_task(task, "decided", |it| it.state.status == Status::Completed);

    for (what, trusted, own) in [
        ("a server somebody else vouches for", &stranger, Some(&authority)),
        ("without a certificate", &authority, None),
        ("with a certificate of somebody else", &authority, Some(&stranger)),
    ] {
        let refused = stage.run_as(|program| with(program, trusted, own), &["status"]);
        assert_eq!(refused.code, Some(1), "{what}: {}", refused.stdout);
        assert!(refused.stderr.contains("Temporal cannot be reached"), "{what}: {}", refused.stderr);
    }
}

#[test]
fn with_a_key_it_reaches_a_server_that_asks_for_one_and_nobody_else_does() {
    let authority = Authority::new();
    let front = Front::open(&authority, Asks::Key("a-key"), temporal());
    let keyed = |program, key| with(program, &authority, None).with_env("TEMPORAL_API_KEY", key);
    let stage = Stage::set_behind("keyed", &front.address, |program| keyed(program, "a-key"));
    let mirror = stage.mirror("mirror.log");
    let task = stage.create(Duration::from_hours(24));
    stage.wait_for_wait(task, |status| status["level"]["status"] == "pending");
    signal(temporal(), task, "human_decision", r#"{"decision":"approved","user":"ada"}"#).unwrap();
    stage.wait_for_task(task, "decided", |it| it.state.status == Status::Completed);
    assert_eq!(mirror.terminate(), Some(0));
    assert!(!stage.log("mirror.log").contains("a-key"), "keys are not told");

    let others = stage.run_as(|program| keyed(program, "another-key"), &["status"]);
    let nobodys = stage.run_as(|program| with(program, &authority, None), &["status"]);
    for refused in [others, nobodys] {
        assert_eq!(refused.code, Some(1), "{}", refused.stdout);
        assert!(refused.stderr.contains("a key of yours, please"), "{}", refused.stderr);
        assert!(!refused.stderr.contains("another-key"), "{}", refused.stderr);
    }
}
