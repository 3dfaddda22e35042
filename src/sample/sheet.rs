//! Made-up rows of one layer: what a theme says of each, and the attributes that all layers have.

use super::{
    geometry::{Line, Position},
    province::{Near, Province},
    random::Random,
    words,
};
use crate::{
    feature::Value,
    layer::{Attribute, AttributeType, LayerDefinition},
};
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

/// A feature's geometry, degrees.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A position.
    Point(Position),
    /// Lines.
    Lines(Vec<Line>),
    /// Areas, each of rings, closed, the exterior first.
    Areas(Vec<Vec<Line>>),
}

impl Shape {
    /// One line.
    pub fn line(line: Line) -> Self {
        Self::Lines(vec![line])
    }

    /// One area without holes.
    pub fn area(ring: Line) -> Self {
        Self::Areas(vec![vec![ring]])
    }
}

/// One made-up feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Geometry.
    pub shape: Shape,
    /// A value for each attribute of the layer, in its order.
    pub values: Vec<Value>,
}

/// What is said of an attribute.
pub type Fact = (&'static str, Value);

/// A text, or a code.
pub fn text(name: &'static str, value: impl Into<String>) -> Fact {
    (name, Value::Text(value.into()))
}

/// A whole number.
pub fn whole(name: &'static str, value: impl TryInto<i64>) -> Fact {
    (name, value.try_into().map_or(Value::Null, Value::Int))
}

/// A number with so many decimals.
pub fn decimal(name: &'static str, value: f64, decimals: i32) -> Fact {
    let scale = 10f64.powi(decimals);
    (name, Value::Number((value * scale).round() / scale))
}

/// Yes or no.
pub fn yes(name: &'static str, value: bool) -> Fact {
    (name, Value::Bool(value))
}

/// A day.
pub fn day(name: &'static str, value: Date) -> Fact {
    (name, Value::Date(value))
}

/// Several texts.
pub fn list(name: &'static str, value: Vec<String>) -> Fact {
    (name, Value::TextList(value))
}

/// Some day of these years.
pub fn some_day(years: std::ops::RangeInclusive<i32>, random: &mut Random) -> Date {
    let start = Date::from_calendar_date(*years.start(), Month::January, 1).unwrap_or(Date::MIN);
    let days = (years.end() - years.start() + 1) * 365;
    start.saturating_add(Duration::days(random.index(days.unsigned_abs() as usize) as i64))
}

/// The rows of one layer, as they are made.
pub struct Sheet<'a> {
    /// Where.
    pub province: &'a Province,
    /// The layer's own stream of numbers.
    pub random: Random,
    /// Those made.
    pub rows: Vec<Row>,
    layer: &'a LayerDefinition,
}

impl<'a> Sheet<'a> {
    /// An empty sheet.
    pub fn new(province: &'a Province, layer: &'a LayerDefinition) -> Self {
        Self { province, layer, random: Random::of(&layer.id), rows: Vec::new() }
    }

    /// Number of the next row, from 1.
    pub fn number(&self) -> usize {
        self.rows.len() + 1
    }

    /// A code that ends in the next row's number.
    pub fn code(&self, name: &'static str, prefix: &str) -> Fact {
        text(name, format!("{prefix}-{:05}", self.number()))
    }

    /// The name of a commune.
    pub fn commune_name(&self, commune: usize) -> &'static str {
        self.province.land.communes[commune].name
    }

    /// A commune and a position in it.
    pub fn anywhere(&mut self, near: Near) -> (usize, Position) {
        let commune = self.province.any_commune(&mut self.random);
        (commune, self.province.place(commune, near, &mut self.random))
    }

    /// Adds a row; what the facts do not say of it is made up, or stays empty.
    pub fn add(&mut self, commune: usize, shape: Shape, facts: Vec<Fact>) {
        let values = fill(self.province, self.layer, commune, facts, &mut self.random);
        self.rows.push(Row { shape, values });
    }
}

/// The values of a row in the order of the layer's attributes: those that `facts` say, and those
/// of the attributes that all layers have.
pub fn fill(
    province: &Province,
    layer: &LayerDefinition,
    commune: usize,
    mut facts: Vec<Fact>,
    random: &mut Random,
) -> Vec<Value> {
    let decided = some_day(2016..=2025, random);
    let value = |attribute: &Attribute| {
        let said = facts.iter_mut().find(|(name, _)| *name == attribute.name);
        match said {
            Some((_, value)) => std::mem::take(value),
            None => common(province, attribute, commune, decided, random),
        }
    };
    layer.attributes.iter().map(value).collect()
}

fn common(
    province: &Province,
    attribute: &Attribute,
    number: usize,
    decided: Date,
    random: &mut Random,
) -> Value {
    let commune = &province.land.communes[number];
    match attribute.name.as_str() {
        "commune_code" => Value::Text(commune.code.into()),
        "old_commune_code" => {
            let whole: Vec<_> = commune.former.iter().filter(|f| f.2).collect();
            if whole.is_empty() {
                Value::Null
            } else {
                Value::Text(whole[random.index(whole.len())].0.into())
            }
        }
        "address_text" => Value::Text(format!("{}, tỉnh Tây Ninh", commune.title())),
        "status" => Value::Text("operating".into()),
        "legal_doc_no" => Value::Text(words::decision(decided.year(), random)),
        "legal_doc_date" | "valid_from" => Value::Date(decided),
        "position_accuracy_m" => Value::Number((random.between(0.2, 5.0) * 10.0).round() / 10.0),
        "updated_at" if attribute.kind == AttributeType::Timestamp => {
            let moment = Time::from_hms(8 + random.index(9) as u8, random.index(60) as u8, 0);
            let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
            let date = some_day(2025..=2025, random);
            Value::Timestamp(OffsetDateTime::new_in_offset(date, moment.unwrap_or(Time::MIDNIGHT), offset))
        }
        _ => Value::Null,
    }
}
