//! What bad input gets over HTTP: a clear answer at once, never a 500, and never a look inside.

use crate::support::served::{Served, property};
use diaban::layer::AccessClass;

/// Asks each, and holds that the problem's detail names the thing.
async fn each_is(status: u16, cases: &[(&str, &str)]) {
    let site = Served::to(AccessClass::Open).await;
    for (path, named) in cases {
        let detail = site.get(path).await.problem(status);
        assert!(detail.contains(named), "{path}: `{named}` in {detail}");
    }
}

#[tokio::test]
async fn what_is_no_number_is_named() {
    each_is(
        400,
        &[
            ("/tiles/well/abc/0/0", "z: `abc`"),
            ("/tiles/well/0/abc/0", "x: `abc`"),
            ("/tiles/well/0/0/abc", "y: `abc`"),
            ("/tiles/well/-1/0/0", "z: `-1`"),
            ("/tiles/well/1.5/0/0", "z: `1.5`"),
            ("/tiles/well/+1/0/0", "z: `+1`"),
            ("/glyphs/Noto%20Sans%20Bold/abc", "range: `abc`"),
            ("/glyphs/Noto%20Sans%20Bold/0-256.pbf", "range: `0-256.pbf`"),
            ("/glyphs/Noto%20Sans%20Bold/1-256.pbf", "0-255.pbf"),
            ("/glyphs/Noto%20Sans%20Bold/1114112-1114367.pbf", "1113856-1114111.pbf"),
            ("/collections/well/items?limit=abc", "limit: `abc`"),
            ("/collections/well/items?limit=1.5", "limit: `1.5`"),
            ("/collections/well/items?limit=", "limit"),
            ("/collections/well/items?users=abc", "users: `abc`"),
            ("/collections/well/items?users=1.5", "users: `1.5`"),
            ("/collections/well/items?users=99999999999999999999", "users"),
            ("/collections/well/items?depth=deep", "depth: `deep`"),
            ("/collections/well/items?depth=NaN", "depth: `NaN`"),
            ("/collections/well/items?depth=1e999", "depth"),
            ("/collections/well/items?active=maybe", "active: `maybe`"),
            ("/collections/well/items?drilled_on=yesterday", "drilled_on: `yesterday`"),
            ("/collections/well/items?drilled_on=2025-02-30", "drilled_on: `2025-02-30`"),
            ("/collections/well/items?measured_at=noon", "measured_at: `noon`"),
            ("/collections/well/items?cursor=abc", "cursor"),
        ],
    )
    .await;
}

#[tokio::test]
async fn there_is_no_tile_outside_the_zoom() {
    each_is(
        404,
        &[
            ("/tiles/well/25/0/0", "25/0/0"),
            ("/tiles/well/255/0/0", "255/0/0"),
            ("/tiles/well/256/0/0", "256/0/0"),
            ("/tiles/well/0/1/0", "0/1/0"),
            ("/tiles/well/0/0/1", "0/0/1"),
            ("/tiles/well/3/8/0", "3/8/0"),
            ("/tiles/well/3/0/8", "3/0/8"),
            ("/tiles/well/24/16777216/0", "24/16777216/0"),
            ("/tiles/well/9/99999999999999999999/0", "9/99999999999999999999/0"),
            ("/tiles/well/5/2147483647/2147483647", "no tile"),
        ],
    )
    .await;
    let site = Served::to(AccessClass::Open).await;
    for last in ["/tiles/well/24/16777215/16777215", "/tiles/well/0/0/0", "/tiles/well/3/7/7"] {
        assert!([200, 204].contains(&site.get(last).await.status), "{last} is a tile");
    }
}

