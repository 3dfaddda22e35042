//! So that no caller has all of it: how many requests of a kind are at work, in all and for one caller, how many wait
//! and how long, how often one caller may ask, how long an answer may take. What is over it is refused at once, with
//! when to come again: 429 where it is the caller's own excess, 503 where it is everybody's.
//!
//! A tile that is made already, a document about layers and health take no place and wait for nobody.
//!
//! Must not know what is answered.

/// For whose account a request is.
mod asker;
/// What kind of work a route is.
mod class;
/// So many at once.
mod gate;
/// How often.
mod rate;
/// All limits, as people are told of them.
mod told;

pub use asker::Network;
pub use class::Class;
pub use gate::Place;
pub use told::table;

use super::{Problem, Site};
use crate::{
    metrics::{Metrics, Refusal},
    store::{FeatureStore, Held},
};
use asker::Asker;
use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use gate::{Gate, Refused};
use rate::{Left, Rate, Rates};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Draft of the IETF, httpapi-ratelimit-headers 10: what one may ask in all, and what is left of it.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

tokio::task_local! {
    /// What the request under way is, and for whose account.
    static ASKED: (Class, Asker);
}

/// The gates and rates of a site.
#[derive(Debug)]
pub struct Limits {
    /// Proxies beside this machine of which it is believed for whom they ask.
    pub proxies: Vec<Network>,
    kinds: [Kind; Class::BOUNDED.len()],
}

#[derive(Debug)]
struct Kind {
    gate: Arc<Gate>,
    rates: Option<(Rate, Rates)>,
}

impl Default for Limits {
    fn default() -> Self {
        let kinds = Class::BOUNDED.map(|class| Kind {
            gate: Arc::new(Gate::new(class.bounds())),
            rates: class.rate().map(|rate| (rate, Rates::new(rate))),
        });
        Self { proxies: Vec::new(), kinds }
    }
}

impl Limits {
    /// Without rates: whoever has asked often is held to his share at once, and to nothing else.
    pub fn without_rates() -> Self {
        let mut limits = Self::default();
        limits.kinds.iter_mut().for_each(|kind| kind.rates = None);
        limits
    }

    fn kind(&self, class: Class) -> Option<&Kind> {
        let place = Class::BOUNDED.iter().position(|own| *own == class)?;
        self.kinds.get(place)
    }

    /// Notes how much is under way and waits.
    pub fn tell(&self, metrics: &Metrics) {
        for (class, kind) in Class::BOUNDED.iter().zip(&self.kinds) {
            let (held, waiting) = kind.gate.told();
            let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            metrics.under_way.get_or_create(&class.into()).set(number(held));
            metrics.waiting.get_or_create(&class.into()).set(number(waiting));
        }
    }

    /// How many wait for each kind of work.
    pub fn waiting(&self) -> serde_json::Value {
        let each = Class::BOUNDED.iter().zip(&self.kinds);
        each.map(|(class, kind)| (class.name().to_owned(), kind.gate.told().1.into()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

impl From<&Class> for crate::metrics::Work {
    fn from(class: &Class) -> Self {
        Self { work: class.name() }
    }
}

/// Let in: a place, and what is left of the caller's rate.
struct Entered {
    place: Option<Place>,
    left: Option<(Rate, Left)>,
}

impl<S> Site<S> {
    /// Lets the caller in to work of a class, as soon as it is his turn.
    async fn enter(&self, class: Class, who: Asker) -> Result<Entered, Problem> {
        let Some(kind) = self.limits.kind(class) else { return Ok(Entered { place: None, left: None }) };
        let left = match (&kind.rates, who) {
            (Some((rate, rates)), Asker::Known(who)) => match rates.take(who) {
                Ok(left) => Some((*rate, left)),
                Err(wait) => return Err(self.refusal(class, "rate", too_often(*rate, wait))),
            },
            _ => None,
        };
        match kind.gate.enter(who).await {
            Ok(place) => Ok(Entered { place: Some(place), left }),
            Err(Refused::Share) => Err(self.refusal(class, "share", too_many_at_once(class))),
            Err(Refused::Full) => Err(self.refusal(class, "queue_full", Problem::busy())),
            Err(Refused::Waited) => Err(self.refusal(class, "waited", Problem::busy())),
        }
    }

    fn refusal(&self, class: Class, reason: &'static str, problem: Problem) -> Problem {
        self.metrics.refused.get_or_create(&Refusal { work: class.name(), reason }).inc();
        problem
    }

    /// A place for the tile that the request under way turns out to need made.
    pub async fn place_for_tile(&self) -> Result<Option<Place>, Problem> {
        let (class, who) = ASKED.try_with(|asked| *asked).unwrap_or((Class::Tile, Asker::Unknown));
        Ok(self.enter(class, who).await?.place)
    }
}

/// Lets a request in, has it work no longer than it may, and keeps its place until the answer has gone.
pub async fn admitted<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    request: Request,
    next: Next,
) -> Response {
    let class = Class::of(&request);
    let who = Asker::of(request.extensions(), request.headers(), &site.limits.proxies);
    if class == Class::Light {
        return class.effort().of(next.run(request)).await;
    }
    let entered = match class.waits_before_all() {
        true => site.enter(class, who).await,
        false => Ok(Entered { place: None, left: None }),
    };
    let Entered { place, left } = match entered {
        Ok(entered) => entered,
        Err(problem) => return problem.into_response(),
    };
    let place = place.map(Arc::new);
    let held = place.clone().map(|place| place as Held);
    let work = ASKED.scope((class, who), class.effort().holding(held, next.run(request)));
    let response = match class.time() {
        None => work.await,
        Some(time) => match timeout(time, work).await {
            Ok(response) => response,
            Err(_) => {
                return site.refusal(class, "time", Problem::too_slow(time.as_secs())).into_response();
            }
        },
    };
    let mut response = holding(response, place);
    if let Some((rate, left)) = left {
        put_rate(response.headers_mut(), class, rate, left);
    }
    response
}

/// The answer with its place, which is free again once the last of it has been taken, or the client has gone. One that
/// is whole in memory needs none any more.
fn holding(response: Response, place: Option<Arc<Place>>) -> Response {
    match place {
        Some(place) if response.body().size_hint().exact().is_none() => response.map(|body| {
            let pieces = body.into_data_stream().map(move |piece| {
                let _held = &place;
                piece
            });
            Body::from_stream(pieces)
        }),
        _ => response,
    }
}

fn put_rate(headers: &mut HeaderMap, class: Class, rate: Rate, left: Left) {
    let name = class.name();
    let policy = format!("\"{name}\";q={};w={}", rate.burst, rate.window_s());
    let now = format!("\"{name}\";r={};t={}", left.remaining, left.full_in_s);
    for (header, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, now)] {
        headers.extend(HeaderValue::try_from(text).ok().map(|value| (header, value)));
    }
}

fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

fn too_often(rate: Rate, wait: Duration) -> Problem {
    let Rate { burst, per_s } = rate;
    let detail = format!(
        "too many requests of this kind from one caller: {burst} at once, and from then on {per_s} a second; the header \
         Retry-After says when to go on"
    );
    Problem::too_many(detail, seconds(wait))
}

fn too_many_at_once(class: Class) -> Problem {
    let gate::Bounds { share, line, .. } = class.bounds();
    let detail = format!(
        "too many requests of this kind from one caller at once: {share} are answered at a time, and {line} may wait; \
         send the next one when an answer has come"
    );
    Problem::too_many(detail, 2)
}
