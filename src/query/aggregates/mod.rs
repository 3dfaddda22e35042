//! What is told of all rows of a layer by commune, those among them that the caller may not see, and what of it is
//! withheld so that it tells of no single one.
//!
//! What a store counts is [`Unpublished`], and can only be published. A group is withheld where somebody, taking off
//! what he sees himself of what is open, or shared, would learn of fewer than [`K`] rows; so is a sum where he could
//! learn what a single row has. Other groups go with them, so that the total gives none away. The office of a commune
//! knows all of its own, and could take that from the total, too: where agencies are let in by communes there is no
//! total as long as something is withheld. `docs/threats.md` tells what this does not hold off.
//!
//! Groups are the communes of today and what lies in none, and there is one total: groups of another division could
//! be held against these.
//!
//! Must not know how rows are stored.

mod withhold;

use crate::layer::{AccessClass, AggregateView, Attribute};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use withhold::{ContributionsUnseen, RowsUnseen, Unseen, Withheld, withhold};

/// Fewer rows than this are told of by nothing but that there are some.
pub const K: u64 = 5;

/// What the widest circles of callers see of a layer. Whoever sees all learns nothing here.
const CIRCLES: [AccessClass; 2] = [AccessClass::Open, AccessClass::Shared];

/// What some rows have of an attribute, as far as it is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Contributions {
    /// How many have some.
    pub rows: u64,
    /// All of it.
    pub sum: f64,
    /// What the one with most has, and the one behind it.
    pub greatest: [f64; 2],
}

impl Contributions {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.sum += other.sum;
        let [a, b] = self.greatest;
        let [c, d] = other.greatest;
        self.greatest = [a.max(c), a.min(c).max(b.max(d))];
    }
}

/// The rows of one commune and one class.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// How many.
    pub count: u64,
    /// What they have of each attribute that is summed up.
    pub sums: Vec<Contributions>,
}

impl Rows {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sums.resize(self.sums.len().max(other.sums.len()), Contributions::default());
        self.sums.iter_mut().zip(&other.sums).for_each(|(own, more)| own.add(more));
    }
}

/// All rows of a layer, counted. It can only be [published](Self::publish).
#[derive(Debug, Clone, Default)]
pub struct Unpublished(BTreeMap<(Option<String>, AccessClass), Rows>);

impl Unpublished {
    /// Counts rows of a commune, by whatever code they have, that are of a class.
    pub fn add(&mut self, commune: Option<&str>, class: AccessClass, rows: &Rows) {
        self.0.entry((commune.map(str::to_owned), class)).or_default().add(rows);
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|rows| rows.count == 0)
    }

    /// What may be told to anyone: of each of `communes` by its code, in their order, and then of what lies in none of
    /// them. `divided`: whether there are agencies that see all rows of some communes.
    pub fn publish(&self, view: &AggregateView, communes: &[&str], divided: bool) -> Published {
        let groups = self.by_commune(communes);
        let order = order(view.id(), communes);
        let rows: Vec<Vec<RowsUnseen>> = CIRCLES
            .map(|seen| {
                let hidden = unseen(&groups, |class| view.hides(class, AccessClass::Open, seen));
                hidden.iter().map(|rows| RowsUnseen(rows.count)).collect()
            })
            .into();
        let counts = withhold(&rows, &vec![false; groups.len()], &order);
        let sum = |(i, attribute): (usize, &Attribute)| {
            let circle = |(seen, rows): (AccessClass, &Vec<RowsUnseen>)| {
                let hidden = unseen(&groups, |class| view.hides(class, attribute.access, seen));
                let of_group = |(own, rows): (&Rows, &RowsUnseen)| ContributionsUnseen {
                    rows: own.count,
                    few: rows.is_small(),
                    all: own.sums.get(i).copied().unwrap_or_default(),
                };
                hidden.iter().zip(rows).map(of_group).collect()
            };
            let circles: Vec<Vec<_>> = CIRCLES.into_iter().zip(&rows).map(circle).collect();
            withhold(&circles, &counts.groups, &order)
        };
        let sums: Vec<Withheld> = view.sums().enumerate().map(sum).collect();

        let figures = |all: &Rows, withheld: &dyn Fn(&Withheld) -> bool| Figures {
            count: (!withheld(&counts)).then_some(all.count),
            sums: sums
                .iter()
                .enumerate()
                .map(|(i, sum)| (!withheld(sum)).then(|| all.sums.get(i).map_or(0.0, |own| own.sum)))
                .collect(),
        };
        let whole = unseen(&groups, |_| true);
        let total = sum_up(&whole);
        let each = whole.iter().enumerate().map(|(group, rows)| figures(rows, &|w| w.groups[group]));
        Published {
            groups: each.collect(),
            // A sum over all would tell a count that is withheld, where each row has about the same.
            total: figures(&total, &|w| w.total || counts.total || (divided && w.groups.contains(&true))),
        }
    }

    /// The rows of each commune, and of none of them.
    fn by_commune(&self, communes: &[&str]) -> Vec<ByClass> {
        let mut groups = vec![ByClass::new(); communes.len() + 1];
        for ((code, class), rows) in &self.0 {
            // A code that is no commune's is none: whatever stands there must not be told.
            let place = code.as_ref().and_then(|code| communes.iter().position(|commune| commune == code));
            groups[place.unwrap_or(communes.len())].entry(*class).or_default().add(rows);
        }
        groups
    }
}

/// The rows of a group by their class.
type ByClass = BTreeMap<AccessClass, Rows>;

/// Of each group the rows of those classes that are hidden.
fn unseen(groups: &[ByClass], is_hidden: impl Fn(AccessClass) -> bool) -> Vec<Rows> {
    let of_group =
        |rows: &ByClass| sum_up(rows.iter().filter(|(class, _)| is_hidden(**class)).map(|(_, rows)| rows));
    groups.iter().map(of_group).collect()
}

fn sum_up<'r>(rows: impl IntoIterator<Item = &'r Rows>) -> Rows {
    rows.into_iter().fold(Rows::default(), |mut all, rows| {
        all.add(rows);
        all
    })
}

/// The order in which groups go with those that are withheld: another in each layer, so that it is not always the same
/// communes, and always the same in one layer.
fn order(layer: &str, communes: &[&str]) -> Vec<usize> {
    let mark = |group: &usize| {
        let code = communes.get(*group).copied().unwrap_or_default();
        Sha256::digest(format!("{layer}/{code}")).to_vec()
    };
    let mut order: Vec<usize> = (0..=communes.len()).collect();
    order.sort_by_cached_key(mark);
    order
}

/// What may be told to anyone.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Of each commune, and behind them of what lies in none.
    pub groups: Vec<Figures>,
    /// Of all rows.
    pub total: Figures,
}

/// A count and sums; `None` where they are withheld.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// How many rows.
    pub count: Option<u64>,
    /// What they have of each attribute that is summed up.
    pub sums: Vec<Option<f64>>,
}
