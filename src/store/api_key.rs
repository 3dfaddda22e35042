//! API keys: by one an agency's program is known as that agency's. Of a key its SHA-256 alone is kept, so that a
//! copy of the database opens nothing. A key is 256 random bits: it needs neither salt nor a slow hash.
//!
//! Must not know SQL, HTTP, or what an agency may see.

use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt::{self, Write},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use time::OffsetDateTime;

/// What every key begins with, so that people, and programs that look for secrets in files, know one.
pub const KEY_PREFIX: &str = "diaban_";
/// Random bytes of a key.
const KEY_BYTES: usize = 32;
/// How long keys that were read go on while the database is away.
pub const KEYS_HELD: Duration = Duration::from_secs(15 * 60);

/// A key, as its owner has it. It is shown once.
pub struct ApiKey(String);

/// The SHA-256 of a key's text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; KEY_BYTES]);

/// What is kept of a key.
#[derive(Debug, Clone)]
pub struct KeptKey {
    /// Its number.
    pub id: i64,
    /// Code of the agency that it was given to.
    pub agency: String,
    /// What it is for; may be empty.
    pub name: String,
    /// Its hash.
    pub hash: KeyHash,
    /// When it was given out.
    pub created_at: OffsetDateTime,
    /// From when on it is refused.
    pub expires_at: OffsetDateTime,
    /// When it was taken back, if it was.
    pub revoked_at: Option<OffsetDateTime>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<OffsetDateTime>,
}

/// What has become of a key by a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is taken.
    Good,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

/// The keys that a server knows, as they were when it last looked. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct KeyRing(Arc<Ring>);

#[derive(Debug, Default)]
struct Ring {
    held: RwLock<Held>,
    /// How often keys were taken.
    taken: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    keys: HashMap<KeyHash, Arc<HeldKey>>,
    looked_at: Option<Instant>,
}

/// A key of the ring.
#[derive(Debug)]
pub struct HeldKey {
    /// What is kept of it.
    pub key: KeptKey,
    /// What it is called on record: its number, and what it is for.
    pub who: Arc<str>,
    used: AtomicBool,
}

/// Why there is no word on a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotLooked;

impl ApiKey {
    /// One that nobody has. Fails where the system has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes)?;
        let mut text = KEY_PREFIX.to_owned();
        for byte in bytes {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Self(text))
    }

    /// Its text: [`KEY_PREFIX`] and 64 hexadecimal digits.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KEY_PREFIX}…")
    }
}

impl KeyHash {
    /// Of what is said to be a key; `None` if it has not the form of one.
    pub fn of(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(KEY_PREFIX)?;
        let is_key = digits.len() == 2 * KEY_BYTES
            && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_key.then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }

    /// Out of its 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash")
    }
}

impl KeyState {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl KeptKey {
    /// What has become of it by `now`.
    pub fn state(&self, now: OffsetDateTime) -> KeyState {
        match self.revoked_at {
            Some(_) => KeyState::Revoked,
            None if self.expires_at <= now => KeyState::Expired,
            None => KeyState::Good,
        }
    }
}

impl HeldKey {
    /// Notes that it has been used.
    pub fn note_use(&self) {
        // Most uses are not the first of their minute: reading alone lets all processors share the line.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }
}

impl KeyRing {
    /// Takes all keys that there are, in place of those known before. Returns the numbers of those that were used
    /// since.
    pub fn take(&self, keys: impl IntoIterator<Item = KeptKey>) -> Vec<i64> {
        let held = |key: KeptKey| {
            let named = if key.name.is_empty() { String::new() } else { format!(": {}", key.name) };
            let who = format!("key {}{named}", key.id).into();
            (key.hash, Arc::new(HeldKey { key, who, used: AtomicBool::new(false) }))
        };
        let keys = keys.into_iter().map(held).collect();
        let held = Held { keys, looked_at: Some(Instant::now()) };
        let before =
            std::mem::replace(&mut *self.0.held.write().unwrap_or_else(PoisonError::into_inner), held);
        self.0.taken.fetch_add(1, Ordering::Release);
        let used = before.keys.values().filter(|held| held.used.load(Ordering::Relaxed));
        used.map(|held| held.key.id).collect()
    }

    /// How often keys were taken: as long as it stays, so does what becomes of a key but for its end.
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::Acquire)
    }

    /// The key of a hash, whatever has become of it; `None` if there is none. An error where nobody has looked for
    /// [`KEYS_HELD`], or ever.
    pub fn find(&self, hash: &KeyHash) -> Result<Option<Arc<HeldKey>>, NotLooked> {
        self.find_at(hash, Instant::now())
    }

    fn find_at(&self, hash: &KeyHash, now: Instant) -> Result<Option<Arc<HeldKey>>, NotLooked> {
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        match held.looked_at {
            Some(moment) if now.duration_since(moment) < KEYS_HELD => Ok(held.keys.get(hash).cloned()),
            _ => Err(NotLooked),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_hash_and_told_by_nothing_else() {
        let (key, other) = (ApiKey::random().unwrap(), ApiKey::random().unwrap());
        assert_eq!(KeyHash::of(key.text()), Some(key.hash()));
        assert_ne!(key.hash(), other.hash());
        assert_eq!(key.text().len(), KEY_PREFIX.len() + 64);
        assert!(!format!("{key:?}{:?}", key.hash()).contains(&key.text()[KEY_PREFIX.len()..][..8]));
    }

    fn kept(id: i64, hash: KeyHash) -> KeptKey {
        let now = OffsetDateTime::now_utc();
        let (agency, name) = ("soct".to_owned(), String::new());
        let expires_at = now + Duration::from_secs(60);
        KeptKey { id, agency, name, hash, created_at: now, expires_at, revoked_at: None, last_used_at: None }
    }

    #[test]
    fn keys_go_on_for_a_while_without_the_database_and_no_longer() {
        let (ring, hash) = (KeyRing::default(), ApiKey::random().unwrap().hash());
        assert_eq!(ring.find(&hash).err(), Some(NotLooked), "nobody has looked yet");
        assert!(ring.take([kept(7, hash)]).is_empty());
        ring.find(&hash).unwrap().unwrap().note_use();
        let almost = KEYS_HELD - Duration::from_secs(1);
        assert!(ring.find_at(&hash, Instant::now() + almost).unwrap().is_some());
        assert_eq!(ring.find_at(&hash, Instant::now() + KEYS_HELD).err(), Some(NotLooked));
        assert_eq!(ring.take([]), [7], "it was used");
        assert!(ring.find(&hash).unwrap().is_none(), "it is gone");
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_none() {
        let key = ApiKey::random().unwrap();
        let digits = &key.text()[KEY_PREFIX.len()..];
        for text in [
            "",
            KEY_PREFIX,
            digits,
            &key.text()[1..],
            &format!("{}0", key.text()),
            &key.text().to_uppercase(),
        ] {
            assert_eq!(KeyHash::of(text), None, "{text}");
        }
        assert_eq!(KeyHash::of(&format!("{KEY_PREFIX}{}", "đ".repeat(32))), None);
    }
}
