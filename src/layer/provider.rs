//! Providers of identity (OpenID Connect) in the file of grants: whose tokens are taken, and which agency a person is
//! of by one.
//!
//! Must not know how a token is read, nor how keys are fetched: here they have an address.

use super::{
    Catalog,
    document::{Document, LayerError},
};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    net::IpAddr,
    path::{Path, PathBuf},
};

/// How a token may be signed (RFC 7518, 3.1; RFC 8037). There is none by a secret that two share (HS256), because
/// whoever can check such a signature can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA, PKCS #1 1.5, SHA-256.
    RS256,
    /// RSA, PSS, SHA-256.
    PS256,
    /// ECDSA on P-256.
    ES256,
    /// ECDSA on P-384.
    ES384,
    /// Ed25519.
    EdDSA,
}

/// A provider of identity whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// What its tokens name as their issuer (`iss`), to the letter.
    pub issuer: String,
    /// What its tokens call this server (`aud`).
    pub audience: String,
    /// How its tokens may be signed.
    pub algorithms: Vec<SigningAlgorithm>,
    /// Where its public keys are.
    pub keys: KeySource,
    /// Which agency its persons are of.
    pub agency: AgencyRule,
    /// The claim that names the person.
    pub person_claim: String,
    /// What it calls the map page, where people sign in there (`client_id`, RFC 6749, 2.2). It is no secret.
    pub client_id: Option<String>,
}

/// Where the public keys of a provider are (a JWK set, RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Where `/.well-known/openid-configuration` under its issuer says (OpenID Connect Discovery 1.0, 4).
    Discovered,
    /// At this address.
    Address(String),
    /// In this file.
    File(PathBuf),
}

/// Which agency a person is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgencyRule {
    /// All of one.
    One(String),
    /// Of the one whose code the claim holds, if it is among these.
    Claim {
        /// Name of the claim.
        name: String,
        /// Codes that the provider may name.
        among: BTreeSet<String>,
    },
}

/// A provider, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderWritten {
    issuer: String,
    audience: String,
    #[serde(default = "usual")]
    algorithms: Vec<SigningAlgorithm>,
    /// An address or a file; a relative one begins at the file of grants.
    jwks: Option<String>,
    agency: Option<String>,
    agency_claim: Option<String>,
    agencies: Option<Vec<String>>,
    #[serde(default = "subject")]
    person_claim: String,
    client_id: Option<String>,
}

fn usual() -> Vec<SigningAlgorithm> {
    use SigningAlgorithm::{ES256, EdDSA, RS256};
    vec![RS256, ES256, EdDSA]
}

/// The one claim that a provider never gives to anybody else (OpenID Connect Core 1.0, 5.7).
fn subject() -> String {
    "sub".to_owned()
}

/// The providers of a file, and what is wrong with them.
pub(super) fn providers(
    written: Vec<ProviderWritten>,
    file: &Document<'_>,
    catalog: &Catalog,
) -> (Vec<Provider>, Vec<LayerError>) {
    let mut errors = Vec::new();
    let mut before = BTreeSet::new();
    for (i, provider) in written.iter().enumerate() {
        errors.extend(mistakes(provider, i, file, catalog));
        if !before.insert(&provider.issuer) {
            let message = format!("the issuer `{}` stands twice", provider.issuer);
            errors.push(file.error(&format!("provider.{i}.issuer"), message));
        }
    }
    let folder = Path::new(file.name()).parent().unwrap_or(Path::new(""));
    (written.into_iter().map(|provider| provider.checked(folder, catalog)).collect(), errors)
}

