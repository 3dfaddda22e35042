//! What a caller may see of a style: a drawing tells of a layer's attributes, and of the codes that they have.
//!
//! Must not know looks.

use super::looks::{LAYER, THEMES};
use crate::layer::{Catalog, LayerView};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// In tiles of gathered features: of how many one stands for. It is of no layer.
const FEATURE_COUNT: &str = "feature_count";

/// Leaves out drawings and sources of layers that are not among the views, drawings that read an attribute which is
/// not in its view, and what themes say of such layers.
pub fn retain(style: &mut Json, views: &[LayerView], catalog: &Catalog) {
    let views: BTreeMap<&str, &LayerView> = views.iter().map(|view| (view.id(), view)).collect();
    if let Some(drawings) = style.get_mut("layers").and_then(Json::as_array_mut) {
        drawings.retain(|drawing| is_seen(drawing, &views, catalog));
    }
    if let Some(sources) = style.get_mut("sources").and_then(Json::as_object_mut) {
        sources.retain(|id, source| {
            let own = catalog.definition(id).map(|_| id.as_str());
            own.into_iter().chain(tiled(source)).all(|layer| views.contains_key(layer))
        });
    }
    let themes = style.get_mut("metadata").and_then(|said| said.get_mut(THEMES)).and_then(Json::as_array_mut);
    let Some(themes) = themes else { return };
    for list in themes.iter_mut().flat_map(|theme| {
        let theme = theme.as_object_mut().into_iter().flatten();
        theme.filter(|(key, _)| ["layers", "context"].contains(&key.as_str())).map(|(_, list)| list)
    }) {
        if let Some(ids) = list.as_array_mut() {
            ids.retain(|id| id.as_str().is_some_and(|id| views.contains_key(id)));
        }
    }
    themes.retain(|theme| theme["layers"].as_array().is_some_and(|ids| !ids.is_empty()));
}

fn is_seen(drawing: &Json, views: &BTreeMap<&str, &LayerView>, catalog: &Catalog) -> bool {
    let drawn = drawing["source-layer"].as_str().filter(|layer| catalog.definition(layer).is_some());
    let Some(layer) = drawing["metadata"][LAYER].as_str().or(drawn) else { return true };
    let Some(view) = views.get(layer) else { return false };
    let mut names = BTreeSet::new();
    read(drawing, &mut names);
    names.into_iter().all(|name| name == FEATURE_COUNT || view.attribute(name).is_some())
}

/// Attributes that the expressions of a drawing read.
fn read<'a>(value: &'a Json, names: &mut BTreeSet<&'a str>) {
    match value {
        Json::Array(parts) => {
            if let [Json::String(operator), Json::String(name)] = parts.as_slice()
                && ["get", "has"].contains(&operator.as_str())
            {
                names.insert(name);
            }
            parts.iter().for_each(|part| read(part, names));
        }
        Json::Object(members) => members.values().for_each(|part| read(part, names)),
        _ => {}
    }
}

/// The layers whose tiles of this server a source asks for.
fn tiled(source: &Json) -> Vec<&str> {
    let tiles = source["tiles"].as_array().into_iter().flatten();
    let addresses = tiles.chain([&source["url"]]).filter_map(Json::as_str);
    let layers = addresses.filter_map(|address| address.strip_prefix("/tiles/"));
    layers.flat_map(|path| path.split(['/', '?']).next().unwrap_or_default().split(',')).collect()
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
            { "id": "d", "source": "elsewhere", "source-layer": "trees", "paint": { "x": ["get", "height"] } }
        ], "sources": {
            "industrial_park_lot": { "type": "vector", "url": "/tiles/industrial_park_lot" },
            "both": { "type": "vector", "tiles": ["/tiles/school,border_line/{z}/{x}/{y}"] },
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
        assert_eq!(ids(AccessClass::Shared), ("ad".to_owned(), "elsewhere industrial_park_lot".to_owned()));
        assert_eq!(ids(AccessClass::Restricted).0, "abcd");
    }
}
