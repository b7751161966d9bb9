//! What follows from what was set: the provider, its key, and the hours nobody set.

use tracerail_schemas::time::Hours;

use super::Config;
use super::env::Environment;
use super::error::Problem;
use super::llm::Provider;
use super::origin::Origin;
use super::secret::Secret;
use super::secret_source::{Given, SecretKeys};

const PROVIDER: &str = "llm.provider";
const KEYS: SecretKeys =
    SecretKeys { literal: "llm.api_key", env: "llm.api_key_env", file: "llm.api_key_file", word: "key" };

impl Config {
    /// Fills in what follows from the rest.
    pub(super) fn settle(&mut self, env: &Environment) -> Result<(), Problem> {
        self.settle_hours();
        self.settle_provider(env);
        self.settle_key(env)?;
        self.settle_encryption(env)?;
        self.settle_servers(env)
    }

    /// Whoever sets only the SLA means the rest to keep its proportion, as in the seed.
    fn settle_hours(&mut self) {
        const SLA: &str = "tasks.default_sla_hours";
        if !self.origins.is_set(SLA) {
            return;
        }
        let sla = self.tasks.default_sla_hours;
        let mut derive = |path: &str, hours: &mut Hours, factor, how| {
            if !self.origins.is_set(path) {
                *hours = sla.times(factor);
                self.origins.note(path, Origin::Derived { how });
            }
        };
        derive(
            "tasks.escalation_hours",
            &mut self.tasks.escalation_hours,
            2.0,
            "2 x tasks.default_sla_hours",
        );
        derive("tasks.expire_hours", &mut self.tasks.expire_hours, 3.0, "3 x tasks.default_sla_hours");
    }

    /// A key in the environment chooses its provider, if it is the only one and nobody chose.
    fn settle_provider(&mut self, env: &Environment) {
        if self.origins.is_set(PROVIDER) {
            return;
        }
        let with_key =
            |provider: &Provider| provider.key_variable().is_some_and(|name| env.get(name).is_some());
        let candidates: Vec<_> = [Provider::DeepSeek, Provider::OpenAi, Provider::Anthropic]
            .into_iter()
            .filter(with_key)
            .collect();
        match candidates.as_slice() {
            [] => {}
            [only] => {
                self.llm.provider = *only;
                let variable = only.key_variable().unwrap_or_default().to_owned();
                self.origins.note(PROVIDER, Origin::Environment { variable });
            }
            _ => self.warnings.push(
                "keys of several providers are set and llm.provider is not: using lexical; set TRACERAIL_LLM_PROVIDER".to_owned(),
            ),
        }
    }

    fn settle_key(&mut self, env: &Environment) -> Result<(), Problem> {
        let llm = &self.llm;
        let given = Given {
            literal: llm.api_key.clone(),
            env: llm.api_key_env.clone(),
            file: llm.api_key_file.clone(),
        };
        let source = self.secret_source(KEYS, &given)?;
        if self.llm.provider == Provider::Lexical {
            if let Some(source) = source {
                let path = KEYS.path(source);
                self.warnings.push(format!("{path} is set, but llm.provider is lexical, which needs no key"));
            }
            return Ok(());
        }
        let key = match source {
            Some(source) => Some(self.secret_text(KEYS, source, given, env)?),
            None => self.key_from_usual_variable(env)?,
        };
        self.llm.api_key = match key {
            Some(text) => Some(checked(&text)?),
            None => None,
        };
        Ok(())
    }

    fn key_from_usual_variable(&mut self, env: &Environment) -> Result<Option<String>, Problem> {
        let provider = self.llm.provider;
        let Some(name) = provider.key_variable() else { return Ok(None) };
        let Some(key) = env.get(name) else {
            let help = format!(
                "set {name}, or llm.api_key_env or llm.api_key_file, or choose llm.provider: lexical"
            );
            return Err(Problem::new(PROVIDER, format!("{provider} needs a key, and there is none"), help));
        };
        self.origins.note(KEYS.literal, Origin::Environment { variable: name.to_owned() });
        Ok(Some(key.to_owned()))
    }
}

/// A key goes into an HTTP header, where a line break would be an attack or, more often, a paste gone wrong.
fn checked(text: &str) -> Result<Secret, Problem> {
    let text = text.trim();
    if text.starts_with('$') {
        let help = "variables are not replaced in the file; use api_key_env: NAME";
        return Err(Problem::new(KEYS.literal, "it is a reference to a variable, not a key", help));
    }
    if text.is_empty() || !text.chars().all(|letter| letter.is_ascii_graphic()) {
        let help = "a key is one word of printable ASCII characters; copy it again";
        return Err(Problem::new(
            KEYS.literal,
            "it is empty, or holds spaces or characters no key has",
            help,
        ));
    }
    Ok(Secret::new(text))
}
