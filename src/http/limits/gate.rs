//! So many at once, and no more; who has to wait stands in a line of his own, and the lines are served in turn, so
//! that one caller with two hundred requests keeps another with one waiting for no more than his turn.
//!
//! Whoever goes away, from his place or out of his line, frees it at once: both are given back when they are dropped.
//! Memory is bounded by the places and the lines: of a caller who neither holds nor waits nothing is kept.
//!
//! Must not know what is done at a place.

use super::asker::Asker;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// How many and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// At once, in all.
    pub places: usize,
    /// Of them, by one caller.
    pub share: usize,
    /// Waiting, in all.
    pub queue: usize,
    /// Of them, from one caller.
    pub line: usize,
    /// The longest wait.
    pub wait: Duration,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// He has as much under way and waiting as one caller may.
    Share,
    /// Too many wait.
    Full,
    /// He has waited as long as anybody waits.
    Waited,
}

/// The gate before one kind of work.
#[derive(Debug)]
pub struct Gate {
    bounds: Bounds,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    held: usize,
    waiting: usize,
    lines: HashMap<Asker, Line>,
    /// Whose turn it is: each that has somebody waiting, once.
    round: VecDeque<Asker>,
}

#[derive(Debug, Default)]
struct Line {
    held: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// A place at work.
#[derive(Debug)]
pub struct Place {
    gate: Option<Arc<Gate>>,
    who: Asker,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(gate) = self.gate.take() {
            gate.give_back(self.who);
            gate.call();
        }
    }
}

/// A place in a line.
struct Waiter<'g> {
    gate: &'g Gate,
    who: Asker,
    called: Option<oneshot::Receiver<Place>>,
}

impl Waiter<'_> {
    async fn turn(&mut self) -> Option<Place> {
        self.called.as_mut()?.await.ok()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        // A place that came too late goes to the next, before anything is locked here.
        drop(self.called.take());
        let mut inside = self.gate.inside();
        let Some(line) = inside.lines.get_mut(&self.who) else { return };
        let before = line.waiting.len();
        line.waiting.retain(|call| !call.is_closed());
        let (left, is_empty) = (before - line.waiting.len(), line.waiting.is_empty());
        inside.waiting -= left;
        if is_empty {
            inside.round.retain(|who| *who != self.who);
        }
        inside.forget(self.who);
    }
}

impl Inside {
    /// Keeps nothing of who neither holds nor waits.
    fn forget(&mut self, who: Asker) {
        if self.lines.get(&who).is_some_and(|line| line.held == 0 && line.waiting.is_empty()) {
            self.lines.remove(&who);
        }
    }

    fn hold(&mut self, who: Asker) {
        self.held += 1;
        self.lines.entry(who).or_default().held += 1;
    }
}

