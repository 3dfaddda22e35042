//! A record as a line, and what chains it to the line before. Pure.
//!
//! A line is a JSON object: `n` (its number, from 1), `prev` (the hash of the record before; zeros for the first), `at`,
//! `kind`, what the kind has, and last `hash`. The hash is the SHA-256 of the line's bytes before `,"hash":`, so that
//! whoever checks a line need not agree with the writer on how JSON is written.

use super::in_vietnam;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const BEFORE_HASH: &[u8] = b",\"hash\":\"";
const BEHIND_HASH: &[u8] = b"\"}";
const HASH_DIGITS: usize = 64;

/// The SHA-256 of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChainHash([u8; HASH_DIGITS / 2]);

/// A record's number and hash: the end of a chain, or where it was at some time. Written `128:` and 64 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of the record; 0 where there is none yet.
    pub n: u64,
    /// Its hash; zeros where there is none yet.
    pub hash: ChainHash,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Entry {
    /// A server began to write.
    Began {
        /// Of the program.
        version: String,
    },
    /// A question was answered.
    Answer(Answer),
    /// An answer that was sent in pieces has ended.
    Sent(Sent),
    /// Tiles were asked for.
    Tiles(Tiles),
    /// Half a line at the end of the file, left by a crash, was removed. Nobody was answered on its account.
    Healed {
        /// How long it was.
        bytes: u64,
    },
    /// Records are written again; between, nothing that is not open was served.
    Resumed {
        /// Since when they could not be.
        failed_at: String,
        /// Why.
        reason: String,
    },
    /// The records of a month, the oldest, were removed because their time was over.
    Removed(Removed),
}

/// A question that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Code of the agency; `None` of somebody who has not said who he is.
    pub agency: Option<String>,
    /// Who in it: by which key.
    pub who: String,
    /// The layers that were asked.
    pub layers: Vec<String>,
    /// The highest class that the answer may hold.
    pub class: String,
    /// Method, path and query, at most 2 000 bytes, secrets left out, and of white space all but one of each run.
    pub question: String,
    /// Path and query as they came, where more was left out of the question than secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Hashed>,
    /// What was asked in the body, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<QuestionBody>,
    /// Features in the answer, or counted for it. Of an answer in pieces the most that it may hold: [`Sent`] has how
    /// many they were.
    pub features: Option<u64>,
    /// Of one feature that was added, changed or deleted, its number in the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<i64>,
    /// Of a change, the run under which it stands in the layer's history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<i64>,
    /// HTTP status.
    pub status: u16,
    /// Name of the request, as in the log.
    pub request: String,
}

/// What is not kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashed {
    /// How long it was.
    pub bytes: u64,
    /// The SHA-256 of it, hexadecimal.
    pub sha256: String,
}

/// The body of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionBody {
    /// How long it was.
    pub bytes: u64,
    /// The SHA-256 of it, hexadecimal.
    pub sha256: String,
    /// It, where it is text: at most 2 000 bytes, secrets left out, and of white space all but one of each run.
    pub text: Option<String>,
}

/// What has gone of an answer that was sent in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Code of the agency.
    pub agency: Option<String>,
    /// Who in it.
    pub who: String,
    /// The layers that were asked.
    pub layers: Vec<String>,
    /// Features that were handed over to be sent.
    pub features: u64,
    /// Whether it went to its end.
    pub whole: bool,
    /// Name of the request.
    pub request: String,
}

/// Tiles that were asked for by one caller, of the same layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiles {
    /// Code of the agency.
    pub agency: Option<String>,
    /// Who in it.
    pub who: String,
    /// The layers in each of them.
    pub layers: Vec<String>,
    /// The highest class that they may hold.
    pub class: String,
    /// The minute in which the first was asked for; the last was before the record.
    pub minute: String,
    /// How many.
    pub tiles: u64,
}

/// A month that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Which, as `2025-11`.
    pub month: String,
    /// Number of its last record.
    pub last: u64,
    /// The hash of that: the record behind it names it, and the chain holds from here on.
    pub last_hash: ChainHash,
    /// Who removed it.
    pub who: String,
}

/// A record, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub n: u64,
    /// The hash of the one before.
    pub prev: ChainHash,
    /// When it happened.
    pub at: OffsetDateTime,
    /// What it says.
    pub entry: Entry,
    /// Its own hash.
    pub hash: ChainHash,
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It has not the form of one.
    NoRecord,
    /// Its hash is not that of what it says.
    Changed,
}

