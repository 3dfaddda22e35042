//! Questions as plain data. Must not know who asks over what, or who answers.

/// What is told of all rows of a layer by commune.
pub mod aggregates;
/// Filters in CQL2.
pub mod filter;
/// What a report asks of a layer.
pub mod report;
mod row_class;
mod rule;
/// What is called by a name or a code.
pub mod search;
/// How much of a layer lies in an area.
pub mod statistics;

pub use row_class::{check_row_classes, row_classes_above};
pub use rule::{BoundRule, RuleError, bind_rules, check_rules, rules_within};

use crate::feature::{Bbox, FeatureId, Value};
use filter::Filter;
use std::sync::Arc;
use time::{
    Date, Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339,
    macros::format_description,
};

/// Vietnam's offset from UTC, hours.
const VIETNAM_OFFSET_H: i8 = 7;

/// Which features of a view.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureQuery {
    /// Those that meet this box, degrees of EPSG:4326, west of east unless it crosses the
    /// antimeridian.
    pub bbox: Option<Bbox>,
    /// Those that meet this box of another system.
    pub plane_box: Option<PlaneBox>,
    /// Those valid at some time in here.
    pub datetime: Option<TimeInterval>,
    /// Those with these values; each name is an attribute of the view.
    pub equals: Vec<(String, Value)>,
    /// Those for which it holds; bound to a view of the same caller.
    pub filter: Option<Arc<Filter>>,
    /// The one of this number.
    pub id: Option<FeatureId>,
    /// Those with a greater id: where the page before ended. Goes with [`Order::Id`] only.
    pub after: Option<FeatureId>,
    /// With it, where the features are sorted: what this one's sort keys are.
    pub after_values: Vec<Value>,
    /// As they were then; `None` for as they are.
    pub as_of: Option<AsOf>,
    /// At most so many.
    pub limit: u32,
    /// In the order of these values, the first first; those that are equal in the order of their
    /// ids. Goes with [`Order::Id`] only.
    pub sort: Vec<SortKey>,
    /// In which order.
    pub order: Order,
}

/// A box of a coordinate reference system in which it is no box of degrees. A feature meets it
/// if its geometry does, brought into the system position by position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneBox {
    /// EPSG code.
    pub system: u32,
    /// Its edges there, eastward and northward.
    pub edges: Bbox,
    /// Degrees of EPSG:4326 that hold all of it, and more.
    pub around: Bbox,
}

/// A value by which features are ordered: numbers, days and moments from the least, texts by
/// their bytes, false before true, and what has no value behind all; or all that turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// An attribute of the view that is no list.
    pub attribute: String,
    /// From the greatest.
    pub descending: bool,
}

/// The order in which features are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By their numbers.
    #[default]
    Id,
    /// As they come quickest.
    AsStored,
}

/// A moment of a layer's past. It is about what was on record then, and not, as
/// [`FeatureQuery::datetime`] is, about when features are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// What was on record at this moment.
    Time(OffsetDateTime),
    /// What was on record just after the change of this number in the change log.
    Change(i64),
}

impl AsOf {
    /// Reads a moment by RFC 3339, or a day, `2026-11-24`: its end in Vietnam.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
            return Some(Self::Time(moment));
        }
        let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
        let offset = UtcOffset::from_hms(VIETNAM_OFFSET_H, 0, 0).ok()?;
        let next = day.next_day()?.midnight().assume_offset(offset);
        Some(Self::Time(next - Duration::microseconds(1)))
    }
}

/// A stretch of time, open where an end is missing (RFC 3339; OGC API Features 17-069r4, 7.15.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeInterval {
    /// First moment.
    pub start: Option<OffsetDateTime>,
    /// Last moment.
    pub end: Option<OffsetDateTime>,
}
