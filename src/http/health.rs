//! Whether the server lives, whether it can serve, and its metrics.

use super::{Problem, Site};
use crate::store::{FeatureStore, Readiness};
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
    site.limits.tell(&site.metrics);
    ([(header::CONTENT_TYPE, kind)], site.metrics.text())
}
