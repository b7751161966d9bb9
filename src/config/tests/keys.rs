//! Keys of providers: found where they are, chosen from, never shown.

use super::super::{Config, Provider, Secret};
use super::{Story, shown};

fn key(config: &Config) -> Option<&str> {
    config.llm.api_key.as_ref().map(Secret::expose)
}

#[test]
fn one_key_chooses_its_provider() {
    let config = Story::without_file().env("DEEPSEEK_API_KEY", "sk-deep").load();
    assert_eq!((config.llm.provider, key(&config)), (Provider::DeepSeek, Some("sk-deep")));
    assert_eq!(shown(&config, "llm.provider").origin.to_string(), "environment DEEPSEEK_API_KEY");
}

#[test]
fn two_keys_choose_nothing_and_say_so() {
    let config = Story::without_file().env("DEEPSEEK_API_KEY", "a").env("OPENAI_API_KEY", "b").load();
    assert_eq!((config.llm.provider, key(&config)), (Provider::Lexical, None));
    assert!(config.warnings[0].contains("several providers"));
}

#[test]
fn a_chosen_provider_is_not_overruled_by_a_key() {
    let config = Story::new("tracerail.yaml", "llm: { provider: lexical }").env("OPENAI_API_KEY", "b").load();
    assert_eq!(config.llm.provider, Provider::Lexical);
    assert!(config.warnings.is_empty());
}

#[test]
fn a_provider_without_its_key_is_refused() {
    for (provider, variable) in
        [("deepseek", "DEEPSEEK_API_KEY"), ("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")]
    {
        let error = Story::without_file().env("TRACERAIL_LLM_PROVIDER", provider).error();
        assert!(error.contains("needs a key") && error.contains(variable), "{error}");
    }
}

#[test]
fn a_key_is_found_in_a_variable_a_file_or_the_configuration() {
    let file = |text: &str| Story::new("tracerail.yaml", &format!("llm: {{ provider: openai, {text} }}"));
    let by_variable =
        file("api_key_env: TEAM_KEY").env("TEAM_KEY", "sk-v").env("OPENAI_API_KEY", "sk-other").load();
    assert_eq!(key(&by_variable), Some("sk-v"));
    assert_eq!(shown(&by_variable, "llm.api_key").origin.to_string(), "environment TEAM_KEY");
    let by_file = file("api_key_file: key.txt");
    std::fs::write(by_file.path("key.txt"), "sk-f\n").unwrap();
    assert_eq!(key(&by_file.load()), Some("sk-f"));
    let literal = file("api_key: sk-l").load();
    assert_eq!(key(&literal), Some("sk-l"));
    assert!(literal.warnings[0].contains("every copy"), "{:?}", literal.warnings);
}

#[test]
fn the_strongest_source_of_a_key_counts_and_equals_are_refused() {
    let file = "llm: { provider: openai, api_key_env: TEAM_KEY }";
    let config = Story::new("tracerail.yaml", file).env("TRACERAIL__LLM__API_KEY", "sk-e").load();
    assert_eq!(key(&config), Some("sk-e"));
    let both = "llm: { provider: openai, api_key: a, api_key_env: TEAM_KEY }";
    assert!(Story::new("tracerail.yaml", both).error().contains("llm.api_key is set as well"));
}

#[test]
fn a_custom_server_gets_no_key_by_accident() {
    let file = "llm: { provider: custom, base_url: 'http://localhost:11434/v1', model: llama }";
    let config = Story::new("tracerail.yaml", file).env("OPENAI_API_KEY", "sk-1").load();
    assert_eq!((config.llm.provider, key(&config)), (Provider::Custom, None));
    for (text, message) in [
        ("llm: { provider: custom }", "needs the address"),
        ("llm: { provider: custom, base_url: 'http://x/v1' }", "needs the name of a model"),
    ] {
        assert!(Story::new("tracerail.yaml", text).error().contains(message), "{text}");
    }
}

#[test]
fn a_key_over_plain_http_is_pointed_out() {
    let story =
        Story::without_file().env("OPENAI_API_KEY", "sk-1").env("LLM_BASE_URL", "http://example.org/v1");
    assert!(story.load().warnings[0].contains("others can read it"));
}

#[test]
fn nothing_ever_shows_a_key() {
    const KEY: &str = "sk-very-secret";
    let config = Story::without_file().env("OPENAI_API_KEY", KEY).load();
    assert_eq!(shown(&config, "llm.api_key").value, "********");
    let options =
        super::super::LoadOptions { env: vec![("KEY".to_owned(), KEY.to_owned())], ..Default::default() };
    let everything = format!("{config:?} {:?} {} {options:?}", config.show(), config.show_json());
    assert!(!everything.contains(KEY), "{everything}");
    for text in [
        "llm: { api_key: KEY, max_tokens: x }",
        "llm: { apikey: KEY }",
        "llm:\n  api-key: KEY\n",
        "llm: { provider: openai, api_key_env: KEY }",
        "llm: { api_key_env: KEY }",
        "llm: { provider: openai, api_key: KEY with spaces }",
        "llm: { \"api_key\": \"KEY\", \"api_key\": \"KEY\" }",
        "llm: { provider: openai, api_key: KEY, api_key_env: X }",
        "llm: { base_url: 'https://user:KEY@example.org' }",
        "llm: { api_key: [KEY] }",
        "llm: { api_key:\n    KEY, max_tokens: x }",
        "llm: KEY",
        "llm:\n  api_key_env: KEY\n  provider: openai\n",
    ] {
        let error = Story::new("tracerail.yaml", &text.replace("KEY", KEY)).error();
        assert!(!error.contains(KEY), "{text}\n{error}");
    }
}

#[test]
fn a_reference_to_a_variable_is_no_key() {
    let error =
        Story::new("tracerail.yaml", "llm: { provider: openai, api_key: \"${OPENAI_API_KEY}\" }").error();
    assert!(error.contains("api_key_env: NAME"), "{error}");
}
