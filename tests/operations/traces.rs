//! Traces of requests, as a collector gets them.

use super::{Server, collector::Collector, collector::Span};
use crate::support::{
    TestDatabase,
    desk::Desk,
    served::{ROWS, Served},
};
use diaban::layer::AccessClass;
use std::time::{Duration, Instant};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const OF_CLIENT: &str = "00f067aa0ba902b7";

fn traceparent(trace: &str, flags: &str) -> String {
    format!("00-{trace}-{OF_CLIENT}-{flags}")
}

async fn database(desk: &Desk) -> TestDatabase {
    let database = TestDatabase::with_catalog(&desk.catalog()).await;
    database.execute(ROWS).await;
    database
}

/// The span of that name, and the one that it lies in.
fn found<'a>(spans: &'a [Span], name: &str) -> (&'a Span, Option<&'a Span>) {
    let span = spans.iter().find(|span| span.name() == name);
    let span = span.unwrap_or_else(|| panic!("no {name} in {spans:#?}"));
    (span, spans.iter().find(|above| above.0["spanId"] == span.0["parentSpanId"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_items_gives_one_trace_with_its_children_and_nothing_secret() {
    let desk = Desk::new();
    let database = database(&desk).await;
    let collector = Collector::open();
    let server = Server::start(&desk, database.url(), &["--otlp", &collector.address]).await;
    let key = format!("diaban_{}", "0a".repeat(32));
    let asked = traceparent(TRACE, "01");
    let path = "/collections/well/items?code=hidden-word&limit=3";
    let headers = [("traceparent", asked.as_str()), ("x-api-key", key.as_str())];
    assert_eq!(server.get(path, &headers).await.status, 401, "a key that nobody has");
    let answer = server.get("/collections/well/items?filter=code%3C%3E'hidden-word'", &headers[..1]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let name = answer.headers["diaban-request-id"].to_str().unwrap();
    let told = answer.headers["traceresponse"].to_str().unwrap();
    let (of_request, none) = (told.split('-').nth(2).unwrap(), told.contains(OF_CLIENT));
    assert!(told.starts_with(&format!("00-{TRACE}-")) && told.ends_with("-01") && !none, "{told}");

    let begun = Instant::now();
    let spans = loop {
        let spans = collector.spans(TRACE);
        if spans.iter().filter(|span| span.0["kind"] == 2).count() == 2 {
            break spans;
        }
        assert!(begun.elapsed() < Duration::from_secs(15), "{spans:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let root = spans.iter().find(|span| span.0["spanId"] == of_request).unwrap();
    assert_eq!(root.name(), "GET /collections/{layer}/items");
    assert_eq!((&root.0["parentSpanId"], &root.0["kind"]), (&OF_CLIENT.into(), &2.into()));
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/collections/{layer}/items"),
        ("http.response.status_code", "200"),
        ("url.path", "/collections/well/items"),
        ("diaban.request_id", name),
    ] {
        assert_eq!(root.attribute(key).as_deref(), Some(value), "{key}");
    }
    let (store, above) = found(&spans, "store.rows");
    assert_eq!(above.unwrap().0["spanId"], of_request);
    assert_eq!(store.attribute("diaban.layer").as_deref(), Some("well"));
    let read = spans.iter().filter(|span| ["snapshot.read", "postgresql.statement"].contains(&span.name()));
    assert!(read.clone().any(|read| read.0["parentSpanId"] == store.0["spanId"]), "{spans:#?}");
    for span in &spans {
        let time = |key: &str| span.0[key].as_str().unwrap().parse::<u128>().unwrap();
        assert!(time("startTimeUnixNano") > 0 && time("startTimeUnixNano") <= time("endTimeUnixNano"));
    }

    for hidden in ["hidden-word", &key[7..], "filter", "SELECT", "bimat"] {
        assert!(!collector.text().contains(hidden), "{hidden}");
    }
    assert!(server.metric("diaban_trace_spans_sent_total").await.unwrap() >= spans.len() as f64);
    assert_eq!(server.metric("diaban_trace_spans_dropped_total").await, Some(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_is_traced_when_it_is_made_and_when_it_is_there_and_who_asks_says_whether() {
    let desk = Desk::new();
    let database = database(&desk).await;
    let collector = Collector::open();
    let server = Server::start(&desk, database.url(), &["--otlp", &collector.address]).await;
    let tiles = ["4bf92f3577b34da6a3ce929d0e0e4701", "4bf92f3577b34da6a3ce929d0e0e4702"];
    for trace in tiles {
        let asked = traceparent(trace, "01");
        assert_eq!(server.get("/tiles/well/0/0/0", &[("traceparent", &asked)]).await.status, 200);
    }
    let made = collector.whole(tiles[0]).await;
    let (_, above) = found(&made, "tile.render");
    assert_eq!(above.unwrap().name(), "GET /tiles/{layers}/{z}/{x}/{y}");
    assert_eq!(found(&made, "store.scan").1.unwrap().name(), "tile.render");
    let there = collector.whole(tiles[1]).await;
    assert!(found(&there, "GET /tiles/{layers}/{z}/{x}/{y}").1.is_none());

    // Who asks says that it is not kept.
    let unkept = "4bf92f3577b34da6a3ce929d0e0e4703";
    let answer = server.get("/collections", &[("traceparent", &traceparent(unkept, "00"))]).await;
    assert!(!answer.headers.contains_key("traceresponse"));
    // Who says nothing is traced anew, and what leads nowhere tells no path.
    let answer = server.get("/hidden-word/way?x=hidden-word", &[]).await;
    let trace = answer.headers["traceresponse"].to_str().unwrap().split('-').nth(1).unwrap().to_owned();
    let lost = collector.whole(&trace).await;
    assert_eq!((lost[0].name(), lost[0].attribute("url.path")), ("GET", None));
    assert!(lost[0].0["parentSpanId"].is_null());

    let text = collector.text();
    assert!(!text.contains("hidden-word") && !text.contains(unkept), "{text}");
    // What waits is sent before it ends.
    let last = "4bf92f3577b34da6a3ce929d0e0e4704";
    server.get("/collections", &[("traceparent", &traceparent(last, "01"))]).await;
    server.stop().await;
    assert!(!collector.spans(last).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_or_is_not_there_holds_nothing_up() {
    let desk = Desk::new();
    let database = database(&desk).await;
    for address in [Collector::silent(), "http://127.0.0.1:1".to_owned()] {
        let server = Server::start(&desk, database.url(), &["--otlp", &address]).await;
        let begun = Instant::now();
        let mut slowest = Duration::ZERO;
        while server.metric("diaban_trace_spans_dropped_total").await == Some(0.0) {
            let asked = Instant::now();
            assert_eq!(server.get("/collections/well/items?limit=1", &[]).await.status, 200);
            slowest = slowest.max(asked.elapsed());
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is dropped");
        }
        assert!(slowest < Duration::from_secs(3), "{address}: {slowest:?}");
        let stopped = server.stop().await;
        assert!(stopped < Duration::from_secs(12), "{address}: {stopped:?}");
    }
}

#[tokio::test]
async fn without_a_collector_no_request_is_traced() {
    let served = Served::to(AccessClass::Open).await;
    let asked = traceparent(TRACE, "01");
    let answer = served.get_with("/collections/well/items", &[("traceparent", &asked)]).await;
    assert_eq!((answer.status, answer.header("traceresponse")), (200, None));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_anything_is_done() {
    let desk = Desk::new();
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_TRACES_SAMPLER_ARG", "ten"),
    ] {
        let mut command = desk.command(None, &["serve", "--listen", "127.0.0.1:0"]);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318").env(name, value);
        let done = command.output().await.unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("http://127.0.0.1:4318") || said.contains("from 0 to 1"), "{said}");
        assert!(!desk.path().join("data").exists());
    }
}
