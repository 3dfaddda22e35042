//! Persons by a token: a JSON Web Token (RFC 7519) that a provider has signed whom the file of grants names.
//!
//! A token is judged once and remembered by its hash until it ends, or the keys of its provider change. Must not
//! know what an agency may see.

mod fetch;
mod keys;
mod signatures;
mod token;

pub use fetch::asking;
pub use token::is_token;

use crate::layer::provider::{Provider, SigningAlgorithm};
use jsonwebtoken::get_current_timestamp;
use keys::Issuer;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use token::{Claims, Token};

/// Tokens that are remembered.
const REMEMBERED_MAX: usize = 10_000;
/// How often is looked whether keys are due.
const LOOKED_AT: Duration = Duration::from_secs(1);

/// Why a token is not taken. Until its signature holds, whoever sends it is told the same whatever is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing of it is believed.
    #[error(
        "this token is not taken here: it is damaged, or not signed by whom or as it should be; sign in again"
    )]
    NotTaken,
    /// Its time is over.
    #[error("this token has ended; sign in again")]
    Ended,
    /// Its time has not come.
    #[error("this token is of the future; the clock of your provider and that of this server differ")]
    NotYet,
    /// It is for another server.
    #[error("this token was made for another program; sign in to this one")]
    Elsewhere,
    /// It does not say until when it holds, or for whom it is.
    #[error("this token lacks what each must say: until when it holds, and for which program it is")]
    Incomplete,
    /// It names no agency.
    #[error("this token names no agency that is known here; ask whoever looks after your account")]
    NoAgency,
    /// It names nobody.
    #[error("this token does not say whose it is; ask whoever looks after your account")]
    NoPerson,
    /// There is nothing to judge it by.
    #[error("tokens cannot be judged just now: the keys of their provider cannot be had")]
    NoKeys,
}

/// Whom a token that is taken stands for.
pub struct Person {
    /// Code of the agency.
    pub agency: String,
    /// What he is called on record: `person`, and what his provider calls him.
    pub who: Arc<str>,
    /// From when on the token is refused, seconds since 1970.
    until: u64,
    issuer: Arc<Issuer>,
    /// Of the keys by which it was judged.
    keys: u64,
}

/// The tokens of all providers.
pub struct Tokens(RwLock<Arc<Desk>>);

/// Where the tokens of some providers are judged.
struct Desk {
    issuers: BTreeMap<String, Arc<Issuer>>,
    persons: Cache<[u8; 32], Arc<Person>>,
}

impl Default for Tokens {
    fn default() -> Self {
        signatures::install();
        Self(RwLock::new(Arc::new(Desk::of(BTreeMap::new()))))
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tokens").field(&self.desk().issuers.keys()).finish()
    }
}

impl Tokens {
    /// Takes the tokens of these providers and of no others from now on.
    pub fn take(&self, providers: &[Provider]) {
        let mut desk = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let issuer = |provider: &Provider| {
            let before = desk.issuers.get(&provider.issuer).filter(|before| before.provider == *provider);
            let issuer = before.cloned().unwrap_or_else(|| Arc::new(Issuer::new(provider.clone())));
            (provider.issuer.clone(), issuer)
        };
        let issuers: BTreeMap<_, _> = providers.iter().map(issuer).collect();
        let is_kept = |(name, issuer): (&String, &Arc<Issuer>)| {
            desk.issuers.get(name).is_some_and(|before| Arc::ptr_eq(before, issuer))
        };
        if issuers.len() != desk.issuers.len() || !issuers.iter().all(is_kept) {
            // Nobody stays whom a provider that has gone has brought.
            *desk = Arc::new(Desk::of(issuers));
        }
    }

    /// Whom a token stands for, if it was judged before.
    pub fn remembered(&self, token: &str) -> Option<Arc<Person>> {
        self.desk().remembered(&hash(token))
    }

    /// Whom a token stands for. It may have to wait for the keys of its provider.
    pub async fn judged(&self, token: &str) -> Result<Arc<Person>, Refused> {
        let (desk, hash) = (self.desk(), hash(token));
        if let Some(person) = desk.remembered(&hash) {
            return Ok(person);
        }
        let token = Token::read(token)?;
        let issuer = desk.issuers.get(token.issuer()).ok_or(Refused::NotTaken)?;
        let algorithm = token.algorithm(&issuer.provider).ok_or(Refused::NotTaken)?;
        let key = issuer.key(token.key_id(), algorithm).await.map_err(|_| Refused::NoKeys)?;
        let (key, keys) = key.ok_or(Refused::NotTaken)?;
        let Claims { agency, person, until } = token.claims(&issuer.provider, &key, algorithm)?;
        // Nobody can call himself what a key is called.
        let who = format!("person {person}").into();
        let person = Arc::new(Person { agency, who, until, issuer: issuer.clone(), keys });
        desk.persons.insert(hash, person.clone());
        Ok(person)
    }

    /// Keeps the keys of all providers fresh, as long as it is waited for.
    pub async fn follow(&self) {
        loop {
            for issuer in self.desk().issuers.values() {
                let issuer = issuer.clone();
                // One that is slow must not hold up the others.
                tokio::spawn(async move { issuer.refresh().await });
            }
            tokio::time::sleep(LOOKED_AT).await;
        }
    }

    fn desk(&self) -> Arc<Desk> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Desk {
    fn of(issuers: BTreeMap<String, Arc<Issuer>>) -> Self {
        Self { issuers, persons: Cache::new(REMEMBERED_MAX) }
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Arc<Person>> {
        let holds = |person: &Arc<Person>| {
            get_current_timestamp() < person.until && person.issuer.number() == Some(person.keys)
        };
        self.persons.get(hash).filter(holds)
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Asks a provider for its keys now, as a server does, and tells by which of its algorithms each can be used: those
/// of the file of grants for which there is none are left out. Waits; the error says why there are none.
pub fn keys_that_serve(provider: &Provider) -> Result<Vec<SigningAlgorithm>, String> {
    let keys = fetch::key_set(provider).map_err(|error| error.to_string())?;
    let serves = |algorithm: &SigningAlgorithm| {
        keys.iter().any(|key| signatures::is_for(key, signatures::algorithm(*algorithm)))
    };
    Ok(provider.algorithms.iter().copied().filter(serves).collect())
}
