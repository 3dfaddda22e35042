//! One caller with two hundred clients keeps nobody else waiting, and neither does a crowd keep what is cheap.

use super::{ANNA, BINH, QUICK, SLOW, get, held, metric, until, with_a_slow_table};
use crate::support::{
    layer,
    served::{ROAD, Served, WELL},
};
use axum::{Router, body::Body, extract::ConnectInfo};
use diaban::{
    cache::TileCache,
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::{
        LiveStore,
        postgis::PostgisStore,
        publish,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// What others go on with: a tile that has to be made, a page of features, documents, health.
const OTHERS: [&str; 5] = [
    "/tiles/road,parcel/9/407/240",
    QUICK,
    "/collections/road/items/1",
    "/health/live",
    "/collections/road/queryables",
];

/// The longest and the 99th of a hundred times that each of these takes, one after the other.
async fn times(router: &Router, from: &str) -> (Duration, Duration) {
    let mut taken = Vec::new();
    for path in OTHERS.iter().cycle().take(100) {
        let begun = Instant::now();
        let answer = get(router, path, from).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        taken.push(begun.elapsed());
    }
    taken.sort();
    (taken[99], taken[98])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_of_one_caller_on_a_slow_query_keep_nobody_else_waiting() {
    let (served, _held) = with_a_slow_table().await;
    let router = &served.router;
    times(router, BINH).await;
    let quiet = times(router, BINH).await;
    let mut clients = JoinSet::new();
    for number in 0..200 {
        let router = router.clone();
        clients.spawn(async move {
            loop {
                let begun = Instant::now();
                let answer = get(&router, SLOW, ANNA).await;
                if answer.status == 429 {
                    assert!(answer.header("retry-after").is_some_and(|s| s.parse::<u32>().unwrap() > 0));
                    assert!(answer.problem(429).contains("one caller"), "{}", answer.text());
                    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
                }
                // They come again as they are told to, and not all in the same instant.
                tokio::time::sleep(Duration::from_millis(2_000 + number * 10)).await;
            }
        });
    }
    until("nobody was refused", async || {
        metric(router, "diaban_refused_total{work=\"question\",reason=\"share\"}").await >= 164
    })
    .await;
    assert_eq!(metric(router, "diaban_under_way{work=\"question\"}").await, 4);
    let busy = times(router, BINH).await;
    println!("longest and 99th of 100: quiet {quiet:?}, beside 200 clients on a slow query {busy:?}");
    assert!(busy.1 < Duration::from_secs(1), "{busy:?}");
    assert!(metric(router, "diaban_waiting{work=\"question\"}").await <= 32);
    // Nobody waits any more, and everything is free again.
    clients.shutdown().await;
    until("places were not given back", async || {
        metric(router, "diaban_under_way{work=\"question\"}").await == 0
            && metric(router, "diaban_waiting{work=\"question\"}").await == 0
    })
    .await;
    assert_eq!(get(router, QUICK, ANNA).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_crowd_fills_the_queue_the_next_is_refused_at_once_and_what_is_cheap_goes_on() {
    let (served, _held) = with_a_slow_table().await;
    let router = &served.router;
    let mut crowd = JoinSet::new();
    for number in 0..700 {
        let router = router.clone();
        crowd.spawn(async move {
            let begun = Instant::now();
            let answer = get(&router, SLOW, &format!("2001:db8:0:{number}::1")).await;
            (answer, begun.elapsed())
        });
    }
    let (answer, _) = crowd.join_next().await.unwrap().unwrap();
    assert!(answer.problem(503).contains("too much to do"), "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    let (mut at_once, mut later) = (1, 0);
    for path in
        ["/health/live", "/health/ready", "/tiles/road,parcel/9/407/240", "/collections/road/queryables"]
    {
        let answer = get(router, path, BINH).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    while let Some(answered) = crowd.join_next().await {
        let (answer, taken) = answered.unwrap();
        answer.problem(503);
        match taken < Duration::from_millis(700) {
            true => at_once += 1,
            false => later += 1,
        }
        assert!(taken < Duration::from_secs(14), "{taken:?}");
    }
    // On a machine with much else to do some of them take their time all the same.
    assert!(at_once >= 20, "{at_once} were refused at once and {later} later");
    assert!(metric(router, "diaban_refused_total{work=\"question\",reason=\"queue_full\"}").await >= 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_wait_for_the_database_leave_it_to_others() {
    let (served, _held) = with_a_slow_table().await;
    let router = &served.router;
    let mut crowd = JoinSet::new();
    for _ in 0..200 {
        let router = router.clone();
        crowd.spawn(async move { get(&router, "/collections/well", ANNA).await });
    }
    let refused = crowd.join_next().await.unwrap().unwrap();
    assert!(refused.problem(503).contains("the database has too much to do"), "{}", refused.text());
    let (_, longest_but_one) = times(router, BINH).await;
    assert!(longest_but_one < Duration::from_secs(1), "{longest_but_one:?}");
    assert_eq!(get(router, "/health/ready", BINH).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tile_that_is_there_is_sent_while_all_places_for_making_one_are_taken() {
    let served = Served::to(AccessClass::Open).await;
    let (data, database) = (tempfile::tempdir().unwrap(), served.database.database());
    let (folder, all) = (SnapshotFolder::of(data.path()), Caller::anonymous(AccessClass::Restricted));
    let catalog = Catalog::new([WELL, ROAD].map(layer).to_vec(), Default::default());
    publish(&database, &folder, &catalog.view("road", &all).unwrap(), false, Arc::default()).await.unwrap();
    let snapshots = SnapshotStore::new(folder);
    assert!(snapshots.serve_newest_of(&layer(ROAD)).is_empty());
    let store = LiveStore::new(Some(PostgisStore::new(database)), Some(Arc::new(snapshots)));
    let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
    site.cache = TileCache::new(1 << 20);
    let router = &router(Arc::new(site));
    let tile = "/tiles/road/9/407/240";
    assert_eq!(get(router, tile, BINH).await.status, 200);
    let _held = held(&served, "gis.well").await;
    let mut crowd = JoinSet::new();
    for number in 0..40 {
        let router = router.clone();
        let path = format!("/tiles/well/{}/0/0", number % 15);
        crowd.spawn(async move { get(&router, &path, &format!("192.0.2.{number}")).await });
    }
    let under_way = "diaban_under_way{work=\"tile\"}";
    until("the places were not taken", async || metric(router, under_way).await == 12).await;
    for _ in 0..20 {
        let begun = Instant::now();
        assert_eq!(get(router, tile, BINH).await.status, 200);
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }
    // One that would have to be made waits, and not for ever.
    let begun = Instant::now();
    get(router, "/tiles/road/8/203/120", BINH).await.problem(503);
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_stranger_gets_no_second_share_by_inventing_addresses() {
    let served = Served::to(AccessClass::Open).await;
    let ask = async |from: &str, forwarded: String| {
        let peer = SocketAddr::new(from.parse().unwrap(), 4711);
        let request = axum::http::Request::builder().uri("/quality?layers=none");
        let request = request.header("x-forwarded-for", forwarded).extension(ConnectInfo(peer));
        let answer = served.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        answer.status().as_u16()
    };
    let mut refused = 0;
    for number in 0..80 {
        refused += u32::from(ask(ANNA, format!("192.0.2.{number}")).await == 429);
    }
    assert!(refused > 10, "{refused}");
    // What a proxy on this machine writes stands last, whatever its client has written before.
    let through =
        async |client: &str, number: u32| ask("127.0.0.1", format!("192.0.2.{number}, {client}")).await;
    let mut refused = 0;
    for number in 0..80 {
        refused += u32::from(through("2001:db8::1", number).await == 429);
    }
    assert!(refused > 10, "{refused}");
    assert_eq!(through("2001:db8::2", 1).await, 429);
    assert_ne!(through("2001:db8:0:1::1", 1).await, 429);
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_go_on_and_another_is_not() {
    let served = Served::to(AccessClass::Open).await;
    let router = &served.router;
    let first = get(router, "/quality", ANNA).await;
    assert_eq!(first.header("ratelimit-policy"), Some("\"dear\";q=60;w=30"));
    assert_eq!(first.header("ratelimit"), Some("\"dear\";r=59;t=1"));
    let mut refused = None;
    for _ in 0..200 {
        let answer = get(router, "/quality?layers=none", ANNA).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("nobody was refused");
    assert!(refused.problem(429).contains("60 at once"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(get(router, "/quality", BINH).await.status, 200);
    assert_eq!(get(router, QUICK, ANNA).await.status, 200);
    assert!(metric(router, "diaban_refused_total{work=\"dear\",reason=\"rate\"}").await >= 1);
    // Whose address nobody knows is not held to a rate with all others of whom that is so.
    for _ in 0..100 {
        assert_eq!(served.get("/quality").await.status, 200);
    }
}
