//! How much of a layer lies in an area, from a snapshot and what lies over it.
//!
//! ```text
//! the tree's boxes ─▶ apart: passed over │ within: what is kept of each feature counts as it is
//!                                        │ neither: the feature is looked at, and cut if it must be
//! ```

use super::{
    conditions::Conditions,
    degrees::Degrees,
    file::Hit,
    filter::RowFilter,
    row::{self, ColumnKind, kind},
    scan::ViewColumns,
    served::ServedLayer,
    visible::VisibleRows,
};
use crate::{
    area::{Amount, Area, Dimension, Footprint, Relation, Sweep, plane_bounds},
    feature::{Bbox, FlatPart, Shape, Value, ValueRef},
    layer::{AttributeType, LayerView},
    query::statistics::{GroupKey, Part, Share, Statistics, StatisticsQuery, Tally, Unanswered},
    store::rows::owned_value,
};
use std::{ops::Range, sync::atomic::Ordering};

/// Features between two looks whether anybody still waits.
const LOOK_EVERY: u64 = 1024;

/// How much of the view's features lies where `query` says.
pub fn statistics(
    served: &ServedLayer,
    view: &LayerView,
    query: &StatisticsQuery,
) -> Result<Statistics, Unanswered> {
    let mut count = Count::new(served, view, query);
    let area: Vec<&Area> = query.area.iter().map(AsRef::as_ref).collect();
    count.pass(&area, Share::Total)?;
    if let Some(zones) = &query.zones {
        for (number, zone) in zones.each().iter().enumerate() {
            let both: Vec<&Area> = area.iter().copied().chain([zone.as_ref()]).collect();
            count.pass(&both, Share::Zone(number))?;
        }
        count.pass(&area, Share::Rest)?;
    }
    Ok(count.tally.finish())
}

/// What is wanted of a column.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    group: Option<usize>,
    value: Option<usize>,
    list: Option<usize>,
    latest: bool,
}

/// A count under way.
struct Count<'q> {
    served: &'q ServedLayer,
    query: &'q StatisticsQuery,
    kinds: Vec<ColumnKind>,
    wanted: Vec<Wanted>,
    rows: VisibleRows,
    group_types: Vec<AttributeType>,
    list_types: Vec<AttributeType>,
    /// Whether rows must be read at all where a feature lies inside whole.
    reads_rows: bool,
    condition: Option<Condition<'q>>,
    tally: Tally,
    footprint: Footprint,
    sweep: Sweep,
    key: Vec<u8>,
    values: Vec<Option<f64>>,
    seen: u64,
}

impl<'q> Count<'q> {
    fn new(served: &'q ServedLayer, view: &'q LayerView, query: &'q StatisticsQuery) -> Self {
        let base = &served.snapshot.base;
        let rows = VisibleRows::new(view, base);
        // A name that is not in the view leads nowhere.
        let place = |list: &[String], name: &str| {
            list.iter().position(|n| n == name).filter(|_| view.attribute(name).is_some())
        };
        let wanted: Vec<Wanted> = base
            .columns()
            .iter()
            .map(|(name, _)| Wanted {
                group: place(&query.groups, name),
                value: place(&query.values, name),
                list: place(&query.list, name).filter(|_| query.list_max > 0),
                latest: query.latest.as_deref() == Some(name) && view.attribute(name).is_some(),
            })
            .collect();
        let kind_of = |name: &String| view.attribute(name).map_or(AttributeType::Text, |a| a.kind);
        let conditions = Conditions::new(view, &query.select);
        let filter = query.select.filter.as_deref().map(|filter| RowFilter::new(view, base, filter));
        let condition = (!conditions.are_none()).then(|| Condition {
            beside: (!conditions.are_none_beside_filter())
                .then(|| (ViewColumns::whole(view, base), conditions)),
            filter,
        });
        let reads_rows = condition.is_some()
            || !served.overlay.is_empty()
            || dimension_of(base.kind()).is_none()
            || query.list_max > 0
            || rows.hide_rows()
            || wanted.iter().any(|w| w.group.is_some() || w.value.is_some() || w.latest);
        Self {
            served,
            query,
            kinds: base.column_kinds(),
            wanted,
            rows,
            group_types: query.groups.iter().map(kind_of).collect(),
            list_types: query.list.iter().map(kind_of).collect(),
            reads_rows,
            condition,
            tally: Tally::new(query),
            footprint: Footprint::default(),
            sweep: Sweep::default(),
            key: Vec::new(),
            values: vec![None; query.values.len()],
            seen: 0,
        }
    }

