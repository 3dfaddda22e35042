//! What a caller may see of a style: a drawing tells of a layer's attributes, and of the codes that they have.
//!
//! Must not know looks.

use super::looks::{LAYER, LOOKS, THEMES};
use crate::layer::{Catalog, LayerView};
use percent_encoding::percent_decode_str;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What addresses of tiles and of features of this server begin with, before the layers that are in them.
const OF_LAYERS: [&str; 2] = ["/tiles/", COLLECTIONS];
const COLLECTIONS: &str = "/collections/";

/// What a caller sees, and the layers that there are.
struct Sight<'v> {
    views: BTreeMap<&'v str, &'v LayerView>,
    catalog: &'v Catalog,
    /// The layers whose features are a source by themselves, by the source's id: its drawings name none.
    features: BTreeMap<String, String>,
}

/// Leaves out drawings and sources of layers that are not among the views, drawings that read an attribute which is
/// not in its view, and what themes say of such layers. Of a source that is of several layers the others stay.
pub fn retain(style: &mut Json, views: &[LayerView], catalog: &Catalog) {
    let views = views.iter().map(|view| (view.id(), view)).collect();
    let sight = Sight { views, catalog, features: features(style) };
    let mut gone = BTreeSet::new();
    if let Some(sources) = style.get_mut("sources").and_then(Json::as_object_mut) {
        sources.retain(|id, source| {
            let stays = sight.keeps(id, source);
            if !stays {
                gone.insert(id.clone());
            }
            stays
        });
    }
    if let Some(drawings) = style.get_mut("layers").and_then(Json::as_array_mut) {
        // A map with a drawing whose source is not there is not drawn at all.
        let has_source = |drawing: &Json| drawing["source"].as_str().is_none_or(|id| !gone.contains(id));
        drawings.retain(|drawing| has_source(drawing) && sight.sees(drawing));
    }
    let themes = style.get_mut("metadata").and_then(|said| said.get_mut(THEMES)).and_then(Json::as_array_mut);
    let Some(themes) = themes else { return };
    for list in themes.iter_mut().flat_map(|theme| {
        let theme = theme.as_object_mut().into_iter().flatten();
        theme.filter(|(key, _)| ["layers", "context"].contains(&key.as_str())).map(|(_, list)| list)
    }) {
        if let Some(ids) = list.as_array_mut() {
            ids.retain(|id| id.as_str().is_some_and(|id| sight.views.contains_key(id)));
        }
    }
    themes.retain(|theme| theme["layers"].as_array().is_some_and(|ids| !ids.is_empty()));
}

impl Sight<'_> {
    /// Takes layers that are not seen out of the addresses of a source, and returns whether it may stay.
    fn keeps(&self, id: &str, source: &mut Json) -> bool {
        let is_own = self.catalog.definition(id).is_some();
        let parts = source.as_object_mut().into_iter().flatten();
        let parts = parts.filter(|(key, _)| ["url", "tiles", "data"].contains(&key.as_str()));
        let mut addresses = parts.flat_map(|(_, part)| match part {
            Json::Array(all) => all.as_mut_slice(),
            one => std::slice::from_mut(one),
        });
        (!is_own || self.views.contains_key(id)) && addresses.all(|address| self.seen_of(address))
    }

    /// Takes layers that are not seen out of an address of this server; `false` where no other is left, or where it asks
    /// for what is not seen.
    fn seen_of(&self, address: &mut Json) -> bool {
        let begins = |address: &str| OF_LAYERS.into_iter().find(|beginning| address.starts_with(beginning));
        let Some((text, beginning)) = address.as_str().and_then(|text| Some((text, begins(text)?))) else {
            return true;
        };
        let (layers, rest) = split(&text[beginning.len()..]);
        let seen: Vec<&str> = layers.split(',').filter(|layer| self.views.contains_key(*layer)).collect();
        let tells = !seen.is_empty() && !self.asks_for_hidden(rest, layers);
        *address = Json::String(format!("{beginning}{}{rest}", seen.join(",")));
        tells
    }

    /// Whether a word of what an address asks of its layers is an attribute of one of them that is not in its view, or,
    /// of a layer that is not seen, in none.
    fn asks_for_hidden(&self, rest: &str, layers: &str) -> bool {
        let Some((_, query)) = rest.split_once('?') else { return false };
        let query = query.replace('+', " ");
        let query = percent_decode_str(&query).decode_utf8_lossy();
        let words = query.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let views = || layers.split(',').filter_map(|layer| self.views.get(layer));
        let is_hidden = |layer: &str, word: &str| {
            let Some(layer) = self.catalog.definition(layer) else { return false };
            let is_own = layer.attributes.iter().any(|attribute| attribute.name == word);
            is_own
                && match self.views.get(layer.id.as_str()) {
                    Some(view) => view.attribute(word).is_none(),
                    None => views().all(|view| view.attribute(word).is_none()),
                }
        };
        words.into_iter().any(|word| layers.split(',').any(|layer| is_hidden(layer, word)))
    }

    /// Whether the caller may be told of a drawing.
    fn sees(&self, drawing: &Json) -> bool {
        let of_tiles = drawing["source-layer"].as_str().filter(|id| self.catalog.definition(id).is_some());
        let of_source = drawing["source"].as_str().and_then(|id| self.features.get(id)).map(String::as_str);
        let said = drawing["metadata"][LAYER].as_str();
        // It reads the features of the first.
        let mut layers = [of_tiles, of_source, said].into_iter().flatten();
        let Some(layer) = layers.next() else { return true };
        let Some(view) = self.views.get(layer) else { return false };
        layers.all(|layer| self.views.contains_key(layer)) && reads_seen(drawing, view)
    }
}

