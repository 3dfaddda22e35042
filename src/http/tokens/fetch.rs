//! The public keys of a provider, from where they are: its address, or a file. Bounded in time and size; asked over
//! TLS alone, but of this machine; no redirect is followed. It waits, so it stands on a thread that may.
//!
//! Must not know what keys are for.

use crate::layer::provider::{KeySource, Provider, is_local, is_trustworthy};
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use ureq::{
    Agent, Proxy,
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

/// For all that has to be asked.
const TIME_MAX: Duration = Duration::from_secs(5);
/// Bytes of a document.
const BYTES_MAX: u64 = 1 << 20;
/// Keys of a set.
const KEYS_MAX: usize = 100;
/// Where Debian keeps those who vouch for servers; `SSL_CERT_FILE` says another place.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Why there are no keys. For the log: an address may be in it.
#[derive(Debug, thiserror::Error)]
pub enum Unfetched {
    /// The file cannot be read.
    #[error("{path} cannot be read: {1}", path = .0.display())]
    File(PathBuf, io::Error),
    /// The server does not answer, or not so that it is believed.
    #[error("{0}: {1}")]
    Address(String, Box<ureq::Error>),
    /// It answers something else.
    #[error("{0} answers with the status {1}, not with 200")]
    Status(String, u16),
    /// It is longer than any such document.
    #[error("{0} holds more than {max} bytes", max = BYTES_MAX)]
    TooLarge(String),
    /// It is not the document that stands there.
    #[error("{0} is not what it should be: {1}")]
    Other(String, serde_json::Error),
    /// The provider calls itself something else (OpenID Connect Discovery 1.0, 4.3).
    #[error("{0} says that it is of the issuer {1}")]
    Issuer(String, String),
    /// It says that its keys are where nobody vouches for them.
    #[error("{0} says that the keys are at {1}, which is not https://")]
    Clear(String, String),
    /// No key in it can check a signature.
    #[error("{0} holds no public key")]
    Empty(String),
}

impl Unfetched {
    /// Whether whoever looks after the keys says that there are none any more: other than where he cannot be asked,
    /// those before hold no longer.
    pub fn is_an_end(&self) -> bool {
        match self {
            Self::Empty(_) => true,
            Self::File(_, error) => error.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

/// What a provider says of itself.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

/// A set of keys; each may be of a kind that nobody here knows.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// The public keys of a provider.
pub fn key_set(provider: &Provider) -> Result<Vec<Jwk>, Unfetched> {
    let until = Instant::now() + TIME_MAX;
    let (place, document) = match &provider.keys {
        KeySource::File(path) => (path.display().to_string(), file(path)?),
        KeySource::Address(address) => (address.clone(), document(address, until)?),
        KeySource::Discovered => {
            let address = discovered(&provider.issuer, until)?;
            let document = document(&address, until)?;
            (address, document)
        }
    };
    let set: KeySet = read(&place, &document)?;
    let keys = set.keys.into_iter().take(KEYS_MAX).filter_map(|key| serde_json::from_value(key).ok());
    let keys: Vec<Jwk> = keys.collect();
    if keys.is_empty() { Err(Unfetched::Empty(place)) } else { Ok(keys) }
}

/// Where the issuer says that its keys are.
fn discovered(issuer: &str, until: Instant) -> Result<String, Unfetched> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let said: Configuration = read(&address, &document(&address, until)?)?;
    if said.issuer != issuer {
        return Err(Unfetched::Issuer(address, said.issuer));
    }
    // What is elsewhere must not send this server asking about on its own machine.
    let uri = said.jwks_uri;
    if !is_trustworthy(&uri) || is_local(&uri) && !is_local(issuer) {
        return Err(Unfetched::Clear(address, uri));
    }
    Ok(uri)
}

fn read<T: DeserializeOwned>(place: &str, document: &[u8]) -> Result<T, Unfetched> {
    serde_json::from_slice(document).map_err(|error| Unfetched::Other(place.to_owned(), error))
}

fn file(path: &Path) -> Result<Vec<u8>, Unfetched> {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|error| Unfetched::File(path.to_owned(), error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Unfetched::TooLarge(path.display().to_string()));
    }
    Ok(bytes)
}

/// What asks a server at an address: bounded in time, and following no redirect. This machine is asked as it is; of
/// others one may stand behind the proxy that the environment names, and those asked over TLS are vouched for.
pub fn asking(address: &str, within: Duration) -> Agent {
    agent(address, within, false)
}

fn agent(address: &str, within: Duration, only_over_tls: bool) -> Agent {
    let local = is_local(address);
    Agent::config_builder()
        .timeout_global(Some(within))
        .max_redirects(0)
        .http_status_as_error(false)
        .https_only(only_over_tls)
        .proxy(if local { None } else { Proxy::try_from_env() })
        .tls_config(
            TlsConfig::builder().root_certs(if local { RootCerts::WebPki } else { vouching() }).build(),
        )
        .build()
        .into()
}

/// What stands at an address.
fn document(address: &str, until: Instant) -> Result<Vec<u8>, Unfetched> {
    let failed = |error| match error {
        ureq::Error::BodyExceedsLimit(_) => Unfetched::TooLarge(address.to_owned()),
        error => Unfetched::Address(address.to_owned(), Box::new(error)),
    };
    let left = until.saturating_duration_since(Instant::now());
    let agent = agent(address, left, !is_local(address));
    let mut answer = agent.get(address).header("accept", "application/json").call().map_err(failed)?;
    if answer.status() != 200 {
        return Err(Unfetched::Status(address.to_owned(), answer.status().as_u16()));
    }
    answer.body_mut().with_config().limit(BYTES_MAX).read_to_vec().map_err(failed)
}

/// Who may vouch for a server: those that this machine believes, an agency's own among them; where it names none,
/// those that Mozilla believes.
fn vouching() -> RootCerts {
    let place = env::var_os("SSL_CERT_FILE").unwrap_or_else(|| CERTIFICATES.into());
    let bundle = fs::read(place).unwrap_or_default();
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let known: Vec<Certificate<'static>> = parse_pem(&bundle).filter_map(certificate).collect();
    if known.is_empty() { RootCerts::WebPki } else { RootCerts::from(known) }
}
