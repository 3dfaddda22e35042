//! Tiles over HTTP: what they hold, held against PostGIS's own encoder and read by GDAL, and how
//! they are sent.

use crate::support::{
    layer,
    served::{PARCEL, ROAD, Served, WELL},
    vector_tile::{Feature, Kind, decode, farthest, text_of},
};
use diaban::layer::AccessClass;
use gdal::vector::LayerAccess;
use geo::{Area, BooleanOps};
use std::collections::BTreeMap;

const MVT: &str = "application/vnd.mapbox-vector-tile";

/// Zoom, column and row of the tile at a place, degrees.
fn tile_at(z: u32, lon: f64, lat: f64) -> (u32, u32, u32) {
    let n = f64::from(1 << z);
    let y = (1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0;
    (z, ((lon + 180.0) / 360.0 * n) as u32, (y * n) as u32)
}

#[tokio::test]
async fn an_empty_tile_is_204_without_a_body() {
    let site = Served::to(AccessClass::Open).await;
    // No rows there; zooms of no layer.
    for path in ["/tiles/well/8/0/0", "/tiles/well/15/26068/15374", "/tiles/parcel,road/5/25/15"] {
        for coding in ["identity", "gzip"] {
            let answer = site.get_with(path, &[("accept-encoding", coding)]).await;
            assert_eq!((answer.status, answer.body.len()), (204, 0), "{path}");
            assert_eq!(answer.header("content-encoding"), None, "{path}");
            assert_eq!(answer.header("content-type"), None, "{path}");
        }
    }
}

#[tokio::test]
async fn a_tile_is_encoded_as_the_client_likes_it() {
    let site = Served::to(AccessClass::Open).await;
    let plain = site.get("/tiles/well/0/0/0").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("content-type"), Some(MVT));
    for (accept, encoding) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("br;q=1, gzip;q=0.8, *;q=0.1", Some("br")),
        ("*", Some("zstd")),
        ("x-gzip", Some("gzip")),
        ("identity", None),
        ("br, deflate", Some("br")),
        ("zstd;q=0.5, gzip;q=0.6", Some("gzip")),
        ("gzip;q=0", None),
        ("gzip;q=0.0, *", Some("zstd")),
        ("", None),
    ] {
        let answer = site.get_with("/tiles/well/0/0/0", &[("accept-encoding", accept)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert_eq!(answer.header("content-type"), Some(MVT));
        assert_eq!(answer.decoded(), plain.body, "{accept}");
        assert!(answer.headers("vary").to_lowercase().contains("accept-encoding"), "{accept}");
    }
}

#[tokio::test]
async fn a_tag_names_the_bytes_and_saves_sending_them() {
    let site = Served::to(AccessClass::Open).await;
    let path = "/tiles/well/0/0/0";
    let tag = site.get(path).await.header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10, "a strong tag: {tag}");
    assert_eq!(site.get(path).await.header("etag"), Some(&*tag), "the same bytes, the same tag");
    let gzip = site.get_with(path, &[("accept-encoding", "gzip")]).await;
    assert_ne!(gzip.header("etag"), Some(&*tag), "other bytes, another tag (RFC 9110, 8.8.3.3)");

    let lists = [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()];
    for known in &lists {
        let answer = site.get_with(path, &[("if-none-match", known)]).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), Some(&*tag), "{known}");
        assert!(answer.headers("vary").to_lowercase().contains("accept-encoding"));
        assert_eq!(answer.header("cache-control"), site.get(path).await.header("cache-control"));
    }
    assert_eq!(site.get_with(path, &[("if-none-match", "\"other\"")]).await.status, 200);

    site.database.execute("UPDATE gis.well SET depth = 3 WHERE code = 'W01'").await;
    let changed = site.get_with(path, &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(&*tag));
}

