//! A name for each request: in the header of its answer, in each line of the log about it, and in the words of an
//! answer that has to say that something went wrong. A tile that has been made already is answered without one.
//!
//! Must not know what was asked for beyond method and path: what stands behind the `?` may be somebody's name.

use super::on_record::without_secrets;
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use tracing::Instrument;

/// What the answer calls it.
const ANSWERED_AS: HeaderName = HeaderName::from_static("diaban-request-id");
/// How a proxy in front says what it calls it, so that both logs can be read together.
const ASKED_AS: [HeaderName; 2] = [ANSWERED_AS, HeaderName::from_static("x-request-id")];
/// Letters of a name that somebody else gave.
const LONGEST: usize = 64;

/// Differs from start to start.
static START: LazyLock<u64> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Milliseconds: no two starts of a server are nearer.
    u64::try_from(now.as_millis()).unwrap_or_default() ^ (u64::from(std::process::id()) << 44)
});

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// Of the request under way, or a new one.
pub fn current() -> Arc<str> {
    CURRENT.try_with(Arc::clone).unwrap_or_else(|_| made())
}

fn made() -> Arc<str> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", *START, NUMBER.fetch_add(1, Ordering::Relaxed)).into()
}

/// A name that came along, where it can stand in a log as it is.
fn given(headers: &HeaderMap) -> Option<Arc<str>> {
    let plain = |text: &&str| {
        (1..=LONGEST).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    ASKED_AS.iter().find_map(|name| headers.get(name)?.to_str().ok().filter(plain)).map(Arc::from)
}

/// Names a request, and has all that is logged on its way say so.
pub async fn named(request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(made);
    // Of the highest level, so that whatever is logged at all tells of which request it is.
    let path = without_secrets(request.uri().path());
    let span = tracing::error_span!("request", id = &*id, method = %request.method(), path = &*path);
    drop(path);
    let begun = Instant::now();
    let answer = CURRENT.scope(id.clone(), next.run(request));
    async move {
        let mut response = answer.await;
        let ms = begun.elapsed().as_secs_f64() * 1e3;
        tracing::info!(status = response.status().as_u16(), ms, "answered");
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(ANSWERED_AS, id);
        }
        response
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_garble_a_log_is_not_taken() {
        let with = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.extend(HeaderValue::from_str(text).map(|value| (ASKED_AS[1].clone(), value)));
            given(&headers).map(|id| id.to_string())
        };
        assert_eq!(with("7f3a-12_b.4"), Some("7f3a-12_b.4".to_owned()));
        for bad in ["", "a b", "a\u{9}b", "\"x\"", "{}", &"a".repeat(65)] {
            assert_eq!(with(bad), None, "{bad}");
        }
    }
}
