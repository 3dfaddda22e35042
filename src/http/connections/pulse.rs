//! What passes on one connection, and whether that is too slow.
//!
//! Whoever reads, writes and answers only counts here, without a clock; a look at each connection twice a second
//! ([`Pulse::judge`]) makes times of it. So there is no timer for a connection or a request.
//!
//! Must not know HTTP.

use super::{answer::LongAnswer, limits::ConnectionLimits};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, Semaphore};

/// Why a connection is not let go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The TLS handshake failed, or took too long.
    Handshake,
    /// What was said on the TLS port is no TLS.
    NotTls,
    /// A request's head took too long.
    SlowHead,
    /// A request's body took too long.
    SlowBody,
    /// What is sent is not taken.
    SlowReader,
    /// Nothing was asked for long.
    Idle,
    /// There were too many.
    Refused,
    /// It was told to end, and did not.
    Stopped,
}

impl Reason {
    /// As metrics call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::NotTls => "not_tls",
            Self::SlowHead => "slow_head",
            Self::SlowBody => "slow_body",
            Self::SlowReader => "slow_reader",
            Self::Idle => "idle",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
        }
    }
}

/// What a connection is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// End what is under way and take nothing more.
    Finish = 1,
    /// End at once.
    Cut = 2,
}

/// What passes on one connection.
#[derive(Debug)]
pub struct Pulse {
    /// Bytes that came.
    pub read: AtomicU64,
    /// Bytes that went.
    pub written: AtomicU64,
    /// Whether more is to go and cannot.
    pub write_waits: AtomicBool,
    /// Whether several requests go on side by side, so that bytes may come between requests (HTTP/2).
    pub side_by_side: AtomicBool,
    asked: AtomicU64,
    answered: AtomicU64,
    /// Answers of one piece that nobody has taken yet.
    pub untaken: AtomicU64,
    order: AtomicU8,
    told: Notify,
    seen: Mutex<Seen>,
    long: Mutex<Vec<Weak<LongAnswer>>>,
    /// How many answers were let go of.
    let_go: AtomicU64,
    /// Kilobytes for large answers that are whole in memory, of all connections together.
    pub room: Arc<Semaphore>,
}

/// What the last look saw.
#[derive(Debug)]
struct Seen {
    /// Since when the handshake goes on.
    greeting: Option<Instant>,
    asked: u64,
    /// Since when nothing is asked, and how much had come by then.
    quiet: Option<(Instant, u64)>,
    /// Since when bytes of a head have been coming.
    head: Option<Instant>,
    flow: Flow,
    told_to_finish: Option<Instant>,
}

/// How what is sent is taken.
#[derive(Debug, Default)]
pub struct Flow {
    taken: u64,
    since: Option<Instant>,
    measured: Option<(Instant, u64)>,
}

impl Flow {
    /// Whether `taken`, all bytes until now, is too few, where more `waits` to be taken.
    pub fn is_too_slow(&mut self, now: Instant, waits: bool, taken: u64, limits: &ConnectionLimits) -> bool {
        if !waits {
            *self = Self { taken, ..Self::default() };
            return false;
        }
        if taken != self.taken {
            self.taken = taken;
            self.since = None;
        }
        let since = *self.since.get_or_insert(now);
        let (begun, before) = *self.measured.get_or_insert((now, taken));
        let mut too_slow = now.duration_since(since) >= limits.stall;
        if now.duration_since(begun) >= limits.rate_window {
            too_slow |= taken - before < limits.rate * limits.rate_window.as_secs();
            self.measured = Some((now, taken));
        }
        too_slow
    }
}

/// Answers of one connection that nobody took; of each something stays with the connection until it ends.
const LET_GO_MAX: u64 = 4;
/// How long a connection may take to end once it is told to.
const FINISH: Duration = Duration::from_secs(10);

