//! An edit is on the map within a second, whoever looks.

use super::{Office, farm, item};
use crate::support::{events::Events, vector_tile};
use serde_json::json;
use std::time::{Duration, Instant};

const TILE: &str = "/tiles/farm/10/814/480";

async fn shows(office: &Office, word: &str) -> bool {
    let tile = office.ask("", "GET", TILE, &[], "").await;
    vector_tile::text_of(&vector_tile::decode(&tile.decoded())).contains(word)
}

/// How long it takes until the map shows a word, or no longer does.
async fn until(office: &Office, word: &str, is_there: bool) -> Duration {
    let started = Instant::now();
    while shows(office, word).await != is_there {
        assert!(started.elapsed() < Duration::from_secs(10), "{word}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_on_the_map_within_a_second_and_its_editor_sees_it_at_once() {
    let office = Office::open().await;
    until(&office, "F1", true).await;
    let added = office.create("editor", &farm("NEW1", "25459")).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let id = added.json()["id"].as_i64().unwrap();
    let mut took = vec![until(&office, "NEW1", true).await];
    let tag = added.header("etag").unwrap();
    let changed = office.update("editor", id, tag, &json!({ "properties": { "code": "NEW2" } })).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let (seen, tag) = office.read("editor", id).await;
    assert_eq!(seen["properties"]["code"], "NEW2", "its editor does not wait");
    took.push(until(&office, "NEW2", true).await);
    assert_eq!(office.delete("editor", id, &tag).await.status, 204);
    assert_eq!(office.ask("editor", "GET", &item(id), &[], "").await.status, 404);
    took.push(until(&office, "NEW2", false).await);
    assert!(took.iter().all(|took| *took < Duration::from_secs(1)), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_maps_are_told_of_an_edit_over_http_within_two_seconds() {
    const SOON: Duration = Duration::from_secs(2);
    let office = Office::open().await;
    let (mut anyone, _) = Events::open(&office.router, "/live?layers=farm", &[]).await;
    let key = [("x-api-key", office.keys["deputy"].as_str())];
    let (mut deputy, _) = Events::open(&office.router, "/live?layers=farm", &key).await;
    let added = office.create("editor", &farm("NEW1", "25459")).await;
    assert_eq!(added.status, 201, "{}", added.text());
    for events in [&mut anyone, &mut deputy] {
        let told = events.event(SOON).await;
        assert!(told.touches("14/13034/7685") && !told.touches("14/13036/7685"), "{told:?}");
    }
    let id = added.json()["id"].as_i64().unwrap();
    let hidden =
        office.update("deputy", id, "*", &json!({ "properties": { "bimat_owner": "bimat-moi" } })).await;
    assert_eq!(hidden.status, 200, "{}", hidden.text());
    assert!(deputy.event(SOON).await.touches("14/13034/7685"), "who sees the value hears of it");
    anyone.silent(Duration::from_millis(500)).await;
    assert_eq!(office.delete("editor", id, "*").await.status, 204);
    assert!(anyone.event(SOON).await.touches("14/13034/7685"));
}
