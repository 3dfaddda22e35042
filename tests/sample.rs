//! The sample province: borders that fit, features that lie and say what they should, files that
//! agencies could have sent, the same each time.

use diaban::{
    feature::Value,
    layer::{AttributeType, Catalog, LayerDefinition},
    sample::{
        self, Province,
        geometry::{area_m2, holds, length_m},
        land::Land,
        sheet::{Row, Shape},
    },
};
use gdal::vector::{Geometry, LayerAccess};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::LazyLock,
};

const PARCELS: usize = 1_500;
static PROVINCE: LazyLock<Province> = LazyLock::new(Province::draw);
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().unwrap());
static ROWS: LazyLock<BTreeMap<String, Vec<Row>>> = LazyLock::new(|| {
    let rows = |layer: &LayerDefinition| (layer.id.clone(), sample::rows(&PROVINCE, layer, PARCELS));
    CATALOG.definitions().map(|layer| rows(layer)).collect()
});

fn path(line: &[[f64; 2]]) -> String {
    let points: Vec<String> = line.iter().map(|[x, y]| format!("{x} {y}")).collect();
    format!("({})", points.join(", "))
}

fn geometry(shape: &Shape) -> Geometry {
    let joined = |parts: Vec<String>| parts.join(", ");
    let wkt = match shape {
        Shape::Point(p) => format!("POINT {}", path(&[*p])),
        Shape::Lines(lines) => {
            format!("MULTILINESTRING ({})", joined(lines.iter().map(|l| path(l)).collect()))
        }
        Shape::Areas(areas) => {
            let area =
                |rings: &Vec<Vec<[f64; 2]>>| format!("({})", joined(rings.iter().map(|r| path(r)).collect()));
            format!("MULTIPOLYGON ({})", joined(areas.iter().map(area).collect()))
        }
    };
    Geometry::from_wkt(&wkt).unwrap()
}

fn value<'a>(layer: &LayerDefinition, row: &'a Row, name: &str) -> &'a Value {
    &row.values[layer.attributes.iter().position(|a| a.name == name).unwrap()]
}

fn text<'a>(layer: &LayerDefinition, row: &'a Row, name: &str) -> Option<&'a str> {
    match value(layer, row, name) {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn number(layer: &LayerDefinition, row: &Row, name: &str) -> Option<f64> {
    match value(layer, row, name) {
        Value::Int(v) => Some(*v as f64),
        Value::Number(v) => Some(*v),
        _ => None,
    }
}

#[test]
fn communes_share_their_borders_and_leave_no_gap() {
    let land = &PROVINCE.land;
    assert_eq!(land.communes.len(), 96);
    assert_eq!(land.communes.iter().filter(|c| c.is_ward()).count(), 14);
    let mut whole: Option<Geometry> = None;
    let mut sum = 0.0;
    for commune in &land.communes {
        let area = geometry(&Shape::area(commune.ring.clone()));
        assert!(area.is_valid(), "{} {}", commune.code, commune.name);
        assert!(holds(&commune.ring, commune.position), "{}", commune.name);
        sum += area.area();
        whole = Some(match whole {
            Some(whole) => whole.union(&area).unwrap(),
            None => area,
        });
    }
    let whole = whole.unwrap();
    assert!((whole.area() - sum).abs() < 1e-9, "overlaps of {}", sum - whole.area());
    let outline = geometry(&Shape::area(land.outline.clone()));
    assert!(outline.is_valid() && (outline.area() - sum).abs() < 1e-9, "gaps, or more than one piece");
    // The real one has 8 520 km2.
    let area_km2 = area_m2(&land.outline) / 1e6;
    assert!((7_500.0..9_500.0).contains(&area_km2), "{area_km2} km2");
}

#[test]
fn a_position_is_found_in_the_commune_that_holds_it() {
    let land = &PROVINCE.land;
    let mut random = 1_u64;
    for _ in 0..4_000 {
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 11) as f64 / (1_u64 << 53) as f64
        };
        let p = [105.45 + 1.35 * next(), 10.35 + 1.5 * next()];
        let found = land.communes.iter().position(|c| holds(&c.ring, p));
        assert_eq!(land.commune_at(p), found, "{p:?}");
    }
}

