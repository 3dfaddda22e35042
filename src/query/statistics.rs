//! Questions about how much of a layer lies in an area, and the answers: numbers by group.

use super::FeatureQuery;
use crate::{
    area::{Area, Dimension},
    feature::{FeatureId, Value},
};
use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicBool},
};

/// Groups that an answer may have.
pub const GROUPS_MAX: usize = 10_000;

/// Zones that a question may have.
pub const ZONES_MAX: usize = 2_000;

/// Of an area or a line less than this inside is a border that coincides, and no feature there:
/// square metres or metres.
const TRACE: f64 = 0.01;

/// Areas that each make a group of what lies in them. What lies in several counts in each, so that
/// groups add up to the whole where zones do not overlap.
#[derive(Debug, Clone)]
pub struct Zones {
    each: Vec<Arc<Area>>,
    all: Area,
}

impl Zones {
    /// Takes zones in the order in which [`GroupKey::zone`] counts them.
    pub fn new(each: Vec<Arc<Area>>) -> Self {
        let all = Area::together(each.iter().map(AsRef::as_ref));
        Self { each, all }
    }

    /// The zones.
    pub fn each(&self) -> &[Arc<Area>] {
        &self.each
    }

    /// The ground of all of them.
    pub const fn all(&self) -> &Area {
        &self.all
    }

    /// Square metres by which zones lie over each other: 0 but for rounding where they do not.
    pub fn overlap_m2(&self) -> f64 {
        let sum: f64 = self.each.iter().map(|zone| zone.area_m2()).sum();
        (sum - self.all.area_m2()).max(0.0)
    }
}

/// Whose part of a feature is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// That of all that was asked for.
    Total,
    /// That of the zone of this number.
    Zone(usize),
    /// What lies in no zone.
    Rest,
}

impl Share {
    /// The zone's number.
    pub const fn zone(self) -> Option<usize> {
        match self {
            Self::Zone(number) => Some(number),
            Self::Total | Self::Rest => None,
        }
    }
}

/// What is asked of a layer.
#[derive(Debug, Clone, Default)]
pub struct StatisticsQuery {
    /// Where; everywhere if not said.
    pub area: Option<Arc<Area>>,
    /// Areas that each make a group, and what lies in none of them one more.
    pub zones: Option<Arc<Zones>>,
    /// Attributes of the view whose values make groups.
    pub groups: Vec<String>,
    /// Attributes of the view that are numbers and are summed up.
    pub values: Vec<String>,
    /// Attributes of the view that are told of the features that are listed one by one.
    pub list: Vec<String>,
    /// So many features are listed, those with most inside first.
    pub list_max: usize,
    /// An attribute of the view, a day or a moment: the latest is told of what lies inside.
    pub latest: Option<String>,
    /// Which features: its conditions count, `limit` and `after` do not.
    pub select: FeatureQuery,
    /// Set once nobody waits for the answer any more.
    pub stop: Arc<AtomicBool>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Too many groups.
    #[error("there are more than {GROUPS_MAX} groups; group by an attribute with fewer values")]
    TooManyGroups,
    /// Nobody waits any more.
    #[error("it was stopped")]
    Stopped,
}

/// What of a feature lies where it was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// What the numbers are.
    pub dimension: Dimension,
    /// How much there is of the feature: square metres, metres, or positions.
    pub of: f64,
    /// How much of that lies inside.
    pub inside: f64,
}

impl Part {
    /// All of a feature.
    pub const fn whole(dimension: Dimension, of: f64) -> Self {
        Self { dimension, of, inside: of }
    }

    /// The share that lies inside, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.of > 0.0 {
            (self.inside / self.of).clamp(0.0, 1.0)
        } else {
            f64::from(u8::from(self.inside >= self.of))
        }
    }

    /// What is left of it beside `taken`; `None` if that is nothing but for rounding.
    pub fn beside(self, taken: f64) -> Option<Self> {
        let (inside, nothing) = (self.inside - taken, self.of * 1e-12);
        let inside = if self.of - inside <= nothing { self.of } else { inside };
        (inside > nothing).then_some(Self { inside, ..self })
    }

    /// Whether the feature lies there at all. What has no amount lies where its positions do.
    pub fn counts(&self) -> bool {
        match self.dimension {
            Dimension::Count => self.inside > 0.0,
            _ => self.inside >= TRACE.min(self.of / 2.0),
        }
    }
}

/// Numbers of one group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Features that lie inside, in whole or in part.
    pub count: u64,
    /// Of those, how many lie inside whole.
    pub whole: u64,
    /// Square metres inside.
    pub area_m2: f64,
    /// Metres of lines inside.
    pub length_m: f64,
    /// Positions inside.
    pub points: u64,
    /// Of each attribute that was asked for.
    pub values: Vec<ValueFigures>,
}

/// Numbers of one attribute.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ValueFigures {
    /// Features with a value.
    pub count: u64,
    /// Values times the share of each feature inside.
    pub apportioned: f64,
    /// Values as they are.
    pub sum: f64,
    /// Values times what of each feature lies inside (m², m, positions).
    pub weighted: f64,
    /// What of the features with a value lies inside.
    pub weight: f64,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
}

impl ValueFigures {
    /// Mean of the values, each feature once.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Mean of the values, each feature by how much of it lies inside.
    pub fn weighted_mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.weighted / self.weight)
    }

    fn add(&mut self, value: f64, part: &Part) {
        self.count += 1;
        self.apportioned += value * part.share();
        self.sum += value;
        self.weighted += value * part.inside;
        self.weight += part.inside;
        self.min = Some(self.min.map_or(value, |m| m.min(value)));
        self.max = Some(self.max.map_or(value, |m| m.max(value)));
    }
}

