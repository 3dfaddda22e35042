//! The whole road as a person walks it: the built program in one terminal, a file of an agency in
//! another, and the programs that people read maps with (GDAL's) on the other side.

use diaban::crs::oracle::{PAIRS, TOLERANCE_M};
use gdal::vector::{Geometry, LayerAccess, OGRwkbGeometryType};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use super::support::{
    TestDatabase,
    program::{Program, program, succeeded},
};

/// The longest wait for a change to show.
const PATIENCE: Duration = Duration::from_secs(30);

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    path.exists().then_some(path)
}

/// x and y of the tile at a place.
fn tile(z: u32, lon: f64, lat: f64) -> (u32, u32) {
    let n = f64::from(1 << z);
    let y = (1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0;
    (((lon + 180.0) / 360.0 * n) as u32, (y * n) as u32)
}

/// The page, used in headless Chromium; `make test` brings what this needs.
fn a_person_at_a_browser(running: &Program) {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    if !web.join("node_modules/playwright-core").exists() {
        return;
    }
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/demo_page");
    let mut browser = Command::new("node");
    succeeded(browser.current_dir(&web).args(["test/screenshot.mjs", &running.base]).arg(pictures));
}

/// Each layer of the demo has features and at least a tile, and says that it is made up.
fn every_layer_is_there(running: &Program) {
    let catalog = running.json("/catalog");
    assert_eq!(catalog["synthetic"], true);
    let layers = catalog["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 33);
    for layer in layers {
        let id = layer["id"].as_str().unwrap();
        let items = running.json(&format!("/collections/{id}/items?limit=1"));
        assert!(items["numberMatched"].as_u64().unwrap() > 0, "{id} is empty");
        assert!(running.json(&format!("/tiles/{id}"))["attribution"].as_str().unwrap().contains("synthetic"));
        let (z, extent) = (layer["minzoom"].as_u64().unwrap().max(9) as u32, &layer["extent"]);
        let middle = |a: usize, b: usize| (extent[a].as_f64().unwrap() + extent[b].as_f64().unwrap()) / 2.0;
        let ((west, north), (east, south)) = (
            tile(z, extent[0].as_f64().unwrap(), extent[3].as_f64().unwrap()),
            tile(z, extent[2].as_f64().unwrap(), extent[1].as_f64().unwrap()),
        );
        let (x, y) = tile(z, middle(0, 2), middle(1, 3));
        let near = (west..=east).flat_map(|x| (north..=south).map(move |y| (x, y)));
        let drawn = std::iter::once((x, y))
            .chain(near)
            .any(|(x, y)| running.get(&format!("/tiles/{id}/{z}/{x}/{y}")).0 == 200);
        assert!(drawn, "no tile of {id} at zoom {z}");
    }
}

#[test]
fn a_demo_shows_every_layer_takes_a_file_beside_it_and_is_up_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let demo = ["demo", "--data", data, "--parcels", "1500", "--listen", "127.0.0.1:0"];
    let running = Program::start(&demo, &[]);

    every_layer_is_there(&running);
    a_person_at_a_browser(&running);

    // A second terminal, while the demo runs: the same database is found.
    let school = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":
        {"MA_TRUONG":"79000001","TEN":"Trường Tiểu học Thử Nghiệm","CAP_HOC":"Tiểu học"},
        "geometry":{"type":"Point","coordinates":[106.41,10.54]}}]}"#;
    let file = folder.path().join("truong.geojson");
    fs::write(&file, school).unwrap();
    let import = ["import", file.to_str().unwrap(), "--layer", "school", "--data", data];
    succeeded(&mut program(&import, &[]));
    // It shows within a moment, as on the map.
    let patience = Instant::now() + PATIENCE;
    let found = loop {
        let found = running.json("/collections/school/items?school_code=79000001");
        if found["numberMatched"] == 1 || Instant::now() > patience {
            break found;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(found["numberMatched"], 1);
    assert_eq!(found["features"][0]["properties"]["level"], "primary");
    let communes = running.json("/collections/admin_commune/items?limit=1")["numberMatched"].clone();
    running.stop();

    // Again: nothing is made twice, and what was loaded is there. Served without the demo, the
    // data still say that they are made up, and show an unnamed one only what is open.
    let again = Program::start(&demo, &[]);
    assert_eq!(again.json("/collections/admin_commune/items?limit=1")["numberMatched"], communes);
    assert_eq!(again.json("/collections/school/items?school_code=79000001")["numberMatched"], 1);
    again.stop();
    let served = Program::start(&["serve", "--data", data, "--listen", "127.0.0.1:0"], &[]);
    let catalog = served.json("/catalog");
    assert_eq!(catalog["synthetic"], true);
    assert!(catalog["layers"].as_array().unwrap().iter().all(|l| l["id"] != "telecom_station"));
    assert_eq!(served.get("/collections/telecom_station/items").0, 404);
    served.stop();

    // Another number of parcels would be another sample: it is not mixed with this one.
    let other = program(&["demo", "--data", data, "--parcels", "2000", "--listen", "127.0.0.1:0"], &[])
        .output()
        .unwrap();
    assert!(!other.status.success());
    assert!(String::from_utf8_lossy(&other.stderr).contains("another sample"));
}

/// GDAL's own readers see every commune in the tiles of each zoom and in the features.
#[tokio::test(flavor = "multi_thread")]
async fn real_communes_come_out_of_tiles_and_features_for_gdal() {
    let Some(file) = shared("data/admin/tay_ninh_80_communes_2025.geojson") else { return };
    let database = TestDatabase::with_built_in_layers().await;
    let environment = [("DATABASE_URL", database.url())];
    let file = file.to_str().unwrap().to_owned();
    let import = ["import", &file, "--layer", "admin_commune", "--set", "valid_from=2025-07-01"];
    let summary = succeeded(&mut program(&import, &environment));
    assert!(summary.contains("96"), "{summary}");
    let running = Program::start(&["serve", "--listen", "127.0.0.1:0"], &environment);
    let extent = running.json("/tiles/admin_commune")["bounds"].clone();
    let edge = |i: usize| extent[i].as_f64().unwrap();

    let folder = tempfile::tempdir().unwrap();
    for z in 8..=12 {
        let ((west, north), (east, south)) = (tile(z, edge(0), edge(3)), tile(z, edge(2), edge(1)));
        let mut codes = std::collections::BTreeSet::new();
        for (x, y) in (west..=east).flat_map(|x| (north..=south).map(move |y| (x, y))) {
            let (status, body) = running.get(&format!("/tiles/admin_commune/{z}/{x}/{y}"));
            if status == 204 {
                continue;
            }
            let path = folder.path().join(format!("{z}-{x}-{y}.pbf"));
            fs::write(&path, body).unwrap();
            let tile = gdal::Dataset::open(format!("MVT:{}", path.display())).unwrap();
            let mut layer = tile.layer_by_name("admin_commune").unwrap();
            let code = layer.defn().field_index("code").unwrap();
            for feature in layer.features() {
                let geometry = feature.geometry().unwrap();
                assert!(geometry.is_valid(), "z{z}/{x}/{y}: {}", geometry.wkt().unwrap());
                codes.insert(feature.field_as_string(code).unwrap().unwrap());
            }
        }
        assert_eq!(codes.len(), 96, "zoom {z}");
    }

    let url = format!("OAPIF:{}", running.base);
    let read = succeeded(Command::new("ogrinfo").args(["-ro", "-so", &url, "admin_commune"]));
    assert!(read.contains("Feature Count: 96"), "{read}");
    let every =
        succeeded(Command::new("ogrinfo").args(["-ro", "-q", "-al", "-geom=NO", &url, "admin_commune"]));
    assert_eq!(every.matches("OGRFeature(").count(), 96);
    running.stop();
}

/// A Shapefile in EPSG:9210, made by GDAL from the oracle's pairs, is where the oracle says.
#[tokio::test(flavor = "multi_thread")]
async fn oracle_points_come_out_of_items_within_five_millimetres() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("diem.shp");
    // Near the province, so that the import does not ask whether the system is right.
    let near = |lon: f64, lat: f64| (105.4..106.9).contains(&lon) && (10.3..11.8).contains(&lat);
    let pairs: Vec<_> = PAIRS
        .iter()
        .filter(|p| p.system == 9210 && p.height.is_none() && near(p.longitude, p.latitude))
        .collect();
    assert!(pairs.iter().any(|p| p.latitude > 11.04) && pairs.iter().any(|p| p.latitude < 11.04));
    {
        let driver = gdal::DriverManager::get_driver_by_name("ESRI Shapefile").unwrap();
        let mut dataset = driver.create_vector_only(&path).unwrap();
        let srs = gdal::spatial_ref::SpatialRef::from_epsg(9210).unwrap();
        let layer = dataset
            .create_layer(gdal::vector::LayerOptions {
                name: "diem",
                srs: Some(&srs),
                ty: OGRwkbGeometryType::wkbPoint,
                options: Some(&["ENCODING=UTF-8"]),
            })
            .unwrap();
        let text = gdal::vector::OGRFieldType::OFTString;
        let fields = ["MA_TRUONG", "TEN", "CAP_HOC"];
        for name in fields {
            gdal::vector::FieldDefn::new(name, text).unwrap().add_to_layer(&layer).unwrap();
        }
        for (i, pair) in pairs.iter().enumerate() {
            let at = Geometry::from_wkt(&format!("POINT ({} {})", pair.easting, pair.northing)).unwrap();
            let mut feature = gdal::vector::Feature::new(layer.defn()).unwrap();
            feature.set_geometry(at).unwrap();
            let values = [format!("S{i}"), pair.name.to_owned(), "Tiểu học".to_owned()];
            values.iter().enumerate().for_each(|(i, v)| feature.set_field_string(i, v).unwrap());
            feature.create(&layer).unwrap();
        }
        dataset.close().unwrap();
    }
    let database = TestDatabase::with_built_in_layers().await;
    let environment = [("DATABASE_URL", database.url())];
    succeeded(&mut program(&["import", path.to_str().unwrap(), "--layer", "school"], &environment));
    let running = Program::start(&["serve", "--listen", "127.0.0.1:0"], &environment);
    for (i, pair) in pairs.iter().enumerate() {
        let page = running.json(&format!("/collections/school/items?school_code=S{i}"));
        let at = &page["features"][0]["geometry"]["coordinates"];
        let metres = pair.metres_from(at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
        assert!(metres <= TOLERANCE_M, "{}: {metres} m", pair.name);
    }
    running.stop();
}
