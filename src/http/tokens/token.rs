//! One token: what it says before anybody believes it, and what it says once its signature holds.
//!
//! Must not know where keys come from.

use super::{Refused, signatures};
use crate::layer::provider::{AgencyRule, Provider};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, TokenData, Validation, dangerous, decode, errors::ErrorKind,
    get_current_timestamp,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Bytes of a token; one with hundreds of groups has fewer.
const LONGEST: usize = 16 * 1024;
/// How far clocks may be apart, seconds.
const SKEW_S: u64 = 60;
/// Letters of a person's name.
const NAME_LONGEST: usize = 255;

/// Whether it has the form of a signed token (RFC 7515, 7.1), and not that of a key.
pub fn is_token(text: &str) -> bool {
    text.bytes().filter(|b| *b == b'.').count() == 2
}

/// What a token says. Nothing of it is believed yet.
pub struct Token<'a> {
    text: &'a str,
    header: Header,
    issuer: String,
}

/// Whom a token stands for, and until when.
pub struct Claims {
    /// Code of the agency.
    pub agency: String,
    /// What the provider calls the person.
    pub person: String,
    /// From when on it is refused, seconds since 1970.
    pub until: u64,
}

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

impl<'a> Token<'a> {
    /// Takes it apart.
    pub fn read(text: &'a str) -> Result<Self, Refused> {
        if text.len() > LONGEST {
            return Err(Refused::NotTaken);
        }
        let TokenData { header, claims: Issued { iss } } =
            dangerous::insecure_decode(text).map_err(|_| Refused::NotTaken)?;
        // What must be understood to be believed (RFC 7515, 4.1.11), and what is signed to say something else than
        // who somebody is (RFC 8725, 3.11).
        let typ = header.typ.as_deref().map(|typ| typ.to_ascii_lowercase());
        let is_identity =
            typ.is_none_or(|typ| ["jwt", "at+jwt", "application/at+jwt"].contains(&typ.as_str()));
        if header.crit.is_some() || !is_identity {
            return Err(Refused::NotTaken);
        }
        Ok(Self { text, header, issuer: iss })
    }

    /// Who it says has made it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Which key it says to be signed with.
    pub fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// How it says to be signed, if its provider may sign so.
    pub fn algorithm(&self, provider: &Provider) -> Option<Algorithm> {
        let mut listed = provider.algorithms.iter().map(|algorithm| signatures::algorithm(*algorithm));
        listed.find(|algorithm| *algorithm == self.header.alg)
    }

    /// What it says, if the key holds its signature and it is for this server and for now.
    pub fn claims(
        &self,
        provider: &Provider,
        key: &DecodingKey,
        algorithm: Algorithm,
    ) -> Result<Claims, Refused> {
        let mut wanted = Validation::new(algorithm);
        wanted.leeway = SKEW_S;
        wanted.validate_nbf = true;
        wanted.set_issuer(&[&provider.issuer]);
        wanted.set_audience(&[&provider.audience]);
        wanted.set_required_spec_claims(&["exp", "iss", "aud"]);
        let read = decode::<Map<String, Value>>(self.text, key, &wanted);
        let claims = read.map_err(|error| refused(error.kind()))?.claims;
        let issued_at = claims.get("iat").map(|at| at.as_f64().ok_or(Refused::Incomplete)).transpose()?;
        if issued_at.is_some_and(|at| at > (get_current_timestamp() + SKEW_S) as f64) {
            return Err(Refused::NotYet);
        }
        let ends = claims.get("exp").and_then(Value::as_f64).ok_or(Refused::Incomplete)?;
        let agency = agency(&provider.agency, &claims).ok_or(Refused::NoAgency)?;
        let person = claims.get(&provider.person_claim).and_then(Value::as_str).filter(|name| is_name(name));
        let person = person.ok_or(Refused::NoPerson)?.to_owned();
        Ok(Claims { agency, person, until: (ends as u64).saturating_add(SKEW_S) })
    }
}

/// What is told of a mistake; before the signature holds, the same of all.
fn refused(kind: &ErrorKind) -> Refused {
    match kind {
        ErrorKind::ExpiredSignature => Refused::Ended,
        ErrorKind::ImmatureSignature => Refused::NotYet,
        ErrorKind::InvalidAudience => Refused::Elsewhere,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => Refused::Incomplete,
        _ => Refused::NotTaken,
    }
}

/// The agency that the claims name; a list may name one that is known, and others that are not.
fn agency(rule: &AgencyRule, claims: &Map<String, Value>) -> Option<String> {
    let (name, among) = match rule {
        AgencyRule::One(agency) => return Some(agency.clone()),
        AgencyRule::Claim { name, among } => (name, among),
    };
    let said = match claims.get(name)? {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let mut known = said.into_iter().filter_map(Value::as_str).filter(|code| among.contains(*code));
    let agency = known.next()?;
    known.all(|other| other == agency).then(|| agency.to_owned())
}

/// Whether it can stand in a log and in a table as it is.
fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    (1..=NAME_LONGEST).contains(&length) && !name.chars().any(char::is_control)
}
