//! `GET /` and `GET /conformance`: what there is, for programs; for people the map.

use super::{
    Problem, Site,
    address::wants_page,
    collections::{TILESETS, document_links, synthetic},
    items::link,
    openapi::OPENAPI,
    page::Document,
    parameters::Parameters,
    representation::{DOCUMENT, Representation},
    web,
};
use crate::store::FeatureStore;
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};
use serde_json::json;
use std::sync::Arc;

/// What is implemented, and no more.
pub const CONFORMS_TO: &[&str] = &[
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
    "http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    // Of the draft (OGC 20-002r1), with the names that it has.
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/features",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/req/optimistic-locking-etags",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/advanced-property-roles",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/returnables-and-receivables",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
];

/// The map for a client that asks for HTML, the landing page (OGC 17-069r4, 7.2) for others and
/// for `f=html`.
pub async fn landing<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // The map's own address may carry what it likes.
    if Parameters::lenient(&uri)?.value("f").is_none() && wants_page(&headers) {
        return Ok(web::page(&headers));
    }
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let base = site.base_url(&headers)?;
    let mut description = wanted
        .languages
        .pick(
            "Cơ sở dữ liệu GIS của tỉnh.",
            "The province's GIS databases.",
            "Cơ sở dữ liệu GIS của tỉnh / the province's GIS databases.",
        )
        .to_owned();
    if site.synthetic {
        description = format!("{description} {}", synthetic(wanted.languages));
    }
    let schemes = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";
    let body = json!({
        "title": "diaban",
        "description": description,
        "links": [
            link(&format!("{base}/"), "self", "application/json"),
            link(&format!("{base}/?f=html"), "alternate", "text/html"),
            link(&format!("{base}/api"), "service-desc", OPENAPI),
            link(&format!("{base}/api?f=html"), "service-doc", "text/html"),
            link(&format!("{base}/conformance"), "conformance", "application/json"),
            link(&format!("{base}/collections"), "data", "application/json"),
            link(&format!("{base}/map/tiles"), TILESETS, "application/json"),
            link(&format!("{base}/tileMatrixSets"), schemes, "application/json"),
        ],
    });
    Ok(Document::new("diaban", "/", body).answer(&wanted, &site))
}

/// The conformance classes (OGC 17-069r4, 7.4).
pub async fn conformance<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let own = format!("{}/conformance", site.base_url(&headers)?);
    let body = json!({ "conformsTo": CONFORMS_TO, "links": document_links(&own, "application/json") });
    let title = wanted.languages.pick("Tiêu chuẩn được tuân thủ", "Conformance", "Tuân thủ / Conformance");
    Ok(Document::new(title, "/conformance", body).answer(&wanted, &site))
}
