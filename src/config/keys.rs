//! All scalar keys by their path, for the environment, the command line and `config show`.

use super::Config;
use super::error::Problem;
use super::origin::Origin;
use super::scalar::{Scalar, Section};

/// The one key that stands in no section, as it chooses between sections.
pub(super) const EDITION: &str = "edition";

/// What has names of its own instead of keys.
const IN_FILES: [&str; 4] = ["people", "groups", "calendars", "escalation_policies"];

impl Config {
    /// The sections with a fixed set of keys, in the order of the default file.
    pub(super) fn sections(&self) -> [(&'static str, &dyn Section); 14] {
        // Taken apart without `..`, so that a new section breaks the build here.
        let Self {
            edition: _,
            llm,
            routing,
            tasks,
            people: _,
            groups: _,
            calendars: _,
            escalation_policies: _,
            store,
            retention,
            alerts,
            nats,
            redis,
            limits,
            actors,
            temporal,
            http,
            otlp,
            log,
            origins: _,
            warnings: _,
        } = self;
        [
            ("llm", llm),
            ("routing", routing),
            ("tasks", tasks),
            ("store", store),
            ("retention", retention),
            ("alerts", alerts),
            ("nats", nats),
            ("redis", redis),
            ("limits", limits),
            ("actors", actors),
            ("temporal", temporal),
            ("http", http),
            ("otlp", otlp),
            ("log", log),
        ]
    }

    /// The key at this path.
    pub(super) fn key_mut(&mut self, path: &str) -> Option<&mut dyn Scalar> {
        if path == EDITION {
            return Some(&mut self.edition);
        }
        let (section, key) = path.split_once('.')?;
        let section: &mut dyn Section = match section {
            "llm" => &mut self.llm,
            "routing" => &mut self.routing,
            "tasks" => &mut self.tasks,
            "store" => &mut self.store,
            "retention" => &mut self.retention,
            "alerts" => &mut self.alerts,
            "nats" => &mut self.nats,
            "redis" => &mut self.redis,
            "limits" => &mut self.limits,
            "actors" => &mut self.actors,
            "temporal" => &mut self.temporal,
            "http" => &mut self.http,
            "otlp" => &mut self.otlp,
            "log" => &mut self.log,
            _ => return None,
        };
        section.key_mut(key)
    }

    /// The paths of all keys.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = vec![EDITION.to_owned()];
        for (section, keys) in self.sections() {
            keys.each(&mut |key, _| paths.push(format!("{section}.{key}")));
        }
        paths
    }

    /// Sets one key from a text.
    pub(super) fn set(&mut self, path: &str, text: &str, origin: Origin) -> Result<(), Problem> {
        let Some(key) = self.key_mut(path) else {
            return Err(self.unknown(path));
        };
        key.set(text).map_err(|message| {
            Problem::new(
                path,
                message,
                "correct the value; docs/configuration.md has every key, its form and its reason",
            )
        })?;
        self.origins.note(path, origin);
        Ok(())
    }

    fn unknown(&self, path: &str) -> Problem {
        let paths = self.paths();
        let nearest =
            paths.iter().min_by_key(|known| distance(known, path)).filter(|known| distance(known, path) <= 4);
        let help = match nearest {
            Some(nearest) => format!("did you mean {nearest}?"),
            None if IN_FILES.iter().any(|section| path.starts_with(section)) => {
                format!("{} can be set in a file only", IN_FILES.join(", "))
            }
            None => "docs/configuration.md has every key".to_owned(),
        };
        Problem::new(path, "there is no such key", help)
    }
}

/// How many letters must change to make one text of the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (index, a) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(right.chars()) {
            let here = (diagonal + usize::from(a != b)).min(before + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, here);
            before = here;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_count_letters() {
        for (left, right, expected) in
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("path", "paht", 2)]
        {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }
}
