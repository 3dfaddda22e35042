//! OGC API Features, part 1 (17-069r4): a test for each requirement of core and GeoJSON, named
//! after it.

use crate::support::served::{Served, href, property};
use diaban::layer::AccessClass;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

const ITEMS: &str = "/collections/well/items";
const CORE: &str = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core";

async fn open() -> Served {
    Served::to(AccessClass::Open).await
}

/// Codes of the wells that a question finds, and that it counts as many.
async fn found(site: &Served, question: &str) -> Vec<String> {
    let page = site.json(&format!("{ITEMS}?limit=100&{question}")).await;
    let codes: Vec<String> = property(&page, "code").into_iter().map(str::to_owned).collect();
    assert_eq!(page["numberMatched"], codes.len(), "{question}");
    assert_eq!(page["numberReturned"], codes.len(), "{question}");
    codes
}

/// `W03` to `W05` for 3..=5.
fn wells(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|i| format!("W{i:02}")).collect()
}

/// Holds that each link says what it is, and that what it points at is there and is that.
async fn links_hold(site: &Served, document: &Json) {
    let links = document["links"].as_array().unwrap();
    assert!(!links.is_empty());
    for link in links {
        let (target, kind) = (link["href"].as_str().unwrap(), link["type"].as_str().unwrap());
        assert!(link["rel"].as_str().is_some_and(|rel| !rel.is_empty()), "{link}");
        assert!(target.starts_with("http://localhost/"), "{link}");
        let answer = site.get(target).await;
        assert_eq!(answer.status, 200, "{link}");
        assert_eq!(
            answer.header("content-type").unwrap().split(';').next(),
            kind.split(';').next(),
            "{link}"
        );
    }
}

#[tokio::test]
async fn core_root_success() {
    let site = open().await;
    let root = site.json("/").await;
    for rel in ["self", "alternate", "service-desc", "conformance", "data"] {
        assert!(href(&root, rel).is_some(), "{rel}");
    }
    links_hold(&site, &root).await;
}

#[tokio::test]
async fn core_api_definition_success() {
    let site = open().await;
    let root = site.json("/").await;
    let link = root["links"].as_array().unwrap().iter().find(|l| l["rel"] == "service-desc").unwrap();
    assert_eq!(link["type"], "application/vnd.oai.openapi+json;version=3.0");
    // Clients send the link's type as what they accept.
    let accept = ("accept", link["type"].as_str().unwrap());
    let answer = site.get_with(link["href"].as_str().unwrap(), &[accept]).await;
    assert_eq!(answer.header("content-type"), Some(accept.1));
    assert!(answer.json()["paths"].is_object());
}

#[tokio::test]
async fn core_conformance_success() {
    let site = open().await;
    let classes: Vec<String> =
        serde_json::from_value(site.json("/conformance").await["conformsTo"].clone()).unwrap();
    for class in [CORE, &CORE.replace("core", "geojson"), &CORE.replace("core", "oas30")] {
        assert!(classes.iter().any(|c| c == class), "{class} in {classes:?}");
    }
}

#[tokio::test]
async fn core_fc_md_success_and_links() {
    let site = open().await;
    let list = site.json("/collections").await;
    let ids: Vec<_> =
        list["collections"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["parcel", "road", "well"]);
    assert!(href(&list, "self").is_some() && href(&list, "alternate").is_some());
    links_hold(&site, &list).await;
}

#[tokio::test]
async fn core_fc_md_items_links() {
    let site = open().await;
    for collection in site.json("/collections").await["collections"].as_array().unwrap() {
        let items = collection["links"].as_array().unwrap().iter().find(|l| l["rel"] == "items").unwrap();
        assert_eq!(items["type"], "application/geo+json");
        assert_eq!(collection["itemType"], "feature");
        links_hold(&site, collection).await;
    }
}

#[tokio::test]
async fn core_sfc_md_success() {
    let site = open().await;
    for collection in site.json("/collections").await["collections"].as_array().unwrap() {
        let one = site.json(href(collection, "self").unwrap()).await;
        assert_eq!(one, *collection, "the two tell the same");
    }
}

