//! The OpenAPI document: what OGC API Features (17-069r4, 9) and its test suite ask of it, and
//! that the server does what it says.

use crate::support::served::{Served, href};
use diaban::layer::AccessClass;
use serde_json::Value as Json;
use std::collections::BTreeSet;

async fn document() -> (Served, Json) {
    let site = Served::to(AccessClass::Open).await;
    let api = site.json("/api").await;
    (site, api)
}

/// Each question by GET with its path.
fn operations(api: &Json) -> Vec<(&str, &Json)> {
    let paths = api["paths"].as_object().unwrap();
    let with_get = paths.iter().filter(|(_, methods)| methods["get"].is_object());
    with_get.map(|(path, methods)| (path.as_str(), &methods["get"])).collect()
}

fn parameter<'a>(operation: &'a Json, name: &str) -> &'a Json {
    let list = operation["parameters"].as_array().unwrap();
    list.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("no {name} in {operation}"))
}

/// Each object below, with where it is.
fn walk<'a>(value: &'a Json, at: &str, visit: &mut impl FnMut(&str, &'a serde_json::Map<String, Json>)) {
    match value {
        Json::Object(object) => {
            visit(at, object);
            object.iter().for_each(|(key, member)| walk(member, &format!("{at}/{key}"), visit));
        }
        Json::Array(list) => list.iter().for_each(|member| walk(member, at, visit)),
        _ => {}
    }
}

#[tokio::test]
async fn oas30_oas_definition_is_openapi_3_0() {
    let (_, api) = document().await;
    assert!(api["openapi"].as_str().unwrap().starts_with("3.0."));
    for member in ["title", "version"] {
        assert!(api["info"][member].as_str().is_some_and(|t| !t.is_empty()), "info/{member}");
    }
    walk(&api, "", &mut |at, object| {
        if let Some(target) = object.get("$ref").and_then(Json::as_str) {
            let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{at}: {target} lies elsewhere"));
            assert!(api.pointer(pointer).is_some(), "{at}: {target} points at nothing");
        }
        // Constructs of 3.1.
        assert!(!object.get("type").is_some_and(|t| t == "null" || t.is_array()), "{at}");
        assert!(!at.ends_with("/schema") || !object.contains_key("const"), "{at}");
    });
}

#[tokio::test]
async fn oas30_servers_are_where_the_client_found_it() {
    let (site, api) = document().await;
    let servers = api["servers"].as_array().unwrap();
    assert_eq!(servers.len(), 1);
    assert_eq!(servers[0]["url"], "http://localhost");
    let behind = [("host", "gis.example:8443"), ("x-forwarded-proto", "https")];
    let api = site.get_with("/api", &behind).await.json();
    assert_eq!(api["servers"][0]["url"], "https://gis.example:8443");
}

#[tokio::test]
async fn oas30_oas_impl_each_path_answers_as_it_says() {
    let (site, api) = document().await;
    for (path, operation) in operations(&api) {
        let layer = path.split('/').nth(2).unwrap_or_default().to_owned();
        let id = match path.ends_with("/items/{id}") {
            true => site.json(&format!("/collections/{layer}/items?limit=1")).await["features"][0]["id"]
                .to_string(),
            false => "map".to_owned(),
        };
        let filled = path.replace("{layers}", "well").replace("{id}", &id);
        let filled = filled.replace("{range}", "0-255.pbf").replace("{file}", "diaban.png");
        let filled = filled.replace("{fontstack}", "Noto%20Sans%20Bold");
        let filled = filled.replace("{layer}", "well").replace("{tileMatrixSetId}", "WebMercatorQuad");
        let numbers = ["{z}", "{x}", "{y}", "{tileMatrix}", "{tileRow}", "{tileCol}"];
        let filled = numbers.iter().fold(filled, |p, name| p.replace(name, "0"));
        assert!(!filled.contains('{'), "{filled}");
        // What is asked for, and there is none by default.
        let filled = match filled.as_str() {
            "/at" => "/at?point=106.41,11.01".to_owned(),
            "/search" => "/search?q=tan+an".to_owned(),
            "/report" => "/report?area=circle:106.41,11.01,900".to_owned(),
            _ => filled,
        };
        let answer = site.get(&filled).await;
        assert_eq!(answer.status, 200, "{filled}: {}", answer.text());
        let said = operation["responses"]["200"]["content"].as_object().unwrap();
        let bare = |kind: &str| kind.split(';').next().unwrap().to_owned();
        let kind = bare(answer.header("content-type").unwrap());
        assert!(said.keys().any(|k| bare(k) == kind), "{filled}: {kind}, said {said:?}");
        // Each other form that it names is there too.
        let formats = operation["parameters"].as_array().unwrap().iter().find(|p| p["name"] == "f");
        for format in formats.into_iter().flat_map(|f| f["schema"]["enum"].as_array().unwrap()) {
            let glue = if filled.contains('?') { '&' } else { '?' };
            let asked = format!("{filled}{glue}f={}", format.as_str().unwrap());
            let answer = site.get(&asked).await;
            assert_eq!(answer.status, 200, "{asked}: {}", answer.text());
            let kind = bare(answer.header("content-type").unwrap());
            assert!(said.keys().any(|k| bare(k) == kind), "{asked}: {kind}, said {said:?}");
        }
    }
}

