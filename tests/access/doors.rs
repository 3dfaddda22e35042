//! What lies above the caller's class leaves by no door: not a hidden layer, not a hidden
//! attribute, not a hidden row, in no format. Whatever is hidden carries the word `bimat`.

use crate::support::served::Served;
use diaban::{http, layer::AccessClass, store::postgis::PostgisStore};
use std::path::Path;

/// All routes, and the hidden words that the restricted class, and it alone, finds there.
/// `HIDDEN`, `SEEN` and `CABLE` stand for the ids of a hidden row, of a row with a hidden value,
/// and of the row of the hidden layer.
pub(super) const ROUTES: &[(&str, &[&str])] = &[
    ("/", &[]),
    ("/?f=html", &[]),
    ("/conformance", &[]),
    ("/api", &["bimat_owner", "bimat_cable"]),
    ("/catalog", &["bimat_owner", "bimat_cable", "bimat-lop"]),
    ("/collections", &["bimat_cable", "bimat-lop"]),
    ("/collections/well", &[]),
    ("/collections/well/queryables", &["bimat_owner"]),
    ("/collections/well/sortables", &["bimat_owner"]),
    ("/collections/well/quality", &[]),
    ("/collections/well/quality/findings", &[]),
    // Asked by POST; tests/filter_http.rs holds what it hides.
    ("/collections/well/search", &[]),
    ("/collections/well/items?filter=depth%3E1000", &["bimat-hang", "9999.75"]),
    ("/collections/well/items?sortby=-depth&limit=1000", &["bimat_owner", "bimat-hang"]),
    ("/collections/well/items", &["bimat_owner", "bimat-thuoctinh"]),
    ("/collections/well/items?limit=1000", &["bimat_owner", "bimat-thuoctinh", "bimat-hang", "9999.75"]),
    ("/collections/well/items?f=geojson&limit=1000", &["bimat_owner", "bimat-thuoctinh", "bimat-hang"]),
    ("/collections/well/items?bbox=106.94,11.74,106.96,11.76", &["bimat-hang"]),
    ("/collections/well/items?datetime=2021-01-01&limit=1000", &["bimat-hang"]),
    ("/collections/well/items?access_class=restricted", &["bimat-hang"]),
    ("/collections/well/items?depth=9999.75", &["bimat-hang"]),
    ("/collections/well/items?f=html&limit=1000", &["bimat_owner", "bimat-thuoctinh", "bimat-hang"]),
    ("/collections/well/items?properties=code&limit=1000", &["bimat-hang"]),
    (
        "/collections/well/items?bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326&bbox=11.74,106.94,11.76,106.96",
        &["bimat-hang"],
    ),
    ("/collections/well/items/SEEN?f=html", &["bimat-thuoctinh"]),
    ("/collections/well/items/SEEN", &["bimat_owner", "bimat-thuoctinh"]),
    ("/collections/well/items/HIDDEN", &["bimat-hang"]),
    ("/collections?f=html", &["bimat_cable", "bimat-lop"]),
    ("/conformance?f=html", &[]),
    ("/collections/well?f=html", &[]),
    ("/collections/well/imports", &[]),
    ("/collections/well/imports/0", &[]),
    ("/collections/well/imports/0/refused", &[]),
    ("/collections/bimat_cable/imports", &[]),
    ("/collections/well/schema", &["bimat_owner"]),
    ("/collections/well/schema?f=html", &["bimat_owner"]),
    ("/collections/well/tiles", &[]),
    ("/collections/well/tiles?f=html", &[]),
    ("/collections/well/tiles/WebMercatorQuad", &["bimat_owner"]),
    ("/collections/well/tiles/WebMercatorQuad?f=html", &["bimat_owner"]),
    ("/collections/well/tiles/WebMercatorQuad/0/0/0", &["bimat_owner", "bimat-thuoctinh", "bimat-hang"]),
    ("/collections/well/tiles/WebMercatorQuad/14/7653/13059", &["bimat-hang"]),
    ("/collections/well/download?f=geojson", &["bimat_owner", "bimat-thuoctinh", "bimat-hang"]),
    ("/collections/well/download?f=csv", &["bimat_owner", "bimat-thuoctinh", "bimat-hang"]),
    ("/collections/well/download?f=fgb", &["bimat_owner", "bimat-thuoctinh", "bimat-hang"]),
    ("/collections/parcel/download?f=csv", &[]),
    ("/collections/road/download?f=csv", &[]),
    ("/collections/bimat_cable/download?f=csv", &["bimat-lop"]),
    ("/collections/parcel", &[]),
    ("/collections/parcel/queryables", &[]),
    ("/collections/parcel/sortables", &[]),
    ("/collections/parcel/quality", &[]),
    ("/collections/parcel/quality/findings", &[]),
    ("/collections/parcel/search", &[]),
    ("/collections/parcel/schema", &[]),
    ("/collections/parcel/items", &[]),
    ("/collections/parcel/items/1", &[]),
    ("/collections/road", &[]),
    ("/collections/road/queryables", &[]),
    ("/collections/road/sortables", &[]),
    ("/collections/road/quality", &[]),
    ("/collections/road/quality/findings", &[]),
    ("/collections/road/search", &[]),
    ("/collections/road/schema", &[]),
    ("/collections/road/items", &[]),
    ("/collections/road/items/1", &[]),
    ("/collections/bimat_cable", &["bimat-lop"]),
    ("/collections/bimat_cable/queryables", &["bimat-lop"]),
    ("/collections/bimat_cable/sortables", &["bimat-lop"]),
    ("/collections/bimat_cable/quality", &["bimat-lop"]),
    ("/collections/bimat_cable/quality/findings", &[]),
    ("/collections/bimat_cable/search", &[]),
    ("/collections/bimat_cable/items", &["bimat-lop"]),
    ("/collections/bimat_cable/items/CABLE", &["bimat-lop"]),
    ("/collections/bimat_cable/schema", &["bimat-lop"]),
    ("/collections/bimat_cable/tiles", &["bimat-lop"]),
    ("/collections/bimat_cable/tiles/WebMercatorQuad", &["bimat-lop"]),
    ("/collections/bimat_cable/tiles/WebMercatorQuad/0/0/0", &["bimat-lop"]),
    ("/collections/well/statistics?group=code", &[]),
    ("/collections/parcel/statistics", &[]),
    ("/collections/road/statistics", &[]),
    ("/collections/bimat_cable/statistics?group=code", &[]),
    ("/at?point=106.41,11.01", &[]),
    ("/report?area=bbox:106,10.9,107,11.9", &["bimat-hang", "bimat-lop"]),
    ("/report?area=bbox:106,10.9,107,11.9&f=html", &["bimat-hang", "bimat-lop"]),
    ("/report?area=bbox:106,10.9,107,11.9&f=xlsx", &[]),
    ("/report?area=bbox:106,10.9,107,11.9&layers=bimat_cable", &["bimat-lop"]),
    ("/units?q=tan", &[]),
    ("/quality", &["bimat-lop"]),
    ("/quality?f=html", &["bimat-lop"]),
    ("/quality/half-year", &["bimat-lop"]),
    ("/quality/half-year?f=html", &["bimat-lop"]),
    ("/quality/half-year?f=xlsx", &[]),
    ("/aggregates", &[]),
    ("/aggregates?f=html", &[]),
    ("/aggregates/well", &[]),
    ("/aggregates/bimat_cable?f=csv", &[]),
    ("/live?seconds=0", &[]),
    ("/live?seconds=0&layers=bimat_cable", &[]),
    ("/search?q=bimat", &["bimat_cable"]),
    ("/search?q=bimat&f=html", &["bimat_cable"]),
    ("/map/tiles", &[]),
    ("/map/tiles?f=html", &["bimat_cable"]),
    ("/map/tiles/WebMercatorQuad", &["bimat_owner", "bimat_cable", "bimat-lop"]),
    ("/map/tiles/WebMercatorQuad?f=html", &["bimat_owner", "bimat_cable", "bimat-lop"]),
    ("/map/tiles/WebMercatorQuad/0/0/0", &["bimat_cable", "bimat-lop", "bimat_owner", "bimat-hang"]),
    ("/tileMatrixSets", &[]),
    ("/tileMatrixSets/WebMercatorQuad", &[]),
    ("/tiles/well", &["bimat_owner"]),
    ("/tiles/well,parcel,road", &["bimat_owner"]),
    ("/tiles/bimat_cable", &["bimat-lop"]),
    ("/tiles/well,bimat_cable", &["bimat-lop", "bimat_owner"]),
    ("/tiles/well/0/0/0", &["bimat_owner", "bimat-thuoctinh", "bimat-hang"]),
    ("/tiles/well/0/0/0?filter=depth%3E1000", &["bimat-hang"]),
    // Here is nothing but the hidden row.
    ("/tiles/well/14/13059/7653", &["bimat-hang"]),
    ("/tiles/well,parcel,road/8/203/120", &["bimat_owner", "bimat-thuoctinh"]),
    ("/tiles/bimat_cable/0/0/0", &["bimat-lop"]),
    ("/tiles/well,bimat_cable/0/0/0", &["bimat-lop", "bimat-thuoctinh"]),
    ("/styles", &["bimat_cable", "bimat-lop"]),
    ("/styles/map", &["bimat_cable"]),
    ("/styles/well", &[]),
    ("/styles/bimat_cable", &["bimat-lop"]),
    ("/glyphs/Noto%20Sans%20Regular/7680-7935.pbf", &[]),
    ("/sprites/diaban.json", &[]),
    ("/sign-in", &[]),
    ("/assets/no.js", &[]),
    ("/favicon.ico", &[]),
    ("/health/live", &[]),
    ("/health/ready", &[]),
    ("/metrics", &[]),
    ("/nothing", &[]),
];

