//! Questions as plain data. Must not know who asks over what, or who answers.

/// Filters in CQL2.
pub mod filter;
/// What a report asks of a layer.
pub mod report;
mod rule;
/// What is called by a name or a code.
pub mod search;
/// How much of a layer lies in an area.
pub mod statistics;

pub use rule::{BoundRule, RuleError, bind_rules, check_rules};

use crate::feature::{Bbox, FeatureId, Value};
use filter::Filter;
use std::sync::Arc;
use time::OffsetDateTime;

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

/// A stretch of time, open where an end is missing (RFC 3339; OGC API Features 17-069r4, 7.15.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeInterval {
    /// First moment.
    pub start: Option<OffsetDateTime>,
    /// Last moment.
    pub end: Option<OffsetDateTime>,
}
