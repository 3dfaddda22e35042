//! The sample province: borders that fit, values that obey the layer files, the same each time.

use diaban::{
    feature::Value,
    layer::{AttributeType, Catalog},
    sample::{self, land::Land},
};
use gdal::vector::{Geometry, LayerAccess};
use std::{collections::BTreeSet, fs};

fn polygon(ring: &[[f64; 2]]) -> Geometry {
    let points: Vec<String> = ring.iter().map(|[x, y]| format!("{x} {y}")).collect();
    Geometry::from_wkt(&format!("POLYGON (({}))", points.join(", "))).unwrap()
}

#[test]
fn communes_are_valid_and_share_their_borders() {
    let land = Land::draw();
    assert_eq!(land.communes.len(), 96);
    assert_eq!(land.communes.iter().filter(|c| c.unit_type == "phuong").count(), 14);
    let mut whole: Option<Geometry> = None;
    let mut sum = 0.0;
    for commune in &land.communes {
        let area = polygon(&commune.ring);
        assert!(area.is_valid(), "{} {}", commune.code, commune.name);
        assert!(diaban::sample::land::holds(&commune.ring, commune.position), "{}", commune.name);
        sum += area.area();
        whole = Some(match whole {
            Some(whole) => whole.union(&area).unwrap(),
            None => area,
        });
    }
    let whole = whole.unwrap();
    assert!((whole.area() - sum).abs() < 1e-9, "overlaps of {}", sum - whole.area());
    let holes: usize =
        (0..whole.geometry_count()).map(|i| whole.get_geometry(i).geometry_count().saturating_sub(1)).sum();
    assert!(
        whole.geometry_name() == "POLYGON" && whole.geometry_count() == 1 || holes == 0,
        "gaps between communes"
    );
}

#[test]
fn every_layer_has_a_file_with_keys_that_differ() {
    let catalog = Catalog::built_in().unwrap();
    let land = Land::draw();
    let folder = tempfile::tempdir().unwrap();
    let ids = sample::layers(&catalog);
    assert_eq!(ids.len(), 33);
    for id in ids {
        let layer = catalog.definition(&id).unwrap();
        let mut written = 0;
        let delivery = sample::deliver(&land, layer, 800, folder.path(), |rows| written += rows).unwrap();
        let dataset = gdal::Dataset::open(&delivery.file).unwrap();
        assert_eq!(dataset.layer(0).unwrap().feature_count(), written, "{id}");
        assert!(written > 0, "{id} is empty");
    }
}

#[test]
fn the_same_settings_give_the_same_files() {
    let catalog = Catalog::built_in().unwrap();
    let bytes = |id: &str| {
        let folder = tempfile::tempdir().unwrap();
        let layer = catalog.definition(id).unwrap();
        let delivery = sample::deliver(&Land::draw(), layer, 500, folder.path(), |_| {}).unwrap();
        fs::read(delivery.file).unwrap()
    };
    for id in ["trade_facility", "health_facility", "land_use_plan", "school"] {
        assert!(bytes(id) == bytes(id), "{id} differs from one run to the next");
    }
}

#[test]
fn values_stay_in_their_domains() {
    let catalog = Catalog::built_in().unwrap();
    let land = Land::draw();
    for layer in catalog.definitions() {
        let mut keys = BTreeSet::new();
        for row in sample::rows(&land, layer, 300) {
            let value =
                |name: &str| &row.values[layer.attributes.iter().position(|a| a.name == name).unwrap()];
            let key: Vec<String> = layer.key.iter().map(|k| format!("{:?}", value(k))).collect();
            assert!(keys.insert(key.clone()), "{}: {key:?} twice", layer.id);
            for (attribute, value) in layer.attributes.iter().zip(&row.values) {
                let number = match value {
                    Value::Int(v) => Some(*v as f64),
                    Value::Number(v) => Some(*v),
                    _ => None,
                };
                let name = format!("{}.{} = {value:?}", layer.id, attribute.name);
                if let Some(number) = number {
                    assert!(
                        attribute.min.is_none_or(|min| number > min || number == min && !attribute.above_min),
                        "{name}"
                    );
                    assert!(attribute.max.is_none_or(|max| number <= max), "{name}");
                }
                if let (AttributeType::Enum, Value::Text(code)) = (attribute.kind, value) {
                    assert!(attribute.values.iter().any(|v| v.code == *code), "{name}");
                }
            }
        }
    }
}
