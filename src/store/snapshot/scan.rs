//! Features of a file as a view may see them.

use super::{
    drawn::DrawnTile,
    file::{FeatureFile, Hit, ID_COLUMN, Leaf},
    row::{self, ColumnKind},
    values::NumberedRow,
    visible::VisibleRows,
};
use crate::{
    feature::{FeatureId, FeatureRef, FlatPart, GeometryRef, NumberedValues, ValueRef},
    layer::{AttributeType, LayerView},
};

/// The most values of a feature in a tile.
pub const VALUES_MAX: usize = 64;

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Hidden,
    Value(usize),
    /// A JSON array, in a tile one text.
    List(usize),
    /// A moment, in a tile without the fraction of its second.
    Moment(usize),
}

/// Which columns of a file a view may see, and which rows.
#[derive(Debug)]
pub struct ViewColumns {
    kinds: Vec<ColumnKind>,
    slots: Vec<Slot>,
    width: usize,
    id: usize,
    rows: VisibleRows,
    layer_kind: u8,
    /// For each value of the view the column behind the id's that it stands in.
    numbered: Vec<usize>,
}

/// Room that each feature uses again.
#[derive(Debug, Default)]
pub struct Room<'a> {
    parts: Vec<FlatPart<'a>>,
    values: Vec<ValueRef<'a>>,
}

impl ViewColumns {
    /// How `view` sees the columns of `file`. A column that the file lacks is a value that no
    /// feature has; `extra` are columns behind the view's attributes.
    pub fn new(view: &LayerView, file: &FeatureFile, extra: &[&str]) -> Self {
        let names: Vec<&str> =
            view.attributes().map(|a| a.name.as_str()).chain(extra.iter().copied()).collect();
        let is = |slot: usize, kind| view.attributes().nth(slot).is_some_and(|a| a.kind == kind);
        let slot = |name: &str| match names.iter().position(|n| *n == name) {
            Some(slot) if slot >= VALUES_MAX => Slot::Hidden,
            Some(slot) if is(slot, AttributeType::TextList) => Slot::List(slot),
            Some(slot) if is(slot, AttributeType::Timestamp) => Slot::Moment(slot),
            Some(slot) => Slot::Value(slot),
            None => Slot::Hidden,
        };
        let slots: Vec<Slot> = file.columns().iter().map(|(name, _)| slot(name)).collect();
        let column = |wanted: &str| file.columns().iter().position(|(name, _)| name == wanted);
        let behind_id = |name: &&str| column(name).and_then(|c| c.checked_sub(1)).unwrap_or(usize::MAX);
        Self {
            kinds: file.column_kinds(),
            slots,
            width: names.len().min(VALUES_MAX),
            id: column(ID_COLUMN).unwrap_or(usize::MAX),
            rows: VisibleRows::new(view, file),
            layer_kind: file.kind(),
            numbered: names.iter().take(VALUES_MAX).map(behind_id).collect(),
        }
    }

    /// The same with nothing of a value lost: for answers about features instead of tiles.
    pub fn whole(view: &LayerView, file: &FeatureFile) -> Self {
        let mut columns = Self::new(view, file, &[]);
        for slot in &mut columns.slots {
            if let Slot::List(place) | Slot::Moment(place) = *slot {
                *slot = Slot::Value(place);
            }
        }
        columns
    }

    /// The rows that the view may see.
    pub const fn rows(&self) -> &VisibleRows {
        &self.rows
    }

    /// Whether the view may see a row of these properties.
    pub fn see(&self, properties: &[u8]) -> bool {
        self.rows.see(properties, &self.kinds)
    }

    /// The class of a row, as a place in [`AccessClass::ALL`](crate::layer::AccessClass::ALL); behind them if it is
    /// none of these.
    pub fn class_of(&self, properties: &[u8]) -> usize {
        self.rows.class_of(properties, &self.kinds)
    }

