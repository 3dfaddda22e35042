//! Snapshots on disk: other programs read them, bad ones are refused by name, and whatever happens
//! there is a whole one.

use crate::support::{TestDatabase, layer};
use axum::{body::Body, http::Request};
use diaban::{
    feature::Bbox,
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    query::{FeatureQuery, Order},
    store::{
        FeatureStore, LiveStore, publish,
        snapshot::{Manifest, SnapshotFolder, SnapshotStore, manifest::FORMAT},
    },
};
use futures_util::TryStreamExt;
use http_body_util::BodyExt;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};
use tower::ServiceExt;

const LAYER: &str = r#"
id = "thing"
title = { vi = "Thứ", en = "Thing" }
group = "urban"
agency = "sonnmt"
item = "1"
geometry = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "coverage" }
table = { schema = "public", name = "things", geometry = "shape", id = "id", srid = 4326 }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "height", type = "number", title = { vi = "Cao", en = "Height" } },
  { name = "day", type = "date", title = { vi = "Ngày", en = "Day" } },
]
"#;
const THINGS: &str = "CREATE TABLE public.things (id int PRIMARY KEY, code text, height float8, day date, shape geometry);
    INSERT INTO public.things SELECT n, 'Cột ' || n, n / 2.0, date '2025-07-01' + n, g FROM (VALUES
      (1, 'POINT(106.1 11)'::geometry), (2, 'MULTIPOINT(106.1 11, 106.2 11.1)'), (3, 'LINESTRING(106 11, 106.1 11.1)'),
      (4, 'MULTILINESTRING((106 11, 106.1 11.1), (106.2 11, 106.3 11))'), (5, 'POLYGON((106 11,106.1 11,106.1 11.1,106 11))'),
      (6, 'MULTIPOLYGON(((106 11,106.1 11,106.1 11.1,106 11)),((106.3 11,106.4 11,106.4 11.1,106.3 11)))'),
      (7, 'GEOMETRYCOLLECTION(POINT(106.1 11),LINESTRING(106 11, 106.1 11.1))'), (8, 'POLYGON EMPTY'), (9, NULL),
      (10, ST_MakePoint('NaN', 11)), (11, 'POINT(1e30 1e300)'), (12, 'POINT Z (106.5 11.5 7)'),
      (13, ST_ExteriorRing(ST_Buffer('POINT(106.2 11.2)'::geometry, 0.1, 30000)))) AS t(n, g);
    UPDATE public.things SET shape = ST_SetSRID(shape, 4326)";

struct Published {
    database: TestDatabase,
    data: tempfile::TempDir,
    catalog: Catalog,
    manifest: Manifest,
}

impl Published {
    async fn new() -> Self {
        Self::of(THINGS).await
    }

    async fn of(things: &str) -> Self {
        let catalog = Catalog::new(vec![layer(LAYER)], Default::default());
        let database = TestDatabase::new().await;
        database.execute(things).await;
        database.database().prepare(&catalog).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let view = catalog.view("thing", &Caller::anonymous(AccessClass::Restricted)).unwrap();
        let folder = SnapshotFolder::of(data.path());
        let own = database.database();
        let publish = || publish(&own, &folder, &view, false, Arc::default());
        publish().await.unwrap();
        let manifest = publish().await.unwrap();
        drop(own);
        Self { data, catalog, manifest, database }
    }

    fn version(&self, number: u64) -> PathBuf {
        self.data.path().join(format!("snapshot/thing/v{number:08}"))
    }

    /// The version that is served, and what is said of others.
    fn served(&self) -> (Option<u64>, String) {
        let store = SnapshotStore::new(SnapshotFolder::of(self.data.path()));
        let refused = store.serve_newest(&self.catalog);
        let said: Vec<String> = refused.iter().map(ToString::to_string).collect();
        (store.served("thing").map(|s| s.snapshot.manifest.version), said.join("\n"))
    }
}