#[tokio::test]
async fn a_bbox_that_is_none_is_refused() {
    let items = "/collections/well/items?bbox=";
    let site = Served::to(AccessClass::Open).await;
    for bbox in [
        "NaN,1,2,3",
        "1,nan,2,3",
        "1,2,inf,3",
        "1,2,-Infinity,3",
        "1,2,1e999,3",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "1,2,3,4,5,6,7,8",
        "",
        ",,,",
        "1,2,3,",
        "a,b,c,d",
        "106,12,107,11",
        "106,12,0,107,11,0",
        "-181,0,1,1",
        "0,0,181,1",
        "0,-91,1,1",
        "0,0,1,91",
        "0x1,0,1,1",
        "106;10;107;12",
    ] {
        let detail = site.get(&format!("{items}{bbox}")).await.problem(400);
        assert!(detail.starts_with("bbox: "), "{bbox}: {detail}");
    }
    let sound = site.json(&format!("{items}106,10,107,12")).await;
    assert_eq!(sound["numberMatched"], 20);
    // Six numbers have heights between, which are passed over.
    assert_eq!(site.json(&format!("{items}106,10,-5,107,12,900")).await["numberMatched"], 20);
    assert_eq!(site.json(&format!("{items}-180,-90,180,90")).await["numberMatched"], 22);
}

#[tokio::test]
async fn west_above_east_crosses_the_antimeridian() {
    let site = Served::to(AccessClass::Open).await;
    for (bbox, found) in [
        ("179,-18,-179,-16", &["FIJI WEST", "FIJI EAST"][..]),
        ("179.6,-18,-179,-16", &["FIJI EAST"]),
        ("179,-18,-179.6,-16", &["FIJI WEST"]),
        ("179.6,-18,-179.6,-16", &[]),
        ("177,65,-177,70", &[]),
        ("-180,-18,-179,-16", &["FIJI EAST"]),
        ("179,-18,180,-16", &["FIJI WEST"]),
    ] {
        let page = site.json(&format!("/collections/well/items?bbox={bbox}")).await;
        assert_eq!(property(&page, "code"), found, "{bbox}");
        assert_eq!(page["numberMatched"], found.len(), "{bbox}");
    }
}

