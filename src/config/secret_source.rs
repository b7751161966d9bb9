//! Where a secret stands: in the configuration itself, in a variable, or in a file. At most one counts.

use std::fs;
use std::path::PathBuf;

use super::Config;
use super::env::Environment;
use super::error::Problem;
use super::origin::Origin;
use super::secret::Secret;

/// The three keys of one secret.
#[derive(Clone, Copy)]
pub(super) struct SecretKeys {
    /// The secret itself.
    pub(super) literal: &'static str,
    /// The variable that holds it.
    pub(super) env: &'static str,
    /// The file that holds it.
    pub(super) file: &'static str,
    /// What it is called.
    pub(super) word: &'static str,
}

/// What was set of them.
pub(super) struct Given {
    pub(super) literal: Option<Secret>,
    pub(super) env: Option<String>,
    pub(super) file: Option<PathBuf>,
}

/// Which of them counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Literal,
    Variable,
    File,
}

impl SecretKeys {
    /// The key of this source.
    pub(super) const fn path(self, source: Source) -> &'static str {
        match source {
            Source::Literal => self.literal,
            Source::Variable => self.env,
            Source::File => self.file,
        }
    }
}

impl Config {
    /// Which of the three counts: the one set most strongly.
    pub(super) fn secret_source(&self, keys: SecretKeys, given: &Given) -> Result<Option<Source>, Problem> {
        check_variable_name(keys, given.env.as_deref().unwrap_or_default())?;
        let set = [
            (Source::Literal, given.literal.is_some()),
            (Source::Variable, given.env.is_some()),
            (Source::File, given.file.is_some()),
        ];
        let set: Vec<_> = set.into_iter().filter(|(_, is_set)| *is_set).map(|(source, _)| source).collect();
        let rank = |source: &Source| self.origins.of(keys.path(*source)).rank();
        let highest = set.iter().map(rank).max();
        let mut strongest = set.iter().filter(|source| Some(rank(source)) == highest);
        match (strongest.next(), strongest.next()) {
            (Some(first), Some(second)) => {
                let message = format!("{} is set as well", keys.path(*first));
                Err(Problem::new(keys.path(*second), message, "keep one of the two"))
            }
            (only, _) => Ok(only.copied()),
        }
    }

    /// The text that stands there, not yet looked at; and its origin is noted.
    pub(super) fn secret_text(
        &mut self,
        keys: SecretKeys,
        source: Source,
        given: Given,
        env: &Environment,
    ) -> Result<String, Problem> {
        match source {
            Source::Literal => Ok(self.literal_secret(keys, given.literal.as_ref())),
            Source::Variable => {
                self.secret_from_variable(keys, given.env.as_deref().unwrap_or_default(), env)
            }
            Source::File => self.secret_from_file(keys, given.file.unwrap_or_default()),
        }
    }

    fn literal_secret(&mut self, keys: SecretKeys, literal: Option<&Secret>) -> String {
        let origin = self.origins.of(keys.literal);
        if let Origin::File { .. } = origin {
            let SecretKeys { word, env, file, .. } = keys;
            let (env, file) = (last_part(env), last_part(file));
            self.warnings.push(format!(
                "{origin}: a {word} in the file is a {word} in every copy of it; use {env} or {file}"
            ));
        }
        literal.map(|secret| secret.expose().to_owned()).unwrap_or_default()
    }

    fn secret_from_variable(
        &mut self,
        keys: SecretKeys,
        name: &str,
        env: &Environment,
    ) -> Result<String, Problem> {
        let Some(text) = env.get(name) else {
            let help = "set the variable, or name another";
            return Err(Problem::new(keys.env, "the variable it names is not set", help));
        };
        self.origins.note(keys.literal, Origin::Environment { variable: name.to_owned() });
        Ok(text.to_owned())
    }

    fn secret_from_file(&mut self, keys: SecretKeys, path: PathBuf) -> Result<String, Problem> {
        let text = fs::read_to_string(&path).map_err(|error| {
            let message = format!("{} cannot be read: {error}", path.display());
            let help =
                format!("write the {}, and nothing else, into the file, readable for this user", keys.word);
            Problem::new(keys.file, message, help)
        })?;
        self.origins.note(keys.literal, Origin::File { path, line: 1, column: 1 });
        Ok(text)
    }
}

/// Whoever puts the secret itself where its variable's name belongs is not to see it shown.
fn check_variable_name(keys: SecretKeys, name: &str) -> Result<(), Problem> {
    if name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Ok(());
    }
    let help = format!("write the name of the variable that holds the {}, for example MY_SECRET", keys.word);
    Err(Problem::new(keys.env, "it is not the name of a variable", help))
}

fn last_part(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, key)| key)
}