#[tokio::test]
async fn a_folder_that_was_taken_away_is_followed_though_its_numbers_begin_anew() {
    let published = Published::new().await;
    let folder = SnapshotFolder::of(published.data.path());
    let store = SnapshotStore::new(folder.clone());
    assert!(store.serve_newest(&published.catalog).is_empty());
    let taken_at = || store.served("thing").map(|s| s.snapshot.manifest.taken_at.clone());
    let before = taken_at();
    fs::remove_dir_all(published.data.path().join("snapshot/thing")).unwrap();
    // What is mapped is still there.
    assert!(
        store.serve_newer(&published.catalog).is_empty()
            && store.look_at_each_byte(&published.catalog).is_empty()
    );
    assert_eq!(taken_at(), before);
    let view = published.catalog.view("thing", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let anew = publish(&published.database.database(), &folder, &view, false, Arc::default()).await.unwrap();
    assert_eq!(anew.version, 1);
    assert!(store.serve_newer(&published.catalog).is_empty());
    assert_eq!(taken_at(), Some(anew.taken_at));
}

#[tokio::test]
async fn bytes_that_are_overwritten_while_they_are_served_are_noticed_by_who_reads_them() {
    let published = Published::new().await;
    let store = SnapshotStore::new(SnapshotFolder::of(published.data.path()));
    assert!(store.serve_newest(&published.catalog).is_empty());
    assert!(store.look_at_each_byte(&published.catalog).is_empty());
    let base = fs::OpenOptions::new().write(true).open(published.version(2).join("base.fgb")).unwrap();
    let half = base.metadata().unwrap().len() / 2;
    std::os::unix::fs::FileExt::write_all_at(&base, &vec![0xff; half as usize], half).unwrap();
    let view = published.catalog.view("thing", &Caller::anonymous(AccessClass::Restricted)).unwrap();
    let world = Bbox::new(-2e7, -2e7, 2e7, 2e7);
    store.served("thing").unwrap().scan(&view, world, 18, None, &mut |_, _| {});
    let said: Vec<String> =
        store.look_at_each_byte(&published.catalog).iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("v00000002/base.fgb"), "{said:?}");
}

#[tokio::test]
async fn every_geometry_is_in_or_named() {
    let published = Published::new().await;
    let Manifest { count, unplaced, .. } = &published.manifest;
    assert_eq!((*count, unplaced.count()), (11, 4));
    let named: Vec<i64> = unplaced.rows.iter().map(|row| row.id).collect();
    assert_eq!(named, [8, 9, 10, 11], "{unplaced:?}");
    assert!(unplaced.rows.iter().all(|row| !row.reason.to_string().is_empty()));
}

#[tokio::test]
async fn bytes_that_are_not_those_that_were_written_are_refused_by_name() {
    let published = Published::new().await;
    let base = published.version(2).join("base.fgb");
    let whole = fs::read(&base).unwrap();
    let mut bytes = whole.clone();
    let at = bytes.len() * 3 / 4;
    bytes[at] ^= 0x55;
    fs::write(&base, bytes).unwrap();
    let store = SnapshotStore::new(SnapshotFolder::of(published.data.path()));
    assert!(store.serve_newest(&published.catalog).is_empty());
    let said: Vec<String> =
        store.look_at_each_byte(&published.catalog).iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("v00000002/base.fgb"), "{said:?}");
    assert!(store.served("thing").is_none());
    // The one before stands in, is whole, and stays.
    for _ in 0..2 {
        assert!(store.serve_newer(&published.catalog).is_empty());
        assert!(store.look_at_each_byte(&published.catalog).is_empty());
        assert_eq!(store.served("thing").unwrap().snapshot.manifest.version, 1);
    }
    // A good copy is put in its place.
    fs::write(&base, whole).unwrap();
    assert!(store.serve_newer(&published.catalog).is_empty());
    assert!(store.look_at_each_byte(&published.catalog).is_empty());
    assert_eq!(store.served("thing").unwrap().snapshot.manifest.version, 2);
}

#[tokio::test]
async fn a_snapshot_of_another_layer_file_is_told_of_once_and_not_at_each_look() {
    let published = Published::new().await;
    let mut other = layer(LAYER);
    other.attributes.pop();
    let catalog = Catalog::new(vec![other], Default::default());
    let store = SnapshotStore::new(SnapshotFolder::of(published.data.path()));
    let said = store.serve_newer(&catalog);
    assert!(said.len() == 1 && said[0].to_string().contains("the layer's file has changed"), "{said:?}");
    assert!(store.serve_newer(&catalog).is_empty(), "it is told of again");
}

