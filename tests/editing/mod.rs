//! Features changed over HTTP: by whom, in which order, and that nothing is lost, over a real database.

mod bounds;
mod live;
mod methods;
mod record;
mod rules;
mod waits;

use crate::support::{TestDatabase, layer, served::Answer};
use axum::{Router, body::Body};
use diaban::{
    audit::Ledger,
    http::{Site, router},
    import::LayerEditor,
    layer::{AccessClass, AgencyRegister, Caller, Catalog, Grants},
    store::{
        Follower, LiveStore,
        api_key::ApiKey,
        postgis::PostgisStore,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, fs, sync::Arc, time::Instant};
use time::macros::date;
use tower::ServiceExt;

const AGENCIES: [&str; 5] = ["reader", "editor", "deputy", "commune", "outsider"];

const FARM: &str = r#"
    id = "farm"
    title = { vi = "Trại chăn nuôi", en = "Farms" }
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
        { name = "code", type = "text", max_length = 20, title = { vi = "Mã", en = "Code" } },
        { name = "kind", type = "enum", mandatory = true, title = { vi = "Loại", en = "Kind" }, values = [
            { code = "pig", vi = "Lợn", en = "Pigs" }, { code = "hen", vi = "Gà", en = "Hens" } ] },
        { name = "heads", type = "integer", min = 0, title = { vi = "Số con", en = "Heads" } },
        { name = "weight", type = "number", precision = 24, scale = 3, title = { vi = "Nặng", en = "Weight" } },
        { name = "checked_on", type = "date", title = { vi = "Ngày kiểm tra", en = "Checked on" } },
        { name = "seen_at", type = "timestamp", title = { vi = "Lúc xem", en = "Seen at" } },
        { name = "names", type = "text_list", title = { vi = "Tên khác", en = "Other names" } },
        { name = "commune_code", type = "text", title = { vi = "Xã", en = "Commune" } },
        { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } },
        { name = "limit_heads", type = "integer", access = "restricted", title = { vi = "Mức", en = "Limit" } },
        { name = "bimat_owner", type = "text", access = "restricted", title = { vi = "Chủ", en = "Owner" } },
        { name = "access_class", type = "text", title = { vi = "Mức", en = "Class" } },
    ]

    [[rules]]
    id = "hens_come_in_dozens"
    filter = "kind <> 'hen' OR heads >= 12"
    message = { vi = "gà nuôi từ một tá", en = "hens are kept by the dozen" }

    [[rules]]
    id = "bimat_limit"
    filter = "heads <= limit_heads"
    message = { vi = "quá bimat_limit", en = "above bimat_limit" }
"#;

const PLOT: &str = r#"
    id = "plot"
    title = { vi = "Thửa", en = "Plots" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.2"
    geometry = ["MultiPolygon"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "coverage" }
    attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]

    [[rules]]
    id = "closed_plots_stay"
    filter = "code NOT LIKE 'closed%'"
    message = { vi = "thửa đã khóa", en = "a closed plot stays as it is" }
"#;

const CABLE: &str = r#"
    id = "cable"
    title = { vi = "Cáp", en = "Cables" }
    group = "telecom"
    agency = "sokhcn"
    item = "7.1.1"
    geometry = ["Point"]
    key = ["code"]
    access = "restricted"
    zoom = { min = 0, max = 16 }
    generalise = { rule = "thin" }
    attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

