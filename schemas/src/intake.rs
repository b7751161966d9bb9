//! Whether content is taken in.

use serde::{Deserialize, Serialize};

use crate::principal::Principal;
use crate::time::Timestamp;

/// Intake stands still: what is submitted stays in the log until it goes on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IntakePause {
    /// Who wanted it.
    pub by: Principal,
    /// Since when.
    pub at: Timestamp,
    /// Why, if they said so.
    #[serde(default)]
    pub reason: Option<String>,
}
