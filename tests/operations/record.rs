//! The record of answers in a backup and back, and at the end of a server.

use crate::{
    audit::{Data, answer, put, records},
    support::{TestDatabase, desk::Desk, layer, served::WELL},
};
use axum::{body::Body, http::Request};
use diaban::{
    audit::{Appender, AuditFolder, Entry, Ledger, Sent},
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::postgis::PostgisStore,
};
use http_body_util::BodyExt;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tower::ServiceExt;

/// Writes on record without a pause while something else goes on.
async fn beside_a_writer<T>(data: &Path, work: impl Future<Output = T>) -> T {
    let stopped = Arc::new(AtomicBool::new(false));
    let (folder, stop) = (AuditFolder::of(data), stopped.clone());
    let writing = std::thread::spawn(move || {
        let mut appender = Appender::new(folder);
        let mut written = 0;
        while !stop.load(Ordering::Relaxed) {
            put(&mut appender, &answer("sonnmt", "well", &format!("GET /{written}")));
            written += 1;
        }
        written
    });
    let done = work.await;
    stopped.store(true, Ordering::Relaxed);
    assert!(writing.join().unwrap() > 10, "it went on meanwhile");
    done
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_comes_back_with_a_backup_that_was_taken_while_it_was_written() {
    let desk = Desk::new();
    let source = TestDatabase::with_catalog(&desk.catalog()).await;
    let data = desk.path().join("data");
    let mut appender = Appender::new(AuditFolder::of(&data));
    for number in 1..=50 {
        put(&mut appender, &answer("sonnmt", "well", &format!("GET /before/{number}")));
    }
    let typed = beside_a_writer(&data, desk.typed(Some(source.url()), &["backup", "b.zip"])).await;
    assert_eq!(typed.code, Some(0), "{}", typed.err);
    assert!(typed.out.contains("record of answers: 1 tháng / months"), "{}", typed.out);
    let written = AuditFolder::of(&data).verify(None).unwrap().head.n;

    let target = TestDatabase::bare();
    let restored = ["restore", "b.zip", "--data", "other"];
    let typed = desk.typed(Some(target.url()), &restored).await;
    assert_eq!((typed.code, typed.err.as_str()), (Some(0), ""), "{}", typed.out);
    let verified = desk.typed(None, &["audit", "--verify", "--data", "other"]).await;
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    let other = AuditFolder::of(&desk.path().join("other"));
    let there = other.verify(None).unwrap();
    assert!((50..=written).contains(&there.head.n) && there.torn == 0, "{there:?} of {written}");
    assert_eq!(records(&other).last().unwrap().head(), there.head);
    assert_eq!(mode(other.path()), 0o700);
    let file = fs::read_dir(other.path()).unwrap().next().unwrap().unwrap().path();
    assert_eq!(mode(&file), 0o600);
    // The chain goes on there.
    put(&mut Appender::new(other.clone()), &answer("sonnmt", "well", "GET /after"));
    let there = other.verify(None).unwrap();

    // A record that is there stays, and the one of the backup lies beside.
    let typed = desk.typed(Some(target.url()), &[restored.as_slice(), &["--replace"]].concat()).await;
    assert_eq!(typed.code, Some(0), "{}", typed.err);
    assert!(typed.err.contains("has a record of answers, which stays"), "{}", typed.err);
    assert_eq!(other.verify(None).unwrap(), there);
    let beside = desk.path().join("other/audit-restored-1");
    assert_eq!(fs::read_dir(&beside).unwrap().count(), 1);
    assert!(typed.err.contains(beside.file_name().unwrap().to_str().unwrap()), "{}", typed.err);
    assert_eq!(mode(&beside), 0o700);
}

#[tokio::test]
async fn half_a_record_is_in_no_backup_and_a_garbled_one_is_refused() {
    let desk = Desk::new();
    let source = TestDatabase::with_catalog(&desk.catalog()).await;
    let folder = AuditFolder::of(&desk.path().join("data"));
    put(&mut Appender::new(folder.clone()), &answer("sonnmt", "well", "GET /whole"));
    let file = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, [&whole, b"{\"n\":2,\"pr".as_slice()].concat()).unwrap();
    assert_eq!(desk.typed(Some(source.url()), &["backup", "b.zip"]).await.code, Some(0));
    let archive = fs::read(desk.path().join("b.zip")).unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&archive)).unwrap();
    let name = format!("audit/{}", file.file_name().unwrap().to_str().unwrap());
    let mut kept = Vec::new();
    let (start, end) = {
        let mut part = zip.by_name(&name).unwrap();
        std::io::Read::read_to_end(&mut part, &mut kept).unwrap();
        let start = part.data_start().unwrap();
        (start as usize, (start + part.compressed_size()) as usize)
    };
    assert!(kept == whole, "{}", String::from_utf8_lossy(&kept));

    let mut garbled = archive.clone();
    garbled[(start + end) / 2] ^= 1;
    fs::write(desk.path().join("b.zip"), garbled).unwrap();
    let typed = desk.typed(Some(source.url()), &["restore", "b.zip", "--dry-run"]).await;
    assert_eq!(typed.code, Some(1));
    assert!(typed.err.contains(&name), "{}", typed.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_the_end_of_the_server_cuts_off_is_on_record_with_what_had_gone() {
    let data = Data::new();
    let ledger = Ledger::open(data.audit()).unwrap();
    let catalog = Catalog::new(vec![layer(WELL)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    let rows = "INSERT INTO gis.well (code, bimat_owner, geom) SELECT 'W' || i, repeat('x', 300), \
                'SRID=4326;POINT(106.4 11)' FROM generate_series(1, 9000) AS i";
    database.execute(rows).await;
    let store = PostgisStore::new(database.database());
    let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Restricted));
    site.ledger = Some(ledger.clone());
    let router = router(Arc::new(site));
    let ask = |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    let path = "/collections/well/download?f=geojson";
    let mut under_way = ask(path).await.unwrap().into_body();
    assert!(under_way.frame().await.unwrap().is_ok());
    let unbegun = ask(path).await.unwrap().into_body();
    ledger.close().await;

    let sent = |data: &Data| -> Vec<Sent> {
        let entries = data.records().into_iter().map(|record| record.entry);
        entries.filter_map(|entry| if let Entry::Sent(sent) = entry { Some(sent) } else { None }).collect()
    };
    let told = sent(&data);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].features > 0 && told[0].features < 9000 && !told[0].whole, "{told:?}");
    // Nothing goes that would be on no record.
    assert!(under_way.frame().await.unwrap().is_err());
    assert!(unbegun.collect().await.is_err());
    assert_eq!(ask("/collections/well/items").await.unwrap().status().as_u16(), 503);
    drop(under_way);
    ledger.flush().await;
    assert_eq!(sent(&data), told, "it is told once");
    assert!(data.audit().verify(None).is_ok());
}
