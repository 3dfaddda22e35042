//! Changes that have to wait: what was refused is not done after all, nor what one may no longer do.

use super::{Office, farm, granted};
use serde_json::json;
use std::time::{Duration, Instant};

/// How many statements of the server wait for somebody else's.
async fn waiting(office: &Office) -> String {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
               AND wait_event_type = 'Lock'";
    office.database.text(sql).await.unwrap()
}

async fn until_it_waits(office: &Office) {
    let begun = Instant::now();
    while waiting(office).await == "0" {
        assert!(begun.elapsed() < Duration::from_secs(5), "nothing waits");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_refused_because_it_waited_too_long_is_not_done_later() {
    let office = Office::open().await;
    let held = office.database.client().await;
    held.batch_execute("BEGIN; LOCK TABLE gis.plot IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let stall = json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": [106.41, 11.05] },
                        "properties": { "code": "S1" } });
    let add = async || {
        let kind = [("content-type", "application/geo+json")];
        office.ask("editor", "POST", "/collections/stall/items", &kind, &stall.to_string()).await
    };
    let begun = Instant::now();
    let refused = add().await;
    refused.problem(503);
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    assert!(refused.header("retry-after").is_some());
    // Whatever it had begun has ended with it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(waiting(&office).await, "0");
    held.batch_execute("ROLLBACK").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(office.database.text("SELECT count(*) FROM gis.stall").await.unwrap(), "0");
    assert_eq!(office.runs().await, "0");
    assert_eq!(add().await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_ends_while_a_change_waits_ends_the_change() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let before = office.row(id).await;
    let held = office.database.client().await;
    held.batch_execute("BEGIN; SELECT FROM gis.farm WHERE code = 'F1' FOR UPDATE").await.unwrap();
    let change = json!({ "properties": { "heads": 9 } });
    let end = async {
        until_it_waits(&office).await;
        office.site.callers.grant(granted("", &office.catalog).unwrap());
        held.batch_execute("ROLLBACK").await.unwrap();
    };
    let (answer, ()) = tokio::join!(office.update("editor", id, "*", &change), end);
    assert!(answer.problem(403).contains("right to change this ended"), "{}", answer.text());
    assert_eq!((office.row(id).await, office.runs().await.as_str()), (before, "0"));
    office.create("editor", &farm("N1", "25459")).await.problem(403);
}
