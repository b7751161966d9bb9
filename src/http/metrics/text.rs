//! Prometheus' text format, version 0.0.4.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use tracerail_actors::meters::{BOUNDS_US, Durations};

use super::families::Family;

/// A name and a value that tell samples of one family apart. Values are words of ours: nothing in them needs escaping.
pub(super) type Label<'a> = (&'static str, &'a str);

/// A text that grows.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Begins a family.
    pub(super) fn family(&mut self, family: &Family) {
        let Family { name, kind, help } = family;
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {}", kind.as_str()));
    }

    /// A family with one sample.
    pub(super) fn single(&mut self, family: &Family, value: impl Display) {
        self.family(family);
        self.sample(family, &[], value);
    }

    /// A sample of a family.
    pub(super) fn sample(&mut self, family: &Family, labels: &[Label<'_>], value: impl Display) {
        self.line(format_args!("{}{} {value}", family.name, braces(labels)));
    }

    /// The samples of a histogram.
    pub(super) fn histogram(&mut self, family: &Family, labels: &[Label<'_>], durations: &Durations) {
        let name = family.name;
        let mut so_far = 0;
        for (bound_us, count) in BOUNDS_US.iter().zip(durations.buckets) {
            so_far += count;
            let bound = Duration::from_micros(*bound_us).as_secs_f64().to_string();
            let labels = braces(&[labels, &[("le", &bound)]].concat());
            self.line(format_args!("{name}_bucket{labels} {so_far}"));
        }
        let count = durations.count();
        let all = braces(&[labels, &[("le", "+Inf")]].concat());
        let labels = braces(labels);
        self.line(format_args!("{name}_bucket{all} {count}"));
        self.line(format_args!("{name}_sum{labels} {}", durations.sum.as_secs_f64()));
        self.line(format_args!("{name}_count{labels} {count}"));
    }

    /// The text.
    pub(super) fn done(self) -> String {
        self.0
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        writeln!(self.0, "{line}").unwrap_or_default();
    }
}

fn braces(labels: &[Label<'_>]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::super::families;
    use super::*;

    #[test]
    fn it_is_the_format() {
        let mut text = Text::default();
        text.single(&families::SLA_FIRED, 7);
        text.sample(&families::TASKS, &[("status", "pending"), ("x", "y")], 1.5);
        assert_eq!(
            text.done(),
            "# HELP tracerail_sla_fired_total Deadlines fired and suspensions ended by this process.\n\
             # TYPE tracerail_sla_fired_total counter\n\
             tracerail_sla_fired_total 7\n\
             tracerail_tasks{status=\"pending\",x=\"y\"} 1.5\n"
        );
    }

    #[test]
    fn buckets_add_up() {
        let mut durations =
            Durations { beyond: 1, sum: Duration::from_millis(90_002), ..Durations::default() };
        durations.buckets[0] = 2;
        durations.buckets[2] = 3;
        let mut text = Text::default();
        text.histogram(&families::HANDLER_DURATION, &[("actor", "llm")], &durations);
        let text = text.done();
        let value =
            |start: &str| text.lines().find_map(|line| line.strip_prefix(start)).unwrap_or("none").trim();
        let name = "tracerail_handler_duration_seconds";
        for (le, count) in [("0.0005", "2"), ("0.001", "2"), ("0.0025", "5"), ("60", "5"), ("+Inf", "6")] {
            assert_eq!(value(&format!("{name}_bucket{{actor=\"llm\",le=\"{le}\"}}")), count, "{text}");
        }
        assert_eq!(value(&format!("{name}_count{{actor=\"llm\"}}")), "6");
        assert_eq!(value(&format!("{name}_sum{{actor=\"llm\"}}")), "90.002");
    }
}