    /// Counts what lies in all of `areas`, or of the rest what of that lies in no zone.
    fn pass(&mut self, areas: &[&Area], share: Share) -> Result<(), Unanswered> {
        let served = self.served;
        let base = &served.snapshot.base;
        let mut outcome = Ok(());
        let beyond = self.beyond(share);
        let lies = |bbox| relation(areas, beyond, bbox);
        base.sort_out(lies, &mut |lies| {
            if outcome.is_ok() {
                outcome = match lies {
                    Lies::Within(numbers) => self.whole(numbers, areas, share),
                    Lies::Meets(hit) => self.rim(&hit, areas, share, false),
                };
            }
            outcome.is_ok()
        });
        outcome?;
        for added in served.overlay.added() {
            if lies(added.bbox) != Relation::Apart
                && let Some(hit) = added.hit()
            {
                self.rim(&hit, areas, share, true)?;
            }
        }
        Ok(())
    }

    fn still_wanted(&mut self) -> Result<(), Unanswered> {
        self.seen += 1;
        let stopped = self.seen.is_multiple_of(LOOK_EVERY) && self.query.stop.load(Ordering::Relaxed);
        if stopped { Err(Unanswered::Stopped) } else { Ok(()) }
    }

    /// Features that lie inside whole.
    fn whole(&mut self, numbers: Range<u64>, areas: &[&Area], share: Share) -> Result<(), Unanswered> {
        let snapshot = &self.served.snapshot;
        let layer_dimension = dimension_of(snapshot.base.kind());
        for number in numbers {
            self.still_wanted()?;
            let Some(amount) = snapshot.measures.amount(number) else { continue };
            if let (false, Some(dimension)) = (self.reads_rows, layer_dimension) {
                self.add(None, Part::whole(dimension, amount.of), amount.crosses, share)?;
                continue;
            }
            let Some(hit) = snapshot.base.feature(number) else { continue };
            match hit.row.kind(snapshot.base.kind()).and_then(dimension_of) {
                Some(dimension) if self.is_meant(&hit) => {
                    self.add(Some(&hit), Part::whole(dimension, amount.of), amount.crosses, share)?;
                }
                Some(_) => {}
                None => self.rim(&hit, areas, share, false)?,
            }
        }
        Ok(())
    }

    /// A feature that may lie inside, in whole or in part.
    fn rim(&mut self, hit: &Hit<'_>, areas: &[&Area], share: Share, over: bool) -> Result<(), Unanswered> {
        self.still_wanted()?;
        if !over && self.is_hidden(hit) {
            return Ok(());
        }
        let snapshot = &self.served.snapshot;
        let mut parts: Vec<FlatPart<'_>> = Vec::new();
        if hit.row.parts(snapshot.base.kind(), &mut parts).is_none() {
            return Ok(());
        }
        self.footprint.read(&parts);
        let Some(dimension) = self.footprint.dimension() else { return Ok(()) };
        let bounds = self.footprint.bounds();
        let lies = areas.iter().map(|area| area.relation(bounds)).collect::<Vec<_>>();
        if lies.contains(&Relation::Apart) || !self.meets_condition(hit) {
            return Ok(());
        }
        let kept = if over { None } else { snapshot.measures.amount(hit.number) };
        let stop = &self.query.stop;
        let amount = kept.or_else(|| self.footprint.amount(&mut self.sweep, stop));
        let Amount { of, crosses } = amount.ok_or(Unanswered::Stopped)?;
        let cutting: Vec<&Area> =
            areas.iter().zip(&lies).filter(|(_, lies)| **lies == Relation::Meets).map(|(a, _)| *a).collect();
        let mut inside = of;
        if !cutting.is_empty() {
            let part = self.footprint.amount_in(&cutting, &mut self.sweep, stop);
            inside = part.ok_or(Unanswered::Stopped)?;
            // What rounding leaves of a feature that is whole inside.
            if (of - inside).abs() <= of * 1e-12 {
                inside = of;
            }
        }
        let part = Part { dimension, of, inside };
        if part.inside <= 0.0 && !part.counts() {
            return Ok(());
        }
        match self.left(part, &cutting, bounds, share)? {
            Some(part) => self.add(Some(hit), part, crosses, share),
            None => Ok(()),
        }
    }

