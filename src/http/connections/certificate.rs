//! What the server shows over TLS: a certificate and its key out of two files, looked at again while it serves, so that
//! a renewed certificate needs no restart. A pair that is not good changes nothing.
//!
//! Must not know HTTP.

use rustls::{
    CertificateError as Doubt, Error as TlsError, InconsistentKeys, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use time::{OffsetDateTime, UtcOffset, macros::format_description};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at; a change has to stand for one look more.
const LOOKED_AT: Duration = Duration::from_secs(1);
/// How often a pair that was refused is tried again.
const TRIED_AGAIN: Duration = Duration::from_secs(60);
/// HTTP/2 where the client knows it.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why there is no TLS with these files.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {1}", path = .0.display())]
    Unreadable(PathBuf, io::Error),
    /// There is no certificate in it.
    #[error("{path} holds no certificate (PEM, -----BEGIN CERTIFICATE-----)", path = .0.display())]
    NoCertificate(PathBuf),
    /// There is no key in it.
    #[error(
        "{path} holds no private key that can be read (PEM, -----BEGIN PRIVATE KEY-----, without a password)",
        path = .0.display()
    )]
    NoKey(PathBuf),
    /// They do not belong together.
    #[error(
        "the key in {key} is not that of the certificate in {chain}; the server's own certificate stands first there",
        key = .1.display(), chain = .0.display()
    )]
    Mismatch(PathBuf, PathBuf),
    /// It is good no more. The moment is one in Vietnam.
    #[error("the certificate in {path} ended on {1}; renew it", path = .0.display())]
    Expired(PathBuf, String),
    /// It is not good yet.
    #[error("the certificate in {path} begins on {1}; check the clock of this machine", path = .0.display())]
    NotYet(PathBuf, String),
    /// TLS cannot do with it.
    #[error("{path} cannot be used for TLS: {1}", path = .0.display())]
    Unusable(PathBuf, TlsError),
}

/// What the two files hold, or why they cannot be read.
type Bytes = [Result<Vec<u8>, io::ErrorKind>; 2];

/// A certificate out of two files. Clones are one.
#[derive(Clone)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    shown: Arc<Shown>,
    acceptor: TlsAcceptor,
    /// What the files held when they were read first.
    begun_with: Arc<Bytes>,
}

/// What is shown to who connects now.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Certificate {
    /// Reads both files. `chain` has the server's own certificate first, then who vouches for it.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let provider = Arc::new(ring::default_provider());
        // Before the pair is read: what is renewed in between is seen as new.
        let begun_with = Arc::new(bytes(chain, key));
        let certified = certified(chain, key, &provider)?;
        let shown = Arc::new(Shown(RwLock::new(Arc::new(certified))));
        let unusable = |error| CertificateError::Unusable(chain.to_owned(), error);
        let versions = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        let mut config = versions.with_no_client_auth().with_cert_resolver(shown.clone());
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self {
            chain: chain.to_owned(),
            key: key.to_owned(),
            shown,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            begun_with,
        })
    }

    /// Who makes TLS of a connection.
    pub const fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Takes renewed files into use, without an end. A pair that is not good is told of once, the one before stays, and
    /// it is tried again now and then: a clock that is behind takes it a moment later.
    pub async fn follow(self) {
        let (mut seen, mut taken) = ((*self.begun_with).clone(), (*self.begun_with).clone());
        let mut refused: Option<Instant> = None;
        loop {
            tokio::time::sleep(LOOKED_AT).await;
            let this = self.clone();
            let looked = tokio::task::spawn_blocking(move || bytes(&this.chain, &this.key)).await;
            let Ok(now) = looked else { return };
            let stands = now == seen;
            seen = now;
            let is_new = seen != taken;
            if stands && (is_new || refused.is_some_and(|at| at.elapsed() >= TRIED_AGAIN)) {
                taken = seen.clone();
                refused = if self.renew(is_new) { None } else { Some(Instant::now()) };
            }
        }
    }

    /// Whether the pair is shown from now on.
    fn renew(&self, is_new: bool) -> bool {
        match certified(&self.chain, &self.key, &Arc::new(ring::default_provider())) {
            Ok(certified) => {
                *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certified);
                tracing::info!(chain = %self.chain.display(), "a renewed certificate is shown");
                true
            }
            Err(error) => {
                if is_new {
                    tracing::error!("{error}\nThe certificate before stays");
                }
                false
            }
        }
    }
}

fn bytes(chain: &Path, key: &Path) -> Bytes {
    [chain, key].map(|path| fs::read(path).map_err(|error| error.kind()))
}

/// The pair in two files, if it can be used now.
fn certified(
    chain: &Path,
    key: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<CertifiedKey, CertificateError> {
    let read =
        |path: &Path| fs::read(path).map_err(|error| CertificateError::Unreadable(path.to_owned(), error));
    let (chain_text, key_text) = (read(chain)?, read(key)?);
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&chain_text).collect::<Result<_, _>>().unwrap_or_default();
    let Some(own) = certificates.first() else {
        return Err(CertificateError::NoCertificate(chain.to_owned()));
    };
    let secret =
        PrivateKeyDer::from_pem_slice(&key_text).map_err(|_| CertificateError::NoKey(key.to_owned()))?;
    is_good_now(own, chain, provider)?;
    CertifiedKey::from_der(certificates, secret, provider).map_err(|error| match error {
        TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            CertificateError::Mismatch(chain.to_owned(), key.to_owned())
        }
        // What can be wrong with a certificate has been said by now.
        TlsError::InvalidCertificate(_) => CertificateError::Unusable(chain.to_owned(), error),
        _ => CertificateError::NoKey(key.to_owned()),
    })
}

/// Refuses a certificate before and after its time. Who vouches for it is for clients to judge: none is believed here,
/// so that the dates are all that the check can find, and it finds them first.
fn is_good_now(
    own: &CertificateDer<'_>,
    chain: &Path,
    provider: &CryptoProvider,
) -> Result<(), CertificateError> {
    let parsed = ParsedCertificate::try_from(own)
        .map_err(|error| CertificateError::Unusable(chain.to_owned(), error))?;
    let checked = rustls::client::verify_server_cert_signed_by_trust_anchor(
        &parsed,
        &RootCertStore::empty(),
        &[],
        UnixTime::now(),
        provider.signature_verification_algorithms.all,
    );
    let path = || chain.to_owned();
    match checked {
        Err(TlsError::InvalidCertificate(Doubt::ExpiredContext { not_after, .. })) => {
            Err(CertificateError::Expired(path(), moment(not_after)))
        }
        Err(TlsError::InvalidCertificate(Doubt::NotValidYetContext { not_before, .. })) => {
            Err(CertificateError::NotYet(path(), moment(not_before)))
        }
        _ => Ok(()),
    }
}

/// A moment as it is told in Vietnam.
fn moment(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let at = at.to_offset(UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC));
    at.format(format_description!("[year]-[month]-[day] [hour]:[minute] +07:00")).unwrap_or_default()
}
