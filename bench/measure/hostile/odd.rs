//! Requests that are no good HTTP, or hardly: heads, bodies and lengths that no browser would send.

use super::Asked;

const PATHS: &[&str] =
    &["/", "/collections", "/conformance", "/units?q=a", "/styles", "/assets/x", "/report", "/nothing"];
const METHODS: &[&str] = &[
    "HEAD",
    "OPTIONS",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "GETT",
    "get",
    "G\u{1}T",
    "",
    "PRI",
    "QUERY",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];
/// Headers with what is odd of them.
const HEADERS: &[(&str, &str)] = &[
    ("accept", "text/html;q=nan, */*;q=-1"),
    ("accept", ";;;,,,;q=,"),
    ("accept", "application/vnd.x+json; profile=\"\\\""),
    ("accept-encoding", "gzip;q=0, identity;q=0, *;q=0"),
    ("accept-encoding", "br, zstd, deflate, compress, x-y-z"),
    ("accept-encoding", "gzip, gzip, gzip, gzip, gzip;q=9"),
    ("accept-language", "vi-VN-x-\u{e9}, *;q=2"),
    ("accept-language", "'; drop table x; --"),
    ("range", "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6"),
    ("range", "bytes=-18446744073709551616"),
    ("range", "bytes=9-1"),
    ("range", "lines=a-z"),
    ("if-none-match", "*"),
    ("if-none-match", "W/\"\", \"a\", \"\u{ff}\", ,,,"),
    ("if-match", "\"no-such-one\""),
    ("if-match", "*"),
    ("if-modified-since", "Thu, 99 Nov 99999 99:99:99 GMT"),
    ("if-unmodified-since", "not a day"),
    ("if-range", "\"x\""),
    ("upgrade", "websocket"),
    ("upgrade", "h2c"),
    ("connection", "Upgrade, HTTP2-Settings"),
    ("http2-settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
    ("expect", "100-continue"),
    ("expect", "200-please"),
    ("te", "trailers, deflate;q=0.5"),
    ("origin", "null"),
    ("origin", "http://evil.example"),
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example\"><script>alert(7919)</script>"),
    ("x-forwarded-proto", "javascript"),
    ("x-forwarded-for", "127.0.0.1, ::1, '"),
    ("forwarded", "for=\"[::1]\";host=evil.example;proto=x"),
    ("x-original-url", "/health/live"),
    ("x-http-method-override", "DELETE"),
    ("content-length", "-1"),
    ("content-length", "99999999999999999999"),
    ("content-length", "1, 2"),
    ("content-encoding", "gzip"),
    ("content-type", "multipart/form-data"),
    ("content-type", "multipart/form-data; boundary=\"\""),
    ("transfer-encoding", "gzip, chunked"),
    ("transfer-encoding", "xchunked"),
    ("authorization", "Bearer"),
    ("authorization", "Bearer \u{e9}\u{fe}"),
    ("authorization", "Bearer a.b.c"),
    ("authorization", "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0."),
    ("authorization", "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2V0Yy9wYXNzd2QifQ.eyJpc3MiOiJhIn0.AAAA"),
    ("authorization", "Basic Og=="),
    ("authorization", "Digest username=\"'\""),
    ("x-api-key", "diaban_' or 1=1 --"),
    ("x-api-key", "diaban_00000000000000000000000000000000000000000000"),
    ("cookie", "a=b; a=b; ; =; x"),
    ("x-request-id", "a\u{1b}[31mred"),
    ("traceparent", "00-00000000000000000000000000000000-0000000000000000-ff"),
    ("user-agent", "${jndi:ldap://127.0.0.1:1/a}"),
    ("referer", "javascript:alert(7919)"),
    ("bad header", "x"),
    ("", "x"),
    ("a\u{0}b", "x"),
    ("x", "a\u{0}b"),
    ("x", "a\rb"),
    ("x", "a\nx-split-answer: 1"),
];

/// All of them, as a client of `host` sends them.
pub fn all(host: &str) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut ask = |kind: &'static str, bytes: Vec<u8>, leaves: bool| {
        all.push(Asked { kind, bytes, leaves, may_be_closed: true });
    };
    let good = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{more}\r\n")
    };
    for path in PATHS {
        for method in METHODS {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            );
            ask("methods", head.into_bytes(), false);
        }
        for (name, value) in HEADERS {
            // Bytes above ASCII as Latin-1, as they would come.
            let head = good(path, &format!("{name}: {value}\r\n"));
            // A body that is announced never comes.
            let leaves = ["transfer-encoding", "content-length", "expect"].contains(name);
            ask("headers", head.chars().map(|c| c as u32 as u8).collect(), leaves);
        }
        for size in [100, 9_000, 70_000, 600_000] {
            ask("huge heads", good(path, &format!("x-long: {}\r\n", "a".repeat(size))).into_bytes(), false);
            ask("huge heads", good(&format!("{path}{}", "a".repeat(size)), "").into_bytes(), false);
            ask("huge heads", good(path, &format!("{}: a\r\n", "n".repeat(size))).into_bytes(), false);
            ask("huge heads", good(path, &"x-many: 1\r\n".repeat(size / 50)).into_bytes(), false);
            ask(
                "huge heads",
                good(path, &format!("cookie: {}\r\n", "a=b; ".repeat(size / 5))).into_bytes(),
                false,
            );
        }
        smuggled(path, host, &mut ask);
        cut_short(path, host, &mut ask);
        bodies(path, host, &mut ask);
    }
    for bytes in OTHER_TALK {
        ask("other protocols", bytes.to_vec(), true);
        ask("other protocols", [*bytes, &b"\r\n\r\n"[..]].concat(), true);
    }
    for form in [
        "*",
        "http://evil.example/",
        "//evil.example/",
        "/%",
        "/?%",
        "?",
        "#",
        "/#x",
        "/;x=1",
        "http:",
        "a:80",
        "/\u{e9}",
        "/ x",
        "/\t",
    ] {
        ask("targets", good(form, "").chars().map(|c| c as u32 as u8).collect(), false);
    }
    for path in traversals() {
        ask("traversal", good(&path, "").into_bytes(), false);
    }
    all
}