#[test]
fn all_layers_have_as_many_features_as_a_province() {
    let ids = sample::layers(&CATALOG);
    assert_eq!(ids.len(), 33);
    let count = |id: &str| ROWS[id].len();
    let expected: &[(&str, std::ops::Range<usize>)] = &[
        ("admin_commune", 96..97),
        ("commune_dataset", 96..97),
        ("industrial_park", 38..42),
        ("industrial_park_lot", 600..2_000),
        ("industrial_cluster", 55..65),
        ("trade_facility", 600..900),
        ("school", 800..1_100),
        ("health_facility", 550..850),
        ("telecom_station", 1_500..1_501),
        ("road_segment", 1_200..3_000),
        ("waterway_segment", 50..200),
        ("border_marker", 90..250),
        ("land_use_plan", PARCELS * 9 / 10..PARCELS * 11 / 10),
    ];
    for (id, range) in expected {
        assert!(range.contains(&count(id)), "{id}: {}", count(id));
    }
    for id in &ids {
        assert!(count(id) >= 20, "{id}: {}", count(id));
    }
}

#[test]
fn features_are_valid_and_lie_in_the_commune_they_name() {
    for layer in CATALOG.definitions() {
        let mut astray = 0;
        for (i, row) in ROWS[&layer.id].iter().enumerate() {
            let shape = geometry(&row.shape);
            assert!(shape.is_valid() && !shape.is_empty(), "{} {i}: {:?}", layer.id, row.shape);
            if let Shape::Lines(lines) = &row.shape {
                assert!(lines.iter().all(|l| l.len() > 1 && length_m(l) > 1.0), "{} {i}", layer.id);
            }
            let code = text(layer, row, "commune_code").unwrap();
            let commune = PROVINCE.land.communes.iter().find(|c| c.code == code).unwrap();
            match &row.shape {
                Shape::Point(p) => astray += usize::from(!holds(&commune.ring, *p)),
                _ => {
                    let area = geometry(&Shape::area(commune.ring.clone()));
                    astray += usize::from(!area.intersects(&shape));
                }
            }
        }
        // Points on the border of the state, landings at the bank of a border river.
        let on_borders = matches!(layer.id.as_str(), "border_marker" | "border_line");
        assert!(astray == 0 || on_borders, "{}: {astray} outside of their communes", layer.id);
    }
}

#[test]
fn values_obey_the_layer_files() {
    for layer in CATALOG.definitions() {
        let mut keys = BTreeSet::new();
        let set_at_import =
            |name: &str| layer.id == "admin_commune" && matches!(name, "valid_from" | "province_code");
        for row in &ROWS[&layer.id] {
            let key: Vec<String> = layer.key.iter().map(|k| format!("{:?}", value(layer, row, k))).collect();
            assert!(keys.insert(key.clone()), "{}: {key:?} twice", layer.id);
            for (attribute, value) in layer.attributes.iter().zip(&row.values) {
                let name = format!("{}.{} = {value:?}", layer.id, attribute.name);
                let must = attribute.mandatory || layer.key.contains(&attribute.name);
                assert!(!must || *value != Value::Null || set_at_import(&attribute.name), "{name}");
                match (attribute.kind, value) {
                    (_, Value::Null)
                    | (AttributeType::Boolean, Value::Bool(_))
                    | (AttributeType::Date, Value::Date(_))
                    | (AttributeType::Timestamp, Value::Timestamp(_)) => {}
                    (AttributeType::Enum, Value::Text(code)) => {
                        assert!(attribute.values.iter().any(|v| v.code == *code), "{name}");
                    }
                    (AttributeType::Text, Value::Text(text)) => {
                        assert!(!text.trim().is_empty() && text.trim() == text, "{name}");
                        assert!(
                            attribute.max_length.is_none_or(|n| text.chars().count() <= n as usize),
                            "{name}"
                        );
                    }
                    (AttributeType::TextList, Value::TextList(list)) => assert!(!list.is_empty(), "{name}"),
                    (AttributeType::Integer, Value::Int(_)) | (AttributeType::Number, Value::Number(_)) => {
                        let number = number(layer, row, &attribute.name).unwrap();
                        let low =
                            attribute.min.is_none_or(|m| number > m || number == m && !attribute.above_min);
                        assert!(
                            number.is_finite() && low && attribute.max.is_none_or(|m| number <= m),
                            "{name}"
                        );
                    }
                    _ => panic!("{name} is no {:?}", attribute.kind),
                }
            }
        }
    }
}

