//! The versions that a client says it has, or read: what `If-None-Match` and `If-Match` list (RFC 9110, 8.8.3 and 13.1).
//!
//! Must not know what has a tag.

use axum::http::{
    HeaderMap,
    header::{HeaderName, IF_NONE_MATCH, ToStrError},
};

/// The tags that a header lists, those of a header that stands several times together. None of ours has a comma in it.
pub fn listed(request: &HeaderMap, name: HeaderName) -> Result<Vec<&str>, ToStrError> {
    let mut tags = Vec::new();
    for value in request.get_all(name) {
        tags.extend(value.to_str()?.split(',').map(str::trim));
    }
    Ok(tags)
}

/// Whether `If-None-Match` names the tag, or any: compared weakly (13.1.2). One that cannot be read names none.
pub fn is_held(request: &HeaderMap, etag: &[u8]) -> bool {
    let tags = listed(request, IF_NONE_MATCH).unwrap_or_default();
    tags.into_iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header::IF_MATCH};

    fn with(values: &[&'static [u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_NONE_MATCH, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_tag_is_held_alone_in_a_list_weak_or_as_any() {
        let holds = |values: &[&'static [u8]]| is_held(&with(values), b"\"a1\"");
        for held in [&b"\"a1\""[..], b"W/\"a1\"", b"\"b2\", \"a1\"", b"\"b2\",W/\"a1\"", b"*"] {
            assert!(holds(&[held]), "{held:?}");
        }
        assert!(holds(&[b"\"b2\"", b"\"a1\""]), "a list may come as several headers");
        for other in [&b""[..], b"\"b2\"", b"a1", b"w/\"a1\"", b"W/W/\"a1\"", b"\"a1\xff\""] {
            assert!(!holds(&[other]), "{other:?}");
        }
        assert!(!holds(&[]));
    }

    #[test]
    fn tags_are_listed_as_they_stand() {
        let headers = with(&[b"\"a1\" , W/\"b2\"", b"*"]);
        assert_eq!(listed(&headers, IF_NONE_MATCH).unwrap(), ["\"a1\"", "W/\"b2\"", "*"]);
        assert_eq!(listed(&headers, IF_MATCH).unwrap(), [""; 0]);
        assert!(listed(&with(&[b"\"\xff\""]), IF_NONE_MATCH).is_err());
    }
}
