//! Each parameter of each operation that the server's own OpenAPI document tells of, with each hostile word in its
//! place: a route that is added there is tried by itself.

use super::{
    Asked,
    words::{LONG, WORDS, in_address},
};
use crate::{Outcome, tiles::Random};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Layers that a place is tried with by turns; the document tells of each layer by itself.
const ATTRIBUTES_OF_A_LAYER: usize = 4;

/// An operation, with what is asked of it when nothing is wrong.
struct Operation {
    method: String,
    path: String,
    /// Names of parameters, whether they stand in the path, and a value that is right.
    parameters: Vec<(String, Where, String)>,
    /// Media types of its body.
    bodies: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Where {
    Path,
    Query,
    Header,
}

/// The operations of a document.
fn read(document: &Json) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten().filter(|m| m.1.is_object()) {
            // A stream of events has no end.
            if !operation["responses"]["200"]["content"]["text/event-stream"].is_null() {
                continue;
            }
            let own = [&operation["parameters"], &methods["parameters"]];
            let parameters = own.into_iter().filter_map(Json::as_array).flatten().filter_map(|parameter| {
                let parameter = match parameter["$ref"].as_str() {
                    Some(at) => document.pointer(at.trim_start_matches('#'))?,
                    None => parameter,
                };
                let stands = match parameter["in"].as_str()? {
                    "path" => Where::Path,
                    "query" => Where::Query,
                    _ => Where::Header,
                };
                Some((parameter["name"].as_str()?.to_owned(), stands, right(parameter)))
            });
            let bodies =
                operation["requestBody"]["content"].as_object().into_iter().flat_map(|c| c.keys().cloned());
            all.push(Operation {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                parameters: parameters.collect(),
                bodies: bodies.collect(),
            });
        }
    }
    all
}