#[test]
fn no_attribute_is_forgotten() {
    // Nothing that an agency would say of these.
    let unsaid = ["valid_to", "source_crs", "access_class", "owner_agency", "parent_code"];
    for layer in CATALOG.definitions() {
        for (i, attribute) in layer.attributes.iter().enumerate() {
            let said = ROWS[&layer.id].iter().any(|row| row.values[i] != Value::Null);
            let set = layer.id == "admin_commune"
                && matches!(attribute.name.as_str(), "valid_from" | "province_code");
            // A parcel of a plan has no address.
            let set = set || (layer.id == "land_use_plan" && attribute.name == "address_text");
            assert!(
                said || set || unsaid.contains(&attribute.name.as_str()),
                "{}.{}",
                layer.id,
                attribute.name
            );
        }
    }
}

#[test]
fn every_feature_says_that_it_is_made_up() {
    for layer in CATALOG.definitions() {
        for row in &ROWS[&layer.id] {
            let document = text(layer, row, "legal_doc_no").unwrap_or_default();
            assert!(document.starts_with("MẪU"), "{}: {document}", layer.id);
        }
    }
}

#[test]
fn features_agree_with_each_other() {
    let layer = |id: &str| CATALOG.definition(id).unwrap();
    let all = |id: &str, name: &str| -> BTreeSet<String> {
        ROWS[id].iter().filter_map(|row| text(layer(id), row, name).map(str::to_owned)).collect()
    };
    assert!(all("industrial_park_lot", "kcn_code").is_subset(&all("industrial_park", "kcn_code")));
    let roads = all("road_segment", "road_code");
    for id in ["transport_work", "traffic_accident", "telecom_cable"] {
        assert!(all(id, "road_code").is_subset(&roads), "{id} names a road that is none");
    }
    let zones = all("province_plan_zone", "zone_type");
    assert!(zones.len() >= 7, "{zones:?}");
    assert!(["QL1", "QL22", "QL62", "QLN2", "ĐT.830", "ĐT.785"].iter().all(|road| roads.contains(*road)));
    let parks: BTreeMap<&str, Geometry> = ROWS["industrial_park"]
        .iter()
        .map(|row| (text(layer("industrial_park"), row, "kcn_code").unwrap(), geometry(&row.shape)))
        .collect();
    for row in &ROWS["industrial_park_lot"] {
        let park = &parks[text(layer("industrial_park_lot"), row, "kcn_code").unwrap()];
        let within = park.buffer(1e-7, 4).unwrap();
        assert!(within.contains(&geometry(&row.shape)), "a lot lies outside of its park");
    }
    let parks: Vec<&Geometry> = parks.values().collect();
    for (i, one) in parks.iter().enumerate() {
        assert!(parks[i + 1..].iter().all(|other| !one.intersects(other)), "two parks overlap");
    }
}

