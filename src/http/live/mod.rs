//! `GET /live`: what changes in layers, as it changes, so that an open map asks anew for the tiles that were touched
//! and for no other. Server-Sent Events (HTML Standard, 9.2).
//!
//! ```text
//! store ─ a change, once ─▶ what each kind of view sees of it, once (`told`) ─▶ the streams of those who see it (`stream`)
//! ```
//!
//! A view is told of what it sees, and of nothing else: neither that something has changed, nor how often. An event
//! holds no attribute and no id of a feature.
//!
//! Must not know how changes come about.

/// One caller's stream.
mod stream;
/// Changes as text.
mod told;

use super::{
    Problem, SeenSite,
    parameters::{Parameters, chosen_views},
    problem::shown,
};
use crate::{layer::LayerView, store::FeatureStore};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use std::{collections::BTreeSet, time::Duration};
use stream::Stream;
use tokio::sync::watch;
use told::{Told, hello};

/// What may be asked for.
pub const PARAMETERS: [&str; 2] = ["layers", "seconds"];
/// The longest that a stream can be asked to last; one of which nothing is said lasts as long as both sides.
pub const SECONDS_MAX: u32 = 86_400;
/// The media type of the stream.
pub const EVENTS: &str = "text/event-stream";

/// What a client that was away before says (HTML Standard, 9.2.3).
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells a proxy (nginx) to hand on each event as it comes.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What all streams of a site share.
#[derive(Debug)]
pub struct Live {
    told: Told,
    ended: watch::Sender<bool>,
}

impl Default for Live {
    fn default() -> Self {
        Self { told: Told::default(), ended: watch::Sender::new(false) }
    }
}

impl Live {
    /// Ends all streams, and each that begins from now on: the server stops.
    pub fn end(&self) {
        self.ended.send_replace(true);
    }
}

/// The stream.
pub async fn live<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::strict(&uri, &PARAMETERS)?;
    let lasts = parameters.value("seconds").map(seconds).transpose()?;
    let views = chosen_views(&site, parameters.value("layers"))?;
    // From now on: what changes while the client is told so is told behind it.
    let listener = site.store.changes();
    let is_followed = |view: &&LayerView| {
        listener.is_some() && view.layer().table.as_ref().is_none_or(|table| table.refresh_s.is_some())
    };
    let followed: BTreeSet<String> =
        views.iter().filter(is_followed).map(|view| view.id().to_owned()).collect();
    let was_away = headers.contains_key(LAST_EVENT_ID);
    let hello = hello(&followed, was_away);
    let body = match listener {
        Some(listener) => Stream::new(site, &headers, followed, listener, lasts).begin(hello),
        // There is nothing to wait for.
        None => Body::from(hello),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(EVENTS)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, body).into_response())
}

fn seconds(text: &str) -> Result<Duration, Problem> {
    let digits = !text.is_empty() && text.len() < 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().unwrap_or(u32::MAX)).filter(|number| *number <= SECONDS_MAX);
    let wrong = || {
        let text = shown(text);
        Problem::bad_request(format!("seconds: {text} is no whole number from 0 to {SECONDS_MAX}"))
    };
    number.map(|number| Duration::from_secs(number.into())).ok_or_else(wrong)
}
