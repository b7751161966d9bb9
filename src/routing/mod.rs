//! Who says what is to be done with an item: policy as rules in a file.
//!
//! Promises: a decision follows from the rules, the facts and the analyser's fields alone, the same each time; the result names
//! the rule and the version of the file; a file that could not mean what it says is refused at load with its place, never
//! half obeyed. What the analyser says can only make people look more closely: see `rules` for how, and for the proof.
//!
//! Rules change with their file while the process runs: see `live`.
//!
//! Deliberately absent: I/O while a decision is made, clocks, and knowledge of who is in which group (whoever holds the
//! directory checks `RulesEngine::groups` and `RulesEngine::people` against it).

mod factory;
pub mod live;
pub mod rules;
pub mod trial;

pub use factory::{DEFAULT_RULES, Loaded, RoutingSettings, RoutingSetupError, engine_from, load_rules};
pub use live::{Following, LiveRules, RulesStatus};
pub use rules::{RulesEngine, RulesError};
