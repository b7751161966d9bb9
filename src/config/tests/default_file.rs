//! The default file is the documentation, so it must be true and complete.

use std::collections::BTreeSet;

use super::super::{Config, DEFAULT_YAML};
use super::Story;

#[test]
fn it_is_the_default_configuration() {
    assert_eq!(serde_saphyr::from_str::<Config>(DEFAULT_YAML).unwrap(), Config::default());
}

#[test]
fn every_key_stands_in_it() {
    let config = Story::new("tracerail.yaml", DEFAULT_YAML).load();
    let missing: Vec<_> = config.paths().into_iter().filter(|path| !config.origins.is_set(path)).collect();
    assert_eq!(missing, Vec::<String>::new());
    assert!(config.origins.is_set("people") && config.origins.is_set("groups"));
}

#[test]
fn no_key_is_without_a_reason() {
    let lines: Vec<_> = DEFAULT_YAML.lines().collect();
    // Names and addresses explain themselves.
    let plain = BTreeSet::from([
        "host",
        "namespace",
        "api_key_env",
        "api_key_file",
        "password_env",
        "password_file",
        "creds_file",
        "tls_cert",
        "tls_key",
        "encryption_keys_file",
    ]);
    for pair in lines.windows(2) {
        let key = pair[1].trim_start().split(':').next().unwrap();
        let is_key = pair[1].starts_with("  ") && !key.starts_with('#');
        assert!(
            !is_key || plain.contains(key) || pair[0].trim_start().starts_with('#'),
            "{key} has no comment"
        );
    }
}

#[test]
fn the_defaults_pass_their_own_checks() {
    let config = Story::without_file().load();
    assert_eq!(config, Config::default());
    assert!(config.check().is_ok());
}
