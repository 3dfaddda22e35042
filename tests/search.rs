//! Names and codes are found as people type them, and nobody finds what he may not see.

use crate::support::{TestDatabase, layer, served::Answer};
use axum::{Router, body::Body, http::Request};
use diaban::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    query::search::{CHARACTERS_MAX, Needle},
    store::{
        FeatureStore, Follower, LiveStore,
        postgis::PostgisStore,
        publish,
        snapshot::{SnapshotBuilder, SnapshotFolder, SnapshotStore, SourceMoment},
    },
    tile::Projection,
};
use http_body_util::BodyExt;
use proptest::{collection::vec, prelude::*};
use serde_json::Value as Json;
use std::sync::Arc;
use tower::ServiceExt;

const SCHOOL: &str = r#"
id = "school"
title = { vi = "Trường học", en = "Schools" }
group = "society"
agency = "sogddt"
item = "1"
geometry = ["Point"]
key = ["code"]
label = "name_vi"
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "thin" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã trường", en = "School code" } },
  { name = "name_vi", type = "text", title = { vi = "Tên", en = "Name" } },
  { name = "head", type = "text", title = { vi = "Hiệu trưởng", en = "Head" } },
  { name = "access_class", type = "text", title = { vi = "Mức", en = "Class" } },
]
"#;
const SCHOOLS: &str = "INSERT INTO gis.school (code, name_vi, head, access_class, geom)
    SELECT code, name, head, class, ST_SetSRID(ST_MakePoint(106.4, 10.5), 4326) FROM (VALUES
      ('27943-01', 'Trường Tiểu học Khánh Hậu', 'Võ Văn Kín', NULL),
      ('27943-02', 'Trường Tiểu học Nguyễn Trãi', 'Võ Văn Kín', 'open'),
      ('27944-01', 'Trường THCS Hoà Khánh', 'Võ Văn Kín', 'open'),
      ('27945-01', 'Trường Mầm non Đức Huệ', 'Võ Văn Kín', 'open'),
      ('27946-01', 'Trường Bimat Hàng', 'Võ Văn Kín', 'restricted'),
      ('27947-01', 'Trường Dùng Chung', 'Võ Văn Kín', 'shared'),
      ('27948-01', 'Trường Lạ Lùng', 'Võ Văn Kín', 'khác')) AS t(code, name, head, class);
    INSERT INTO gis.school (code, name_vi) VALUES ('27949-01', 'Trường Chưa Có Chỗ');
    INSERT INTO gis.owned (code, owner, geom) VALUES ('O-1', 'Bimat Thuộc Tính', 'SRID=4326;POINT(106.4 10.5)');
    INSERT INTO gis.hidden (code, geom) VALUES ('BIMAT-LOP-1', 'SRID=4326;POINT(106.4 10.5)')";

/// Its name is for nobody else.
const OWNED: &str = r#"
id = "owned"
title = { vi = "Đất", en = "Land" }
group = "land_price"
agency = "sonnmt"
item = "2"
geometry = ["Point"]
key = ["code"]
label = "owner"
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "thin" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "owner", type = "text", access = "restricted", title = { vi = "Chủ", en = "Owner" } },
]
"#;
const HIDDEN: &str = r#"
id = "hidden"
title = { vi = "Cáp", en = "Cables" }
group = "telecom"
agency = "sokhcn"
item = "3"
geometry = ["Point"]
key = ["code"]
access = "restricted"
zoom = { min = 0, max = 18 }
generalise = { rule = "thin" }
attributes = [{ name = "code", type = "text", title = { vi = "Mã", en = "Code" } }]
"#;

/// A server over snapshots and the database behind them.
struct Searched {
    database: TestDatabase,
    catalog: Catalog,
    snapshots: Arc<SnapshotStore>,
    follower: Follower,
    _data: tempfile::TempDir,
}

impl Searched {
    async fn new() -> Self {
        let catalog = Catalog::new([SCHOOL, OWNED, HIDDEN].map(layer).to_vec(), Default::default());
        Self::over(catalog, SCHOOLS).await
    }

