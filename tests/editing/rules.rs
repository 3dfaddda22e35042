//! What goes into a layer is judged as the rows of a file are.

use super::{Office, farm};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_is_refused_with_each_finding_in_words() {
    let office = Office::open().await;
    let mut bad = farm("N1", "25459");
    bad["properties"]["kind"] = json!("cow");
    bad["properties"]["heads"] = json!(-3);
    bad["properties"]["checked_on"] = json!("31.02.2024");
    bad["geometry"]["coordinates"] = json!([2.35, 48.85]);
    let answer = office.create("editor", &bad).await;
    answer.problem(422);
    let findings = answer.json()["findings"].as_array().unwrap().clone();
    let of = |attribute: &str| findings.iter().find(|found| found["attribute"] == attribute).unwrap().clone();
    assert!(of("kind")["reason"].as_str().unwrap().contains("pig"), "{findings:?}");
    assert!(of("heads")["reason_vi"].as_str().is_some_and(|text| !text.is_empty()));
    assert_eq!(of("checked_on")["rule"], "type");
    assert!(findings.iter().any(|found| found["rule"] == "position"), "{findings:?}");
    let id = office.id("F1").await;
    let before = office.row(id).await;
    for (part, words) in [
        (json!({ "properties": { "kind": "hen", "heads": 3 } }), "hens are kept by the dozen"),
        (json!({ "properties": { "kind": null } }), "kind: "),
        (json!({ "properties": { "code": "F2" } }), "has this key"),
        (json!({ "properties": { "names": [1, 2] } }), "list of texts"),
        (json!({ "geometry": null }), "no geometry"),
        (
            json!({ "geometry": { "type": "LineString", "coordinates": [[106.4, 11.0], [106.5, 11.0]] } }),
            "Point",
        ),
        (json!({ "geometry": { "type": "Point", "coordinates": [] } }), "geometry"),
    ] {
        let detail = office.update("editor", id, "*", &part).await.problem(422);
        assert!(detail.contains(words), "{part}: {detail}");
    }
    assert_eq!(office.row(id).await, before);
    assert_eq!(office.runs().await, "0", "nothing half done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_added_is_judged_while_another_has_the_layer() {
    let office = Office::open().await;
    let other = office.database.client().await;
    let hold = "SELECT pg_advisory_lock(hashtextextended('diaban.import.farm', 0))";
    other.batch_execute(hold).await.unwrap();
    let mut bad = farm("N1", "25459");
    bad["properties"]["kind"] = json!("cow");
    let detail = office.create("editor", &bad).await.problem(422);
    assert!(detail.contains("kind"), "{detail}");
    assert!(office.create("editor", &farm("N1", "25459")).await.problem(503).contains("somebody else"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_judged_before_the_layer_was_held_is_judged_anew_if_the_row_has_changed() {
    let office = Office::open().await;
    let square = |east: f64| {
        // More positions than are judged while others wait.
        let side = (0..=1500).map(|n| json!([106.4 + east, 11.0 + f64::from(n) * 1e-5]));
        let ring: Vec<_> = [json!([106.4, 11.015]), json!([106.4, 11.0])].into_iter().chain(side).collect();
        let closed = ring.iter().chain(&ring[..1]).collect::<Vec<_>>();
        json!({ "type": "MultiPolygon", "coordinates": [[closed]] })
    };
    let items = "/collections/plot/items";
    let new = json!({ "type": "Feature", "properties": { "code": "P1" }, "geometry": square(0.01) });
    let kind = [("content-type", "application/geo+json")];
    let added = office.ask("editor", "POST", items, &kind, &new.to_string()).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let path = format!("{items}/{}", added.json()["id"]);
    let change = async |east| {
        let headers = [("content-type", "application/merge-patch+json"), ("if-match", "*")];
        let part = json!({ "geometry": square(east) }).to_string();
        office.ask("editor", "PATCH", &path, &headers, &part).await
    };
    assert_eq!(change(0.02).await.status, 200);
    let other = office.database.client().await;
    other.batch_execute("BEGIN; UPDATE gis.plot SET code = 'closed 1'").await.unwrap();
    let close = async {
        let waits = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                     AND datname = current_database()";
        let started = std::time::Instant::now();
        while office.database.text(waits).await.as_deref() == Some("0") && started.elapsed().as_secs() < 20 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        other.batch_execute("COMMIT").await.unwrap();
    };
    let (changed, ()) = tokio::join!(change(0.03), close);
    assert!(changed.problem(422).contains("a closed plot stays"), "{}", changed.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_certainly_meant_is_repaired_and_told() {
    let office = Office::open().await;
    let kind = [("content-type", "application/geo+json")];
    let open = json!({ "type": "Feature", "properties": { "code": " P1 " }, "geometry": { "type": "Polygon",
        "coordinates": [[[106.4, 11.0], [106.41, 11.0], [106.41, 11.01], [106.4, 11.01]]] } });
    let answer = office.ask("editor", "POST", "/collections/plot/items", &kind, &open.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let found = answer.json()["findings"].as_array().unwrap().clone();
    assert!(found.iter().all(|found| found["severity"] == "repaired") && found.len() == 2, "{found:?}");
    let row = office
        .database
        .text("SELECT code || ' ' || ST_IsValid(geom) || ' ' || ST_NPoints(geom) FROM gis.plot");
    assert_eq!(row.await.as_deref(), Some("P1 true 5"));
    let delivered = office.database.text("SELECT delivered ->> 'code' FROM diaban.delivered_value").await;
    assert_eq!(delivered.as_deref(), Some(" P1 "));
    // A figure of eight has no one meaning.
    let crossed = json!({ "type": "Feature", "properties": { "code": "P2" }, "geometry": { "type": "Polygon",
        "coordinates": [[[106.5, 11.0], [106.51, 11.01], [106.51, 11.0], [106.5, 11.013], [106.5, 11.0]]] } });
    let answer = office.ask("editor", "POST", "/collections/plot/items", &kind, &crossed.to_string()).await;
    assert!([201, 422].contains(&answer.status), "{}", answer.text());
    let valid = office.database.text("SELECT bool_and(ST_IsValid(geom)) FROM gis.plot").await;
    assert_eq!(valid.as_deref(), Some("t"));
}
