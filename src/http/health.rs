//! Whether the server lives, whether it can serve, and its metrics.

use super::{Problem, Site};
use crate::{
    audit::Ledger,
    metrics::{Served, Sessions, Vitals},
    store::{FeatureStore, Readiness, Resources},
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// `GET /health/live`: the program runs.
pub async fn live() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "live" }))
}

/// `GET /health/ready`: the store answers, and whether the record of answers can be written; 503 with what is missing
/// otherwise.
pub async fn ready<S: FeatureStore>(State(site): State<Arc<Site<S>>>) -> Result<Response, Problem> {
    let database = match site.store.ready().await? {
        Readiness::Database => "ok",
        Readiness::Snapshots => "none",
    };
    let audit = match &site.ledger {
        Some(ledger) if ledger.is_writable() => "ok",
        // What is open goes on.
        Some(_) => "unwritable",
        None => "none",
    };
    let told = serde_json::json!({ "status": "ready", "database": database, "audit": audit, "waiting": site.limits.waiting() });
    Ok(Json(told).into_response())
}

/// `GET /metrics`: OpenMetrics text, as Prometheus reads it.
pub async fn metrics<S: FeatureStore>(State(site): State<Arc<Site<S>>>) -> impl IntoResponse {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    site.metrics.gauges.take(&vitals(&site));
    site.limits.tell(&site.metrics);
    ([(header::CONTENT_TYPE, kind)], site.metrics.text())
}

/// How it stands now.
fn vitals<S: FeatureStore>(site: &Site<S>) -> Vitals {
    let Resources { in_use, idle, most, waiting, snapshots, oldest } = site.store.resources();
    let spans = site.traces.as_ref().map(|collector| (collector.sent(), collector.dropped()));
    Vitals {
        sessions: Sessions { in_use, idle, most, waiting },
        snapshots: Served { layers: snapshots, oldest_s: oldest.map_or(0.0, |age| age.as_secs_f64()) },
        cache_bytes: site.cache.bytes(),
        audit_writable: site.ledger.as_ref().is_none_or(Ledger::is_writable),
        spans: spans.unwrap_or_default(),
    }
}
