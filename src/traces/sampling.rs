//! Which requests are traced: as whoever asks says; else a share of them; and never more than so many in a second, so
//! that neither a rush nor a stranger who asks for each to be traced costs much.

use super::{Context, Root, random};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

/// Requests that are traced in a second at most.
const IN_A_SECOND_MAX: u64 = 100;
const COUNT_BITS: u32 = 20;

#[derive(Debug)]
pub struct Sampling {
    /// Of 2^63, as the specification has it (Trace SDK, TraceIdRatioBased).
    below: u64,
    started: Instant,
    /// The second, counted from the start, and how many there were in it.
    second: AtomicU64,
}

impl Sampling {
    /// Of a share from 0 to 1.
    pub fn of(share: f64) -> Self {
        let below = (share.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64;
        Self { below, started: Instant::now(), second: AtomicU64::new(0) }
    }

    /// Where the spans of a request begin; `None` if it is not traced.
    pub fn choose(&self, asked: Option<Context>) -> Option<Root> {
        let (trace, parent) = match asked {
            Some(Context { sampled: false, .. }) => return None,
            Some(Context { trace, span, .. }) => (trace, span),
            None if self.below == 0 => return None,
            None => {
                let low = random();
                (low >> 1 < self.below).then(|| (u128::from(random()) << 64 | u128::from(low), 0))?
            }
        };
        self.is_within(self.started.elapsed().as_secs()).then(|| Root { trace, parent, span: random() })
    }

    /// Whether one more is within what a second takes. Two at once may both be the last.
    fn is_within(&self, second: u64) -> bool {
        let held = self.second.load(Ordering::Relaxed);
        let count = if held >> COUNT_BITS == second { held & ((1 << COUNT_BITS) - 1) } else { 0 };
        let is_within = count < IN_A_SECOND_MAX;
        if is_within {
            self.second.store(second << COUNT_BITS | (count + 1), Ordering::Relaxed);
        }
        is_within
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_decides_and_else_the_share_does() {
        let asked = |sampled| Some(Context { trace: 7, span: 9, sampled });
        for share in [0.0, 0.5, 1.0] {
            let sampling = Sampling::of(share);
            let root = sampling.choose(asked(true)).unwrap();
            assert_eq!((root.trace, root.parent), (7, 9));
            assert_ne!(root.span, 9);
            assert_eq!(sampling.choose(asked(false)), None);
        }
        assert_eq!(Sampling::of(0.0).choose(None), None);
        assert_eq!(Sampling::of(1.0).choose(None).unwrap().parent, 0);
        let half = (0..1000).filter(|_| Sampling::of(0.5).choose(None).is_some()).count();
        assert!((400..600).contains(&half), "{half}");
    }

    #[test]
    fn a_second_takes_so_many_and_the_next_begins_anew() {
        let sampling = Sampling::of(1.0);
        let taken = |second| (0..1000).filter(|_| sampling.is_within(second)).count() as u64;
        assert_eq!([taken(0), taken(0), taken(1)], [IN_A_SECOND_MAX, 0, IN_A_SECOND_MAX]);
    }
}