const OTHER_TALK: &[&[u8]] = &[
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    b"\0\0\0\0\0\0\0\0",
    b"SSH-2.0-x\r\n",
    b"GET /\r\n",
    b"GET / HTTP/0.9\r\n\r\n",
    b"GET / HTTP/3.0\r\nhost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\nhost: a\nconnection: close\n\n",
    b"\r\n\r\n\r\n",
    b"*1\r\n$4\r\nPING\r\n",
    b"EHLO a\r\n",
];

/// Lengths that two readers understand each in his way, with a second request hidden in the body.
fn smuggled(path: &str, host: &str, ask: &mut impl FnMut(&'static str, Vec<u8>, bool)) {
    let hidden = format!("GET /smuggled HTTP/1.1\r\nhost: {host}\r\nx-split-answer: 1\r\n\r\n");
    for (lengths, body) in [
        ("content-length: 6\r\ntransfer-encoding: chunked", format!("0\r\n\r\n{hidden}")),
        ("transfer-encoding: chunked\r\ncontent-length: 4", format!("5c\r\n{hidden}\r\n0\r\n\r\n")),
        ("transfer-encoding: chunked\r\ntransfer-encoding: identity", format!("0\r\n\r\n{hidden}")),
        ("transfer-encoding : chunked", format!("0\r\n\r\n{hidden}")),
        ("transfer-encoding:\tchunked", format!("0\r\n\r\n{hidden}")),
        (" transfer-encoding: chunked", format!("0\r\n\r\n{hidden}")),
        ("transfer-encoding: chunked\r\n foo: x", format!("0\r\n\r\n{hidden}")),
        ("content-length: 0\r\ncontent-length: 40", hidden.clone()),
        ("content-length: +5", hidden.clone()),
        ("content-length: 0x5", hidden.clone()),
        ("content-length:", hidden.clone()),
        ("content-length: 5 5", hidden.clone()),
    ] {
        for method in ["GET", "POST"] {
            let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{lengths}\r\n\r\n{body}");
            ask("smuggling", head.into_bytes(), true);
        }
    }
    let one = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let last = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    for count in [2, 10, 100] {
        ask("pipelining", (one.repeat(count) + &last).into_bytes(), false);
        ask("pipelining", (one.repeat(count) + "GARBAGE\r\n\r\n").into_bytes(), true);
    }
}

/// Requests whose end never comes: whoever sent them goes.
fn cut_short(path: &str, host: &str, ask: &mut impl FnMut(&'static str, Vec<u8>, bool)) {
    let whole = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{{\"filter\":"
    );
    for end in (1..whole.len()).step_by(9) {
        ask("half requests", whole.as_bytes()[..end].to_vec(), true);
    }
    for chunks in [
        "5\r\nab",
        "zz\r\nab\r\n0\r\n\r\n",
        "-1\r\na\r\n",
        "ffffffffffffffffff\r\na\r\n",
        "5;ext=\"\r\nabcde\r\n0\r\n\r\n",
        "0\r\nx: y\r\n",
        "1\na\n0\n\n",
        "5\r\nabcdeXX0\r\n\r\n",
        "\r\n\r\n",
        "0\r\nx-split-answer: 1\r\n\r\n",
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n{chunks}"
        );
        ask("bad chunks", head.into_bytes(), true);
    }
}

/// Bodies where none is wanted, or far too much of one.
fn bodies(path: &str, host: &str, ask: &mut impl FnMut(&'static str, Vec<u8>, bool)) {
    for (method, kind, size) in [
        ("GET", "text/plain", 100_000),
        ("POST", "application/json", 3_000_000),
        ("POST", "application/x-www-form-urlencoded", 100_000),
        ("DELETE", "x", 10),
    ] {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {size}\r\n\r\n"
        );
        ask("huge bodies", [head.as_bytes(), &vec![b'['; size]].concat(), false);
    }
}

/// Ways out of the folders that files are served from.
fn traversals() -> Vec<String> {
    let ups = [
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..%5c",
        "%252e%252e%252f",
        "..%c0%af",
        "%c0%ae%c0%ae/",
        "....//",
        "..;/",
        ".%2e/",
        "%2e./",
        "..%00/",
        "/..//../",
    ];
    let ends = [
        "etc/passwd",
        "etc/passwd%00",
        "etc/passwd%00.json",
        "proc/self/environ",
        "proc/self/cmdline",
        "Cargo.toml",
        "layers/school.toml",
    ];
    let from = ["/assets/", "/styles/", "/tiles/", "/collections/", "/tileMatrixSets/", "/", "/assets/x/"];
    let mut all = Vec::new();
    for from in from {
        for up in ups {
            all.extend(ends.iter().flat_map(|end| [1, 8].map(|n| format!("{from}{}{end}", up.repeat(n)))));
        }
        all.push(format!("{from}/etc/passwd"));
        all.push(format!("{from}%2fetc%2fpasswd"));
        all.push(format!("{from}C:%5cwindows%5cwin.ini"));
        all.push(format!("{from}{}", "a/".repeat(2_000)));
    }
    all
}
