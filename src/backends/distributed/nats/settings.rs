//! How NATS is reached and how its streams are made: flat, each default with its reason.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// How NATS is reached and how its streams are made.
#[derive(Clone, Debug)]
pub struct NatsSettings {
    /// The servers, for example `nats://127.0.0.1:4222`; any of one cluster.
    pub urls: Vec<String>,
    /// What stands before every subject, stream and consumer: it separates installations. Letters, digits, `-`, `_`; may be empty.
    pub prefix: String,
    /// What this process shows to be let in.
    pub auth: NatsAuth,
    /// The user whose inbox prefix is used, `_INBOX_<user>`, so that no other user can read its replies. `None`: the user of
    /// [`NatsAuth::Password`], or the plain `_INBOX`.
    pub inbox_user: Option<String>,
    /// The authority that signed the server's certificate, where the system does not know it.
    pub tls_ca: Option<PathBuf>,
    /// This client's certificate and its key, where the server asks for one.
    pub tls_client: Option<(PathBuf, PathBuf)>,
    /// Refuse to talk without TLS.
    pub tls_required: bool,
    /// Begin with TLS, before the server's greeting.
    pub tls_first: bool,
    /// Names the connection in the server's own lists.
    pub name: String,
    /// How long one attempt to connect may take. 5 s: the slowest handshake seen over a bad link.
    pub connect_timeout: Duration,
    /// How long the first connection may take in all; `None` tries for ever. For ever: servers start in any order.
    pub connect_within: Option<Duration>,
    /// How often the connection is tested. 5 s: a dead link is noticed within two of them.
    pub ping_every: Duration,
    /// The longest pause between two attempts to connect again. 4 s: an outage ends at most this much later for us.
    pub reconnect_pause_max: Duration,
    /// After this long without a sign of life from whoever was handed a delivery, it goes to another. 15 s: three times the
    /// interval of the signs.
    pub ack_wait: Duration,
    /// Wait for the server's word on each acknowledgement. On: an acknowledgement is durable when it returns, as the port says. Off, one that
    /// is lost with its process comes again, and is found done where its effect was committed.
    pub ack_confirmed: bool,
    /// How many deliveries of a consumer may be under way, those given back with a delay among them. 10,000: more than all processes
    /// hold together, and parked ones do not stop the rest.
    pub ack_pending_max: u32,
    /// How many deliveries are fetched ahead at most. 200: small requests cost more than what they
    /// bring.
    pub pull_batch: usize,
    /// How often a delivery may be handed out without an end before it counts as one that kills its process. 100: about half
    /// an hour of crashes at one per `ack_wait`.
    pub deliver_max: u32,
    /// How long an event id is remembered by the server. 10 min: a publish is repeated for less than that.
    pub duplicate_window: Duration,
    /// How long events are kept. 30 days: the time in which somebody still asks.
    pub age_max: Duration,
    /// How large the intake stream may become. 1 GiB: the smallest of the streams of events, so that intake pushes back first. The server sets
    /// all these sizes aside at once: they must fit in its `max_file_store`.
    pub intake_bytes_max: u64,
    /// How large each other stream of events may become. 4 GiB.
    pub stream_bytes_max: u64,
    /// How large each stream beside those may become: dead letters, notes, advisories. 1 GiB.
    pub side_bytes_max: u64,
    /// On how many servers each stream is kept. 1, or 3 in a cluster; 2 survives no loss of a server.
    pub replicas: usize,
    /// How long one attempt to publish may take. 5 s.
    pub publish_attempt: Duration,
    /// How long a publish is repeated before it fails; the outbox keeps it then. 30 s.
    pub publish_within: Duration,
    /// How many events may be on their way to the server at once. 1,024: no gain was seen above 256.
    pub publish_in_flight: usize,
    /// How long any other question to the server may take. 5 s.
    pub request_timeout: Duration,
    /// How long a command's answer is waited for. 30 s: a command for a task that is on its way waits as long.
    pub command_timeout: Duration,
}

/// What a process shows to be let in.
#[derive(Clone, Debug, Default)]
pub enum NatsAuth {
    /// Nothing.
    #[default]
    None,
    /// A user and its password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// The seed of an nkey.
    Nkey(SecretString),
    /// A file with a JWT and its seed.
    Credentials(PathBuf),
    /// A token.
    Token(SecretString),
}

impl Default for NatsSettings {
    fn default() -> Self {
        Self {
            urls: vec!["nats://127.0.0.1:4222".to_owned()],
            prefix: String::new(),
            auth: NatsAuth::None,
            inbox_user: None,
            tls_ca: None,
            tls_client: None,
            tls_required: false,
            tls_first: false,
            name: "tracerail".to_owned(),
            connect_timeout: Duration::from_secs(5),
            connect_within: None,
            ping_every: Duration::from_secs(5),
            reconnect_pause_max: Duration::from_secs(4),
            ack_wait: Duration::from_secs(15),
            ack_confirmed: true,
            ack_pending_max: 10_000,
            pull_batch: 200,
            deliver_max: 100,
            duplicate_window: Duration::from_mins(10),
            age_max: Duration::from_hours(30 * 24),
            intake_bytes_max: 1 << 30,
            stream_bytes_max: 4 << 30,
            side_bytes_max: 1 << 30,
            replicas: 1,
            publish_attempt: Duration::from_secs(5),
            publish_within: Duration::from_secs(30),
            publish_in_flight: 1_024,
            request_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(30),
        }
    }
}

impl NatsSettings {
    /// Before every reply subject of this process.
    pub fn inbox_prefix(&self) -> String {
        let user = match (&self.inbox_user, &self.auth) {
            (Some(user), _) | (None, NatsAuth::Password { user, .. }) => Some(user),
            (None, NatsAuth::None | NatsAuth::Nkey(_) | NatsAuth::Credentials(_) | NatsAuth::Token(_)) => {
                None
            }
        };
        user.map_or_else(|| "_INBOX".to_owned(), |user| format!("_INBOX_{user}"))
    }

    /// What is wrong with the settings, if anything.
    pub fn problem(&self) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.urls.is_empty() {
            return Some("no address of a NATS server is given".to_owned());
        }
        if !self.prefix.chars().all(plain) {
            return Some(format!("the prefix {:?} may have letters, digits, - and _ only", self.prefix));
        }
        if self.pull_batch < 100 {
            return Some(format!("a pull batch of {} is too small: at least 100", self.pull_batch));
        }
        if self.publish_within >= self.duplicate_window {
            return Some("publishing is repeated for longer than the server remembers event ids".to_owned());
        }
        None
    }
}
