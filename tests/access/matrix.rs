//! Every caller at every route in every form: made from the router's list and the OpenAPI document, so that a route
//! that is new is tried by itself, or fails here for want of a case.
//!
//! `make access` prints how many answers were looked at, and how many bytes in them were forbidden.

use super::{
    Office, granted,
    leaks::{OF_CABLES, OF_OTHER_COMMUNES, OF_WELLS, leaks},
    provider::{Signer, TestProvider, in_seconds},
    register_of,
};
use crate::support::{
    layer,
    served::{Answer, CABLE, PARCEL, ROAD, WELL},
};
use axum::{Router, body::Body, http::Request};
use diaban::{
    cache::TileCache,
    http::{self, Limits, Site},
    layer::{AccessClass, Caller, Catalog},
    store::{LiveStore, api_key::ApiKey, postgis::PostgisStore},
};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tower::ServiceExt;

/// What agencies may see, one of them in one commune alone.
const GRANTS: &str = r#"
    [[grants]]
    agency = "bounded"
    layers = ["well"]
    class = "restricted"
    communes = ["25459"]
"#;
/// Wells of two communes; those of the other one carry a word of their own.
const PLACED: &str = "UPDATE gis.well SET commune_code = '25459' WHERE code BETWEEN 'W01' AND 'W10';
    UPDATE gis.well SET commune_code = '25460', bimat_owner = 'bimat-xakhac' WHERE code BETWEEN 'W11' AND 'W20';
    UPDATE gis.well SET commune_code = '25460' WHERE code = 'bimat-hang'";

/// What is put into the places of a path.
const PLACES: &[(&str, &[&str])] = &[
    ("{z}/{x}/{y}", &["0/0/0", "14/13059/7653"]),
    ("{matrix}/{row}/{col}", &["0/0/0", "14/7653/13059"]),
    ("/styles/{id}", &["/styles/map", "/styles/well", "/styles/bimat_cable-dark"]),
    ("{fontstack}/{range}", &["Noto%20Sans%20Bold/0-255.pbf"]),
    ("/sprites/{file}", &["/sprites/diaban.json", "/sprites/diaban@2x.png"]),
    ("/assets/{*path}", &["/assets/no.js"]),
    ("{layers}", &["well", "bimat_cable,well"]),
    ("{layer}", &["well", "bimat_cable"]),
    ("{set}", &["WebMercatorQuad"]),
    ("{id}", &["SEEN", "HIDDEN", "CABLE"]),
    ("{part}", &["refused", "load"]),
];
/// What is asked at the end of a path that says nothing by itself, or more where there is more to find.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("/items", &["limit=1000", "filter=depth%3E1000&sortby=-code"]),
    ("/statistics", &["group=code&area=bbox:106,10.9,107,11.9", "group=code"]),
    ("/report", &["area=bbox:106,10.9,107,11.9"]),
    ("/at", &["point=106.95,11.75&within=5000"]),
    // Asked by POST, and by nothing behind `?`.
    ("/collections/{layer}/search", &[""]),
    ("/search", &["q=bimat"]),
    ("/units", &["q=tan"]),
    ("/live", &["seconds=0", "seconds=0&layers=well"]),
];
/// What nobody is answered there with these places.
const NEVER_ANSWERED: [&str; 3] =
    ["/assets/{*path}", "/collections/{layer}/imports/{id}", "/collections/{layer}/imports/{id}/{part}"];
const METHODS: [&str; 6] = ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
/// What a client may say in headers alone.
const ACCEPTS: &[&[(&str, &str)]] = &[
    &[("accept", "text/html"), ("accept-encoding", "gzip")],
    &[("accept", "application/geo+json")],
    &[("accept", "application/vnd.maplibre-tile, */*;q=0.1"), ("accept-encoding", "gzip")],
];

