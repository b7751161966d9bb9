//! The `cel` condition of a rule: one expression over facts, in the Common Expression Language.
//!
//! Promises: an expression that names what is not there, or could cost much, is refused at load with a caret under the place; a
//! loaded one is bounded in time whatever an item brings, and says the same each time. It sees facts alone, so that what a model
//! said cannot reach a decision through it.
//!
//! One that cannot be evaluated on an item (a key is missing, a text is compared with a number) is neither true nor false: a
//! person decides, see `walk`.
//!
//! Deliberately absent: the analyser's fields (whether an expression asks them for reassurance or for suspicion cannot be told by
//! looking at it; the typed conditions can be told), regular expressions, clocks, and functions of our own.

mod fault;
mod guard;
mod place;
mod scope;

use std::thread;

use cel::{Program, Value};

pub(super) use fault::Fault;
pub(super) use scope::{Root, Scope};

/// How long an expression may be.
const SOURCE_BYTES_MAX: usize = 4096;

/// What the parser can use up on the longest expression in a build without optimisation, several times over.
const PARSER_STACK_BYTES: usize = 64 * 1024 * 1024;

/// A condition in CEL, compiled and found harmless.
#[derive(Debug)]
pub(super) struct Expression {
    source: String,
    program: Program,
}

impl Expression {
    /// Compiles it, or says in words for its writer what is wrong with it and where.
    pub(super) fn compile(source: &str, root: &Root) -> Result<Self, String> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(format!(
                "cel is {} bytes long, and {SOURCE_BYTES_MAX} are allowed; split the rule",
                source.len()
            ));
        }
        let program = on_a_deep_stack(|| checked(source, root))?;
        Ok(Self { source: source.to_owned(), program })
    }

    /// As it was written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether it holds.
    pub(super) fn holds(&self, scope: &Scope<'_>) -> Result<bool, Fault> {
        match self.program.execute(scope.context()) {
            Ok(Value::Bool(held)) => Ok(held),
            Ok(other) => Err(Fault::not_a_truth(&other)),
            Err(error) => Err(Fault::of(&error)),
        }
    }
}

fn checked(source: &str, root: &Root) -> Result<Program, String> {
    let program = root.compile(source).map_err(|errors| place::syntax(source, &errors))?;
    guard::check(&program).map_err(|problem| place::pointed(&program, source, &problem))?;
    Ok(program)
}

/// The parser calls itself once for each part of a long sum, and a stack that ends takes the process with it.
fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    let failed = || "cel cannot be read: there is no thread to read it on".to_owned();
    thread::scope(|scope| {
        let reader = thread::Builder::new().stack_size(PARSER_STACK_BYTES).spawn_scoped(scope, work);
        reader
            .map_err(|_| failed())?
            .join()
            .map_err(|_| "cel cannot be read: the parser failed on it".to_owned())?
    })
}
