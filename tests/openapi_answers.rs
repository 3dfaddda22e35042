//! Whatever is asked by the server's own OpenAPI document, well or badly: the answer is one that
//! the document names, of a media type that it names, and never a failure of the server.

use crate::support::{
    served::{Answer, Served},
    shapes::cases,
};
use diaban::layer::AccessClass;
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value as Json, json};

/// What people, programs and scanners put into parameters.
const WILD: [&str; 40] = [
    "",
    " ",
    "0",
    "1",
    "-1",
    "7.5",
    "1e400",
    "NaN",
    "99999999999999999999",
    "true",
    "null",
    "a",
    ",",
    ",,,,",
    "code",
    "code,depth",
    "-depth,code",
    "no_such_name",
    "Đức Hòa",
    "\u{0}",
    "\u{1f5fa}\u{301}",
    "'",
    "\"",
    "%",
    "../../etc/passwd",
    "<script>",
    "$1; DROP TABLE gis.well",
    "2024-01-01",
    "2024-01-01T00:00:00Z/..",
    "../2024-13-45",
    "106,11,107,12",
    "170,-20,-170,10",
    "107,12,106,11",
    "106.41,11.01",
    "http://www.opengis.net/def/crs/EPSG/0/9210",
    "http://www.opengis.net/def/crs/EPSG/0/3857",
    "circle:106.4,11,500",
    "POLYGON((106 11,107 11,107 12,106 11))",
    "depth > 3 AND S_INTERSECTS(geometry,BBOX(106,11,107,12))",
    "{\"op\":\"=\",\"args\":[{\"property\":\"code\"},\"W01\"]}",
];

/// One operation of the document.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    said: &'a Json,
}

/// Those of one layer and those of none: the other layers have the same.
fn operations(api: &Json) -> Vec<Operation<'_>> {
    let paths = api["paths"].as_object().unwrap();
    let one_layer = |path: &&String| {
        !path.starts_with("/collections/") || path.contains("/well") || path.contains("{layer}")
    };
    let mut all = Vec::new();
    for path in paths.keys().filter(one_layer) {
        for (method, said) in paths[path].as_object().unwrap() {
            all.push(Operation { path, method, said });
        }
    }
    all
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

impl Operation<'_> {
    fn names(&self, within: &str) -> Vec<&str> {
        let list = self.said["parameters"].as_array().unwrap();
        list.iter().filter(|p| p["in"] == within).map(|p| p["name"].as_str().unwrap()).collect()
    }

    /// The path, its templates filled; `value` in the place of the template `name`.
    fn address(&self, name: &str, value: &str) -> String {
        let known = |template: &str| match template {
            "layer" | "layers" => "well",
            "tileMatrixSetId" => "WebMercatorQuad",
            "id" if self.path.starts_with("/styles") => "map",
            "id" => "1",
            "range" => "7680-7935.pbf",
            "file" => "diaban@2x.json",
            _ => "0",
        };
        self.names("path").iter().fold(self.path.to_owned(), |path, template| {
            let value = if *template == name { value } else { known(template) };
            path.replace(&format!("{{{template}}}"), &encoded(value))
        })
    }

    async fn ask(&self, site: &Served, address: &str, body: &str) -> Answer {
        let headers = [("content-type", "application/json")];
        let headers = if self.method == "post" { &headers[..] } else { &[] };
        site.send(&self.method.to_uppercase(), address, headers, body.as_bytes().to_vec()).await
    }

    /// Checks an answer against the document.
    fn check(&self, answer: &Answer, asked: &str) {
        let said = &self.said["responses"][answer.status.to_string()];
        assert!(answer.status < 500, "{} {asked}: {}", self.method, answer.text());
        assert!(said.is_object(), "{} {asked}: {} is not in the document", self.method, answer.status);
        let kind = answer.header("content-type").unwrap_or_default();
        let bare = |kind: &str| kind.split(';').next().unwrap_or_default().to_owned();
        if let Some(kinds) = said["content"].as_object() {
            assert!(kinds.keys().any(|k| bare(k) == bare(kind)), "{} {asked}: {kind}", self.method);
        }
    }
}

