//! MapLibre Tiles hold what the Mapbox vector tiles of the same place hold.

use crate::support::{served::Served, vector_tile};
use diaban::layer::AccessClass;
use mlt_core::{Decoder, Parser, PropValue, TileFeature, TileLayer, mvt::mvt_to_tile_layers};
use std::collections::BTreeMap;

const ALL: &str = "/tiles/well,parcel,road";
const PLACE: &str = "9/407/240";
const MLT: &str = "application/vnd.maplibre-tile";

/// Layers of a MapLibre tile, decoded by its library.
fn decode(tile: &[u8]) -> Vec<TileLayer> {
    let mut decoder = Decoder::default();
    let layers = Parser::default().parse_layers(tile).unwrap();
    layers.into_iter().map(|l| l.into_layer01().unwrap().into_tile(&mut decoder).unwrap()).collect()
}

/// Whole numbers of all widths as one, nulls left out: the forms differ in both.
fn values(layer: &TileLayer, feature: &TileFeature) -> BTreeMap<String, String> {
    let text = |value: &PropValue| match value {
        PropValue::Bool(v) => v.map(|v| v.to_string()),
        PropValue::I32(v) => v.map(|v| v.to_string()),
        PropValue::U32(v) => v.map(|v| v.to_string()),
        PropValue::I64(v) => v.map(|v| v.to_string()),
        PropValue::U64(v) => v.map(|v| v.to_string()),
        PropValue::F64(v) => v.map(|v| format!("{v:?}")),
        PropValue::Str(v) => v.clone(),
        other => panic!("a value of another type: {other:?}"),
    };
    let pairs = layer.property_names().iter().zip(feature.properties());
    pairs.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

#[tokio::test]
async fn it_holds_the_same_features() {
    let site = Served::to(AccessClass::Open).await;
    let mvt = site.get(&format!("{ALL}/{PLACE}")).await;
    assert_eq!(mvt.header("content-type"), Some("application/vnd.mapbox-vector-tile"));
    let answer = site.get(&format!("{ALL}/{PLACE}?f=mlt")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(MLT)));
    assert_ne!(answer.header("etag"), mvt.header("etag"));

    let (found, expected) = (decode(&answer.body), mvt_to_tile_layers(&mvt.body).unwrap());
    let names: Vec<_> = vector_tile::decode(&mvt.body).into_iter().map(|l| l.name).collect();
    assert_eq!(found.iter().map(TileLayer::name).collect::<Vec<_>>(), names);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.extent(), expected.extent());
        assert!(found.feature_count() == expected.feature_count() && found.feature_count() > 0);
        for (a, b) in found.features().iter().zip(expected.features()) {
            assert_eq!((a.id(), a.geometry()), (b.id(), b.geometry()));
            assert_eq!(values(found, a), values(expected, b));
        }
    }
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
