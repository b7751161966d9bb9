//! What the actors of this process count.

use tracerail_actors::meters::{Answered, Durations, Meters, Reading};
use tracerail_actors::port::Consumer;
use tracerail_actors::system::Role;

use super::families::{
    ACTOR_RUNNING, ACTORS_SILENT, ALERTS, COMMAND_DURATION, COMMANDS, EVENTS_DEAD, EVENTS_FAILED,
    EVENTS_HANDLED, EVENTS_IN_FLIGHT, EVENTS_RETRIED, Family, HANDLER_DURATION, HANDLER_PANICS,
    INTAKE_PAUSED, PORT_DURATION, PORT_ERRORS, PULL_PAUSED, SLA_BREACHES, SLA_FIRED, SLA_LATENESS,
};
use super::text::Text;
use crate::http::probe::Probe;

/// A number of a consumer.
type Number = fn(&Reading) -> u64;

/// The numbers of the consumers.
const OF_CONSUMERS: [(Family, Number); 7] = [
    (EVENTS_HANDLED, |reading| reading.handled),
    (EVENTS_FAILED, |reading| reading.failed),
    (HANDLER_PANICS, |reading| reading.panicked),
    (EVENTS_RETRIED, |reading| reading.retried),
    (EVENTS_DEAD, |reading| reading.dead),
    (EVENTS_IN_FLIGHT, |reading| reading.in_flight),
    (PULL_PAUSED, |reading| u64::from(reading.paused)),
];

pub(super) fn write(text: &mut Text, probe: &Probe) {
    let meters = &probe.meters;
    text.family(&ACTOR_RUNNING);
    for role in &probe.roles {
        text.sample(&ACTOR_RUNNING, &[("actor", role.as_str())], 1);
    }
    text.single(&ACTORS_SILENT, meters.silent_for().as_secs_f64());
    consumers(text, probe);
    commands(text, meters);
    text.single(&ALERTS, meters.alerts());
    text.single(&INTAKE_PAUSED, u64::from(meters.intake_paused()));
    text.single(&SLA_FIRED, meters.fired());
    let late = meters.breach_late();
    text.single(&SLA_BREACHES, late.count());
    histogram(text, &SLA_LATENESS, &late);
    calls(text, meters);
}

fn consumers(text: &mut Text, probe: &Probe) {
    let ours = Consumer::ALL.into_iter().filter(|consumer| probe.roles.contains(&Role::of(*consumer)));
    let readings: Vec<_> = ours.map(|consumer| (consumer.as_str(), probe.meters.read(consumer))).collect();
    for (family, number) in &OF_CONSUMERS {
        text.family(family);
        for (actor, reading) in &readings {
            text.sample(family, &[("actor", actor)], number(reading));
        }
    }
    text.family(&HANDLER_DURATION);
    for (actor, reading) in &readings {
        text.histogram(&HANDLER_DURATION, &[("actor", actor)], &reading.took);
    }
}

fn commands(text: &mut Text, meters: &Meters) {
    text.family(&COMMANDS);
    for answered in Answered::ALL {
        text.sample(&COMMANDS, &[("outcome", answered.as_str())], meters.commands(answered));
    }
    histogram(text, &COMMAND_DURATION, &meters.command_took());
}

fn calls(text: &mut Text, meters: &Meters) {
    let calls: Vec<_> = meters.calls().collect();
    text.family(&PORT_DURATION);
    for reading in &calls {
        let labels = [("port", reading.call.port()), ("call", reading.call.as_str())];
        text.histogram(&PORT_DURATION, &labels, &reading.took);
    }
    text.family(&PORT_ERRORS);
    for reading in &calls {
        let labels = [("port", reading.call.port()), ("call", reading.call.as_str())];
        text.sample(&PORT_ERRORS, &labels, reading.failed);
    }
}

fn histogram(text: &mut Text, family: &Family, durations: &Durations) {
    text.family(family);
    text.histogram(family, &[], durations);
}
