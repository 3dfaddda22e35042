//! How often somebody may ask: the generic cell rate algorithm (ITU-T I.371, annex A), of each caller one number, the
//! moment at which he would have had his due.
//!
//! The table has a fixed size and no lock. Each caller's number stands in two places of it, chosen by his secret hash,
//! and the smaller counts (a count-min sketch): a flood of addresses fills no memory, and two callers hold each other
//! up only where both places of the one are busy with others. Who has been idle for as long as his rate looks back is
//! as if he had never been.
//!
//! Must not know who asks, nor for what.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Places of each of the two rows: 256 KB for both.
const PLACES: usize = 1 << 14;

/// So many at once, and so many each second from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once, by one who has been idle.
    pub burst: u32,
    /// Each second.
    pub per_s: u32,
}

impl Rate {
    /// Seconds after which one who has been idle may ask for all at once again.
    pub const fn window_s(self) -> u32 {
        self.burst.div_ceil(self.per_s)
    }

    const fn step_us(self) -> u64 {
        1_000_000 / self.per_s as u64
    }
}

/// What is left to him, and in how many seconds he has more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// That he may ask for at once.
    pub remaining: u32,
    /// Seconds until he may ask for all at once again.
    pub full_in_s: u32,
}

/// The numbers of all callers.
#[derive(Debug)]
pub struct Rates {
    rate: Rate,
    begun: Instant,
    /// Microseconds since then at which each would have had his due.
    due_us: [Box<[AtomicU64]>; 2],
}

impl Rates {
    /// Of nobody yet.
    pub fn new(rate: Rate) -> Self {
        let row = || (0..PLACES).map(|_| AtomicU64::new(0)).collect();
        Self { rate, begun: Instant::now(), due_us: [row(), row()] }
    }

    /// Counts one request of whom this hash stands for; an error says how long he has to wait.
    pub fn take(&self, who: u64) -> Result<Left, Duration> {
        self.take_at(who, u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn take_at(&self, who: u64, now_us: u64) -> Result<Left, Duration> {
        let step = self.rate.step_us();
        let room = step * u64::from(self.rate.burst);
        let [first, second] = [0, 1].map(|row: usize| {
            let place = (who >> (row * 32)) as usize % PLACES;
            &self.due_us[row][place]
        });
        loop {
            let (a, b) = (first.load(Ordering::Relaxed), second.load(Ordering::Relaxed));
            let (least, due, other) = if a <= b { (first, a, second) } else { (second, b, first) };
            let next = due.max(now_us) + step;
            let ahead = next - now_us;
            if ahead > room {
                return Err(Duration::from_micros(ahead - room));
            }
            if least.compare_exchange_weak(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                other.fetch_max(next, Ordering::Relaxed);
                let seconds = |us: u64| u32::try_from(us.div_ceil(1_000_000)).unwrap_or(u32::MAX);
                let remaining = u32::try_from((room - ahead) / step).unwrap_or(u32::MAX);
                return Ok(Left { remaining, full_in_s: seconds(ahead) });
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher, RandomState};

    const RATE: Rate = Rate { burst: 20, per_s: 2 };
    const SECOND: u64 = 1_000_000;

    #[test]
    fn so_many_at_once_and_then_so_many_a_second() {
        let rates = Rates::new(RATE);
        let mut now = 5 * SECOND;
        let granted = (0..100).filter(|_| rates.take_at(7, now).is_ok()).count();
        assert_eq!(granted, 20);
        assert_eq!(rates.take_at(7, now).unwrap_err(), Duration::from_millis(500));
        for _ in 0..10 {
            now += SECOND;
            assert_eq!((0..9).filter(|_| rates.take_at(7, now).is_ok()).count(), 2);
        }
        now += 10 * SECOND;
        assert_eq!(rates.take_at(7, now), Ok(Left { remaining: 19, full_in_s: 1 }));
        assert_eq!(RATE.window_s(), 10);
    }

    #[test]
    fn a_flood_of_addresses_takes_no_memory_and_hardly_anybody_elses_due() {
        let rates = Rates::new(RATE);
        let secret = RandomState::new();
        for stranger in 0..60_000_u32 {
            let _ = rates.take_at(secret.hash_one(("stranger", stranger)), SECOND);
        }
        assert_eq!(rates.due_us.iter().map(|row| row.len()).sum::<usize>(), 2 * PLACES);
        let due = |who: u32| {
            let hash = secret.hash_one(("neighbour", who));
            (0..5).all(|_| rates.take_at(hash, SECOND).is_ok())
        };
        let held_up = (0..200).filter(|who| !due(*who)).count();
        assert!(held_up == 0, "{held_up} of 200 were held up");
    }

    #[test]
    fn many_at_the_same_instant_get_no_more_than_one_after_the_other() {
        let rates = Rates::new(Rate { burst: 100, per_s: 1 });
        let granted: usize = std::thread::scope(|scope| {
            let all = [(); 8].map(|()| {
                scope.spawn(|| (0..200).filter(|_| rates.take_at(1 << 40 | 3, SECOND).is_ok()).count())
            });
            all.map(|one| one.join().unwrap()).iter().sum()
        });
        assert_eq!(granted, 100);
    }
}