/// What is wrong with provider number `i`.
fn mistakes(written: &ProviderWritten, i: usize, file: &Document<'_>, catalog: &Catalog) -> Vec<LayerError> {
    let mut errors = Vec::new();
    let mut wrong =
        |key: &str, message: String| errors.push(file.error(&format!("provider.{i}.{key}"), message));
    let texts = [
        ("issuer", Some(&written.issuer)),
        ("audience", Some(&written.audience)),
        ("person_claim", Some(&written.person_claim)),
        ("agency_claim", written.agency_claim.as_ref()),
        ("jwks", written.jwks.as_ref()),
        ("client_id", written.client_id.as_ref()),
    ];
    for (key, _) in texts.iter().filter(|(_, text)| text.is_some_and(|text| text.trim().is_empty())) {
        wrong(key, "the text is empty".to_owned());
    }
    if written.algorithms.is_empty() {
        wrong("algorithms", "the list is empty; without it RS256, ES256 and EdDSA are taken".to_owned());
    }
    let only_so = "it begins with https://, or with http:// and names this machine";
    if written.client_id.is_some() && !is_trustworthy(&written.issuer) {
        wrong("client_id", format!("the map page asks the issuer itself where people sign in, so {only_so}"));
    }
    match &written.jwks {
        None if !is_trustworthy(&written.issuer) => {
            wrong("issuer", format!("where `jwks` does not say where the keys are, {only_so}"));
        }
        Some(jwks) if jwks.contains("://") && !is_trustworthy(jwks) => {
            wrong("jwks", format!("`{jwks}` is no address that can be trusted; {only_so}"));
        }
        _ => {}
    }
    match (&written.agency, &written.agency_claim) {
        (None, None) => wrong("", "one of the keys `agency` and `agency_claim` is missing".to_owned()),
        (Some(_), Some(_)) => {
            wrong(
                "agency_claim",
                "`agency` stands there too; one of both says whose persons they are".into(),
            );
        }
        _ => {}
    }
    if written.agencies.is_some() && written.agency_claim.is_none() {
        wrong("agencies", "it says which agencies `agency_claim` may name, and there is none".to_owned());
    }
    let no_agency =
        |code: &str| format!("there is no agency `{code}`; shared/agencies.toml of the layers lists them");
    let known = |code: &str| catalog.agencies().agencies.iter().any(|agency| agency.code == code);
    if let Some(code) = written.agency.as_ref().filter(|code| !known(code)) {
        wrong("agency", no_agency(code));
    }
    for (j, code) in written.agencies.iter().flatten().enumerate().filter(|(_, code)| !known(code)) {
        wrong(&format!("agencies.{j}"), no_agency(code));
    }
    errors
}

impl ProviderWritten {
    fn checked(self, folder: &Path, catalog: &Catalog) -> Provider {
        let all = || catalog.agencies().agencies.iter().map(|agency| agency.code.clone()).collect();
        let agency = match self.agency_claim {
            Some(name) => AgencyRule::Claim {
                name,
                among: self.agencies.map_or_else(all, |codes| codes.into_iter().collect()),
            },
            None => AgencyRule::One(self.agency.unwrap_or_default()),
        };
        let keys = match self.jwks {
            None => KeySource::Discovered,
            Some(jwks) if jwks.contains("://") => KeySource::Address(jwks),
            Some(jwks) => KeySource::File(folder.join(jwks)),
        };
        let (issuer, audience, person_claim) = (self.issuer, self.audience, self.person_claim);
        let client_id = self.client_id;
        Provider { issuer, audience, algorithms: self.algorithms, keys, agency, person_claim, client_id }
    }
}

impl Provider {
    /// Scheme, host and port of its issuer, as a browser compares them: what a page's policy can name (CSP 3, 2.3.1).
    pub fn origin(&self) -> &str {
        let rest = self.issuer.find("://").map_or(0, |at| at + 3);
        let end = self.issuer[rest..].find(['/', '?', '#']).map_or(self.issuer.len(), |at| rest + at);
        &self.issuer[..end]
    }
}

/// Whether what is fetched from there is what its owner put there: over TLS, or from this machine.
pub fn is_trustworthy(address: &str) -> bool {
    host(address, "https://").is_some() || is_local(address)
}

/// Whether the address is one of this machine, in clear.
pub fn is_local(address: &str) -> bool {
    let local = |host: &str| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    host(address, "http://").is_some_and(local)
}

/// The host of an address of that scheme, without port and brackets.
fn host<'a>(address: &'a str, scheme: &str) -> Option<&'a str> {
    let rest = address.strip_prefix(scheme)?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:[]".contains(&b);
    // A name before `@` makes another host look like one that is trusted.
    if !authority.bytes().all(plain) {
        return None;
    }
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?.0,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for address in [
            "https://sso.example.vn",
            "https://sso.example.vn:8443/realms/tinh",
            "http://127.0.0.1:9000/jwks",
            "http://localhost/",
            "http://[::1]:80/jwks",
        ] {
            assert!(is_trustworthy(address), "{address}");
        }
        for address in [
            "",
            "sso.example.vn",
            "https://",
            "https:///jwks",
            "http://sso.example.vn/",
            "http://127.0.0.1@sso.example.vn/",
            "http://127.0.0.1.example.vn/",
            "http://localhost.example.vn/",
            "http://10.0.0.1/",
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
        ] {
            assert!(!is_trustworthy(address), "{address}");
        }
    }
}
