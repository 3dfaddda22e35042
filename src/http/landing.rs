//! `GET /` and `GET /conformance`: what there is, for programs; for people the map.

use super::{Problem, Site, address::wants_page, items::link, openapi::OPENAPI, parameters::Parameters, web};
use crate::store::FeatureStore;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::sync::Arc;

/// What is implemented, and no more.
pub const CONFORMS_TO: [&str; 7] = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
];

/// The map for a client that asks for HTML, the landing page (OGC 17-069r4, 7.2) for others.
pub async fn landing<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::lenient(&uri)?;
    let format = parameters.format(&["json", "html"])?;
    if format == Some("html") || format.is_none() && wants_page(&headers) {
        return Ok(web::page(&headers));
    }
    Parameters::strict(&uri, &["f"])?;
    let base = site.base_url(&headers)?;
    let synthetic =
        if site.synthetic { " Dữ liệu mẫu tổng hợp / synthetic sample data." } else { "" };
    let body = json!({
        "title": "diaban",
        "description": format!("Cơ sở dữ liệu GIS của tỉnh / the province's GIS databases.{synthetic}"),
        "links": [
            link(&format!("{base}/"), "self", "application/json"),
            link(&format!("{base}/?f=html"), "alternate", "text/html"),
            link(&format!("{base}/api"), "service-desc", OPENAPI),
            link(&format!("{base}/conformance"), "conformance", "application/json"),
            link(&format!("{base}/collections"), "data", "application/json"),
        ],
    });
    Ok(([(header::VARY, "accept")], Json(body)).into_response())
}

/// The conformance classes (OGC 17-069r4, 7.4).
pub async fn conformance<S: FeatureStore>(
    State(_): State<Arc<Site<S>>>,
    uri: Uri,
) -> Result<Response, Problem> {
    Parameters::strict(&uri, &["f"])?.format(&["json"])?;
    Ok(Json(json!({ "conformsTo": CONFORMS_TO })).into_response())
}
