//! Any text as a request, over a snapshot and without a database: lines are what stands in the address, the question
//! behind it, a header, and the body; the first byte chooses the route from the router's own list.

use crate::good::{GOOD, RUNTIME};
use axum::{
    Router,
    body::{self, Body},
    http::{Request, header},
};
use diaban::{
    http::{Site, paths, router},
    layer::{AccessClass, Caller},
    store::{
        LiveStore,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::sync::{Arc, LazyLock};
use tower::ServiceExt;

pub const SEEDS: &[&[u8]] = &[
    b"\x0aany\nbbox=106,10,107,12&datetime=2020-01-01/..&limit=5&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/9210&f=json\naccept: text/html\n",
    b"\x0aany\nfilter=size%3E3&sortby=-code&properties=code,size&crs=http://www.opengis.net/def/crs/EPSG/0/4326&cursor=3\nrange: bytes=0-1\n",
    b"\x0cany/12\nf=html&as_of=2026-01-01T00:00:00Z\nif-none-match: \"a\"\n",
    b"\x09any\n\ncontent-type: application/json\n{\"filter\":\"size > 3\",\"limit\":2}",
    b"\x12any\narea=bbox:106,10.9,107,11.9&group=code\ncontent-type: application/geo+json\n",
    b"\x13\narea=circle:106.4,11.0,5000&layers=any&f=html\naccept-language: vi\n",
    b"\x16\npoint=106.41,11.0&crs=EPSG:9210\n\n",
    b"\x17\nq=T12&layers=any\n\n",
    b"\x19any/8/203/120\nproperties=code&f=mlt\naccept-encoding: gzip\n",
];

static ROUTER: LazyLock<Router> = LazyLock::new(|| {
    for (path, bytes) in &GOOD.files {
        std::fs::write(path, bytes).expect("written");
    }
    let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(&GOOD.data)));
    snapshots.serve_newest(&GOOD.catalog);
    let store = LiveStore::new(None, Some(snapshots));
    let catalog = Arc::new(GOOD.catalog.clone());
    router(Arc::new(Site::new(store, catalog, Caller::anonymous(AccessClass::Restricted))))
});

pub fn ask(bytes: &[u8]) {
    let Some(request) = request(bytes) else { return };
    let asked = format!("{} {}", request.method(), request.uri());
    RUNTIME.block_on(async {
        let answer = ROUTER.clone().oneshot(request).await.expect("an answer");
        let status = answer.status().as_u16();
        // A stream of changes goes on for as long as somebody listens.
        if answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
            return;
        }
        let whole = body::to_bytes(answer.into_body(), 64 << 20).await;
        // Without a database some cannot be answered; what falls over is.
        assert!(status != 500 && whole.is_ok(), "{asked}: {status}");
    });
}

fn request(bytes: &[u8]) -> Option<Request<Body>> {
    let (which, rest) = bytes.split_first()?;
    let mut lines = rest.splitn(4, |byte| *byte == b'\n');
    let mut line = || str::from_utf8(lines.next().unwrap_or_default()).ok();
    let (named, question, said) = (line()?, line()?, line()?);
    let body = lines.next().unwrap_or_default();
    let templates = paths::<LiveStore>();
    let mut named = named.split('/');
    let path: Vec<&str> = templates[usize::from(*which) % templates.len()]
        .split('/')
        .map(|part| if part.starts_with('{') { named.next().unwrap_or("any") } else { part })
        .collect();
    let mut request = Request::builder()
        .method(if body.is_empty() { "GET" } else { "POST" })
        .uri(format!("{}?{question}", path.join("/")))
        .header(header::HOST, "localhost");
    if let Some((name, value)) = said.split_once(": ") {
        request = request.header(name, value);
    }
    request.body(Body::from(body.to_vec())).ok()
}
