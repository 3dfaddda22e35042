//! OGC API Features, part 2 (18-058r1): coordinate reference systems by reference. A test for each
//! requirement, named after it, and what the suites do not prove: the coordinates themselves,
//! their order, and which features a box of another system finds.

use crate::support::served::{Served, href, property};
use diaban::{crs::oracle::PAIRS, layer::AccessClass};
use serde_json::Value as Json;

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const PROVINCE: &str = "http://www.opengis.net/def/crs/EPSG/0/9210";
const ITEMS: &str = "/collections/well/items";

async fn open() -> Served {
    Served::to(AccessClass::Open).await
}

fn epsg(code: u32) -> String {
    format!("http://www.opengis.net/def/crs/EPSG/0/{code}")
}

fn uris(value: &Json) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}

/// The two coordinates of the first feature of a page, as they stand.
fn position(page: &Json) -> [f64; 2] {
    let feature = page["features"].as_array().map_or(page, |list| &list[0]);
    serde_json::from_value(feature["geometry"]["coordinates"].clone()).unwrap()
}

#[tokio::test]
async fn crs_fc_md_crs_list_and_storage_crs() {
    let site = open().await;
    let list = site.json("/collections").await;
    let all = uris(&list["crs"]);
    assert_eq!(all[0], CRS84);
    for code in [9210, 9209, 5897, 3405, 4756, 4326, 3857] {
        assert!(all.contains(&epsg(code)), "{code}");
    }
    for collection in list["collections"].as_array().unwrap() {
        let own = uris(&collection["crs"]);
        assert_eq!(own, all);
        assert!(own.contains(&collection["storageCrs"].as_str().unwrap().to_owned()));
    }
    let classes = site.json("/conformance").await["conformsTo"].to_string();
    assert!(classes.contains("http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs\""));
}

#[tokio::test]
async fn crs_ogc_crs_header_on_every_answer() {
    let site = open().await;
    let item = format!("{ITEMS}/1");
    for path in [ITEMS, &item] {
        for system in uris(&site.json("/collections").await["crs"]) {
            let answer = site.get(&format!("{path}?crs={system}")).await;
            assert_eq!(answer.header("content-crs"), Some(&*format!("<{system}>")), "{path}");
            assert_eq!(answer.status, 200);
        }
        assert_eq!(site.get(path).await.header("content-crs"), Some(&*format!("<{CRS84}>")), "{path}");
    }
    let page = site.get(&format!("{ITEMS}?f=html&crs={PROVINCE}")).await;
    assert_eq!(page.header("content-crs"), Some(&*format!("<{PROVINCE}>")));
}

#[tokio::test]
async fn crs_fc_crs_valid_value_others_are_400() {
    let site = open().await;
    for parameter in ["crs", "bbox-crs"] {
        for wrong in ["http://www.opengis.net/def/crs/EPSG/0/2154", "VN2000", "", &epsg(6957)] {
            let path = format!("{ITEMS}?{parameter}={wrong}&bbox=1,2,3,4");
            let detail = site.get(&path).await.problem(400);
            assert!(detail.starts_with(&format!("{parameter}: ")), "{detail}");
        }
    }
    assert!(site.get(&format!("{ITEMS}/1?crs=EPSG:1")).await.problem(400).contains("crs"));
    assert!(site.get(&format!("{ITEMS}?crs={}", epsg(6957))).await.problem(400).contains("EPSG:5897"));
}

#[tokio::test]
async fn crs_ogc_crs_coordinates_are_those_of_the_oracle() {
    let site = open().await;
    site.database.execute("TRUNCATE gis.well").await;
    for pair in PAIRS.iter().filter(|p| p.height.is_none()) {
        let (lon, lat) = (pair.longitude, pair.latitude);
        let insert =
            format!("INSERT INTO gis.well (code, geom) VALUES ('X', 'SRID=4326;POINT({lon} {lat})')");
        site.database.execute(&format!("TRUNCATE gis.well; {insert}")).await;
        let [easting, northing] = position(&site.json(&format!("{ITEMS}?crs={}", epsg(pair.system))).await);
        let off = (easting - pair.easting).hypot(northing - pair.northing);
        assert!(off <= pair.tolerance_m.max(0.005), "{}: {off} m", pair.name);
    }
}