#[tokio::test]
async fn pages_of_other_sites_may_read_tiles() {
    let site = Served::to(AccessClass::Open).await;
    let origin = ("origin", "https://map.example");
    for path in
        ["/tiles/well/0/0/0", "/tiles/well/8/0/0", "/tiles/well", "/collections", "/tiles/nothing/0/0/0"]
    {
        let answer = site.get_with(path, &[origin]).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
    let ask = [
        origin,
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "if-none-match"),
    ];
    let answer = site.ask("OPTIONS", "/tiles/well/0/0/0", &ask).await;
    assert_eq!(answer.status, 200);
    // By the Fetch standard `*` stands for every header but the one that carries a key.
    let allowed = answer.headers("access-control-allow-headers").to_lowercase();
    let allowed: Vec<&str> = allowed.split(',').map(str::trim).collect();
    assert!(allowed.contains(&"*") && allowed.contains(&"authorization"), "{allowed:?}");
}

#[tokio::test]
async fn tilejson_says_where_the_tiles_are_and_what_is_in_them() {
    let site = Served::to(AccessClass::Open).await;
    let all = site.json("/tiles/well,parcel,road").await;
    assert_eq!(all["tilejson"], "3.0.0");
    assert_eq!(all["scheme"], "xyz");
    assert_eq!((&all["minzoom"], &all["maxzoom"]), (&0.into(), &16.into()));
    let template = all["tiles"][0].as_str().unwrap();
    assert_eq!(template, "http://localhost/tiles/well,parcel,road/{z}/{x}/{y}");
    let tile = site.get(&template.replace("{z}", "0").replace("{x}", "0").replace("{y}", "0")).await;
    assert_eq!(tile.status, 200);
    let layers = all["vector_layers"].as_array().unwrap();
    assert_eq!(
        layers.iter().map(|l| l["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["well", "parcel", "road"]
    );
    for layer in layers {
        assert!(
            layer["fields"].as_object().is_some_and(|f| !f.is_empty() && f.values().all(|v| v.is_string()))
        );
    }
    assert_eq!((&layers[1]["minzoom"], &layers[1]["maxzoom"]), (&8.into(), &16.into()));

    let one = site.json("/tiles/parcel").await;
    assert_eq!((&one["minzoom"], &one["maxzoom"]), (&8.into(), &16.into()));
    let bounds: Vec<f64> = serde_json::from_value(one["bounds"].clone()).unwrap();
    for (bound, edge) in bounds.iter().zip([106.1, 10.7, 106.9, 11.02]) {
        assert!((bound - edge).abs() < 0.001, "{bounds:?}");
    }
    // The page goes by the catalog and asks for none of these documents.
    let catalog = site.json("/catalog").await;
    for layer in catalog["layers"].as_array().unwrap() {
        let said = site.json(&format!("/tiles/{}", layer["id"].as_str().unwrap())).await;
        assert_eq!([&said["minzoom"], &said["maxzoom"]], [&layer["minzoom"], &layer["maxzoom"]]);
        assert!(layer["extent"].is_null() || said["bounds"] == layer["extent"], "{layer}");
    }
    // Of a layer without rows, the whole world.
    site.database.execute("TRUNCATE gis.parcel").await;
    assert_eq!(site.json("/tiles/parcel").await["bounds"][0], -180.0);
}

#[tokio::test]
async fn a_tile_holds_the_layers_asked_for_at_their_zooms() {
    let site = Served::to(AccessClass::Open).await;
    for (layers, zoom, names) in [
        ("well", 7, &["well"][..]),
        ("well,parcel,road", 9, &["well", "parcel", "road"]),
        ("road,well,parcel", 9, &["road", "well", "parcel"]),
        ("well,well,well", 9, &["well"]),
        ("well,parcel,road", 7, &["well", "road"]),
        ("well,parcel,road", 5, &["well"]),
        ("well,parcel,road", 15, &["parcel", "road"]),
    ] {
        let (z, x, y) = tile_at(zoom, 106.405, 11.0005);
        let mut tiles = Vec::new();
        for ending in ["", ".mvt", ".pbf"] {
            let answer = site.get(&format!("/tiles/{layers}/{z}/{x}/{y}{ending}")).await;
            assert_eq!(answer.status, 200, "{layers} {z}");
            tiles.push(answer.body);
        }
        assert!(tiles[0] == tiles[1] && tiles[0] == tiles[2]);
        let found = decode(&tiles[0]);
        assert_eq!(found.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(), names, "{layers} {z}");
    }
}

/// What PostGIS makes of the same rows, with its own clip and encoder.
async fn by_postgis(site: &Served, id: &str, columns: &str, (z, x, y): (u32, u32, u32)) -> Vec<Feature> {
    let query = format!(
        "SELECT ST_AsMVT(t, '{id}', 4096, 'g', 'id') FROM (SELECT id, {columns}, ST_AsMVTGeom(\
         ST_Transform(geom, 3857), ST_TileEnvelope({z}, {x}, {y}), 4096, 64) AS g FROM gis.{id} \
         WHERE geom && ST_Transform(ST_TileEnvelope({z}, {x}, {y}, margin => 64.0 / 4096), 4326)) AS t \
         WHERE g IS NOT NULL"
    );
    let client = site.database.client().await;
    let bytes: Vec<u8> = client.query_one(&query, &[]).await.unwrap().get(0);
    decode(&bytes).into_iter().flat_map(|l| l.features).collect()
}

/// Holds that two drawings of one feature differ by no more than rounding and what the layer's
/// tolerance leaves out: 2 units, and 1 for the grid.
fn nearly_equal(ours: &Feature, theirs: &Feature) {
    const UNITS: f64 = 3.0;
    assert_eq!((ours.kind, ours.id), (theirs.kind, theirs.id));
    assert_eq!(ours.attributes, theirs.attributes, "{:?}", ours.id);
    match ours.kind {
        Kind::Point => {
            for (a, b) in ours.paths.iter().zip(&theirs.paths) {
                assert!(
                    (a[0][0] - b[0][0]).abs() <= 1 && (a[0][1] - b[0][1]).abs() <= 1,
                    "{ours:?} {theirs:?}"
                );
            }
            assert_eq!(ours.paths.len(), theirs.paths.len());
        }
        Kind::Line => {
            let (a, b) = (ours.lines(), theirs.lines());
            let apart = farthest(&a, &b).max(farthest(&b, &a));
            assert!(apart <= UNITS, "{apart} units: {ours:?} {theirs:?}");
        }
        Kind::Polygon => {
            let (a, b) = (ours.areas(), theirs.areas());
            let outline: usize = theirs.paths.iter().map(|p| outline_units(p) as usize).sum();
            let apart = a.xor(&b).unsigned_area();
            assert!(apart <= UNITS * outline as f64, "{apart} square units: {ours:?} {theirs:?}");
        }
    }
}

fn outline_units(ring: &[[i32; 2]]) -> f64 {
    let step = |a: [i32; 2], b: [i32; 2]| f64::from(a[0] - b[0]).hypot(f64::from(a[1] - b[1]));
    (0..ring.len()).map(|i| step(ring[i], ring[(i + 1) % ring.len()])).sum()
}

const WELL_COLUMNS: &str = "code, use, depth, users, active, drilled_on::text AS drilled_on, \
    to_char(measured_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS measured_at, \
    array_to_string(names, ', ') AS names, bimat_owner, access_class, valid_from::text AS valid_from, \
    valid_to::text AS valid_to";

#[tokio::test]
async fn a_tile_holds_what_postgis_would_put_there() {
    let site = Served::to(AccessClass::Restricted).await;
    let mut compared = 0;
    for (id, columns, zooms) in [
        ("well", WELL_COLUMNS, [0, 6, 9, 12, 14]),
        ("parcel", "code, area", [8, 10, 12, 14, 16]),
        ("road", "code", [6, 8, 11, 13, 16]),
    ] {
        for zoom in zooms {
            let (z, x, y) = tile_at(zoom, 106.421, 11.011);
            let theirs = by_postgis(&site, id, columns, (z, x, y)).await;
            let ours = decode(&site.get(&format!("/tiles/{id}/{z}/{x}/{y}")).await.body);
            let ours: Vec<Feature> = ours.into_iter().flat_map(|l| l.features).collect();
            let by_id = |features: Vec<Feature>| -> BTreeMap<u64, Feature> {
                features.into_iter().map(|f| (f.id.unwrap(), f)).collect()
            };
            let (ours, theirs) = (by_id(ours), by_id(theirs));
            let ids = |map: &BTreeMap<u64, Feature>| map.keys().copied().collect::<Vec<_>>();
            assert_eq!(ids(&ours), ids(&theirs), "{id} {z}/{x}/{y}");
            ours.values().zip(theirs.values()).for_each(|(a, b)| nearly_equal(a, b));
            compared += ours.len();
        }
    }
    assert!(compared > 60, "{compared} features compared");
}

#[tokio::test]
async fn gdal_reads_a_tile_and_finds_it_valid() {
    let site = Served::to(AccessClass::Open).await;
    let (z, x, y) = tile_at(10, 106.421, 11.011);
    let bytes = site.get(&format!("/tiles/well,parcel,road/{z}/{x}/{y}")).await.body;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{z}/{x}/{y}.mvt"));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, &bytes).unwrap();
    let tile = gdal::Dataset::open(&file).unwrap();
    let mut seen = BTreeMap::new();
    for mut layer in tile.layers() {
        let name = layer.name();
        for feature in layer.features() {
            let geometry = feature.geometry().unwrap();
            assert!(geometry.is_valid(), "{name} {}", geometry.wkt().unwrap());
            let code = feature.field_as_string(feature.field_index("code").unwrap()).unwrap().unwrap();
            let envelope = geometry.envelope();
            seen.insert(code, (name.clone(), envelope.MinX, envelope.MaxY));
        }
    }
    for code in ["W01", "W12", "P1", "P2", "P3", "P4", "R1", "R2"] {
        assert!(seen.contains_key(code), "GDAL sees no {code} in\n{}", text_of(&decode(&bytes)));
    }
    // Where GDAL puts it, in EPSG:3857, is where it stands: 106.41 E, 11.01 N.
    let (layer, west, north) = &seen["W01"];
    assert_eq!(layer, "well");
    assert!((west - 11_845_507.0).abs() < 10.0 && (north - 1_233_241.0).abs() < 10.0, "{west} {north}");
}

#[tokio::test]
async fn tables_of_others_in_other_systems_give_the_same_tiles() {
    let (own, mut layers) = (vec![layer(PARCEL), layer(ROAD), layer(WELL)], Vec::new());
    for srid in [3857, 9210, 32648] {
        for mut layer in own.clone() {
            let table = format!(
                "schema = 'agency'\nname = '{}_{srid}'\ngeometry = 'shape'\nid = 'gid'\nsrid = {srid}",
                layer.id
            );
            layer.table = Some(toml::from_str(&table).unwrap());
            layer.id = format!("{}_{srid}", layer.id);
            layers.push(layer);
        }
    }
    let site = Served::to(AccessClass::Open).await;
    let mut statements = "CREATE SCHEMA agency;".to_owned();
    for layer in &layers {
        let (own, srid) = layer.id.split_once('_').unwrap();
        statements += &format!(
            "CREATE TABLE agency.{} AS SELECT id::int AS gid, ST_Transform(geom, {srid}) AS shape, t.* \
             FROM gis.{own} AS t WHERE ST_X(ST_Centroid(geom)) BETWEEN 100 AND 110;",
            layer.id
        );
    }
    site.database.execute(&statements).await;
    let others = crate::support::served::site(
        &site.database,
        diaban::layer::Catalog::new(layers.clone(), Default::default()),
        AccessClass::Open,
    );
    let others = Served { database: crate::support::TestDatabase::new().await, router: others };
    let (z, x, y) = tile_at(11, 106.421, 11.011);
    for layer in &layers {
        let own = layer.id.split_once('_').unwrap().0;
        let of = async |site: &Served, id: &str| {
            let answer = site.get(&format!("/tiles/{id}/{z}/{x}/{y}")).await;
            assert_eq!(answer.status, 200, "{id}: {}", answer.text());
            let features = decode(&answer.body).into_iter().flat_map(|l| l.features);
            features.map(|f| (f.id.unwrap(), f)).collect::<BTreeMap<u64, Feature>>()
        };
        let (theirs, ours) = (of(&others, &layer.id).await, of(&site, own).await);
        assert!(
            ours.len() > 1 && ours.len() == theirs.len(),
            "{}: {} {}",
            layer.id,
            ours.len(),
            theirs.len()
        );
        ours.values().zip(theirs.values()).for_each(|(a, b)| nearly_equal(a, b));
    }
}
