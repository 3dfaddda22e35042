//! Spans as a collector takes them: `ExportTraceServiceRequest` of OTLP 1 in its JSON form (opentelemetry-proto,
//! `collector/trace/v1`; numbers of 64 bits are texts, ids hexadecimal, names in camel case). Pure.

use super::spans::{Held, Told};
use serde_json::{Value as Json, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// OTLP's `STATUS_CODE_ERROR`.
const STATUS_ERROR: u8 = 2;

/// A span that is over, and when it was.
pub type Ended = (Told, SystemTime);

/// What is sent of some spans.
pub fn request(spans: &[Ended]) -> Json {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let resource = json!({ "attributes": [text("service.name", name), text("service.version", version)] });
    let scope = json!({ "name": name, "version": version });
    let spans: Vec<Json> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "scope": scope, "spans": spans }] }] })
}

fn span((told, ended): &Ended) -> Json {
    let attributes: Vec<Json> = told.attributes.iter().map(attribute).collect();
    let mut span = json!({
        "traceId": format!("{:032x}", told.trace),
        "spanId": format!("{:016x}", told.span),
        "name": told.name,
        "kind": told.kind as u8,
        "startTimeUnixNano": nanoseconds(told.begun),
        // A clock that was put back meanwhile must not make it end before it began.
        "endTimeUnixNano": nanoseconds(told.begun.max(*ended)),
        "attributes": attributes,
    });
    if told.parent != 0 {
        span["parentSpanId"] = format!("{:016x}", told.parent).into();
    }
    if told.failed {
        span["status"] = json!({ "code": STATUS_ERROR });
    }
    span
}

fn attribute((key, value): &(&str, Held)) -> Json {
    let value = match value {
        Held::Text(text) => json!({ "stringValue": text }),
        Held::Int(number) => json!({ "intValue": number.to_string() }),
        Held::Number(number) => json!({ "doubleValue": number }),
        Held::Bool(value) => json!({ "boolValue": value }),
    };
    json!({ "key": key, "value": value })
}

fn nanoseconds(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}
