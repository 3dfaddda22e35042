//! MapLibre Tiles hold what the Mapbox vector tiles of the same place hold.

use crate::support::{
    TestDatabase,
    served::{Served, site},
    vector_tile::{self, Feature, Kind, Value, double_area},
};
use diaban::{
    import::{self, Agreement, ColumnMapping, Constant, ImportRequest, Silent},
    layer::{AccessClass, Catalog},
    sample::{self, Province},
};
use geo::{Coord, Geometry, LineString};
use mlt_core::{Decoder, Parser, PropValue, TileFeature, TileLayer};
use std::{collections::BTreeMap, sync::Arc};

const ALL: &str = "/tiles/well,parcel,road";
const PLACE: &str = "9/407/240";
const MLT: &str = "application/vnd.maplibre-tile";

/// Layers of a MapLibre tile, decoded by its library.
fn decode(tile: &[u8]) -> Vec<TileLayer> {
    let mut decoder = Decoder::default();
    let layers = Parser::default().parse_layers(tile).unwrap();
    layers.into_iter().map(|l| l.into_layer01().unwrap().into_tile(&mut decoder).unwrap()).collect()
}

/// A value as the reader of vector tiles has it; nulls are left out there.
fn value(value: &PropValue) -> Option<Value> {
    match value {
        PropValue::Bool(v) => v.map(Value::Bool),
        PropValue::I32(v) => v.map(|v| Value::Int(v.into())),
        PropValue::U32(v) => v.map(|v| Value::Int(v.into())),
        PropValue::I64(v) => v.map(|v| Value::Int(v.into())),
        PropValue::U64(v) => v.map(|v| Value::Int(v.into())),
        PropValue::F64(v) => v.map(Value::Number),
        PropValue::Str(v) => v.clone().map(Value::Text),
        other => panic!("a value of another type: {other:?}"),
    }
}

/// Rings are closed in one form and open in the other.
fn path(line: &LineString<i32>, closed: bool) -> Vec<[i32; 2]> {
    let mut points: Vec<[i32; 2]> = line.0.iter().map(|Coord { x, y }| [*x, *y]).collect();
    if closed && points.first() == points.last() {
        points.pop();
    }
    points
}

/// A geometry as the reader of vector tiles has it.
fn paths(geometry: &Geometry<i32>) -> (Kind, Vec<Vec<[i32; 2]>>) {
    let rings = |p: &geo::Polygon<i32>| {
        std::iter::once(p.exterior()).chain(p.interiors()).map(|r| path(r, true)).collect::<Vec<_>>()
    };
    match geometry {
        Geometry::Point(p) => (Kind::Point, vec![vec![[p.x(), p.y()]]]),
        Geometry::MultiPoint(all) => (Kind::Point, all.iter().map(|p| vec![[p.x(), p.y()]]).collect()),
        Geometry::LineString(line) => (Kind::Line, vec![path(line, false)]),
        Geometry::MultiLineString(all) => (Kind::Line, all.iter().map(|line| path(line, false)).collect()),
        Geometry::Polygon(area) => (Kind::Polygon, rings(area)),
        Geometry::MultiPolygon(all) => (Kind::Polygon, all.iter().flat_map(rings).collect()),
        other => panic!("a geometry of another type: {other:?}"),
    }
}

fn feature(layer: &TileLayer, feature: &TileFeature) -> Feature {
    let (kind, paths) = paths(feature.geometry());
    let pairs = layer.property_names().iter().zip(feature.properties());
    let attributes: BTreeMap<_, _> =
        pairs.filter_map(|(name, own)| Some((name.clone(), value(own)?))).collect();
    Feature { id: feature.id(), kind, paths, attributes }
}

/// Both forms of a tile, each read by a reader of its own, hold the same; tells what they hold.
fn same(mvt: &[u8], mlt: &[u8]) -> Vec<vector_tile::Layer> {
    let (expected, found) = (vector_tile::decode(mvt), decode(mlt));
    let names: Vec<_> = expected.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(found.iter().map(TileLayer::name).collect::<Vec<_>>(), names);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.extent().get(), 4096);
        let features: Vec<Feature> = found.features().iter().map(|f| feature(found, f)).collect();
        assert_eq!(features.len(), expected.features.len(), "{}", expected.name);
        for (found, expected) in features.iter().zip(&expected.features) {
            assert_eq!(found, expected);
        }
    }
    expected
}

