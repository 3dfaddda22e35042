//! The examples of `docs/clients`, run as they stand there by the programs that they are for: maps of three libraries
//! in a browser, Python, and what QGIS reads.

use crate::support::TestDatabase;
use diaban::{
    http::{Site, serve},
    layer::{AccessClass, Caller, Catalog, Grants},
    store::{api_key::ApiKey, postgis::PostgisStore},
};
use serde_json::{Value as Json, json};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};
use time::macros::date;
use tokio::net::TcpListener;

/// Homes and rice beside each other, each a tenth of a degree wide; ten schools in them and two far away. Of the
/// closed layer a field of rice beside one of lemons.
const ROWS: &str = "
    INSERT INTO gis.land_use_plan (lup_id, land_use_code, geom) VALUES
        ('K1', 'ODT', ST_Multi(ST_MakeEnvelope(106.0, 11.0, 106.1, 11.1, 4326))),
        ('K2', 'LUC', ST_Multi(ST_MakeEnvelope(106.1, 11.0, 106.2, 11.1, 4326)));
    INSERT INTO gis.school (school_code, campus_no, name_vi, level, geom)
        SELECT 'S' || i, 1, 'Trường ' || i, 'primary',
               ST_SetSRID(ST_MakePoint(CASE WHEN i <= 10 THEN 106.0 + i * 0.018 ELSE 108.0 END, 11.05), 4326)
        FROM generate_series(1, 12) AS i;
    INSERT INTO gis.crop_zone (growing_area_code, crop, geom) VALUES
        ('V1', 'rice', ST_Multi(ST_MakeEnvelope(106.0, 11.0, 106.1, 11.1, 4326))),
        ('V2', 'lemon', ST_Multi(ST_MakeEnvelope(106.1, 11.0, 106.2, 11.1, 4326)));
";
const GRANTS: &str = "[[grants]]\nagency = \"sonnmt\"\nlayers = [\"crop_zone\"]\nclass = \"restricted\"\n";
/// What the closed layer takes in the place of the open one.
const CLOSED: [(&str, &str); 2] = [("LAYER", "crop_zone"), ("FILTER", "crop = 'rice'")];
const SAMPLE: &str = "synthetic sample";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn example(name: &str) -> PathBuf {
    root("docs/clients").join(name)
}

/// A server that listens, with a key to its closed layer.
struct Open {
    database: TestDatabase,
    address: SocketAddr,
    key: String,
}

impl Open {
    async fn new() -> Self {
        let catalog = Catalog::built_in().unwrap();
        let database = TestDatabase::with_catalog(&catalog).await;
        database.execute(ROWS).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("grants.toml");
        fs::write(&file, GRANTS).unwrap();
        let grants = Grants::read(&file, &catalog, date!(2026 - 11 - 30)).map_err(|e| e.to_string()).unwrap();
        let key = ApiKey::random().unwrap();
        database.database().add_api_key("sonnmt", "", 1, &key.hash()).await.unwrap();

        let store = PostgisStore::new(database.database());
        let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
        site.synthetic = true;
        site.callers.grant(grants);
        site.callers.keys().take(database.database().api_keys().await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::new(site), std::future::pending()));
        Self { database, address, key: key.text().to_owned() }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The answer to a request as QGIS sends it: status, kind and body.
    async fn ask(&self, url: String, accept: &'static str) -> (u16, String, Vec<u8>) {
        let asked = move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let mut answer = agent.get(&url).header("accept", accept).call().unwrap();
            let kind = answer.headers().get("content-type").map(|k| k.to_str().unwrap().to_owned());
            (answer.status().as_u16(), kind.unwrap_or_default(), answer.body_mut().read_to_vec().unwrap())
        };
        tokio::task::spawn_blocking(asked).await.unwrap()
    }

    async fn json(&self, url: &str, accept: &'static str) -> Json {
        let (status, kind, body) = self.ask(url.to_owned(), accept).await;
        assert_eq!(status, 200, "{url}: {}", String::from_utf8_lossy(&body));
        assert!(kind.contains("json"), "{url}: {kind}");
        serde_json::from_slice(&body).unwrap()
    }
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn succeeded(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// What is to be seen of the three maps, with other values of their constants; `make test` brings what this needs.
async fn maps(server: &Open, name: &str, constants: &[(&str, &str)]) -> Vec<Json> {
    assert!(root("web/node_modules/ol").exists(), "`make page` brings the libraries");
    let mut browser = Command::new("node");
    browser.current_dir(root("web")).arg("test/clients.mjs").arg(root("target/clients").join(name));
    browser.arg(format!("SERVER={}", server.url()));
    browser.args(constants.iter().map(|(name, value)| format!("{name}={value}")));
    let text = succeeded(&run(browser).await);
    let all: Vec<Json> = serde_json::from_str(&text).unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|map| map["strangers"] == json!([])), "another host is asked: {text}");
    all
}

