//! Streams that last: a quiet one is nobody's slow reader, they are bounded, and they end at once when the server stops.

use super::{Open, PATIENCE, hasty, rest, status};
use diaban::http::ConnectionLimits;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;

const ASKED: &str = "GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_stays_and_ends_at_once_when_the_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = Open::over_snapshots(hasty(), folder.path()).await;
    let mut one = open.said(ASKED).await;
    let (mut client, _going) = open.side_by_side().await;
    let (other, _) = client.send_request(open.get("/live"), true).unwrap();
    let mut other = other.await.unwrap();
    assert_eq!(other.status(), 200);
    let mut first = vec![0; 2048];
    let read = tokio::time::timeout(PATIENCE, one.read(&mut first)).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&first[..read]).into_owned();
    assert_eq!(status(&text), 200);
    assert!(text.contains("text/event-stream"), "{text}");
    assert!(other.body_mut().data().await.unwrap().is_ok(), "that it is open");
    // Longer than a slow reader, or somebody who asks nothing, is let be.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(open.ended("slow_reader") + open.ended("idle"), 0);

    let begun = Instant::now();
    open.stop.take().unwrap().send(()).unwrap();
    let text = rest(&mut one).await;
    assert!(text.ends_with("0\r\n\r\n"), "it ends as it should: {text}");
    // The other, too; its end may be a frame of its own.
    while let Some(piece) = other.body_mut().data().await {
        assert!(piece.unwrap().is_empty());
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opens_very_many_streams_is_refused_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let open = Open::over_snapshots(ConnectionLimits::default(), folder.path()).await;
    // Through a proxy, which tells for whom it asks.
    let asked = |who: &str| {
        let mut request = open.get("/live");
        request.headers_mut().insert("x-forwarded-for", who.parse().unwrap());
        request
    };
    let mut held = Vec::new();
    for _ in 0..4 {
        let (mut client, going) = open.side_by_side().await;
        for _ in 0..125 {
            let (answer, _) = client.send_request(asked("203.0.113.9"), true).unwrap();
            let answer = answer.await.unwrap();
            assert_eq!(answer.status(), 200);
            held.push(answer);
        }
        // It goes on for as long as somebody holds its streams.
        drop(going);
    }
    let (mut client, _going) = open.side_by_side().await;
    let mut ask = async |who: &str| client.send_request(asked(who), true).unwrap().0.await.unwrap();
    let refused = ask("203.0.113.9").await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(ask("203.0.113.10").await.status(), 200);
    // Who closes a map gives its place back.
    held.truncate(490);
    let started = Instant::now();
    while ask("203.0.113.9").await.status() != 200 {
        assert!(started.elapsed() < PATIENCE, "no place comes back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
