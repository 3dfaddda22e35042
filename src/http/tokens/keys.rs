//! The keys of one provider, kept: fetched when they are first needed, now and then, and when a token names one that
//! is not there. How often strangers can make this server ask is bounded.
//!
//! Must not know what a token says.

use super::{
    fetch::{Unfetched, key_set},
    signatures::is_for,
};
use crate::layer::provider::{KeySource, Provider};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::Jwk};
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex, MutexGuard},
    task::spawn_blocking,
    time::timeout,
};

/// How long keys go on while their provider is away.
const HELD: Duration = Duration::from_secs(24 * 3600);
/// A key that is not known makes this server ask once in so long.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(30);
/// No keys at all make it ask once in so long.
const NO_KEYS_PAUSE: Duration = Duration::from_secs(5);
/// How long a token waits for keys: somewhat longer than an address has to answer.
const ASKED_FOR: Duration = Duration::from_secs(8);
/// When keys are looked at anew: from an address, in a file, and after it has failed.
const ADDRESS_PAUSE: Duration = Duration::from_secs(10 * 60);
const FILE_PAUSE: Duration = Duration::from_secs(2);
const FAILED_PAUSE: Duration = Duration::from_secs(30);

/// A provider and its keys.
pub struct Issuer {
    /// As the file of grants describes it.
    pub provider: Provider,
    held: RwLock<Option<Held>>,
    asked: Mutex<Asked>,
    failing: AtomicBool,
}

/// Keys, as they were when they were last fetched.
#[derive(Clone)]
struct Held {
    keys: Arc<Vec<Jwk>>,
    /// Of keys that differ, never the same.
    number: u64,
    fetched_at: Instant,
}

/// When the provider was last asked, and when last for a key that is not known.
#[derive(Default)]
struct Asked {
    at: Option<Instant>,
    for_key: Option<Instant>,
}

/// Why a provider is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    NoKeys,
    UnknownKey,
    Due,
}

impl Issuer {
    /// Without keys.
    pub fn new(provider: Provider) -> Self {
        let (held, asked, failing) = (RwLock::default(), Mutex::default(), AtomicBool::default());
        Self { provider, held, asked, failing }
    }

    /// Tells keys from those that were there before; `None` where there are none that may be used.
    pub fn number(&self) -> Option<u64> {
        self.held(Instant::now()).map(|held| held.number)
    }

    fn held(&self, now: Instant) -> Option<Held> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| now.duration_since(held.fetched_at) < HELD).cloned()
    }

    /// The key of a token, and the number of the keys that it is one of; where it is not there, the provider may
    /// have a new one and is asked. `Ok(None)` if it has none either, an error if it has never said or long not.
    pub async fn key(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Option<(DecodingKey, u64)>, NoKeys> {
        let find = || self.held(Instant::now()).map(|held| held.find(id, algorithm));
        let why = match find() {
            Some(Some(found)) => return Ok(Some(found)),
            Some(None) => Why::UnknownKey,
            None => Why::NoKeys,
        };
        let own = self.clone();
        // It goes on where whoever sent the token is gone: others wait for the same keys.
        let asking = tokio::spawn(async move {
            let begun = Instant::now();
            if let Ok(asked) = timeout(ASKED_FOR, own.asked.lock()).await {
                own.ask(why, begun, asked).await;
            }
        });
        // A disk that hangs must not hold all who ask.
        if let Ok(Err(error)) = timeout(ASKED_FOR, asking).await {
            tracing::error!(%error, "the keys of a provider could not be asked for");
        }
        find().ok_or(NoKeys)
    }

    /// Fetches the keys where it is time to and nobody does.
    pub async fn refresh(&self) {
        if let Ok(asked) = self.asked.try_lock() {
            self.ask(Why::Due, Instant::now(), asked).await;
        }
    }

    async fn ask(&self, why: Why, begun: Instant, mut asked: MutexGuard<'_, Asked>) {
        let within = |at: Option<Instant>, pause: Duration| {
            // Or since this began: what others have waited for will do.
            at.is_some_and(|at| at >= begun || at.elapsed() < pause)
        };
        let is_early = match why {
            Why::NoKeys => within(asked.at, NO_KEYS_PAUSE),
            Why::UnknownKey => within(asked.at, Duration::ZERO) || within(asked.for_key, UNKNOWN_KEY_PAUSE),
            Why::Due => within(asked.at, self.pause()),
        };
        if is_early {
            return;
        }
        let provider = self.provider.clone();
        let fetched = spawn_blocking(move || key_set(&provider)).await;
        asked.at = Some(Instant::now());
        if why == Why::UnknownKey {
            asked.for_key = asked.at;
        }
        match fetched {
            Ok(Ok(keys)) => self.take(keys),
            Ok(Err(error)) => self.failed(&error),
            Err(error) => tracing::error!(%error, "the keys of a provider could not be fetched"),
        }
    }

    fn pause(&self) -> Duration {
        match &self.provider.keys {
            KeySource::File(_) => FILE_PAUSE,
            _ if self.failing.load(Ordering::Relaxed) => FAILED_PAUSE,
            _ => ADDRESS_PAUSE,
        }
    }

    fn take(&self, keys: Vec<Jwk>) {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        if self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!(issuer = self.provider.issuer, "the keys of a provider can be fetched again");
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let before = held.take().filter(|before| *before.keys == keys);
        let (keys, number) = match before {
            Some(before) => (before.keys, before.number),
            None => (Arc::new(keys), NUMBER.fetch_add(1, Ordering::Relaxed)),
        };
        *held = Some(Held { keys, number, fetched_at: Instant::now() });
    }

    /// Tells of it once.
    fn failed(&self, error: &Unfetched) {
        if error.is_an_end() && self.held.write().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            self.failing.store(true, Ordering::Relaxed);
            let issuer = &self.provider.issuer;
            tracing::warn!(issuer, %error, "a provider has no keys any more; those before are taken no longer");
        }
        if !self.failing.swap(true, Ordering::Relaxed) {
            let go_on =
                if self.number().is_some() { "those before go on for a day" } else { "there are none" };
            let issuer = &self.provider.issuer;
            tracing::warn!(issuer, %error, "the keys of a provider cannot be fetched; {go_on}");
        }
    }
}

