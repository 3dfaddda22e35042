//! What a tileset is, in words for programs (OGC 17-083r4, clause 9; OGC 20-057, 8 and 9).

use super::{
    super::{items::link, representation::Languages, tiles::MVT},
    limits::Limits,
    matrix_set,
};
use crate::layer::{AttributeType, LayerView, definition::GeometryFamily};
use serde_json::{Map, Value as Json, json};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
/// Relation of a tileset to its tile matrix set.
const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

/// A tileset about to be described.
pub struct Described<'d> {
    /// The server's address.
    pub base: &'d str,
    /// Its own path, without the id of the matrix set.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// Its layers.
    pub views: &'d [LayerView],
    /// Its tiles.
    pub limits: Option<Limits>,
    /// The languages of titles.
    pub languages: Languages,
}

impl Described<'_> {
    /// As an item of a list of tilesets (OGC 20-057, 9.2.3), with what a client needs to ask for
    /// tiles at once.
    pub fn item(&self) -> Json {
        let Self { base, path, limits, .. } = self;
        let own = format!("{base}{path}/{}", matrix_set::ID);
        json!({
            "title": self.title,
            "dataType": "vector",
            "crs": matrix_set::PLANE,
            "tileMatrixSetId": matrix_set::ID,
            "tileMatrixSetURI": matrix_set::URI,
            "tileMatrixSetLimits": limits.map(Limits::to_json).unwrap_or_default(),
            "links": [
                link(&own, "self", "application/json"),
                link(&format!("{own}?f=html"), "alternate", "text/html"),
                link(&format!("{base}/tileMatrixSets/{}", matrix_set::ID), TILING_SCHEME, "application/json"),
                self.tiles(),
            ],
        })
    }

    fn tiles(&self) -> Json {
        let Self { base, path, .. } = self;
        let template = format!("{base}{path}/{}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", matrix_set::ID);
        let mut tiles = link(&template, "item", MVT);
        tiles["templated"] = json!(true);
        tiles
    }

    /// The whole description (OGC 17-083r4, clause 9).
    pub fn whole(&self) -> Json {
        let mut body = self.item();
        body["layers"] = self.views.iter().map(|view| self.layer(view)).collect();
        if let Some(Limits { bbox, min, .. }) = self.limits {
            let [west, south, east, north] = bbox.to_array();
            body["boundingBox"] =
                json!({ "lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84 });
            let center = [(west + east) / 2.0, (south + north) / 2.0];
            body["centerPoint"] =
                json!({ "coordinates": center, "crs": CRS84, "tileMatrix": min.to_string() });
        }
        if let Some(links) = body["links"].as_array_mut() {
            let ids: Vec<&str> = self.views.iter().map(LayerView::id).collect();
            let tilejson = format!("{}/tiles/{}", self.base, ids.join(","));
            links.push(link(&tilejson, "describedby", "application/json"));
        }
        body
    }

    fn layer(&self, view: &LayerView) -> Json {
        let layer = view.layer();
        let dimension = layer.geometry.iter().map(|kind| match kind.family() {
            GeometryFamily::Point => 0,
            GeometryFamily::Line => 1,
            GeometryFamily::Area => 2,
        });
        let properties: Map<String, Json> = view
            .attributes()
            .map(|a| {
                let kind = match a.kind {
                    AttributeType::Integer => "integer",
                    AttributeType::Number => "number",
                    AttributeType::Boolean => "boolean",
                    _ => "string",
                };
                (a.name.clone(), json!({ "type": kind, "title": self.languages.text(&a.title) }))
            })
            .collect();
        json!({
            "id": view.id(),
            "title": self.languages.text(&layer.title),
            "dataType": "vector",
            "geometryDimension": dimension.max(),
            "minTileMatrix": layer.zoom.min.to_string(),
            "maxTileMatrix": layer.zoom.max.to_string(),
            "propertiesSchema": { "type": "object", "properties": properties },
            "links": [link(&format!("{}/collections/{}", self.base, view.id()),
                "http://www.opengis.net/def/rel/ogc/1.0/geodata", "application/json")],
        })
    }
}
