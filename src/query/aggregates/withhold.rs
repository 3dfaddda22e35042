//! Which groups are withheld, so that none that is small can be told from the others and the total.
//!
//! The groups that are withheld first are the small ones. As long as what they have could be told from the total, the
//! next of a fixed order goes with them. The order does not look at what is in the groups, for two reasons: which one
//! goes then says nothing about any of them, also to somebody who knows this rule; and by size, a row that comes or
//! goes would exchange one group for another, and yesterday's answer and today's would give both away.
//!
//! Pure.

use super::{Contributions, K};

/// A sum is withheld where whoever has the second most could tell within this part what the one with most has
/// (the p % rule, p = 10).
const P: f64 = 0.1;

/// What is withheld.
pub struct Withheld {
    /// Of the groups, in their order.
    pub groups: Vec<bool>,
    /// Whether the total is, too: there are not enough groups to hide in.
    pub total: bool,
}

/// What of one group a circle of callers does not see.
pub trait Unseen {
    /// Whether there is anything.
    fn is_any(&self) -> bool;

    /// Whether it is so little that it may not be told.
    fn is_small(&self) -> bool;

    /// Whether of these groups, of which the sum is known, the small ones are hidden.
    fn hides(pool: &[&Self]) -> bool;
}

/// `unseen` by circle and group; `first` are withheld anyway; `order` in which groups go with them.
pub fn withhold<U: Unseen>(unseen: &[Vec<U>], first: &[bool], order: &[usize]) -> Withheld {
    let of_any = |group: usize, is: fn(&U) -> bool| unseen.iter().any(|circle| is(&circle[group]));
    let mut groups: Vec<bool> = first.to_vec();
    for (group, withheld) in groups.iter_mut().enumerate() {
        *withheld |= of_any(group, U::is_small);
    }
    let mut next = order.iter().copied().filter(|group| of_any(*group, U::is_any));
    while !unseen.iter().all(|circle| is_hidden(circle, &groups)) {
        match next.next() {
            Some(group) => groups[group] = true,
            None => return Withheld { groups, total: true },
        }
    }
    Withheld { groups, total: false }
}

fn is_hidden<U: Unseen>(circle: &[U], groups: &[bool]) -> bool {
    let pool = circle.iter().zip(groups).filter(|(unseen, withheld)| **withheld && unseen.is_any());
    let pool: Vec<&U> = pool.map(|(unseen, _)| unseen).collect();
    pool.iter().all(|unseen| !unseen.is_small()) || U::hides(&pool)
}

/// Rows of a group that are not seen.
#[derive(Debug, Clone, Copy)]
pub struct RowsUnseen(pub u64);

impl Unseen for RowsUnseen {
    fn is_any(&self) -> bool {
        self.0 > 0
    }

    /// None at all are told as such: there is nobody of whom that could tell.
    fn is_small(&self) -> bool {
        (1..K).contains(&self.0)
    }

    /// Whoever knows the sum, and even which of them are small, must be left with every number from 1 to `K - 1` for
    /// each of the small: one may have `K - 1` where all others have their least, which is 1 of a small one, and `K` of
    /// another. One that is not small must be among them: small ones alone would have a most, too. Sum and numbers of
    /// both kinds decide, and nothing else, so that the decision tells of the small ones no more than the sum does.
    fn hides(pool: &[&Self]) -> bool {
        let sum: u64 = pool.iter().map(|rows| rows.0).sum();
        let small = pool.iter().filter(|rows| rows.is_small()).count() as u64;
        let large = pool.len() as u64 - small;
        large > 0 && sum >= small + K * large + (K - 2)
    }
}

/// What rows of a group that are not seen, or of which the attribute is not, have of it.
#[derive(Debug, Clone, Copy)]
pub struct ContributionsUnseen {
    /// How many rows.
    pub rows: u64,
    /// Whether so few that not even their number is told.
    pub few: bool,
    /// What they have.
    pub all: Contributions,
}

impl ContributionsUnseen {
    /// Whether enough rows have some, and whoever has the second most cannot tell from all what the first has.
    fn is_mixed(all: &Contributions) -> bool {
        let [first, second] = all.greatest;
        all.rows >= K && all.sum - first - second >= P * first
    }
}

impl Unseen for ContributionsUnseen {
    fn is_any(&self) -> bool {
        self.rows > 0
    }

    /// Also where none of the rows has any: that would be told of each of them.
    fn is_small(&self) -> bool {
        self.rows > 0 && (self.few || !Self::is_mixed(&self.all))
    }

    /// The sum must not tell of a single row, and no more exactly of a small group than within `P`.
    fn hides(pool: &[&Self]) -> bool {
        let mut all = Contributions::default();
        pool.iter().for_each(|unseen| all.add(&unseen.all));
        let is_apart = |unseen: &&Self| all.sum - unseen.all.sum >= P * unseen.all.sum;
        pool.len() > 1 && Self::is_mixed(&all) && pool.iter().filter(|unseen| unseen.is_small()).all(is_apart)
    }
}
