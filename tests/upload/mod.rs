//! Files sent over HTTP for a layer: what a clerk is told of them, and that a load over HTTP is the command's.

mod hostile;
mod record;
mod rights;
mod story;

use crate::support::{TestDatabase, layer, served::Answer};
use axum::{Router, body::Body};
use diaban::{
    audit::Ledger,
    http::{Site, router},
    import::LayerImporter,
    layer::{AccessClass, AgencyRegister, Caller, Catalog, Grants},
    legacy_text::{self, Encoding},
    store::{LiveStore, api_key::ApiKey, postgis::PostgisStore},
};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, fs, sync::Arc, time::Instant};
use time::macros::date;
use tower::ServiceExt;

const AGENCIES: [&str; 6] = ["reader", "clerk", "other", "commune", "low", "outsider"];

/// Wells; each has what a file may get wrong.
const WELL: &str = r#"
    id = "well"
    title = { vi = "Giếng", en = "Wells" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.1"
    geometry = ["Point"]
    key = ["code"]
    label = "code"
    access = "open"
    zoom = { min = 0, max = 14 }
    generalise = { rule = "thin" }
    attributes = [
        { name = "code", type = "text", max_length = 12, title = { vi = "Mã", en = "Code" }, sources = ["MA_GIENG"] },
        { name = "name_vi", type = "text", mandatory = true, title = { vi = "Tên giếng", en = "Name" } },
        { name = "depth_m", type = "number", unit = "m", min = 0, max = 500, precision = 6, scale = 2, title = { vi = "Độ sâu", en = "Depth" } },
        { name = "commune_code", type = "text", title = { vi = "Mã xã", en = "Commune" } },
    ]
"#;

/// A layer of which some rows and one attribute are not for all.
const SPRING: &str = r#"
    id = "spring"
    title = { vi = "Suối", en = "Springs" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.2"
    geometry = ["Point"]
    key = ["code"]
    access = "open"
    zoom = { min = 0, max = 14 }
    generalise = { rule = "thin" }
    attributes = [
        { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
        { name = "commune_code", type = "text", title = { vi = "Mã xã", en = "Commune" } },
        { name = "bimat_owner", type = "text", access = "restricted", title = { vi = "Chủ", en = "Owner" } },
        { name = "access_class", type = "text", title = { vi = "Mức", en = "Class" } },
    ]
"#;

/// A layer that nobody without a grant knows of.
const CABLE: &str = r#"
    id = "cable"
    title = { vi = "Cáp", en = "Cables" }
    group = "telecom"
    agency = "sokhcn"
    item = "7.1.1"
    geometry = ["Point"]
    key = ["code"]
    access = "restricted"
    zoom = { min = 0, max = 14 }
    generalise = { rule = "thin" }
    attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

const GRANTS: &str = r#"
    [[grants]]
    agency = "reader"
    layers = ["well"]

    [[grants]]
    agency = "clerk"
    layers = ["well", "spring"]
    class = "restricted"
    edit = true

    [[grants]]
    agency = "other"
    layers = ["well"]
    edit = true

    [[grants]]
    agency = "commune"
    layers = ["well", "spring"]
    class = "restricted"
    communes = ["27943"]
    edit = true

    [[grants]]
    agency = "low"
    layers = ["spring"]
    class = "shared"
    edit = true
"#;

fn catalog() -> Catalog {
    let one =
        |code| format!("[[agencies]]\ncode = \"{code}\"\nnames = [{{ vi = \"Sở\", en = \"Department\" }}]\n");
    let register: AgencyRegister = toml::from_str(&AGENCIES.map(one).concat()).unwrap();
    Catalog::new([WELL, SPRING, CABLE].map(layer).to_vec(), register)
}

/// A server that loads files, and a key for each agency.
struct Office {
    database: TestDatabase,
    catalog: Arc<Catalog>,
    router: Router,
    keys: BTreeMap<&'static str, String>,
    folder: tempfile::TempDir,
    uploads: diaban::http::Shelf,
}

impl Office {
    async fn open() -> Self {
        Self::with(None).await
    }

    async fn with(ledger: Option<Ledger>) -> Self {
        let catalog = Arc::new(catalog());
        let database = TestDatabase::with_catalog(&catalog).await;
        let folder = tempfile::tempdir().unwrap();
        let store = LiveStore::new(Some(PostgisStore::new(database.database())), None);
        let mut site = Site::new(store, catalog.clone(), Caller::anonymous(AccessClass::Open));
        site.ledger = ledger;
        site.importer = Some(Arc::new(LayerImporter::new(database.database(), catalog.clone())));
        let uploads = diaban::http::Shelf::under(folder.path());
        site.uploads = uploads.clone();
        let path = folder.path().join("grants.toml");
        fs::write(&path, GRANTS).unwrap();
        site.callers.grant(Grants::read(&path, &catalog, date!(2026 - 11 - 30)).unwrap());
        let mut keys = BTreeMap::new();
        for agency in AGENCIES {
            let key = ApiKey::random().unwrap();
            database.database().add_api_key(agency, "bàn 3", 1, &key.hash()).await.unwrap();
            keys.insert(agency, key.text().to_owned());
        }
        site.callers.keys().take(database.database().api_keys().await.unwrap());
        Self { database, catalog, router: router(Arc::new(site)), keys, folder, uploads }
    }

    async fn ask(&self, who: &str, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.ask_with(who, method, path, &[], body).await
    }

    async fn ask_with(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        if let Some(key) = self.keys.get(who) {
            request = request.header("x-api-key", key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let asked = format!("{method} {path}");
        Answer { asked, status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Sends a file for wells, and waits until it is told what it is taken for. Its address, and that.
    async fn send(&self, who: &str, name: &str, bytes: impl Into<Body>) -> (String, Json) {
        let name: String = name.bytes().map(|b| format!("%{b:02x}")).collect();
        let answer = self.ask(who, "POST", &format!("/collections/well/imports?name={name}"), bytes).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let address = answer.header("location").unwrap().replace("http://localhost", "");
        let told = self.waited_for(who, &address).await;
        (address, told["look"].clone())
    }

    /// Begins a step, waits for it, and returns what came of it.
    async fn step(&self, who: &str, address: &str, step: &str, wishes: &Json) -> Json {
        let answer = self.ask(who, "POST", &format!("{address}/{step}"), wishes.to_string()).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        self.waited_for(who, address).await[step].clone()
    }

    /// What is told of a file once nothing is being done with it.
    async fn waited_for(&self, who: &str, address: &str) -> Json {
        let started = Instant::now();
        loop {
            let answer = self.ask(who, "GET", address, Body::empty()).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let told = answer.json();
            if told["working"].is_null() {
                return told;
            }
            assert!(started.elapsed().as_secs() < 60, "{told}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Codes, names and depths of all wells.
    async fn wells(&self) -> String {
        let sql = "SELECT coalesce(string_agg(code || ' ' || name_vi || ' ' || coalesce(depth_m::text, '-'), E'\\n' ORDER BY code), '') FROM gis.well";
        self.database.text(sql).await.unwrap()
    }
}

/// A table of wells in EPSG:9210 that says nothing of it, in TCVN3; one depth is below the ground.
fn sheet() -> Vec<u8> {
    let text = "MA_GIENG,TEN_G,SAU,X,Y\n\
        G1,Giếng Đức Hòa,12.5,560000,1170000\n\
        G2,Giếng Mỹ Hạnh Bắc,30,560100,1170000\n\
        G3,Giếng Hựu Thạnh,-5,560200,1170000\n\
        G4,Giếng Cần Giuộc,8,560300,1170000\n\
        G5,Giếng Vĩnh Hưng,9,560400,1170000\n";
    legacy_text::encode(text, Encoding::Tcvn3).unwrap()
}

/// How it has to be read.
fn wishes() -> Json {
    json!({ "crs": "EPSG:9210", "map": { "TEN_G": "name_vi", "SAU": "depth_m" } })
}

fn with(mut wishes: Json, name: &str, value: Json) -> Json {
    wishes[name] = value;
    wishes
}
