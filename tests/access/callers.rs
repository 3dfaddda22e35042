//! Agencies over HTTP: each by its key, side by side on one site with one cache.

use super::{
    AGENCIES, Office,
    doors::{ROUTES, addressed, holds},
    granted,
};
use crate::support::served::Answer;
use diaban::{http, store::postgis::PostgisStore};
use std::time::{Duration, Instant};

/// Words of what is hidden in the layer of wells, and in the layer of cables.
const OF_WELLS: [&str; 5] = ["bimat_owner", "bimat-thuoctinh", "bimat-hang", "9999.75", "11.7501"];
const OF_CABLES: [&str; 2] = ["bimat-lop", "bimat_cable"];

/// Whoever asks, and whether he sees what is hidden of wells and of cables.
const CALLERS: [(Option<&str>, bool, bool); 7] = [
    (None, false, false),
    (Some("outsider"), false, false),
    (Some("named"), false, false),
    (Some("wells"), true, false),
    (Some("cables"), false, true),
    (Some("sharer"), false, false),
    (Some("everything"), true, true),
];

pub(super) const FORMATS: &[&[(&str, &str)]] =
    &[&[], &[("accept", "text/html")], &[("accept", "*/*;q=0.1"), ("accept-encoding", "gzip")]];

fn hidden_from(wells: bool, cables: bool) -> impl Iterator<Item = &'static str> {
    let of_wells = OF_WELLS.into_iter().filter(move |_| !wells);
    of_wells.chain(OF_CABLES.into_iter().filter(move |_| !cables))
}

