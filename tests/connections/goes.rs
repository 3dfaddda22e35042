//! Clients that go while they are answered, and a server that stops while it answers.

use super::{MANY_WELLS, Open, PATIENCE, hasty, rest, status};
use diaban::http::ConnectionLimits;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;

/// How long a statement may go on after whoever wanted its answer has gone. It would be ended in 10 s anyway.
const NOTICED: Duration = Duration::from_secs(3);

impl Open {
    /// Statements of the server that wait for the locked table.
    async fn waiting(&self) -> u32 {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                     AND wait_event_type = 'Lock' AND state = 'active'";
        self.database.text(count).await.unwrap().parse().unwrap()
    }

    async fn until_waiting(&self, count: u32, within: Duration) {
        let started = Instant::now();
        while self.waiting().await != count {
            assert!(started.elapsed() < within, "{} wait, not {count}", self.waiting().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statement_of_a_client_that_has_gone_is_cancelled_over_http1_and_http2() {
    let open =
        Open::with(ConnectionLimits { look: Duration::from_millis(500), ..ConnectionLimits::default() })
            .await;
    let owner = open.database.client().await;
    owner.batch_execute("BEGIN; LOCK TABLE gis.well IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let path = "/collections/well/items?limit=5&depth=3.5";
    let asking = open.said(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
    open.until_waiting(1, PATIENCE).await;
    drop(asking);
    open.until_waiting(0, NOTICED).await;

    let (mut client, going) = open.side_by_side().await;
    let (one, _) = client.send_request(open.get(path), true).unwrap();
    let (other, _) = client.send_request(open.get(path), true).unwrap();
    open.until_waiting(2, PATIENCE).await;
    drop(one);
    open.until_waiting(1, NOTICED).await;
    let (health, _) = client.send_request(open.get("/health/live"), true).unwrap();
    assert_eq!(health.await.unwrap().status(), 200, "only one answer was taken back");
    going.abort();
    drop((other, client));
    open.until_waiting(0, NOTICED).await;
    owner.batch_execute("COMMIT").await.unwrap();
    open.until_open(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_ends_when_the_server_stops_over_http1_and_http2() {
    let mut open = Open::with(hasty()).await;
    let owner = open.database.client().await;
    owner.batch_execute("BEGIN; LOCK TABLE gis.well IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let path = "/collections/well/items?limit=5";
    let mut one = open.said(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
    let (mut client, going) = open.side_by_side().await;
    let (other, _) = client.send_request(open.get(path), true).unwrap();
    let mut idle = open.said("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut begun = open.said("GET / HTTP/1.1\r\n").await;
    open.until_waiting(2, PATIENCE).await;
    drop(open.stop.take());
    assert_eq!(status(&rest(&mut idle).await), 200, "it is closed at once");
    rest(&mut begun).await;
    let refused = tokio::net::TcpStream::connect(open.address).await;
    assert!(refused.is_err(), "no new one is taken");
    assert!(!open.served.is_finished(), "it waits for what is under way");
    owner.batch_execute("COMMIT").await.unwrap();
    assert_eq!(status(&rest(&mut one).await), 200);
    let mut answer = other.await.unwrap();
    assert_eq!(answer.status(), 200);
    while let Some(piece) = answer.body_mut().data().await {
        piece.unwrap();
    }
    drop(client);
    going.await.unwrap();
    (&mut open.served).await.unwrap().unwrap();
    open.until_open(0).await;
    assert_eq!(open.ended("stopped"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_cut_off_ten_seconds_after_the_server_stops() {
    let mut open = Open::with(ConnectionLimits::default()).await;
    open.database.execute(MANY_WELLS).await;
    let download = "GET /collections/well/download?f=csv HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut untaken = open.said(download).await;
    let mut byte = [0];
    untaken.read_exact(&mut byte).await.unwrap();
    drop(open.stop.take());
    let begun = Instant::now();
    (&mut open.served).await.unwrap().unwrap();
    assert!((9..12).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    open.until_open(0).await;
    assert_eq!(open.ended("stopped"), 1);
}
