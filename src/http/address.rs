//! The address that links carry, and what the client would like to get.

use super::Problem;
use axum::http::{HeaderMap, header};

/// The server's address as the client knows it, without a slash at the end.
pub fn base_url(public_url: Option<&str>, headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(url) = public_url {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text("host").unwrap_or("localhost");
    let sound = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    if host.is_empty() || !host.chars().all(sound) {
        return Err(Problem::bad_request("the header Host is no host name"));
    }
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    Ok(format!("{scheme}://{host}"))
}

/// Whether the client asks for a page: it names `text/html`, and likes nothing of JSON better.
/// `*/*` alone is no wish for a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok());
    let (mut html, mut json) = (0.0, 0.0);
    for (kind, quality) in accept.flat_map(weighted) {
        match kind {
            "text/html" | "application/xhtml+xml" => html = quality.max(html),
            "application/json" | "application/geo+json" => json = quality.max(json),
            _ => {}
        }
    }
    html > 0.0 && html >= json
}

/// Whether the client takes gzip (RFC 9110, 12.5.3): named with a weight above 0, or meant by
/// `*`, and not liked less than identity.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    let (mut gzip, mut any, mut identity) = (None, None, None);
    for (coding, quality) in accept.flat_map(weighted) {
        match coding {
            "gzip" | "x-gzip" => gzip = Some(quality),
            "*" => any = Some(quality),
            "identity" => identity = Some(quality),
            _ => {}
        }
    }
    let wanted: f32 = gzip.or(any).unwrap_or(0.0);
    wanted > 0.0 && identity.is_none_or(|q| wanted >= q)
}

/// The members of a list with weights: `a;q=0.5, b`.
fn weighted(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.split(',').filter_map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let name = parts.next().filter(|n| !n.is_empty())?;
        let quality = parts.find_map(|p| p.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok());
        Some((name, quality.filter(|q: &f32| (0.0..=1.0).contains(q)).unwrap_or(0.0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap_or_else(|_| unreachable!()));
        headers
    }

    #[test]
    fn only_who_asks_for_html_gets_the_page() {
        let wants = |accept| wants_page(&with(header::ACCEPT, accept));
        assert!(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!wants("*/*"));
        assert!(!wants("application/json"));
        assert!(!wants("application/json, text/html;q=0.5"));
        assert!(!wants("text/html;q=0"));
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn gzip_goes_only_to_who_takes_it() {
        let takes = |accept| takes_gzip(&with(header::ACCEPT_ENCODING, accept));
        assert!(takes("gzip, deflate, br"));
        assert!(takes("*"));
        assert!(takes("br;q=1.0, gzip;q=0.2"));
        assert!(!takes("gzip;q=0"));
        assert!(!takes("gzip;q=0, *"));
        assert!(!takes("br"));
        assert!(!takes("identity, gzip;q=0.5"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