#[tokio::test]
async fn crs_axis_order_is_that_of_the_register() {
    let site = open().await;
    let of = async |code: u32| position(&site.json(&format!("{ITEMS}?code=W01&crs={}", epsg(code))).await);
    assert_eq!(of(4326).await, [11.01, 106.41], "latitude first");
    let [lat, lon] = of(4756).await;
    assert!((lat - 11.01).abs() < 0.01 && (lon - 106.41).abs() < 0.01 && [lat, lon] != [11.01, 106.41]);
    // EPSG writes the easting of these planes first.
    for code in [9210, 9209, 5897, 3405, 32648] {
        let [easting, northing] = of(code).await;
        assert!((500_000.0..700_000.0).contains(&easting), "{code}: {easting}");
        assert!((1_210_000.0..1_225_000.0).contains(&northing), "{code}: {northing}");
    }
    let [x, y] = of(3857).await;
    assert!((11_845_500.0..11_845_600.0).contains(&x) && (1_233_000.0..1_235_500.0).contains(&y), "{x} {y}");
    assert_eq!(position(&site.json(&format!("{ITEMS}?code=W01&crs={CRS84}")).await), [106.41, 11.01]);
}

#[tokio::test]
async fn crs_of_lines_areas_and_nothing_is_brought_over_whole() {
    let site = open().await;
    for layer in ["parcel", "road"] {
        let of = async |crs: &str| site.json(&format!("/collections/{layer}/items?crs={crs}")).await;
        let (degrees, plane) = (of(CRS84).await, of(PROVINCE).await);
        for (degrees, plane) in
            degrees["features"].as_array().unwrap().iter().zip(plane["features"].as_array().unwrap())
        {
            assert_eq!(degrees["geometry"]["type"], plane["geometry"]["type"]);
            let same = format!(
                "SELECT ST_HausdorffDistance(ST_GeomFromGeoJSON('{}'), ST_GeomFromGeoJSON('{}')) < 1e-7",
                degrees["geometry"],
                site.database.text(&back(&plane["geometry"])).await.unwrap()
            );
            assert_eq!(site.database.text(&same).await.unwrap(), "t", "{}", degrees["geometry"]);
        }
    }
    let nowhere = site.json(&format!("{ITEMS}?code=NOWHERE&crs={PROVINCE}")).await;
    assert_eq!(nowhere["features"][0]["geometry"], Json::Null);
    // The other side of the earth has no place in a plane of Vietnam.
    let fiji = site.json(&format!("{ITEMS}?code=FIJI%20WEST&crs={PROVINCE}")).await;
    assert_eq!(fiji["features"][0]["geometry"], Json::Null);
}

/// SQL that takes a geometry of EPSG:9210 back, by the official parameters in `spatial_ref_sys`.
fn back(geometry: &Json) -> String {
    let geometry = geometry.to_string();
    format!("SELECT ST_AsGeoJSON(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON('{geometry}'), 9210), 4326), 12)")
}

/// The codes that a box finds.
async fn found(site: &Served, bbox: &str, system: &str) -> Vec<String> {
    let page = site.json(&format!("{ITEMS}?limit=100&bbox={bbox}&bbox-crs={system}")).await;
    let codes: Vec<String> = property(&page, "code").into_iter().map(str::to_owned).collect();
    assert_eq!(page["numberMatched"], codes.len(), "{bbox} {system}");
    codes
}

