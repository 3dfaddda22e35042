//! The styles say what the layers are: each drawing's attributes and codes exist in the layer's definition.

use diaban::layer::{Attribute, AttributeType, Catalog, GeneraliseRule, LayerDefinition};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

/// Attributes that an expression reads, each with the codes that a `match` on it names.
fn reads(expression: &Value, found: &mut Vec<(String, Vec<String>)>) {
    let Some(parts) = expression.as_array() else { return };
    let name = |part: &Value| {
        let read = part.as_array().filter(|p| p.len() == 2 && p[0] == "get")?;
        read[1].as_str().map(str::to_owned)
    };
    if let Some(attribute) = name(expression) {
        found.push((attribute, Vec::new()));
    }
    let matched = parts.first().filter(|p| *p == "match").and_then(|_| name(&parts[1]));
    if let Some(attribute) = matched {
        let labels = parts[2..parts.len() - 1].iter().step_by(2);
        let codes = labels.flat_map(|l| l.as_array().cloned().unwrap_or_else(|| vec![l.clone()]));
        found.push((attribute, codes.filter_map(|c| c.as_str().map(str::to_owned)).collect()));
    }
    if parts.first().is_some_and(|p| p == "has") {
        found.push((parts[1].as_str().unwrap().to_owned(), Vec::new()));
    }
    parts.iter().for_each(|p| reads(p, found));
}

/// Where features are gathered at low zooms, tiles say of how many one stands for.
fn has_counts(layer: &LayerDefinition) -> bool {
    matches!(layer.generalise.rule, GeneraliseRule::Merge | GeneraliseRule::Cluster)
}

fn attribute<'a>(layer: &'a LayerDefinition, name: &str) -> &'a Attribute {
    let found = layer.attributes.iter().find(|a| a.name == name);
    found.unwrap_or_else(|| panic!("styles/map.json reads `{name}`, which layer {} does not have", layer.id))
}

/// Codes of the land-use map that the plan layer's domain does not hold (yet) may stand in the style.
fn may_name_more(attribute: &str) -> bool {
    attribute == "land_use_code"
}

#[test]
fn the_map_style_reads_only_what_the_layers_have() {
    let style: Value = serde_json::from_slice(&fs::read("styles/map.json").unwrap()).unwrap();
    let catalog = Catalog::built_in().unwrap();
    let mut drawn = BTreeSet::new();
    for drawing in style["layers"].as_array().unwrap() {
        let Some(id) = drawing["metadata"]["diaban:layer"].as_str() else { continue };
        let layer =
            catalog.definition(id).unwrap_or_else(|| panic!("styles/map.json draws `{id}`: no such layer"));
        drawn.insert(id.to_owned());
        let mut found = Vec::new();
        reads(&drawing["filter"], &mut found);
        let looks = drawing["metadata"]["diaban:looks"].as_object().into_iter().flat_map(|l| l.values());
        looks
            .filter_map(Value::as_object)
            .flat_map(|p| p.values())
            .for_each(|value| reads(value, &mut found));
        let properties = ["layout", "paint"].into_iter().filter_map(|part| drawing[part].as_object());
        properties.flat_map(|p| p.values()).for_each(|value| reads(value, &mut found));
        for (name, codes) in found {
            if name == "feature_count" && has_counts(layer) {
                continue;
            }
            let attribute = attribute(layer, &name);
            if attribute.kind != AttributeType::Enum || may_name_more(&name) {
                continue;
            }
            for code in codes {
                let known = attribute.values.iter().any(|v| v.code == code);
                assert!(known, "styles/map.json: {id}.{name} has no code `{code}`");
            }
        }
    }
    let defined: BTreeSet<_> = catalog.definitions().map(|l| l.id.clone()).collect();
    assert_eq!(drawn, defined, "every layer is drawn, and no other");
}

#[test]
fn the_themes_name_layers_that_there_are_and_each_layer_of_their_matter_is_in_one() {
    let style: Value = serde_json::from_slice(&fs::read("styles/map.json").unwrap()).unwrap();
    let catalog = Catalog::built_in().unwrap();
    let themes = style["metadata"]["diaban:themes"].as_array().unwrap();
    let mut told = BTreeSet::new();
    for theme in themes {
        for list in ["layers", "context"] {
            for id in theme[list].as_array().unwrap() {
                let id = id.as_str().unwrap();
                assert!(catalog.definition(id).is_some(), "{}: no layer {id}", theme["id"]);
                told.insert(id.to_owned());
            }
        }
    }
    let ids: Vec<_> = themes.iter().map(|theme| theme["id"].as_str().unwrap()).collect();
    let wanted =
        ["planning", "land_price", "transport", "telecom", "agriculture", "society", "administration"];
    assert_eq!(ids, wanted);
    for layer in catalog.definitions() {
        let group = serde_json::to_value(layer.group).unwrap();
        let has_theme = ids.iter().any(|id| group == **id);
        // The plots of an urban plan cover the land uses that the theme of plans shows.
        if has_theme && layer.id != "urban_zone" {
            assert!(told.contains(&layer.id), "{} is in no theme", layer.id);
        }
    }
}
