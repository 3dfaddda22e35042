//! What answers forbid the browser that shows them.
//!
//! Must not know routes: the kind of an answer decides.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a page may load: nothing from anywhere else. MapLibre's workers come as blobs. A page may stand in a
/// frame of the same address only, so that no other site can lay it under a click.
pub const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self' blob:; \
                               img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                               object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";
/// Of what is no page, nothing is ever run or framed.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// No page asks for any of these.
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), \
                           serial=(), usb=()";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What kind of answer it is, to a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Run and shown: a page.
    Page,
    /// Drawn, or part of a page, and never shown by itself: a policy of its own would only bind a picture's
    /// inner styles, and weigh on each tile.
    Part,
    /// Everything else.
    Data,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Self {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let parts = [
            "image/",
            "text/css",
            "text/javascript",
            "font/",
            "application/vnd.mapbox-",
            "application/vnd.maplibre-",
        ];
        if kind.starts_with("text/html") {
            Self::Page
        } else if parts.iter().any(|part| kind.starts_with(part)) {
            Self::Part
        } else {
            Self::Data
        }
    }
}

/// Puts the headers on an answer; a page gets the policy of pages. A policy that it has already stays.
pub fn put_headers(headers: &mut HeaderMap, page_policy: impl FnOnce() -> HeaderValue) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let (policy, frames) = match Kind::of(headers) {
        Kind::Part => return,
        Kind::Page => (page_policy(), "SAMEORIGIN"),
        Kind::Data => (HeaderValue::from_static(DATA_POLICY), "DENY"),
    };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    // For browsers that do not know `frame-ancestors`.
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static(frames));
    // An address may hold a name that was searched for, or the area of a case: it is told to nobody else.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS));
}