async fn document() -> (Served, Json) {
    let site = Served::to(AccessClass::Open).await;
    let api = site.json("/api").await;
    (site, api)
}

#[tokio::test]
async fn each_parameter_with_anything_in_it_gets_an_answer_of_the_document() {
    let (site, api) = document().await;
    let (mut good, mut bad) = (0, 0);
    for operation in operations(&api) {
        let mut asked = Vec::new();
        for value in WILD {
            let queries = operation.names("query").into_iter();
            asked.extend(
                queries.map(|name| {
                    format!("{}?{}={}", operation.address("", ""), encoded(name), encoded(value))
                }),
            );
            let templates = operation.names("path").into_iter();
            asked.extend(templates.map(|name| operation.address(name, value)));
        }
        // What no operation has.
        asked.push(format!("{}?no_such_name=1", operation.address("", "")));
        for address in asked {
            let answer = operation.ask(&site, &address, "{}").await;
            // An empty part of a path is another path.
            if address.contains("//") || address.ends_with('/') && address.len() > 1 {
                assert!(answer.status < 500, "{address}");
                continue;
            }
            operation.check(&answer, &address);
            if answer.status < 400 { good += 1 } else { bad += 1 }
        }
    }
    assert!(good > 500 && bad > 500, "{good} good, {bad} bad");
}

#[tokio::test]
async fn each_document_with_anything_in_it_gets_an_answer_of_the_document() {
    let (site, api) = document().await;
    let members = [
        "filter",
        "filter-lang",
        "filter-crs",
        "area",
        "group",
        "sum",
        "datetime",
        "bbox",
        "limit",
        "sortby",
        "crs",
        "properties",
        "f",
        "code",
        "cursor",
        "no_such_name",
    ];
    let texts = WILD.iter().map(|text| json!(text));
    let others = [
        json!(null),
        json!(1),
        json!(-2.5),
        json!(true),
        json!([]),
        json!([1, [2]]),
        json!(["code"]),
        json!({}),
        json!({ "type": "Point", "coordinates": [] }),
        json!({ "op": "not", "args": 3 }),
    ];
    let values: Vec<Json> = texts.chain(others).collect();
    let posts: Vec<_> = operations(&api).into_iter().filter(|o| o.method == "post").collect();
    assert!(posts.len() > 1);
    for operation in posts {
        let address = operation.address("", "");
        let whole =
            ["", "{", "[]", "null", "1", "\"x\"", "{\"filter\":", "\u{0}", "{\"filter\":1,\"filter\":2}"];
        let one =
            members.iter().flat_map(|name| values.iter().map(|value| json!({ *name: value }).to_string()));
        for body in whole.iter().map(|text| (*text).to_owned()).chain(one) {
            operation.check(&operation.ask(&site, &address, &body).await, &format!("{address} {body}"));
        }
        let plain = site.post(&address, "text/plain", "filter=1").await;
        operation.check(&plain, "as plain text");
    }
}

#[tokio::test]
async fn parameters_together_get_an_answer_of_the_document() {
    let (site, api) = document().await;
    let count = cases(300).cases;
    let mut runner = TestRunner::new(cases(300));
    let operations: Vec<_> = operations(&api).into_iter().filter(|o| !o.names("query").is_empty()).collect();
    for _ in 0..count {
        let draw = (
            any::<prop::sample::Index>(),
            prop::collection::vec((any::<prop::sample::Index>(), select(&WILD[..])), 1..5),
        );
        let (which, parameters) = draw.new_tree(&mut runner).unwrap().current();
        let operation = which.get(&operations);
        let names = operation.names("query");
        let query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(names[name.index(names.len())]), encoded(value)))
            .collect();
        let address = format!("{}?{}", operation.address("", ""), query.join("&"));
        operation.check(&operation.ask(&site, &address, "{}").await, &address);
    }
}
