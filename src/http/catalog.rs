//! `GET /catalog`: all that the map page needs to know of the layers, in both languages.

use super::{Problem, SeenSite, Site, collections::advertised, imports};
use crate::{
    layer::{Attribute, LayerView},
    store::FeatureStore,
};
use axum::Json;
use serde_json::{Value as Json_, json};
use std::collections::BTreeSet;

/// Groups and layers that the caller may see.
pub async fn catalog<S: FeatureStore>(site: SeenSite<S>) -> Result<Json<Json_>, Problem> {
    let mut layers = Vec::new();
    let mut groups = BTreeSet::new();
    for view in site.all_views() {
        groups.insert(view.layer().group);
        let mut layer = describe(&site, &view).await?;
        layer["import"] = imports::may_import(&site, view.id()).into();
        layers.push(layer);
    }
    let groups: Vec<_> = groups.into_iter().map(|g| json!({ "id": g, "title": g.title() })).collect();
    Ok(Json(json!({
        "synthetic": site.synthetic,
        "agency": site.caller().agency_code(),
        "anonymousClass": site.callers.anonymous().class().as_str(),
        "groups": groups,
        "layers": layers,
    })))
}

async fn describe<S: FeatureStore>(site: &Site<S>, view: &LayerView) -> Result<Json_, Problem> {
    let layer = view.layer();
    let today = time::OffsetDateTime::now_utc().date();
    let agency = site.catalog.agencies().in_charge(&layer.agency, today).map(|(_, name)| name);
    let extent = site.extent(view).await?.map(advertised);
    let label = layer.label.as_deref().filter(|l| view.attribute(l).is_some());
    Ok(json!({
        "id": view.id(),
        "title": layer.title,
        "description": layer.description,
        "group": layer.group,
        "agency": agency,
        "item": layer.item,
        "geometry": layer.geometry,
        "minzoom": layer.zoom.min,
        "maxzoom": layer.zoom.max,
        "label": label,
        "extent": extent,
        "attributes": view.attributes().map(attribute).collect::<Vec<_>>(),
    }))
}

fn attribute(attribute: &Attribute) -> Json_ {
    let values: Vec<_> =
        attribute.values.iter().map(|v| json!({ "code": v.code, "vi": v.vi, "en": v.en })).collect();
    json!({
        "name": attribute.name,
        "type": attribute.kind,
        "unit": attribute.unit.map(|u| u.symbol()),
        "title": attribute.title,
        "values": values,
    })
}
