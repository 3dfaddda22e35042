//! The address that links carry, and what the client would like to get.

use super::Problem;
use axum::http::{HeaderMap, Uri, header};

/// The server's address as the client knows it, without a slash at the end. `tls`: it is asked over TLS.
pub fn base_url(public_url: Option<&str>, tls: bool, headers: &HeaderMap) -> Result<String, Problem> {
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
        _ if tls => "https",
        _ => "http",
    };
    Ok(format!("{scheme}://{host}"))
}

/// The parameters of an address as they stand there, `f` and `lang` left out.
pub fn without_form(uri: &Uri) -> String {
    let form = |part: &&str| !part.starts_with("f=") && !part.starts_with("lang=");
    uri.query().unwrap_or_default().split('&').filter(form).collect::<Vec<_>>().join("&")
}

/// Whether the client asks for a page: it names `text/html`, and likes nothing of JSON better.
/// `*/*` alone is no wish for a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok());
    let (mut html, mut json) = (0.0, 0.0);
    for (kind, quality) in accept.flat_map(weighted) {
        match kind {
            "text/html" | "application/xhtml+xml" => html = quality.max(html),
            kind if kind.ends_with("json") => json = quality.max(json),
            _ => {}
        }
    }
    html > 0.0 && html >= json
}

/// What a header lists, in small letters, each with its weight (RFC 9110, 12.4.2).
pub fn weights(headers: &HeaderMap, name: header::HeaderName) -> Vec<(String, f32)> {
    let lists = headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
    lists.flat_map(weighted).map(|(name, weight)| (name.to_ascii_lowercase(), weight)).collect()
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
}