/// The part of an address that names layers, and what stands behind it.
fn split(address: &str) -> (&str, &str) {
    address.split_at(address.find(['/', '?']).unwrap_or(address.len()))
}

/// The layers whose features are sources of GeoJSON, by the ids of these.
fn features(style: &Json) -> BTreeMap<String, String> {
    let sources = style["sources"].as_object().into_iter().flatten();
    let layer = |source: &Json| Some(split(source["data"].as_str()?.strip_prefix(COLLECTIONS)?).0.to_owned());
    sources.filter_map(|(id, source)| Some((id.clone(), layer(source)?))).collect()
}

/// Whether a drawing reads nothing that is not in the view, in whatever words.
fn reads_seen(drawing: &Json, view: &LayerView) -> bool {
    let parts = ["filter", "paint", "layout"].map(|part| &drawing[part]);
    !parts.into_iter().chain([&drawing["metadata"][LOOKS]]).any(|part| names_hidden(part, view))
}

/// Whether any text in it is the name of an attribute of the layer that is not in the view, or has it as a token. Not
/// `["get", "x"]` alone names one: so do `["==", "x", 1]`, `{ "property": "x" }` and `"{x}"` of older styles. What is no
/// attribute, such as the count of gathered features, tells nothing.
fn names_hidden(value: &Json, view: &LayerView) -> bool {
    match value {
        Json::String(text) => view.layer().attributes.iter().any(|attribute| {
            let name = attribute.name.as_str();
            let is_token = || text.contains('{') && text.contains(&format!("{{{name}}}"));
            (text == name || is_token()) && view.attribute(name).is_none()
        }),
        Json::Array(parts) => parts.iter().any(|part| names_hidden(part, view)),
        Json::Object(members) => members.values().any(|part| names_hidden(part, view)),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::layer::{AccessClass, Caller};

    fn seen_by(class: AccessClass, style: &str) -> Json {
        let catalog = Catalog::built_in().unwrap();
        let caller = Caller::anonymous(class);
        let views: Vec<_> = catalog.views(&caller).collect();
        let mut style = serde_json::from_str(style).unwrap();
        retain(&mut style, &views, &catalog);
        style
    }

    #[test]
    fn of_the_main_style_nobody_is_told_of_layers_that_he_does_not_see() {
        let main = include_str!("../../../styles/map.json");
        let open = seen_by(AccessClass::Open, main);
        let themes = open["metadata"][THEMES].as_array().unwrap();
        let themes: Vec<_> = themes.iter().map(|theme| theme["id"].as_str().unwrap()).collect();
        let open = open.to_string();
        for word in ["telecom_station", "viettel", "bts_code", "livestock_aquaculture_farm", "crop_zone"] {
            assert!(main.contains(word) && !open.contains(word), "{word}");
        }
        assert!(!themes.contains(&"agriculture"), "no theme about nothing");
        assert!(themes.contains(&"telecom") && open.contains("\"post_office\""));
        let all = seen_by(AccessClass::Restricted, main);
        assert_eq!(all, serde_json::from_str::<Json>(main).unwrap(), "who sees all is told all");
    }

    #[test]
    fn a_drawing_that_reads_a_closed_attribute_is_left_out() {
        let style = r#"{ "layers": [
            { "id": "a", "metadata": { "diaban:layer": "industrial_park_lot" }, "paint": { "x": ["get", "lot_status"] } },
            { "id": "b", "metadata": { "diaban:layer": "industrial_park_lot" }, "paint": { "x": ["get", "tenant_tax_code"] } },
            { "id": "c", "source-layer": "industrial_park_lot", "filter": ["has", "contract_end"] },
            { "id": "d", "source": "elsewhere", "source-layer": "trees", "paint": { "x": ["get", "height"] } },
            { "id": "e", "source": "industrial_park_lot", "source-layer": "not_of_the_catalogue" }
        ], "sources": {
            "industrial_park_lot": { "type": "vector", "url": "/tiles/industrial_park_lot" },
            "elsewhere": { "type": "vector", "url": "https://tiles.example/trees" }
        } }"#;
        let ids = |class| {
            let style = seen_by(class, style);
            let drawings = style["layers"].as_array().unwrap();
            let sources = style["sources"].as_object().unwrap().keys();
            (
                drawings.iter().map(|d| d["id"].as_str().unwrap().to_owned()).collect::<String>(),
                sources.cloned().collect::<Vec<_>>().join(" "),
            )
        };
        assert_eq!(ids(AccessClass::Open), ("d".to_owned(), "elsewhere".to_owned()));
        assert_eq!(ids(AccessClass::Shared), ("ade".to_owned(), "elsewhere industrial_park_lot".to_owned()));
        assert_eq!(ids(AccessClass::Restricted).0, "abcde");
    }

    #[test]
    fn of_a_source_of_several_layers_those_that_are_not_seen_are_taken_out() {
        let style = r#"{ "layers": [
            { "id": "a", "source": "both", "source-layer": "school" },
            { "id": "b", "source": "both", "source-layer": "border_line" },
            { "id": "c", "source": "hidden", "source-layer": "school" },
            { "id": "d", "type": "background" }
        ], "sources": {
            "both": { "tiles": ["/tiles/border_line,school/{z}/{x}/{y}?f=mlt"], "url": "/tiles/school,border_line" },
            "hidden": { "url": "/tiles/border_line,no_such_layer?f=mlt" }
        } }"#;
        let open = seen_by(AccessClass::Open, style);
        let ids: Vec<_> =
            open["layers"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["a", "d"]);
        let sources =
            r#"{ "both": { "tiles": ["/tiles/school/{z}/{x}/{y}?f=mlt"], "url": "/tiles/school" } }"#;
        assert_eq!(open["sources"], serde_json::from_str::<Json>(sources).unwrap());
    }

    #[test]
    fn a_source_of_a_layers_features_is_held_against_the_view_as_its_tiles_are() {
        let style = r#"{ "layers": [
            { "id": "a", "source": "lots", "paint": { "x": ["get", "lot_status"] } },
            { "id": "b", "source": "lots", "paint": { "x": ["get", "tenant_tax_code"] } },
            { "id": "c", "source": "drawn" },
            { "id": "d", "source": "lots", "filter": ["has", "point_count"] }
        ], "sources": {
            "lots": { "type": "geojson", "data": "/collections/industrial_park_lot/items?limit=100", "cluster": true },
            "drawn": { "type": "geojson", "data": { "type": "FeatureCollection", "features": [] } }
        } }"#;
        let told = |class| {
            let style = seen_by(class, style);
            let drawings = style["layers"].as_array().unwrap().iter();
            let ids: String = drawings.map(|d| d["id"].as_str().unwrap().to_owned()).collect();
            (ids, style["sources"]["lots"]["data"].as_str().map(str::to_owned))
        };
        assert_eq!(told(AccessClass::Open), ("c".to_owned(), None));
        let whole = "/collections/industrial_park_lot/items?limit=100".to_owned();
        assert_eq!(told(AccessClass::Shared), ("acd".to_owned(), Some(whole.clone())));
        assert_eq!(told(AccessClass::Restricted), ("abcd".to_owned(), Some(whole)));
    }

    #[test]
    fn a_source_that_asks_for_a_closed_attribute_is_left_out_with_what_is_drawn_of_it() {
        let asks = [
            "/collections/industrial_park_lot/items?filter=NAME='031'",
            "/collections/industrial_park_lot/items?limit=5&NAME=031",
            "/collections/industrial_park_lot/items?filter=%4eAME%20%3D%20'031'",
            "/tiles/industrial_park_lot/{z}/{x}/{y}?filter=lot_status+IS+NULL+OR+(NAME)='031'",
            "/tiles/school,industrial_park_lot/{z}/{x}/{y}?filter=%22NAME%22%3D1",
        ];
        let left = |class, name: &str| {
            let first = format!("%{:02x}", name.as_bytes()[0]);
            let address = |address: &&str| {
                address.replace("%4eAME", &(first.clone() + &name[1..])).replace("NAME", name)
            };
            let addresses: Vec<String> = asks.iter().map(address).collect();
            let sources = addresses.iter().enumerate().map(|(id, address)| {
                let part = if address.starts_with(COLLECTIONS) { "data" } else { "url" };
                (id.to_string(), serde_json::json!({ part: address }))
            });
            let drawings = (0..asks.len())
                .map(|id| serde_json::json!({ "id": id.to_string(), "source": id.to_string() }));
            let style = serde_json::json!({
                "layers": drawings.collect::<Vec<_>>(), "sources": sources.collect::<serde_json::Map<_, _>>(),
            });
            let style = seen_by(class, &style.to_string());
            let drawings = style["layers"].as_array().unwrap().iter();
            let drawn: String = drawings.map(|d| d["id"].as_str().unwrap()).collect();
            let sources: String = style["sources"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(drawn, sources, "{class:?} {name}");
            sources
        };
        assert_eq!(left(AccessClass::Shared, "tenant_tax_code"), "");
        assert_eq!(left(AccessClass::Shared, "lot_status"), "01234");
        assert_eq!(left(AccessClass::Restricted, "tenant_tax_code"), "01234");
        // Of the layers of the last one alone is open: what it asks of the other goes with the whole.
        assert_eq!(left(AccessClass::Open, "lot_status"), "");
        assert_eq!(left(AccessClass::Open, "name_vi"), "4");
    }

    #[test]
    fn a_closed_attribute_is_read_in_other_words_as_little() {
        let words = [
            r#""paint": { "x": ["get", "NAME", ["properties"]] }"#,
            r#""filter": ["all", ["==", "NAME", "1"]]"#,
            r#""filter": ["in", "NAME", "1", "2"]"#,
            r#""filter": ["!has", "NAME"]"#,
            r#""paint": { "x": { "property": "NAME", "stops": [[1, "red"]] } }"#,
            r#""layout": { "text-field": "số {NAME}" }"#,
            r#""metadata": { "diaban:looks": { "dark": { "x": { "property": "NAME", "type": "identity" } } } }"#,
        ];
        let ids = |name: &str| {
            let drawing = |(id, words): (usize, &&str)| {
                let words = words.replace("NAME", name);
                format!(r#"{{ "id": "{id}", "source-layer": "industrial_park_lot", {words} }}"#)
            };
            let drawings: Vec<_> = words.iter().enumerate().map(drawing).collect();
            let style = format!(r#"{{ "layers": [{}] }}"#, drawings.join(","));
            let style = seen_by(AccessClass::Shared, &style);
            let drawings = style["layers"].as_array().unwrap().iter();
            drawings.map(|d| d["id"].as_str().unwrap().to_owned()).collect::<String>()
        };
        assert_eq!(ids("tenant_tax_code"), "", "closed");
        assert_eq!(ids("lot_status"), "0123456");
    }

    #[test]
    fn a_drawing_that_is_said_to_be_of_an_open_layer_does_not_tell_of_the_one_that_it_draws() {
        let style = r#"{ "layers": [
            { "id": "a", "metadata": { "diaban:layer": "school" }, "source-layer": "industrial_park_lot" }
        ] }"#;
        assert!(seen_by(AccessClass::Open, style)["layers"].as_array().unwrap().is_empty());
        assert_eq!(seen_by(AccessClass::Shared, style)["layers"].as_array().unwrap().len(), 1);
    }
}
