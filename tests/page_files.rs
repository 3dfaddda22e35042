//! The files of the map page as they are sent, and the map from elsewhere that a setting lays under the layers.

use crate::support::{
    TestDatabase, layer,
    served::{Served, WELL},
};
use diaban::{
    http::{BaseMap, Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::postgis::PostgisStore,
};
use serde_json::{Value as Json, json};
use std::{fs, io::Read, path::Path, sync::Arc};

const BROWSER: [(&str, &str); 1] = [("accept", "text/html,*/*;q=0.8")];

fn read(text: &str) -> Result<BaseMap, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    BaseMap::read(file.path())
}

async fn served(base_map: Option<BaseMap>) -> Served {
    served_with(base_map, None).await
}

/// `styles`: the operator's folder of them.
async fn served_with(base_map: Option<BaseMap>, styles: Option<&Path>) -> Served {
    let catalog = Catalog::new([WELL].map(layer).to_vec(), Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    let store = PostgisStore::new(database.database());
    let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
    site.base_map = base_map;
    site.styles = styles.map(Path::to_owned);
    Served { database, router: router(Arc::new(site)) }
}

#[tokio::test]
async fn a_file_of_the_page_goes_as_small_as_it_was_made_when_the_page_was_built() {
    let site = served(None).await;
    let page = site.get_with("/", &BROWSER).await.text();
    let (_, after) = page.split_once("src=\"/assets/").unwrap();
    let script = format!("/assets/{}", after.split('"').next().unwrap());
    let plain = site.get(&script).await;
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    let packed = site.get_with(&script, &[("accept-encoding", "gzip, deflate, br")]).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("vary").map(|vary| vary.contains("accept-encoding")), Some(true));
    assert_ne!(packed.header("etag"), plain.header("etag"), "they are two forms of one thing");
    assert!(packed.body.len() * 2 < plain.body.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain.body);
    let etag = packed.header("etag").unwrap().to_owned();
    let again = site.get_with(&script, &[("accept-encoding", "gzip"), ("if-none-match", &etag)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let refused = site.get_with(&script, &[("accept-encoding", "gzip;q=0")]).await;
    assert_eq!(refused.header("content-encoding"), None);
    for path in ["/", &script] {
        let etag = site.get_with(path, &BROWSER).await.header("etag").unwrap().to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let asked = [BROWSER[0], ("if-none-match", &known)];
            let again = site.get_with(path, &asked).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} {known}");
            assert_eq!(again.header("etag"), Some(&*etag), "{path} {known}");
        }
        let other = site.get_with(path, &[BROWSER[0], ("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_map_from_elsewhere_lies_under_the_layers_and_a_page_may_ask_its_host() {
    let map = json!({ "tilejson": "3.0.0", "attribution": "© Ai đó",
                      "tiles": ["https://a.tiles.example.vn:8443/x/{z}/{x}/{y}.png"] });
    let site = served(Some(read(&map.to_string()).unwrap())).await;
    let style = site.json("/styles/map").await;
    assert_eq!(style["sources"]["base_map"]["tileSize"], 256);
    assert_eq!(style["sources"]["base_map"]["attribution"], "© Ai đó");
    let kinds: Vec<&Json> = style["layers"].as_array().unwrap().iter().map(|layer| &layer["type"]).collect();
    let at = kinds.iter().position(|kind| *kind == "raster").unwrap();
    assert!(kinds[..at].iter().all(|kind| *kind == "background"), "{kinds:?}");
    let page = site.get_with("/", &BROWSER).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("connect-src 'self' https://a.tiles.example.vn:8443;"), "{policy}");

    let own = served(None).await;
    assert!(own.json("/styles/map").await["sources"]["base_map"].is_null());
    let page = own.get_with("/", &BROWSER).await;
    assert!(page.header("content-security-policy").unwrap().contains("connect-src 'self';"));
}

#[tokio::test]
async fn a_style_that_cannot_be_read_does_not_take_the_others_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("good.json", r#"{ "version": 8, "sources": {}, "layers": [] }"#);
    write("cut.json", r#"{ "version": 8, "sour"#);
    write("list.json", "[]");
    fs::create_dir(folder.path().join("folder.json")).unwrap();
    let site = served_with(None, Some(folder.path())).await;
    let ids = async || {
        let listed = site.json("/styles").await;
        let ids = listed["styles"].as_array().unwrap().iter().map(|style| style["id"].as_str().unwrap());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ["good", "well"]);
    // Whoever asks for it is told.
    site.get("/styles/cut").await.problem(500);
    // Nor does the main one: what is listed is there.
    write("map.json", "{");
    assert_eq!(ids().await, ["good", "well"]);
    assert_eq!(site.json("/styles/well").await["sources"]["well"]["type"], "vector");
    site.get("/styles/map").await.problem(500);
}

#[test]
fn a_file_that_is_no_map_is_told_what_is_wrong_with_it() {
    assert!(BaseMap::read("/nowhere/base.json".as_ref()).unwrap_err().contains("cannot be read"));
    assert!(read("{}").unwrap_err().contains("tiles"));
    assert!(read(r#"{"tiles": []}"#).unwrap_err().contains("empty"));
    for tiles in [
        "ftp://x/{z}/{x}/{y}",
        "https://x/{z}/{x}",
        "https:///{z}/{x}/{y}",
        "https://a b;script-src */{z}/{x}/{y}",
    ] {
        let refused = read(&json!({ "tiles": [tiles] }).to_string()).unwrap_err();
        assert!(refused.contains("no address of tiles"), "{refused}");
    }
}
