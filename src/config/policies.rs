//! What happens to tasks that take too long: `escalation_policies`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use tracerail_actors::{EscalationPolicy, Level};
use tracerail_schemas::task::{EscalationAction, EscalationStep, Target, Targets};
use tracerail_schemas::time::duration_text;

use super::Config;
use super::error::Problem;
use super::tasks::OnExhausted;

/// More levels or loops than anybody would wait for.
const MANY: usize = 20;

/// The name of the policy that the hours of `tasks` make.
const TAKEN: &str = "default";

/// An escalation policy: `escalation_policies.<name>`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Raised with each change, so that whoever looks at a task sees which one it has.
    pub version: u32,
    /// The hours that count; without it, all of them.
    pub calendar: Option<String>,
    /// What is to be done by when, level 1 first.
    pub levels: Vec<PolicyLevel>,
    /// How often the levels come again after the last one.
    pub loops: u32,
    /// What happens after that.
    pub on_exhausted: OnExhausted,
    /// When the task ends under `on_exhausted: expire`.
    #[serde(with = "optional")]
    pub expire_after: Option<Duration>,
}

/// A level of a policy.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyLevel {
    /// When it is reached.
    #[serde(with = "duration_text")]
    pub after: Duration,
    /// What has to be done by then.
    #[serde(default)]
    pub target: Target,
    /// What happens if it is not.
    #[serde(default = "notify")]
    pub actions: Vec<EscalationAction>,
    /// With whom.
    #[serde(default)]
    pub targets: Targets,
    /// With whom instead, when none of them is available.
    #[serde(default)]
    pub otherwise: Targets,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            calendar: None,
            levels: Vec::new(),
            loops: 0,
            on_exhausted: OnExhausted::Hold,
            expire_after: None,
        }
    }
}

fn notify() -> Vec<EscalationAction> {
    vec![EscalationAction::Notify]
}

/// A duration that may be missing.
mod optional {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, de};
    use tracerail_schemas::time::duration_text;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(reader)?;
        text.map(|text| duration_text::parse(&text).map_err(de::Error::custom)).transpose()
    }
}

impl Config {
    /// The policies, for the actors.
    pub fn escalation_policies(&self) -> BTreeMap<String, EscalationPolicy> {
        // What is wrong with them was said when the configuration was loaded.
        self.checked_policies().unwrap_or_default()
    }

    /// The policies, checked.
    pub(super) fn checked_policies(&self) -> Result<BTreeMap<String, EscalationPolicy>, Problem> {
        let calendars = self.checked_calendars()?;
        let mut policies = BTreeMap::new();
        for (name, policy) in &self.escalation_policies {
            let wrong = |key: &str, message: String, help: &str| {
                Problem::new(format!("escalation_policies.{name}{key}"), message, help)
            };
            if name == TAKEN {
                let help = "give it another name, and name that in tasks.escalation_policy";
                return Err(wrong("", "the hours of `tasks` make the policy of this name".to_owned(), help));
            }
            let calendar = policy.calendar.as_ref().map(|calendar| {
                let help = "add it to `calendars`, or correct the name";
                let missing = || wrong(".calendar", format!("there is no calendar {calendar:?}"), help);
                calendars.get(calendar).cloned().ok_or_else(missing)
            });
            self.check_levels(policy).map_err(|(message, help)| wrong(".levels", message, help))?;
            policies.insert(name.clone(), policy.made(calendar.transpose()?));
        }
        if let Some(unknown) = self
            .tasks
            .escalation_policy
            .as_ref()
            .filter(|name| !policies.contains_key(*name) && *name != TAKEN)
        {
            let message = format!("there is no policy {unknown:?}");
            let help = "add it to `escalation_policies`, or correct the name";
            return Err(Problem::new("tasks.escalation_policy", message, help));
        }
        Ok(policies)
    }

    fn check_levels(&self, policy: &Policy) -> Result<(), (String, &'static str)> {
        let of = |target| policy.levels.iter().filter(move |level| level.target == target);
        let completion: Vec<_> = of(Target::Completion).map(|level| level.after).collect();
        if completion.is_empty() || policy.levels.len() > MANY || policy.loops as usize > MANY {
            let message =
                format!("it has 1 to {MANY} levels, one of them for completion, and at most {MANY} loops");
            return Err((message, "add a level, for example { after: 24h }"));
        }
        if !completion.is_sorted_by(|one, next| one < next)
            || policy.levels.iter().any(|it| it.after.is_zero())
        {
            let message =
                "each level of completion comes after the one before it, and none at once".to_owned();
            return Err((message, "`after` counts from the creation of the task"));
        }
        if (policy.on_exhausted == OnExhausted::Expire) != policy.expire_after.is_some() {
            let message = "`on_exhausted: expire` and `expire_after` belong together".to_owned();
            return Err((message, "set both or neither"));
        }
        let directory = self.directory();
        for targets in policy.levels.iter().flat_map(|level| [&level.targets, &level.otherwise]) {
            let group = targets.groups.iter().find(|group| !directory.has_group(group));
            if let Some(group) = group.filter(|_| !self.groups.is_empty()) {
                return Err((
                    format!("there is no group {group:?}"),
                    "add it to `groups`, or correct the name",
                ));
            }
        }
        let needs_somebody = |level: &PolicyLevel| {
            let who = [EscalationAction::Reassign, EscalationAction::Widen];
            level.targets.is_empty() && level.actions.iter().any(|action| who.contains(action))
        };
        if policy.levels.iter().any(needs_somebody) {
            let help = "set targets, for example { groups: [leads], manager: true }";
            return Err(("a level that reassigns or widens says to whom".to_owned(), help));
        }
        Ok(())
    }
}

impl Policy {
    fn made(&self, calendar: Option<tracerail_schemas::task::Calendar>) -> EscalationPolicy {
        let level = |level: &PolicyLevel| Level {
            after: level.after,
            target: level.target,
            step: EscalationStep {
                actions: level.actions.clone(),
                targets: level.targets.clone(),
                otherwise: level.otherwise.clone(),
            },
        };
        EscalationPolicy {
            version: self.version,
            calendar,
            levels: self.levels.iter().map(level).collect(),
            loops: self.loops,
            expire_after: self.expire_after,
        }
    }
}
