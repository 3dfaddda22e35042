//! Filters: what CQL2 (OGC 21-065r2) says, read from text or JSON, checked against a view, and
//! asked of a feature.
//!
//! ```text
//! text, JSON ─▶ tree (syntax) ─ bind to a view ─▶ Filter ─┬─ evaluate: on a row's values
//!                                                        └─ the store's SQL
//! ```
//!
//! Both ends have one meaning. Logic has three values, as in SQL. Text is compared by its bytes.
//! Arithmetic is that of `f64`; what would overflow, or divide by zero, is unknown. A day is a day
//! in Vietnam. Geometries are compared in the plane of EPSG:4326 on a grid of a billionth of a
//! degree (0.1 mm), so that both ends decide on the same whole numbers.
//!
//! Must not know stores.

/// A tree becomes a filter of a view.
mod bind;
/// A geometry becomes a shape on the grid.
mod bind_shape;
/// Dates and moments.
mod bind_time;
/// A filter is asked of a row.
mod evaluate;
/// Text without case or accents.
pub mod fold;
/// CQL2 JSON.
mod json;
/// Patterns of LIKE.
mod pattern;
/// How two shapes lie to each other.
mod relate;
/// The tree.
mod syntax;
/// CQL2 text.
mod text;
/// Words of CQL2 text.
mod token;
/// Whether an area is valid.
mod validity;
/// Geometries in CQL2 text.
mod wkt;

pub use bind_shape::{GRID_PER_DEGREE, Shape};
pub use evaluate::{Evaluator, Row, read_moment};
pub use json::read as read_json;
pub use pattern::Pattern;
pub use relate::on_grid;
pub use syntax::{BYTES_MAX, DEPTH_MAX, NODES_MAX, Node, POSITIONS_MAX};
pub use validity::{Validity, validity};

use crate::{
    crs::NamedSystem,
    feature::Bbox,
    layer::{Attribute, AttributeType, LayerDefinition, LayerView},
};
use std::fmt;

/// Name of the geometry in filters.
pub const GEOMETRY: &str = "geometry";

/// The encodings of CQL2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FilterLang {
    /// `cql2-text`.
    #[default]
    Text,
    /// `cql2-json`.
    Json,
}

/// A filter that holds for one view: each name in it is one that its caller may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    condition: Condition,
    attributes: Vec<FilterAttribute>,
    shapes: Vec<Shape>,
    bbox: Option<Bbox>,
}

/// An attribute that a filter asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterAttribute {
    /// Its name in the view.
    pub name: String,
    /// Its type.
    pub kind: AttributeType,
}

impl Filter {
    /// Reads a filter and binds it to a view. Coordinates in it are of `system`.
    pub fn parse(
        text: &str,
        lang: FilterLang,
        view: &LayerView,
        system: NamedSystem,
    ) -> Result<Self, FilterError> {
        bind(&parse(text, lang)?, view, system)
    }

    /// Reads a filter of the layer's own file, which may ask for whatever a row has: it settles who
    /// sees the row. Coordinates in it are longitude and latitude.
    pub fn of_layer(text: &str, layer: &LayerDefinition) -> Result<Self, FilterError> {
        let known: Vec<&Attribute> = layer.attributes.iter().collect();
        bind::bind(&parse(text, FilterLang::Text)?, &known, NamedSystem::crs84())
    }

    /// What it asks.
    pub const fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The attributes that it asks for; [`Scalar::Attribute`] counts in this list.
    pub fn attributes(&self) -> &[FilterAttribute] {
        &self.attributes
    }

    /// The shapes that it gives; [`Geometry::Shape`] counts in this list.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// A box (EPSG:4326, degrees) that the box of every feature meets for which it holds, where it
    /// gives one.
    pub const fn bbox(&self) -> Option<Bbox> {
        self.bbox
    }
}

/// Binds a tree to a view. Coordinates in it are of `system`.
pub fn bind(node: &Node, view: &LayerView, system: NamedSystem) -> Result<Filter, FilterError> {
    bind::bind(node, &view.attributes().collect::<Vec<_>>(), system)
}

/// Reads a filter without a view: only its syntax is checked.
pub fn parse(text: &str, lang: FilterLang) -> Result<Node, FilterError> {
    match lang {
        FilterLang::Text => text::parse(text),
        FilterLang::Json => json::parse(text),
    }
}

