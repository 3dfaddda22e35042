//! Who asks: the key or the token of a request, the caller that it stands for, and the site as that caller sees it.
//!
//! Must not know what an answer holds.

use super::{
    Problem, Site,
    on_record::Shown,
    tokens::{Person, Tokens, is_token},
};
use crate::{
    layer::{AccessClass, Caller, EditView, Grants, LayerView, Refusal},
    store::{
        FeatureStore,
        api_key::{KeptKey, KeyHash, KeyRing, KeyState},
    },
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::future::{BoxFuture, FutureExt};
use std::{
    convert::Infallible,
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use time::OffsetDateTime;

/// Where a key stands, if not behind `Authorization: Bearer`.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// How long a key's caller is recognised without a look at the clock by which keys end.
const RECOGNISED_FOR: Duration = Duration::from_secs(1);
/// What answers depend on beside their address.
const VARY: HeaderValue = HeaderValue::from_static("authorization, x-api-key");

/// All who may ask.
#[derive(Debug)]
pub struct Callers {
    anonymous: Caller,
    keys: KeyRing,
    tokens: Tokens,
    grants: RwLock<Arc<Grants>>,
    /// How often grants were taken.
    granted: AtomicU64,
}

/// Who asked last over a connection: the next request with the same key is his without a look at keys and grants,
/// as long as neither has changed.
#[derive(Debug, Default)]
pub struct LastCaller(Mutex<Option<Known>>);

#[derive(Debug)]
struct Known {
    /// Marked as sensitive.
    key: HeaderValue,
    caller: Caller,
    at: Instant,
    state: [u64; 2],
}

/// Who asks. Who asked last is borrowed: to count who holds him would cost more than to look.
#[derive(Debug)]
pub struct Recognised<'l>(Who<'l>);

#[derive(Debug)]
enum Who<'l> {
    /// Who asked last, too.
    Last(MutexGuard<'l, Option<Known>>),
    /// Another.
    Now(Caller),
}

impl Deref for Recognised<'_> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        const NOBODY: &Caller = &Caller::anonymous(AccessClass::Open);
        match &self.0 {
            Who::Now(caller) => caller,
            Who::Last(known) => known.as_ref().map_or(NOBODY, |known| &known.caller),
        }
    }
}

impl Callers {
    /// Nobody but whoever has not said who he is.
    pub fn new(anonymous: Caller) -> Self {
        let (keys, tokens, grants) = (KeyRing::default(), Tokens::default(), RwLock::default());
        Self { anonymous, keys, tokens, grants, granted: AtomicU64::new(0) }
    }

    /// Whoever has not said who he is.
    pub const fn anonymous(&self) -> &Caller {
        &self.anonymous
    }

    /// The keys that are known; whoever follows them fills it.
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Takes grants in place of those before, from the next request on.
    pub fn grant(&self, grants: Grants) {
        self.tokens.take(grants.providers());
        *self.grants.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(grants);
        // Whoever is recognised from now on has these.
        self.granted.fetch_add(1, Ordering::Release);
    }

    /// Keeps the keys of providers of identity fresh, as long as it is waited for.
    pub async fn follow_providers(&self) {
        self.tokens.follow().await;
    }

    /// What agencies may see now, and whose tokens are taken.
    pub fn grants(&self) -> Arc<Grants> {
        self.grants.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is an agency that sees of a layer the rows of some communes and no others.
    pub fn divide(&self, layer: &str) -> bool {
        self.grants.read().unwrap_or_else(PoisonError::into_inner).divide(layer)
    }

    /// How often keys and grants were taken: as long as it is the same, so is who somebody is.
    pub fn state(&self) -> [u64; 2] {
        [self.granted.load(Ordering::Acquire), self.keys.taken()]
    }

    /// Who sends a request with these headers. The reasons of a refusal tell of a key or a token only to who has it.
    pub async fn of(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        match key_of(headers)? {
            None => Ok(self.anonymous.clone()),
            Some(text) if is_token(text) => Ok(self.person(self.tokens.judged(text).await?.as_ref())),
            Some(text) => self.program(text),
        }
    }

    /// The same where it can be told without waiting, and he is let in.
    pub fn at_once(&self, headers: &HeaderMap) -> Option<Caller> {
        match key_of(headers).ok()? {
            None => Some(self.anonymous.clone()),
            Some(text) if is_token(text) => Some(self.person(self.tokens.remembered(text)?.as_ref())),
            Some(text) => self.program(text).ok(),
        }
    }

    /// The same over a connection over which `last` asked before.
    pub fn at_once_after<'l>(&self, last: &'l LastCaller, headers: &HeaderMap) -> Option<Recognised<'l>> {
        let now = || self.at_once(headers).map(|caller| Recognised(Who::Now(caller)));
        let Some(key) = lone_key(headers) else { return now() };
        // Who asks side by side over one connection does not wait for this.
        let Ok(mut last) = last.0.try_lock() else { return now() };
        let state = self.state();
        let at = Instant::now();
        let is_he = |known: &Known| {
            is_same(known.key.as_bytes(), key.as_bytes())
                && known.state == state
                && at.duration_since(known.at) < RECOGNISED_FOR
        };
        if !last.as_ref().is_some_and(is_he) {
            // Looked at here and not of each request: who is known was no token's.
            if is_token(key.to_str().ok()?) {
                return now();
            }
            let caller = self.at_once(headers)?;
            let mut key = key.clone();
            key.set_sensitive(true);
            *last = Some(Known { key, caller, at, state });
        }
        Some(Recognised(Who::Last(last)))
    }

    /// Whoever has this key.
    fn program(&self, text: &str) -> Result<Caller, Problem> {
        let hash = KeyHash::of(text).ok_or_else(|| {
            Problem::unauthorized(
                "this is no API key; one begins with `diaban_`, and 64 digits 0-9 a-f follow",
            )
        })?;
        let held = self.keys.find(&hash).map_err(|_| {
            Problem::not_ready("API keys cannot be looked up: this server has no database, or it is away")
        })?;
        let held = held.ok_or_else(|| Problem::unauthorized("this API key is not known here"))?;
        match held.key.state(OffsetDateTime::now_utc()) {
            KeyState::Good => held.note_use(),
            KeyState::Expired => return Err(ended(&held.key, "expired", held.key.expires_at)),
            KeyState::Revoked => {
                return Err(ended(
                    &held.key,
                    "was revoked",
                    held.key.revoked_at.unwrap_or(held.key.expires_at),
                ));
            }
        }
        let grants = self.grants.read().unwrap_or_else(PoisonError::into_inner).of(&held.key.agency);
        Ok(Caller::agency(self.anonymous.class(), grants).named(held.who.clone()))
    }

    fn person(&self, person: &Person) -> Caller {
        let grants = self.grants.read().unwrap_or_else(PoisonError::into_inner).of(&person.agency);
        Caller::agency(self.anonymous.class(), grants).named(person.who.clone())
    }
}

