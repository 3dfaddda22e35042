//! How many files that were sent are worked on at once, and that all of it has ended, or is broken off, before the server
//! has.
//!
//! Must not know what the work is.

use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

/// Files that are read or loaded at once.
pub const WORKS_AT_ONCE: usize = 2;
/// Steps that are under way or wait, of all callers.
pub const WORKS_IN_ALL: usize = 12;
/// How long what is under way may take to end when the server stops.
const ENDS: Duration = Duration::from_secs(10);
/// How long it may take then to say that it was broken off.
const SAYS_SO: Duration = Duration::from_secs(2);

/// The turns of all.
#[derive(Debug)]
pub struct Turns {
    at_once: Arc<Semaphore>,
    places: Arc<Semaphore>,
    is_cut: watch::Sender<bool>,
}

/// A place among what is under way or waits, until it is known and on record what came of it.
#[derive(Debug)]
pub struct Place {
    _held: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(WORKS_AT_ONCE)),
            places: Arc::new(Semaphore::new(WORKS_IN_ALL)),
            is_cut: watch::Sender::new(false),
        }
    }
}

impl Turns {
    /// A place, if there is one.
    pub fn place(&self) -> Option<Place> {
        self.places.clone().try_acquire_owned().ok().map(|held| Place { _held: held })
    }

    /// Waits for a turn to be one of those that are done at once; `None` where the server stops.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.at_once.clone().acquire_owned().await.ok()
    }

    /// Ends when what is under way is to be broken off.
    pub async fn cut(&self) {
        // There is somebody who could say so as long as this is there.
        let _ = self.is_cut.subscribe().wait_for(|is_cut| *is_cut).await;
    }

    /// Breaks off what is under way.
    pub fn cut_now(&self) {
        self.is_cut.send_replace(true);
    }

    /// Gives no more turns, and waits for what has one. What takes too long is broken off.
    pub async fn close(&self) {
        self.close_within(ENDS).await;
    }

    async fn close_within(&self, time: Duration) {
        self.at_once.close();
        if self.all_ended(time).await {
            return;
        }
        tracing::warn!("a file that was sent is still being worked on, and that is broken off");
        self.cut_now();
        if !self.all_ended(SAYS_SO).await {
            tracing::error!("it is not on record what came of work on a file that was sent");
        }
    }

    /// Whether nothing is under way any more, within a time.
    async fn all_ended(&self, time: Duration) -> bool {
        let all = u32::try_from(WORKS_IN_ALL).unwrap_or(u32::MAX);
        timeout(time, self.places.acquire_many(all)).await.is_ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_gives_no_turn_and_waits_for_those_that_have_one() {
        let turns = Arc::new(Turns::default());
        let (place, turn) = (turns.place().unwrap(), turns.turn().await.unwrap());
        let closing = tokio::spawn({
            let turns = turns.clone();
            async move { turns.close_within(Duration::from_secs(60)).await }
        });
        while !turns.at_once.is_closed() {
            tokio::task::yield_now().await;
        }
        assert!(turns.turn().await.is_none(), "there are no more turns");
        assert!(!closing.is_finished());
        drop((turn, place));
        closing.await.unwrap();
        assert!(!*turns.is_cut.borrow(), "nothing was broken off");
    }

    #[tokio::test]
    async fn what_takes_too_long_is_broken_off() {
        let turns = Arc::new(Turns::default());
        let place = turns.place().unwrap();
        let broken_off = tokio::spawn({
            let turns = turns.clone();
            async move {
                turns.cut().await;
                drop(place);
            }
        });
        turns.close_within(Duration::ZERO).await;
        broken_off.await.unwrap();
    }
}