#[tokio::test]
async fn core_fc_md_extent() {
    let site = open().await;
    for collection in site.json("/collections").await["collections"].as_array().unwrap() {
        let extent = &collection["extent"]["spatial"];
        assert_eq!(extent["crs"], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
        let bbox: Vec<f64> = serde_json::from_value(extent["bbox"][0].clone()).unwrap();
        assert_eq!(bbox.len(), 4);
        let text = bbox.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
        let items = href(collection, "items").unwrap();
        let inside = site.json(&format!("{items}?bbox={text}")).await["numberMatched"].as_u64().unwrap();
        let all = site.json(items).await["numberMatched"].as_u64().unwrap();
        // One well has no position.
        assert_eq!(inside, all - u64::from(collection["id"] == "well"), "{}", collection["id"]);
    }
    site.database.execute("TRUNCATE gis.road").await;
    let empty = site.json("/collections/road").await;
    assert_eq!(empty["extent"], Json::Null, "a layer without rows says nothing of its extent");
}

#[tokio::test]
async fn core_crs84() {
    let site = open().await;
    let collection = site.json("/collections/well").await;
    assert_eq!(collection["crs"][0], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    let page = site.json(&format!("{ITEMS}?code=W01")).await;
    assert_eq!(page["features"][0]["geometry"], json!({ "type": "Point", "coordinates": [106.41, 11.01] }));
}

#[tokio::test]
async fn core_fc_limit_response_1() {
    let site = open().await;
    for (limit, returned) in [("", 10), ("limit=1", 1), ("limit=7", 7), ("limit=23", 23), ("limit=10000", 23)]
    {
        let page = site.json(&format!("{ITEMS}?{limit}")).await;
        assert_eq!(page["features"].as_array().unwrap().len(), returned, "{limit}");
    }
}

#[tokio::test]
async fn core_fc_bbox_response() {
    let site = open().await;
    for (bbox, codes) in [
        ("106.405,11,106.445,11.2", wells(1..=4)),
        // The edge belongs to it.
        ("106.41,11.01,106.43,11.03", wells(1..=3)),
        ("106.42,11.02,106.42,11.02", wells(2..=2)),
        ("106.42,11.01,106.42,11.03", wells(2..=2)),
        ("106.41,11.02,106.43,11.02", wells(2..=2)),
        ("100,0,101,1", Vec::new()),
    ] {
        assert_eq!(found(&site, &format!("bbox={bbox}")).await, codes, "{bbox}");
    }
    // The area of a polygon counts, not its box: this lies in the hole of P2.
    let hole = "/collections/parcel/items?bbox=106.429,11.009,106.431,11.011";
    assert_eq!(site.json(hole).await["numberMatched"], 0);
}

#[tokio::test]
async fn core_fc_time_response() {
    let site = open().await;
    let timeless = || ["FIJI WEST", "FIJI EAST", "NOWHERE"].map(str::to_owned);
    for (datetime, expected) in [
        ("2020-01-02", wells(1..=1)),
        ("2020-01-05", wells(1..=4)),
        ("2019-12-31", Vec::new()),
        ("2021-12-31", wells(1..=20)),
        // The day of `valid_to` itself is no longer in it.
        ("2022-01-01", wells(6..=20)),
        ("2022-01-01/..", wells(6..=20)),
        ("2022-01-01/", wells(6..=20)),
        ("../2020-01-03", wells(1..=2)),
        ("/2020-01-03", wells(1..=2)),
        ("2020-01-03/2020-01-05", wells(1..=4)),
        ("2021-06-01/2023-01-01", wells(1..=20)),
        // Days are days in Vietnam: the first of these is there still the 1st.
        ("2020-01-01T16:59:59Z", Vec::new()),
        ("2020-01-01T17:00:00Z", wells(1..=1)),
        ("2020-01-02T00:00:00%2B07:00", wells(1..=1)),
        ("2020-01-01T17:00:00.5Z/2020-01-03T00:00:00%2B07:00", wells(1..=2)),
    ] {
        let expected: Vec<_> = expected.into_iter().chain(timeless()).collect();
        assert_eq!(found(&site, &format!("datetime={datetime}")).await, expected, "{datetime}");
    }
    for wrong in
        ["../..", "..", "/", "2020", "2020-13-01", "2020-01-02T00:00:00", "2020-01-05/2020-01-03", "a/b/c"]
    {
        let detail = site.get(&format!("{ITEMS}?datetime={wrong}")).await.problem(400);
        assert!(detail.starts_with("datetime"), "{wrong}: {detail}");
    }
    // A layer without time is not filtered.
    assert_eq!(site.json("/collections/road/items?datetime=1999-01-01").await["numberMatched"], 2);
}

#[tokio::test]
async fn core_fc_filters_by_each_type_of_attribute() {
    let site = open().await;
    for (question, codes) in [
        ("code=W03", wells(3..=3)),
        ("code=w03", Vec::new()),
        ("code=FIJI%20WEST", vec!["FIJI WEST".to_owned()]),
        ("code=FIJI+WEST", vec!["FIJI WEST".to_owned()]),
        ("use=drink", wells((2..=20).step_by(2))),
        ("use=swim", Vec::new()),
        ("depth=3.5", wells(3..=3)),
        ("depth=3.50", wells(3..=3)),
        ("depth=35e-1", wells(3..=3)),
        ("users=30", wells(3..=3)),
        ("users=-30", Vec::new()),
        ("active=true", wells((3..=18).step_by(3))),
        ("active=false&use=drink", wells([2, 4, 8, 10, 14, 16, 20])),
        ("drilled_on=2020-01-04", wells(3..=3)),
        ("measured_at=2024-01-01T03:00:00%2B07:00", wells(3..=3)),
        ("measured_at=2023-12-31T20:00:00Z", wells(3..=3)),
        ("measured_at=2024-01-02", Vec::new()),
        ("names=Gi%E1%BA%BFng%20B%E1%BA%A3y", wells(7..=7)),
        // The same text as macOS writes it, letters and marks apart.
        ("names=Gie%CC%82%CC%81ng%20Ba%CC%89y", wells(7..=7)),
        ("names=a,%20b", wells(7..=7)),
        ("names=a", Vec::new()),
        ("use=drink&bbox=106,11,106.45,12&datetime=2020-06-01", wells([2, 4])),
    ] {
        // 2024-01-02 at midnight in Vietnam is the 24th hour, of no well.
        assert_eq!(found(&site, question).await, codes, "{question}");
    }
}

#[tokio::test]
async fn core_fc_response_pages_visit_each_feature_once() {
    let site = open().await;
    for limit in [1, 4, 22, 23, 24] {
        let (mut seen, mut pages) = (Vec::new(), 0);
        let mut next = Some(format!("{ITEMS}?limit={limit}"));
        while let Some(address) = next {
            let page = site.json(&address).await;
            assert_eq!(page["numberMatched"], 23);
            seen.extend(property(&page, "code").into_iter().map(str::to_owned));
            pages += 1;
            next = href(&page, "next").map(str::to_owned);
        }
        assert_eq!((seen.len(), pages), (23, 23_usize.div_ceil(limit)), "limit {limit}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23);
    }
}

#[tokio::test]
async fn core_fc_response_pages_hold_while_rows_come_and_go() {
    let site = open().await;
    let first = site.json(&format!("{ITEMS}?limit=5")).await;
    site.database
        .execute(
            "DELETE FROM gis.well WHERE code IN ('W02', 'W05', 'W06'); \
             INSERT INTO gis.well (code) VALUES ('LATER'); UPDATE gis.well SET depth = 1 WHERE code = 'W03'",
        )
        .await;
    let (mut seen, mut next) = (property(&first, "code").join(" "), href(&first, "next").map(str::to_owned));
    while let Some(address) = next {
        let page = site.json(&address).await;
        seen = format!("{seen} {}", property(&page, "code").join(" "));
        next = href(&page, "next").map(str::to_owned);
    }
    let expected = wells((1..=20).filter(|i| *i != 6)).join(" ") + " FIJI WEST FIJI EAST NOWHERE LATER";
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn core_fc_response_next_keeps_the_question() {
    let site = open().await;
    site.database
        .execute(
            "UPDATE gis.well SET use = 'a&b=c#d%20é+/?''\" x' WHERE code IN ('W01', 'W04', 'W09', 'W15')",
        )
        .await;
    let question =
        "use=a%26b%3Dc%23d%2520%C3%A9%2B/?%27%22%20x&bbox=106,11,106.5,12&datetime=2020-06-01&limit=1";
    let (mut seen, mut next) = (Vec::new(), Some(format!("{ITEMS}?{question}")));
    while let Some(address) = next {
        let page = site.json(&address).await;
        assert_eq!(page["numberMatched"], 3, "{address}");
        seen.extend(property(&page, "code").into_iter().map(str::to_owned));
        next = href(&page, "next").map(str::to_owned);
        // The suite splits a query at `&` and each part at `=`.
        if let Some((_, query)) = next.as_deref().and_then(|n| n.split_once('?')) {
            assert!(query.split('&').all(|part| part.matches('=').count() == 1), "{query}");
        }
    }
    assert_eq!(seen, wells([1, 4, 9]));
}

#[tokio::test]
async fn core_fc_links_and_rel_type() {
    let site = open().await;
    for question in ["", "?limit=3", "?code=W03&f=json", "?bbox=1,2,3,4"] {
        let page = site.json(&format!("{ITEMS}{question}")).await;
        links_hold(&site, &page).await;
        for rel in ["self", "alternate", "collection"] {
            assert!(href(&page, rel).is_some(), "{question}: {rel}");
        }
        let again = site.json(href(&page, "self").unwrap()).await;
        assert_eq!(again["features"], page["features"], "{question}: self is the same page");
    }
}

#[tokio::test]
async fn core_fc_time_stamp() {
    let site = open().await;
    let page = site.json(ITEMS).await;
    let text = page["timeStamp"].as_str().unwrap();
    let stamp = OffsetDateTime::parse(text, &Rfc3339).unwrap();
    assert_eq!(stamp.offset(), UtcOffset::UTC);
    assert!((OffsetDateTime::now_utc() - stamp).abs() < time::Duration::hours(1), "{text}");
}

#[tokio::test]
async fn core_fc_number_matched_and_returned() {
    let site = open().await;
    for (question, matched, returned) in [
        ("", 23, 10),
        ("limit=4", 23, 4),
        ("use=drink", 10, 10),
        ("use=drink&limit=3", 10, 3),
        ("code=none", 0, 0),
    ] {
        let page = site.json(&format!("{ITEMS}?{question}")).await;
        assert_eq!(
            (&page["numberMatched"], &page["numberReturned"]),
            (&matched.into(), &returned.into()),
            "{question}"
        );
        assert_eq!(page["features"].as_array().unwrap().len(), returned, "{question}");
    }
}

#[tokio::test]
async fn core_f_success_and_links() {
    let site = open().await;
    for layer in ["well", "parcel", "road"] {
        let page = site.json(&format!("/collections/{layer}/items?limit=100")).await;
        for feature in page["features"].as_array().unwrap() {
            let address = format!("/collections/{layer}/items/{}", feature["id"]);
            let answer = site.get(&address).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/geo+json")));
            let one = answer.json();
            for member in ["type", "id", "geometry", "properties"] {
                assert_eq!(one[member], feature[member], "{address}: {member}");
            }
            for rel in ["self", "alternate", "collection"] {
                assert!(href(&one, rel).is_some(), "{address}: {rel}");
            }
        }
        links_hold(&site, &site.json(&format!("/collections/{layer}/items/1")).await).await;
    }
}

#[tokio::test]
async fn geojson_content() {
    let site = open().await;
    let answer = site.get(&format!("{ITEMS}?code=W07")).await;
    assert_eq!(answer.header("content-type"), Some("application/geo+json"));
    let page = answer.json();
    assert_eq!(page["type"], "FeatureCollection");
    assert_eq!(
        page["features"][0]["properties"],
        json!({
            "code": "W07", "use": "field", "depth": 7.5, "users": 70, "active": false,
            "drilled_on": "2020-01-08", "measured_at": "2024-01-01T00:00:00Z", "names": ["Giếng Bảy", "a, b"],
            "access_class": null, "valid_from": "2020-01-08", "valid_to": null,
        })
    );
    assert_eq!(page["features"][0]["type"], "Feature");
    assert!(page["features"][0]["id"].is_i64());
    let page = site.json(&format!("{ITEMS}?code=NOWHERE")).await;
    assert_eq!(page["features"][0]["geometry"], Json::Null, "no position is null (RFC 7946, 3.2)");
}

#[tokio::test]
async fn geojson_content_geometries_are_those_of_the_database() {
    let site = open().await;
    // Turned the wrong way, and with heights: RFC 7946, 3.1.6 and 4.
    site.database
        .execute(
            "INSERT INTO gis.parcel (code, geom) VALUES ('TURNED', 'SRID=4326;MULTIPOLYGON(((106 11,106 12,107 12,\
             107 11,106 11),(106.2 11.2,106.4 11.2,106.4 11.4,106.2 11.2)))')",
        )
        .await;
    for layer in ["parcel", "road", "well"] {
        let page = site.json(&format!("/collections/{layer}/items?limit=100")).await;
        for feature in page["features"].as_array().unwrap().iter().filter(|f| !f["geometry"].is_null()) {
            let same = format!(
                "SELECT ST_Equals(ST_ReducePrecision(geom, 1e-8), ST_ReducePrecision(ST_GeomFromGeoJSON('{0}'), 1e-8)) \
                 AND ST_IsPolygonCCW(ST_GeomFromGeoJSON('{0}')) AND GeometryType(geom) = \
                 GeometryType(ST_GeomFromGeoJSON('{0}')) FROM gis.{layer} WHERE id = {1}",
                feature["geometry"], feature["id"]
            );
            assert_eq!(site.database.text(&same).await.unwrap(), "t", "{feature}");
        }
    }
}
