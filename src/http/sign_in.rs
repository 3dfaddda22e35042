//! `GET /sign-in`: where people sign in from the map page, and whom a page may ask for it.
//!
//! Must not know tokens: the page gets them, and sends them like a key.

use super::{BaseMap, Site, security::PAGE_POLICY};
use crate::{layer::provider::Provider, store::FeatureStore};
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use serde_json::{Value as Json_, json};
use std::{collections::BTreeSet, sync::Arc};

/// The providers at which people sign in from the page, in the order of the file of grants: the issuer (OpenID
/// Connect Discovery 1.0, 4), what it calls the page, and for whom its tokens have to be. Nothing of it is secret.
pub async fn sign_in<S: FeatureStore>(State(site): State<Arc<Site<S>>>) -> impl IntoResponse {
    let grants = site.callers.grants();
    let providers: Vec<Json_> = grants.providers().iter().filter_map(told).collect();
    ([(header::CACHE_CONTROL, "no-cache")], Json(json!({ "providers": providers })))
}

fn told(provider: &Provider) -> Option<Json_> {
    let client_id = provider.client_id.as_ref()?;
    Some(json!({ "issuer": provider.issuer, "client_id": client_id, "audience": provider.audience }))
}

/// What a page may load: what [`PAGE_POLICY`] says, from the issuers at which people sign in from the page their
/// documents and tokens, and the tiles of a map from elsewhere. Of an address that no header can hold there is nothing.
pub fn page_policy<S>(site: &Site<S>) -> HeaderValue {
    let grants = site.callers.grants();
    let asked = grants.providers().iter().filter(|provider| provider.client_id.is_some());
    let maps = site.base_map.iter().flat_map(BaseMap::origins);
    let origins: BTreeSet<&str> = asked.map(Provider::origin).chain(maps).collect();
    let usual = || HeaderValue::from_static(PAGE_POLICY);
    if origins.is_empty() {
        return usual();
    }
    let own = "connect-src 'self'";
    let with = origins.into_iter().fold(own.to_owned(), |all, origin| format!("{all} {origin}"));
    HeaderValue::try_from(PAGE_POLICY.replacen(own, &with, 1)).unwrap_or_else(|_| usual())
}