async fn same_at(site: &Served, layers: &str, place: &str) -> Vec<vector_tile::Layer> {
    let mvt = site.get(&format!("/tiles/{layers}/{place}")).await;
    let mlt = site.get(&format!("/tiles/{layers}/{place}?f=mlt")).await;
    assert_eq!(mvt.status, mlt.status, "{layers}/{place}: {}", mlt.text());
    if mvt.status == 204 {
        assert!(mvt.body.is_empty() && mlt.body.is_empty());
        return Vec::new();
    }
    assert_eq!((mlt.status, mlt.header("content-type")), (200, Some(MLT)), "{layers}/{place}");
    assert_ne!(mlt.header("etag"), mvt.header("etag"));
    same(&mvt.body, &mlt.body)
}

#[tokio::test]
async fn it_holds_the_same_features() {
    let site = Served::to(AccessClass::Open).await;
    let mvt = site.get(&format!("{ALL}/{PLACE}")).await;
    assert_eq!(mvt.header("content-type"), Some("application/vnd.mapbox-vector-tile"));
    let layers = same_at(&site, "well,parcel,road", PLACE).await;
    assert_eq!(layers.len(), 3);
    let all = || layers.iter().flat_map(|l| &l.features);
    for kind in [Kind::Point, Kind::Line, Kind::Polygon] {
        assert!(all().any(|f| f.kind == kind));
    }
    assert!(all().all(|f| f.id.is_some()));
    let values = |wanted: fn(&Value) -> bool| all().flat_map(|f| f.attributes.values()).any(wanted);
    assert!(values(|v| matches!(v, Value::Bool(_))) && values(|v| matches!(v, Value::Int(_))));
    assert!(values(|v| matches!(v, Value::Number(_))));
    assert!(values(|v| *v == Value::Text("Giếng Bảy, a, b".into())), "lists");
    let several = |f: &Feature| f.kind == Kind::Line && f.paths.len() > 1;
    assert!(all().any(several), "lines of several parts");
    let outer = |f: &Feature| f.paths.iter().filter(|p| double_area(p) > 0).count();
    assert!(all().any(|f| f.kind == Kind::Polygon && outer(f) > 1), "areas of several parts");
    assert!(all().any(|f| f.kind == Kind::Polygon && outer(f) < f.paths.len()), "holes");
}

/// Numbers at the ends of their types, empty and long texts, no id, points of several parts.
const ODD: &str = "
    CREATE TABLE public.odd (id bigint, n bigint, x float8, t text, yes bool, geom geometry(Geometry, 4326));
    INSERT INTO public.odd VALUES
        (-1, 9223372036854775807, 1e300, '', true, 'SRID=4326;MULTIPOINT(106.4 11.0, 106.5 11.1)'),
        (2, -9223372036854775808, -0.1, repeat('đ', 5000), false, 'SRID=4326;POINT(106.41 11.0)'),
        (3, 0, 5e-324, 'a', NULL, 'SRID=4326;LINESTRING(106.4 11.0, 106.5 11.0)'),
        (9007199254740993, NULL, NULL, NULL, NULL, 'SRID=4326;POINT(106.42 11.0)'),
        (5, 1, 'infinity', E'a\\nb', true, 'SRID=4326;POLYGON((106.4 11.0,106.5 11.0,106.5 11.1,106.4 11.0))');
";

const ODD_LAYER: &str = r#"
    id = "odd"
    title = { vi = "Lạ", en = "Odd" }
    group = "transport"
    agency = "soxd"
    item = "5.1.1"
    geometry = ["MultiPoint", "MultiLineString", "MultiPolygon"]
    key = ["n"]
    access = "open"
    zoom = { min = 0, max = 16 }
    generalise = { rule = "network" }
    table = { schema = "public", name = "odd", geometry = "geom", id = "id", srid = 4326 }
    attributes = [
        { name = "n", type = "integer", title = { vi = "Số", en = "Number" } },
        { name = "x", type = "number", title = { vi = "Số thực", en = "Real" } },
        { name = "t", type = "text", title = { vi = "Chữ", en = "Text" } },
        { name = "yes", type = "boolean", title = { vi = "Có", en = "Yes" } },
    ]
"#;

