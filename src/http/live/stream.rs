//! One caller's stream: what he is told, a sign of life now and then, and its end as soon as he is not who he was.
//!
//! What he is to be told waits in a queue of his own until he takes it. Nothing else fills it, so that who takes nothing
//! for long and is told that he missed something learns nothing of what others see.

use super::{super::SeenSite, told::anew};
use crate::{
    layer::Caller,
    store::{
        FeatureStore,
        changes::{Heard, Listener},
        snapshot::LayerChange,
    },
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, header},
};
use futures_util::stream;
use std::{
    collections::BTreeSet,
    convert::Infallible,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until},
};

/// How often it is looked whether the caller is still who he was.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After how many of these times a sign of life is sent; proxies cut off what is silent for a minute.
const LOOKS_OF_SILENCE: u32 = 5;
/// A comment (HTML Standard, 9.2.5).
const SIGN_OF_LIFE: Bytes = Bytes::from_static(b":\n\n");
/// What waits for who is slow; of more he is told that he missed something.
const WAITING: usize = 64;

/// A stream and what it listens to.
pub struct Stream<S> {
    site: Arc<SeenSite<S>>,
    /// By which the caller is known; empty where he has not said who he is.
    said: HeaderMap,
    /// How keys and grants stood when it was last looked who he is.
    known_at: [u64; 2],
    queue: mpsc::Receiver<Bytes>,
    missed: Arc<AtomicBool>,
    ended: watch::Receiver<bool>,
    until: Option<Instant>,
    looks: Interval,
    looked: u32,
    /// After how many looks he is sent a sign of life.
    silence: u32,
}

/// What happens next.
enum Next {
    End,
    Look,
    Told(Bytes),
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
        // Who has said nothing stays who he is.
        let silence = if said.is_empty() { 1 } else { LOOKS_OF_SILENCE };
        let every = LOOK_EVERY * (LOOKS_OF_SILENCE / silence);
        let mut looks = interval_at(Instant::now() + every, every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (known_at, ended) = (site.callers.state(), site.live.ended.subscribe());
        let until = lasts.map(|lasts| Instant::now() + lasts);
        let (site, missed) = (Arc::new(site), Arc::default());
        let (sender, queue) = mpsc::channel(WAITING);
        tokio::spawn(overhear(site.clone(), layers, listener, sender, Arc::clone(&missed)));
        Self { site, said, known_at, queue, missed, ended, until, looks, looked: 0, silence }
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
                    if self.looked.is_multiple_of(self.silence) {
                        return Some(SIGN_OF_LIFE);
                    }
                }
                Next::Told(text) => {
                    let is_known = self.known_at == self.site.callers.state();
                    if !is_known && !self.is_still_he().await {
                        return None;
                    }
                    if !self.missed.swap(false, Ordering::AcqRel) {
                        return Some(text);
                    }
                    // What waits is older than what he missed.
                    while self.queue.try_recv().is_ok() {}
                    return Some(anew());
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
            text = self.queue.recv() => text.map_or(Next::End, Next::Told),
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

/// Hears of all changes, and puts what the caller sees of them into his queue, until he goes.
async fn overhear<S: FeatureStore>(
    site: Arc<SeenSite<S>>,
    layers: BTreeSet<String>,
    mut listener: Listener,
    queue: mpsc::Sender<Bytes>,
    missed: Arc<AtomicBool>,
) {
    let seen = |change: &LayerChange| {
        let view = site.catalog.view(&change.layer, site.caller()).filter(|_| layers.contains(&change.layer));
        view.and_then(|view| site.live.told.text(change, &view))
    };
    loop {
        let heard = tokio::select! {
            () = queue.closed() => return,
            heard = listener.next() => heard,
        };
        let text = match heard {
            Some(Heard::Change(change)) => seen(&change),
            // Not even this could keep up: nobody knows what it was.
            Some(Heard::Missed) => {
                missed.store(true, Ordering::Release);
                Some(Bytes::new())
            }
            None => return,
        };
        if text.is_some_and(|text| queue.try_send(text).is_err()) {
            missed.store(true, Ordering::Release);
        }
    }
}