    /// Reads the values of a row as they stand in the file; the id, and whether the view may see
    /// the row. `None` if it is garbled.
    pub fn values<'a>(
        &self,
        properties: &'a [u8],
        values: &mut Vec<ValueRef<'a>>,
    ) -> Option<(FeatureId, bool)> {
        values.clear();
        values.resize(self.width, ValueRef::Null);
        let (mut id, mut visible) = (None, self.rows.unread());
        row::properties(properties, &self.kinds, |column, value| {
            if let Slot::Value(slot) = self.slots[column] {
                values[slot] = value;
            }
            if column == self.id
                && let ValueRef::Int(number) = value
            {
                id = Some(number);
            }
            self.rows.read(column, value, &mut visible);
        })?;
        Some((id?, visible.is()))
    }

    /// Hands a feature whose values are numbered to `take`, as [`ViewColumns::read`] does: as it is drawn in the
    /// tile, where it has been, else as it stands in the file.
    pub fn read_numbered<'a>(
        &self,
        (file, leaf): (&'a FeatureFile, Leaf),
        (row, among): (&NumberedRow<'a>, &'a NumberedValues<'a>),
        drawn: Option<&DrawnTile<'a>>,
        room: &mut Room<'a>,
        take: &mut dyn FnMut(&FeatureRef<'_>),
    ) -> Option<()> {
        if !self.rows.see_numbered(row, among) {
            return Some(());
        }
        let Room { parts, values } = room;
        values.clear();
        values.extend(self.numbered.iter().map(|column| match row.number(*column) {
            Some(number) => ValueRef::Numbered(number, among),
            None => ValueRef::Null,
        }));
        let geometry = match drawn.and_then(|drawn| drawn.commands(leaf.number, leaf.bbox)) {
            Some(commands) => GeometryRef::Drawn(commands),
            None => {
                parts.clear();
                file.at(leaf)?.row.parts(self.layer_kind, parts)?;
                GeometryRef::Flat(parts)
            }
        };
        take(&FeatureRef { id: row.id, geometry, bbox: Some(leaf.bbox), values });
        Some(())
    }

    /// Hands a feature to `take`, if the view may see it; `None` if it is garbled. `skip` says
    /// of an id whether the feature is to be passed over.
    pub fn read<'a>(
        &self,
        hit: &Hit<'a>,
        room: &mut Room<'a>,
        skip: impl Fn(FeatureId) -> bool,
        take: &mut dyn FnMut(&FeatureRef<'_>),
    ) -> Option<()> {
        let Room { parts, values } = room;
        values.clear();
        values.resize(self.width, ValueRef::Null);
        let (mut id, mut visible) = (-1, self.rows.unread());
        // Values that do not stand in the file as a tile carries them.
        let mut made: Vec<(usize, String)> = Vec::new();
        row::properties(hit.row.properties, &self.kinds, |column, value| {
            match self.slots[column] {
                Slot::Hidden => {}
                Slot::Value(slot) => values[slot] = value,
                Slot::List(slot) => made.extend(joined(value).map(|text| (slot, text))),
                Slot::Moment(slot) => match value {
                    ValueRef::TextBytes(text) if text.len() > WHOLE_SECONDS => {
                        made.extend(whole_second(text).map(|text| (slot, text)));
                    }
                    value => values[slot] = value,
                },
            }
            if column == self.id
                && let ValueRef::Int(number) = value
            {
                id = number;
            }
            self.rows.read(column, value, &mut visible);
        })?;
        if !visible.is() || (id >= 0 && skip(id)) {
            return Some(());
        }
        parts.clear();
        hit.row.parts(self.layer_kind, parts)?;
        if !made.is_empty() {
            self.take_with(id, hit, parts, values, &made, take);
            return Some(());
        }
        take(&FeatureRef { id, geometry: GeometryRef::Flat(parts), bbox: Some(hit.bbox), values });
        Some(())
    }

    fn take_with(
        &self,
        id: FeatureId,
        hit: &Hit<'_>,
        parts: &[FlatPart<'_>],
        values: &[ValueRef<'_>],
        made: &[(usize, String)],
        take: &mut dyn FnMut(&FeatureRef<'_>),
    ) {
        let mut values = values.to_vec();
        for (slot, text) in made {
            values[*slot] = ValueRef::Text(text);
        }
        let geometry = GeometryRef::Flat(parts);
        take(&FeatureRef { id, geometry, bbox: Some(hit.bbox), values: &values });
    }
}

/// Length of a moment without a fraction: `2025-07-01T08:30:00Z`.
const WHOLE_SECONDS: usize = 20;

/// A value of an attribute of that type, where a tile carries another than stands in the file.
pub fn remade(value: ValueRef<'_>, kind: Option<AttributeType>) -> Option<Option<String>> {
    match (kind, value) {
        (Some(AttributeType::TextList), value) => Some(joined(value)),
        (Some(AttributeType::Timestamp), ValueRef::TextBytes(text)) if text.len() > WHOLE_SECONDS => {
            Some(whole_second(text))
        }
        _ => None,
    }
}

/// A moment without the fraction of its second.
fn whole_second(text: &[u8]) -> Option<String> {
    std::str::from_utf8(text).ok()?.get(..WHOLE_SECONDS - 1).map(|text| format!("{text}Z"))
}

/// A JSON array of texts as the one text that a tile carries.
fn joined(value: ValueRef<'_>) -> Option<String> {
    let ValueRef::TextBytes(json) = value else { return None };
    serde_json::from_slice::<Vec<String>>(json).ok().map(|texts| texts.join(", "))
}
