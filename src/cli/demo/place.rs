//! Where the demo's files are: made anew each time, and never in the place of anything that is not the demo's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracerail_schemas::Code;

use crate::cli::context::{Context, text_of};
use crate::cli::failure::Failure;
use crate::config::{Config, LoadOptions};

/// The example content.
const CONTENT: &str = include_str!("../../../examples/content.jsonl");

/// The demo's configuration.
const CONFIG: &str = include_str!("demo.yaml");

/// The first line of the configuration: by it the demo knows its own.
const MARK: &str = "# made by `tracerail demo`";

/// The demo's files.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) store: PathBuf,
    pub(super) config: PathBuf,
    pub(super) content: PathBuf,
}

impl Place {
    /// Makes the place ready: the store of an earlier run is gone, configuration and content are written.
    pub(super) fn prepare(context: &Context) -> Result<Self, Failure> {
        let store = match &context.globals.store {
            Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.clone()),
            None => folder()?.join("tracerail.db"),
        };
        let beside = |end: &str| PathBuf::from(format!("{}{end}", store.display()));
        let place = Self { config: beside(".yaml"), content: beside(".content.jsonl"), store };
        place.make_room()?;
        let yaml = format!("{CONFIG}\nstore:\n  path: {}\n", quoted(&text_of(&place.store)?));
        let written = fs::write(&place.config, yaml).and_then(|()| fs::write(&place.content, CONTENT));
        written.map_err(|error| unwritable(&place.config, &error))?;
        Ok(place)
    }

    /// The configuration, without anything from the environment: the demo is the same everywhere.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load(LoadOptions { file: Some(self.config.clone()), ..LoadOptions::default() })?)
    }

    fn make_room(&self) -> Result<(), Failure> {
        if !self.store.exists() {
            return Ok(());
        }
        let ours = fs::read_to_string(&self.config).is_ok_and(|text| text.starts_with(MARK));
        if !ours {
            let message = format!(
                "{} is there already and not the demo's: name a file that does not exist",
                self.store.display()
            );
            return Err(Failure::usage(message));
        }
        for end in ["", "-wal", "-shm"] {
            let path = format!("{}{end}", self.store.display());
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unwritable(Path::new(&path), &error)),
            }
        }
        Ok(())
    }
}

/// A folder of this user's own among the temporary files: two users must not share one, nor one plant files for another.
fn folder() -> Result<PathBuf, Failure> {
    let user = std::env::var("USER").unwrap_or_default();
    let user: String = user.chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = std::env::temp_dir().join(format!("tracerail-demo-{user}").trim_end_matches('-'));
    make_private(&folder).map_err(|error| unwritable(&folder, &error))?;
    Ok(folder)
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    if fs::symlink_metadata(folder)?.is_symlink() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is a link to somewhere else"));
    }
    // Fails for a folder of somebody else's.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// A text that YAML reads as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("{} cannot be written: {error}; --store leads elsewhere", path.display());
    Failure::new(Code::StoreUnavailable, message)
}
