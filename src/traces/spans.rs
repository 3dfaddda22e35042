//! A layer of the subscriber that takes the spans under [`TARGET`](super::TARGET): those of a request that is traced,
//! and what lies in them.
//!
//! A span with the fields `trace_id`, `parent_id` and `span_id` begins a trace; any other belongs to the one that it was
//! opened in, or to none. `otel.name` is its name, `otel.kind` its kind, `otel.status_code = "error"` says that it
//! failed; all other fields are its attributes.

use super::{Collector, TARGET, random};
use std::{borrow::Cow, fmt, time::SystemTime};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    Layer,
    filter::FilterFn,
    layer::{Context, Filter},
    registry::LookupSpan,
};

/// Bytes of a text that are kept.
const TEXT_MAX: usize = 256;

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    Text(String),
    Int(i64),
    Number(f64),
    Bool(bool),
}

/// What is done for whom (OTLP's `SpanKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    #[default]
    Internal = 1,
    Server = 2,
    Client = 3,
}

/// A span that has begun, and, with its end, one that is over.
#[derive(Debug, Clone)]
pub struct Told {
    pub trace: u128,
    pub span: u64,
    /// 0 if there is none.
    pub parent: u64,
    pub name: Cow<'static, str>,
    pub kind: Kind,
    pub failed: bool,
    pub attributes: Vec<(&'static str, Held)>,
    pub begun: SystemTime,
}

/// The layer.
#[derive(Debug)]
pub struct Spans(Collector);

impl Spans {
    /// That hands spans to a collector.
    pub const fn to(collector: Collector) -> Self {
        Self(collector)
    }

    /// What of all that is told concerns it.
    pub fn filter<S>() -> impl Filter<S> + Send + Sync + 'static {
        FilterFn::new(|told| told.is_span() && told.target() == TARGET)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let (trace, parent) = match fields.trace {
            Some(trace) => (trace, fields.parent),
            None => {
                let within = span.scope().skip(1).find_map(|above| {
                    above.extensions().get::<Told>().map(|above| (above.trace, above.span))
                });
                let Some(within) = within else { return };
                within
            }
        };
        let told = Told {
            trace,
            span: fields.span.unwrap_or_else(random),
            parent,
            name: fields.name.map_or(Cow::Borrowed(span.name()), Cow::Owned),
            kind: fields.kind,
            failed: fields.failed,
            attributes: fields.attributes,
            begun: SystemTime::now(),
        };
        span.extensions_mut().insert(told);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(told) = span.extensions_mut().get_mut::<Told>() {
            let mut fields = Fields::default();
            values.record(&mut fields);
            told.attributes.append(&mut fields.attributes);
            told.failed |= fields.failed;
        }
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        let told = context.span(&id).and_then(|span| span.extensions_mut().remove::<Told>());
        if let Some(told) = told {
            self.0.take(told, SystemTime::now());
        }
    }
}

/// The fields of a span.
#[derive(Default)]
struct Fields {
    trace: Option<u128>,
    parent: u64,
    span: Option<u64>,
    name: Option<String>,
    kind: Kind,
    failed: bool,
    attributes: Vec<(&'static str, Held)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => self.name = Some(cut(value)),
            "otel.kind" if value == "server" => self.kind = Kind::Server,
            "otel.kind" if value == "client" => self.kind = Kind::Client,
            "otel.kind" => {}
            "otel.status_code" => self.failed = value == "error",
            name => self.attributes.push((name, Held::Text(cut(value)))),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        if field.name() == "trace_id" {
            self.trace = Some(value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "parent_id" => self.parent = value,
            "span_id" => self.span = Some(value),
            name => self.attributes.push((name, Held::Int(value.try_into().unwrap_or(i64::MAX)))),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.attributes.push((field.name(), Held::Int(value)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.attributes.push((field.name(), Held::Number(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.attributes.push((field.name(), Held::Bool(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// The beginning of a text, whole letters.
fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT_MAX)].to_owned()
}
