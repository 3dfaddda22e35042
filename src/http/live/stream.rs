//! One caller's stream: what he is told, a sign of life now and then, and its end as soon as he is not who he was.

use super::{super::SeenSite, told::anew};
use crate::{
    layer::Caller,
    store::{
        FeatureStore,
        changes::{Heard, Listener},
    },
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, header},
};
use futures_util::stream;
use std::{collections::BTreeSet, convert::Infallible, future::pending, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until},
};

/// How often it is looked whether the caller is still who he was.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After how many looks the client is sent a sign of life; proxies cut off what is silent for a minute.
const LOOKS_OF_SILENCE: u32 = 5;
/// A comment (HTML Standard, 9.2.5).
const SIGN_OF_LIFE: Bytes = Bytes::from_static(b":\n\n");

/// A stream and what it listens to.
pub struct Stream<S> {
    site: SeenSite<S>,
    /// By which the caller is known; empty where he has not said who he is.
    said: HeaderMap,
    /// How keys and grants stood when it was last looked who he is.
    known_at: [u64; 2],
    layers: BTreeSet<String>,
    listener: Listener,
    ended: watch::Receiver<bool>,
    until: Option<Instant>,
    looks: Interval,
    looked: u32,
}

/// What happens next.
enum Next {
    End,
    Look,
    Heard(Heard),
}

impl<S: FeatureStore> Stream<S> {
    /// Of the changes of some layers, for as long as it is to last at most.
    pub fn new(
        site: SeenSite<S>,
        headers: &HeaderMap,
        layers: BTreeSet<String>,
        listener: Listener,
        lasts: Option<Duration>,
    ) -> Self {
        let mut said = HeaderMap::new();
        for name in [header::AUTHORIZATION, HeaderName::from_static("x-api-key")] {
            for value in headers.get_all(&name) {
                said.append(name.clone(), value.clone());
            }
        }
        let mut looks = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (known_at, ended) = (site.callers.state(), site.live.ended.subscribe());
        let until = lasts.map(|lasts| Instant::now() + lasts);
        Self { site, said, known_at, layers, listener, ended, until, looks, looked: 0 }
    }

    /// The body of the answer, of which `first` is the first.
    pub fn begin(self, first: Bytes) -> Body {
        let pieces = stream::unfold((Some(first), self), |(first, mut own)| async move {
            let piece = match first {
                Some(first) => Some(first),
                None => own.piece().await,
            };
            piece.map(|piece| (Ok::<_, Infallible>(piece), (None, own)))
        });
        Body::from_stream(pieces)
    }

    /// The next that is sent; `None` at its end.
    async fn piece(&mut self) -> Option<Bytes> {
        loop {
            match self.next().await {
                Next::End => return None,
                Next::Look => {
                    if !self.is_still_he().await {
                        return None;
                    }
                    self.looked += 1;
                    if self.looked.is_multiple_of(LOOKS_OF_SILENCE) {
                        return Some(SIGN_OF_LIFE);
                    }
                }
                Next::Heard(heard) => {
                    let is_known = self.known_at == self.site.callers.state();
                    if !is_known && !self.is_still_he().await {
                        return None;
                    }
                    match heard {
                        Heard::Missed => return Some(anew()),
                        Heard::Change(change) if self.layers.contains(&change.layer) => {
                            let view = self.site.catalog.view(&change.layer, self.site.caller());
                            let text = view.and_then(|view| self.site.live.told.text(&change, &view));
                            if text.is_some() {
                                return text;
                            }
                        }
                        Heard::Change(_) => {}
                    }
                }
            }
        }
    }

    async fn next(&mut self) -> Next {
        let until = self.until;
        let over = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = self.ended.wait_for(|ended| *ended) => Next::End,
            () = over => Next::End,
            _ = self.looks.tick() => Next::Look,
            heard = self.listener.next() => heard.map_or(Next::End, Next::Heard),
        }
    }

    /// Whether the caller is still known by what he said, and sees what he saw.
    async fn is_still_he(&mut self) -> bool {
        if self.said.is_empty() {
            return true;
        }
        self.known_at = self.site.callers.state();
        let same = |now: &Caller| {
            let then = self.site.caller();
            now.sight() == then.sight() && now.who() == then.who()
        };
        self.site.callers.of(&self.said).await.is_ok_and(|now| same(&now))
    }
}