#[test]
fn numbers_agree_with_each_other_and_with_the_geometry() {
    let ordered = |id: &str, low: &str, high: &str| {
        let layer = CATALOG.definition(id).unwrap();
        for row in &ROWS[id] {
            let (low, high) = (number(layer, row, low), number(layer, row, high));
            assert!(low.zip(high).is_none_or(|(l, h)| l <= h), "{id}: {low:?} over {high:?}");
        }
    };
    ordered("industrial_park", "area_leased_ha", "area_leasable_ha");
    ordered("industrial_park", "area_leasable_ha", "area_total_ha");
    ordered("industrial_park", "established_year", "expiry_year");
    ordered("industrial_cluster", "area_leased_ha", "area_ha");
    ordered("public_investment_project", "disbursed_mil_vnd", "total_mil_vnd");
    ordered("road_segment", "km_from", "km_to");
    ordered("land_use_plan", "period_from", "period_to");
    ordered("commune_dataset", "datasets_live", "datasets_declared");
    for layer in CATALOG.definitions() {
        for row in &ROWS[&layer.id] {
            let has = |name: &str| {
                let known = layer.attributes.iter().any(|a| a.name == name);
                if known { number(layer, row, name) } else { None }
            };
            let near =
                |said: Option<f64>, is: f64| said.is_none_or(|said| (said - is).abs() <= is * 0.01 + 0.02);
            match &row.shape {
                Shape::Areas(areas) => {
                    let area: f64 = areas
                        .iter()
                        .map(|rings| {
                            rings
                                .iter()
                                .enumerate()
                                .map(|(i, r)| if i == 0 { area_m2(r) } else { -area_m2(r) })
                                .sum::<f64>()
                        })
                        .sum();
                    assert!(
                        near(has("area_ha"), area / 1e4) && near(has("area_m2"), area),
                        "{} {area}",
                        layer.id
                    );
                    assert!(near(has("area_km2"), area / 1e6), "{} {area}", layer.id);
                }
                Shape::Lines(lines) => {
                    let length: f64 = lines.iter().map(|l| length_m(l)).sum();
                    assert!(
                        near(has("length_m"), length) && near(has("length_km"), length / 1e3),
                        "{}",
                        layer.id
                    );
                }
                Shape::Point(_) => {}
            }
        }
    }
}

#[test]
fn parcels_share_their_borders() {
    let rings: Vec<&Vec<[f64; 2]>> = ROWS["land_use_plan"]
        .iter()
        .map(|row| match &row.shape {
            Shape::Areas(areas) => &areas[0][0],
            _ => panic!("a parcel is an area"),
        })
        .collect();
    assert!(rings.iter().all(|ring| ring.len() == 9));
    let key = |p: [f64; 2]| p.map(f64::to_bits);
    let edges: BTreeSet<_> =
        rings.iter().flat_map(|r| r.windows(2)).map(|e| (key(e[0]), key(e[1]))).collect();
    let shared = edges.iter().filter(|(a, b)| edges.contains(&(*b, *a))).count();
    assert!(shared as f64 > edges.len() as f64 * 0.85, "{shared} of {}", edges.len());
    let layer = CATALOG.definition("land_use_plan").unwrap();
    let codes: BTreeSet<_> =
        ROWS["land_use_plan"].iter().map(|row| text(layer, row, "land_use_code")).collect();
    assert!(codes.len() > 12, "{codes:?}");
}

#[test]
fn each_layer_is_delivered_in_files_that_gdal_reads() {
    let folder = tempfile::tempdir().unwrap();
    let mut endings = BTreeSet::new();
    for id in sample::layers(&CATALOG) {
        let layer = CATALOG.definition(&id).unwrap();
        let mut written = 0;
        let delivery =
            sample::deliver(&PROVINCE, layer, PARCELS, folder.path(), |rows| written += rows).unwrap();
        let mut read = 0;
        for file in &delivery.files {
            read += gdal::Dataset::open(file).unwrap().layer(0).unwrap().feature_count();
            endings.insert(file.extension().unwrap().to_string_lossy().into_owned());
        }
        assert_eq!((read, written), (ROWS[&id].len() as u64, read), "{id}");
    }
    let all = ["csv", "fgb", "geojson", "gpkg", "kml", "mif", "shp", "tab"];
    assert!(endings.iter().eq(all.iter()), "{endings:?}");
}

#[test]
fn the_same_settings_give_the_same_files() {
    assert_eq!(Land::draw().outline, PROVINCE.land.outline);
    let again = Province::draw();
    for layer in CATALOG.definitions() {
        assert!(sample::rows(&again, layer, PARCELS) == ROWS[&layer.id], "{} differs", layer.id);
    }
    let bytes = |id: &str| {
        let folder = tempfile::tempdir().unwrap();
        let layer = CATALOG.definition(id).unwrap();
        let delivery = sample::deliver(&PROVINCE, layer, 500, folder.path(), |_| {}).unwrap();
        fs::read(&delivery.files[0]).unwrap()
    };
    for id in ["trade_facility", "health_facility", "land_use_plan", "school"] {
        assert!(bytes(id) == bytes(id), "{id} differs from one run to the next");
    }
}
