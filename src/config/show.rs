//! `config show`: the effective values, and where each came from.

use serde_json::{Map, Value, json};
use tracerail_schemas::time::duration_text;

use super::Config;
use super::keys::EDITION;
use super::origin::Origin;
use super::scalar::Scalar as _;

/// One effective value.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    /// The path of the key, for example `llm.model`.
    pub path: String,
    /// The value as text; `-` where nothing is set, `********` for a secret.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
    json: Value,
}

impl Config {
    /// All effective values, in the order of the default file; people and groups at the end.
    pub fn show(&self) -> Vec<Setting> {
        let mut settings = vec![self.setting(EDITION.to_owned(), self.edition.json())];
        for (section, keys) in self.sections() {
            keys.each(&mut |key, value| {
                settings.push(self.setting(format!("{section}.{key}"), value.json()));
            });
        }
        for (name, person) in &self.people {
            settings.push(self.setting(format!("people.{name}.skills"), json!(person.skills)));
            settings.push(self.setting(format!("people.{name}.lead"), json!(person.lead)));
            let more = [
                ("manager", json!(person.manager)),
                ("capacity", json!(person.capacity)),
                ("calendar", json!(person.calendar)),
            ];
            for (key, value) in more.into_iter().filter(|(_, value)| !value.is_null()) {
                settings.push(self.setting(format!("people.{name}.{key}"), value));
            }
            if !person.away.is_empty() {
                let away: Vec<_> = person.away.iter().map(ToString::to_string).collect();
                settings.push(self.setting(format!("people.{name}.away"), json!(away)));
            }
        }
        for (name, group) in &self.groups {
            settings.push(self.setting(format!("groups.{name}.members"), json!(group.members)));
            settings.push(self.setting(format!("groups.{name}.leads"), json!(group.leads)));
        }
        for (name, hours) in &self.calendars {
            settings.push(self.setting(format!("calendars.{name}.version"), json!(hours.version)));
            settings.push(self.setting(format!("calendars.{name}.time_zone"), json!(hours.time_zone)));
        }
        for (name, policy) in &self.escalation_policies {
            let after = |level: &super::PolicyLevel| duration_text::format(level.after);
            let levels: Vec<_> = policy.levels.iter().map(after).collect();
            let path = |key: &str| format!("escalation_policies.{name}.{key}");
            settings.push(self.setting(path("version"), json!(policy.version)));
            settings.push(self.setting(path("calendar"), json!(policy.calendar)));
            settings.push(self.setting(path("levels"), json!(levels)));
        }
        settings
    }

    /// The same for programs: an object with `value` and `origin` by path.
    pub fn show_json(&self) -> Value {
        let entry = |setting: Setting| {
            (setting.path, json!({ "value": setting.json, "origin": setting.origin.to_string() }))
        };
        Value::Object(self.show().into_iter().map(entry).collect::<Map<_, _>>())
    }

    fn setting(&self, path: String, json: Value) -> Setting {
        let origin = self.origins.of(&path);
        Setting { value: text(&json), path, origin, json }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
