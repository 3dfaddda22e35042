//! Which rows of a file a view may see.

use super::{
    file::FeatureFile,
    row::{self, ColumnKind},
    values::NumberedRow,
};
use crate::{
    feature::{NumberedValues, ValueRef},
    layer::{AccessClass, COMMUNE_CODE, LayerView},
    tile::encode_value,
};

/// What a view asks of a row before it may see it.
#[derive(Debug)]
pub struct VisibleRows {
    /// The classes that it may see, where rows can be above them; a row without one is open.
    class: Option<OneOf>,
    /// The communes whose rows it may see, where those of others are not for it; a row without one is nobody's.
    commune: Option<OneOf>,
}

/// Texts that a column may have.
#[derive(Debug)]
struct OneOf {
    /// The column; none has the last number, and so no row a value in it.
    column: usize,
    texts: Vec<String>,
    /// The same as the file's numbered values have them.
    encoded: Vec<Vec<u8>>,
}

/// What is known of a row so far.
#[derive(Debug, Clone, Copy)]
pub struct Visible {
    class: bool,
    commune: bool,
}

impl Visible {
    /// Whether the view may see it.
    pub const fn is(self) -> bool {
        self.class && self.commune
    }
}

impl OneOf {
    fn new(column: usize, texts: impl Iterator<Item = String>) -> Self {
        let texts: Vec<String> = texts.collect();
        let encoded = |text: &String| {
            let mut bytes = Vec::new();
            encode_value(&ValueRef::Text(text), &mut bytes);
            bytes
        };
        Self { column, encoded: texts.iter().map(encoded).collect(), texts }
    }

    fn holds(&self, text: &[u8]) -> bool {
        self.texts.iter().any(|own| own.as_bytes() == text)
    }

    /// The same of a numbered row; `None` where it has no value. One that is garbled is none of them.
    fn holds_of(&self, row: &NumberedRow<'_>, among: &NumberedValues<'_>) -> Option<bool> {
        let text = among.encoded(row.number(self.column.checked_sub(1)?)?);
        Some(text.is_some_and(|text| self.encoded.iter().any(|own| own == text)))
    }
}

impl VisibleRows {
    /// Of the rows of `file`.
    pub fn new(view: &LayerView, file: &FeatureFile) -> Self {
        let classes = AccessClass::ALL.into_iter().filter(|class| *class <= view.row_class());
        let class = file.class_column().filter(|_| view.row_class() < AccessClass::Restricted);
        let code = file.columns().iter().position(|(name, _)| name == COMMUNE_CODE).unwrap_or(usize::MAX);
        Self {
            class: class.map(|column| OneOf::new(column, classes.map(|class| class.as_str().to_owned()))),
            commune: view.communes().map(|communes| OneOf::new(code, communes.iter().cloned())),
        }
    }

    /// Whether rows may be hidden.
    pub const fn hide_rows(&self) -> bool {
        self.class.is_some() || self.commune.is_some()
    }

    /// Whether rows of some class are hidden.
    pub const fn hides_classes(&self) -> bool {
        self.class.is_some()
    }

    /// Whether those of some communes alone are seen.
    pub const fn are_of_communes(&self) -> bool {
        self.commune.is_some()
    }

    /// Before a row is read.
    pub const fn unread(&self) -> Visible {
        Visible { class: true, commune: self.commune.is_none() }
    }

    /// Takes a value of the row.
    #[inline]
    pub fn read(&self, column: usize, value: ValueRef<'_>, visible: &mut Visible) {
        if let Some(class) = self.class.as_ref().filter(|own| own.column == column)
            && let ValueRef::TextBytes(text) = value
        {
            visible.class = class.holds(text);
        }
        if let Some(commune) = self.commune.as_ref().filter(|own| own.column == column)
            && let ValueRef::TextBytes(text) = value
        {
            visible.commune = commune.holds(text);
        }
    }

    /// Whether the view may see a row of these properties; not, if they are garbled.
    pub fn see(&self, properties: &[u8], kinds: &[ColumnKind]) -> bool {
        let mut visible = self.unread();
        let read = row::properties(properties, kinds, |column, value| self.read(column, value, &mut visible));
        read.is_some() && visible.is()
    }

    /// The same of a row whose values are numbered.
    #[inline]
    pub fn see_numbered(&self, row: &NumberedRow<'_>, among: &NumberedValues<'_>) -> bool {
        self.class.as_ref().is_none_or(|own| own.holds_of(row, among).unwrap_or(true))
            && self.commune.as_ref().is_none_or(|own| own.holds_of(row, among).unwrap_or(false))
    }

    /// The class of a row, as a place in [`AccessClass::ALL`]; behind them if it is none of these
    /// or garbled.
    pub fn class_of(&self, properties: &[u8], kinds: &[ColumnKind]) -> usize {
        let (mut place, column) = (0, self.class.as_ref().map(|own| own.column));
        let read = row::properties(properties, kinds, |at, value| {
            if Some(at) == column
                && let ValueRef::TextBytes(class) = value
            {
                let known = AccessClass::ALL.iter().position(|c| c.as_str().as_bytes() == class);
                place = known.unwrap_or(AccessClass::ALL.len());
            }
        });
        read.map_or(AccessClass::ALL.len(), |()| place)
    }

    /// Whether rows of a class are seen, by its place in [`AccessClass::ALL`].
    pub fn see_class(&self, place: usize) -> bool {
        let class = AccessClass::ALL.get(place).map(|class| class.as_str());
        self.class.as_ref().is_none_or(|own| class.is_some_and(|class| own.holds(class.as_bytes())))
    }
}