#[derive(Serialize)]
struct Written<'a> {
    n: u64,
    prev: ChainHash,
    at: String,
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Read {
    n: u64,
    prev: ChainHash,
    at: String,
    #[serde(flatten)]
    entry: Entry,
}

impl ChainHash {
    /// That before the first record.
    pub const ZERO: Self = Self([0; HASH_DIGITS / 2]);

    fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl Head {
    /// Before the first record.
    pub const NONE: Self = Self { n: 0, hash: ChainHash::ZERO };

    /// The line of the record behind this one, with its end of line, and the head that it makes.
    pub fn followed_by(
        self,
        at: OffsetDateTime,
        entry: &Entry,
    ) -> Result<(Vec<u8>, Self), serde_json::Error> {
        let at = in_vietnam(at);
        let at = at.replace_nanosecond(at.nanosecond() / 1_000_000 * 1_000_000).unwrap_or(at);
        let at = at.format(&Rfc3339).map_err(serde::ser::Error::custom)?;
        let n = self.n + 1;
        let mut line = serde_json::to_vec(&Written { n, prev: self.hash, at, entry })?;
        // The brace that ends it goes behind the hash.
        line.pop();
        let hash = ChainHash::of(&line);
        line.extend_from_slice(BEFORE_HASH);
        line.extend_from_slice(hash.to_string().as_bytes());
        line.extend_from_slice(BEHIND_HASH);
        line.push(b'\n');
        Ok((line, Self { n, hash }))
    }
}

impl Record {
    /// Out of a line without its end. That it holds together is looked at; where it stands is not.
    pub fn read(line: &[u8]) -> Result<Self, Flaw> {
        let behind = BEFORE_HASH.len() + HASH_DIGITS + BEHIND_HASH.len();
        let content = line.len().checked_sub(behind).ok_or(Flaw::NoRecord)?;
        let (content, stated) = line.split_at(content);
        let digits = stated.strip_prefix(BEFORE_HASH).and_then(|rest| rest.strip_suffix(BEHIND_HASH));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok()).ok_or(Flaw::NoRecord)?;
        let hash: ChainHash = digits.parse().map_err(|_| Flaw::NoRecord)?;
        if ChainHash::of(content) != hash {
            return Err(Flaw::Changed);
        }
        let object = [content, b"}"].concat();
        let Read { n, prev, at, entry } = serde_json::from_slice(&object).map_err(|_| Flaw::NoRecord)?;
        let at = OffsetDateTime::parse(&at, &Rfc3339).map_err(|_| Flaw::NoRecord)?;
        if n == u64::MAX {
            // Nothing can stand behind it.
            return Err(Flaw::NoRecord);
        }
        Ok(Self { n, prev, at, entry, hash })
    }

    /// Where the chain is with it.
    pub const fn head(&self) -> Head {
        Head { n: self.n, hash: self.hash }
    }
}

impl Entry {
    /// The agency that it is about, and the layers; `None` of what is about the record itself.
    pub fn about(&self) -> Option<(Option<&str>, &[String])> {
        match self {
            Self::Answer(Answer { agency, layers, .. })
            | Self::Sent(Sent { agency, layers, .. })
            | Self::Tiles(Tiles { agency, layers, .. }) => Some((agency.as_deref(), layers)),
            Self::Began { .. } | Self::Healed { .. } | Self::Resumed { .. } | Self::Removed(_) => None,
        }
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is no hash, or no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no hash: 64 digits 0-9 a-f")]
pub struct NoHash;

impl FromStr for ChainHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let bytes = text.as_bytes();
        // In one form only, so that no other line has the same hash.
        if bytes.len() != HASH_DIGITS || bytes.iter().any(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NoHash);
        }
        let mut hash = Self::ZERO;
        for (byte, digits) in hash.0.iter_mut().zip(bytes.chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NoHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoHash)?;
        }
        Ok(hash)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, self.hash)
    }
}

impl FromStr for Head {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let (n, hash) = text.split_once(':').ok_or(NoHash)?;
        Ok(Self { n: n.parse().map_err(|_| NoHash)?, hash: hash.parse()? })
    }
}

impl Serialize for ChainHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChainHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