fn ended(key: &KeptKey, how: &str, at: OffsetDateTime) -> Problem {
    let (id, day) = (key.id, at.date());
    Problem::unauthorized(format!("this API key, number {id}, {how} on {day}; ask for a new one"))
}

/// The key that a request carries, as it is written. Other schemes than Bearer are for whoever stands before this
/// server.
fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let unreadable = || Problem::unauthorized("the API key cannot be read; it is plain ASCII");
    let mut found: Option<&str> = None;
    let own = headers.get_all(X_API_KEY).iter().map(Some);
    let bearers = headers.get_all(header::AUTHORIZATION).iter().map(|value| {
        let (scheme, _) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(value)
    });
    for (value, skipped) in own.zip(std::iter::repeat(0)).chain(bearers.zip(std::iter::repeat(7))) {
        let Some(value) = value else { continue };
        let text = value.to_str().map_err(|_| unreadable())?;
        let text = text.get(skipped..).unwrap_or_default().trim();
        if found.is_some_and(|other| other != text) {
            return Err(Problem::unauthorized("the request carries two API keys that differ; send one"));
        }
        found = Some(text);
    }
    Ok(found)
}

/// Whether two keys are one. It takes as long wherever they differ: over a proxy's connection strangers ask, too.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// The one key of a request that carries it in the header of its own, and nothing else that says who asks.
fn lone_key(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut keys = headers.get_all(X_API_KEY).iter();
    let key = keys.next()?;
    (keys.next().is_none() && !headers.contains_key(header::AUTHORIZATION)).then_some(key)
}

/// Finds out who asks before anything answers, and says of the answer for whom it is.
pub async fn known<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match site.callers.of(request.headers()).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let is_named = caller.agency_code().is_some();
    request.extensions_mut().insert(caller);
    let shown = Shown::of(&mut request);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let says_so = |value: &HeaderValue| value.as_bytes().ends_with(VARY.as_bytes());
    if !headers.get_all(header::VARY).iter().any(says_so) {
        headers.append(header::VARY, VARY);
    }
    // What is not open is for who asked alone, also where anyone who asks from here may see it.
    if is_named || shown.is_guarded() {
        keep_private(headers);
    }
    response
}

/// Says that nobody but the one who asked may keep the answer.
fn keep_private(headers: &mut HeaderMap) {
    let private = kept_private(headers.get(header::CACHE_CONTROL));
    headers.insert(header::CACHE_CONTROL, private);
}

/// What `Cache-Control` says of an answer, said of one that nobody but the one who asked may keep.
pub fn kept_private(said: Option<&HeaderValue>) -> HeaderValue {
    let said = said.and_then(|value| value.to_str().ok()).unwrap_or("no-cache");
    let rest = said.split(',').map(str::trim).filter(|word| !["public", "private"].contains(word));
    let said = ["private"].into_iter().chain(rest).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(said).unwrap_or(HeaderValue::from_static("private, no-cache"))
}

/// The site as one caller sees it. Handlers take this and not the site: there is no other way to a view.
pub struct SeenSite<S> {
    site: Arc<Site<S>>,
    caller: Caller,
    shown: Shown,
}

