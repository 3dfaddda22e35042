//! Who may send files, and what others learn of it.

use super::*;

const IMPORTS: &str = "/collections/well/imports";

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_change_the_whole_layer_sends_files_for_it() {
    let office = Office::open().await;
    for (who, layer, words) in [
        ("", "well", "takes a key or a token"),
        ("outsider", "well", "do not let it change"),
        ("reader", "well", "do not let it change"),
        ("commune", "well", "some communes"),
        ("commune", "spring", "some communes"),
        ("low", "spring", "up to the class `shared`"),
    ] {
        let path = format!("/collections/{layer}/imports");
        let detail = office.ask(who, "POST", &format!("{path}?name=a.csv"), sheet()).await.problem(403);
        assert!(detail.contains(words), "{who}: {detail}");
        let list = office.ask(who, "GET", &path, Body::empty()).await.json();
        assert_eq!(list["allowed"], false, "{who}");
        assert!(list["reason"].as_str().unwrap().contains(words), "{list}");
    }
    for who in ["", "clerk", "other"] {
        office.ask(who, "POST", "/collections/cable/imports?name=a.csv", sheet()).await.problem(404);
        office.ask(who, "GET", "/collections/cable/imports", Body::empty()).await.problem(404);
    }
    for (who, layer, may) in [
        ("clerk", "well", true),
        ("other", "well", true),
        ("commune", "well", false),
        ("clerk", "spring", true),
    ] {
        let catalog = office.ask(who, "GET", "/catalog", Body::empty()).await.json();
        let of = catalog["layers"].as_array().unwrap().iter().find(|l| l["id"] == layer).unwrap();
        assert_eq!(of["import"], may, "{who} {layer}");
        let api = office.ask(who, "GET", "/api", Body::empty()).await.json();
        assert_eq!(api["paths"][format!("/collections/{layer}/imports")].is_object(), may, "{who} {layer}");
    }
    let left = fs::read_dir(office.folder.path().join("uploads")).map_or(0, |all| all.count());
    assert_eq!(left, 0, "what nobody may send is not written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_its_senders_alone() {
    let office = Office::open().await;
    let (address, _) = office.send("clerk", "a.csv", sheet()).await;
    for (method, path) in [
        ("GET", address.clone()),
        ("DELETE", address.clone()),
        ("GET", format!("{address}/refused")),
        ("POST", format!("{address}/load")),
        ("GET", address.replace("well", "spring")),
    ] {
        for who in ["other", "reader", "commune", ""] {
            office.ask(who, method, &path, Body::empty()).await.problem(404);
        }
    }
    let mine = office.ask("clerk", "GET", IMPORTS, Body::empty()).await.json();
    assert_eq!(mine["imports"][0]["name"], "a.csv");
    assert_eq!(office.ask("other", "GET", IMPORTS, Body::empty()).await.json()["imports"], json!([]));
    assert_eq!(office.ask("clerk", "DELETE", &address, Body::empty()).await.status, 204);
    office.ask("clerk", "GET", &address, Body::empty()).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_loads_into_the_layer_one_is_told_so_and_not_who() {
    let office = Office::open().await;
    let (address, _) = office.send("clerk", "a.csv", sheet()).await;
    let mut other = office.database.client().await;
    let held = other.transaction().await.unwrap();
    held.batch_execute(
        "SELECT set_config('application_name', 'diaban: hoa, key 7', true); \
         SELECT pg_advisory_xact_lock(hashtextextended('diaban.import.well', 0))",
    )
    .await
    .unwrap();
    let told = office.step("clerk", &address, "load", &wishes()).await;
    assert_eq!(told["trouble"]["kind"], "busy", "{told:#}");
    assert!(told["trouble"]["reason_vi"].as_str().unwrap().contains("đang được nạp"), "{told:#}");
    assert!(!told.to_string().contains("hoa"), "{told:#}");
    held.rollback().await.unwrap();
    assert_eq!(office.step("clerk", &address, "rehearsal", &wishes()).await["rows"]["read"], 5);
}
