//! A span for each request that is traced ([`crate::traces`]), which lasts until the last byte of its answer has gone
//! or the client has. Around the routes only where there is a collector; a tile that has been made already is then
//! answered by the routes, too, if it is one of those that are traced.
//!
//! Fields have the names of the semantic conventions for HTTP (OpenTelemetry, "HTTP server"). Neither what stands
//! behind the `?` nor any header but `traceparent` gets into one, and a path only where it met a route.

use super::{Site, on_record::without_secrets};
use crate::{
    store::FeatureStore,
    traces::{Collector, Root},
};
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::{self, Next},
    response::Response,
};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tracing::{Instrument, Span, field::Empty, trace_span};

/// How a request says of which trace it is (W3C Trace Context, 3.2).
const ASKED: &str = "traceparent";
/// How its answer does (W3C Trace Context 2, draft, "traceresponse header").
const ANSWERED: HeaderName = HeaderName::from_static("traceresponse");
/// What the answer is called, as the log knows it.
const NAMED: &str = "diaban-request-id";
/// Methods by their names; any other is `_OTHER`.
const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::CONNECT,
    Method::OPTIONS,
    Method::TRACE,
    Method::PATCH,
];

/// What was decided of a request, so that it is decided once.
#[derive(Clone, Copy)]
struct Decided(Option<Root>);

/// Whether a request is traced.
pub fn is_traced<S>(site: &Site<S>, request: &mut Request) -> bool {
    let Some(collector) = &site.traces else { return false };
    decided(collector, request).is_some()
}

fn decided(collector: &Collector, request: &mut Request) -> Option<Root> {
    if let Some(Decided(root)) = request.extensions().get() {
        return *root;
    }
    let asked = request.headers().get(ASKED).and_then(|value| value.to_str().ok());
    let root = collector.choose(asked);
    request.extensions_mut().insert(Decided(root));
    root
}

/// The routes, with spans around them where there is a collector.
pub fn around<S: FeatureStore>(routes: Router, site: &Arc<Site<S>>) -> Router {
    match &site.traces {
        Some(collector) => routes.layer(middleware::from_fn_with_state(collector.clone(), traced)),
        None => routes,
    }
}

async fn traced(State(collector): State<Collector>, mut request: Request, next: Next) -> Response {
    let Some(root) = decided(&collector, &mut request) else { return next.run(request).await };
    let span = span_of(&request, &root);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "error");
        span.record("error.type", status.as_str());
    }
    if let Some(name) = response.headers().get(NAMED).and_then(|name| name.to_str().ok()) {
        span.record("diaban.request_id", &*without_secrets(name));
    }
    if let Ok(context) = HeaderValue::try_from(root.context().to_string()) {
        response.headers_mut().insert(ANSWERED, context);
    }
    response.map(|body| Body::new(Sent { body, span }))
}

fn span_of(request: &Request, root: &Root) -> Span {
    let method = if METHODS.contains(request.method()) { request.method().as_str() } else { "_OTHER" };
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    let path = route.map(|_| without_secrets(request.uri().path()));
    trace_span!(
        target: "diaban::trace",
        "request",
        trace_id = root.trace,
        parent_id = root.parent,
        span_id = root.span,
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        url.path = path.as_deref(),
        error.type = Empty,
        diaban.request_id = Empty,
    )
}

/// The body of an answer, whose span ends with it. What is read for it is read within the span.
struct Sent {
    body: Body,
    span: Span,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let Self { body, span } = self.get_mut();
        let _within = span.enter();
        Pin::new(body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