    /// The zones, where what lies in them is not meant.
    fn beyond(&self, share: Share) -> Option<&'q Area> {
        self.query.zones.as_ref().filter(|_| share == Share::Rest).map(|zones| zones.all())
    }

    /// What is meant of a part of the feature in hand that lies inside: of the rest what is in no zone.
    fn left(
        &mut self,
        part: Part,
        cutting: &[&Area],
        bounds: Bbox,
        share: Share,
    ) -> Result<Option<Part>, Unanswered> {
        let Some(zones) = self.beyond(share) else { return Ok(Some(part)) };
        match zones.relation(bounds) {
            Relation::Apart => Ok(Some(part)),
            Relation::Within => Ok(None),
            Relation::Meets => {
                let both: Vec<&Area> = cutting.iter().copied().chain([zones]).collect();
                let taken = self.footprint.amount_in(&both, &mut self.sweep, &self.query.stop);
                Ok(part.beside(taken.ok_or(Unanswered::Stopped)?))
            }
        }
    }

    fn is_hidden(&self, hit: &Hit<'_>) -> bool {
        !self.served.overlay.is_empty()
            && row::first_long(hit.row.properties).is_some_and(|id| self.served.overlay.hides(id))
    }

    fn meets_condition(&self, hit: &Hit<'_>) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(hit, self.served.snapshot.base.kind()))
    }

    fn is_meant(&self, hit: &Hit<'_>) -> bool {
        !self.is_hidden(hit) && self.meets_condition(hit)
    }

    /// Adds a part of a feature; one whose row is above the view is passed over.
    fn add(
        &mut self,
        hit: Option<&Hit<'_>>,
        part: Part,
        crosses: bool,
        share: Share,
    ) -> Result<(), Unanswered> {
        let zone = share.zone();
        self.key.clear();
        self.key.extend(zone.unwrap_or(usize::MAX).to_le_bytes());
        let (mut group, mut listed): (Vec<ValueRef<'_>>, Vec<ValueRef<'_>>) = (Vec::new(), Vec::new());
        let mut latest = ValueRef::Null;
        if let Some(hit) = hit.filter(|_| self.reads_rows) {
            group.resize(self.query.groups.len(), ValueRef::Null);
            listed.resize(self.query.list.len(), ValueRef::Null);
            self.values.fill(None);
            let mut visible = self.rows.unread();
            let Self { wanted, rows, values, kinds, .. } = self;
            let read = row::properties(hit.row.properties, kinds, |column, value| {
                let Wanted { group: own_group, value: own_value, list, latest: is_latest } = wanted[column];
                if let Some(slot) = list {
                    listed[slot] = value;
                }
                if is_latest {
                    latest = value;
                }
                if let Some(slot) = own_group {
                    group[slot] = value;
                }
                if let Some(slot) = own_value {
                    values[slot] = number(value);
                }
                rows.read(column, value, &mut visible);
            });
            if read.is_none() || !visible.is() {
                return Ok(());
            }
            group.iter().for_each(|value| append(&mut self.key, *value));
        }
        if share == Share::Total {
            self.tally.add(&part, &self.values, crosses);
            self.tell(hit, &part, &listed, latest);
        }
        let grouped = share != Share::Total || (self.query.zones.is_none() && !self.query.groups.is_empty());
        if !grouped {
            return Ok(());
        }
        let types = &self.group_types;
        let owned = |(value, kind): (&ValueRef<'_>, &AttributeType)| owned_value(*value, *kind);
        let make = || GroupKey {
            zone,
            values: group.iter().zip(types).map(|pair| owned(pair).unwrap_or(Value::Null)).collect(),
        };
        self.tally.add_to_group(&self.key, make, &part, &self.values)
    }
}

