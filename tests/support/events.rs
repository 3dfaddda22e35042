//! A stream of Server-Sent Events, read as a client does.

use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt;
use serde_json::Value as Json;
use std::time::Duration;
use tower::ServiceExt;

/// A stream that is open.
pub struct Events {
    body: Body,
    text: String,
}

/// One event.
#[derive(Debug)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Json,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    Event(Event),
    /// Nothing, for as long as was waited.
    Nothing,
    End,
}

impl Events {
    /// Asks, and takes the first event, which says that the stream is open.
    pub async fn open(router: &Router, path: &str, headers: &[(&str, &str)]) -> (Self, Event) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("content-encoding"));
        let mut events = Self { body: response.into_body(), text: String::new() };
        let first = events.event(Duration::from_secs(2)).await;
        assert_eq!(first.name, "open");
        (events, first)
    }

    /// The next event, or its end, within this time.
    pub async fn next(&mut self, within: Duration) -> Next {
        let read = async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let (event, rest) = (read(event), rest.to_owned());
                    self.text = rest;
                    match event {
                        Some(event) => return Next::Event(event),
                        None => continue,
                    }
                }
                let Some(frame) = self.body.frame().await else { return Next::End };
                if let Ok(data) = frame.unwrap().into_data() {
                    self.text.push_str(std::str::from_utf8(&data).unwrap());
                }
            }
        };
        tokio::time::timeout(within, read).await.unwrap_or(Next::Nothing)
    }

    /// The event that comes within this time.
    pub async fn event(&mut self, within: Duration) -> Event {
        match self.next(within).await {
            Next::Event(event) => event,
            other => panic!("no event: {other:?}"),
        }
    }

    /// Nothing comes for that time, and it does not end.
    pub async fn silent(&mut self, for_so_long: Duration) {
        let next = self.next(for_so_long).await;
        assert!(matches!(next, Next::Nothing), "{next:?}");
    }
}

impl Event {
    /// Whether it says that the tile `z/x/y` was touched.
    pub fn touches(&self, tile: &str) -> bool {
        let named =
            |tile: &str| self.data["tiles"].as_array().is_some_and(|all| all.iter().any(|t| t == tile));
        let numbers: Vec<u32> = tile.split('/').map(|n| n.parse().unwrap()).collect();
        let [z, x, y] = numbers[..] else { panic!("{tile}") };
        let deepest = u32::try_from(self.data["deepest"].as_u64().unwrap_or_default()).unwrap();
        let up = z.saturating_sub(deepest);
        self.data["all"] == true
            || self.data["below"].as_u64().is_some_and(|below| u64::from(z) < below)
            || named(&format!("{}/{}/{}", z - up, x >> up, y >> up))
    }
}

fn read(text: &str) -> Option<Event> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    Some(Event {
        name: field("event")?.to_owned(),
        id: field("id")?.to_owned(),
        data: serde_json::from_str(field("data")?).unwrap(),
    })
}