impl<S> SeenSite<S> {
    /// As `caller` sees it; what he is shown is noted.
    pub const fn new(site: Arc<Site<S>>, caller: Caller, shown: Shown) -> Self {
        Self { site, caller, shown }
    }

    /// What goes on record of the answer.
    pub const fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Who asks.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }
}

impl<S: FeatureStore> SeenSite<S> {
    /// The layer as the caller may see it; one that he may not know of does not exist.
    pub fn view(&self, id: &str) -> Result<LayerView, Problem> {
        let view = self.catalog.view(id, &self.caller).ok_or_else(|| match self.caller.refusal(id) {
            Some(Refusal::Ended(day)) => {
                Problem::forbidden(format!("your agency's grant for the layer `{id}` ended with {day}"))
            }
            Some(Refusal::UpTo(class)) => Problem::forbidden(format!(
                "your agency's grant for the layer `{id}` goes up to the class `{}`, and the layer is above it",
                class.as_str()
            )),
            None => Problem::no_layer(id),
        })?;
        self.shown.note(&view);
        Ok(view)
    }

    /// The layer as far as the caller may change it. Of one that he does not see he is told what [`Self::view`] tells.
    pub fn edit_view(&self, id: &str) -> Result<EditView, Problem> {
        self.view(id)?;
        self.catalog.edit_view(id, &self.caller).ok_or_else(|| match self.caller.agency_code() {
            Some(_) => {
                Problem::forbidden(format!("your agency's grants do not let it change the layer `{id}`"))
            }
            None => Problem::forbidden("changing features takes a key or a token whose grant lets you edit"),
        })
    }

    /// What tells later whether who sends these headers may still change as much of a layer as `view` says.
    pub fn still_edits(
        &self,
        headers: &HeaderMap,
        view: &EditView,
    ) -> impl Fn() -> BoxFuture<'static, bool> + Send + Sync + use<S> {
        let (site, headers, view) = (self.site.clone(), headers.clone(), view.clone());
        move || {
            let (site, headers, view) = (site.clone(), headers.clone(), view.clone());
            async move {
                let caller = site.callers.of(&headers).await.ok();
                let now = caller.and_then(|caller| site.catalog.edit_view(view.id(), &caller));
                now.is_some_and(|now| now.is_as_wide_as(&view))
            }
            .boxed()
        }
    }

    /// All layers that the caller may see.
    pub fn all_views(&self) -> Vec<LayerView> {
        self.catalog.views(&self.caller).inspect(|view| self.shown.note(view)).collect()
    }
}

impl<S> Deref for SeenSite<S> {
    type Target = Site<S>;

    fn deref(&self) -> &Site<S> {
        &self.site
    }
}

impl<S: FeatureStore> FromRequestParts<Arc<Site<S>>> for SeenSite<S> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site<S>>) -> Result<Self, Infallible> {
        // Where nobody has found out who asks, it is someone who has not said so.
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller = caller.unwrap_or_else(|| site.callers.anonymous().clone());
        let shown = parts.extensions.get::<Shown>().cloned().unwrap_or_default();
        Ok(Self::new(site.clone(), caller, shown))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::api_key::ApiKey;

    fn kept(id: i64, key: &ApiKey) -> KeptKey {
        let now = OffsetDateTime::now_utc();
        let (agency, name, hash) = (format!("agency{id}"), String::new(), key.hash());
        let expires_at = now + Duration::from_secs(60);
        KeptKey { id, agency, name, hash, created_at: now, expires_at, revoked_at: None, last_used_at: None }
    }

    fn with(key: &str) -> HeaderMap {
        [(X_API_KEY, HeaderValue::try_from(key).unwrap())].into_iter().collect()
    }

    #[test]
    fn who_asked_last_over_a_connection_is_told_from_others_and_forgotten_with_his_key() {
        let (callers, last) = (Callers::new(Caller::anonymous(AccessClass::Open)), LastCaller::default());
        let keys = [ApiKey::random().unwrap(), ApiKey::random().unwrap()];
        callers.keys().take([kept(1, &keys[0]), kept(2, &keys[1])]);
        let agency = |headers: &HeaderMap| {
            callers.at_once_after(&last, headers).map(|caller| caller.agency_code().map(str::to_owned))
        };
        let [one, two] = [with(keys[0].text()), with(keys[1].text())];
        for _ in 0..2 {
            assert_eq!(agency(&one), Some(Some("agency1".to_owned())));
            assert_eq!(agency(&one), Some(Some("agency1".to_owned())));
            assert_eq!(agency(&two), Some(Some("agency2".to_owned())));
            assert_eq!(agency(&HeaderMap::new()), Some(None));
        }
        let mut both = one.clone();
        both.append(X_API_KEY, two[X_API_KEY].clone());
        assert_eq!(agency(&one), Some(Some("agency1".to_owned())));
        assert_eq!(agency(&both), None, "he says two things");
        assert_eq!(agency(&with(&keys[0].text()[..70])), None);
        callers.keys().take([kept(2, &keys[1])]);
        assert_eq!(agency(&one), None, "his key is gone");
        assert_eq!(agency(&two), Some(Some("agency2".to_owned())));
    }
}