impl Count<'_> {
    /// What is told of single features.
    fn tell(&mut self, hit: Option<&Hit<'_>>, part: &Part, listed: &[ValueRef<'_>], latest: ValueRef<'_>) {
        if let ValueRef::TextBytes(text) = latest
            && let Ok(text) = std::str::from_utf8(text)
        {
            self.tally.date(text, part);
        }
        let Some(id) = hit.and_then(|hit| row::first_long(hit.row.properties)) else { return };
        let types = &self.list_types;
        self.tally.list(id, part, || {
            let own = |(value, kind): (&ValueRef<'_>, &AttributeType)| owned_value(*value, *kind);
            listed.iter().zip(types).map(|pair| own(pair).unwrap_or_default()).collect()
        });
    }
}

/// Conditions on features as they stand in the file.
struct Condition<'q> {
    filter: Option<RowFilter<'q>>,
    /// Those beside the filter, if there are any.
    beside: Option<(ViewColumns, Conditions)>,
}

impl Condition<'_> {
    fn holds(&self, hit: &Hit<'_>, layer_kind: u8) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.holds(hit)) && self.beside_holds(hit, layer_kind)
    }

    fn beside_holds(&self, hit: &Hit<'_>, layer_kind: u8) -> bool {
        let Some((columns, conditions)) = &self.beside else { return true };
        let mut values = Vec::new();
        let read = columns.values(hit.row.properties, &mut values);
        if !read.is_some_and(|(id, visible)| visible && conditions.values_meet(id, &values)) {
            return false;
        }
        conditions.box_meets(hit.bbox).unwrap_or_else(|| {
            let mut shape = Shape::default();
            let geometry = hit.row.geometry();
            let read = geometry.and_then(|g| Degrees::default().read(&g, layer_kind, &mut shape));
            read.is_some() && conditions.shape_meets(&shape)
        })
    }
}

/// How what a box of the tree holds lies to what is asked for.
pub enum Lies<'a> {
    /// These features lie inside whole.
    Within(Range<u64>),
    /// This one may.
    Meets(Hit<'a>),
}

/// How a box lies to what is in all of `areas` and not in `beyond`.
fn relation(areas: &[&Area], beyond: Option<&Area>, mercator: Bbox) -> Relation {
    if areas.is_empty() && beyond.is_none() {
        return Relation::Within;
    }
    let Some((own, is_all)) = plane_bounds(mercator) else {
        return if areas.is_empty() { Relation::Within } else { Relation::Apart };
    };
    // Of the rest of a box that reaches far away nothing is known.
    let mut all = if is_all { Relation::Within } else { Relation::Meets };
    let outside = beyond.map(|beyond| match beyond.relation(own) {
        Relation::Apart => Relation::Within,
        Relation::Meets => Relation::Meets,
        Relation::Within if is_all => Relation::Apart,
        Relation::Within => Relation::Meets,
    });
    for lies in areas.iter().map(|area| area.relation(own)).chain(outside) {
        match lies {
            Relation::Apart => return Relation::Apart,
            Relation::Meets => all = Relation::Meets,
            Relation::Within => {}
        }
    }
    all
}

/// What the amount of a feature of a geometry type is; `None` where the type does not say.
fn dimension_of(geometry_type: u8) -> Option<Dimension> {
    match geometry_type {
        kind::POINT | kind::MULTI_POINT => Some(Dimension::Count),
        kind::LINE_STRING | kind::MULTI_LINE_STRING => Some(Dimension::Length),
        kind::POLYGON | kind::MULTI_POLYGON => Some(Dimension::Area),
        _ => None,
    }
}

fn number(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Int(v) => Some(v as f64),
        ValueRef::Number(v) => Some(v).filter(|v| v.is_finite()),
        _ => None,
    }
}

/// Appends what tells a value from others of its attribute.
fn append(key: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Bool(v) => key.extend([1, u8::from(v)]),
        ValueRef::Int(v) => key.extend(v.to_le_bytes()),
        ValueRef::Number(v) => key.extend(v.to_le_bytes()),
        ValueRef::Text(text) => key.extend(text.as_bytes()),
        ValueRef::TextBytes(text) => key.extend(text),
        _ => key.push(0xFE),
    }
    key.push(0xFF);
}