impl Gate {
    /// With nobody in.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, inside: Mutex::default() }
    }

    /// A place, as soon as there is one for him; at once an error where he may not even wait.
    pub async fn enter(self: &Arc<Self>, who: Asker) -> Result<Place, Refused> {
        let mut waiter = {
            let mut inside = self.inside();
            let (share, line_max) = self.share_of(who);
            let line = inside.lines.get(&who);
            let (held, waits) = line.map_or((0, 0), |line| (line.held, line.waiting.len()));
            // Where a place is free, all who wait have their shares already.
            if inside.held < self.bounds.places && held < share {
                inside.hold(who);
                return Ok(Place { gate: Some(self.clone()), who });
            }
            if waits >= line_max {
                return Err(Refused::Share);
            }
            if inside.waiting >= self.bounds.queue {
                return Err(Refused::Full);
            }
            let (call, called) = oneshot::channel();
            inside.lines.entry(who).or_default().waiting.push_back(call);
            inside.waiting += 1;
            if waits == 0 {
                inside.round.push_back(who);
            }
            Waiter { gate: self, who, called: Some(called) }
        };
        match timeout(self.bounds.wait, waiter.turn()).await {
            Ok(Some(place)) => Ok(place),
            _ => Err(self.why(who)),
        }
    }

    /// How many are at work, and how many wait.
    pub fn told(&self) -> (usize, usize) {
        let inside = self.inside();
        (inside.held, inside.waiting)
    }

    /// Callers of whom something is kept.
    #[cfg(test)]
    fn known(&self) -> usize {
        self.inside().lines.len()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many places and how long a line one may have. Those who cannot be told apart are many: they leave some
    /// places, in the line as well, to those who can be.
    const fn share_of(&self, who: Asker) -> (usize, usize) {
        match who {
            Asker::Unknown => {
                let Bounds { places, queue, .. } = self.bounds;
                (places - places / 4, queue - queue / 4)
            }
            Asker::Known(_) => (self.bounds.share, self.bounds.line),
        }
    }

    fn why(&self, who: Asker) -> Refused {
        let held = self.inside().lines.get(&who).map_or(0, |line| line.held);
        let is_known = who != Asker::Unknown;
        if is_known && held >= self.share_of(who).0 { Refused::Share } else { Refused::Waited }
    }

    fn give_back(&self, who: Asker) {
        let mut inside = self.inside();
        inside.held -= 1;
        if let Some(line) = inside.lines.get_mut(&who) {
            line.held -= 1;
        }
        inside.forget(who);
    }

    /// Hands free places on.
    fn call(self: &Arc<Self>) {
        while let Some((who, call)) = self.next() {
            // Who has gone meanwhile gives his place back without calling others: that is done here.
            if let Err(mut place) = call.send(Place { gate: Some(self.clone()), who }) {
                place.gate = None;
                self.give_back(who);
            }
        }
    }

    /// Who is next, with a place taken for him.
    fn next(&self) -> Option<(Asker, oneshot::Sender<Place>)> {
        let mut inside = self.inside();
        if inside.held >= self.bounds.places {
            return None;
        }
        for _ in 0..inside.round.len() {
            let who = inside.round.pop_front()?;
            let share = self.share_of(who).0;
            let Some(line) = inside.lines.get_mut(&who) else { continue };
            if line.held >= share {
                inside.round.push_back(who);
                continue;
            }
            let Some(call) = line.waiting.pop_front() else { continue };
            let others_wait = !line.waiting.is_empty();
            inside.waiting -= 1;
            inside.hold(who);
            if others_wait {
                inside.round.push_back(who);
            }
            return Some((who, call));
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const BOUNDS: Bounds = Bounds { places: 4, share: 3, queue: 6, line: 4, wait: Duration::from_millis(80) };
    const ANNA: Asker = Asker::Known(1);
    const BINH: Asker = Asker::Known(2);

    fn gate() -> Arc<Gate> {
        Arc::new(Gate::new(BOUNDS))
    }

    #[tokio::test]
    async fn one_caller_has_his_share_and_a_short_line_and_the_next_one_still_enters() {
        let gate = gate();
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(gate.enter(ANNA).await.unwrap());
        }
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(gate.enter(ANNA))).collect();
        assert!(waiting.iter_mut().all(|w| w.as_mut().now_or_never().is_none()));
        assert_eq!(gate.enter(ANNA).now_or_never().unwrap().unwrap_err(), Refused::Share);
        let _binh = gate.enter(BINH).now_or_never().unwrap().unwrap();
        assert_eq!(gate.told(), (4, 4));
    }

    #[tokio::test]
    async fn lines_are_served_in_turn() {
        let gate = gate();
        let mut held: Vec<_> = Vec::new();
        for who in [ANNA, ANNA, ANNA, BINH] {
            held.push(gate.enter(who).await.unwrap());
        }
        let mut anna: Vec<_> = (0..4).map(|_| Box::pin(gate.enter(ANNA))).collect();
        assert!(anna.iter_mut().all(|w| w.as_mut().now_or_never().is_none()));
        let mut binh = Box::pin(gate.enter(BINH));
        assert!(binh.as_mut().now_or_never().is_none());
        // Two of Anna's places become free: one is hers again, one is Binh's, though three of hers came before him.
        drop(held.drain(..2));
        let _his = binh.as_mut().now_or_never().expect("his turn").unwrap();
        let hers: Vec<_> = anna.iter_mut().filter_map(|w| w.as_mut().now_or_never()).collect();
        assert_eq!(hers.len(), 1);
    }

    #[tokio::test]
    async fn a_full_queue_and_a_long_wait_are_told_apart() {
        let gate = gate();
        let mut held = Vec::new();
        for who in 10..14 {
            held.push(gate.enter(Asker::Known(who)).await.unwrap());
        }
        let mut waiting: Vec<_> = (20..26).map(|who| Box::pin(gate.enter(Asker::Known(who)))).collect();
        assert!(waiting.iter_mut().all(|w| w.as_mut().now_or_never().is_none()));
        assert_eq!(gate.enter(BINH).now_or_never().unwrap().unwrap_err(), Refused::Full);
        assert_eq!(waiting.pop().unwrap().await.unwrap_err(), Refused::Waited);
        drop((held, waiting));
        assert_eq!((gate.told(), gate.known()), ((0, 0), 0));
    }

    #[tokio::test]
    async fn who_goes_away_frees_his_place_and_his_line() {
        let gate = gate();
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(gate.enter(ANNA).await.unwrap());
        }
        let mut first = Box::pin(gate.enter(ANNA));
        let mut second = Box::pin(gate.enter(ANNA));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        drop(first);
        assert_eq!(gate.told(), (3, 1));
        drop(held.pop());
        let place = second.as_mut().now_or_never().expect("called").unwrap();
        // One that is called and goes before he hears of it.
        let third = {
            let mut third = Box::pin(gate.enter(ANNA));
            assert!(third.as_mut().now_or_never().is_none());
            third
        };
        drop(place);
        drop(third);
        drop(held);
        assert_eq!((gate.told(), gate.known()), ((0, 0), 0));
    }

    #[tokio::test]
    async fn those_who_cannot_be_told_apart_leave_places_to_others() {
        let gate = gate();
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(gate.enter(Asker::Unknown).await.unwrap());
        }
        assert_eq!(gate.enter(Asker::Unknown).await.unwrap_err(), Refused::Waited);
        assert!(gate.enter(ANNA).now_or_never().unwrap().is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whatever_comes_and_goes_no_place_is_lost_and_none_is_given_twice() {
        let gate = Arc::new(Gate::new(Bounds { queue: 200, line: 50, ..BOUNDS }));
        let most = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let tasks = (0..400_u64).map(|number| {
            let (gate, most) = (gate.clone(), most.clone());
            tokio::spawn(async move {
                let patience = Duration::from_micros(number * 7919 % 30_000);
                let work = async {
                    let Ok(_place) = gate.enter(Asker::Known(number % 7)).await else { return };
                    most.fetch_max(gate.told().0, std::sync::atomic::Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_micros(number * 31 % 700)).await;
                };
                let _ = timeout(patience, work).await;
            })
        });
        futures_util::future::join_all(tasks.collect::<Vec<_>>()).await;
        assert_eq!((gate.told(), gate.known()), ((0, 0), 0));
        assert!(most.load(std::sync::atomic::Ordering::SeqCst) <= BOUNDS.places);
    }
}
