//! What follows from what was set: the provider, its key, and the hours nobody set.

use std::fs;

use tracerail_schemas::time::Hours;

use super::Config;
use super::env::Environment;
use super::error::Problem;
use super::llm::Provider;
use super::origin::Origin;
use super::secret::Secret;

const PROVIDER: &str = "llm.provider";
const KEY: &str = "llm.api_key";
const KEY_ENV: &str = "llm.api_key_env";
const KEY_FILE: &str = "llm.api_key_file";

impl Config {
    /// Fills in what follows from the rest.
    pub(super) fn settle(&mut self, env: &Environment) -> Result<(), Problem> {
        self.settle_hours();
        self.settle_provider(env);
        self.settle_key(env)
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
        let candidates: Vec<_> =
            [Provider::DeepSeek, Provider::OpenAi].into_iter().filter(with_key).collect();
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
        self.check_variable_name()?;
        let source = self.key_source()?;
        if self.llm.provider == Provider::Lexical {
            if let Some(source) = source {
                self.warnings
                    .push(format!("{source} is set, but llm.provider is lexical, which needs no key"));
            }
            return Ok(());
        }
        let key = match source {
            Some(KEY_ENV) => Some(self.key_from_variable(env)?),
            Some(KEY_FILE) => Some(self.key_from_file()?),
            Some(_) => self.literal_key(),
            None => self.key_from_usual_variable(env)?,
        };
        self.llm.api_key = match key {
            Some(text) => Some(checked(&text)?),
            None => None,
        };
        Ok(())
    }

    /// Which of the three keys counts: the one set most strongly.
    fn key_source(&self) -> Result<Option<&'static str>, Problem> {
        let llm = &self.llm;
        let set = [
            (KEY, llm.api_key.is_some()),
            (KEY_ENV, llm.api_key_env.is_some()),
            (KEY_FILE, llm.api_key_file.is_some()),
        ];
        let ranked = |&(path, _): &(&'static str, bool)| (path, self.origins.of(path).rank());
        let set: Vec<_> = set.iter().filter(|(_, is_set)| *is_set).map(ranked).collect();
        let Some(highest) = set.iter().map(|(_, rank)| *rank).max() else { return Ok(None) };
        match set.iter().filter(|(_, rank)| *rank == highest).collect::<Vec<_>>().as_slice() {
            [(only, _)] => Ok(Some(only)),
            [(first, _), (second, _), ..] => {
                Err(Problem::new(*second, format!("{first} is set as well"), "keep one of the two"))
            }
            [] => Ok(None),
        }
    }

    fn literal_key(&mut self) -> Option<String> {
        let origin = self.origins.of(KEY);
        if let Origin::File { .. } = origin {
            self.warnings.push(format!(
                "{origin}: a key in the file is a key in every copy of it; use api_key_env or api_key_file"
            ));
        }
        self.llm.api_key.as_ref().map(|key| key.expose().to_owned())
    }

    fn key_from_variable(&mut self, env: &Environment) -> Result<String, Problem> {
        let name = self.llm.api_key_env.as_deref().unwrap_or_default();
        let Some(key) = env.get(name) else {
            return Err(Problem::new(
                KEY_ENV,
                "the variable it names is not set",
                "set the variable, or name another",
            ));
        };
        self.origins.note(KEY, Origin::Environment { variable: name.to_owned() });
        Ok(key.to_owned())
    }

    /// Whoever puts the key itself where its variable's name belongs is not to see it shown.
    fn check_variable_name(&self) -> Result<(), Problem> {
        let name = self.llm.api_key_env.as_deref().unwrap_or_default();
        if name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return Ok(());
        }
        let help = "write the name of the variable that holds the key, for example MY_KEY";
        Err(Problem::new(KEY_ENV, "it is not the name of a variable", help))
    }

    fn key_from_file(&mut self) -> Result<String, Problem> {
        let path = self.llm.api_key_file.clone().unwrap_or_default();
        let text = fs::read_to_string(&path).map_err(|error| {
            let message = format!("{} cannot be read: {error}", path.display());
            Problem::new(
                KEY_FILE,
                message,
                "write the key, and nothing else, into the file, readable for this user",
            )
        })?;
        self.origins.note(KEY, Origin::File { path, line: 1, column: 1 });
        Ok(text)
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
        self.origins.note(KEY, Origin::Environment { variable: name.to_owned() });
        Ok(Some(key.to_owned()))
    }
}

/// A key goes into an HTTP header, where a line break would be an attack or, more often, a paste gone wrong.
fn checked(text: &str) -> Result<Secret, Problem> {
    let text = text.trim();
    if text.starts_with('$') {
        let help = "variables are not replaced in the file; use api_key_env: NAME";
        return Err(Problem::new(KEY, "it is a reference to a variable, not a key", help));
    }
    if text.is_empty() || !text.chars().all(|letter| letter.is_ascii_graphic()) {
        let help = "a key is one word of printable ASCII characters; copy it again";
        return Err(Problem::new(KEY, "it is empty, or holds spaces or characters no key has", help));
    }
    Ok(Secret::new(text))
}
