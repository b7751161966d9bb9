//! Under which terms a task is worked.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{GroupId, PersonId, TaskId};
use crate::time::Hours;

/// More than can ever agree.
pub const REVIEWERS_MAX: u32 = 25;

/// Under which terms a task is worked. What is not given comes from the configuration.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Terms {
    /// Hours until level 1.
    #[serde(default)]
    pub sla_hours: Option<Hours>,
    /// Hours until level 2.
    #[serde(default)]
    pub escalation_hours: Option<Hours>,
    /// The escalation policy, by name; the hours above move its levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation_policy: Option<String>,
    /// What the person must be able to do.
    #[serde(default)]
    pub skills_required: Vec<String>,
    /// The group it is offered to; the same as one more entry of `candidate_groups`.
    #[serde(default)]
    pub assignee_pool: Option<GroupId>,
    /// The groups whose members may take it.
    #[serde(default)]
    pub candidate_groups: Vec<GroupId>,
    /// The people who may take it, beside those groups.
    #[serde(default)]
    pub candidate_users: Vec<PersonId>,
    /// The people who must not work it or look at the work, for example whoever it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_users: Vec<PersonId>,
    /// How sure a person should be, 0 to 1, before deciding alone.
    #[serde(default)]
    pub min_confidence_level: Option<f64>,
    /// Whether a second person must look at the work.
    #[serde(default)]
    pub review_required: bool,
    /// How many people besides the worker must agree where a second person must look; without it, one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Approvals>,
    /// The share of such tasks, 0 to 1, of which a second person looks at the work although nothing else asks for it. Which ones
    /// follows from their ids, and nobody sees it before the work is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub review_share: Option<f64>,
    /// Hours for which one person after the other is offered the task; without it, it is given to the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_hours: Option<Hours>,
    /// Hours after which a task goes back to its candidates if the one who claimed it gives no sign of life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_lease_hours: Option<Hours>,
}

/// How many must agree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Approvals {
    /// So many approvals complete the task.
    pub needed: u32,
    /// So many people look at most; when too many of them want changes, the work goes back.
    pub of: u32,
    /// Whether a lead of the groups decides when the reviewers disagree, instead of counting further.
    #[serde(default)]
    pub adjudicate: bool,
}

impl Terms {
    /// Whether this person must not work the task.
    pub fn excludes(&self, person: &PersonId) -> bool {
        self.excluded_users.contains(person)
    }

    /// What no task can be worked under.
    pub fn problem(&self) -> Option<String> {
        let Approvals { needed, of, .. } = self.approvals();
        if !self.approvals().are_possible() {
            return Some(format!(
                "{needed} of {of} approvals: at least 1, of as many or more, and of {REVIEWERS_MAX} at most"
            ));
        }
        let share = self.review_share.filter(|share| !(0.0..=1.0).contains(share))?;
        Some(format!("a review_share of {share}: it is between 0 and 1"))
    }

    /// How many must agree.
    pub fn approvals(&self) -> Approvals {
        self.approvals.unwrap_or_default()
    }

    /// Whether a second person must look at the work on this task.
    pub fn needs_review(&self, id: TaskId) -> bool {
        self.review_required || self.review_share.is_some_and(|share| drawn(id) < share)
    }
}

impl Approvals {
    /// Whether they can be had.
    pub const fn are_possible(self) -> bool {
        self.needed >= 1 && self.needed <= self.of && self.of <= REVIEWERS_MAX
    }
}

impl Default for Approvals {
    fn default() -> Self {
        Self { needed: 1, of: 1, adjudicate: false }
    }
}

/// A number from 0 to 1 that belongs to the task: the same wherever and whenever it is drawn.
fn drawn(id: TaskId) -> f64 {
    let hash = Sha256::digest(id.uuid().as_bytes());
    let number = hash.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}