    async fn over(catalog: Catalog, rows: &str) -> Self {
        let database = TestDatabase::with_catalog(&catalog).await;
        database.execute(rows).await;
        let data = tempfile::tempdir().unwrap();
        let folder = SnapshotFolder::of(data.path());
        for view in catalog.views(&Caller::anonymous(AccessClass::Restricted)) {
            publish(&database.database(), &folder, &view, false, Arc::default()).await.unwrap();
        }
        let snapshots = Arc::new(SnapshotStore::new(folder));
        assert!(snapshots.serve_newest(&catalog).is_empty());
        let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
        follower.catch_up().await.unwrap();
        Self { database, catalog, snapshots, follower, _data: data }
    }

    /// As a class sees it.
    fn to(&self, class: AccessClass) -> Router {
        let postgis = PostgisStore::new(self.database.database());
        let store = LiveStore::new(Some(postgis), Some(self.snapshots.clone()));
        router(Arc::new(Site::new(store, Arc::new(self.catalog.clone()), Caller::anonymous(class))))
    }

    async fn change(&mut self, statements: &str) {
        self.database.execute(statements).await;
        self.follower.catch_up().await.unwrap();
    }
}

async fn get(router: &Router, path: &str) -> Answer {
    let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { asked: path.to_owned(), status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Percent-encoded, every byte of it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

async fn hits(router: &Router, typed: &str, more: &str) -> Vec<Json> {
    let answer = get(router, &format!("/search?q={}{more}", encoded(typed))).await;
    assert_eq!(answer.status, 200, "{typed}: {}", answer.text());
    let body = answer.json();
    let hits = body["hits"].as_array().unwrap().clone();
    assert_eq!(body["numberReturned"], hits.len(), "{typed}");
    hits
}

/// Names of the features that are found.
async fn names(router: &Router, typed: &str) -> Vec<String> {
    let hits = hits(router, typed, "&layers=school").await;
    hits.iter().map(|hit| hit["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_school_is_found_as_people_type_it() {
    let searched = Searched::new().await;
    let open = searched.to(AccessClass::Open);
    for (typed, name) in [
        ("Khánh Hậu", "Trường Tiểu học Khánh Hậu"),
        ("khanh hau", "Trường Tiểu học Khánh Hậu"),
        ("KHANHHAU", "Trường Tiểu học Khánh Hậu"),
        ("khanh hua", "Trường Tiểu học Khánh Hậu"),
        ("truong khanh hau", "Trường Tiểu học Khánh Hậu"),
        ("nguyen trai", "Trường Tiểu học Nguyễn Trãi"),
        ("nguyne trai", "Trường Tiểu học Nguyễn Trãi"),
        ("Hòa Khánh", "Trường THCS Hoà Khánh"),
        ("Hoà Khánh", "Trường THCS Hoà Khánh"),
        ("duc hue", "Trường Mầm non Đức Huệ"),
        ("27944-01", "Trường THCS Hoà Khánh"),
        ("2794401", "Trường THCS Hoà Khánh"),
        ("chua co cho", "Trường Chưa Có Chỗ"),
    ] {
        assert_eq!(names(&open, typed).await.first().map(String::as_str), Some(name), "{typed}");
    }
    assert_eq!(names(&open, "27943").await.len(), 2);
    assert_eq!(names(&open, "sai gon").await, [""; 0]);
    // Who leads a school is no name of the school.
    assert_eq!(names(&open, "Võ Văn Kín").await, [""; 0]);
}

#[tokio::test]
async fn a_hit_says_what_it_is_and_where() {
    let searched = Searched::new().await;
    let open = searched.to(AccessClass::Open);
    let hit = &hits(&open, "27944-01", "").await[0];
    assert_eq!(
        (&hit["kind"], &hit["layer"], &hit["slips"]),
        (&"feature".into(), &"school".into(), &0.into())
    );
    assert_eq!(hit["title"], serde_json::json!({ "vi": "Trường học", "en": "Schools" }));
    assert_eq!(hit["attribute_title"]["en"], "School code");
    assert_eq!(hit["value"], "27944-01");
    let point: Vec<f64> = serde_json::from_value(hit["point"].clone()).unwrap();
    assert!((point[0] - 106.4).abs() < 1e-6 && (point[1] - 10.5).abs() < 1e-6, "{hit}");
    let item = get(&open, &hit["links"][0]["href"].as_str().unwrap().replace("http://localhost", "")).await;
    assert_eq!(item.json()["properties"]["code"], "27944-01");
    let placeless = &hits(&open, "chua co cho", "").await[0];
    assert!(placeless["bbox"].is_null() && placeless["point"].is_null(), "{placeless}");
    for (language, word) in [("vi", "Tên hoặc mã"), ("en", "Name or code")] {
        let page = get(&open, &format!("/search?q=khanh+hau&f=html&lang={language}")).await.text();
        assert!(page.contains("Trường Tiểu học Khánh Hậu") && page.contains(word), "{page}");
        let empty = get(&open, &format!("/search?f=html&lang={language}")).await;
        assert!(empty.status == 200 && empty.text().contains(word), "{}", empty.text());
    }
}

#[tokio::test]
async fn units_are_found_with_their_dates_and_boundaries() {
    let catalog = Catalog::built_in().unwrap();
    let only = catalog.definition("admin_commune").unwrap().as_ref().clone();
    let square = "ST_Multi(ST_MakeEnvelope(106.3, 10.6, 106.4, 10.7, 4326))";
    let rows = format!(
        "INSERT INTO gis.admin_commune (code, name_vi, unit_type, valid_from, geom)
         VALUES ('27943', 'Xã An Ninh', 'xa', '2025-07-01', {square})"
    );
    let searched = Searched::over(Catalog::new(vec![only], Default::default()), &rows).await;
    let open = searched.to(AccessClass::Open);
    let found = hits(&open, "27943", "").await;
    let said = |hit: &Json| {
        let text = |name: &str| hit[name].as_str().unwrap_or("-").to_owned();
        (text("name"), text("valid_from"), text("valid_to"), hit["bbox"].is_array())
    };
    // The boundary and its unit are one hit.
    assert_eq!(
        found.iter().map(said).collect::<Vec<_>>(),
        [
            ("Xã An Ninh".to_owned(), "2025-07-01".to_owned(), "-".to_owned(), true),
            ("Xã An Ninh Đông".to_owned(), "-".to_owned(), "2025-07-01".to_owned(), false),
        ]
    );
    assert_eq!(found[0]["title"]["en"], "Commune");
    for (typed, name) in [
        ("tp tan an", "Thành phố Tân An"),
        ("TX. Kiến Tường", "Thị xã Kiến Tường"),
        ("tt thủ thừa", "Thị trấn Thủ Thừa"),
        ("p khanh hau", "Phường Khánh Hậu"),
    ] {
        assert_eq!(hits(&open, typed, "&limit=1").await[0]["name"], name, "{typed}");
    }
    for typed in ["thu thua", "Thủ Thừa", "thu thuaw", "thuthua"] {
        let found = hits(&open, typed, "").await;
        assert!(found.iter().any(|hit| hit["name"] == "Huyện Thủ Thừa"), "{typed}: {found:?}");
    }
}

#[tokio::test]
async fn what_is_hidden_is_found_by_nobody_else() {
    let searched = Searched::new().await;
    for (class, typed, seen) in [
        (AccessClass::Open, "bimat", &[][..]),
        (AccessClass::Shared, "bimat", &[]),
        (AccessClass::Restricted, "bimat", &["BIMAT-LOP-1", "Bimat Thuộc Tính", "Trường Bimat Hàng"]),
        (AccessClass::Open, "truong dung chung", &[]),
        (AccessClass::Shared, "truong dung chung", &["Trường Dùng Chung"]),
        (AccessClass::Shared, "lạ lùng", &[]),
        (AccessClass::Restricted, "lạ lùng", &["Trường Lạ Lùng"]),
        (AccessClass::Open, "bimta thuco tinh", &[]),
    ] {
        let found = hits(&searched.to(class), typed, "&limit=100").await;
        let features = found.iter().filter(|hit| hit["kind"] == "feature");
        let mut names: Vec<_> = features.map(|hit| hit["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, seen, "{class:?}: {typed}");
    }
    let open = searched.to(AccessClass::Open);
    // Land is called by its code where its owner is hidden.
    assert_eq!(hits(&open, "O-1", "&layers=owned").await[0]["name"], "O-1");
    assert!(!get(&open, "/search?q=O-1&layers=owned").await.text().contains("Bimat"));
    let hidden = get(&open, "/search?q=a&layers=hidden").await.problem(404);
    assert_eq!(hidden.replace("hidden", "none"), get(&open, "/search?q=a&layers=none").await.problem(404));
}

#[tokio::test]
async fn a_change_is_found_and_what_was_before_is_not() {
    let mut searched = Searched::new().await;
    let open = searched.to(AccessClass::Open);
    searched
        .change(
            "UPDATE gis.school SET name_vi = 'Trường Tiểu học Lê Lợi' WHERE code = '27943-02';
             DELETE FROM gis.school WHERE code = '27945-01';
             UPDATE gis.school SET access_class = 'restricted' WHERE code = '27944-01';
             INSERT INTO gis.school (code, name_vi, geom)
             VALUES ('27950-01', 'Trường Quang Trung', 'SRID=4326;POINT(106.5 10.6)')",
        )
        .await;
    for (typed, found) in [
        ("le loi", &["Trường Tiểu học Lê Lợi"][..]),
        ("quang trung", &["Trường Quang Trung"]),
        ("quagn trung", &["Trường Quang Trung"]),
        ("nguyen trai", &[]),
        ("duc hue", &[]),
    ] {
        assert_eq!(names(&open, typed).await, found, "{typed}");
    }
    assert!(!names(&open, "27944-01").await.contains(&"Trường THCS Hoà Khánh".to_owned()));
    // Where it is gone from the map, and when all is taken anew.
    let folder = searched.snapshots.folder().clone();
    let view = searched.catalog.view("school", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    publish(&searched.database.database(), &folder, &view, false, Arc::default()).await.unwrap();
    assert!(searched.snapshots.serve_newer(&searched.catalog).is_empty());
    assert_eq!(names(&open, "le loi").await, ["Trường Tiểu học Lê Lợi"]);
    assert_eq!(names(&open, "nguyen trai").await, [""; 0]);
}

#[tokio::test]
async fn odd_input_is_answered_at_once() {
    let searched = Searched::new().await;
    let open = searched.to(AccessClass::Open);
    let long = "ạ".repeat(CHARACTERS_MAX + 1);
    let words = "a ".repeat(50);
    for typed in ["", " ", "\u{301}\u{309}", "—…!?", "\0", long.as_str(), words.as_str()] {
        let problem = get(&open, &format!("/search?q={}", encoded(typed))).await.problem(400);
        assert!(problem.starts_with("q: "), "{problem}");
    }
    for (path, name) in [
        ("/search", "q"),
        ("/search?f=json", "q"),
        ("/search?q=a&limit=0", "limit"),
        ("/search?q=a&limit=x", "limit"),
        ("/search?q=a&q=b", "`q`"),
        ("/search?q=a&nonsense=1", "nonsense"),
        ("/search?q=a&f=xml", "f"),
        ("/search?q=%ff", "q"),
    ] {
        assert!(get(&open, path).await.problem(400).contains(name), "{path}");
    }
    let whole = format!("/search?q={}", "a".repeat(60_000));
    assert!(get(&open, &whole).await.problem(400).contains("200 characters"));
    for typed in
        ["'; DROP TABLE gis.school; --", "<script>", "\u{0}an", "𝔗𝔯ườ𝔫𝔤", "学校", "🏫 an", "1", "a", "-1e999"]
    {
        let found = hits(&open, typed, "&limit=100000").await;
        assert!(found.len() <= 100, "{typed}");
    }
    let page = get(&open, "/search?q=%22%3E%3Cscript%3Ex&f=html").await.text();
    assert!(!page.contains("<script>x"), "{page}");
}

#[tokio::test]
async fn a_layer_without_a_snapshot_is_left_out_and_named() {
    let catalog = Catalog::new(vec![layer(SCHOOL)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    let store = LiveStore::new(Some(PostgisStore::new(database.database())), None);
    let open = router(Arc::new(Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open))));
    let body = get(&open, "/search?q=khanh+hau").await.json();
    assert_eq!(body["layers_left_out"], serde_json::json!(["school"]));
    assert!(body["hits"].as_array().unwrap().iter().all(|hit| hit["kind"] == "unit"), "{body}");
    assert!(body["notes"][0]["vi"].is_string() && body["notes"][0]["en"].is_string(), "{body}");
}

#[tokio::test]
async fn a_garbled_index_is_refused_by_name() {
    let searched = Searched::new().await;
    let path = searched.snapshots.folder().path().join("school/v00000001/base.names");
    let whole = std::fs::read(&path).unwrap();
    for (spoilt, why) in [
        (whole[..10].to_vec(), "cut short"),
        (whole[..30].to_vec(), "cut short"),
        (b"something else, and long enough".to_vec(), "no names"),
    ] {
        std::fs::write(&path, &spoilt).unwrap();
        let (_, refused) = searched.snapshots.folder().open("school", false);
        let said = refused.iter().map(ToString::to_string).collect::<String>();
        assert!(said.contains("base.names") && said.contains(why), "{why}: {said}");
    }
}

#[tokio::test]
async fn names_that_are_garbled_are_not_waited_for_and_found_by_who_asks_first() {
    let searched = Searched::new().await;
    let folder = searched.snapshots.folder().clone();
    let path = folder.path().join("school/v00000001/base.names");
    let garbled = std::fs::read(&path).unwrap();
    let garbled: Vec<u8> =
        garbled.iter().enumerate().map(|(i, b)| if i == 40 { b ^ 1 } else { *b }).collect();
    std::fs::write(&path, &garbled).unwrap();
    let snapshots = Arc::new(SnapshotStore::new(folder));
    assert!(snapshots.serve_newest(&searched.catalog).is_empty());
    let served = snapshots.served("school").unwrap();
    let store = LiveStore::new(None, Some(snapshots.clone()));
    let view = searched.catalog.view("school", &Caller::anonymous(AccessClass::Open)).unwrap();
    let needle = Arc::new(Needle::new("khánh hậu").unwrap());
    let found = store.search(&[view], &needle, 10).await.unwrap();
    assert_eq!((found.hits.len(), found.left_out), (0, vec!["school".to_owned()]));
    assert!(snapshots.served("school").is_none());
    let why = served.snapshot.was_there().unwrap_err().to_string();
    assert!(why.contains("v00000001/base.names: it is garbled"), "{why}");
}

/// A layer of names alone, from a file; what is found in it, by id.
fn found_among(rows: &[String], typed: &str) -> Option<Vec<i64>> {
    let needle = Arc::new(Needle::new(typed).ok()?);
    let data = tempfile::tempdir().unwrap();
    let folder = SnapshotFolder::of(data.path());
    let definition = layer(HIDDEN);
    let mut builder = SnapshotBuilder::new(&folder, Arc::new(definition.clone())).unwrap();
    for (id, name) in (0..).zip(rows) {
        let row =
            FeatureRef { id, geometry: GeometryRef::Wkb(&[]), bbox: None, values: &[ValueRef::Text(name)] };
        builder.add(Projection::Mercator, &row).unwrap();
    }
    builder.finish(SourceMoment::default()).unwrap();
    let catalog = Catalog::new(vec![definition], Default::default());
    let snapshots = Arc::new(SnapshotStore::new(folder));
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let store = LiveStore::new(None, Some(snapshots));
    let view = catalog.view("hidden", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let found = runtime.block_on(store.search(&[view], &needle, 100)).unwrap();
    let mut ids: Vec<i64> = found.hits.iter().map(|hit| hit.id).collect();
    ids.sort_unstable();
    Some(ids)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_a_look_at_each_name_finds(
        rows in vec("((Trường|Xã|Ấp|Đường) )?(Tân|Tấn|An|Hòa|Hoà|Nguyễn|Khánh|Đức|Thủ)( (An|Hậu|Trãi|Mỹ|Huệ|Thừa)){0,2}( [0-9]{1,3}(-[0-9]{1,4})?)?", 1..40),
        typed in "(tan|khanh|hoa|nguyen|nguyne|thu|duc|dcu|an|my|mi)( (an|hau|hua|trai|thua|[0-9]{1,3}))?",
    ) {
        let needle = Needle::new(&typed).unwrap();
        let each = |forgiving| {
            let met = (0..).zip(&rows).filter(|(_, name)| needle.rank(name, forgiving).is_some());
            met.map(|(id, _)| id).collect::<Vec<i64>>()
        };
        // Fewer than 100 by the letter, so slips are forgiven.
        prop_assert_eq!(found_among(&rows, &typed).unwrap(), each(true));
    }

    #[test]
    fn any_name_is_found_by_itself(rows in vec("\\PC{1,40}", 1..8), which in 0usize..8) {
        let typed = &rows[which % rows.len()];
        if let Some(found) = found_among(&rows, typed) {
            prop_assert!(found.contains(&((which % rows.len()) as i64)), "{typed:?}");
        }
    }
}