/// Its rules ask another layer.
const STALL: &str = r#"
    id = "stall"
    title = { vi = "Chuồng", en = "Stalls" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.4"
    geometry = ["Point"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "thin" }
    attributes = [
        { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
        { name = "plot", type = "text", references = "plot", title = { vi = "Thửa", en = "Plot" } }
    ]
"#;

const COMMUNES: &str = r#"
    id = "admin_commune"
    title = { vi = "Xã", en = "Communes" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.3"
    geometry = ["MultiPolygon"]
    key = ["code"]
    access = "open"
    zoom = { min = 8, max = 16 }
    generalise = { rule = "coverage" }
    attributes = [
        { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
        { name = "valid_from", type = "date", title = { vi = "Từ", en = "From" } }
    ]
"#;

const ROWS: &str = "INSERT INTO gis.farm
    (code, kind, heads, weight, checked_on, seen_at, names, commune_code, limit_heads, bimat_owner, geom)
    SELECT 'F' || i, 'pig', i * 10, 123456789012345678.125, date '2024-01-01' + i, timestamptz '2024-05-06 07:08:09.123456+07',
           ARRAY['Trại Một', 'a, b'], CASE WHEN i <= 3 THEN '25459' ELSE '25460' END, 100, 'bimat-chu ' || i,
           ST_SetSRID(ST_MakePoint(106.4 + i * 0.010000000123, 11.0 + i * 0.01), 4326) FROM generate_series(1, 5) AS i;
    INSERT INTO gis.farm (code, kind, access_class, geom)
    VALUES ('bimat-trai', 'pig', 'restricted', 'SRID=4326;POINT(106.5 11.2)');
    INSERT INTO gis.cable (code, geom) VALUES ('C1', 'SRID=4326;POINT(106.5 11.1)');";

const GRANTS: &str = r#"
    [[grants]]
    agency = "reader"
    layers = ["farm"]

    [[grants]]
    agency = "editor"
    layers = ["farm", "plot", "stall"]
    edit = true

    [[grants]]
    agency = "deputy"
    layers = ["farm"]
    class = "restricted"
    edit = true

    [[grants]]
    agency = "commune"
    layers = ["farm"]
    communes = ["25459"]
    edit = true
"#;

fn catalog() -> Catalog {
    let one =
        |code| format!("[[agencies]]\ncode = \"{code}\"\nnames = [{{ vi = \"Sở\", en = \"Department\" }}]\n");
    let register: AgencyRegister = toml::from_str(&AGENCIES.map(one).concat()).unwrap();
    Catalog::new([FARM, PLOT, CABLE, COMMUNES, STALL].map(layer).to_vec(), register)
}

fn granted(text: &str, catalog: &Catalog) -> Result<Grants, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grants.toml");
    fs::write(&path, text).unwrap();
    Grants::read(&path, catalog, date!(2026 - 11 - 30)).map_err(|error| error.to_string())
}

/// A server with snapshots, an editor, and a key for each agency.
struct Office {
    database: TestDatabase,
    catalog: Arc<Catalog>,
    site: Arc<Site<LiveStore>>,
    router: Router,
    keys: BTreeMap<&'static str, String>,
    following: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Office {
    async fn open() -> Self {
        Self::with(None).await
    }

    async fn with(ledger: Option<Ledger>) -> Self {
        let catalog = Arc::new(catalog());
        let database = TestDatabase::with_catalog(&catalog).await;
        database.execute(ROWS).await;
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(folder.path())));
        let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
        follower.catch_up().await.unwrap();
        let following = tokio::spawn(follower.run());
        let started = Instant::now();
        while !catalog.definitions().all(|layer| snapshots.served(&layer.id).is_some()) {
            assert!(started.elapsed().as_secs() < 20, "snapshots do not come");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let store = LiveStore::new(Some(PostgisStore::new(database.database())), Some(snapshots));
        let mut site = Site::new(store, catalog.clone(), Caller::anonymous(AccessClass::Open));
        site.ledger = ledger;
        site.editor = Some(Arc::new(LayerEditor::new(database.database(), catalog.clone())));
        site.callers.grant(granted(GRANTS, &catalog).unwrap());
        let mut keys = BTreeMap::new();
        for agency in AGENCIES {
            let key = ApiKey::random().unwrap();
            database.database().add_api_key(agency, "bàn 3", 1, &key.hash()).await.unwrap();
            keys.insert(agency, key.text().to_owned());
        }
        site.callers.keys().take(database.database().api_keys().await.unwrap());
        let site = Arc::new(site);
        let router = router(site.clone());
        Self { database, catalog, site, router, keys, following, _folder: folder }
    }

    async fn ask(&self, who: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        if let Some(key) = self.keys.get(who) {
            request = request.header("x-api-key", key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response =
            self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            asked: format!("{method} {path}"),
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// A feature as somebody sees it, and its version.
    async fn read(&self, who: &str, id: i64) -> (Json, String) {
        let answer = self.ask(who, "GET", &item(id), &[], "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer.json(), answer.header("etag").unwrap_or_default().to_owned())
    }

    async fn create(&self, who: &str, feature: &Json) -> Answer {
        let kind = [("content-type", "application/geo+json")];
        self.ask(who, "POST", "/collections/farm/items", &kind, &feature.to_string()).await
    }

    async fn replace(&self, who: &str, id: i64, tag: &str, feature: &Json) -> Answer {
        let headers = [("content-type", "application/geo+json"), ("if-match", tag)];
        self.ask(who, "PUT", &item(id), &headers, &feature.to_string()).await
    }

    async fn update(&self, who: &str, id: i64, tag: &str, part: &Json) -> Answer {
        let headers = [("content-type", "application/merge-patch+json"), ("if-match", tag)];
        self.ask(who, "PATCH", &item(id), &headers, &part.to_string()).await
    }

    async fn delete(&self, who: &str, id: i64, tag: &str) -> Answer {
        self.ask(who, "DELETE", &item(id), &[("if-match", tag)], "").await
    }

    async fn id(&self, code: &str) -> i64 {
        let sql = format!("SELECT id FROM gis.farm WHERE code = '{code}'");
        self.database.text(&sql).await.unwrap().parse().unwrap()
    }

    /// A row of the record to the byte, `updated_at` left out.
    async fn row(&self, id: i64) -> Option<String> {
        let sql = format!("SELECT (to_jsonb(f) - 'updated_at')::text FROM gis.farm f WHERE id = {id}");
        self.database.text(&sql).await
    }

    /// The number of the last run.
    async fn last_run(&self) -> Option<i64> {
        self.database.text("SELECT max(id)::text FROM diaban.import_run").await?.parse().ok()
    }

    /// How many runs are on record.
    async fn runs(&self) -> String {
        self.database.text("SELECT count(*) FROM diaban.import_run").await.unwrap()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.following.abort();
    }
}

fn item(id: i64) -> String {
    format!("/collections/farm/items/{id}")
}

/// A farm to be added.
fn farm(code: &str, commune: &str) -> Json {
    json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": [106.41, 11.05] },
            "properties": { "code": code, "kind": "pig", "heads": 7, "commune_code": commune } })
}