/// Holds that no map complains on the console.
fn without_complaints(maps: Vec<Json>) -> Vec<Json> {
    for map in &maps {
        assert_eq!(map["complaints"], json!([]), "{}", map["name"]);
    }
    maps
}

/// Tiles that a map has asked for.
fn tiles(map: &Json) -> Vec<&Json> {
    let asked = map["asked"].as_array().unwrap().iter();
    let is_tile =
        |one: &&Json| one["path"].as_str().unwrap().split('/').filter(|part| !part.is_empty()).count() == 5;
    asked.filter(is_tile).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn maps_of_three_libraries_show_a_layer_a_filter_and_the_features_of_a_box() {
    let server = Open::new().await;
    let filtered = maps(&server, "filtered", &[]).await;
    let whole = maps(&server, "whole", &[("FILTER", "")]).await;
    for (some, all) in without_complaints(filtered).iter().zip(&without_complaints(whole)) {
        let name = &some["name"];
        let pixels = |map: &Json, of: &str| map[of].as_u64().unwrap();
        let (homes, both) = (pixels(some, "areas"), pixels(all, "areas"));
        assert!(both > 20_000, "{name}: {both} pixels of the layer");
        assert!(
            (45..=55).contains(&(homes * 100 / both)),
            "{name}: {homes} of {both} pixels pass the filter"
        );
        // A disc of radius 3 covers some pixels at its rim in part.
        let schools = pixels(some, "points");
        assert!(schools > 10 * 8, "{name}: {schools} pixels of ten schools");
        assert_eq!(some["told"], "school: 10 / 10", "{name}");
        assert!(some["text"].as_str().unwrap().contains(SAMPLE), "{name}: {}", some["text"]);
        assert!(!tiles(some).is_empty(), "{name}: {}", some["asked"]);
        assert!(
            tiles(some).iter().all(|tile| tile["path"].as_str().unwrap().contains("?filter=land_use_code"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_in_a_header_the_maps_show_what_is_closed_and_without_one_they_say_why_not() {
    let server = Open::new().await;
    let with_key: Vec<_> = CLOSED.into_iter().chain([("KEY", &*server.key)]).collect();
    let opened = maps(&server, "key", &with_key).await;
    for map in &without_complaints(opened) {
        let name = &map["name"];
        assert!(map["areas"].as_u64().unwrap() > 10_000, "{name}: {}", map["told"]);
        let asked = map["asked"].as_array().unwrap();
        assert!(asked.iter().all(|one| one["key"] == *server.key), "{name}: {asked:?}");
        assert!(
            !tiles(map).is_empty()
                && !asked.iter().any(|one| one["path"].as_str().unwrap().contains("diaban_"))
        );
    }
    for map in &maps(&server, "no_key", &CLOSED).await {
        let told = map["told"].as_str().unwrap();
        assert!(map["areas"] == 0 && told.contains("crop_zone"), "{}: {told}", map["name"]);
    }
}

#[test]
fn the_libraries_are_those_that_the_examples_name() {
    let package: Json = serde_json::from_slice(&fs::read(root("web/package.json")).unwrap()).unwrap();
    let pages = ["docs/clients.md", "docs/clients.vi.md"].map(|page| fs::read_to_string(root(page)).unwrap());
    for (file, libraries) in [
        ("maplibre.html", &["maplibre-gl"][..]),
        ("openlayers.html", &["ol"]),
        ("leaflet.html", &["leaflet", "protomaps-leaflet"]),
    ] {
        let text = fs::read_to_string(example(file)).unwrap();
        for library in libraries {
            let version =
                ["dependencies", "devDependencies"].iter().find_map(|kind| package[kind][library].as_str());
            let version = version.unwrap_or_else(|| panic!("web/package.json has no {library}"));
            assert!(text.contains(&format!("node_modules/{library}/")) && text.contains(version), "{file}");
            for page in &pages {
                assert!(
                    page.contains(&format!("{library}@{version}")),
                    "{library}@{version} is on both pages"
                );
                assert!(page.contains(&format!("clients/{file}")), "{file} is on both pages");
            }
        }
    }
}

/// The example in Python, of Debian's packages.
async fn python(server: &Open, settings: &[(&str, &str)]) -> Output {
    let mut python = Command::new("/usr/bin/python3");
    python.arg(example("example.py")).env("DIABAN_SERVER", server.url()).env("PYTHONUTF8", "1");
    python.envs(settings.iter().map(|(name, value)| (format!("DIABAN_{name}"), value)));
    let output = run(python).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("ModuleNotFoundError"), "`make packages-test` brings what is missing: {said}");
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn python_reads_a_box_a_filter_an_area_a_file_and_a_tile() {
    let server = Open::new().await;
    let said = succeeded(&python(&server, &[]).await);
    let line = |start: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(start)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no `{start}` in {said}"))
    };
    assert!(line("layers").split(", ").any(|layer| layer == "land_use_plan"), "{said}");
    assert!(!line("layers").contains("crop_zone"), "{said}");
    assert!(line("attribution").contains(SAMPLE), "{said}");
    assert_eq!(line("in the box"), "1 of 1");
    let (count, area) = line("passing the filter").split_once(" features, ").unwrap();
    let hectares: f64 = area.strip_suffix(" ha").unwrap().parse().unwrap();
    let truly = "SELECT ST_Area(geom::geography) / 10000 FROM gis.land_use_plan WHERE lup_id = 'K1'";
    let truly: f64 = server.database.text(truly).await.unwrap().parse().unwrap();
    assert_eq!(count, "1");
    // The plane's scale is 0.9999 in its middle.
    assert!((hectares / truly - 1.0).abs() < 5e-4, "{hectares} ha for {truly}");
    assert_eq!(line("in the file"), "1 features");
    assert_eq!(line("in the tile"), "1 features");
}

#[tokio::test(flavor = "multi_thread")]
async fn python_reads_what_is_closed_with_a_key_and_says_why_not_without_one() {
    let server = Open::new().await;
    let with_key: Vec<_> = CLOSED.into_iter().chain([("KEY", &*server.key)]).collect();
    let said = succeeded(&python(&server, &with_key).await);
    assert!(said.contains("crop_zone") && said.contains("in the tile: 1 features"), "{said}");
    let refused = python(&server, &CLOSED).await;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("RuntimeError") && said.contains("crop_zone"),
        "{said}"
    );
}

/// Elements of a connection file: the name of each and its attributes, the root first.
fn elements(file: &str) -> Vec<(String, Json)> {
    let read = "import json, sys, xml.etree.ElementTree as tree\n\
                print(json.dumps([[e.tag, e.attrib] for e in tree.parse(sys.argv[1]).getroot().iter()]))";
    let text =
        succeeded(&Command::new("/usr/bin/python3").args(["-c", read]).arg(example(file)).output().unwrap());
    serde_json::from_str(&text).unwrap()
}

/// What QGIS 3.22 to 4 reads of a connection (`QgsManageConnectionsDialog::loadVectorTileConnections`,
/// `loadWfsConnections`); what is not there becomes empty.
const TILE_KEYS: [&str; 9] =
    ["name", "url", "zmin", "zmax", "serviceType", "authcfg", "username", "password", "styleUrl"];
const FEATURE_KEYS: [&str; 9] = [
    "name",
    "url",
    "version",
    "maxnumfeatures",
    "pagesize",
    "pagingenabled",
    "ignoreAxisOrientation",
    "invertAxisOrientation",
    "username",
];

#[tokio::test(flavor = "multi_thread")]
async fn tiles_and_styles_of_the_qgis_file_are_there() {
    let server = Open::new().await;
    let mut elements = elements("qgis-vector-tiles.xml").into_iter();
    assert_eq!(elements.next().unwrap(), ("qgsVectorTileConnections".to_owned(), json!({"version": "1.0"})));
    assert!(elements.len() > 0);
    for (tag, connection) in elements {
        assert_eq!(tag, "vectortile");
        assert!(TILE_KEYS.iter().all(|key| connection[key].is_string()), "{connection}");
        let here =
            |key: &str| connection[key].as_str().unwrap().replace("http://127.0.0.1:8080", &server.url());
        let zoom = |key: &str| connection[key].as_str().unwrap().parse::<u32>().unwrap();
        assert!(zoom("zmin") <= 9 && zoom("zmax") >= 9, "{connection}");
        // The tile in which the rows lie.
        let tile = here("url").replace("{z}", "9").replace("{x}", "406").replace("{y}", "240");
        let (status, kind, body) = server.ask(tile.clone(), "*/*").await;
        assert_eq!((status, &*kind), (200, "application/vnd.mapbox-vector-tile"), "{tile}");
        assert!(body.windows(13).any(|bytes| bytes == b"land_use_plan"), "{tile}");
        let style = server.json(&here("styleUrl"), "*/*").await;
        assert!(
            style["layers"].as_array().unwrap().iter().any(|layer| layer["source-layer"] == "land_use_plan")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_of_the_qgis_file_answers_as_qgis_asks() {
    let server = Open::new().await;
    let elements = elements("qgis-features.xml");
    assert_eq!(elements[0], ("qgsWFSConnections".to_owned(), json!({"version": "1.1"})));
    let [_, (tag, connection)] = &elements[..] else { panic!("{elements:?}") };
    assert_eq!(tag, "wfs");
    assert!(FEATURE_KEYS.iter().all(|key| connection[key].is_string()), "{connection}");
    assert_eq!(connection["version"], "OGC_API_FEATURES");
    let url = connection["url"].as_str().unwrap().replace("http://127.0.0.1:8080", &server.url());
    let landing = server.json(&url, "application/json").await;
    let link = |rel: &str| {
        let link = landing["links"].as_array().unwrap().iter().find(|link| link["rel"] == rel);
        link.unwrap_or_else(|| panic!("no link {rel} in {landing}")).clone()
    };
    assert_eq!(link("service-desc")["type"], "application/vnd.oai.openapi+json;version=3.0");
    let api = "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json";
    server.json(link("service-desc")["href"].as_str().unwrap(), api).await;
    server.json(link("conformance")["href"].as_str().unwrap(), "application/json").await;
    let collections = server.json(link("data")["href"].as_str().unwrap(), "application/json").await;
    let school =
        collections["collections"].as_array().unwrap().iter().find(|one| one["id"] == "school").unwrap();
    assert!(school["description"].as_str().unwrap().contains(SAMPLE), "{school}");
    let items = format!("{url}collections/school/items?limit=5&bbox=105.9,10.9,106.3,11.2");
    let page = server.json(&items, "application/geo+json, application/json").await;
    assert_eq!((page["numberMatched"].as_u64(), page["numberReturned"].as_u64()), (Some(10), Some(5)));
    assert!(page["links"].as_array().unwrap().iter().any(|link| link["rel"] == "next"), "{page}");
}
