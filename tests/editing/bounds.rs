//! How far a grant to edit goes.

use super::{Office, catalog, farm, granted, item};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_edits_without_a_grant_that_says_so() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let before = office.row(id).await;
    for (who, layer, status) in [
        ("reader", "farm", 403),
        ("outsider", "farm", 403),
        ("", "farm", 403),
        ("editor", "cable", 404),
        ("editor", "no_such_one", 404),
    ] {
        let body = farm("F1", "25459").to_string();
        let items = format!("/collections/{layer}/items");
        let headers = |kind: &'static str| [("content-type", kind), ("if-match", "*")];
        let one = item(id).replace("farm", layer);
        for answer in [
            office.ask(who, "POST", &items, &headers("application/geo+json"), &body).await,
            office.ask(who, "PUT", &one, &headers("application/geo+json"), &body).await,
            office.ask(who, "PATCH", &one, &headers("application/merge-patch+json"), &body).await,
            office.ask(who, "DELETE", &one, &headers("text/plain"), "").await,
        ] {
            answer.problem(status);
        }
    }
    assert_eq!(office.row(id).await, before);
    assert_eq!(office.runs().await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_of_a_commune_neither_adds_nor_moves_over_its_border() {
    let office = Office::open().await;
    assert_eq!(office.create("commune", &farm("N1", "25459")).await.status, 201);
    assert!(office.create("commune", &farm("N2", "25460")).await.problem(403).contains("commune"));
    let mut nowhere = farm("N3", "");
    nowhere["properties"]["commune_code"].take();
    office.create("commune", &nowhere).await.problem(403);
    // Its own rows stay where they are, those of another are none.
    let (own, foreign) = (office.id("F1").await, office.id("F5").await);
    let (_, tag) = office.read("commune", own).await;
    let out = json!({ "properties": { "commune_code": "25460" } });
    office.update("commune", own, &tag, &out).await.problem(403);
    office.replace("commune", own, &tag, &farm("F1", "25460")).await.problem(403);
    let into = json!({ "properties": { "commune_code": "25459" } });
    office.update("commune", foreign, "*", &into).await.problem(404);
    office.delete("commune", foreign, "*").await.problem(404);
    assert_eq!(office.runs().await, "1");
    // A key that a row has which it does not see is taken all the same, and no more is told of it.
    let taken = office.create("commune", &farm("F5", "25459")).await;
    let detail = taken.problem(422);
    assert!(detail.contains("has this key") && !detail.contains(&foreign.to_string()), "{detail}");
    assert_eq!(
        office.update("commune", own, &tag, &json!({ "properties": { "heads": 9 } })).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_borders_are_known_the_ground_decides_and_not_the_code_that_was_sent() {
    let office = Office::open().await;
    let at = |code: &str, commune: serde_json::Value, lon: f64| {
        let mut farm = farm(code, "");
        farm["properties"]["commune_code"] = commune;
        farm["geometry"]["coordinates"] = json!([lon, 11.05]);
        farm
    };
    // Nobody knows a border yet.
    assert_eq!(office.create("commune", &at("N1", json!("25459"), 106.47)).await.status, 201);
    office
        .database
        .execute(
            "INSERT INTO gis.admin_commune (code, geom) VALUES
             ('25459', ST_Multi(ST_MakeEnvelope(106.40, 11.0, 106.45, 11.1, 4326))),
             ('25460', ST_Multi(ST_MakeEnvelope(106.45, 11.0, 106.50, 11.1, 4326)))",
        )
        .await;
    let detail = office.create("commune", &at("N2", json!("25459"), 106.47)).await.problem(422);
    assert!(detail.contains("it lies in commune 25460, not in 25459"), "{detail}");
    let out = json!({ "geometry": { "type": "Point", "coordinates": [106.47, 11.05] } });
    office.update("commune", office.id("F1").await, "*", &out).await.problem(422);
    // Nor does it help to date a feature back to a day of which no border is known.
    office.database.execute("UPDATE gis.admin_commune SET valid_from = '2025-07-01'").await;
    let mut old = at("N6", json!("25459"), 106.47);
    old["properties"]["valid_from"] = json!("2000-01-01");
    let detail = office.create("commune", &old).await.problem(422);
    assert!(detail.contains("it lies in commune 25460, not in 25459"), "{detail}");
    // Nor to lie where nobody's border is.
    let detail = office.create("commune", &at("N7", json!("25459"), 106.6)).await.problem(422);
    assert!(detail.contains("outside of today's borders"), "{detail}");
    // One that does not say it is put where it lies.
    office.create("commune", &at("N3", json!(null), 106.47)).await.problem(403);
    let added = office.create("commune", &at("N4", json!(null), 106.42)).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let (seen, _) = office.read("commune", added.json()["id"].as_i64().unwrap()).await;
    assert_eq!(seen["properties"]["commune_code"], "25459");
    // Whoever may change all communes is only told.
    let added = office.create("editor", &at("N5", json!("25459"), 106.47)).await;
    assert_eq!((added.status, &added.json()["findings"][0]["severity"]), (201, &json!("warning")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_can_neither_be_written_nor_told_from_what_there_is_not() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let before = office.row(id).await;
    let of = async |name: &str| {
        let part = json!({ "properties": { name: "x" } });
        let answer = office.update("editor", id, "*", &part).await;
        answer.problem(422);
        answer.text().replace(name, "NAME")
    };
    assert_eq!(of("bimat_owner").await, of("no_such_one").await);
    let hidden = office.id("bimat-trai").await;
    let row = async |id: i64| {
        let answer = office.update("editor", id, "*", &json!({})).await;
        answer.problem(404).replace(&id.to_string(), "ID")
    };
    assert_eq!(row(hidden).await, row(424_242).await);
    // Nor can a row be hidden from who changes it.
    let class = json!({ "properties": { "access_class": "restricted" } });
    assert!(office.update("editor", id, "*", &class).await.problem(403).contains("class"));
    assert_eq!(office.row(id).await, before);
    let class = json!({ "properties": { "access_class": "restricted", "bimat_owner": "bimat-moi" } });
    assert_eq!(office.update("deputy", id, "*", &class).await.status, 200);
    assert_eq!(office.ask("editor", "GET", &item(id), &[], "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_about_what_is_hidden_holds_and_tells_nothing() {
    let office = Office::open().await;
    let id = office.id("F1").await;
    let answer = office.update("editor", id, "*", &json!({ "properties": { "heads": 101 } })).await;
    let detail = answer.problem(422);
    assert!(detail.contains("above your grant"), "{detail}");
    assert!(!answer.text().contains("limit") && !answer.text().contains("100"), "{}", answer.text());
    let answer = office.update("deputy", id, "*", &json!({ "properties": { "heads": 101 } })).await;
    assert!(answer.problem(422).contains("bimat_limit"));
}

#[test]
fn a_grant_that_lets_edit_is_read_strictly() {
    let catalog = catalog();
    let grant = |edit: &str| format!("[[grants]]\nagency = \"editor\"\nlayers = [\"farm\"]\n{edit}\n");
    assert!(granted(&grant("edit = true"), &catalog).unwrap().of("editor").edit_class_of("farm").is_some());
    for edit in ["", "edit = false"] {
        assert!(granted(&grant(edit), &catalog).unwrap().of("editor").edit_class_of("farm").is_none());
    }
    let error = granted(&grant("edit = \"yes\""), &catalog).unwrap_err();
    assert!(error.contains("grants.toml:4:") && error.contains("true or false"), "{error}");
}
