//! Each resource as a page that a person can read (OGC 17-069r4, 8.2: HTML).

use crate::support::served::{Served, href};
use diaban::layer::AccessClass;

/// The documents that are pages too.
const DOCUMENTS: [&str; 13] = [
    "/",
    "/conformance",
    "/collections",
    "/collections/well",
    "/collections/well/items",
    "/collections/well/items/1",
    "/collections/well/schema",
    "/collections/well/queryables",
    "/collections/well/sortables",
    "/collections/well/tiles",
    "/map/tiles/WebMercatorQuad",
    "/tileMatrixSets",
    "/tileMatrixSets/WebMercatorQuad",
];
/// Those that are JSON Schema, which has no links.
const SCHEMAS: [&str; 3] =
    ["/collections/well/schema", "/collections/well/queryables", "/collections/well/sortables"];
/// Those that show a map.
const WITH_MAP: [&str; 5] = [
    "/collections/well/items",
    "/collections/well/items/1",
    "/collections/well",
    "/collections/well/tiles",
    "/map/tiles/WebMercatorQuad",
];

#[tokio::test]
async fn html_content_each_document_is_a_page_in_both_languages() {
    let site = Served::to(AccessClass::Open).await;
    for path in DOCUMENTS {
        for language in ["vi", "en"] {
            let answer = site.get(&format!("{path}?f=html&lang={language}")).await;
            let page = answer.text();
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            assert_eq!(answer.header("content-language"), Some(language), "{path}");
            assert!(page.starts_with("<!doctype html>"), "{path}");
            assert!(page.contains(&format!("<html lang=\"{language}\">")), "{path}");
            assert!(page.contains("</title>") && !page.contains("<title>diaban</title>"), "{path}");
            let links = if language == "vi" { "Liên kết" } else { "Links" };
            assert_eq!(page.contains(links), !SCHEMAS.contains(&path), "{path}");
            assert_eq!(page.contains("id=\"map\""), WITH_MAP.contains(&path), "{path}");
            // Nothing is loaded from anywhere else.
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'self'"), "{path}: {policy}");
            let foreign = page.split(['"', '\'']).find(|p| p.starts_with("http") && p.contains(".js"));
            assert_eq!(foreign, None, "{path}");
        }
        let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("accept-language", "en-GB")];
        let answer = site.get_with(path, &browser).await;
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert!(answer.headers("vary").contains("accept"), "{path}");
    }
}

#[tokio::test]
async fn html_definition_every_document_links_to_its_page() {
    let site = Served::to(AccessClass::Open).await;
    for path in DOCUMENTS.into_iter().filter(|p| !SCHEMAS.contains(p)) {
        let document = site.json(path).await;
        let links = document["links"].as_array().unwrap();
        let page = links.iter().find(|l| l["rel"] == "alternate" && l["type"] == "text/html");
        let page = page.or_else(|| document["tilesets"][0]["links"].as_array()?.first());
        let target = page.unwrap_or_else(|| panic!("{path}"))["href"].as_str().unwrap();
        assert_eq!(site.get(target).await.status, 200, "{target}");
        assert!(href(&document, "self").is_some(), "{path}");
    }
}