impl Held {
    /// The key of that id that is for the algorithm; without an id, the only one that is.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<(DecodingKey, u64)> {
        let is_named = |key: &&Jwk| id.is_none() || key.common.key_id.as_deref() == id;
        let mut fit = self.keys.iter().filter(is_named).filter(|key| is_for(key, algorithm));
        let key = fit.next()?;
        let is_only = fit.next().is_none();
        let key = is_only.then(|| DecodingKey::from_jwk(key).ok()).flatten()?;
        Some((key, self.number))
    }
}

/// There is nothing to judge by.
#[derive(Debug, PartialEq, Eq)]
pub struct NoKeys;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::layer::provider::AgencyRule;

    fn issuer(keys: std::path::PathBuf) -> Arc<Issuer> {
        Arc::new(Issuer::new(Provider {
            issuer: "https://sso.example.vn".to_owned(),
            audience: "diaban".to_owned(),
            algorithms: Vec::new(),
            keys: KeySource::File(keys),
            agency: AgencyRule::One("soct".to_owned()),
            person_claim: "sub".to_owned(),
            client_id: None,
        }))
    }

    #[tokio::test]
    async fn keys_go_on_for_a_day_without_their_provider_and_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let issuer = issuer(path.clone());
        assert_eq!(issuer.key(None, Algorithm::ES256).await.err(), Some(NoKeys));
        let key = |id: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"AAAA"}}"#);
        let unknown = r#"{"kty":"XYZ","kid":"0"},"#;
        std::fs::write(&path, format!(r#"{{"keys":[{unknown}{},{}]}}"#, key("1"), key("2"))).unwrap();
        issuer.take(key_set(&issuer.provider).unwrap());
        let found = async |id| issuer.key(id, Algorithm::EdDSA).await.unwrap().is_some();
        assert!(found(Some("1")).await && found(Some("2")).await);
        assert!(!found(Some("3")).await && !found(None).await, "one of two is not told apart");
        assert!(issuer.key(Some("1"), Algorithm::ES256).await.unwrap().is_none(), "it is not for that");
        let number = issuer.number().unwrap();
        issuer.take(key_set(&issuer.provider).unwrap());
        assert_eq!(issuer.number(), Some(number), "they are the same");
        std::fs::write(&path, "<html>").unwrap();
        *issuer.asked.lock().await = Asked::default();
        issuer.refresh().await;
        let now = Instant::now();
        assert!(issuer.held(now + HELD - Duration::from_secs(60)).is_some());
        assert!(issuer.held(now + HELD).is_none());
    }

    #[tokio::test]
    async fn keys_that_are_taken_away_are_taken_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let issuer = issuer(path.clone());
        let set = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"AAAA"}]}"#;
        for end in [Some(r#"{"keys":[]}"#), None] {
            std::fs::write(&path, set).unwrap();
            issuer.take(key_set(&issuer.provider).unwrap());
            assert!(issuer.number().is_some());
            match end {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            *issuer.asked.lock().await = Asked::default();
            issuer.refresh().await;
            assert_eq!(issuer.number(), None, "{end:?}");
        }
    }
}
