//! What a caller may do at the addresses of features: OPTIONS (OGC 20-002r1, requirement class create-replace-delete).
//!
//! A browser that asks beforehand for a page of another site (Fetch, CORS preflight) is answered elsewhere.

use super::super::Site;
use crate::store::FeatureStore;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

const READ: &str = "GET, HEAD, OPTIONS";

/// Answers OPTIONS at the two addresses; hands everything else on.
pub async fn told<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    request: Request,
    next: Next,
) -> Response {
    let is_asked = request.method() == Method::OPTIONS
        && !request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let changes = match route.filter(|_| is_asked) {
        Some("/collections/{layer}/items") => "POST",
        Some("/collections/{layer}/items/{id}") => "PUT, PATCH, DELETE",
        _ => return next.run(request).await,
    };
    let caller = match site.callers.of(request.headers()).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    // What there is not, and what the caller does not see, may be asked for alike.
    let layer = request.uri().path().split('/').nth(2).unwrap_or_default();
    let may_edit = site.editor.is_some() && site.catalog.edit_view(layer, &caller).is_some();
    let allow = if may_edit { format!("{READ}, {changes}") } else { READ.to_owned() };
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.extend(HeaderValue::try_from(allow).ok().map(|allow| (header::ALLOW, allow)));
    headers.insert(header::VARY, HeaderValue::from_static("authorization, x-api-key"));
    response
}