/// What is true, false or unknown of a feature.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The same for all; `None` is unknown.
    Constant(Option<bool>),
    /// All of them.
    All(Vec<Condition>),
    /// One of them at least.
    Any(Vec<Condition>),
    /// Not.
    Not(Box<Condition>),
    /// Two scalars of one kind.
    Compare(Comparison, Scalar, Scalar),
    /// Equal to one of the list.
    In(Scalar, Vec<Scalar>),
    /// A text and a pattern.
    Like(Scalar, Pattern),
    /// No value; never unknown.
    IsNull(Operand),
    /// How two geometries lie to each other.
    Spatial(SpatialRelation, Geometry, Geometry),
    /// How two sets of texts are to each other.
    Sets(SetRelation, List, List),
}

/// What can have no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    List(List),
    /// The feature's geometry.
    Geometry,
}

/// A single value.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// An attribute, by its place in [`Filter::attributes`].
    Attribute(usize),
    /// Text, NFC.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A day, in days from 1970-01-01; the least and the greatest number stand for open ends.
    Day(i64),
    /// A moment, in microseconds from 1970-01-01 UTC; open ends as in [`Scalar::Day`].
    Moment(i64),
    /// The first moment of a day in Vietnam.
    StartOfDay(Box<Scalar>),
    /// Its last moment.
    EndOfDay(Box<Scalar>),
    /// Arithmetic on two numbers; the result is never a whole number by type.
    Arithmetic(Arithmetic, Box<Scalar>, Box<Scalar>),
    /// Text without case.
    CaseI(Box<Scalar>),
    /// Text without tone marks and accents.
    AccentI(Box<Scalar>),
    /// Whether a condition holds.
    Test(Box<Condition>),
}

/// A set of texts.
#[derive(Debug, Clone, PartialEq)]
pub enum List {
    /// An attribute, by its place in [`Filter::attributes`].
    Attribute(usize),
    /// Texts.
    Of(Vec<Scalar>),
}

/// A geometry in a spatial condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Geometry {
    /// The feature's.
    Feature,
    /// One that the filter gives, by its place in [`Filter::shapes`].
    Shape(usize),
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `div`: without what is behind the point.
    IntegerDivide,
    /// `%`: what `div` leaves.
    Modulo,
    /// `^`
    Power,
}

impl Arithmetic {
    /// Operands are 0 or between this and its inverse; then no result overflows.
    pub const LEAST: f64 = 1e-100;
    /// `|exponent * ln(base)|` at most, for the same reason.
    pub const POWER_MAX: f64 = 230.0;
}

/// Spatial relations (OGC 21-065r2, 7.6; DE-9IM as in OGC 06-103r4, 6.1.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SpatialRelation {
    Intersects,
    Disjoint,
    Equals,
    Touches,
    Within,
    Overlaps,
    Crosses,
    Contains,
}

/// Relations of sets (OGC 21-065r2, 7.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetRelation {
    /// The same elements.
    Equals,
    /// The first holds the second.
    Contains,
    /// The second holds the first.
    ContainedBy,
    /// One element at least in both.
    Overlaps,
}

/// Where in a filter something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In text: number of the character, from 1, and what begins there.
    Character(usize, String),
    /// In JSON: the member.
    Member(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(number, found) if found.is_empty() => {
                write!(f, "at its end (character {number})")
            }
            Self::Character(number, found) => write!(f, "at character {number} (`{found}`)"),
            Self::Member(path) => write!(f, "at {path}"),
        }
    }
}

/// Why a filter cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Longer than is read.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// Bytes at most.
        limit: usize,
    },
    /// It has more parts, or positions, than are taken.
    #[error("{place}: {text}")]
    TooMuch {
        /// Where the first is that is too many.
        place: Place,
        /// How many there may be.
        text: String,
    },
    /// Something in it.
    #[error("{place}: {text}")]
    Wrong {
        /// Where.
        place: Place,
        /// What is wrong, and what would do.
        text: String,
    },
    /// It names a property that the layer does not have.
    #[error("{place}: there is no property `{name}` here; there are {names}")]
    NoProperty {
        /// Where.
        place: Place,
        /// The name, not all of it where it is long.
        name: String,
        /// The names that would do, joined by commas.
        names: String,
    },
}

impl FilterError {
    fn at(place: Place, text: impl Into<String>) -> Self {
        Self::Wrong { place, text: text.into() }
    }
}