#[tokio::test]
async fn oas30_completeness() {
    let (site, api) = document().await;
    let paths: BTreeSet<&str> = operations(&api).into_iter().map(|(path, _)| path).collect();
    for path in [
        "/",
        "/map/tiles",
        "/conformance",
        "/api",
        "/collections",
        "/tiles/{layers}",
        "/tiles/{layers}/{z}/{x}/{y}",
    ] {
        assert!(paths.contains(path), "{path}");
    }
    for collection in site.json("/collections").await["collections"].as_array().unwrap() {
        let items = href(collection, "items").unwrap().strip_prefix("http://localhost").unwrap();
        assert!(paths.contains(items) && paths.contains(format!("{items}/{{id}}").as_str()), "{items}");
    }
    let mut ids = BTreeSet::new();
    for (path, operation) in operations(&api) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "the operationId {id} stands twice");
        let templates: BTreeSet<_> =
            path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
        let declared = operation["parameters"].as_array().unwrap().iter().filter(|p| p["in"] == "path");
        let declared: BTreeSet<_> = declared.map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(templates, declared, "{path}");
    }
}

#[tokio::test]
async fn oas30_exceptions_codes() {
    let (_, api) = document().await;
    for (path, operation) in operations(&api) {
        for status in ["400", "404", "500", "503"] {
            let kinds = &operation["responses"][status]["content"];
            assert!(kinds["application/problem+json"].is_object(), "{path}: {status}");
        }
    }
}

#[tokio::test]
async fn core_query_parameters_are_written_out() {
    let (_, api) = document().await;
    for (path, operation) in operations(&api) {
        let mut names = BTreeSet::new();
        for parameter in operation["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            assert!(names.insert(name), "{path}: {name} stands twice");
            assert!(parameter["schema"].is_object(), "{path}: {name}");
            assert!(parameter["schema"].get("additionalProperties").is_none(), "{path}: {name} is free-form");
            if parameter["in"] == "query" {
                assert_eq!(parameter["style"], "form", "{path}: {name}");
                assert_eq!(parameter["explode"], false, "{path}: {name}");
                assert_ne!(parameter["required"], true, "{path}: {name}");
            }
        }
    }
}

#[tokio::test]
async fn core_fc_bbox_time_and_limit_definition() {
    let (_, api) = document().await;
    for layer in ["well", "parcel", "road"] {
        let items = &api["paths"][format!("/collections/{layer}/items")]["get"];
        let bbox = &parameter(items, "bbox")["schema"];
        assert_eq!(
            (&bbox["type"], &bbox["minItems"], &bbox["maxItems"]),
            (&"array".into(), &4.into(), &6.into())
        );
        assert_eq!(bbox["items"]["type"], "number");
        assert_eq!(parameter(items, "datetime")["schema"]["type"], "string");
        let limit = &parameter(items, "limit")["schema"];
        assert_eq!(limit["type"], "integer");
        assert_eq!(
            (&limit["minimum"], &limit["maximum"], &limit["default"]),
            (&1.into(), &10_000.into(), &10.into())
        );
    }
}

#[tokio::test]
async fn core_fc_limit_definition_holds() {
    let (site, api) = document().await;
    let limit = &parameter(&api["paths"]["/collections/well/items"]["get"], "limit")["schema"];
    for (bound, returned) in [("minimum", 1), ("default", 10), ("maximum", 23)] {
        let page = site.json(&format!("/collections/well/items?limit={}", limit[bound])).await;
        assert_eq!(page["numberReturned"], returned, "{bound}");
    }
}

#[tokio::test]
async fn each_attribute_is_a_parameter_and_a_queryable_with_its_type() {
    let (site, api) = document().await;
    let items = &api["paths"]["/collections/well/items"]["get"];
    let queryables = site.json("/collections/well/queryables").await;
    for (name, kind, format) in [
        ("code", "string", None),
        ("use", "string", None),
        ("depth", "number", None),
        ("users", "integer", None),
        ("active", "boolean", None),
        ("drilled_on", "string", Some("date")),
        ("measured_at", "string", Some("date-time")),
    ] {
        for schema in [&parameter(items, name)["schema"], &queryables["properties"][name]] {
            assert_eq!(schema["type"], kind, "{name}");
            assert_eq!(schema.get("format").and_then(Json::as_str), format, "{name}");
        }
    }
    assert_eq!(queryables["properties"]["use"]["enum"], serde_json::json!(["drink", "field"]));
    assert_eq!(queryables["properties"]["depth"]["x-unit"], "m");
    assert_eq!(queryables["properties"]["names"]["type"], "array");
    assert_eq!(parameter(items, "names")["schema"]["type"], "string", "one of the texts is asked for");
}
