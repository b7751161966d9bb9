//! Pieces of work as spans.

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use std::collections::HashMap;
use tracerail_actors::port::{Ending, OpenSpan, Traced, Tracing, Work};

/// The header of W3C's trace context.
const TRACEPARENT: &str = "traceparent";

/// Makes spans of pieces of work.
#[derive(Debug)]
pub(super) struct Spans {
    tracer: SdkTracer,
}

impl Spans {
    pub(super) fn new(provider: &SdkTracerProvider) -> Self {
        Self { tracer: provider.tracer("tracerail") }
    }
}

impl Tracing for Spans {
    fn begin(&self, work: &Work<'_>) -> Traced {
        let parent = work
            .parent
            .and_then(read)
            .map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent));
        let span = self.tracer.build_with_context(builder(work), &parent);
        let context = span.span_context();
        let trace_id = context.trace_id();
        // At the level of errors, so that it is there in whatever is logged.
        let logged = tracing::error_span!("work", %trace_id);
        Traced::new(write(context), logged, Box::new(Open(span)))
    }
}

fn builder(work: &Work<'_>) -> SpanBuilder {
    let Work { doing, what, actor, about, parent: _, link } = work;
    let kind = match *doing {
        "process" => SpanKind::Consumer,
        "submit" => SpanKind::Producer,
        "command" => SpanKind::Server,
        _ => SpanKind::Internal,
    };
    SpanBuilder::from_name(format!("{doing} {what}"))
        .with_kind(kind)
        .with_attributes([
            KeyValue::new("tracerail.actor", *actor),
            KeyValue::new("tracerail.what", *what),
            KeyValue::new("tracerail.about", (*about).to_owned()),
        ])
        .with_links(link.and_then(read).map(Link::with_context).into_iter().collect())
}

/// A span that is open.
struct Open(Span);

impl OpenSpan for Open {
    fn end(self: Box<Self>, ending: Ending) {
        let mut span = self.0;
        match ending {
            Ending::Done => span.set_status(Status::Ok),
            Ending::Not(why) => {
                span.set_attribute(KeyValue::new("tracerail.ending", why));
                span.set_status(Status::error(why));
            }
        }
        span.end();
    }
}

/// The span a `traceparent` names; none for what is no such thing.
fn read(traceparent: &str) -> Option<SpanContext> {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

fn write(span: &SpanContext) -> String {
    let sampled = (span.trace_flags() & TraceFlags::SAMPLED).to_u8();
    format!("00-{}-{}-{sampled:02x}", span.trace_id(), span.span_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(write(&read(text).unwrap()), text);
        let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        assert_eq!(write(&read(unsampled).unwrap()), unsampled);
        for bad in [
            "",
            "00-trace",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
