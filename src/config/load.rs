//! How a configuration comes to be: defaults, file, environment, command line, and then the checks.

use std::env;
use std::fmt;
use std::path::PathBuf;

use super::Config;
use super::env::Environment;
use super::error::{ConfigError, Problem};
use super::file::File;
use super::origin::Origin;

/// The variable that names the file.
const FILE_VARIABLE: &str = "TRACERAIL_CONFIG";

/// The files that are looked for when none is named. The first counts.
const FILE_NAMES: [&str; 3] = ["tracerail.yaml", "tracerail.yml", "tracerail.json"];

/// What a configuration is made of. The default is: nothing but defaults and a file in the current folder.
#[derive(Clone, Default)]
pub struct LoadOptions {
    /// The file; none: the one `TRACERAIL_CONFIG` names, else `tracerail.yaml`, `.yml` or `.json` in `folder`, if there is one.
    pub file: Option<PathBuf>,
    /// The folder to look in; empty: the current one.
    pub folder: PathBuf,
    /// The variables of the environment.
    pub env: Vec<(String, String)>,
    /// What the command line sets: paths such as `store.path`, with their values.
    pub overrides: Vec<(String, String)>,
}

/// Names only: values of the environment may be keys.
impl fmt::Debug for LoadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("LoadOptions")
            .field("file", &self.file)
            .field("folder", &self.folder)
            .field("env", &names(&self.env))
            .field("overrides", &names(&self.overrides))
            .finish()
    }
}

impl LoadOptions {
    /// The options of this process: its environment. Variables that are not UTF-8 are none of ours.
    pub fn from_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { env: env::vars_os().filter_map(text).collect(), ..Self::default() }
    }

    /// The same, with this file.
    #[must_use]
    pub fn with_file(self, file: Option<PathBuf>) -> Self {
        Self { file, ..self }
    }

    /// The same, with one more key set by the command line.
    #[must_use]
    pub fn with_override(mut self, path: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.push((path.into(), value.into()));
        self
    }
}

impl Config {
    /// The effective configuration, checked.
    pub fn load(options: LoadOptions) -> Result<Self, ConfigError> {
        let env = Environment::new(options.env);
        let named = options.file.or_else(|| env.get(FILE_VARIABLE).map(PathBuf::from));
        let (path, warning) = match named {
            Some(path) => (Some(path), None),
            None => found(&options.folder),
        };
        let file = path.as_deref().map(File::open).transpose()?;
        let mut config = file.as_ref().map(File::config).transpose()?.unwrap_or_default();
        config.warnings.extend(warning);
        env.apply(&mut config)?;
        for (path, value) in &options.overrides {
            config
                .set(path, value, Origin::CommandLine)
                .map_err(|problem| problem.at(Origin::CommandLine, None))?;
        }
        let checked = config.settle(&env).and_then(|()| config.validate());
        checked.map_err(|problem| config.place(problem, file.as_ref()))?;
        Ok(config)
    }

    /// Checks a configuration made by hand; loading does it by itself.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.clone().validate().map_err(|problem| self.place(problem, None))
    }

    fn place(&self, problem: Problem, file: Option<&File>) -> ConfigError {
        let origin = self.origins.of(&problem.key);
        let snippet = file.and_then(|file| file.snippet(&origin));
        problem.at(origin, snippet)
    }
}

/// The file to read, and a warning where there are several.
fn found(folder: &std::path::Path) -> (Option<PathBuf>, Option<String>) {
    let mut files = FILE_NAMES.iter().map(|name| folder.join(name)).filter(|path| path.is_file());
    let first = files.next();
    let warning = files
        .next()
        .map(|second| format!("{} is not read, as there is another file before it", second.display()));
    (first, warning)
}
