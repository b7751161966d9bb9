//! What there are schemas of, each under the name of its file.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{body, headers};
use crate::envelope::MESSAGEPACK;
use crate::subject::Subject;
use crate::task::CommandKind;

/// Something on the bus that has a schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// The body of an event or of a command.
    Body(Subject),
    /// What a command gets back.
    CommandAnswer,
    /// An event that could not be handled.
    DeadLetter,
    /// The headers of an event.
    Headers,
}

impl Shape {
    /// All of them: events in the order in which an item meets them, then commands, then the rest.
    pub fn all() -> Vec<Self> {
        let events = Subject::ALL.iter().copied();
        let commands = CommandKind::ALL.iter().map(|kind| Subject::TaskCommand(*kind));
        let rest = [Self::CommandAnswer, Self::DeadLetter, Self::Headers];
        events.chain(commands).map(Self::Body).chain(rest).collect()
    }

    /// The name: for a body its subject.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Body(subject) => subject.as_str(),
            Self::CommandAnswer => "command_answer",
            Self::DeadLetter => "dead_letter",
            Self::Headers => "headers",
        }
    }

    /// What it is, in a sentence.
    pub fn about(self) -> Cow<'static, str> {
        match self {
            Self::Body(Subject::TaskCommand(kind)) => body::command_about(kind).into(),
            Self::Body(subject) => subject.about().into(),
            Self::CommandAnswer => "What a command gets back.".into(),
            Self::DeadLetter => "An event that could not be handled and waits for a person.".into(),
            Self::Headers => "The CloudEvents attributes of an event, as headers of the message.".into(),
        }
    }

    /// An example with every field filled in: the golden one.
    pub fn sample(self) -> Value {
        let text = match self {
            Self::Body(subject) => subject.sample(),
            Self::CommandAnswer => include_str!("../../golden/command_answer_refused.v1.json"),
            Self::DeadLetter => include_str!("../../golden/dead_letter.v1.json"),
            Self::Headers => return headers::sample(Subject::TaskEscalated, MESSAGEPACK),
        };
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Its schema as a document of its own: JSON Schema 2020-12.
    pub fn schema(self) -> Value {
        let mut generator = body::settings(SchemaSettings::draft2020_12()).into_generator();
        let mut schema = body::of(self, &mut generator);
        schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        schema.insert("$id".into(), format!("urn:tracerail:{}:v1", self.name()).into());
        schema.insert("title".into(), self.name().into());
        schema.insert("description".into(), self.about().into());
        let definitions = body::used(generator.take_definitions(true), schema.as_value());
        if !definitions.is_empty() {
            schema.insert("$defs".into(), definitions.into());
        }
        schema.to_value()
    }
}
