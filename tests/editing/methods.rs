//! What each method does, and what it asks for.

use super::{Office, farm, item};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_is_added_and_stands_at_its_address() {
    let office = Office::open().await;
    let answer = office.create("editor", &farm("N1", "25459")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_i64().unwrap();
    assert_eq!(answer.header("location"), Some(format!("http://localhost{}", item(id)).as_str()));
    let (feature, tag) = office.read("editor", id).await;
    assert_eq!(answer.header("etag"), Some(tag.as_str()), "its version is the one that is read");
    assert_eq!(feature["properties"]["heads"], 7);
    assert_eq!(feature["geometry"]["coordinates"], json!([106.41, 11.05]));
    assert_eq!(
        office.ask("", "GET", &item(id), &[], "").await.header("etag"),
        None,
        "who cannot edit needs none"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_that_is_put_back_as_it_was_read_changes_nothing() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let before = office.row(id).await;
    let (feature, tag) = office.read("editor", id).await;
    let answer = office.replace("editor", id, &tag, &feature).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("etag"), Some(tag.as_str()));
    // What GeoJSON cannot hold of the position, and what the editor does not see, is there as before.
    let after = office.row(id).await;
    let without_weight = |row: &Option<String>| {
        let mut row: serde_json::Value = serde_json::from_str(row.as_deref().unwrap()).unwrap();
        row["weight"].take();
        row
    };
    assert_eq!(without_weight(&after), without_weight(&before));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_said_of_a_replaced_feature_is_gone_and_what_is_hidden_is_kept() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let (_, tag) = office.read("editor", id).await;
    let answer = office.replace("editor", id, &tag, &farm("F1", "25459")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (feature, after) = office.read("editor", id).await;
    assert_eq!(answer.header("etag"), Some(after.as_str()));
    assert_ne!(after, tag);
    assert_eq!(feature["properties"]["heads"], 7);
    assert!(feature["properties"]["checked_on"].is_null() && feature["properties"]["names"].is_null());
    let (whole, _) = office.read("deputy", id).await;
    assert_eq!(whole["properties"]["bimat_owner"], "bimat-chu 1");
    assert_eq!(whole["properties"]["limit_heads"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_changes_what_it_says_and_leaves_the_rest_to_the_digit() {
    let office = Office::open().await;
    let id = office.id("F2").await;
    let before = office.row(id).await.unwrap();
    let (_, tag) = office.read("editor", id).await;
    let part = json!({ "properties": { "heads": 21, "checked_on": null } });
    let answer = office.update("editor", id, &tag, &part).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let row = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let mut expected = row(&before);
    expected["heads"] = json!(21);
    expected["checked_on"] = json!(null);
    let after = office.row(id).await.unwrap();
    assert_eq!(row(&after), expected);
    assert!(after.contains("123456789012345678.125"), "{after}");
    // A geometry in the plane of the province.
    let (_, tag) = office.read("editor", id).await;
    let moved = json!({ "geometry": { "type": "Point", "coordinates": [575_000.0, 1_217_000.0] } });
    let headers = [
        ("content-type", "application/merge-patch+json"),
        ("if-match", tag.as_str()),
        ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/9210>"),
    ];
    let answer = office.ask("editor", "PATCH", &item(id), &headers, &moved.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let plane = format!("{}?crs=http://www.opengis.net/def/crs/EPSG/0/9210", item(id));
    let seen = office.ask("editor", "GET", &plane, &[], "").await.json();
    let at = |i: usize| seen["geometry"]["coordinates"][i].as_f64().unwrap();
    assert!((at(0) - 575_000.0).abs() < 1e-3 && (at(1) - 1_217_000.0).abs() < 1e-3, "{seen}");
    assert_eq!(seen["properties"]["heads"], 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_feature_is_gone() {
    let office = Office::open().await;
    let id = office.id("F3").await;
    let (_, tag) = office.read("editor", id).await;
    let answer = office.delete("editor", id, &tag).await;
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    assert_eq!(office.row(id).await, None);
    assert_eq!(office.ask("editor", "GET", &item(id), &[], "").await.status, 404);
    office.delete("editor", id, &tag).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_editors_at_once_one_is_told_and_nothing_is_lost() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let (_, tag) = office.read("editor", id).await;
    let (_, other) = office.read("deputy", id).await;
    assert_ne!(tag, other, "who sees more has a version of his own");
    let (one, two) = (json!({ "properties": { "heads": 11 } }), json!({ "properties": { "heads": 12 } }));
    let (one, two) =
        tokio::join!(office.update("editor", id, &tag, &one), office.update("deputy", id, &other, &two));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", one.text(), two.text());
    let (late, who, won) = if one.status == 412 { (one, "editor", 12) } else { (two, "deputy", 11) };
    assert!(late.problem(412).contains("read it again"));
    let (feature, tag) = office.read(who, id).await;
    assert_eq!(feature["properties"]["heads"], won);
    assert_eq!(office.update(who, id, &tag, &json!({ "properties": { "heads": 13 } })).await.status, 200);
    // One who replaces or deletes what was changed since is told too, and one whose tag is weak.
    for answer in [
        office.replace(who, id, &tag, &farm("F1", "25459")).await,
        office.delete(who, id, &tag).await,
        office.delete(who, id, &format!("W/{}", office.read(who, id).await.1)).await,
    ] {
        answer.problem(412);
    }
    assert_eq!(office.read(who, id).await.0["properties"]["heads"], 13);
    // A change of what an editor does not see is none for him.
    let (_, tag) = office.read("editor", id).await;
    office.database.execute("UPDATE gis.farm SET bimat_owner = 'bimat-khac' WHERE code = 'F1'").await;
    assert_eq!(office.read("editor", id).await.1, tag);
    assert_eq!(office.delete("editor", id, &format!("\"0\", {tag}")).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_what_he_read_is_asked_for_it() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let before = office.row(id).await;
    for (method, kind) in
        [("PUT", "application/geo+json"), ("PATCH", "application/merge-patch+json"), ("DELETE", "text/plain")]
    {
        let body = farm("F1", "25459").to_string();
        let answer = office.ask("editor", method, &item(id), &[("content-type", kind)], &body).await;
        assert!(answer.problem(428).contains("If-Match"), "{method}");
    }
    assert_eq!(office.row(id).await, before);
    // Whoever means it may say that any version will do.
    assert_eq!(office.delete("editor", id, "*").await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_feature_is_told_from_one_that_is() {
    let office = Office::open().await;
    let items = "/collections/farm/items";
    let geojson = [("content-type", "application/geo+json")];
    for (body, words) in [
        ("", "no JSON"),
        ("[]", "no JSON object"),
        (r#"{"type": "FeatureCollection", "features": []}"#, "one feature is sent at a time"),
        (r#"{"type": "Feature", "properties": 3}"#, "properties"),
        (r#"{"type": "Feature", "geometry": {"type": "Point", "coordinates": ["a", 1]}}"#, "geometry"),
        (r#"{"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": []}}"#, "geometry"),
    ] {
        let detail = office.ask("editor", "POST", items, &geojson, body).await.problem(400);
        assert!(detail.contains(words), "{body}: {detail}");
    }
    let text = [("content-type", "text/csv")];
    office.ask("editor", "POST", items, &text, "a").await.problem(415);
    let long = format!(r#"{{"type": "Feature", "x": "{}"}}"#, "x".repeat(9 << 20));
    office.ask("editor", "POST", items, &geojson, &long).await.problem(413);
    let crs = [geojson[0], ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/2154>")];
    office.ask("editor", "POST", items, &crs, &farm("N", "25459").to_string()).await.problem(400);
    let mut other = farm("F1", "25459");
    other["id"] = json!(999);
    office.replace("editor", office.id("F1").await, "*", &other).await.problem(400);
    office.replace("editor", 424_242, "*", &farm("F1", "25459")).await.problem(404);
    assert_eq!(office.runs().await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_done_at_an_address_is_told_to_each() {
    let office = Office::open().await;
    let one = item(1);
    for (who, path, allow) in [
        ("editor", "/collections/farm/items", "GET, HEAD, OPTIONS, POST"),
        ("editor", one.as_str(), "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"),
        ("reader", "/collections/farm/items", "GET, HEAD, OPTIONS"),
        ("", one.as_str(), "GET, HEAD, OPTIONS"),
        ("editor", "/collections/cable/items", "GET, HEAD, OPTIONS"),
    ] {
        let answer = office.ask(who, "OPTIONS", path, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (204, Some(allow)), "{who} {path}");
    }
    let asked = [("origin", "https://a.example"), ("access-control-request-method", "PUT")];
    let answer = office.ask("", "OPTIONS", &one, &asked, "").await;
    assert_eq!(answer.status, 200, "a browser that asks beforehand");
    let of_item = "/collections/farm/items/{id}";
    let api = office.ask("editor", "GET", "/api", &[], "").await.json();
    for method in ["get", "put", "patch", "delete"] {
        assert!(api["paths"][of_item][method].is_object(), "{method}");
    }
    let api = office.ask("reader", "GET", "/api", &[], "").await.json();
    assert_eq!(api["paths"][of_item].as_object().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_is_sent_is_meant_to_its_last_digit() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    // A file of another program may hold the day alone, and then says nothing; whoever edits says what he means.
    let part = json!({ "properties": { "seen_at": "2024-05-06T00:00:00+07:00" } });
    let answer = office.update("editor", id, "*", &part).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["run"].is_i64(), "{}", answer.text());
    let (seen, _) = office.read("editor", id).await;
    assert_eq!(seen["properties"]["seen_at"], "2024-05-05T17:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_geometry_that_cannot_be_read_is_not_lost_by_an_edit_of_something_else() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let far = "UPDATE gis.farm SET geom = ST_SetSRID(ST_MakePoint('Infinity', 11), 4326) WHERE code = 'F1'";
    office.database.execute(far).await;
    let detail =
        office.update("editor", id, "*", &json!({ "properties": { "heads": 9 } })).await.problem(422);
    assert!(detail.contains("geometry that the feature has cannot be read"), "{detail}");
    let kept = "SELECT count(*)::text FROM gis.farm WHERE code = 'F1' AND geom IS NOT NULL AND heads = 10";
    assert_eq!(office.database.text(kept).await.as_deref(), Some("1"));
}
