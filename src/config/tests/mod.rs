//! What loading promises, each in one small story.

mod default_file;
mod encryption;
mod environment;
mod files;
mod keys;
mod servers;
mod values;

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Config, ConfigError, LoadOptions, Setting};

/// A folder with a file of this name, and what loading from it gives.
struct Story {
    folder: TempDir,
    options: LoadOptions,
}

impl Story {
    fn new(name: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        let options = LoadOptions { folder: folder.path().to_owned(), ..LoadOptions::default() };
        Self { folder, options }
    }

    fn without_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = LoadOptions { folder: folder.path().to_owned(), ..LoadOptions::default() };
        Self { folder, options }
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.options.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn try_load(&self) -> Result<Config, ConfigError> {
        Config::load(self.options.clone())
    }

    fn load(&self) -> Config {
        self.try_load().unwrap()
    }

    /// The error as a person sees it, without the folder.
    fn error(&self) -> String {
        let error = self.try_load().unwrap_err();
        assert_eq!(error.code(), tracerail_schemas::Code::ConfigInvalid);
        error.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

fn shown(config: &Config, path: &str) -> Setting {
    config.show().into_iter().find(|setting| setting.path == path).unwrap()
}
