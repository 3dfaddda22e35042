//! Areas that come as files, made by GDAL as people's programs make them; and files that mean harm.

use super::http::served;
use crate::support::served::{Answer, Served};
use gdal::{
    Dataset, DriverManager,
    spatial_ref::{AxisMappingStrategy, SpatialRef},
    vector::{Geometry, LayerAccess, LayerOptions, OGRwkbGeometryType},
};
use std::{
    io::{Cursor, Write},
    path::Path,
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// A square of 600 m in the plane of EPSG:9210, easting first, and a line beside it.
const SQUARE: &str = "POLYGON((571000 1205000,571600 1205000,571600 1205600,571000 1205600,571000 1205000))";
/// The same corners in degrees of WGS 84.
const DEGREES: &str = "POLYGON((106.4 10.9,106.42 10.9,106.42 10.92,106.4 10.92,106.4 10.9))";

/// A file of one layer, by GDAL.
fn made(driver: &str, name: &str, wkt: &str, system: Option<u32>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    write(&path, driver, wkt, system);
    if driver == "ESRI Shapefile" { zipped(folder.path()) } else { std::fs::read(path).unwrap() }
}

fn write(path: &Path, driver: &str, wkt: &str, system: Option<u32>) {
    let reference = system.map(|code| {
        let mut reference = SpatialRef::from_epsg(code).unwrap();
        reference.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        reference
    });
    let mut dataset: Dataset =
        DriverManager::get_driver_by_name(driver).unwrap().create_vector_only(path).unwrap();
    let geometry = Geometry::from_wkt(wkt).unwrap();
    let ty = if driver == "DXF" { OGRwkbGeometryType::wkbUnknown } else { geometry.geometry_type() };
    let name = if driver == "DXF" { "entities" } else { "drawn" };
    let options = LayerOptions { name, srs: reference.as_ref(), ty, options: None };
    let mut layer = dataset.create_layer(options).unwrap();
    layer.create_feature(geometry).unwrap();
    drop(dataset);
}

/// An archive of one file.
fn archived(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

fn zipped(folder: &Path) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("Ranh giới/{}", path.file_name().unwrap().to_string_lossy());
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(&std::fs::read(path).unwrap()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

async fn send(site: &Served, path: &str, kind: &str, body: Vec<u8>) -> Answer {
    site.send("POST", path, &[("content-type", kind)], body).await
}

const ASK: &str = "/collections/land_use_plan/statistics";
const ANY: &str = "application/octet-stream";

#[tokio::test]
async fn every_kind_of_file_is_an_area() {
    let site = served().await;
    let truth =
        send(&site, ASK, "application/json", format!(r#"{{"area":"{DEGREES}"}}"#).into_bytes()).await.json();
    assert!(truth["total"]["count"].as_u64().unwrap() > 0, "{truth}");
    for (driver, name, kind) in [
        ("GeoJSON", "a.geojson", "application/geo+json"),
        ("KML", "a.kml", "application/vnd.google-earth.kml+xml"),
        ("GPKG", "a.gpkg", "application/geopackage+sqlite3"),
        ("ESRI Shapefile", "a.shp", "application/zip"),
        ("GeoJSON", "a.geojson", ANY),
        ("KML", "a.kml", "application/vnd.google-earth.kmz"),
    ] {
        let mut bytes = made(driver, name, DEGREES, Some(4326));
        if kind.ends_with("kmz") {
            bytes = archived("doc.kml", &bytes);
        }
        let answer = send(&site, ASK, kind, bytes).await;
        assert_eq!(answer.status, 200, "{driver}: {}", answer.text());
        let answer = answer.json();
        let (is, should) = (&answer["total"]["area_ha"], &truth["total"]["area_ha"]);
        assert!((is.as_f64().unwrap() - should.as_f64().unwrap()).abs() < 1e-6, "{driver}: {is}, {should}");
        assert!(answer["notes"][0]["vi"].as_str().unwrap().contains("EPSG:4326"), "{answer}");
    }
}

#[tokio::test]
async fn a_file_in_vn_2000_says_its_plane_or_its_sender_does() {
    let site = served().await;
    let ask = "/report?layers=school";
    let of = |answer: Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["area"]["area_ha"].as_f64().unwrap()
    };
    for (driver, name) in [("GPKG", "a.gpkg"), ("ESRI Shapefile", "a.shp")] {
        let hectares = of(send(&site, ask, ANY, made(driver, name, SQUARE, Some(9210))).await);
        assert!((hectares - 36.0).abs() < 1e-9, "{driver}: {hectares}");
    }
    // Said by the sender: a drawing never knows.
    let drawing = || made("DXF", "a.dxf", SQUARE, None);
    let detail = send(&site, ask, "image/vnd.dxf", drawing()).await.problem(400);
    assert!(detail.contains("area-crs=EPSG:9210"), "{detail}");
    let said = format!("{ask}&area-crs=EPSG:9210");
    assert!((of(send(&site, &said, "image/vnd.dxf", drawing()).await) - 36.0).abs() < 1e-6);
    // A closed line of a drawing is an area, one of a GeoPackage is not.
    let ring = SQUARE.replace("POLYGON((", "LINESTRING(").replace("))", ")");
    assert!((of(send(&site, &said, ANY, made("DXF", "a.dxf", &ring, None)).await) - 36.0).abs() < 1e-6);
    let detail = send(&site, ask, ANY, made("GPKG", "a.gpkg", &ring, Some(9210))).await.problem(400);
    assert!(detail.contains("no area"), "{detail}");
    // Found by garbled bytes: GDAL never comes to the end of such a one.
    let endless = b"0\nSECTION\n2\nENTITIES\n\r\r\r\r\r\0v".to_vec();
    let detail = send(&site, &said, ANY, endless).await.problem(400);
    assert!(detail.contains("carriage returns alone"), "{detail}");
    // In the neighbouring zone the same numbers lie elsewhere, and have nearly the same area.
    let zone = of(send(&site, &format!("{ask}&area-crs=EPSG:9209"), ANY, drawing()).await);
    assert!((zone - 36.0).abs() < 0.05 && (zone - 36.0).abs() > 1e-6, "{zone}");
    let detail = send(&site, &format!("{ask}&area-crs=EPSG:4326"), ANY, drawing()).await.problem(400);
    assert!(detail.contains("another system"), "{detail}");
}

#[tokio::test]
async fn files_that_mean_harm_are_refused() {
    let site = served().await;
    let bomb = {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let nothing = vec![0; 1 << 20];
        archive.start_file("a.shp", SimpleFileOptions::default()).unwrap();
        (0..70).for_each(|_| archive.write_all(&nothing).unwrap());
        archive.start_file("a.shx", SimpleFileOptions::default()).unwrap();
        archive.finish().unwrap().into_inner()
    };
    let archive = |names: &[&str]| {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(b"x").unwrap();
        }
        archive.finish().unwrap().into_inner()
    };
    let many: Vec<String> = (0..200).map(|i| format!("{i}.txt")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let kml = made("KML", "a.kml", DEGREES, Some(4326));
    let laughing = String::from_utf8(kml).unwrap().replacen(
        "<kml",
        "<!DOCTYPE kml [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><kml",
        1,
    );
    let view = {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gpkg");
        write(&path, "GPKG", DEGREES, Some(4326));
        let file = rusqlite::Connection::open(&path).unwrap();
        file.execute_batch("CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n").unwrap();
        drop(file);
        std::fs::read(path).unwrap()
    };
    let vrt = br#"<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"#;
    let cut = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    for (what, body, part) in [
        ("a path", archive(&["../../../tmp/evil.txt", "/etc/passwd"]), "no Shapefile"),
        ("entities in a KMZ", archived("doc.kml", laughing.as_bytes()), "entities"),
        ("two KML", archive(&["doc.kml", "other.kml"]), "several"),
        ("both", archive(&["a.shp", "a.shx", "a.kml"]), "send one"),
        ("garbage under a path", archive(&["../../evil.shp", "../../evil.shx"]), "Shapefile"),
        ("two", archive(&["a.shp", "a.shx", "b.shp"]), "several"),
        ("many", archive(&many), "100 entries"),
        ("no archive", b"PK\x03\x04nothing".to_vec(), "damaged"),
        ("entities", laughing.into_bytes(), "entities"),
        ("a view", view, "views"),
        ("another file's name", vrt.to_vec(), "KML"),
        ("text", b"hello".to_vec(), "none of"),
        ("half a GeoPackage", cut(made("GPKG", "a.gpkg", DEGREES, Some(4326))), "GeoPackage"),
        ("half a GeoJSON", cut(made("GeoJSON", "a.geojson", DEGREES, Some(4326))), "GeoJSON"),
        (
            "not a number",
            br#"{"type":"Polygon","coordinates":[[[1e999,1],[2,2],[3,1],[1e999,1]]]}"#.to_vec(),
            "file",
        ),
    ] {
        let detail = send(&site, ASK, ANY, body).await.problem(400);
        assert!(detail.contains(part) && !detail.contains("/tmp"), "{what}: {detail}");
    }
    assert!(!Path::new("/tmp/evil.txt").exists());
    let detail = send(&site, ASK, ANY, bomb).await.problem(413);
    assert!(detail.contains("64 MB"), "{detail}");
    let detail = send(&site, ASK, ANY, circle().into_bytes()).await.problem(413);
    assert!(detail.contains("200000 positions"), "{detail}");
}

/// A GeoJSON of one area with more positions than one may have.
fn circle() -> String {
    let turn = |i: u32| f64::from(i % 200_001) / 200_001.0 * std::f64::consts::TAU;
    let position = |i| format!("[{:.6},{:.6}]", 106.4 + 0.1 * turn(i).cos(), 10.9 + 0.1 * turn(i).sin());
    let ring: Vec<String> = (0..=200_001).map(position).collect();
    format!("{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}}", ring.join(","))
}

#[tokio::test]
async fn a_file_is_the_only_area_and_comes_alone() {
    let site = served().await;
    let file = || made("GeoJSON", "a.geojson", DEGREES, Some(4326));
    send(&site, &format!("{ASK}?area=circle:106.4,10.9,500"), ANY, file()).await.problem(400);
    site.get(&format!("{ASK}?area=circle:106.4,10.9,500&area-crs=EPSG:9210")).await.problem(400);
    send(&site, &format!("{ASK}?area-crs=EPSG:1"), ANY, file()).await.problem(400);
    send(&site, ASK, ANY, vec![b'{'; 9 << 20]).await.problem(413);
}

/// A form as `curl -F` sends it: names, file names, bytes.
fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|f| format!("; filename=\"{f}\"\r\nContent-Type: {ANY}")).unwrap_or_default();
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    body
}

#[tokio::test]
async fn a_form_brings_a_file_and_says_what_is_asked_of_it() {
    let site = served().await;
    let kind = "multipart/form-data; boundary=x";
    let drawing = made("DXF", "a.dxf", SQUARE, None);
    let file = ("file", Some("Ranh giới.dxf"), &drawing[..]);
    let system = ("area-crs", None, &b"EPSG:9210"[..]);
    let answer = send(&site, ASK, kind, form(&[file, system, ("group", None, b"land_use_code")])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert!((answer["area"]["area_ha"].as_f64().unwrap() - 36.0).abs() < 1e-6, "{answer}");
    assert!(answer["groups"].is_array(), "{answer}");
    // Without a file it is a question like any other; what nobody filled in is not there.
    let area = ("area", None, &b"circle:106.41,10.91,500"[..]);
    let answer = send(&site, ASK, kind, form(&[area, ("file", Some(""), b""), ("group", None, b"")])).await;
    assert!(answer.json()["total"]["count"].as_u64().unwrap() > 0);
    let half = form(&[file]);
    for (what, body, part) in [
        ("no system", form(&[file]), "area-crs=EPSG:9210"),
        ("a system without a file", form(&[area, system]), "goes with a file"),
        ("two files", form(&[file, file, system]), "several files"),
        ("a file and an area", form(&[file, system, area]), "one already"),
        ("an empty file", form(&[("file", Some("a.kml"), b"")]), "is empty"),
        ("nothing", form(&[("group", None, b"land_use_code")]), "neither an area nor a file"),
        ("two areas", form(&[area, area]), "two parts"),
        ("another part", form(&[("colour", None, b"red")]), "`colour`"),
        ("half a form", half[..half.len() / 2].to_vec(), "no whole form"),
        ("many parts", form(&[("group", None, &b""[..]); 40]), "more than 32 parts"),
    ] {
        let detail = send(&site, ASK, kind, body).await.problem(400);
        assert!(detail.contains(part), "{what}: {detail}");
    }
    send(&site, ASK, "multipart/form-data", form(&[file])).await.problem(400);
    let asked = format!("{ASK}?area=circle:106.41,10.91,500");
    let answer = send(&site, &asked, kind, form(&[("group", None, b"land_use_code")])).await;
    assert!(answer.json()["groups"].is_array(), "{}", answer.text());
    let detail = send(&site, ASK, "application/geo+json", Vec::new()).await.problem(400);
    assert!(detail.contains("body is empty"), "{detail}");
    send(&site, &format!("{ASK}?area-crs=EPSG:9210"), kind, form(&[file, system])).await.problem(400);
}