/// Holds that an answer has no word that is hidden from its asker; what he wrote himself may come back to him.
fn hides(answer: &Answer, path: &str, hidden: impl Iterator<Item = &'static str>) {
    let body = String::from_utf8_lossy(&answer.decoded()).replace("`bimat_cable`", "");
    let asked = path.replace("/collections/bimat_cable", "").replace("bimat_cable", "");
    for word in hidden {
        let echoed = asked.contains(word) && answer.status == 200;
        assert!(echoed || !holds(body.as_bytes(), word), "{path}: {word} in {body}");
        for (name, value) in &answer.headers {
            assert!(!holds(value.as_bytes(), word), "{path}: {word} in {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_caller_finds_his_own_at_each_door_whoever_came_before() {
    each_finds_his_own(&Office::open().await, FORMATS, |_| false).await;
}

/// Asks at each door as everyone, in these formats; some doors do not tell of what is hidden, whoever asks.
pub(super) async fn each_finds_his_own(
    office: &Office,
    formats: &[&[(&str, &str)]],
    tells_nobody: impl Fn(&str) -> bool,
) {
    let mut paths = Vec::new();
    for (path, words) in ROUTES {
        let words = if tells_nobody(path) { &[] } else { *words };
        paths.push((addressed(&office.served, path).await, words));
    }
    let mut first = std::collections::BTreeMap::new();
    let there = CALLERS.iter().enumerate();
    // There and back: at each door everyone comes after everyone else.
    for (n, (agency, wells, cables)) in there.clone().chain(there.rev()) {
        for (path, words) in &paths {
            for (form, format) in formats.iter().enumerate() {
                let answer = office.get(*agency, path, format).await;
                let at = format!("{agency:?} {path} {format:?}");
                assert!([200, 204, 403, 404, 405].contains(&answer.status), "{at}: {}", answer.status);
                assert!(answer.status != 403 || *agency == Some("named"), "{at}");
                hides(&answer, path, hidden_from(*wells, *cables));
                let body = answer.decoded();
                if *wells && *cables {
                    let missing = words.iter().find(|word| !holds(&body, word));
                    assert!(missing.is_none(), "{at}: no {missing:?}");
                }
                // The same again, when others have filled the cache meanwhile.
                if path.contains("/tiles/") {
                    let before = first.entry((n, path.clone(), form)).or_insert_with(|| body.clone());
                    assert!(*before == body, "{at}: another answer");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_anyone_may_be_kept_by_nobody_else() {
    let office = Office::open().await;
    for (path, _) in
        ROUTES.iter().filter(|(path, _)| path.starts_with("/collections") || path.starts_with("/tiles/"))
    {
        let path = addressed(&office.served, path).await;
        let open = office.get(None, &path, &[]).await;
        let own = office.get(Some("everything"), &path, &[]).await;
        for answer in [&open, &own].into_iter().filter(|answer| [200, 204].contains(&answer.status)) {
            let vary = answer.headers("vary");
            assert!(vary.contains("authorization, x-api-key"), "{path}: vary: {vary}");
        }
        if [200, 204].contains(&own.status) {
            let kept = own.header("cache-control").unwrap_or_default();
            assert!(kept.starts_with("private") && !kept.contains("public"), "{path}: cache-control: {kept}");
        }
        assert!(!open.header("cache-control").unwrap_or_default().contains("private"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_taken_is_told_why_to_who_has_it() {
    let office = Office::open().await;
    let asked =
        async |headers: &[(&str, &str)]| office.served.get_with("/collections/well/items", headers).await;
    let good = office.keys["wells"].clone();
    let owner = async |headers: &[(&str, &str)]| holds(&asked(headers).await.body, "bimat_owner");
    assert!(owner(&[("authorization", &format!("Bearer {good}"))]).await);
    assert!(owner(&[("authorization", &format!("bearer  {good}"))]).await);
    assert!(owner(&[("x-api-key", &good)]).await);
    assert!(owner(&[("x-api-key", &good), ("authorization", &format!("Bearer {good}"))]).await);
    // That is for whoever stands before the server.
    assert!(!owner(&[("authorization", "Basic YTpi")]).await);

    let client = office.served.database.client().await;
    let number = "SELECT id FROM diaban.api_key WHERE agency = $1";
    let expired: i64 = client.query_one(number, &[&"cables"]).await.unwrap().get(0);
    let over = "UPDATE diaban.api_key SET expires_at = now() WHERE id = $1";
    client.execute(over, &[&expired]).await.unwrap();
    let revoked: i64 = client.query_one(number, &[&"sharer"]).await.unwrap().get(0);
    office.served.database.database().revoke_api_key(revoked).await.unwrap();
    office.look_at_keys().await;
    let unknown = format!("{}0", &good[..good.len() - 1]);
    let unknown = if unknown == good { format!("{}1", &good[..good.len() - 1]) } else { unknown };
    let other = office.keys["cables"].clone();
    for (headers, said) in [
        (vec![("x-api-key", unknown.as_str())], "not known here".to_owned()),
        (vec![("x-api-key", "secret")], "no API key".to_owned()),
        (vec![("x-api-key", "")], "no API key".to_owned()),
        (vec![("authorization", "Bearer ")], "no API key".to_owned()),
        (vec![("x-api-key", office.keys["cables"].as_str())], format!("number {expired}, expired on")),
        (vec![("x-api-key", office.keys["sharer"].as_str())], format!("number {revoked}, was revoked on")),
        (vec![("x-api-key", good.as_str()), ("x-api-key", other.as_str())], "two API keys".to_owned()),
    ] {
        let answer = asked(&headers).await;
        let detail = answer.problem(401);
        assert!(detail.contains(&said), "{detail}");
        assert!(!detail.contains(&good[7..20]) && !detail.contains("cables"), "{detail}");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{detail}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let health = office.served.get_with("/health/live", &headers).await;
        assert_eq!(health.status, 200, "who runs the server is asked for no key");
    }
    assert_eq!(asked(&[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_know_of_a_layer_is_told_why_it_is_closed() {
    let office = Office::open().await;
    for path in ["", "/items", "/queryables", "/tiles", "/tiles/WebMercatorQuad/0/0/0", "/download"] {
        let path = format!("/collections/bimat_cable{path}");
        let detail = office.get(Some("named"), &path, &[]).await.problem(403);
        assert!(detail.contains("`bimat_cable` goes up to the class `shared`"), "{detail}");
        office.get(Some("wells"), &path, &[]).await.problem(404);
        office.get(Some("sharer"), &path, &[]).await.problem(404);
    }
    office.get(Some("named"), "/tiles/bimat_cable/0/0/0", &[]).await.problem(403);
    let list = office.get(Some("named"), "/collections", &[]).await.text();
    assert!(!list.contains("bimat"), "{list}");
    let ended = "[[grants]]\nagency = \"named\"\nlayers = [\"bimat_cable\"]\nclass = \"restricted\"\nuntil = \"2026-11-29\"\n";
    office.site.callers.grant(granted(ended, &office.site.catalog).unwrap());
    let detail = office.get(Some("named"), "/collections/bimat_cable", &[]).await.problem(403);
    assert!(detail.contains("ended with 2026-11-29"), "{detail}");
    office.get(Some("cables"), "/collections/bimat_cable", &[]).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_refused_seconds_after_it_is_taken_back_and_a_new_one_taken() {
    let office = Office::open().await;
    let database = office.served.database.database();
    let following = tokio::spawn(database.clone().follow_api_keys(office.site.callers.keys().clone()));
    let new = diaban::store::api_key::ApiKey::random().unwrap();
    let until = async |key: &str, status: u16| {
        let started = Instant::now();
        while office.served.get_with("/collections", &[("x-api-key", key)]).await.status != status {
            assert!(started.elapsed() < Duration::from_secs(5), "{status} does not come");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    database.add_api_key("wells", "", 1, &new.hash()).await.unwrap();
    until(new.text(), 200).await;
    let number = "SELECT id FROM diaban.api_key WHERE agency = 'wells' ORDER BY id LIMIT 1";
    let number: i64 = office.served.database.text(number).await.unwrap().parse().unwrap();
    database.revoke_api_key(number).await.unwrap();
    until(&office.keys["wells"], 401).await;
    // The table is out of reach: who was let in goes on.
    office.served.database.execute("ALTER TABLE diaban.api_key RENAME TO gone").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    until(new.text(), 200).await;
    following.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_tile_goes_to_nobody_who_may_not_see_it() {
    let office = Office::open().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(http::serve(listener, office.site.clone(), std::future::pending()));
    // All over one connection, as they come through a proxy.
    let agent = ureq::Agent::new_with_defaults();
    let ask = |agency: Option<&'static str>| {
        let key = agency.map(|agency| office.keys[agency].clone());
        let (url, agent) = (format!("http://{address}/tiles/well/0/0/0"), agent.clone());
        let asked = move || {
            let request = agent.get(&url);
            let request = if let Some(key) = key { request.header("x-api-key", key) } else { request };
            let mut answer = request.call().unwrap();
            let kept = answer.headers()["cache-control"].to_str().unwrap().to_owned();
            let vary = answer.headers()["vary"].to_str().unwrap().to_owned();
            (answer.body_mut().read_to_vec().unwrap(), kept, vary)
        };
        async { tokio::task::spawn_blocking(asked).await.unwrap() }
    };
    let made = || {
        let text = office.site.metrics.text();
        let line = text.lines().find(|line| line.starts_with("diaban_tile_render_seconds_count")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    for agency in [Some("wells"), None, Some("outsider"), Some("wells"), None, Some("everything"), None] {
        let (tile, kept, vary) = ask(agency).await;
        let may = matches!(agency, Some("wells" | "everything"));
        for word in ["bimat_owner", "bimat-thuoctinh", "bimat-hang"] {
            assert_eq!(holds(&tile, word), may, "{agency:?}: {word}");
        }
        assert_eq!(kept.starts_with("private"), agency.is_some(), "{agency:?}: {kept}");
        assert!(vary.contains("authorization, x-api-key"), "{vary}");
    }
    assert_eq!(made(), 2.0, "those who see the same share a tile");
    assert!(holds(&ask(Some("wells")).await.0, "bimat_owner"));
    office.site.callers.grant(granted("", &office.site.catalog).unwrap());
    assert!(!holds(&ask(Some("wells")).await.0, "bimat_owner"), "who asked last is granted nothing any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn warm_tiles_are_counted_by_what_became_of_them() {
    let office = Office::open().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(http::serve(listener, office.site.clone(), std::future::pending()));
    let ask = async |tile: &str, tag: &str| {
        let (url, tag) = (format!("http://{address}/tiles/well/{tile}"), tag.to_owned());
        let asked = move || {
            let answer = ureq::get(&url).header("if-none-match", tag).call().unwrap();
            let tag = answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
            (answer.status().as_u16(), tag.unwrap_or_default())
        };
        tokio::task::spawn_blocking(asked).await.unwrap()
    };
    let told = |name: &str| {
        let text = office.site.metrics.text();
        let line = text.lines().find(|line| line.starts_with(name));
        line.map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
    };
    let of_status = |status| {
        told(&format!(
            "diaban_requests_total{{route=\"/tiles/{{layers}}/{{z}}/{{x}}/{{y}}\",status=\"{status}\"}}"
        ))
    };
    let (_, tag) = ask("0/0/0", "").await;
    assert_eq!(ask("9/0/0", "").await.0, 204);
    let bytes = told("diaban_tile_bytes_total");
    assert!(bytes > 0.0);
    assert_eq!(ask("0/0/0", &tag).await.0, 304);
    assert_eq!(ask("9/0/0", "").await.0, 204);
    assert_eq!([200, 204, 304].map(of_status), [1.0, 2.0, 1.0]);
    assert_eq!(told("diaban_tile_bytes_total"), bytes, "who has a tile is sent none of it");
}

#[test]
fn every_kind_of_caller_is_tried() {
    let tried: Vec<&str> = CALLERS.iter().filter_map(|caller| caller.0).collect();
    assert_eq!(tried, AGENCIES);
    assert!(http::paths::<PostgisStore>().len() > 30);
}
