use clap::CommandFactory as _;
use tracerail_schemas::Code;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn what_can_be_typed_makes_sense() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_that_does_something_has_an_example() {
    fn look(command: &clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        let subcommands: Vec<_> = command.get_subcommands().filter(|it| it.get_name() != "help").collect();
        if subcommands.is_empty() && !path.ends_with("exit-codes") {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Example"), "{path} has no example");
        }
        for subcommand in subcommands {
            look(subcommand, &path);
        }
    }
    look(&Cli::command(), "");
}

#[test]
fn every_example_can_be_parsed() {
    fn look(command: &clap::Command, examples: &mut Vec<String>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        examples
            .extend(help.lines().filter_map(|line| line.strip_prefix("  tracerail ")).map(ToOwned::to_owned));
        command.get_subcommands().for_each(|subcommand| look(subcommand, examples));
    }
    let mut examples = Vec::new();
    look(&Cli::command(), &mut examples);
    assert!(examples.len() > 40, "{}", examples.len());
    for example in examples {
        let command = example.split(['|', '>']).next().unwrap();
        let words = words(command);
        let parsed =
            Cli::try_parse_from(std::iter::once("tracerail").chain(words.iter().map(String::as_str)));
        assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
    }
}

/// Words as a shell makes them, as far as examples need it.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(ToOwned::to_owned));
        }
    }
    words
}

#[test]
fn options_of_everywhere_stand_anywhere() {
    let cli = parse("tracerail task list --json --as ada -c x.yaml --store y.db -vv --tenant t").unwrap();
    let globals = cli.globals;
    assert!(globals.json && globals.verbose == 2);
    assert_eq!(globals.person.as_deref(), Some("ada"));
    assert_eq!(globals.store.as_deref(), Some(std::path::Path::new("y.db")));
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for line in [
        "tracerail task lsit",
        "tracerail task complete 3fa9 --decision maybe",
        "tracerail task review 3fa9 request",
        "tracerail task review 3fa9 request-changes",
        "tracerail task suspend 3fa9 why --for soon",
        "tracerail run --actors llm,writer",
        "tracerail dlq replay",
        "tracerail route explain",
        "tracerail explain TR9999",
        "tracerail submit",
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(misread(&error, &[]), Exit::Usage, "{line}");
    }
}

#[test]
fn every_code_has_its_exit_code_and_ends_are_told_apart() {
    for (code, exit) in [
        (Code::PayloadMalformed, 1),
        (Code::UsageInvalid, 2),
        (Code::ConfigInvalid, 2),
        (Code::CommandIllegal, 3),
        (Code::VersionConflict, 3),
        (Code::ContentIdConflict, 3),
        (Code::TaskUnknown, 4),
        (Code::StoreUnavailable, 5),
        (Code::ModelUnavailable, 5),
    ] {
        assert_eq!(Exit::from(code) as u8, exit, "{code}");
    }
    assert!(Code::ALL.iter().all(|code| Exit::from(*code) != Exit::Ok));
    assert_eq!(exit::TABLE.lines().filter(|line| line.starts_with("  ")).count(), 6);
}