#[tokio::test]
async fn values_at_the_ends_of_their_types_and_missing_ids_stay() {
    let database = TestDatabase::with_layers(Vec::new()).await;
    database.execute(ODD).await;
    let catalog = Catalog::new(vec![crate::support::layer(ODD_LAYER)], Default::default());
    let router = site(&database, catalog, AccessClass::Open);
    let layers = same_at(&Served { database, router }, "odd", PLACE).await;
    let features = &layers[0].features;
    assert_eq!(features.len(), 5);
    assert!(features.iter().any(|f| f.id.is_none()) && features.iter().any(|f| f.id == Some(1 << 53 | 1)));
    assert!(features.iter().any(|f| f.kind == Kind::Point && f.paths.len() == 2), "several points");
}

#[tokio::test]
async fn every_layer_of_the_sample_is_the_same_in_both_forms() {
    let catalog = Arc::new(Catalog::built_in().unwrap());
    let database = TestDatabase::with_catalog(&catalog).await;
    let folder = tempfile::tempdir().unwrap();
    let province = Province::draw();
    for id in sample::layers(&catalog) {
        let layer = catalog.definition(&id).unwrap();
        let delivery = sample::deliver(&province, layer, 1_500, folder.path(), |_| {}).unwrap();
        let pairs = |pairs: &[(String, String)]| pairs.to_vec();
        let request = ImportRequest {
            files: delivery.files.clone(),
            layer: delivery.layer.clone(),
            system: delivery.crs.as_deref().map(|crs| diaban::crs::parse(crs).unwrap()),
            columns: pairs(&delivery.map)
                .into_iter()
                .map(|(source, attribute)| ColumnMapping { source, attribute })
                .collect(),
            constants: pairs(&delivery.set)
                .into_iter()
                .map(|(attribute, value)| Constant { attribute, value })
                .collect(),
            ..ImportRequest::default()
        };
        import::run(&database.database(), &catalog, &request, Agreement::known(), Arc::new(Silent))
            .await
            .unwrap();
    }
    let layers: Vec<String> = catalog.definitions().map(|l| l.id.clone()).collect();
    let router = site(&database, Catalog::built_in().unwrap(), AccessClass::Restricted);
    let served = Served { database, router };
    for layer in &layers {
        let mut features = 0;
        for place in ["8/203/120", "9/407/240", "9/406/241", "10/814/481", "11/1628/963"] {
            let layers = same_at(&served, layer, place).await;
            features += layers.iter().map(|l| l.features.len()).sum::<usize>();
        }
        assert!(features > 0, "{layer} is in none of the tiles");
    }
    let together = same_at(&served, &layers.join(","), "10/814/481").await;
    assert!(together.len() > 20, "{}", together.len());
}

#[tokio::test]
async fn the_client_asks_for_it_in_three_ways() {
    let site = Served::to(AccessClass::Open).await;
    let named = site.get(&format!("{ALL}/{PLACE}?f=mlt")).await;
    let accepted = site.get_with(&format!("{ALL}/{PLACE}"), &[("accept", MLT)]).await;
    let ended = site.get(&format!("{ALL}/{PLACE}.mlt")).await;
    assert!(named.body == accepted.body && named.body == ended.body);
    assert_eq!(accepted.header("content-type"), Some(MLT));
    assert!(accepted.headers("vary").contains("accept, accept-encoding"));
    let mvt = site.get(&format!("{ALL}/{PLACE}?f=mvt")).await;
    assert_eq!(mvt.body, site.get(&format!("{ALL}/{PLACE}")).await.body);
    let gzip = site.get_with(&format!("{ALL}/{PLACE}?f=mlt"), &[("accept-encoding", "gzip")]).await;
    assert_eq!(gzip.decoded(), named.body);
    assert_eq!(site.get("/tiles/well/15/26068/15374?f=mlt").await.status, 204);
    assert!(site.get(&format!("{ALL}/{PLACE}?f=png")).await.problem(400).contains("mlt"));
}

#[tokio::test]
async fn tilejson_says_so() {
    let site = Served::to(AccessClass::Open).await;
    let mvt = site.json("/tiles/well").await;
    assert_eq!(mvt["encoding"], "mvt");
    assert!(mvt["diaban:forms"]["mlt"].as_str().unwrap().ends_with("/tiles/well/{z}/{x}/{y}?f=mlt"));
    let mlt = site.json("/tiles/well?f=mlt").await;
    assert_eq!((&mlt["encoding"], &mlt["tiles"][0]), (&"mlt".into(), &mvt["diaban:forms"]["mlt"]));
}
