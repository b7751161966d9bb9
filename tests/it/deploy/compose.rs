//! `docker-compose.yml`: each service is the process it is meant to be, and may do no more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tracerail_actors::system::Role;
use tracerail_testkit::Scratch;

use super::project;
use crate::program;

fn read(path: &str) -> String {
    std::fs::read_to_string(project(path)).unwrap()
}

fn services() -> BTreeMap<String, Value> {
    let file: Value = serde_saphyr::from_str(&read("docker-compose.yml")).unwrap();
    serde_json::from_value(file["services"].clone()).unwrap()
}

/// The variables of a service, as Compose hands them over when each of `.env` holds its own name.
fn environment(service: &Value) -> BTreeMap<String, String> {
    let given: BTreeMap<String, String> =
        serde_json::from_value(service["environment"].clone()).unwrap_or_default();
    given.into_iter().map(|(name, value)| (name, value_of(&value))).collect()
}

fn value_of(text: &str) -> String {
    match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Some(rest) if rest.contains(":?") => rest.split(":?").next().unwrap().to_owned(),
        Some(rest) => rest.split_once(":-").unwrap().1.to_owned(),
        None => text.to_owned(),
    }
}

fn passwords(environment: &BTreeMap<String, String>) -> Vec<&str> {
    let is_password = |name: &&str| name.starts_with("TRACERAIL_NATS_") && name.ends_with("_PASSWORD");
    environment.keys().map(String::as_str).filter(is_password).collect()
}

/// Every `${NAME...}` and `$NAME` of a text.
fn names_in(text: &str) -> BTreeSet<String> {
    let after = text.split('$').skip(1).map(|rest| rest.trim_start_matches('{'));
    let name = |rest: &str| {
        rest.chars().take_while(|letter| letter.is_ascii_uppercase() || *letter == '_').collect()
    };
    after.map(name).filter(|name: &String| !name.is_empty()).collect()
}

#[test]
fn each_role_is_a_service_that_can_be_scaled_and_is_watched() {
    let services = services();
    for role in Role::ALL.map(Role::as_str) {
        let service = &services[role];
        assert_eq!(service["command"], serde_json::json!(["run", "--actors", role]), "{role}");
        assert!(
            service["healthcheck"]["test"].to_string().contains("/readyz"),
            "{role} is not watched: {service}"
        );
        let alone = [&service["ports"], &service["container_name"], &service["hostname"]];
        assert!(alone.iter().all(|fixed| fixed.is_null()), "{role} could not be started twice");
    }
    for (name, service) in &services {
        let watched = service["healthcheck"]["test"].is_array();
        assert!(watched || ["setup", "cli"].contains(&name.as_str()), "{name} is not watched");
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(
                port.as_str().unwrap().starts_with("127.0.0.1:"),
                "{name} is open to the network: {port}"
            );
        }
    }
}

#[test]
fn each_process_knows_its_user_and_no_other_password() {
    let scratch = Scratch::new();
    let ours = services().into_iter().filter(|(_, service)| service["image"] == "tracerail");
    let ours: BTreeMap<_, _> = ours.collect();
    assert_eq!(ours.len(), Role::ALL.len() + 2);
    for (name, service) in ours {
        let user = match name.as_str() {
            "setup" => "admin",
            "cli" => "operator",
            role => role,
        };
        let mut environment = environment(&service);
        let password = format!("TRACERAIL_NATS_{}_PASSWORD", user.to_uppercase());
        assert_eq!(passwords(&environment), [password.as_str()], "{name}");
        let config = environment.insert("TRACERAIL_CONFIG".to_owned(), String::new()).unwrap();
        let mounted = config.replace("/etc/tracerail", project("deploy/compose").to_str().unwrap());
        environment.insert("TRACERAIL_CONFIG".to_owned(), mounted);
        let program = environment
            .iter()
            .fold(program(&scratch), |program, (name, value)| program.with_env(name, value));
        let told = program.run(["config", "show", "--json"]).ok();
        assert_eq!(told.stderr, "", "{name}");
        let value = |key: &str| told.json()[key]["value"].clone();
        assert_eq!((value("edition"), value("nats.user")), ("distributed".into(), user.into()), "{name}");
        assert_eq!(value("nats.password_env"), password, "{name}");
    }
}

#[test]
fn every_variable_is_in_the_example_and_every_password_reaches_nats() {
    let example = read(".env.example");
    let named: BTreeSet<_> =
        example.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect();
    let compose: String = read("docker-compose.yml")
        .replace("$$", "")
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    assert_eq!(names_in(&compose), named);
    let nats = services().remove("nats").unwrap();
    let conf = read("nats.conf");
    let wanted: BTreeSet<_> =
        names_in(&conf).into_iter().filter(|name| name.ends_with("_PASSWORD")).collect();
    assert_eq!(environment(&nats).into_keys().collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn every_file_it_mounts_is_there() {
    let services = services();
    let volumes = services.values().flat_map(|service| service["volumes"].as_array().into_iter().flatten());
    let files: BTreeSet<_> =
        volumes.filter_map(|volume| volume.as_str()?.strip_prefix("./")?.split(':').next()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert!(project(file).exists(), "{file}");
    }
}

#[test]
fn the_image_is_built_from_every_crate() {
    let ignore = read(".dockerignore");
    let sent: Vec<_> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let manifest = read("Cargo.toml");
    let members = manifest.lines().find_map(|line| line.strip_prefix("members = [")).unwrap();
    for member in members.trim_end_matches(']').split(", ").map(|name| name.trim_matches('"')) {
        let is_sent = sent.iter().any(|folder| Path::new(member).starts_with(folder));
        assert!(member == "." || is_sent, "{member} is not sent to the builder: {sent:?}");
    }
}
