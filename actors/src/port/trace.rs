//! To which trace a piece of work belongs.

/// A piece of work that may become a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Work<'a> {
    /// What is done: `process`, `submit`, `command` or `fire`.
    pub doing: &'static str,
    /// With what: an event's subject, a command's kind.
    pub what: &'static str,
    /// Who does it: the actor's name, or `client`.
    pub actor: &'static str,
    /// The content's key or the task's id.
    pub about: &'a str,
    /// The span it follows from, as a W3C `traceparent`; none: a trace begins here.
    pub parent: Option<&'a str>,
    /// Another span it has to do with: that of whoever gave the command.
    pub link: Option<&'a str>,
}

/// A piece of work that has begun.
pub struct Traced {
    /// What the events that follow from it carry.
    pub traceparent: Option<String>,
    /// Everything that is logged meanwhile belongs to it.
    pub span: tracing::Span,
    open: Option<Box<dyn OpenSpan>>,
}

/// How a piece of work ended. Never words of whoever sent or analysed something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It took effect, or had before.
    Done,
    /// It did not, and this is why: a word of ours such as `away`, or a code.
    Not(&'static str),
}

/// Says to which trace a piece of work belongs, and tells of it.
///
/// Obligations: it never waits and never fails; `traceparent` is a valid one or none.
pub trait Tracing: Send + Sync {
    /// A piece of work begins.
    fn begin(&self, work: &Work<'_>) -> Traced;
}

/// A span that is still open. Dropping it closes it, too.
pub trait OpenSpan: Send {
    /// The work has ended.
    fn end(self: Box<Self>, ending: Ending);
}

/// Tells nobody, and hands on the trace that came in: those before and after us stay together.
#[derive(Clone, Copy, Debug, Default)]
pub struct HandedOn;

impl Tracing for HandedOn {
    fn begin(&self, work: &Work<'_>) -> Traced {
        let traceparent = work.parent.or(work.link).map(str::to_owned);
        Traced { traceparent, span: tracing::Span::none(), open: None }
    }
}

impl Traced {
    /// Work with a span that is to be closed.
    pub fn new(traceparent: String, span: tracing::Span, open: Box<dyn OpenSpan>) -> Self {
        Self { traceparent: Some(traceparent), span, open: Some(open) }
    }

    /// The work has ended.
    pub fn end(self, ending: Ending) {
        if let Some(open) = self.open {
            open.end(ending);
        }
    }
}

impl std::fmt::Debug for Traced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traced").field("traceparent", &self.traceparent).finish_non_exhaustive()
    }
}
