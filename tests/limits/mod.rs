//! No caller has all of the server: what is over a limit is refused at once, others go on, and whoever goes away
//! frees what he had.

/// Tiles with a filter.
mod filtered;
/// Statements of whoever has gone.
mod gone;
/// Layers that are named.
mod named;
/// The page that lists the limits.
mod page;
/// One caller with two hundred clients, and a crowd.
mod shares;

use crate::support::served::{Answer, Served};
use axum::{Router, body::Body, extract::ConnectInfo};
use diaban::layer::AccessClass;
use http_body_util::BodyExt;
use std::{net::SocketAddr, time::Duration};
use tokio_postgres::Client;
use tower::ServiceExt;

/// Two people, each at an address of his own.
const ANNA: &str = "203.0.113.7";
const BINH: &str = "198.51.100.9";
/// A question that waits for the table `gis.well`, and one that does not.
const SLOW: &str = "/collections/well/items";
const QUICK: &str = "/collections/road/items";

/// Layers in PostGIS, for anyone; and a session that keeps everybody from one of the tables, as a query that takes
/// half a minute would.
async fn with_a_slow_table() -> (Served, Client) {
    let served = Served::to(AccessClass::Open).await;
    let held = held(&served, "gis.well").await;
    (served, held)
}

async fn held(served: &Served, table: &str) -> Client {
    let client = served.database.client().await;
    client.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await.unwrap();
    client
}

/// The answer to a request from an address.
async fn asked(router: Router, method: &str, path: &str, from: &str, body: &'static str) -> Answer {
    let peer = SocketAddr::new(from.parse().unwrap(), 4711);
    let request = axum::http::Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json").extension(ConnectInfo(peer));
    let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { asked: format!("{method} {path}"), status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn get(router: &Router, path: &str, from: &str) -> Answer {
    asked(router.clone(), "GET", path, from, "").await
}

/// A number of `/metrics`; 0 where there is none yet.
async fn metric(router: &Router, name: &str) -> u64 {
    let text = get(router, "/metrics", BINH).await.text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    line.unwrap_or(0)
}

/// Waits until it is so; fails if that takes long.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(8), wait).await.unwrap_or_else(|_| panic!("{what}"));
}
