//! An open map is told of an edit within two seconds, with the tiles that it touches, and of nothing else.

use crate::{
    live::{Server, database},
    support::events::{Events, Next},
};
use diaban::http::router;
use std::time::{Duration, Instant};

/// An edit has to be on an open map by then.
const SOON: Duration = Duration::from_secs(2);
/// A snapshot is taken meanwhile.
const LATER: Duration = Duration::from_secs(60);
/// Tiles of zoom 15: of the first field, and elsewhere in the layer.
const NEAR: &str = "15/26041/15376";
const FAR: &str = "15/26045/15372";

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_told_within_two_seconds_with_the_tiles_that_it_touches() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let router = router(server.site.clone());
    let (mut all, open) = Events::open(&router, "/live", &[]).await;
    let (mut one, _) = Events::open(&router, "/live?layers=field", &[]).await;
    assert_eq!(open.data["layers"], serde_json::json!(["field"]));
    assert_eq!(open.data["anew"], false);

    let edited = Instant::now();
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '0'").await;
    for events in [&mut all, &mut one] {
        let told = events.event(SOON).await;
        assert!(edited.elapsed() < SOON);
        assert_eq!((told.name.as_str(), told.data["layer"].as_str()), ("change", Some("field")));
        assert!(told.touches(NEAR) && told.touches("0/0/0") && told.touches("18/208332/123012"), "{told:?}");
        assert!(!told.touches(FAR) && !told.touches("12/3257/1922"), "{told:?}");
        assert!(told.data["tiles"].as_array().unwrap().len() < 60, "{told:?}");
        assert!(told.id.starts_with("20"), "{told:?}");
    }
    // What it was told of is there.
    assert!(server.shows(&format!("/tiles/field/{NEAR}"), "mia").await);

    database.execute("UPDATE gis.field SET geom = ST_Translate(geom, 0.04, 0.04) WHERE code = '0'").await;
    let told = one.event(SOON).await;
    assert!(told.touches(NEAR) && told.touches(FAR), "where it was and where it is: {told:?}");
    database.execute("DELETE FROM gis.field WHERE code = '0'").await;
    let told = one.event(SOON).await;
    assert!(told.touches(FAR) && !told.touches(NEAR), "{told:?}");
    // The same said again is no change.
    database.execute("UPDATE gis.field SET crop = crop WHERE code = '7'").await;
    one.silent(SOON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_is_told_to_take_all_anew_and_a_stream_lasts_as_long_as_it_was_asked_for() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let router = router(server.site.clone());
    let away = [("last-event-id", "2026-11-30T08:00:00.000Z")];
    let (_, open) = Events::open(&router, "/live?layers=field", &away).await;
    assert_eq!(open.data["anew"], true);
    let begun = Instant::now();
    let (mut events, _) = Events::open(&router, "/live?seconds=1", &[]).await;
    assert!(matches!(events.next(3 * SOON).await, Next::End));
    assert!(begun.elapsed() >= Duration::from_secs(1) && begun.elapsed() < 2 * SOON);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_listen_for_long_is_told_that_he_missed_something() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let (mut events, _) = Events::open(&router(server.site.clone()), "/live", &[]).await;
    // A listener beside it says when each has been told.
    let mut beside = server.snapshots.changes().listen();
    for n in 0..70 {
        let edit = format!("UPDATE gis.field SET crop = 'c{n}' WHERE code = '{n}'");
        database.execute(&edit).await;
        tokio::time::timeout(SOON, beside.next()).await.unwrap();
    }
    // The last waits for it, too, by then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(events.event(SOON).await.name, "anew");
    events.silent(Duration::from_millis(300)).await;
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code = '0'").await;
    assert!(events.event(SOON).await.touches(NEAR), "and goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_very_many_rows_and_new_overviews_are_told_of() {
    let (database, catalog) = database().await;
    let server = Server::start(&database, &catalog).await;
    let (mut events, _) = Events::open(&router(server.site.clone()), "/live?layers=field", &[]).await;
    database.execute("UPDATE gis.field SET crop = 'mia' WHERE code < '2'").await;
    let told = events.event(SOON).await;
    assert!(told.data["tiles"].as_array().unwrap().len() <= 128, "{told:?}");
    assert!(told.touches(NEAR), "{told:?}");
    let base = told.data["tiles"].as_array().unwrap().len();
    assert!(base > 10);
    // The overviews, in which specks stand for it, are taken anew.
    let told = events.event(LATER).await;
    assert!(told.data["below"].as_u64().is_some_and(|zoom| zoom > 5 && zoom < 15), "{told:?}");
    database
        .execute(
            "INSERT INTO gis.field (code, crop, geom) SELECT 'n' || n, 'dua', \
             ST_Translate(ST_MakeEnvelope(106.1, 11.0, 106.1001, 11.0001, 4326), n % 200 * 0.0001, n / 200 * 0.0001) \
             FROM generate_series(1, 30000) AS n",
        )
        .await;
    let told = events.event(LATER).await;
    assert_eq!(told.data["all"], true, "{told:?}");
    // A table that was written anew and holds the same: the snapshot is another one, and nobody sees a difference.
    database
        .execute("ALTER TABLE gis.field DISABLE TRIGGER ALL; ALTER TABLE gis.field ENABLE TRIGGER ALL")
        .await;
    events.silent(5 * SOON).await;
}
