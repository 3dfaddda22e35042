//! Filters, sorting and long questions as clients ask them: on features, tiles and counts.

use crate::support::{
    served::{Served, href, property},
    vector_tile,
};
use diaban::layer::AccessClass;
use serde_json::{Value as Json, json};

async fn open() -> Served {
    Served::to(AccessClass::Open).await
}

/// A text, percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

async fn codes(site: &Served, filter: &str) -> Vec<String> {
    let page = site.json(&format!("/collections/well/items?limit=1000&filter={}", encoded(filter))).await;
    let codes: Vec<String> = property(&page, "code").into_iter().map(str::to_owned).collect();
    assert_eq!(page["numberMatched"], codes.len(), "{filter}");
    codes
}

#[tokio::test]
async fn a_filter_chooses_features_and_is_counted() {
    let site = open().await;
    let cases = [
        ("code = 'W07'", vec!["W07"]),
        ("code LIKE 'W_1' AND use = 'field'", vec!["W01", "W11"]),
        ("casei(code) IN ('w03', casei('W04'))", vec!["W03", "W04"]),
        ("depth BETWEEN 3 AND 4.5", vec!["W03", "W04"]),
        ("users > depth * 20 - 10 AND users < 30", vec![]),
        ("users / 10 = depth - 0.5 AND users <= 20", vec!["W01", "W02"]),
        ("active AND users < 70", vec!["W03", "W06"]),
        ("drilled_on = DATE('2020-01-03')", vec!["W02"]),
        ("'2020-01-03' IN (drilled_on, valid_from)", vec!["W02"]),
        ("'2020-01-03' IN (drilled_on)", vec!["W02"]),
        // Days are days in Vietnam.
        ("measured_at <= DATE('2023-12-31')", vec![]),
        ("T_BEFORE(measured_at, TIMESTAMP('2024-01-01T03:00:00+07:00'))", vec!["W01", "W02"]),
        (
            "T_DURING(INTERVAL(valid_from, valid_to), INTERVAL('2020-01-03', '..')) AND users < 50",
            vec!["W03", "W04"],
        ),
        ("A_CONTAINS(names, ('a, b'))", vec!["W07"]),
        ("ACCENTI(CASEI(code)) = 'w08'", vec!["W08"]),
        ("geometry IS NULL", vec!["NOWHERE"]),
        ("S_INTERSECTS(geometry, BBOX(106.405,11,106.425,11.2))", vec!["W01", "W02"]),
        (
            "S_WITHIN(geometry, POLYGON((106.4 11, 106.435 11, 106.435 11.035, 106.4 11.035, 106.4 11)))",
            vec!["W01", "W02", "W03"],
        ),
        ("S_INTERSECTS(geometry, BBOX(179,-18,-179,-16))", vec!["FIJI WEST", "FIJI EAST"]),
        ("NOT S_DISJOINT(geometry, POINT(106.45 11.05))", vec!["W05"]),
        ("use IS NULL AND geometry IS NOT NULL", vec!["FIJI WEST", "FIJI EAST"]),
        ("NOT (use = 'drink') AND users < 40", vec!["W01", "W03"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(codes(&site, filter).await, expected, "{filter}");
    }
    let json = json!({ "op": "and", "args": [
        { "op": "=", "args": [{ "property": "use" }, "drink"] },
        { "op": "s_intersects", "args": [{ "property": "geometry" },
            { "type": "LineString", "coordinates": [[106.42, 11.02], [106.44, 11.04]] }] }] });
    let asked =
        format!("/collections/well/items?filter-lang=cql2-json&filter={}", encoded(&json.to_string()));
    assert_eq!(property(&site.json(&asked).await, "code"), ["W02", "W04"]);
}

#[tokio::test]
async fn a_filter_goes_with_the_other_parameters_and_over_the_pages() {
    let site = open().await;
    let filter = encoded("users >= 50");
    let mut next = format!("/collections/well/items?use=drink&bbox=106,10,107,11.16&limit=2&filter={filter}");
    let mut found = Vec::new();
    loop {
        let page = site.json(&next).await;
        assert_eq!(page["numberMatched"], 6);
        found.extend(property(&page, "code").into_iter().map(str::to_owned));
        match href(&page, "next") {
            Some(link) => next = link.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, ["W06", "W08", "W10", "W12", "W14", "W16"]);
}

#[tokio::test]
async fn coordinates_of_a_filter_are_those_of_filter_crs() {
    let site = open().await;
    let ask = |crs: &str, filter: &str| {
        format!("/collections/well/items?filter-crs={}&filter={}", encoded(crs), encoded(filter))
    };
    let by_lat =
        ask("http://www.opengis.net/def/crs/EPSG/0/4326", "S_INTERSECTS(geometry, POINT(11.05 106.45))");
    assert_eq!(property(&site.json(&by_lat).await, "code"), ["W05"]);
    // EPSG:9210 of 106.45 E 11.05 N, by the oracle of this test: PostGIS with the official text.
    let proj = diaban::crs::proj4_text(9210).unwrap();
    let text = format!(
        "SELECT round(ST_X(p)::numeric, 3) || ' ' || round(ST_Y(p)::numeric, 3) FROM \
         (SELECT ST_Transform('SRID=4326;POINT(106.45 11.05)'::geometry, '{proj}') AS p) AS t"
    );
    let place = site.database.text(&text).await.unwrap();
    let (x, y) = place.split_once(' ').unwrap();
    let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
    let around = format!("S_INTERSECTS(geometry, BBOX({},{},{},{}))", x - 1.0, y - 1.0, x + 1.0, y + 1.0);
    assert_eq!(property(&site.json(&ask("EPSG:9210", &around)).await, "code"), ["W05"]);
    let detail = site.get(&ask("EPSG:2154", "users = 1")).await.problem(400);
    assert!(detail.starts_with("filter-crs: `EPSG:2154` cannot be used"), "{detail}");
}

#[tokio::test]
async fn a_filter_that_cannot_be_asked_is_refused_with_its_place() {
    let site = open().await;
    for (filter, expected) in [
        (
            "colour = 'red'",
            "filter: at character 1 (`colour`): there is no property `colour` here; there are code, use",
        ),
        ("users = 'x'", "filter: at character 9 (`'x'`): a number and text cannot be compared"),
        ("users >", "filter: at its end (character 8)"),
        ("S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "crosses or touches itself"),
    ] {
        for path in ["/collections/well/items?", "/tiles/well/8/203/120?"] {
            let detail = site.get(&format!("{path}filter={}", encoded(filter))).await.problem(400);
            assert!(detail.contains(expected), "{detail}");
        }
    }
    let deep = format!("{}users = 1", "(".repeat(10_000));
    site.get(&format!("/collections/well/items?filter={}", encoded(&deep))).await.problem(400);
    let detail = site.get("/collections/well/items?filter-lang=ecql&filter=users%3D1").await.problem(400);
    assert!(detail.contains("cql2-text, cql2-json"), "{detail}");
}

#[tokio::test]
async fn a_filtered_tile_holds_what_the_filter_holds_for() {
    let site = open().await;
    let codes_of = |bytes: &[u8]| {
        let layers = vector_tile::decode(bytes);
        let mut codes: Vec<String> = layers
            .iter()
            .flat_map(|l| &l.features)
            .map(|f| format!("{:?}", f.attributes.get("code")))
            .collect();
        codes.sort();
        codes
    };
    let filter = encoded("users <= 20");
    let whole = site.get("/tiles/well/8/203/120").await;
    let twice = format!("/tiles/well/8/203/120?filter={filter}&filter=users%3D1");
    assert!(site.get(&twice).await.problem(400).contains("stands twice"));
    let filtered = site.get(&format!("/tiles/well/8/203/120?filter={filter}")).await;
    assert_eq!(filtered.status, 200);
    assert!(codes_of(&filtered.decoded()).len() == 2 && codes_of(&whole.decoded()).len() > 2);
    assert_ne!(whole.header("etag"), filtered.header("etag"));
    // What is filtered by need not be in the tile.
    let bare = site.get(&format!("/tiles/well/8/203/120?properties=code&filter={filter}")).await;
    assert_eq!(codes_of(&bare.decoded()), codes_of(&filtered.decoded()));
    let none = site.get(&format!("/tiles/well/8/203/120?filter={}", encoded("users < 0"))).await;
    assert_eq!(none.status, 204);
    // By row and column it is the same tile.
    let ogc = "/collections/well/tiles/WebMercatorQuad/8/120/203";
    let by_row = site.get(&format!("{ogc}?filter={filter}")).await;
    assert_eq!(codes_of(&by_row.decoded()), codes_of(&filtered.decoded()));
    assert_eq!(by_row.header("etag"), filtered.header("etag"));
    assert_eq!(site.get(&format!("{ogc}?filter={}", encoded("users < 0"))).await.status, 204);
    let detail = site.get(&format!("{ogc}?filter={}", encoded("depht > 1"))).await.problem(400);
    assert!(detail.starts_with("filter: at character 1 (`depht`)"), "{detail}");
    let all = site.get(&format!("/map/tiles/WebMercatorQuad/8/120/203?filter={filter}")).await.problem(400);
    assert!(all.starts_with("the layer `"), "{all}");
    // Several layers: all of them have what is asked for, or none is drawn.
    let both = encoded("S_INTERSECTS(geometry, BBOX(106.4,11,106.42,11.02))");
    assert_eq!(site.get(&format!("/tiles/well,parcel/8/203/120?filter={both}")).await.status, 200);
    let detail = site.get(&format!("/tiles/well,parcel/8/203/120?filter={filter}")).await.problem(400);
    assert!(detail.starts_with("the layer `parcel`: filter: at character 1 (`users`)"), "{detail}");
}

#[tokio::test]
async fn a_filtered_download_holds_what_the_filter_holds_for() {
    let site = open().await;
    let filter = "users <= 20 OR CASEI(ACCENTI(code)) = 'w05'";
    let expected = codes(&site, filter).await;
    assert!(!expected.is_empty());
    let path = format!("/collections/well/download?filter={}", encoded(filter));
    for form in ["geojson", "csv", "fgb", "xlsx"] {
        let answer = site.get(&format!("{path}&f={form}")).await;
        assert_eq!(answer.status, 200, "{form}: {}", answer.text());
        assert_eq!(answer.header("ogc-numbermatched"), Some(&*expected.len().to_string()), "{form}");
    }
    let page = site.json(&format!("{path}&f=geojson")).await;
    let mut found = property(&page, "code");
    found.sort_unstable();
    let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let wrong = format!("/collections/well/download?f=csv&filter={}", encoded("depht > 1"));
    let detail = site.get(&wrong).await.problem(400);
    assert!(detail.contains("at character 1 (`depht`)"), "{detail}");
}

#[tokio::test]
async fn features_come_sorted_over_all_pages() {
    let site = open().await;
    for (sort, first, last) in [
        ("-depth", vec!["FIJI WEST", "FIJI EAST", "NOWHERE", "W20"], "W01"),
        ("use,-users", vec!["W20", "W18", "W16"], "NOWHERE"),
        ("%2Bmeasured_at", vec!["W01", "W02"], "NOWHERE"),
        ("active,code", vec!["W01", "W02", "W04"], "NOWHERE"),
        ("-code", vec!["W20", "W19"], "FIJI EAST"),
    ] {
        let mut next = format!("/collections/well/items?limit=4&sortby={sort}");
        let mut found = Vec::new();
        loop {
            let page = site.json(&next).await;
            found.extend(property(&page, "code").into_iter().map(str::to_owned));
            match href(&page, "next") {
                Some(link) => next = link.to_owned(),
                None => break,
            }
        }
        let whole = site.json(&format!("/collections/well/items?limit=1000&sortby={sort}")).await;
        assert_eq!(found, property(&whole, "code"), "{sort}");
        assert_eq!(found.len(), 23, "{sort}");
        assert_eq!(
            (&found[..first.len()], found[22].as_str()),
            (&first.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>()[..], last),
            "{sort}"
        );
    }
    for (sort, expected) in [
        ("colour", "`colour` is no attribute of this layer; there are code, use"),
        ("bimat_owner", "`bimat_owner` is no attribute of this layer"),
        ("names", "`names` is a list"),
        ("code,-code", "`code` stands twice"),
        ("", "is no attribute"),
    ] {
        let detail = site.get(&format!("/collections/well/items?sortby={sort}")).await.problem(400);
        assert!(detail.contains(expected), "{detail}");
    }
    for cursor in ["7", "[]", "[null]", "[\"7\"]", "[\"7\",\"x\"]", "[\"7\",\"1\",\"2\"]"] {
        let asked = format!("/collections/well/items?sortby=depth&cursor={}", encoded(cursor));
        site.get(&asked).await.problem(400);
    }
}

#[tokio::test]
async fn a_long_question_is_a_document() {
    let site = open().await;
    let path = "/collections/well/search";
    let mut document = json!({
        "filter": { "op": ">", "args": [{ "property": "users" }, 50] },
        "bbox": [106, 10, 107, 12], "use": "drink", "sortby": ["-users"], "limit": 3,
    });
    let mut found = Vec::new();
    loop {
        let answer = site.post(path, "application/json", document.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/geo+json"));
        let page = answer.json();
        assert_eq!(page["numberMatched"], 8);
        found.extend(property(&page, "code").into_iter().map(str::to_owned));
        let links = page["links"].as_array().unwrap().clone();
        let Some(next) = links.into_iter().find(|l| l["rel"] == "next") else { break };
        assert_eq!(
            (&next["method"], &next["href"]),
            (&json!("POST"), &json!(format!("http://localhost{path}")))
        );
        document = next["body"].clone();
    }
    assert_eq!(found, ["W20", "W18", "W16", "W14", "W12", "W10", "W08", "W06"]);
    let ring: Vec<[f64; 2]> = (0..=2000)
        .map(|i| f64::from(i % 2000) / 2000.0 * std::f64::consts::TAU)
        .map(|a| [106.45 + 0.02 * a.cos(), 11.05 + 0.02 * a.sin()])
        .collect();
    let long = json!({ "filter": { "op": "s_intersects", "args": [{ "property": "geometry" },
        { "type": "Polygon", "coordinates": [ring] }] } });
    let page = site.post(path, "application/json", long.to_string()).await.json();
    assert_eq!(property(&page, "code"), ["W04", "W05", "W06"]);
    let text = json!({ "filter": "users = 10", "filter-lang": "cql2-text" });
    assert_eq!(
        property(&site.post(path, "application/json", text.to_string()).await.json(), "code"),
        ["W01"]
    );
}

#[tokio::test]
async fn a_document_that_cannot_be_answered_says_why() {
    let site = open().await;
    let path = "/collections/well/search";
    let million = format!(
        "{{\"filter\":{{\"op\":\"s_intersects\",\"args\":[{{\"property\":\"geometry\"}},{{\"type\":\"LineString\",\"coordinates\":[{}[1,1]]}}]}}}}",
        "[1,2],".repeat(1_000_000)
    );
    let detail = site.post(path, "application/json", million).await.problem(413);
    assert!(detail.contains("longer than 1048576 bytes"), "{detail}");
    let many = json!({ "filter": { "op": "s_intersects", "args": [{ "property": "geometry" },
        { "type": "MultiPoint", "coordinates": vec![[1, 2]; 60_000] }] } });
    let detail = site.post(path, "application/json", many.to_string()).await.problem(413);
    assert!(detail.contains("at most 30000 positions"), "{detail}");
    let parts = format!(
        "{{\"filter\":{{\"op\":\"in\",\"args\":[{{\"property\":\"users\"}},[{}0]]}}}}",
        "1,".repeat(6000)
    );
    let detail = site.post(path, "application/json", parts).await.problem(413);
    assert!(detail.contains("at most 5000 parts"), "{detail}");
    site.post(path, "text/plain", "{}").await.problem(415);
    for (body, expected) in [
        ("[1]", "no JSON object"),
        ("{\"filter\":", "line 1, column"),
        ("{\"colour\":\"red\"}", "there is no parameter `colour` here"),
        ("{\"bbox\":[[1]]}", "bbox: this is no text, number or list"),
        (
            "{\"filter\":{\"op\":\"=\",\"args\":[{\"property\":\"bimat_owner\"},1]}}",
            "filter: at args[0]: there is no property",
        ),
        ("{\"limit\":0}", "limit: `0`"),
    ] {
        let detail = site.post(path, "application/json", body).await.problem(400);
        assert!(detail.contains(expected), "{body}: {detail}");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    site.post(path, "application/json", format!("{{\"filter\":{deep}}}")).await.problem(400);
    site.get(path).await.problem(405);
    site.post("/collections/bimat_cable/search", "application/json", "{}").await.problem(404);
    site.post("/collections/well/search?limit=1", "application/json", "{}").await.problem(400);
}

#[tokio::test]
async fn what_can_be_asked_for_is_listed_and_what_is_listed_can_be_asked_for() {
    for class in [AccessClass::Open, AccessClass::Restricted] {
        let site = Served::to(class).await;
        let queryables = site.json("/collections/well/queryables").await;
        let listed: Vec<&String> = queryables["properties"].as_object().unwrap().keys().collect();
        assert_eq!(listed.contains(&&"bimat_owner".to_owned()), class == AccessClass::Restricted);
        for name in listed {
            assert!(
                !codes(&site, &format!("\"{name}\" IS NOT NULL")).await.is_empty() || name == "access_class",
                "{name}"
            );
        }
        let geometry = &queryables["properties"]["geometry"];
        assert_eq!(geometry["format"], "geometry-point");
        assert_eq!(geometry["x-ogc-role"], "primary-geometry");
        assert_eq!(queryables["additionalProperties"], false);
        let sortables = site.json("/collections/well/sortables").await;
        let listed: Vec<&String> = sortables["properties"].as_object().unwrap().keys().collect();
        assert!(!listed.iter().any(|name| *name == "names" || *name == "geometry"));
        for name in listed {
            assert_eq!(
                site.get(&format!("/collections/well/items?sortby=-{name}")).await.status,
                200,
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_hidden_cannot_be_asked_for_in_any_way() {
    let site = open().await;
    let refused = |name: &str| {
        let filter = encoded(&format!("{name} IS NULL"));
        format!("/collections/well/items?filter={filter}")
    };
    let hidden = site.get(&refused("bimat_owner")).await.problem(400);
    let missing = site.get(&refused("bimbo_owner")).await.problem(400);
    assert_eq!(hidden.replace("bimat_owner", ""), missing.replace("bimbo_owner", ""));
    // The hidden row has the greatest depth, and lies where nothing else does.
    assert_eq!(codes(&site, "depth > 1000").await, Vec::<String>::new());
    assert_eq!(codes(&site, "access_class = 'restricted'").await, Vec::<String>::new());
    assert_eq!(codes(&site, "S_INTERSECTS(geometry, POINT(106.95 11.75))").await, Vec::<String>::new());
    let page: Json = site.json("/collections/well/items?sortby=-depth&limit=1000").await;
    assert!(!property(&page, "code").contains(&"bimat-hang"));
    let tile = site.get(&format!("/tiles/well/14/13059/7653?filter={}", encoded("depth > 1000"))).await;
    assert_eq!(tile.status, 204);
    let asked = encoded("depth > 1000");
    let ogc = format!("/collections/well/tiles/WebMercatorQuad/14/7653/13059?filter={asked}");
    assert!([204, 404].contains(&site.get(&ogc).await.status));
    let sum = site.json(&format!("/collections/well/statistics?sum=depth&filter={asked}")).await;
    assert_eq!(sum["total"]["count"], 0, "{sum}");
    assert_eq!(sum["total"]["values"]["depth"]["count"], 0, "{sum}");
    let whole = site.json(&format!("/collections/well/download?f=geojson&filter={asked}")).await;
    assert_eq!(whole["features"], json!([]));
    for path in ["statistics", "download", "tiles/WebMercatorQuad/8/120/203"] {
        let of = |name: &str| format!("/collections/well/{path}?filter={name}%20IS%20NULL");
        let hidden = site.get(&of("bimat_owner")).await.problem(400);
        let missing = site.get(&of("bimbo_owner")).await.problem(400);
        assert_eq!(hidden.replace("bimat_owner", ""), missing.replace("bimbo_owner", ""), "{path}");
    }
}