#[tokio::test]
async fn crs_fc_bbox_crs_is_in_the_order_of_its_system() {
    let site = open().await;
    let first = ["W01", "W02", "W03"];
    assert_eq!(found(&site, "106.405,11.005,106.435,11.035", CRS84).await, first);
    assert_eq!(found(&site, "11.005,106.405,11.035,106.435", &epsg(4326)).await, first);
    assert!(found(&site, "10.005,10.405,11.035,80.435", &epsg(4326)).await.is_empty());
    // Latitude and longitude of VN-2000 lie some 0.002 degrees off.
    assert_eq!(found(&site, "11.0,106.4,11.035,106.435", &epsg(4756)).await, first);
    for code in [9210, 9209, 5897, 3405, 32648, 3857] {
        let page = site.json(&format!("{ITEMS}?limit=100&crs={}", epsg(code))).await;
        let places: Vec<[f64; 2]> = page["features"].as_array().unwrap()[..3].iter().map(position).collect();
        let [a, b] = places[0];
        let [c, d] = places[2];
        let text = format!("{},{},{},{}", a - 1.0, b - 1.0, c + 1.0, d + 1.0);
        assert_eq!(found(&site, &text, &epsg(code)).await, first, "{code} {text}");
        let heights = format!("{},{},0,{},{},9", a - 1.0, b - 1.0, c + 1.0, d + 1.0);
        assert_eq!(found(&site, &heights, &epsg(code)).await, first, "{code} {heights}");
        // The edge itself is out by a metre.
        let text = format!("{},{},{},{}", a + 1.0, b + 1.0, c - 1.0, d - 1.0);
        assert_eq!(found(&site, &text, &epsg(code)).await, ["W02"], "{code} {text}");
    }
}

#[tokio::test]
async fn crs_fc_bbox_crs_is_no_box_of_degrees() {
    let site = open().await;
    // On its own meridian of 102 degrees the plane lies askew here: a box of degrees around this
    // box of the plane reaches some 200 m further at its corners.
    let system = epsg(5896);
    let page = site.json(&format!("{ITEMS}?code=W01&crs={system}")).await;
    let [e, n] = position(&page);
    site.database
        .execute(&format!(
            "TRUNCATE gis.well; INSERT INTO gis.well (code, geom) SELECT code, ST_Transform(ST_SetSRID(\
             ST_MakePoint({e} + x, {n} + y), 5896), 4326) FROM (VALUES ('in the corner', 9999, 9999), \
             ('east', 10001, 0), ('north', 0, 10001), ('in', 0, 0), ('in the west', -9999, 9999), \
             ('south', 5000, -10001)) AS t (code, x, y)"
        ))
        .await;
    let bbox = format!("{},{},{},{}", e - 1e4, n - 1e4, e + 1e4, n + 1e4);
    assert_eq!(found(&site, &bbox, &system).await, ["in the corner", "in", "in the west"]);
    // The whole plane, further than it can be reckoned with.
    let all = found(&site, "-1e9,-1e9,1e9,1e9", &system).await;
    assert_eq!(all.len(), 6);
    assert!(found(&site, "1e9,1e9,2e9,2e9", &system).await.is_empty());
    let above = site.get(&format!("{ITEMS}?bbox=10,10,5,20&bbox-crs={system}")).await.problem(400);
    assert!(above.contains("bbox"), "{above}");
}

#[tokio::test]
async fn pages_keep_the_system_and_the_attributes() {
    let site = open().await;
    let mut next = Some(format!("{ITEMS}?limit=9&crs={PROVINCE}&properties=code,depth"));
    let mut seen = 0;
    while let Some(address) = next {
        let answer = site.get(&address).await;
        assert_eq!(answer.header("content-crs"), Some(&*format!("<{PROVINCE}>")), "{address}");
        let page = answer.json();
        for feature in page["features"].as_array().unwrap() {
            let names: Vec<&String> = feature["properties"].as_object().unwrap().keys().collect();
            assert_eq!(names, ["code", "depth"]);
            seen += 1;
        }
        next = href(&page, "next").map(str::to_owned);
    }
    assert_eq!(seen, 23);
}

#[tokio::test]
async fn properties_chooses_attributes_and_may_filter_by_others() {
    let site = open().await;
    let page = site.json(&format!("{ITEMS}?properties=depth&code=W03")).await;
    assert_eq!(page["features"][0]["properties"], serde_json::json!({ "depth": 3.5 }));
    let one = site.json(&format!("{ITEMS}/1?properties=use,code")).await;
    assert_eq!(one["properties"].as_object().unwrap().len(), 2);
    let none = site.json(&format!("{ITEMS}/1?properties=")).await;
    assert_eq!(none["properties"], serde_json::json!({}));
    let detail = site.get(&format!("{ITEMS}?properties=code,colour")).await.problem(400);
    assert!(detail.contains("`colour`") && detail.contains("depth"), "{detail}");
    assert!(!site.get(&format!("{ITEMS}?properties=bimat_owner")).await.problem(400).contains("code, bimat"));
}
