//! `GET /collections[/{layer}[/schema]]`: the layers that the caller may see.

use super::{
    Problem, SeenSite, Site,
    as_of::DataAsOf,
    findings::findings,
    items::{Form, GEOJSON, link},
    page::{Document, PageMap},
    parameters::{Parameters, Path},
    representation::{DOCUMENT, Languages, Representation},
    systems,
};
use crate::{
    feature::Bbox,
    layer::{Attribute, AttributeType, GeometryType, LayerDefinition, LayerView},
    store::FeatureStore,
};
use axum::{
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json_, json};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
pub const SCHEMA: &str = "application/schema+json";
/// Relation of a layer to its tilesets (OGC 20-057, 12).
pub const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
/// Names of what is no attribute; layer files cannot use them.
const ID_PROPERTY: &str = "id";
const GEOMETRY_PROPERTY: &str = crate::query::filter::GEOMETRY;

/// All layers (OGC 17-069r4, 7.13).
pub async fn collections<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let base = site.base_url(&headers)?;
    let views: Vec<LayerView> = site.all_views();
    let mut list = Vec::new();
    for view in &views {
        list.push(describe(&site, view, &base, wanted.languages).await?);
    }
    let own = format!("{base}/collections");
    let body = json!({
        "links": document_links(&own, "application/json"),
        "crs": systems::uris(),
        "collections": list,
    });
    let title = wanted.languages.pick("Các lớp dữ liệu", "Layers", "Các lớp dữ liệu / Layers");
    let document = Document::new(title, "/collections", body).answer(&wanted, &site);
    Ok((DataAsOf::of(&site, &views), document).into_response())
}

/// One layer (OGC 17-069r4, 7.14).
pub async fn collection<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let base = site.base_url(&headers)?;
    let body = describe(&site, &view, &base, wanted.languages).await?;
    let bounds = site.extent(&view).await?.map(advertised);
    let map = PageMap { layers: vec![layer.clone()], bounds, features: None };
    let title = wanted.languages.text(&view.layer().title);
    let document = Document::new(&title, &format!("/collections/{layer}"), body).with_map(map);
    Ok((DataAsOf::of(&site, [&view]), document.answer(&wanted, &site)).into_response())
}

/// What a feature of the layer holds (OGC API Features, part 5: Schemas), as the items give it.
pub async fn schema<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = site.view(&layer)?;
    let wanted = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let id = format!("{}/collections/{layer}/schema", site.base_url(&headers)?);
    let body = returnables(&view, &id, wanted.languages);
    let title = wanted.languages.text(&view.layer().title);
    let document = Document::new(&title, &format!("/collections/{layer}/schema"), body).of_kind(SCHEMA);
    Ok(document.answer(&wanted, &site))
}

/// The extent as it is advertised: a little wider than the data, so that a feature on its edge
/// stays inside when a client rounds.
pub fn advertised(extent: Bbox) -> [f64; 4] {
    const MARGIN: f64 = 1e-4;
    let out = |v: f64, by: f64| ((v + by) * 1e6).round() / 1e6;
    [
        out(extent.min_x, -MARGIN).max(-180.0),
        out(extent.min_y, -MARGIN).max(-90.0),
        out(extent.max_x, MARGIN).min(180.0),
        out(extent.max_y, MARGIN).min(90.0),
    ]
}

async fn describe<S: FeatureStore>(
    site: &SeenSite<S>,
    view: &LayerView,
    base: &str,
    languages: Languages,
) -> Result<Json_, Problem> {
    let layer = view.layer();
    let address = format!("{base}/collections/{}", view.id());
    let mut body = json!({
        "id": view.id(),
        "title": languages.text(&layer.title),
        "description": description(site, view, languages),
        "itemType": "feature",
        "crs": systems::uris(),
        "storageCrs": CRS84,
        "links": [
            link(&address, "self", "application/json"),
            link(&format!("{address}?f=json"), "alternate", "application/json"),
            link(&format!("{address}?f=html"), "alternate", "text/html"),
            link(&format!("{address}/items"), "items", GEOJSON),
            link(&format!("{address}/items?f=html"), "items", "text/html"),
            link(&format!("{address}/queryables"), "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                SCHEMA),
            link(&format!("{address}/sortables"), "http://www.opengis.net/def/rel/ogc/1.0/sortables", SCHEMA),
            link(&format!("{address}/schema"), "http://www.opengis.net/def/rel/ogc/1.0/schema", SCHEMA),
            link(&format!("{address}/tiles"), TILESETS, "application/json"),
            link(&format!("{base}/tiles/{}", view.id()), "describedby", "application/json"),
        ],
    });
    if let Some(links) = body["links"].as_array_mut() {
        // The layer whole (OGC 17-069r4, 7.14.2: `enclosure`).
        links.extend(Form::ALL.into_iter().map(|form| {
            let href = format!("{address}/download?f={}", form.name());
            json!({ "href": href, "rel": "enclosure", "type": form.media_type(), "title": form.title() })
        }));
    }
    if let Some(extent) = site.extent(view).await? {
        body["extent"] = json!({ "spatial": { "bbox": [advertised(extent)], "crs": CRS84 } });
    }
    if let Some(findings) = findings(site, view, languages) {
        body["findings"] = findings;
    }
    Ok(body)
}

/// What a layer holds, whose it is, and whether it is made up.
fn description<S: FeatureStore>(site: &Site<S>, view: &LayerView, languages: Languages) -> String {
    let layer = view.layer();
    let mut text = layer
        .description
        .as_ref()
        .map_or_else(String::new, |d| languages.text(d).trim_end_matches('.').to_owned() + ". ");
    let today = time::OffsetDateTime::now_utc().date();
    if let Some((_, name)) = site.catalog.agencies().in_charge(&layer.agency, today) {
        text.push_str(&format!("{}. ", languages.text(&name)));
    }
    if site.synthetic {
        text.push_str(synthetic(languages));
    }
    text.trim_end().to_owned()
}

/// Says that the data are made up.
pub const fn synthetic(languages: Languages) -> &'static str {
    languages.pick(
        "Dữ liệu mẫu tổng hợp.",
        "Synthetic sample data.",
        "Dữ liệu mẫu tổng hợp / synthetic sample data.",
    )
}

