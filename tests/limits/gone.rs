//! When a client goes away, its statement ends in the database, its place is free, and its session serves on: for
//! each way in which a question gets there.

use super::{ANNA, QUICK, asked, get, held, metric, until};
use crate::support::served::Served;
use diaban::layer::AccessClass;
use std::time::{Duration, Instant};
use tokio_postgres::Client;

const BOX: &str = "bbox:106,10.9,107,11.9";
/// Questions that ask the table `gis.well`.
const PATHS: [(&str, &str, &str); 14] = [
    ("GET", "/collections/well/items", ""),
    ("GET", "/collections/well/items?filter=depth%3E3&sortby=-depth", ""),
    ("GET", "/collections/well/items?as_of=2026-01-01T00:00:00Z", ""),
    ("GET", "/collections/well/items?f=parquet", ""),
    ("GET", "/collections/well/items/1", ""),
    ("POST", "/collections/well/search", r#"{"filter": {"op": ">", "args": [{"property": "depth"}, 3]}}"#),
    ("GET", "/collections/well/download?f=geojson", ""),
    ("GET", "/collections/well/download?f=gpkg", ""),
    ("GET", "/collections/well/statistics?group=use", ""),
    ("GET", "/report?area=AREA&layers=well", ""),
    ("GET", "/at?point=106.41,11.01&layers=well", ""),
    ("GET", "/tiles/well/0/0/0", ""),
    ("GET", "/tiles/well/0/0/0?filter=depth%3E3", ""),
    ("GET", "/collections/well", ""),
];

/// How many statements of the server wait for the table.
async fn waiting(client: &Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
               AND wait_event_type = 'Lock'";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_of_which_nobody_waits_for_the_answer_ends_in_the_database() {
    let served = Served::to(AccessClass::Open).await;
    let watch = served.database.client().await;
    let _held = held(&served, "gis.well").await;
    for (method, path, body) in PATHS {
        let path = path.replace("AREA", BOX);
        let router = served.router.clone();
        let own = path.clone();
        let client = tokio::spawn(async move { asked(router, method, &own, ANNA, body).await });
        until(&format!("{path} asked nothing of the table"), async || waiting(&watch).await > 0).await;
        client.abort();
        let begun = Instant::now();
        until(&format!("{path}: its statement goes on"), async || waiting(&watch).await == 0).await;
        assert!(begun.elapsed() < Duration::from_secs(2), "{path}: {:?}", begun.elapsed());
    }
    for work in ["tile", "filtered_tile", "question", "dear", "download"] {
        let name = format!("diaban_under_way{{work=\"{work}\"}}");
        until(&format!("{work}: a place is not free"), async || metric(&served.router, &name).await == 0)
            .await;
    }
    assert_eq!(get(&served.router, QUICK, ANNA).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_answered_in_its_time_and_figures_have_more() {
    let served = Served::to(AccessClass::Open).await;
    let lock = held(&served, "gis.well").await;
    let begun = Instant::now();
    let timed = async |path: &str| (get(&served.router, path, ANNA).await, begun.elapsed());
    let release = async {
        tokio::time::sleep(Duration::from_millis(11_500)).await;
        lock.batch_execute("ROLLBACK").await.unwrap();
    };
    let questions =
        async { tokio::join!(timed("/collections/well/items"), timed("/at?point=106.41,11.01&layers=well")) };
    let ((items, at), figures, ()) =
        tokio::join!(questions, timed("/collections/well/statistics?group=use"), release);
    assert!(items.0.problem(503).contains("took too long"), "{}", items.0.text());
    assert!(items.0.header("retry-after").is_some());
    assert!(at.0.status >= 500, "{}", at.0.text());
    assert!(items.1.max(at.1) < Duration::from_secs(12), "{:?} {:?}", items.1, at.1);
    assert_eq!(figures.0.status, 200, "{}", figures.0.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_which_nobody_waits_is_not_made_to_its_end() {
    let served = Served::to(AccessClass::Open).await;
    let watch = served.database.client().await;
    let many = "INSERT INTO gis.road (code, geom) SELECT 'x' || i, 'SRID=4326;MULTILINESTRING((106 11,107 11))' \
                FROM generate_series(1, 60000) AS i";
    served.database.execute(many).await;
    let router = served.router.clone();
    let path = "/collections/road/download?f=gpkg";
    let client = tokio::spawn(async move { asked(router, "GET", path, ANNA, "").await });
    let sending = async || -> bool {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
                   AND query LIKE '%gis.\"road%' AND pid <> pg_backend_pid()";
        watch.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) > 0
    };
    until("the file was not begun", sending).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.abort();
    let begun = Instant::now();
    until("the file is made on", async || !sending().await).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    until("its place is not free", async || {
        metric(&served.router, "diaban_under_way{work=\"download\"}").await == 0
    })
    .await;
}
