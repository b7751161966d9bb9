//! Where a value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a value came from. Later ones overrule earlier ones.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Origin {
    /// Nobody set it.
    #[default]
    Default,
    /// Nobody set it; it follows from another key.
    Derived {
        /// How, for example `2 x tasks.default_sla_hours`.
        how: &'static str,
    },
    /// A file.
    File {
        /// Which one.
        path: PathBuf,
        /// The line of the value; the first is 1.
        line: u64,
        /// The column of the value; the first is 1.
        column: u64,
    },
    /// A variable of the environment.
    Environment {
        /// Its name.
        variable: String,
    },
    /// An option of the command line.
    CommandLine,
}

impl Origin {
    /// Whether somebody set the value, and how strongly: of two settings the higher rank counts.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Default | Self::Derived { .. } => 0,
            Self::File { .. } => 1,
            Self::Environment { .. } => 2,
            Self::CommandLine => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Derived { how } => write!(f, "default ({how})"),
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// The origin of every key that is not at its default, by path (`llm.model`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Where the value at this path came from.
    pub fn of(&self, path: &str) -> Origin {
        self.0.get(path).cloned().unwrap_or_default()
    }

    /// Whether somebody set the value at this path.
    pub fn is_set(&self, path: &str) -> bool {
        self.of(path).rank() > 0
    }

    pub(super) fn note(&mut self, path: impl Into<String>, origin: Origin) {
        self.0.insert(path.into(), origin);
    }
}
