//! Rules that follow their file while they run.
//!
//! Promises: a decision is made by one set of rules from beginning to end, and names it; a new set is read, checked and compared
//! with the known groups and people as a whole before it takes the place of the running one, in one step; a file that is broken,
//! half written or gone changes nothing but what is told about it.
//!
//! The file is read every second or so and compared, rather than watched through the system: editors replace files, configuration
//! mounts swap links to folders, and file systems on the network tell nobody, while reading some kilobytes always works. A text
//! counts once it was read twice alike, so that a file somebody still writes is not taken for a shorter set of rules.
//!
//! Deliberately absent: going back to older rules (the file says what holds), and agreement between processes: each follows its
//! own file, and each decision says which version made it.

mod follow;
mod rules;
#[cfg(test)]
mod tests;

pub use follow::Following;
pub use rules::{Accept, LiveRules, RulesStatus};