#[tokio::test]
async fn html_content_holds_all_that_the_json_says() {
    let site = Served::to(AccessClass::Open).await;
    let page = site.get("/collections/well?f=html&lang=en").await.text();
    for text in ["Wells", "well", "/collections/well/items", "/collections/well/schema", "179.5001"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    let page = site.get("/collections?f=html&lang=vi").await.text();
    for text in ["Giếng khoan", "Thửa đất", "href=\"http://localhost/collections/well\""] {
        assert!(page.contains(text), "{text} in {page}");
    }
    let page = site.get("/collections/well/schema?f=html&lang=vi").await.text();
    for text in ["Độ sâu", "drink", "drilled_on"] {
        assert!(page.contains(text), "{text} in {page}");
    }
}

#[tokio::test]
async fn html_content_of_features_is_a_table_with_titles_and_meanings() {
    let site = Served::to(AccessClass::Open).await;
    let page = site.get("/collections/well/items?f=html&lang=vi&limit=3").await.text();
    for text in [
        "Độ sâu (m)",
        "Nước uống",
        "W03",
        "Trang sau",
        "data-features=\"/collections/well/items?limit=3&amp;f=json\"",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert!(!page.contains("W04"));
    let page = site.get("/collections/well/items/1?f=html&lang=en").await.text();
    for text in ["Wells: W01", "Depth (m)", "Irrigation", "<summary>Point</summary>", "[106.41,11.01]"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert!(site.get("/collections/well/items/999?f=html").await.problem(404).contains("999"));
    assert_eq!(site.get("/collections/well/items?f=html&limit=10000").await.status, 200);
}

#[tokio::test]
async fn html_content_answers_about_areas_and_tiles_are_pages_too() {
    let site = Served::to(AccessClass::Open).await;
    let pages = [
        ("/units?q=duc%20hoaa", &["Xã Đức Hòa", "27937"][..], false),
        ("/at?point=106.41,11.01&within=100", &["W01", "/collections/well/items/1?f=html"], true),
        ("/at", &["name=\"point\""], false),
        ("/collections/well/statistics?group=use&sum=depth", &["/collections/well", "<table>"], true),
        ("/tiles/well", &["/tiles/well/{z}/{x}/{y}"], true),
        ("/tiles/well,parcel", &["/tiles/well,parcel/{z}/{x}/{y}"], true),
        ("/api", &["/collections/well/items", "bbox-crs", "/units"], false),
    ];
    for (path, texts, with_map) in pages {
        let join = if path.contains('?') { '&' } else { '?' };
        for language in ["vi", "en"] {
            let answer = site.get(&format!("{path}{join}f=html&lang={language}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            let page = answer.text();
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            assert_eq!(answer.header("content-language"), Some(language), "{path}");
            texts.iter().for_each(|text| assert!(page.contains(text), "{path}: {text} in {page}"));
            assert_eq!(page.contains("id=\"map\""), with_map, "{path}");
            // The other language asks the same.
            let other = page.split("class=\"other\" href=\"").nth(1).unwrap().split('"').next().unwrap();
            let question = path.split_once('?').map_or("", |(_, question)| question);
            assert!(other.replace("&amp;", "&").ends_with(question), "{path}: {other}");
        }
        let answer = site.get_with(path, &[("accept", "text/html,*/*;q=0.8")]).await;
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert!(answer.headers("vary").contains("accept"), "{path}");
    }
    let page = site.get("/collections/well/statistics?group=zone:parcel&f=html&lang=vi").await.text();
    for text in ["Thửa đất", "Ngoài các vùng", "Tất cả"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    let page = site.get("/collections/well/statistics?group=zone:parcel&f=html&lang=en").await.text();
    assert!(page.contains("Outside the zones") && page.contains("Features"), "{page}");
    assert!(site.get("/units?f=pdf").await.problem(400).contains("json, html"));
}

#[tokio::test]
async fn hostile_data_are_text_on_a_page() {
    let site = Served::to(AccessClass::Open).await;
    let rows = r#"UPDATE gis.well SET code = '<script>alert(1)</script>',
        names = ARRAY['"><img src=x onerror=alert(2)>', 'javascript:alert(3)'] WHERE code = 'W01'"#;
    site.database.execute(rows).await;
    for path in ["/collections/well/items?f=html", "/collections/well/items/1?f=html"] {
        let page = site.get(path).await.text();
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{path}: {page}");
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{path}: {page}");
        assert!(!page.contains("href=\"javascript"), "{path}: {page}");
    }
    for path in ["/at?point=106.41,11.01&f=html", "/collections/well/statistics?group=code&f=html"] {
        let page = site.get(path).await.text();
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{path}: {page}");
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{path}: {page}");
    }
    let page = site.get("/units?f=html&q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await.text();
    assert!(!page.contains("<script>alert"), "{page}");
    let asked = "/collections/well/items?f=html&code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let page = site.get(asked).await.text();
    assert!(!page.contains("<script>alert"), "{page}");
}