#[tokio::test]
async fn a_limit_below_one_is_refused_and_one_over_the_maximum_is_the_maximum() {
    each_is(
        400,
        &[
            ("/collections/well/items?limit=0", "limit: `0`"),
            ("/collections/well/items?limit=-1", "limit: `-1`"),
            ("/collections/well/items?limit=unlimited", "limit: `unlimited`"),
        ],
    )
    .await;
    let site = Served::to(AccessClass::Open).await;
    site.database
        .execute(
            "INSERT INTO gis.road (code, geom) SELECT 'X' || i, 'SRID=4326;MULTILINESTRING((106 11,106.1 11.1))' \
             FROM generate_series(1, 10100) AS i",
        )
        .await;
    for limit in ["10001", "99999999999999999999999999"] {
        let page = site.json(&format!("/collections/road/items?limit={limit}")).await;
        assert_eq!(page["numberReturned"], 10_000, "limit {limit}");
        assert_eq!(page["features"].as_array().unwrap().len(), 10_000);
        assert_eq!(page["numberMatched"], 10_102);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    each_is(
        404,
        &[
            ("/collections/nothing", "`nothing`"),
            ("/collections/nothing/items", "`nothing`"),
            ("/collections/nothing/items/1", "`nothing`"),
            ("/collections/nothing/queryables", "`nothing`"),
            ("/collections/WELL", "`WELL`"),
            ("/collections/well'--/items", "`well'--`"),
            ("/collections/well/items/999999", "`999999`"),
            ("/collections/well/items/-1", "`-1`"),
            ("/collections/well/items/abc", "`abc`"),
            ("/collections/well/items/99999999999999999999", "`99999999999999999999`"),
            ("/collections/well/items/1%3BDROP%20TABLE", "has no feature"),
            ("/tiles/nothing", "`nothing`"),
            ("/tiles/nothing/0/0/0", "`nothing`"),
            ("/tiles/well,nothing/0/0/0", "`nothing`"),
            ("/tiles/well,/0/0/0", "there is no layer"),
            ("/styles/nothing", "`nothing`"),
            ("/styles/..%2Fmap", "no style"),
            ("/sprites/nothing.png", "`nothing.png`"),
            ("/sprites/..%2Fdiaban.png", "diaban@2x.png"),
            ("/sprites/diaban@3x.png", "diaban@2x.png"),
            ("/assets/..%2F..%2Fetc%2Fpasswd", "no such file"),
            ("/assets/nothing.js", "no such file"),
            ("/nothing", "nothing at this address"),
            ("/collections/", "nothing at this address"),
            ("/collections/well/items/1/more", "nothing at this address"),
            ("/tiles/well/0/0", "nothing at this address"),
            ("//", "nothing at this address"),
            ("/.env", "nothing at this address"),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_on_ogc_routes_and_ignored_on_tiles() {
    let site = Served::to(AccessClass::Open).await;
    let id = site.json("/collections/well/items?code=W01").await["features"][0]["id"].clone();
    let item = format!("/collections/well/items/{id}");
    for path in [
        "/",
        "/conformance",
        "/api",
        "/collections",
        "/collections/well",
        "/collections/well/queryables",
        "/collections/well/items",
        &item,
    ] {
        assert_eq!(site.get(path).await.status, 200, "{path} without");
        let detail = site.get(&format!("{path}?colour=red")).await.problem(400);
        assert!(detail.contains("`colour`"), "{path}: {detail}");
        assert_eq!(site.get(&format!("{path}?f=json")).await.status, 200, "{path} with f");
        let detail = site.get(&format!("{path}?f=gml")).await.problem(400);
        assert!(detail.contains("gml") && detail.contains("json"), "{path}: {detail}");
    }
    for path in ["/collections/well/items?crs=http%3A%2F%2Fx", "/collections/well/items?bbox-crs=x"] {
        site.get(path).await.problem(400);
    }
    let detail = site.get("/collections/well/items?limit=1&limit=2").await.problem(400);
    assert!(detail.contains("`limit`") && detail.contains("twice"), "{detail}");
    for path in ["/tiles/well", "/tiles/well/0/0/0"] {
        let (plain, with) = (site.get(path).await, site.get(&format!("{path}?key=abc&v=2&v=3&%FF")).await);
        assert_eq!((with.status, &with.body), (200, &plain.body), "{path}");
    }
}

#[tokio::test]
async fn only_a_client_that_asks_for_html_gets_the_map() {
    let site = Served::to(AccessClass::Open).await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    for (path, accept, kind) in [
        ("/", Some("*/*"), "application/json"),
        ("/", None, "application/json"),
        ("/", Some("application/json"), "application/json"),
        ("/", Some("application/json, text/html;q=0.3"), "application/json"),
        ("/", Some("text/html;q=0"), "application/json"),
        ("/", Some("text/html"), "text/html; charset=utf-8"),
        ("/", Some(browser), "text/html; charset=utf-8"),
        ("/?f=json", Some(browser), "application/json"),
        ("/?f=html", Some("*/*"), "text/html; charset=utf-8"),
        // The page's own state stands in its address.
        ("/?lang=en", Some(browser), "text/html; charset=utf-8"),
    ] {
        let headers: Vec<_> = accept.map(|a| ("accept", a)).into_iter().collect();
        let answer = site.get_with(path, &headers).await;
        assert_eq!(answer.status, 200, "{path} {accept:?}");
        assert_eq!(answer.header("content-type"), Some(kind), "{path} {accept:?}");
        assert!(
            answer.headers("vary").to_lowercase().contains("accept"),
            "{path}: {}",
            answer.headers("vary")
        );
        if kind.starts_with("text/html") {
            assert!(answer.text().to_lowercase().contains("<!doctype html"), "{path}");
        } else {
            assert!(answer.json()["links"].is_array(), "{path}");
        }
    }
}

#[tokio::test]
async fn another_method_gets_405_with_what_is_allowed() {
    let site = Served::to(AccessClass::Open).await;
    for path in [
        "/",
        "/conformance",
        "/api",
        "/collections",
        "/collections/well",
        "/collections/well/items",
        "/tiles/well",
        "/tiles/well/0/0/0",
        "/health/live",
        "/metrics",
    ] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "FROBNICATE"] {
            let answer = site.ask(method, path, &[]).await;
            if (method, path) == ("POST", "/collections/well/items") {
                answer.problem(403);
                continue;
            }
            answer.problem(405);
            let allow = answer.headers("allow");
            assert!(allow.contains("GET") && allow.contains("HEAD"), "{method} {path}: Allow: {allow}");
        }
        let (head, get) = (site.ask("HEAD", path, &[]).await, site.get(path).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "HEAD {path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "HEAD {path}");
    }
}

#[tokio::test]
async fn junk_in_the_address_is_answered_like_any_other_mistake() {
    let site = Served::to(AccessClass::Open).await;
    let long = "9".repeat(20_000);
    let junk = [
        "%FF",
        "%00",
        "%C3%28",
        "%ED%A0%80",
        "%",
        "%2",
        "%zz",
        "%25",
        "%0A%0D",
        "%F0%9F%92%A9",
        "%E2%80%AE",
        "'",
        "%22",
        "\\",
        ";",
        "$1",
        "*",
        "..",
        "%2e%2e%2f",
        &long,
    ];
    for text in junk {
        for path in [
            format!("/{text}x"),
            format!("/collections/{text}"),
            format!("/collections/{text}/items"),
            format!("/collections/{text}/queryables"),
            format!("/collections/{text}/items/{text}"),
            format!("/collections/well/items/{text}"),
            format!("/tiles/{text}"),
            format!("/tiles/{text}/0/0/0"),
            format!("/tiles/well/{text}/0/0"),
            format!("/tiles/well/0/{text}/0"),
            format!("/tiles/well/0/0/{text}"),
            format!("/styles/{text}"),
            format!("/sprites/{text}"),
            format!("/glyphs/Noto%20Sans%20Regular/{text}"),
            format!("/assets/{text}"),
        ] {
            let answer = site.get(&path).await;
            assert!([400, 404].contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
            answer.problem(answer.status);
            assert!(answer.body.len() < 1000, "{path}: the answer repeats what was too long");
        }
    }
}

const JUNK: &str = r"
    %FF %00 a%00b %C3%28 % %zz %F0%9F%92%A9 ' %22%3B-- $1 %25 _ -0 1e5 +1 0000-00-00 9999-12-31
    -9999-01-01 -4800-01-01 +9999-01-01 -9999-01-01T00:00:00Z 9999-12-31T23:59:59.999999999-23:59
    0000-01-01T00:00:00+23:59 -9999-01-01/9999-12-31 2024-06-30T23:59:60Z -9223372036854775808
    9223372036854775807 1e-400 1.7976931348623157e308 ../.. / 2025-01-01/2024-01-01
";
const NAMES: &str = "
    bbox datetime limit cursor f code use depth users active drilled_on measured_at names
    access_class bimat_owner id geom %00 %FF
";

#[tokio::test]
async fn junk_in_a_parameter_is_refused_or_finds_nothing() {
    let site = Served::to(AccessClass::Open).await;
    let long = "9".repeat(20_000);
    let junk = JUNK.split_whitespace().chain(["", &long]);
    for text in junk {
        for name in NAMES.split_whitespace() {
            let path = format!("/collections/well/items?{name}={text}");
            let answer = site.get(&path).await;
            assert!([200, 400].contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
            if answer.status == 400 {
                answer.problem(400);
                assert!(answer.body.len() < 1000, "{path}: the answer repeats what was too long");
            } else {
                let returned = answer.json()["numberReturned"].as_u64().unwrap();
                assert_eq!(answer.json()["features"].as_array().unwrap().len() as u64, returned);
            }
        }
    }
}

#[tokio::test]
async fn who_leaves_before_the_answer_harms_nobody() {
    let site = Served::to(AccessClass::Open).await;
    for round in 0..40 {
        // A HEAD drops the body with its statement under way.
        for path in ["/collections/well/items", "/collections/road/items?limit=10000"] {
            assert_eq!(site.ask("HEAD", path, &[]).await.status, 200, "round {round}");
        }
        let answer = site.get("/tiles/well/0/0/0").await;
        assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_host_that_is_none_stays_out_of_links() {
    let site = Served::to(AccessClass::Open).await;
    for host in ["evil.example/path", "a b", "a\"b", "<script>", "user@host", ""] {
        let answer = site.get_with("/collections", &[("host", host)]).await;
        answer.problem(400);
    }
    let answer = site.get_with("/collections", &[("host", "gis.example:8080")]).await;
    assert!(answer.text().contains("http://gis.example:8080/collections"), "{}", answer.text());
}
