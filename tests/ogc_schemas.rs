//! OGC API Features, part 5 (23-058): the schema of a layer's features.

use crate::support::served::{Served, href};
use diaban::layer::AccessClass;
use serde_json::json;

const SCHEMA: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";

#[tokio::test]
async fn returnables_are_linked_and_hold_what_items_give() {
    let site = Served::to(AccessClass::Open).await;
    for collection in site.json("/collections").await["collections"].as_array().unwrap() {
        let address = href(collection, SCHEMA).unwrap();
        let answer = site.get(address).await;
        assert_eq!(answer.header("content-type"), Some("application/schema+json"));
        let schema = answer.json();
        assert_eq!(schema["$id"], address);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["type"], "object");
        let items = site.json(&format!("{}?limit=1", href(collection, "items").unwrap())).await;
        let given = items["features"][0]["properties"].as_object().unwrap();
        let named = schema["properties"].as_object().unwrap();
        for name in given.keys() {
            assert!(named.contains_key(name), "{address}: {name}");
        }
        assert_eq!(named.len(), given.len() + 2, "{address}: and the id and the geometry");
    }
}

#[tokio::test]
async fn properties_have_types_roles_and_places() {
    let site = Served::to(AccessClass::Open).await;
    let schema = site.json("/collections/well/schema").await;
    let of = |name: &str| &schema["properties"][name];
    assert_eq!((&of("id")["x-ogc-role"], &of("id")["type"]), (&json!("id"), &json!("integer")));
    assert_eq!(of("geometry")["x-ogc-role"], "primary-geometry");
    assert_eq!(
        (&of("geometry")["format"], &of("geometry")["type"]),
        (&json!("geometry-point"), &json!(null))
    );
    assert_eq!(of("valid_from")["x-ogc-role"], "primary-interval-start");
    assert_eq!(of("valid_to")["x-ogc-role"], "primary-interval-end");
    assert_eq!(
        (&of("measured_at")["type"], &of("measured_at")["format"]),
        (&json!("string"), &json!("date-time"))
    );
    assert_eq!(of("use")["enum"], json!(["drink", "field"]));
    assert_eq!(schema["required"], json!(["code"]));
    let mut places: Vec<i64> = schema["properties"]
        .as_object()
        .unwrap()
        .values()
        .map(|p| p["x-ogc-propertySeq"].as_i64().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(places, (0..places.len() as i64).collect::<Vec<_>>());
    let parcel = site.json("/collections/parcel/schema").await;
    assert_eq!(parcel["properties"]["geometry"]["format"], "geometry-multipolygon");
}

#[tokio::test]
async fn titles_come_in_the_language_of_the_client() {
    let site = Served::to(AccessClass::Open).await;
    for (query, accept, collection, attribute) in [
        ("", "", "Giếng khoan / Wells", "Độ sâu / Depth"),
        ("", "en", "Wells", "Depth"),
        ("", "vi-VN,vi;q=0.9,en;q=0.8", "Giếng khoan", "Độ sâu"),
        ("?lang=vi", "en", "Giếng khoan", "Độ sâu"),
        ("?lang=en", "vi", "Wells", "Depth"),
    ] {
        let headers: Vec<_> = [("accept-language", accept)].into_iter().filter(|h| !h.1.is_empty()).collect();
        let told = site.get_with(&format!("/collections/well{query}"), &headers).await.json();
        assert_eq!(told["title"], collection, "{query} {accept}");
        let schema = site.get_with(&format!("/collections/well/schema{query}"), &headers).await.json();
        assert_eq!(schema["properties"]["depth"]["title"], attribute, "{query} {accept}");
    }
    assert!(site.get("/collections/well?lang=fr").await.problem(400).contains("lang: `fr`"));
}