/// What a client may ask for in a header.
const FORMATS: &[&[(&str, &str)]] = &[
    &[],
    &[("accept", "text/html")],
    &[("accept", "application/json")],
    &[("accept", "application/geo+json"), ("accept-encoding", "gzip")],
    &[("accept", "application/xml, */*;q=0.1"), ("accept-encoding", "gzip, br")],
];

/// Puts the ids into a path.
pub(super) async fn addressed(site: &Served, path: &str) -> String {
    let id = |table: &'static str, code: &'static str| async move {
        site.database.text(&format!("SELECT id FROM gis.{table} WHERE code = '{code}'")).await.unwrap()
    };
    path.replace("HIDDEN", &id("well", "bimat-hang").await)
        .replace("SEEN", &id("well", "W01").await)
        .replace("CABLE", &id("bimat_cable", "bimat-lop 1").await)
}

pub(super) fn holds(body: &[u8], word: &str) -> bool {
    body.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test]
async fn what_is_hidden_leaves_by_no_door() {
    for class in [AccessClass::Open, AccessClass::Shared] {
        let site = Served::to(class).await;
        for (path, _) in ROUTES {
            let path = addressed(&site, path).await;
            for format in FORMATS {
                let answer = site.get_with(&path, format).await;
                assert!([200, 204, 404, 405].contains(&answer.status), "{path}: {}", answer.status);
                // What the client itself wrote may come back to it.
                let asked = path.replace("/collections/bimat_cable", "").replace("bimat_cable", "");
                let body = String::from_utf8_lossy(&answer.decoded()).replace("`bimat_cable`", "");
                for word in ["bimat", "9999.75", "11.75,", "11.7501"] {
                    let echoed = asked.contains(word) && answer.status == 200;
                    assert!(echoed || !holds(body.as_bytes(), word), "{class:?} {path} {format:?}: {word}");
                }
                for (name, value) in &answer.headers {
                    assert!(!holds(value.as_bytes(), "bimat"), "{path}: {name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn who_may_see_it_finds_it_at_each_door() {
    let site = Served::to(AccessClass::Restricted).await;
    for (path, words) in ROUTES {
        let path = addressed(&site, path).await;
        for format in FORMATS {
            let answer = site.get_with(&path, format).await;
            let body = answer.decoded();
            for word in *words {
                assert!(holds(&body, word), "{path} {format:?}: no {word} in {}", answer.text());
            }
        }
    }
}

#[test]
fn the_list_of_doors_is_whole() {
    let fits = |template: &str, path: &str| {
        let path = path.split('?').next().unwrap();
        let (parts, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        parts.len() == template.len()
            && template.iter().zip(parts).all(|(t, p)| t.starts_with('{') || *t == p)
    };
    for template in http::paths::<PostgisStore>() {
        assert!(ROUTES.iter().any(|(path, _)| fits(template, path)), "{template} is in no test");
    }
    // The list is what the router is made of: a route is told of nowhere else.
    let sources = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")).unwrap();
    for source in sources.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let told = std::fs::read_to_string(&source).unwrap().matches(".route(").count();
        assert_eq!(told, usize::from(source.ends_with("routes.rs")), "{}", source.display());
    }
}

#[tokio::test]
async fn what_is_hidden_answers_like_what_is_not_there() {
    let site = Served::to(AccessClass::Open).await;
    for (hidden, missing, path) in [
        ("bimat_cable", "no_such_one", "/collections/NAME"),
        ("bimat_cable", "no_such_one", "/collections/NAME/queryables"),
        ("bimat_cable", "no_such_one", "/styles/NAME"),
        ("bimat_cable", "no_such_one", "/collections/NAME/items"),
        ("bimat_cable", "no_such_one", "/collections/NAME/items/1"),
        ("bimat_cable", "no_such_one", "/collections/NAME/imports"),
        ("bimat_cable", "no_such_one", "/collections/NAME/schema"),
        ("bimat_cable", "no_such_one", "/collections/NAME/tiles"),
        ("bimat_cable", "no_such_one", "/collections/NAME/tiles/WebMercatorQuad"),
        ("bimat_cable", "no_such_one", "/collections/NAME/tiles/WebMercatorQuad/0/0/0"),
        ("bimat_owner", "no_such_one", "/collections/well/tiles/WebMercatorQuad/0/0/0?properties=NAME"),
        ("bimat_cable", "no_such_one", "/aggregates/NAME"),
        ("bimat_cable", "no_such_one", "/tiles/NAME"),
        ("bimat_cable", "no_such_one", "/tiles/NAME/0/0/0"),
        ("bimat_cable", "no_such_one", "/tiles/NAME/99/0/0"),
        ("bimat_owner", "no_such_one", "/collections/well/items?NAME=x"),
        ("bimat_owner", "no_such_one", "/collections/well/items?NAME=%00"),
        ("HIDDEN", "999999", "/collections/well/items/NAME"),
        ("bimat-hang", "no-such-row", "/collections/well/items?code=NAME"),
    ] {
        let hidden = addressed(&site, hidden).await;
        let of = async |name: &str| {
            let answer = site.get(&path.replace("NAME", name)).await;
            let mut body = answer.json();
            body["timeStamp"].take();
            (answer.status, body.to_string().replace(name, "NAME"))
        };
        assert_eq!(of(&hidden).await, of(missing).await, "{path}");
    }
}

#[tokio::test]
async fn counts_and_extents_do_not_tell_of_hidden_rows() {
    for (class, rows, north) in [(AccessClass::Open, 23, 11.2001), (AccessClass::Restricted, 24, 11.7501)] {
        let site = Served::to(class).await;
        assert_eq!(site.json("/collections/well/items").await["numberMatched"], rows, "{class:?}");
        let extent =
            site.json("/collections/well").await["extent"]["spatial"]["bbox"][0][3].as_f64().unwrap();
        assert!((extent - north).abs() < 1e-6, "{class:?}: {extent}");
        assert_eq!(site.json("/tiles/well").await["bounds"][3], extent, "{class:?}");
    }
}

#[tokio::test]
async fn a_row_is_seen_from_its_class_upward_and_one_of_an_unknown_class_by_the_highest() {
    for (class, seen) in [
        (AccessClass::Open, &["A none", "B open"][..]),
        (AccessClass::Shared, &["A none", "B open", "C shared"]),
        (AccessClass::Restricted, &["A none", "B open", "C shared", "D restricted", "E unknown", "F empty"]),
    ] {
        let site = Served::to(class).await;
        site.database
            .execute(
                "TRUNCATE gis.well; INSERT INTO gis.well (code, access_class, geom) SELECT code, class, \
                 'SRID=4326;POINT(100 10)' FROM (VALUES ('A none', NULL), ('B open', 'open'), \
                 ('C shared', 'shared'), ('D restricted', 'restricted'), ('E unknown', 'mật'), ('F empty', '')) \
                 AS t (code, class)",
            )
            .await;
        let page = site.json("/collections/well/items?limit=100").await;
        assert_eq!(crate::support::served::property(&page, "code"), seen, "{class:?}");
        let tile = site.get("/tiles/well/0/0/0").await.decoded();
        for code in ["A none", "B open", "C shared", "D restricted", "E unknown", "F empty"] {
            assert_eq!(holds(&tile, code), seen.contains(&code), "{class:?}: {code} in the tile");
        }
    }
}