#[tokio::test]
async fn a_file_that_is_cut_by_a_byte_after_all_were_looked_at_is_refused_by_name() {
    let published = Published::new().await;
    let store = SnapshotStore::new(SnapshotFolder::of(published.data.path()));
    assert!(store.serve_newest(&published.catalog).is_empty());
    assert!(store.look_at_each_byte(&published.catalog).is_empty());
    let file = fs::File::options().write(true).open(published.version(2).join("base.measures")).unwrap();
    file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    let said: Vec<String> =
        store.look_at_each_byte(&published.catalog).iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("v00000002/base.measures"), "{said:?}");
    assert!(store.served("thing").is_none());
    // One that is removed while it is served is not cut.
    assert!(store.serve_newer(&published.catalog).is_empty());
    fs::remove_dir_all(published.version(1)).unwrap();
    assert!(store.look_at_each_byte(&published.catalog).iter().all(|e| !e.to_string().contains("cut")));
}

#[tokio::test]
async fn gdal_reads_what_was_written() {
    let published = Published::new().await;
    let path = published.version(2).join("base.fgb");
    let output = Command::new("ogrinfo").args(["-ro", "-al"]).arg(&path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("Feature Count: 11"), "{text}");
    for words in [
        "EPSG\",3857",
        "code (String) = Cột 12",
        "height (Real) = 6",
        "GEOMETRYCOLLECTION",
        "MULTIPOLYGON",
        "diaban_id (Integer64) = 4",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    // Through the index, too.
    let few = Command::new("ogrinfo")
        .args(["-ro", "-al", "-spat", "11855500", "1287700", "11855600", "1290000"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&few.stdout).contains("Feature Count: 1"));
}

#[tokio::test]
async fn a_bad_version_is_refused_by_name_and_the_one_before_serves_on() {
    let published = Published::new().await;
    let base = published.version(2).join("base.fgb");
    let whole = fs::read(&base).unwrap();
    let manifest = published.version(2).join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    type Spoil<'a> = (&'a str, Box<dyn Fn(&Path) + 'a>, &'a str);
    let cases: Vec<Spoil<'_>> = vec![
        ("cut", Box::new(|p| fs::write(p, &whole[..whole.len() / 2]).unwrap()), "cut short"),
        ("cut in the header", Box::new(|p| fs::write(p, &whole[..20]).unwrap()), "cut short"),
        ("empty", Box::new(|p| fs::write(p, b"").unwrap()), "cut short"),
        ("foreign", Box::new(|p| fs::write(p, b"PK\x03\x04 something else").unwrap()), "no FlatGeobuf"),
        (
            "garbled header",
            Box::new(|p| {
                let mut bytes = whole.clone();
                bytes[12..80].fill(0xff);
                fs::write(p, bytes).unwrap();
            }),
            "garbled",
        ),
    ];
    for (name, spoil, said) in cases {
        spoil(&base);
        let (version, refused) = published.served();
        assert_eq!(version, Some(1), "{name}: {refused}");
        assert!(refused.contains("base.fgb") && refused.contains(said), "{name}: {refused}");
    }
    // What is no file is not waited for either.
    for name in [&base, &manifest] {
        fs::remove_file(name).unwrap();
        assert!(Command::new("mkfifo").arg(name).status().unwrap().success());
        let (version, refused) = published.served();
        assert!(version == Some(1) && refused.contains("it is no file"), "{refused}");
        fs::remove_file(name).unwrap();
    }
    fs::write(&base, &whole).unwrap();
    let form = format!("\"format\": {FORMAT}");
    fs::write(&manifest, text.replace(&form, "\"format\": 9")).unwrap();
    let (version, refused) = published.served();
    assert!(version == Some(1) && refused.contains("form 9") && refused.contains("Publish"), "{refused}");
    fs::write(&manifest, &text[..text.len() / 2]).unwrap();
    assert_eq!(published.served().0, Some(1));
    fs::write(&manifest, text).unwrap();
    assert_eq!(published.served(), (Some(2), String::new()));
}

#[tokio::test]
async fn a_changed_byte_is_found_when_all_are_looked_at() {
    let published = Published::new().await;
    let base = published.version(2).join("base.fgb");
    let mut bytes = fs::read(&base).unwrap();
    let last = bytes.len() - 9;
    bytes[last] ^= 1;
    fs::write(&base, bytes).unwrap();
    let (snapshot, refused) = SnapshotFolder::of(published.data.path()).open("thing", true);
    assert_eq!(snapshot.map(|s| s.manifest.version), Some(1));
    assert!(refused[0].to_string().contains("base.fgb"), "{refused:?}");
}

