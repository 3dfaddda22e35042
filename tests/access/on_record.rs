//! Who was answered what is on record, and what is not open goes to nobody without.

use super::{
    Office,
    doors::{ROUTES, addressed},
};
use crate::{
    audit::records,
    support::{
        TestDatabase, layer,
        served::{Answer, Served, WELL},
    },
};
use axum::{body::Body, http::Request};
use diaban::{
    audit::{self, AuditFolder, Entry, Ledger, Sent, Tiles},
    http::{self, Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::postgis::PostgisStore,
};
use http_body_util::BodyExt;
use std::{
    fs,
    os::unix::fs::symlink,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tower::ServiceExt;

/// Routes whose answers are made out of features.
const OF_FEATURES: &[&str] = &[
    "/collections/{layer}/items",
    "/collections/{layer}/items/{id}",
    "/collections/{layer}/search",
    "/collections/{layer}/download",
    "/collections/{layer}/statistics",
    "/collections/{layer}/quality",
    "/collections/{layer}/quality/findings",
    "/collections/{layer}/imports",
    "/collections/{layer}/imports/{id}/{part}",
    "/report",
    "/at",
    "/quality",
    "/quality/half-year",
    "/aggregates/{layer}",
    // A stream, once, when it begins.
    "/live",
];
const OF_SEARCH: &str = "/search";
/// Routes whose answers are tiles: they are counted.
const OF_TILES: [&str; 3] = [
    "/tiles/{layers}/{z}/{x}/{y}",
    "/collections/{layer}/tiles/{set}/{matrix}/{row}/{col}",
    "/map/tiles/{set}/{matrix}/{row}/{col}",
];
/// Routes that describe layers, or are the same for all.
const OF_NEITHER: &[&str] = &[
    "/",
    "/conformance",
    "/api",
    "/catalog",
    "/collections",
    "/collections/{layer}",
    "/collections/{layer}/queryables",
    "/collections/{layer}/sortables",
    "/collections/{layer}/schema",
    "/collections/{layer}/imports/{id}",
    "/collections/{layer}/tiles",
    "/collections/{layer}/tiles/{set}",
    "/map/tiles",
    "/map/tiles/{set}",
    "/units",
    "/aggregates",
    "/tiles/{layers}",
    "/tileMatrixSets",
    "/tileMatrixSets/{set}",
    "/styles",
    "/styles/{id}",
    "/glyphs/{fontstack}/{range}",
    "/sprites/{file}",
    "/sign-in",
    "/assets/{*path}",
    "/favicon.ico",
    "/metrics",
    "/health/live",
    "/health/ready",
];

/// An office that keeps a record.
pub(super) struct Keeping {
    pub(super) office: Office,
    ledger: Ledger,
    folder: AuditFolder,
    _data: tempfile::TempDir,
}

impl Keeping {
    pub(super) async fn open() -> Self {
        Self::over("").await
    }

    /// Whose rows of wells are changed first.
    async fn over(changes: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = AuditFolder::of(data.path());
        let ledger = Ledger::open(folder.clone()).unwrap();
        let office = Office::with(super::catalog(), changes, Some(ledger.clone())).await;
        Self { office, ledger, folder, _data: data }
    }

    pub(super) async fn get(&self, agency: Option<&str>, path: &str) -> Answer {
        self.office.get(agency, path, &[]).await
    }

    /// The answers that are on record.
    pub(super) fn answers(&self) -> Vec<audit::Answer> {
        let entries = records(&self.folder).into_iter().map(|record| record.entry);
        entries
            .filter_map(|entry| if let Entry::Answer(answer) = entry { Some(answer) } else { None })
            .collect()
    }

    /// The tiles that are on record: who, layers, how many.
    async fn tiles(&self) -> Vec<(String, String, u64)> {
        self.ledger.flush().await;
        let entries = records(&self.folder).into_iter().map(|record| record.entry);
        let tiles =
            entries.filter_map(|entry| if let Entry::Tiles(tiles) = entry { Some(tiles) } else { None });
        let told =
            |Tiles { agency, layers, tiles, .. }| (agency.unwrap_or_default(), layers.join(","), tiles);
        tiles.map(told).collect()
    }

    /// The file of this month.
    fn file(&self) -> PathBuf {
        let all = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).max().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_asks_is_on_record_with_how_many_features_it_got() {
    let keeping = Keeping::open().await;
    let area = "area=bbox:106.3,10.9,106.7,11.3";
    let id = addressed(&keeping.office.served, "/collections/well/items/SEEN").await;
    let seen = id.trim_start_matches("/collections/").replace("/items", "");
    let of_roads = format!("/collections/road/statistics?area=buffer:1:feature:{seen}");
    let near = keeping.get(Some("wells"), &of_roads).await.json()["total"]["count"].as_u64().unwrap();
    for (path, layers, features) in [
        ("/collections/well/items?limit=5", "well", 5),
        ("/collections/well/items?limit=5&f=csv", "well", 5),
        ("/collections/well/items?limit=5&f=html", "well", 5),
        ("/collections/well/items?filter=depth%3E18", "well", 4),
        (&id, "well", 1),
        ("/collections/well/download?f=geojson", "well", 22),
        ("/collections/well/download?f=gpkg", "well", 22),
        (&format!("/collections/well/statistics?{area}"), "well", 20),
        // Those that are valid today.
        (&format!("/report?{area}&layers=well,road"), "road,well", 17),
        ("/at?point=106.41,11.01&layers=well", "well", 1),
        ("/collections/road/items", "road", 2),
        // A feature that is named as an area is shown by its corners.
        (&format!("/collections/road/statistics?area=buffer:1:feature:{seen}"), "road,well", 1 + near),
        (&format!("/report?area=buffer:1:buffer:1:feature:{seen}&layers=road"), "road,well", 1 + near),
    ] {
        let answer = keeping.get(Some("wells"), path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let told = keeping.answers().pop().unwrap();
        assert_eq!(told.question, format!("GET {path}"));
        assert_eq!((told.agency.as_deref(), told.status), (Some("wells"), 200), "{path}");
        assert!(told.who.starts_with("key "), "{}", told.who);
        let mut named = told.layers.clone();
        named.sort();
        assert_eq!((named.join(",").as_str(), told.features), (layers, Some(features)), "{path}");
        assert_eq!(Some(told.request.as_str()), answer.header("diaban-request-id"), "{path}");
        assert_eq!(told.class, if layers == "road" { "open" } else { "restricted" }, "{path}");
    }
    let found = keeping.get(Some("wells"), "/search?q=W01&layers=well").await.json();
    assert_eq!(keeping.answers().pop().unwrap().features, found["numberReturned"].as_u64());
    assert!(keeping.folder.verify(None).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_in_a_body_is_on_record_and_a_refusal_too() {
    let keeping = Keeping::open().await;
    let key = keeping.office.keys["wells"].clone();
    let headers = [("x-api-key", key.as_str()), ("content-type", "application/json")];
    let body = r#"{"filter": "depth > 18", "limit": 2}"#;
    let answer = keeping.office.served.send("POST", "/collections/well/search", &headers, body.into()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = keeping.answers().pop().unwrap();
    let heard = told.body.unwrap();
    assert_eq!((told.question.as_str(), told.features), ("POST /collections/well/search", Some(2)));
    assert_eq!((heard.bytes, heard.text.as_deref()), (body.len() as u64, Some(body)));
    for (agency, path, status) in [
        ("wells", "/collections/bimat_cable/items", 404),
        ("named", "/collections/bimat_cable/items", 403),
        ("wells", "/collections/well/items?nonsense=1", 400),
    ] {
        keeping.get(Some(agency), path).await.problem(status);
        let told = keeping.answers().pop().unwrap();
        assert_eq!(
            (told.agency.as_deref(), told.status, told.features),
            (Some(agency), status, None),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_gets_on_record_wherever_somebody_writes_it() {
    let keeping = Keeping::open().await;
    let key = keeping.office.keys["wells"].clone();
    let digits = &key["diaban_".len()..];
    for path in [format!("/collections/well/items?code={key}"), format!("/search?q={digits}")] {
        keeping.get(Some("wells"), &path).await;
        assert!(keeping.answers().pop().unwrap().question.ends_with("=[left out]"), "{path}");
    }
    let headers =
        [("x-api-key", key.as_str()), ("x-request-id", digits), ("content-type", "application/json")];
    let body = format!(r#"{{"code": "{key}"}}"#).into_bytes();
    keeping.office.served.send("POST", "/collections/well/search", &headers, body).await;
    let told = keeping.answers().pop().unwrap();
    assert_eq!(told.body.unwrap().text.as_deref(), Some(r#"{"code": "[left out]"}"#));
    assert_eq!(told.request, "[left out]");
    keeping.get(Some("wells"), "/tiles/well/0/0/0").await;
    keeping.ledger.flush().await;
    let text = fs::read_to_string(keeping.file()).unwrap();
    for key in keeping.office.keys.values() {
        assert!(!text.contains(&key[7..20]), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_door_to_features_puts_it_on_record_and_no_other() {
    let keeping = Keeping::open().await;
    let known: Vec<&str> = OF_FEATURES
        .iter()
        .copied()
        .chain([OF_SEARCH])
        .chain(OF_TILES)
        .chain(OF_NEITHER.iter().copied())
        .collect();
    for route in http::paths::<PostgisStore>() {
        assert!(known.contains(&route), "{route}: is it on record?");
    }
    let fits = |template: &str, path: &str| {
        let path = path.split('?').next().unwrap();
        let (parts, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        parts.len() == template.len()
            && template.iter().zip(parts).all(|(t, p)| t.starts_with('{') || *t == p)
    };
    for (path, words) in ROUTES {
        let path = addressed(&keeping.office.served, path).await;
        let is_of_features =
            OF_FEATURES.iter().copied().chain([OF_SEARCH]).any(|template| fits(template, &path));
        for agency in [Some("everything"), None] {
            let before = keeping.answers().len();
            let answer = keeping.get(agency, &path).await;
            let after = keeping.answers();
            // One that names what no map can show; the description of the API has no full stop there.
            let names = answer.text().contains("that no map can show.");
            let holds = (is_of_features && answer.status != 405) || names;
            let expected = usize::from(holds && agency.is_some());
            assert_eq!(after.len() - before, expected, "{agency:?} {path}");
            if expected > 0 && !words.is_empty() {
                assert_eq!(after[before].class, "restricted", "{path}");
            }
        }
    }
    let tiles = keeping.tiles().await;
    assert!(tiles.iter().all(|(agency, ..)| agency == "everything"), "{tiles:?}");
    let asked =
        ROUTES.iter().filter(|(path, _)| OF_TILES.iter().any(|template| fits(template, path))).count();
    assert_eq!(tiles.iter().map(|tiles| tiles.2).sum::<u64>(), asked as u64, "{tiles:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_names_features_which_no_map_can_show_is_on_record() {
    let keeping =
        Keeping::over("UPDATE gis.well SET access_class = 'restricted' WHERE code = 'NOWHERE'").await;
    for (path, is_named) in [
        ("/collections", true),
        ("/collections/well", true),
        ("/tiles/well", true),
        ("/collections/road", false),
    ] {
        // Once more, when the views are remembered.
        for (agency, may_see) in [(Some("everything"), true), (None, false), (Some("everything"), true)] {
            let before = keeping.answers().len();
            let answer = keeping.get(agency, path).await;
            assert_eq!(
                answer.text().contains("that no map can show."),
                is_named && may_see,
                "{agency:?} {path}"
            );
            let after = keeping.answers();
            assert_eq!(after.len() - before, usize::from(is_named && may_see), "{agency:?} {path}");
            for answer in &after[before..] {
                assert_eq!((answer.features, answer.class.as_str()), (Some(1), "restricted"), "{path}");
                assert!(answer.layers.iter().any(|layer| layer == "well"), "{path}: {answer:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_are_counted_whichever_way_they_come() {
    let keeping = Keeping::open().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(http::serve(listener, keeping.office.site.clone(), std::future::pending()));
    for (agency, times, path) in [
        (Some("wells"), 4, "/tiles/well/0/0/0"),
        (Some("sharer"), 2, "/tiles/well/0/0/0"),
        (Some("wells"), 1, "/tiles/well,road/8/203/120"),
        (Some("wells"), 2, "/tiles/well/0/0/0?filter=depth%3E1"),
        (None, 3, "/tiles/well/0/0/0"),
    ] {
        for _ in 0..times {
            let key = agency.map(|agency| keeping.office.keys[agency].clone());
            let asked = move || {
                let request = ureq::get(format!("http://{address}{path}"));
                let request = if let Some(key) = key { request.header("x-api-key", key) } else { request };
                request.call().unwrap().status().as_u16()
            };
            let status = tokio::task::spawn_blocking(asked).await.unwrap();
            assert!([200, 204].contains(&status), "{path}: {status}");
        }
    }
    let mut counted = keeping.tiles().await;
    counted.sort();
    let expected = [("sharer", "well", 2), ("wells", "road,well", 1), ("wells", "well", 6)];
    assert_eq!(counted, expected.map(|(who, layers, count)| (who.to_owned(), layers.to_owned(), count)));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_open_data_go_on_and_nothing_else() {
    let keeping = Keeping::open().await;
    let guarded = [
        "/collections/well/items",
        "/collections/well/items?f=html",
        "/collections/well/download?f=csv",
        "/collections/well/statistics",
        "/collections/bimat_cable/items",
        "/collections/well",
        "/report?area=bbox:106,10.9,107,11.9",
        "/at?point=106.41,11.01",
        "/search?q=W01",
        "/tiles/well/0/0/0",
        "/map/tiles/WebMercatorQuad/0/0/0",
        "/collections/well/tiles/WebMercatorQuad/0/0/0",
    ];
    let cable = addressed(&keeping.office.served, "/collections/bimat_cable/items/CABLE").await;
    let cable = cable.trim_start_matches("/collections/").replace("/items", "");
    let area_of_it = [
        format!("/collections/road/statistics?area=buffer:9:feature:{cable}"),
        format!("/report?area=buffer:9:feature:{cable}&layers=road"),
        format!("/report?area=buffer:9:feature:{cable}&layers=road&f=html"),
    ];
    let guarded: Vec<&str> = guarded.into_iter().chain(area_of_it.iter().map(String::as_str)).collect();
    for path in &guarded {
        assert_eq!(keeping.get(Some("everything"), path).await.status, 200, "{path}");
    }
    let (file, aside) = (keeping.file(), keeping.folder.path().join("aside"));
    fs::rename(&file, &aside).unwrap();
    symlink("/dev/full", &file).unwrap();
    for path in guarded {
        let answer = keeping.get(Some("everything"), path).await;
        let detail = answer.problem(503);
        assert!(detail.contains("cannot write it just now") && !detail.contains("audit"), "{path}: {detail}");
        assert!(answer.header("retry-after").is_some(), "{path}");
        let body = answer.text();
        assert!(!body.contains("bimat") && !body.contains("W01"), "{path}: {body}");
    }
    for (agency, path) in [
        (None, "/collections/well/items"),
        (None, "/tiles/well/0/0/0"),
        (None, "/report?area=bbox:106,10.9,107,11.9"),
        (Some("everything"), "/collections/road/items"),
        (Some("everything"), "/tiles/road/8/203/120"),
        (Some("outsider"), "/collections/well/items"),
        (Some("everything"), "/collections/road"),
    ] {
        let status = keeping.get(agency, path).await.status;
        assert!([200, 204].contains(&status), "{agency:?} {path}: {status}");
    }
    assert_eq!(keeping.office.served.json("/health/ready").await["audit"], "unwritable");
    fs::remove_file(&file).unwrap();
    fs::rename(&aside, &file).unwrap();
    let started = Instant::now();
    while keeping.get(Some("everything"), "/tiles/well/0/0/0").await.status != 200 {
        assert!(started.elapsed() < Duration::from_secs(5), "it is not whole again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(keeping.get(Some("everything"), "/collections/well/items").await.status, 200);
    assert_eq!(keeping.office.served.json("/health/ready").await["audit"], "ok");
    assert!(keeping.folder.verify(None).is_ok());
}

/// A site over the database alone, whose anonymous caller sees everything.
async fn restricted(ledger: &Ledger) -> Served {
    let catalog = Catalog::new(vec![layer(WELL)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    let store = PostgisStore::new(database.database());
    let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Restricted));
    site.ledger = Some(ledger.clone());
    Served { database, router: router(Arc::new(site)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_answer_in_pieces_it_is_told_how_much_has_gone() {
    let data = tempfile::tempdir().unwrap();
    let folder = AuditFolder::of(data.path());
    let ledger = Ledger::open(folder.clone()).unwrap();
    let served = restricted(&ledger).await;
    let rows = "INSERT INTO gis.well (code, bimat_owner, geom) SELECT 'W' || i, repeat('x', 300), \
                'SRID=4326;POINT(106.4 11)' FROM generate_series(1, 9000) AS i";
    served.database.execute(rows).await;
    let path = "/collections/well/download?f=geojson";
    assert_eq!(served.get(path).await.status, 200);
    let response =
        served.router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    drop(body);
    ledger.flush().await;
    let entries: Vec<Entry> = records(&folder).into_iter().map(|record| record.entry).collect();
    let answers: Vec<_> =
        entries.iter().filter_map(|e| if let Entry::Answer(a) = e { Some(a) } else { None }).collect();
    let sent: Vec<&Sent> =
        entries.iter().filter_map(|e| if let Entry::Sent(s) = e { Some(s) } else { None }).collect();
    assert_eq!((answers.len(), sent.len()), (2, 2), "{entries:?}");
    for (answer, sent) in answers.iter().zip(&sent) {
        assert_eq!((answer.agency.as_deref(), answer.who.as_str()), (None, "anonymous"));
        assert_eq!(answer.features, Some(9000));
        assert_eq!(answer.request, sent.request);
    }
    assert_eq!((sent[0].features, sent[0].whole), (9000, true));
    assert!(sent[1].features > 0 && sent[1].features < 9000 && !sent[1].whole, "{:?}", sent[1]);
}
