//! What is made once and sent to all as it is, until the program ends. Must not know what it shows.

use super::entity_tag;
use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use xxhash_rust::xxh3::xxh3_128;

/// Bytes, and the tag that they are known by.
#[derive(Debug, Clone)]
pub struct Rendered {
    body: Bytes,
    etag: String,
}

impl From<Vec<u8>> for Rendered {
    fn from(body: Vec<u8>) -> Self {
        Self { etag: format!("\"{:032x}\"", xxh3_128(&body)), body: body.into() }
    }
}

impl Rendered {
    /// The answer; 304 if the client has it.
    pub fn answer(&self, kind: &str, cache: &str, request: &HeaderMap) -> Response {
        let headers =
            [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache), (header::ETAG, &self.etag)];
        if entity_tag::is_held(request, self.etag.as_bytes()) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, self.body.clone()).into_response()
    }
}
