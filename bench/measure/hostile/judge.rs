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

/// What is wrong with what came of a request; `None` if nothing is. `secrets` are folders and names of the server's own.
pub fn wrong(came: &Came, may_be_closed: bool, secrets: &[String]) -> Option<String> {
    let (status, head, body) = match came {
        Came::Answer { status, head, body } => (*status, head, body),
        Came::Closed if may_be_closed => return None,
        Came::Closed => return Some("the connection ended without an answer".to_owned()),
        Came::Hung => return Some("no whole answer in 10 s".to_owned()),
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
