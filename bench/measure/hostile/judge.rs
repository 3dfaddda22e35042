//! Whether an answer tells what it must not, or is none.

use super::{
    wire::{Came, header},
    words::{PRODUCT, SCRIPT, SPLIT},
};

/// What stands in no answer: SQL, PostgreSQL's words, Rust's, files.
const INSIDE: &[&str] = &[
    "SELECT ",
    "INSERT INTO",
    "FROM gis",
    "WHERE ",
    "SQLSTATE",
    "syntax error at or near",
    "ERROR:",
    "pg_catalog",
    "pg_snapshot",
    "diaban.change",
    "diaban.old_row",
    "diaban.api_key",
    "ST_Intersects(",
    "ST_MakeEnvelope",
    "tokio",
    "deadpool",
    "panicked",
    "RUST_BACKTRACE",
    "stack backtrace",
    "called `Option",
    "called `Result",
    ".rs:",
    "index out of bounds",
    "root:x:0",
    "/home/",
    "/root/",
    "/usr/lib/",
    "/var/lib/",
    "/proc/self",
    "os error",
    PRODUCT,
];

/// Holds that made-up answers that tell too much, or are none, are found, and a good one is not.
pub fn tried() -> Result<(), String> {
    let answer = |status, head: &str, body: &str| Came::Answer {
        status,
        head: format!("HTTP/1.1 {status} x\r\n{head}"),
        body: body.as_bytes().to_vec(),
    };
    let bad = [
        answer(500, "", ""),
        answer(503, "", ""),
        answer(400, "", "near \"x\": syntax error at or near"),
        answer(400, "", "relation gis.well is not there"),
        answer(200, "", "thread 'main' panicked"),
        answer(200, "location: /root/x", ""),
        answer(200, &format!("{SPLIT}: 1"), ""),
        answer(200, "", PRODUCT),
        answer(200, "content-type: text/html", &format!("<p>{SCRIPT}")),
        answer(200, "", "a secret folder"),
        Came::Hung,
        Came::Closed,
        Came::Garbled(Vec::new()),
    ];
    let secrets = ["secret folder".to_owned()];
    if let Some(at) = bad.iter().position(|came| wrong(came, false, &secrets).is_none()) {
        return Err(format!("the judge finds nothing wrong with made-up answer {at}"));
    }
    let good =
        [answer(503, "retry-after: 1", ""), answer(200, "", "http://www.opengis.net/def/crs/EPSG/0/9210")];
    match good.iter().find_map(|came| wrong(came, false, &secrets)) {
        Some(why) => Err(format!("the judge finds wrong with a good answer: {why}")),
        None => Ok(()),
    }
}

/// Whether a SETTINGS frame of the connection is there first (RFC 9113, 3.4 and 6.5).
fn begins_http2(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, 4, 0, 0, 0, 0, 0, ..])
}

/// What is wrong with what came of a request; `None` if nothing is. `secrets` are folders and names of the server's own.
pub fn wrong(came: &Came, may_be_closed: bool, secrets: &[String]) -> Option<String> {
    let (status, head, body) = match came {
        Came::Answer { status, head, body } => (*status, head, body),
        Came::Closed if may_be_closed => return None,
        Came::Closed => return Some("the connection ended without an answer".to_owned()),
        Came::Hung => return Some("no whole answer in 10 s".to_owned()),
        // Who begins as HTTP/2 does is answered so.
        Came::Garbled(bytes) if may_be_closed && begins_http2(bytes) => return None,
        Came::Garbled(bytes) => {
            return Some(format!("no HTTP: {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)])));
        }
    };
    if status >= 500 && !(status == 503 && header(head, "retry-after").is_some()) {
        let body = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        return Some(format!("status {status}: {body}"));
    }
    if header(head, SPLIT).is_some() {
        return Some("a header of the client's making".to_owned());
    }
    let text = String::from_utf8_lossy(body);
    let kind = header(head, "content-type").unwrap_or_default();
    if kind.starts_with("text/html") && (text.contains(SCRIPT) || text.contains("<img src=x onerror")) {
        return Some("a page that runs what the client wrote".to_owned());
    }
    let inside = INSIDE.iter().copied().chain(secrets.iter().map(String::as_str));
    let mut shown = inside.filter(|word| text.contains(word) || head.contains(word));
    // The schema in which the tables are, as a word of its own.
    let schema = text.match_indices("gis.").any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric));
    shown.next().map(str::to_owned).or(schema.then(|| "gis.".to_owned())).map(|word| {
        let at = text.find(&word).unwrap_or_default();
        let around: String =
            text.chars().skip(text[..at].chars().count().saturating_sub(60)).take(160).collect();
        format!("{status} shows {word:?}: …{around}…")
    })
}