/// The links of a document to itself.
pub fn document_links(own: &str, kind: &str) -> Json_ {
    json!([
        link(own, "self", kind),
        link(&format!("{own}?f=json"), "alternate", kind),
        link(&format!("{own}?f=html"), "alternate", "text/html"),
    ])
}

/// The schema of a layer's features (OGC API Features, part 5): each attribute in its place, the
/// id and the geometry with their roles.
fn returnables(view: &LayerView, id: &str, languages: Languages) -> Json_ {
    let layer = view.layer();
    let mut properties = serde_json::Map::new();
    properties.insert(
        ID_PROPERTY.to_owned(),
        json!({ "type": "integer", "readOnly": true, "x-ogc-role": "id", "x-ogc-propertySeq": 0,
                "title": languages.pick("Số của đối tượng", "The feature's number", "Số của đối tượng / number") }),
    );
    properties.extend(attribute_schemas(view, languages));
    let key: Vec<&str> = layer.key_attributes().map(|a| a.name.as_str()).collect();
    let required = view.attributes().filter(|a| a.mandatory || key.contains(&a.name.as_str()));
    let required: Vec<&str> = required.map(|a| a.name.as_str()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": id,
        "type": "object",
        "title": languages.text(&layer.title),
        "properties": properties,
        "required": required,
    })
}

/// The geometry and the attributes of a view, each as JSON Schema with its role.
pub fn attribute_schemas(view: &LayerView, languages: Languages) -> serde_json::Map<String, Json_> {
    let mut properties = serde_json::Map::new();
    properties.insert(
        GEOMETRY_PROPERTY.to_owned(),
        json!({ "x-ogc-role": "primary-geometry", "format": geometry_format(view.layer()),
                "x-ogc-propertySeq": 1 }),
    );
    let role = |name: &str| match name {
        "valid_from" => Some("primary-interval-start"),
        "valid_to" => Some("primary-interval-end"),
        _ => None,
    };
    for (number, attribute) in view.attributes().enumerate() {
        let mut schema = attribute_schema(attribute);
        schema["title"] = json!(languages.text(&attribute.title));
        if let Some(text) = &attribute.description {
            schema["description"] = json!(languages.text(text));
        }
        schema["x-ogc-propertySeq"] = json!(number + 2);
        if let Some(role) = role(&attribute.name) {
            schema["x-ogc-role"] = json!(role);
        }
        properties.insert(attribute.name.clone(), schema);
    }
    properties
}

/// The geometry of a layer as Part 5 names it.
fn geometry_format(layer: &LayerDefinition) -> &'static str {
    match layer.geometry[..] {
        [GeometryType::Point] => "geometry-point",
        [GeometryType::MultiPoint] => "geometry-multipoint",
        [GeometryType::LineString] => "geometry-linestring",
        [GeometryType::MultiLineString] => "geometry-multilinestring",
        [GeometryType::Polygon] => "geometry-polygon",
        [GeometryType::MultiPolygon] => "geometry-multipolygon",
        _ => "geometry-any",
    }
}

/// One attribute as JSON Schema; units and English titles under names of our own.
pub fn attribute_schema(attribute: &Attribute) -> Json_ {
    let mut schema = match attribute.kind {
        AttributeType::Text | AttributeType::Enum => json!({ "type": "string" }),
        AttributeType::Integer => json!({ "type": "integer" }),
        AttributeType::Number => json!({ "type": "number" }),
        AttributeType::Boolean => json!({ "type": "boolean" }),
        AttributeType::Date => json!({ "type": "string", "format": "date" }),
        AttributeType::Timestamp => json!({ "type": "string", "format": "date-time" }),
        AttributeType::TextList => json!({ "type": "array", "items": { "type": "string" } }),
    };
    schema["title"] = json!(attribute.title.vi);
    schema["x-title-en"] = json!(attribute.title.en);
    if let Some(unit) = attribute.unit {
        schema["x-unit"] = json!(unit.symbol());
    }
    if !attribute.values.is_empty() {
        let codes: Vec<_> = attribute.values.iter().map(|v| v.code.as_str()).collect();
        schema["enum"] = json!(codes);
    }
    schema
}
