//! Why a file is not a set of rules.

/// Why a file is not a set of rules. The words are for the person who wrote the file.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It is not YAML, or not of the shape of a rules file.
    #[error("{file}:{line}:{column}: not a set of rules\n{snippet}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1; 0 if unknown.
        line: u64,
        /// The column, from 1; 0 if unknown.
        column: u64,
        /// What is wrong, with the lines around it.
        snippet: String,
    },
    /// A rule that could not mean what it says.
    #[error("{file}:{line}: rule {rule:?}: {problem}")]
    Rule {
        /// The file.
        file: String,
        /// The line where the rule begins.
        line: u64,
        /// The rule's name.
        rule: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Something outside the rules: the version, or the default.
    #[error("{file}: {problem}")]
    File {
        /// The file.
        file: String,
        /// What is wrong, and what to do.
        problem: String,
    },
}

/// What the reader of YAML says, with its place.
pub(in super::super) fn syntax_error(file: &str, error: &serde_saphyr::Error) -> RulesError {
    let place = error.location().unwrap_or(serde_saphyr::Location::UNKNOWN);
    let (line, column) = (place.line(), place.column());
    RulesError::Syntax { file: file.to_owned(), line, column, snippet: error.to_string() }
}