/// Whoever asks, and what he does not see.
struct Asker {
    name: &'static str,
    says: Option<(&'static str, String)>,
    hidden: Vec<&'static str>,
    let_in: bool,
}

fn catalog() -> Catalog {
    let commune = "{ name = \"commune_code\", type = \"text\", title = { vi = \"Xã\", en = \"Commune\" } },\n        { name = \"valid_from\"";
    let well = WELL
        .replace("{ name = \"valid_from\"", commune)
        .replace("attributes = [", "aggregates = {}\n    attributes = [");
    let layers = [&well, PARCEL, ROAD, CABLE].map(layer).to_vec();
    Catalog::new(layers, register_of(&[&super::AGENCIES[..], &["bounded"]].concat()))
}

/// An office of all callers; the provider signs for persons as long as it is there.
async fn office() -> (Office, Vec<Asker>, TestProvider) {
    let office = Office::over(catalog(), PLACED).await;
    let signer = Signer::ec("ec");
    let provider = TestProvider::showing(&[&signer]).await;
    let text = format!("{}{GRANTS}{}", super::GRANTS, provider.described());
    office.site.callers.grant(granted(&text, &office.site.catalog).unwrap());
    let askers = askers(&office, &signer, &provider).await;
    (office, askers, provider)
}

async fn askers(office: &Office, signer: &Signer, provider: &TestProvider) -> Vec<Asker> {
    let database = office.served.database.database();
    let mut keys: BTreeMap<&str, String> = office.keys.iter().map(|(a, k)| (*a, k.clone())).collect();
    for (agency, name) in [("bounded", "bounded"), ("everything", "expired"), ("everything", "revoked")] {
        let key = ApiKey::random().unwrap();
        database.add_api_key(agency, name, 1, &key.hash()).await.unwrap();
        keys.insert(name, key.text().to_owned());
    }
    let client = office.served.database.client().await;
    for (column, name) in [("expires_at", "expired"), ("revoked_at", "revoked")] {
        let over =
            format!("UPDATE diaban.api_key SET {column} = now() - interval '1 minute' WHERE name = $1");
        client.execute(&over, &[&name]).await.unwrap();
    }
    office.look_at_keys().await;
    let person = |more: Json| format!("Bearer {}", signer.token(&provider.claims(&more)));
    let unsigned = provider.claims(&json!({ "agency": "everything" }));
    let unsigned = Signer::secret("ec", b"x").saying(&json!({ "alg": "none" })).token(&unsigned);
    let (wells, cables, all): (Vec<_>, Vec<_>, Vec<_>) =
        (OF_WELLS.into(), OF_CABLES.into(), OF_WELLS.into_iter().chain(OF_CABLES).collect());
    let bounded = OF_OTHER_COMMUNES.into_iter().chain(OF_CABLES).collect();
    let key = |name: &str| Some(("x-api-key", keys[name].clone()));
    let token = |text: String| Some(("authorization", text));
    let of = |name, says, hidden: &Vec<_>, let_in| Asker { name, says, hidden: hidden.clone(), let_in };
    vec![
        of("anyone", None, &all, true),
        of("an agency without a grant", key("outsider"), &all, true),
        of("an agency that may know of the layer", key("named"), &all, true),
        of("an agency of wells", key("wells"), &cables, true),
        of("an agency of cables", key("cables"), &wells, true),
        of("an agency of what is shared", key("sharer"), &all, true),
        of("an agency of everything", key("everything"), &Vec::new(), true),
        of("an agency of one commune", key("bounded"), &bounded, true),
        of("a person of the agency of wells", token(person(json!({}))), &cables, true),
        of("a person of no grant", token(person(json!({ "agency": "outsider" }))), &all, true),
        of("an expired key", key("expired"), &all, false),
        of("a revoked key", key("revoked"), &all, false),
        of("an unknown key", Some(("x-api-key", ApiKey::random().unwrap().text().to_owned())), &all, false),
        of("an expired token", token(person(json!({ "exp": in_seconds(-300) }))), &all, false),
        of("a token that nobody signed", token(format!("Bearer {unsigned}")), &all, false),
    ]
}

/// The same without snapshots: each answer comes out of PostGIS.
async fn straight(office: &Office, provider: &TestProvider) -> Router {
    let database = office.served.database.database();
    let store = LiveStore::new(Some(PostgisStore::new(database.clone())), None);
    let mut site = Site::new(store, office.site.catalog.clone(), Caller::anonymous(AccessClass::Open));
    // More is asked here than anyone may.
    site.limits = Limits::without_rates();
    site.cache = TileCache::new(64 << 20);
    let text = format!("{}{GRANTS}{}", super::GRANTS, provider.described());
    site.callers.grant(granted(&text, &office.site.catalog).unwrap());
    site.callers.keys().take(database.api_keys().await.unwrap());
    http::router(Arc::new(site))
}

/// The paths of a route, with what is asked there.
async fn cases(office: &Office, route: &str) -> Vec<String> {
    let mut paths = vec![route.to_owned()];
    for (place, values) in PLACES {
        let filled = |path: String| match path.contains(place) {
            true => values.iter().map(|value| path.replace(place, value)).collect(),
            false => vec![path],
        };
        paths = paths.into_iter().flat_map(filled).collect();
    }
    assert!(!paths[0].contains('{'), "{route}: PLACES in {} says nothing of a place of it", file!());
    let asked = QUESTIONS.iter().find(|(end, _)| route.ends_with(end)).map_or(&[""][..], |(_, asked)| *asked);
    let mut cases = Vec::new();
    for path in paths {
        let path = super::doors::addressed(&office.served, &path).await;
        cases.extend(asked.iter().map(|q| if q.is_empty() { path.clone() } else { format!("{path}?{q}") }));
    }
    cases
}

/// The forms that `f` names at a route, as the OpenAPI document tells; and one that is none.
fn forms(document: &Json, route: &str) -> BTreeSet<String> {
    let is_of = |path: &str| {
        let (path, route): (Vec<_>, Vec<_>) = (path.split('/').collect(), route.split('/').collect());
        path.len() == route.len()
            && path.iter().zip(route).all(|(p, r)| r.starts_with('{') || p.starts_with('{') || *p == r)
    };
    let paths = document["paths"].as_object().unwrap().iter().filter(|(path, _)| is_of(path));
    let operations = paths.flat_map(|(_, methods)| methods.as_object().unwrap().values());
    let parameters =
        operations.flat_map(|operation| operation["parameters"].as_array().into_iter().flatten());
    let named = parameters.filter(|parameter| parameter["name"] == "f");
    let forms = named.flat_map(|f| f["schema"]["enum"].as_array().unwrap().iter());
    forms.map(|form| form.as_str().unwrap().to_owned()).chain(["no-such-form".to_owned()]).collect()
}

async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let writes = !["GET", "HEAD", "OPTIONS", "DELETE"].contains(&method);
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    for (name, value) in headers.iter().chain(&[("content-type", "application/json")][..usize::from(writes)])
    {
        request = request.header(*name, *value);
    }
    let body = if writes { Body::from(r#"{"limit":1000}"#) } else { Body::empty() };
    let (head, body) = router.clone().oneshot(request.body(body).unwrap()).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { asked: format!("{method} {path}"), status: head.status.as_u16(), headers: head.headers, body }
}

/// What was looked at so far.
#[derive(Default)]
struct Looked {
    answers: usize,
    forms: BTreeSet<String>,
    /// Routes at which somebody was answered.
    answered: BTreeSet<&'static str>,
    forbidden: Vec<String>,
}

impl Looked {
    async fn at(
        &mut self,
        router: &Router,
        asker: &Asker,
        route: &'static str,
        asked: (&str, &str, &[(&str, &str)]),
    ) {
        let (method, path, more) = asked;
        let own = asker.says.as_ref().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = more.iter().copied().chain(own).collect();
        let answer = ask(router, method, path, &headers).await;
        let at = format!("{}: {method} {path} {more:?}: {}", asker.name, answer.status);
        assert!(answer.status < 500, "{at}: {}", answer.text());
        if answer.status < 300 && ["GET", "POST"].contains(&method) {
            self.answered.insert(route);
            let kind = answer.header("content-type").unwrap_or_default();
            self.forms.insert(kind.split(';').next().unwrap_or_default().to_owned());
        }
        let words = leaks(&answer, path, &asker.hidden);
        self.forbidden.extend(words.into_iter().map(|word| format!("{at}: {word}")));
        self.answers += 1;
    }

    /// Every form cold; every method, and what headers ask for, at the first path of a route; and tiles once more when
    /// all others have filled the cache.
    async fn all(&mut self, router: &Router, askers: &[Asker], cases: &[Case]) {
        for asker in askers {
            for Case { route, paths, forms } in cases {
                for method in METHODS {
                    self.at(router, asker, route, (method, &paths[0], &[])).await;
                }
                for accept in ACCEPTS.iter().filter(|_| asker.let_in) {
                    self.at(router, asker, route, ("GET", &paths[0], accept)).await;
                }
                for path in paths {
                    self.at(router, asker, route, ("GET", path, &[])).await;
                    let sign = if path.contains('?') { '&' } else { '?' };
                    for form in forms.iter().filter(|_| asker.let_in) {
                        self.at(router, asker, route, ("GET", &format!("{path}{sign}f={form}"), &[])).await;
                    }
                }
            }
        }
        for asker in askers.iter().rev() {
            for Case { route, paths, .. } in cases {
                for path in paths.iter().filter(|path| path.contains("/tiles/")) {
                    self.at(router, asker, route, ("GET", path, &[("accept-encoding", "gzip")])).await;
                }
            }
        }
    }
}

/// A route, the paths that are asked for there, and the forms that `f` names.
struct Case {
    route: &'static str,
    paths: Vec<String>,
    forms: BTreeSet<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forbidden_byte_leaves_by_any_route_in_any_form() {
    let (office, askers, provider) = office().await;
    let everything = askers.iter().find(|asker| asker.hidden.is_empty()).unwrap();
    let key = everything.says.as_ref().map(|(name, value)| (*name, value.as_str()));
    let document = ask(&office.served.router, "GET", "/api?f=json", &[key.unwrap()]).await.json();
    let routes = http::paths::<LiveStore>();
    let mut all = Vec::new();
    for route in &routes {
        let (paths, forms) = (cases(&office, route).await, forms(&document, route));
        all.push(Case { route, paths, forms });
    }
    let mut looked = Looked::default();
    looked.all(&office.served.router, &askers, &all).await;
    looked.all(&straight(&office, &provider).await, &askers, &all).await;
    let Looked { answers, forms, answered, forbidden } = looked;
    println!(
        "access: {answers} answers of {} routes to {} callers in {} forms, by snapshot and by PostGIS, cold and warm: {} forbidden bytes",
        routes.len(),
        askers.len(),
        forms.len(),
        forbidden.len(),
    );
    assert!(forbidden.is_empty(), "{}", forbidden.join("\n"));
    let never = |route: &&&str| !answered.contains(**route) && !NEVER_ANSWERED.contains(*route);
    let without: Vec<_> = routes.iter().filter(never).collect();
    assert!(
        without.is_empty(),
        "nobody was answered at {without:?}: PLACES and QUESTIONS have no case of it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_is_found_in_each_form() {
    let (office, askers, _provider) = office().await;
    let everything = askers.iter().find(|asker| asker.hidden.is_empty()).unwrap();
    let key = everything.says.as_ref().map(|(name, value)| (*name, value.as_str())).unwrap();
    let hidden: Vec<&str> = OF_WELLS.into();
    let document = ask(&office.served.router, "GET", "/api?f=json", &[key]).await.json();
    for (route, path, known) in [
        ("/collections/{layer}/download", "/collections/well/download", "bimat-hang"),
        ("/collections/{layer}/items", "/collections/well/items?limit=1000", "bimat-hang"),
        ("/tiles/{layers}/{z}/{x}/{y}", "/tiles/well/0/0/0", "bimat-hang"),
        ("/collections/{layer}/queryables", "/collections/well/queryables", "bimat_owner"),
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        for form in forms(&document, route).iter().filter(|form| *form != "no-such-form") {
            for coding in ["identity", "gzip"] {
                let (path, headers) = (format!("{path}{sign}f={form}"), [key, ("accept-encoding", coding)]);
                let answer = ask(&office.served.router, "GET", &path, &headers).await;
                let found = leaks(&answer, &path, &hidden);
                assert!(answer.status == 200 && found.contains(&known), "{path} {coding}: {found:?}");
            }
        }
    }
    let mut answer = ask(&office.served.router, "GET", "/conformance", &[]).await;
    assert!(leaks(&answer, "/conformance", &hidden).is_empty());
    answer.headers.insert("diaban-dropped", "1 of bimat_owner".parse().unwrap());
    assert_eq!(leaks(&answer, "/conformance", &hidden), ["bimat_owner"], "in a header");
    answer.headers.remove("diaban-dropped");
    answer.body.extend(9999.75f64.to_be_bytes());
    assert_eq!(leaks(&answer, "/conformance", &hidden), ["a number of the hidden row"]);
}