/// A value that a parameter may have.
fn right(parameter: &Json) -> String {
    let schema = &parameter["schema"];
    let known = [
        &parameter["example"],
        &schema["example"],
        &schema["enum"][0],
        &schema["default"],
        &schema["minimum"],
    ];
    let known = known.into_iter().find(|value| !value.is_null());
    let name = parameter["name"].as_str().unwrap_or_default();
    match known {
        Some(Json::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None if name == "area" => "bbox:106,10.9,106.1,11".to_owned(),
        None if name == "bbox" => "106,10.9,106.1,11".to_owned(),
        None if name == "point" => "106.4,11".to_owned(),
        None => "1".to_owned(),
    }
}

impl Operation {
    /// The request with `word` in place of parameter number `at`; with all right where there is no such.
    fn head(&self, at: usize, word: &str, host: &str, key: Option<&str>) -> String {
        let (mut path, mut query, mut headers) = (self.path.clone(), String::new(), String::new());
        for (n, (name, stands, right)) in self.parameters.iter().enumerate() {
            let hostile = n == at;
            let value = if hostile { in_address(word) } else { in_address(right) };
            match stands {
                Where::Path => path = path.replace(&format!("{{{name}}}"), &value),
                // Of the others only what has to be there.
                Where::Query if hostile || ["area", "point", "q"].contains(&name.as_str()) => {
                    let sign = if query.is_empty() { '?' } else { '&' };
                    query += &format!("{sign}{}={value}", in_address(name));
                }
                Where::Header if hostile => {
                    let word: String = word.chars().filter(|c| !c.is_control()).collect();
                    headers += &format!("{name}: {word}\r\n");
                }
                _ => {}
            }
        }
        let key = key.map(|key| format!("x-api-key: {key}\r\n")).unwrap_or_default();
        format!(
            "{} {path}{query} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{key}{headers}",
            self.method
        )
    }

    /// What it is, whichever layer it is of.
    fn kind(&self) -> String {
        let mut parts: Vec<&str> = self.path.split('/').collect();
        if parts.get(1) == Some(&"collections") && parts.len() > 2 {
            parts[2] = "LAYER";
        }
        format!("{} {}", self.method, parts.join("/"))
    }
}

/// All requests that come of a document.
pub fn all(document: &Json, host: &str, key: Option<&str>, random: &mut Random) -> Outcome<Vec<Asked>> {
    let operations = read(document);
    if operations.len() < 10 {
        return Err(format!("/api tells of {} operations", operations.len()).into());
    }
    // Of the same place in many layers, one layer after the other is asked.
    let mut places: BTreeMap<(String, Where, String), Vec<(usize, usize)>> = BTreeMap::new();
    let mut kinds: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (o, operation) in operations.iter().enumerate() {
        kinds.entry(operation.kind()).or_default().push(o);
        let mut own = 0;
        for (n, (name, stands, _)) in operation.parameters.iter().enumerate() {
            let is_attribute =
                operation.path.ends_with("/items") && *stands == Where::Query && name.contains('_');
            own += usize::from(is_attribute);
            if !is_attribute || own <= ATTRIBUTES_OF_A_LAYER {
                places.entry((operation.kind(), *stands, name.clone())).or_default().push((o, n));
            }
        }
    }
    let mut asked = Vec::new();
    let mut turn = 0;
    // One request in three comes from somebody who is let in.
    let mut keyed = || {
        turn += 1;
        key.filter(|_| turn % 3 == 0)
    };
    for found in places.values() {
        let all_words = WORDS.iter().map(|word| (*word).to_owned());
        let long = LONG.iter().map(|(word, times)| word.repeat(*times));
        for word in all_words.chain(long) {
            let (o, n) = found[(random.unit() * found.len() as f64) as usize];
            let operation = &operations[o];
            let mut head = operation.head(n, &word, host, keyed());
            if !operation.bodies.is_empty() {
                head += "content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
            } else {
                head += "\r\n";
            }
            asked.push(Asked::of("parameters", head.into_bytes()));
        }
    }
    for found in kinds.values() {
        // A name that nobody has, and each twice.
        for word in [
            "no_such_parameter=1",
            "f=json&f=html",
            "limit=1&limit=2",
            "&&&=&=",
            "%00=%00",
            "filter=1=1&filter-lang=x",
        ] {
            let operation = &operations[found[(random.unit() * found.len() as f64) as usize]];
            let head = operation.head(usize::MAX, "", host, keyed());
            let head = head.replacen(
                " HTTP/1.1",
                &format!("{}{word} HTTP/1.1", if head.contains('?') { '&' } else { '?' }),
                1,
            );
            asked.push(Asked::of("parameters", (head + "\r\n").into_bytes()));
        }
    }
    for found in kinds.values() {
        for (kind, body) in bodies() {
            let operation = &operations[found[(random.unit() * found.len() as f64) as usize]];
            for method in writing(operation) {
                let head = operation.head(usize::MAX, "", host, keyed());
                let head = head.replacen(&operation.method, method, 1);
                let head = format!("{head}content-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
                asked.push(Asked {
                    may_be_closed: true,
                    ..Asked::of("bodies", [head.as_bytes(), &body].concat())
                });
            }
        }
    }
    Ok(asked)
}

/// The methods by which a body is sent there: its own, or one that it does not have.
fn writing(operation: &Operation) -> &'static [&'static str] {
    match operation.method.as_str() {
        "POST" => &["POST"],
        "PUT" => &["PUT"],
        "PATCH" => &["PATCH"],
        _ => &[],
    }
}

/// Bodies, each with what it says it is.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    const JSON: &str = "application/json";
    let mut all: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for word in WORDS {
        let text = in_json(word.trim_start_matches('~'));
        for member in ["filter", "area", "sortby", "bbox", "limit", "group", "datetime", "crs", "properties"]
        {
            all.push((JSON, format!("{{\"{member}\":{text}}}").into_bytes()));
        }
        all.push((JSON, format!("{{{text}:1}}").into_bytes()));
        all.push((
            JSON,
            format!("{{\"type\":\"Feature\",\"properties\":{{{text}:{text}}},\"geometry\":null}}")
                .into_bytes(),
        ));
    }
    for depth in [100, 10_000, 200_000] {
        all.push((JSON, vec![b'['; depth]));
        all.push((JSON, "{\"filter\":".repeat(depth).into_bytes()));
        let deep = format!(
            "{{\"filter\":{}true{}}}",
            "{\"op\":\"not\",\"args\":[".repeat(depth),
            "]}".repeat(depth)
        );
        all.push((JSON, deep.into_bytes()));
        let collection = format!(
            "{{\"area\":{}null{}}}",
            "{\"type\":\"GeometryCollection\",\"geometries\":[".repeat(depth),
            "]}".repeat(depth)
        );
        all.push((JSON, collection.into_bytes()));
    }
    for text in [
        "",
        "null",
        "[]",
        "1",
        "\"a\"",
        "{",
        "{\"filter\":}",
        "{\"a\":1,\"a\":2}",
        "{\"limit\":1e999}",
        "{\"limit\":-9223372036854775808}",
        "{\"bbox\":[1e308,1e308,-1e308,-1e308]}",
        "{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[1e308,1],[2,3],[4,5],[1e308,1]]]}}",
        "{\"area\":{\"corners\":[[1,2],[3]],\"crs\":\"EPSG:0\"}}",
        "{\"area\":{\"buffer_m\":1e308,\"of\":\"bbox:1,2,3,4\"}}",
        "\u{feff}{}",
        "{\"\\u0000\":\"\\ud800\"}",
        "{\"type\":\"Feature\",\"properties\":{\"__proto__\":1},\"geometry\":{\"type\":\"Point\",\"coordinates\":[]}}",
        "[{\"op\":\"add\",\"path\":\"/properties/x\",\"value\":1}]",
    ] {
        for kind in [
            JSON,
            "application/geo+json",
            "application/merge-patch+json",
            "text/plain",
            "application/xml",
            "multipart/form-data; boundary=x",
            "",
        ] {
            all.push((kind, text.as_bytes().to_vec()));
        }
    }
    let kml = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><kml><Placemark><name>&x;</name></Placemark></kml>";
    all.push(("application/vnd.google-earth.kml+xml", kml.as_bytes().to_vec()));
    all.push(("application/zip", b"PK\x03\x04\x14\0\0\0\x08\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x10\0\0\0../../../../x.shp".to_vec()));
    all.push((
        "application/geopackage+sqlite3",
        b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20\xff\xff\xff\xff".repeat(20),
    ));
    all.push(("image/vnd.dxf", b"0\nSECTION\n2\nENTITIES\n0\nINSERT\n2\nA\n10\n1e999\n".repeat(50)));
    all.push(("application/octet-stream", (0..=255).cycle().take(5_000).collect()));
    all.push(("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"../../etc/x\"\r\n\r\n{}\r\n--x--\r\n".to_vec()));
    all
}

fn in_json(word: &str) -> String {
    Json::String(word.to_owned()).to_string()
}