#[tokio::test]
async fn no_garbled_file_panics() {
    // With fewer corners in what is large: each round draws it.
    let published = Published::of(&THINGS.replace("30000", "300")).await;
    let base = published.version(2).join("base.fgb");
    let whole = fs::read(&base).unwrap();
    let everywhere = diaban::feature::Bbox::new(-1e9, -1e9, 1e9, 1e9);
    let view = published.catalog.view("thing", &Caller::anonymous(AccessClass::Open)).unwrap();
    let mut seed = 12345u64;
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..4 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = (seed >> 20) as usize % bytes.len();
            bytes[at] = (seed >> 8) as u8;
        }
        fs::write(&base, &bytes).unwrap();
        let store = SnapshotStore::new(SnapshotFolder::of(published.data.path()));
        store.serve_newest(&published.catalog);
        let served = store.served("thing").unwrap();
        let mut encoder = diaban::tile::LayerEncoder::new(
            diaban::tile::TileCoord::new(0, 0, 0).unwrap(),
            "thing",
            &["code", "height", "day"],
            Default::default(),
            diaban::tile::Projection::Mercator,
        );
        served.scan(&view, everywhere, 18, None, &mut |_, feature| encoder.add(feature));
        encoder.finish();
        let live = LiveStore::new(None, Some(Arc::new(store)));
        for query in [
            FeatureQuery { limit: 100, ..FeatureQuery::default() },
            FeatureQuery {
                limit: 3,
                bbox: Some(Bbox::new(106.0, 11.0, 106.05, 11.2)),
                ..FeatureQuery::default()
            },
            FeatureQuery { limit: 100, order: Order::AsStored, ..FeatureQuery::default() },
        ] {
            let features = live.features(&view, &query).await.unwrap();
            assert!(features.try_collect::<Vec<_>>().await.unwrap().len() <= 100);
        }
    }
}

#[tokio::test]
async fn a_layer_that_cannot_answer_is_left_out_at_a_point_and_the_others_answer() {
    let published = Published::new().await;
    let catalog =
        Catalog::new(vec![layer(LAYER), layer(&LAYER.replace("\"thing\"", "\"other\""))], Default::default());
    let snapshots = SnapshotStore::new(SnapshotFolder::of(published.data.path()));
    assert!(snapshots.serve_newest(&catalog).is_empty());
    let store = LiveStore::new(None, Some(Arc::new(snapshots)));
    let site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
    let router = router(Arc::new(site));
    for (form, why) in [
        ("json", "It has no snapshot that can be read, and there is no database."),
        ("html&lang=vi", "Lớp không có bản chụp đọc được, và không có cơ sở dữ liệu."),
    ] {
        let request = Request::get(format!("/at?point=106.1,11&f={form}")).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("Cột 1") && body.contains(why), "{body}");
    }
}

#[tokio::test]
async fn without_a_database_a_layer_whose_snapshot_is_garbled_says_so_and_what_to_do() {
    let Published { database, data, catalog, .. } = Published::new().await;
    let home = data.path().join("snapshot/thing");
    for (gone, said) in [(false, "its snapshot cannot be read"), (true, "it has no snapshot")] {
        for version in ["v00000001", "v00000002"] {
            fs::write(home.join(version).join("base.fgb"), b"PK").unwrap();
        }
        if gone {
            fs::remove_dir_all(&home).unwrap();
        }
        let snapshots = SnapshotStore::new(SnapshotFolder::of(data.path()));
        assert_eq!(snapshots.serve_newest(&catalog).len(), if gone { 0 } else { 2 });
        let store = LiveStore::new(None, Some(Arc::new(snapshots)));
        let site = Site::new(store, Arc::new(catalog.clone()), Caller::anonymous(AccessClass::Open));
        let router = router(Arc::new(site));
        for path in [
            "/tiles/thing/0/0/0",
            "/collections/thing/items",
            "/collections/thing/items/1",
            "/collections/thing/statistics?area=bbox:106,10,107,12",
            "/at?point=106.1,11",
            "/report?area=bbox:106,10,107,12",
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let body = String::from_utf8_lossy(&body);
            assert_eq!(status, 503, "{path}: {body}");
            for words in ["`thing`", said, "diaban publish thing"] {
                assert!(body.contains(words), "{path}: {words} is not in {body}");
            }
            assert!(!body.contains("database is away"), "{path}: {body}");
        }
        // What is said of layers goes on.
        for path in ["/collections", "/collections/thing?f=html", "/tiles/thing", "/catalog"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), 200, "{path}");
        }
    }
    drop(database);
}
