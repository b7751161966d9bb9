//! What the rooms of the servers are told of the configuration.

use std::path::Path;
use std::time::Duration;

use tracerail_schemas::Code;

use crate::backends::distributed::nats::{NatsAuth, NatsSettings};
use crate::config::{Config, NatsConfig, Secret};
use crate::error::Error;

/// How NATS is reached, waiting this long for a server, or until there is one.
pub(super) fn nats(config: &Config, patience: Option<Duration>) -> Result<NatsSettings, Error> {
    let nats = &config.nats;
    Ok(NatsSettings {
        urls: nats.url.each().map(ToOwned::to_owned).collect(),
        prefix: nats.subject_prefix.clone().unwrap_or_default(),
        auth: auth(nats)?,
        inbox_user: nats.user.clone(),
        tls_ca: nats.tls_ca.clone(),
        tls_client: nats.tls_cert.clone().zip(nats.tls_key.clone()),
        tls_required: nats.tls_ca.is_some() || nats.url.each().any(|url| url.starts_with("tls://")),
        connect_within: patience,
        ack_wait: nats.ack_wait,
        // Every effect is committed under its cause before it is acknowledged: what comes again is found done. A word for each
        // acknowledgement costs a third of a hop.
        ack_confirmed: false,
        ack_pending_max: nats.max_ack_pending,
        pull_batch: nats.pull_batch,
        deliver_max: nats.max_deliver,
        duplicate_window: nats.duplicate_window,
        age_max: nats.max_age,
        intake_bytes_max: nats.intake_bytes_max,
        stream_bytes_max: nats.stream_bytes_max,
        replicas: nats.replicas,
        publish_within: nats.publish_timeout,
        ..NatsSettings::default()
    })
}

/// Where NATS tells about itself.
pub(super) fn monitor(nats: &NatsConfig) -> String {
    let host = || {
        let first = nats.url.each().next()?;
        Some(reqwest::Url::parse(first).ok()?.host_str()?.to_owned())
    };
    let usual = || format!("http://{}:8222", host().unwrap_or_else(|| "127.0.0.1".to_owned()));
    nats.monitor_url.clone().unwrap_or_else(usual)
}

fn auth(nats: &NatsConfig) -> Result<NatsAuth, Error> {
    let held = |secret: &Secret| secret.expose().to_owned().into();
    Ok(match (&nats.user, &nats.password, &nats.token, &nats.nkey_seed_file, &nats.creds_file) {
        (Some(user), Some(password), ..) => {
            NatsAuth::Password { user: user.clone(), password: held(password) }
        }
        (_, _, Some(token), ..) => NatsAuth::Token(held(token)),
        (_, _, _, Some(seed), _) => NatsAuth::Nkey(seed_in(seed)?.into()),
        (_, _, _, _, Some(file)) => NatsAuth::Credentials(file.clone()),
        (_, _, None, None, None) => NatsAuth::None,
    })
}

/// A seed is one line; tools put comments around it.
fn seed_in(path: &Path) -> Result<String, Error> {
    let wrong = |why: &str| {
        let message = format!("nats.nkey_seed_file: {} {why}; `nk -gen user` makes one", path.display());
        Error::new(Code::ConfigInvalid, message)
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let seed = text.lines().map(str::trim).find(|line| line.starts_with("SU"));
    seed.map(ToOwned::to_owned).ok_or_else(|| wrong("holds no seed of a user (SU...)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LoadOptions;

    fn loaded(text: &str) -> (tempfile::TempDir, Config) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("seed"), "# mine\nSUAKEY\n").unwrap();
        std::fs::write(folder.path().join("tracerail.yaml"), format!("edition: distributed\n{text}"))
            .unwrap();
        let config =
            Config::load(LoadOptions { folder: folder.path().to_owned(), ..LoadOptions::default() }).unwrap();
        (folder, config)
    }

    #[test]
    fn what_nobody_set_is_what_the_room_itself_takes() {
        let (_folder, config) = loaded("");
        let (told, own) = (nats(&config, None).unwrap(), NatsSettings::default());
        assert_eq!(
            (told.ack_wait, told.ack_pending_max, told.pull_batch, told.deliver_max, told.duplicate_window),
            (own.ack_wait, own.ack_pending_max, own.pull_batch, own.deliver_max, own.duplicate_window)
        );
        assert_eq!(
            (told.age_max, told.publish_within, told.replicas),
            (own.age_max, own.publish_within, own.replicas)
        );
        assert_eq!(told.urls, own.urls);
        assert!(told.problem().is_none());
        assert_eq!(monitor(&config.nats), "http://127.0.0.1:8222");
    }

    #[test]
    fn each_way_to_be_let_in_is_handed_on() {
        let auth = |text: &str| auth(&loaded(text).1.nats).map(|auth| format!("{auth:?}"));
        assert!(
            auth("nats: { user: llm, password: secret }").unwrap().starts_with("Password { user: \"llm\"")
        );
        assert!(auth("nats: { token: secret }").unwrap().starts_with("Token"));
        assert!(auth("nats: { creds_file: seed }").unwrap().starts_with("Credentials"));
        assert_eq!(auth("").unwrap(), "None");
        let (folder, config) = loaded("nats: { nkey_seed_file: seed }");
        assert!(matches!(super::auth(&config.nats), Ok(NatsAuth::Nkey(_))));
        std::fs::write(folder.path().join("seed"), "SX\n").unwrap();
        assert!(super::auth(&config.nats).unwrap_err().to_string().contains("holds no seed"));
    }

    #[test]
    fn a_prefix_and_tls_are_handed_on() {
        let (_folder, config) = loaded("nats: { url: 'tls://n', subject_prefix: acme }");
        let told = nats(&config, Some(Duration::from_secs(5))).unwrap();
        assert_eq!((told.prefix.as_str(), told.tls_required), ("acme", true));
        assert_eq!(told.connect_within, Some(Duration::from_secs(5)));
    }
}