impl Pulse {
    /// Of a connection that has just come, and has to greet first or not.
    pub fn new(now: Instant, greets: bool, room: Arc<Semaphore>) -> Self {
        let seen = Seen {
            greeting: greets.then_some(now),
            asked: 0,
            quiet: Some((now, 0)),
            head: None,
            flow: Flow::default(),
            told_to_finish: None,
        };
        Self {
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            write_waits: AtomicBool::new(false),
            side_by_side: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            untaken: AtomicU64::new(0),
            order: AtomicU8::new(0),
            told: Notify::new(),
            seen: Mutex::new(seen),
            long: Mutex::default(),
            let_go: AtomicU64::new(0),
            room,
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handshake is done.
    pub fn greeted(&self) {
        let mut seen = self.seen();
        seen.greeting = None;
        seen.quiet = Some((Instant::now(), self.read.load(Relaxed)));
    }

    /// A request is there.
    pub fn asked(&self) {
        self.asked.fetch_add(1, Relaxed);
    }

    /// Its answer has gone, or nobody wants it any more.
    pub fn answered(&self) {
        self.answered.fetch_add(1, Relaxed);
    }

    /// Has an answer in pieces looked at by itself, too: one of several side by side.
    pub fn watch(&self, answer: Weak<LongAnswer>) {
        self.long.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }

    /// Tells the connection what to do. Whether it had not been told that yet.
    pub fn tell(&self, order: Order) -> bool {
        let is_new = self.order.fetch_max(order as u8, Relaxed) < order as u8;
        if is_new {
            self.told.notify_one();
        }
        is_new
    }

    /// What it is told, as soon as it is told something.
    pub async fn told(&self) -> Order {
        self.told.notified().await;
        if self.is_cut() { Order::Cut } else { Order::Finish }
    }

    /// Whether it is told to end at once.
    pub fn is_cut(&self) -> bool {
        self.order.load(Relaxed) >= Order::Cut as u8
    }

    /// Since when it has answered all that was asked, if it is not about to end.
    pub fn idle_since(&self) -> Option<Instant> {
        let asked = self.asked.load(Relaxed);
        let is_idle = asked > 0 && asked == self.answered.load(Relaxed) && self.order.load(Relaxed) == 0;
        let seen = self.seen();
        // Bytes of the next request may be on their way.
        let is_quiet = seen.head.is_none() && !self.write_waits.load(Relaxed);
        (is_idle && is_quiet).then(|| seen.quiet.map_or_else(Instant::now, |(since, _)| since))
    }

    /// Looks at the connection. What it is to be told, and why.
    pub fn judge(&self, now: Instant, limits: &ConnectionLimits) -> Option<(Order, Reason)> {
        let mut seen = self.seen();
        let read = self.read.load(Relaxed);
        let (asked, answered) = (self.asked.load(Relaxed), self.answered.load(Relaxed));
        let cut = |long_enough: bool, reason| long_enough.then_some((Order::Cut, reason));
        if let Some(since) = seen.greeting {
            return cut(now.duration_since(since) >= limits.handshake, Reason::Handshake);
        }
        let waits = self.write_waits.load(Relaxed) || self.untaken.load(Relaxed) > 0;
        let lets_answers_lie = self.let_go.load(Relaxed) >= LET_GO_MAX;
        if lets_answers_lie || seen.flow.is_too_slow(now, waits, self.written.load(Relaxed), limits) {
            return Some((Order::Cut, Reason::SlowReader));
        }
        // An answer that is made is not yet one that has gone.
        if asked != answered || waits {
            (seen.quiet, seen.head) = (None, None);
            return None;
        }
        if seen.asked != asked {
            (seen.asked, seen.quiet, seen.head) = (asked, None, None);
        }
        let (since, before) = *seen.quiet.get_or_insert((now, read));
        let quiet = now.duration_since(since);
        let comes = read > before && !self.side_by_side.load(Relaxed);
        if asked == 0 {
            return cut(quiet >= limits.head, if comes { Reason::SlowHead } else { Reason::Idle });
        }
        if comes {
            let begun = *seen.head.get_or_insert(now);
            return cut(now.duration_since(begun) >= limits.head, Reason::SlowHead);
        }
        if self.order.load(Relaxed) > 0 {
            let told = *seen.told_to_finish.get_or_insert(now);
            return cut(now.duration_since(told) >= FINISH, Reason::Stopped);
        }
        (quiet >= limits.idle).then_some((Order::Finish, Reason::Idle))
    }

    /// Ends the answers in pieces that are taken too slowly, and keeps the rest of the connection. How many.
    pub fn end_slow_answers(&self, now: Instant, limits: &ConnectionLimits) -> usize {
        let mut long = self.long.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ended = 0;
        long.retain(|answer| {
            let Some(answer) = answer.upgrade() else { return false };
            let is_slow = answer.is_taken_too_slowly(now, limits);
            ended += usize::from(is_slow);
            !is_slow
        });
        self.let_go.fetch_add(ended as u64, Relaxed);
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    /// What a connection is told, of which `pass` says what passes in each second.
    fn told(greets: bool, pass: impl Fn(&Pulse, u32)) -> Option<(u32, Order, Reason)> {
        let (begun, limits) = (Instant::now(), ConnectionLimits::default());
        let pulse = Pulse::new(begun, greets, Arc::new(Semaphore::new(1)));
        (1..300).find_map(|second| {
            pass(&pulse, second);
            pulse.judge(begun + S * second, &limits).map(|(order, reason)| (second, order, reason))
        })
    }

    fn exchange(pulse: &Pulse) {
        pulse.read.fetch_add(100, Relaxed);
        pulse.written.fetch_add(1000, Relaxed);
        pulse.asked();
        pulse.answered();
    }

    #[test]
    fn a_head_that_drips_ends_in_ten_seconds_the_first_and_any_other() {
        let drip = |pulse: &Pulse, _| {
            pulse.read.fetch_add(1, Relaxed);
        };
        assert_eq!(told(false, drip), Some((10, Order::Cut, Reason::SlowHead)));
        assert_eq!(told(true, drip), Some((10, Order::Cut, Reason::Handshake)));
        let second = |pulse: &Pulse, second| match second {
            5 => exchange(pulse),
            _ if second > 20 => drip(pulse, second),
            _ => {}
        };
        assert_eq!(told(false, second), Some((31, Order::Cut, Reason::SlowHead)));
    }

    #[test]
    fn who_asks_nothing_is_let_go_and_who_asks_now_and_then_stays() {
        assert_eq!(told(false, |_, _| {}), Some((10, Order::Cut, Reason::Idle)));
        let once = |pulse: &Pulse, second| {
            if second == 1 {
                exchange(pulse)
            }
        };
        assert_eq!(told(false, once), Some((76, Order::Finish, Reason::Idle)));
        let pings = |pulse: &Pulse, second| {
            pulse.side_by_side.store(true, Relaxed);
            pulse.read.fetch_add(1, Relaxed);
            once(pulse, second);
        };
        assert_eq!(told(false, pings), Some((76, Order::Finish, Reason::Idle)));
        let now_and_then = |pulse: &Pulse, second: u32| {
            if second.is_multiple_of(8) {
                exchange(pulse)
            }
        };
        assert_eq!(told(false, now_and_then), None);
    }

    #[test]
    fn who_does_not_take_what_he_is_sent_is_cut_off_and_who_waits_for_us_is_not() {
        let sent = |pulse: &Pulse, waits: bool, bytes| {
            pulse.asked.store(1, Relaxed);
            pulse.write_waits.store(waits, Relaxed);
            pulse.written.fetch_add(bytes, Relaxed);
        };
        assert_eq!(told(false, |pulse, _| sent(pulse, true, 0)), Some((16, Order::Cut, Reason::SlowReader)));
        assert_eq!(
            told(false, |pulse, _| sent(pulse, true, 500)),
            Some((31, Order::Cut, Reason::SlowReader))
        );
        assert_eq!(told(false, |pulse, _| sent(pulse, true, 2000)), None);
        assert_eq!(told(false, |pulse, _| sent(pulse, false, 0)), None);
        let untaken = |pulse: &Pulse, _| {
            pulse.asked.store(1, Relaxed);
            pulse.untaken.store(1, Relaxed);
        };
        assert_eq!(told(false, untaken), Some((16, Order::Cut, Reason::SlowReader)));
    }
}
