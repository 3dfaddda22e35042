//! The rows of a page among all that are asked for: the first ones in the order of the question.

use crate::{
    feature::{FeatureId, Value, ValueRef},
    layer::{AttributeType, LayerView},
    query::{FeatureQuery, SortKey, filter::read_moment},
};
use std::cmp::{Ordering, Reverse};

/// Rows that are gathered before the last are let go.
const GATHERED: usize = 8192;

/// A row's place in the order, and where it is.
type Entry<P> = (Box<[Key]>, FeatureId, P);

/// Chooses the rows of a page.
#[derive(Debug)]
pub struct Choice<P> {
    order: Ordered,
    left: usize,
    matched: u64,
    entries: Vec<Entry<P>>,
}

/// The order of a question, and where its page begins.
#[derive(Debug, Clone, Default)]
pub struct Ordered {
    /// For each sort key its place in the view, its type, and whether it is turned.
    keys: Vec<(usize, AttributeType, bool)>,
    after: Option<(Box<[Key]>, FeatureId)>,
}

/// A value, ordered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Up(Term),
    Down(Reverse<Term>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    Bool(bool),
    Int(i64),
    Number(Number),
    Text(Box<[u8]>),
    /// Behind all values.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Number(f64);

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        // None is infinite or NaN, and zero is zero.
        self.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal)
    }
}

impl Ordered {
    /// The order of a question over a view.
    pub fn new(view: &LayerView, query: &FeatureQuery) -> Self {
        let key = |key: &SortKey| {
            let place = view.attributes().position(|a| a.name == key.attribute)?;
            Some((place, view.attribute(&key.attribute)?.kind, key.descending))
        };
        let keys: Vec<_> = query.sort.iter().filter_map(key).collect();
        let after = query.after.map(|id| {
            let values = keys.iter().zip(&query.after_values);
            (values.map(|((_, kind, down), value)| turned(term_of(value, *kind), *down)).collect(), id)
        });
        Self { keys, after }
    }

    /// Whether it is that of the ids.
    pub fn is_by_id(&self) -> bool {
        self.keys.is_empty()
    }

    fn of(&self, values: &[ValueRef<'_>]) -> Box<[Key]> {
        let key = |(place, kind, down): &(usize, AttributeType, bool)| {
            turned(term(values.get(*place).copied().unwrap_or(ValueRef::Null), *kind), *down)
        };
        self.keys.iter().map(key).collect()
    }
}

fn turned(term: Term, down: bool) -> Key {
    if down { Key::Down(Reverse(term)) } else { Key::Up(term) }
}

fn term(value: ValueRef<'_>, kind: AttributeType) -> Term {
    match value {
        ValueRef::Null | ValueRef::Numbered(..) => Term::None,
        ValueRef::Bool(value) => Term::Bool(value),
        ValueRef::Int(number) => Term::Int(number),
        ValueRef::Number(number) if number.is_finite() => Term::Number(Number(number)),
        ValueRef::Number(_) => Term::None,
        ValueRef::Text(text) => term(ValueRef::TextBytes(text.as_bytes()), kind),
        ValueRef::TextBytes(text) if kind == AttributeType::Timestamp => {
            read_moment(text).map_or(Term::None, Term::Int)
        }
        ValueRef::TextBytes(text) => Term::Text(text.into()),
    }
}

fn term_of(value: &Value, kind: AttributeType) -> Term {
    match value {
        Value::Bool(value) => Term::Bool(*value),
        Value::Int(number) => Term::Int(*number),
        Value::Number(number) => Term::Number(Number(*number)),
        Value::Text(text) => Term::Text(text.as_bytes().into()),
        Value::Date(day) => term(ValueRef::Text(&day.to_string()), kind),
        Value::Timestamp(moment) => {
            let micros = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000));
            micros.map_or(Term::None, Term::Int)
        }
        Value::Null | Value::TextList(_) => Term::None,
    }
}

impl<P: Copy + Ord> Choice<P> {
    /// Of at most `left` rows.
    pub const fn new(order: Ordered, left: usize) -> Self {
        Self { order, left, matched: 0, entries: Vec::new() }
    }

    /// Takes a row that is asked for.
    pub fn take(&mut self, id: FeatureId, values: &[ValueRef<'_>], place: P) {
        self.matched += 1;
        let keys = self.order.of(values);
        if let Some((after, last)) = &self.order.after
            && (&keys, id) <= (after, *last)
        {
            return;
        }
        self.entries.push((keys, id, place));
        // Half of them go at once, so that each costs little.
        if self.entries.len() >= 2 * self.left.max(GATHERED) {
            self.entries.select_nth_unstable(self.left);
            self.entries.truncate(self.left);
        }
    }

    /// How many were taken in all, and the page's rows in their order.
    pub fn finish(mut self) -> (u64, Vec<(FeatureId, P)>) {
        self.entries.sort_unstable();
        self.entries.truncate(self.left);
        (self.matched, self.entries.into_iter().map(|(_, id, place)| (id, place)).collect())
    }
}