/// A feature that is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its number.
    pub id: FeatureId,
    /// What of it lies inside.
    pub part: Part,
    /// Values of the attributes that were asked for.
    pub values: Vec<Value>,
}

/// What makes a group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupKey {
    /// The number of its zone; `None` for what lies in none, and where zones were not asked for.
    pub zone: Option<usize>,
    /// Values of the attributes that were asked for.
    pub values: Vec<Value>,
}

/// The numbers of an area.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    /// All of it, whatever the groups.
    pub total: Figures,
    /// By group, in the order of zones and values.
    pub groups: Vec<(GroupKey, Figures)>,
    /// Features inside whose rings cross or overlap, so that their area is not the sum of their rings: what several
    /// parts cover counts once.
    pub crossing: u64,
    /// Features one by one, those with most inside first.
    pub listed: Vec<Listed>,
    /// The latest day or moment (ISO 8601) of those inside.
    pub latest: Option<String>,
}

/// Adds up.
#[derive(Debug)]
pub struct Tally {
    width: usize,
    total: Figures,
    crossing: u64,
    list_max: usize,
    listed: Vec<Listed>,
    latest: Option<String>,
    numbers: HashMap<Vec<u8>, usize, foldhash::fast::FixedState>,
    groups: Vec<(GroupKey, Figures)>,
    last: (Vec<u8>, usize),
}

impl Tally {
    /// For a question.
    pub fn new(query: &StatisticsQuery) -> Self {
        let width = query.values.len();
        Self {
            width,
            total: Figures::empty(width),
            crossing: 0,
            list_max: query.list_max,
            listed: Vec::new(),
            latest: None,
            numbers: HashMap::default(),
            groups: Vec::new(),
            last: (Vec::new(), usize::MAX),
        }
    }

    /// Counts a feature among all. `values` in the order of the question.
    pub fn add(&mut self, part: &Part, values: &[Option<f64>], crosses: bool) {
        self.crossing += u64::from(crosses && part.counts());
        self.total.add(part, values);
    }

    /// Lists a feature, if it is among those with most inside; `values` says what is told of it.
    pub fn list(&mut self, id: FeatureId, part: &Part, values: impl FnOnce() -> Vec<Value>) {
        if self.list_max == 0 || !part.counts() {
            return;
        }
        let before = |one: &Listed| {
            let by_amount =
                one.part.dimension.cmp(&part.dimension).then(one.part.inside.total_cmp(&part.inside));
            by_amount.then(id.cmp(&one.id)).is_gt()
        };
        let at = self.listed.partition_point(before);
        if at < self.list_max {
            self.listed.truncate(self.list_max - 1);
            self.listed.insert(at, Listed { id, part: *part, values: values() });
        }
    }

    /// Takes a day or a moment of a feature inside, as ISO 8601 text.
    pub fn date(&mut self, text: &str, part: &Part) {
        if part.counts() && self.latest.as_deref().is_none_or(|latest| latest < text) {
            self.latest = Some(text.to_owned());
        }
    }

    /// Counts a feature in the group of `key`, which tells groups apart; `make` says what it is.
    pub fn add_to_group(
        &mut self,
        key: &[u8],
        make: impl FnOnce() -> GroupKey,
        part: &Part,
        values: &[Option<f64>],
    ) -> Result<(), Unanswered> {
        if self.last.1 == usize::MAX || self.last.0 != key {
            let number = match self.numbers.get(key) {
                Some(number) => *number,
                None if self.groups.len() == GROUPS_MAX => return Err(Unanswered::TooManyGroups),
                None => {
                    self.numbers.insert(key.to_vec(), self.groups.len());
                    self.groups.push((make(), Figures::empty(self.width)));
                    self.groups.len() - 1
                }
            };
            self.last.0.clear();
            self.last.0.extend_from_slice(key);
            self.last.1 = number;
        }
        self.groups[self.last.1].1.add(part, values);
        Ok(())
    }

    /// The answer.
    pub fn finish(mut self) -> Statistics {
        let order = |value: &Value| match value {
            Value::Null => (1, 0.0, String::new()),
            Value::Int(v) => (0, *v as f64, String::new()),
            Value::Number(v) => (0, *v, String::new()),
            Value::Bool(v) => (0, f64::from(u8::from(*v)), String::new()),
            Value::Text(v) => (0, 0.0, v.clone()),
            other => (0, 0.0, format!("{other:?}")),
        };
        self.groups.retain(|(_, figures)| figures.count > 0);
        self.groups.sort_by(|(a, _), (b, _)| {
            let values = a.values.iter().zip(&b.values).map(|(a, b)| {
                let (a, b) = (order(a), order(b));
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
            });
            let place = |key: &GroupKey| (key.zone.is_none(), key.zone);
            place(a)
                .cmp(&place(b))
                .then_with(|| values.fold(std::cmp::Ordering::Equal, |all, next| all.then(next)))
        });
        let Self { total, groups, crossing, listed, latest, .. } = self;
        Statistics { total, groups, crossing, listed, latest }
    }
}

impl Figures {
    fn empty(width: usize) -> Self {
        Self { values: vec![ValueFigures::default(); width], ..Self::default() }
    }

    fn add(&mut self, part: &Part, values: &[Option<f64>]) {
        match part.dimension {
            Dimension::Area => self.area_m2 += part.inside,
            Dimension::Length => self.length_m += part.inside,
            Dimension::Count => self.points += part.inside as u64,
        }
        if !part.counts() {
            return;
        }
        self.count += 1;
        self.whole += u64::from(part.inside == part.of);
        for (figures, value) in self.values.iter_mut().zip(values) {
            if let Some(value) = value {
                figures.add(*value, part);
            }
        }
    }
}
