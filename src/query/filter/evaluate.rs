//! A filter is asked of a row, on the values as they are stored. Nothing is allocated for most
//! conditions; a geometry is read only if one asks for it.

use super::{
    Arithmetic, Comparison, Condition, Filter, Geometry, List, Operand, Scalar, SetRelation, SpatialRelation,
    bind_time::{DAY_US, end_of_day, start_of_day},
    fold,
    relate::{Prepared, on_grid, with_itself},
};
use crate::{feature::ValueRef, layer::AttributeType};
use std::{borrow::Cow, cell::OnceCell, cmp::Ordering};

/// One row, as far as a filter asks for it.
pub trait Row {
    /// The value of an attribute, by its place in [`Filter::attributes`]. Days and moments are ISO
    /// 8601 text (moments in UTC, ending with `Z`), lists JSON arrays of texts.
    fn value(&self, attribute: usize) -> ValueRef<'_>;

    /// The geometry: longitude, latitude, degrees.
    fn geometry(&self) -> Option<geo::Geometry>;
}

/// A filter, made ready to be asked of many rows.
pub struct Evaluator<'f> {
    filter: &'f Filter,
    /// [`Filter::shapes`].
    shapes: Vec<Prepared<'f>>,
}

/// A value while it is asked.
#[derive(Debug, Clone)]
enum Term<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(Cow<'a, str>),
    /// A day or a moment, as [`Scalar::Day`] and [`Scalar::Moment`] count.
    Instant(i64),
}

impl<'f> Evaluator<'f> {
    /// Over a filter.
    pub fn new(filter: &'f Filter) -> Self {
        Self { filter, shapes: filter.shapes.iter().map(|s| Prepared::new(s.grid())).collect() }
    }

    /// Whether the filter holds for a row; unknown does not.
    pub fn holds(&self, row: &impl Row) -> bool {
        Asked { evaluator: self, row, geometry: OnceCell::new() }.condition(&self.filter.condition)
            == Some(true)
    }
}

/// A filter and the row that it is asked of.
struct Asked<'e, 'f, R> {
    evaluator: &'e Evaluator<'f>,
    row: &'e R,
    /// On the grid.
    geometry: OnceCell<Option<geo::Geometry>>,
}

impl<R: Row> Asked<'_, '_, R> {
    fn condition(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Constant(value) => *value,
            Condition::All(all) => self.first_of(all, false),
            Condition::Any(any) => self.first_of(any, true),
            Condition::Not(inner) => self.condition(inner).map(|held| !held),
            Condition::Compare(comparison, a, b) => {
                order(&self.scalar(a), &self.scalar(b)).map(|order| comparison.holds(order))
            }
            Condition::In(scalar, list) => {
                let value = self.scalar(scalar);
                let equal = |item| order(&value, &self.scalar(item)).map(Ordering::is_eq);
                let mut answer = Some(false);
                for item in list {
                    match equal(item) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => answer = None,
                    }
                }
                answer
            }
            Condition::Like(scalar, pattern) => match self.scalar(scalar) {
                Term::Text(text) => Some(pattern.matches(&text)),
                _ => None,
            },
            Condition::IsNull(operand) => Some(match operand {
                Operand::Scalar(scalar) => matches!(self.scalar(scalar), Term::Null),
                Operand::List(list) => self.list(list).is_none(),
                Operand::Geometry => self.row.geometry().is_none(),
            }),
            Condition::Spatial(relation, a, b) => self.spatial(*relation, *a, *b),
            Condition::Sets(relation, a, b) => relation.holds(&self.list(a)?, &self.list(b)?),
        }
    }

    /// `value` as soon as one is that; unknown if one is unknown; else the opposite.
    fn first_of(&self, conditions: &[Condition], value: bool) -> Option<bool> {
        let mut answer = Some(!value);
        for condition in conditions {
            match self.condition(condition) {
                Some(held) if held == value => return Some(value),
                Some(_) => {}
                None => answer = None,
            }
        }
        answer
    }

    fn geometry(&self) -> Option<&geo::Geometry> {
        self.geometry.get_or_init(|| self.row.geometry().and_then(|g| on_grid(&g))).as_ref()
    }

    fn spatial(&self, relation: SpatialRelation, a: Geometry, b: Geometry) -> Option<bool> {
        let geometry = self.geometry()?;
        let shape = |place: usize| self.evaluator.shapes.get(place);
        match (a, b) {
            (Geometry::Feature, Geometry::Shape(place)) => shape(place)?.relates(relation, geometry, false),
            (Geometry::Shape(place), Geometry::Feature) => shape(place)?.relates(relation, geometry, true),
            (Geometry::Feature, Geometry::Feature) => with_itself(relation, geometry),
            (Geometry::Shape(_), Geometry::Shape(_)) => None,
        }
    }

    fn scalar<'a>(&'a self, scalar: &'a Scalar) -> Term<'a> {
        match scalar {
            Scalar::Attribute(place) => self.attribute(*place),
            Scalar::Text(text) => Term::Text(Cow::Borrowed(text)),
            Scalar::Int(number) => Term::Int(*number),
            Scalar::Number(number) => Term::Number(*number),
            Scalar::Bool(value) => Term::Bool(*value),
            Scalar::Day(number) | Scalar::Moment(number) => Term::Instant(*number),
            Scalar::StartOfDay(day) => self.instant(day, start_of_day),
            Scalar::EndOfDay(day) => self.instant(day, end_of_day),
            Scalar::Arithmetic(arithmetic, a, b) => {
                let (a, b) = (number(&self.scalar(a)), number(&self.scalar(b)));
                let result = a.zip(b).and_then(|(a, b)| arithmetic.of(a, b));
                result.map_or(Term::Null, Term::Number)
            }
            Scalar::CaseI(inner) => folded(self.scalar(inner), fold::casei),
            Scalar::AccentI(inner) => folded(self.scalar(inner), fold::accenti),
            Scalar::Test(condition) => self.condition(condition).map_or(Term::Null, Term::Bool),
        }
    }

    fn instant(&self, day: &Scalar, edge: fn(i64) -> i64) -> Term<'static> {
        match self.scalar(day) {
            Term::Instant(day) => Term::Instant(edge(day)),
            _ => Term::Null,
        }
    }

    fn attribute(&self, place: usize) -> Term<'_> {
        let text = |text| match self.evaluator.filter.attributes.get(place).map(|a| a.kind) {
            Some(AttributeType::Date) => read_day(text).map_or(Term::Null, Term::Instant),
            Some(AttributeType::Timestamp) => read_moment(text).map_or(Term::Null, Term::Instant),
            _ => std::str::from_utf8(text).map_or(Term::Null, |text| Term::Text(Cow::Borrowed(text))),
        };
        match self.row.value(place) {
            ValueRef::Null | ValueRef::Numbered(..) => Term::Null,
            ValueRef::Bool(value) => Term::Bool(value),
            ValueRef::Int(number) => Term::Int(number),
            ValueRef::Number(number) if number.is_finite() => Term::Number(number),
            ValueRef::Number(_) => Term::Null,
            ValueRef::Text(value) => text(value.as_bytes()),
            ValueRef::TextBytes(value) => text(value),
        }
    }

    /// The elements; one that has no value is `None`.
    fn list<'a>(&'a self, list: &'a List) -> Option<Vec<Option<Cow<'a, str>>>> {
        match list {
            List::Attribute(place) => {
                let json = match self.row.value(*place) {
                    ValueRef::TextBytes(bytes) => bytes,
                    ValueRef::Text(text) => text.as_bytes(),
                    _ => return None,
                };
                let texts: Vec<Cow<'a, str>> = serde_json::from_slice(json).ok()?;
                Some(texts.into_iter().map(Some).collect())
            }
            List::Of(scalars) => {
                let text = |scalar| match self.scalar(scalar) {
                    Term::Text(text) => Some(text),
                    _ => None,
                };
                Some(scalars.iter().map(text).collect())
            }
        }
    }
}

fn folded<'a>(term: Term<'a>, fold: fn(&str) -> Cow<'_, str>) -> Term<'a> {
    match term {
        Term::Text(Cow::Borrowed(text)) => Term::Text(fold(text)),
        Term::Text(Cow::Owned(text)) => Term::Text(Cow::Owned(fold(&text).into_owned())),
        _ => Term::Null,
    }
}

fn number(term: &Term<'_>) -> Option<f64> {
    match term {
        Term::Int(number) => Some(*number as f64),
        Term::Number(number) => Some(*number),
        _ => None,
    }
}

fn order(a: &Term<'_>, b: &Term<'_>) -> Option<Ordering> {
    match (a, b) {
        (Term::Int(a), Term::Int(b)) | (Term::Instant(a), Term::Instant(b)) => Some(a.cmp(b)),
        (Term::Text(a), Term::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Term::Bool(a), Term::Bool(b)) => Some(a.cmp(b)),
        (a, b) => number(a)?.partial_cmp(&number(b)?),
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Arithmetic {
    /// The result; unknown where it would overflow, or there is none.
    fn of(self, a: f64, b: f64) -> Option<f64> {
        let held = |v: f64| v == 0.0 || (Self::LEAST..=1.0 / Self::LEAST).contains(&v.abs());
        if !held(a) || !held(b) {
            return None;
        }
        match self {
            Self::Add => Some(a + b),
            Self::Subtract => Some(a - b),
            Self::Multiply => Some(a * b),
            Self::Divide | Self::IntegerDivide | Self::Modulo if b == 0.0 => None,
            Self::Divide => Some(a / b),
            Self::IntegerDivide => Some((a / b).trunc()),
            Self::Modulo => Some(a - b * (a / b).trunc()),
            Self::Power if a == 0.0 => (b >= 0.0).then(|| a.powf(b)),
            Self::Power => {
                let whole = b.trunc() == b;
                let small = (b * a.abs().ln()).abs() <= Self::POWER_MAX;
                ((a > 0.0 || whole) && small).then(|| a.powf(b))
            }
        }
    }
}

impl SetRelation {
    fn holds(self, a: &[Option<Cow<'_, str>>], b: &[Option<Cow<'_, str>>]) -> Option<bool> {
        // What has no value is equal to nothing.
        let holds = |x: &[Option<Cow<'_, str>>], y: &[Option<Cow<'_, str>>]| {
            y.iter().all(|element| element.is_some() && x.contains(element))
        };
        Some(match self {
            Self::Equals => holds(a, b) && holds(b, a),
            Self::Contains => holds(a, b),
            Self::ContainedBy => holds(b, a),
            Self::Overlaps => a.iter().any(|element| element.is_some() && b.contains(element)),
        })
    }
}

/// Days from 1970-01-01 of `2025-07-01`.
fn read_day(text: &[u8]) -> Option<i64> {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = text else { return None };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0i64, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(**d - b'0')))
    };
    let (year, month, day) = (number(&[a, b, c, d])?, number(&[e, f])?, number(&[g, h])?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| days_from_civil(year, month, day))
}

/// Days from 1970-01-01 of a date of the Gregorian calendar, counted in years that begin in March.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Microseconds from 1970-01-01 UTC of `2025-07-01T08:30:00.25Z`.
pub fn read_moment(text: &[u8]) -> Option<i64> {
    let (day, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.split_at_checked(9)?;
    let [b'T', a, b, b':', c, d, b':', e, f] = time else { return None };
    let two = |tens: &u8, ones: &u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    let seconds = two(a, b)? * 3600 + two(c, d)? * 60 + two(e, f)?;
    let fraction = match rest.strip_suffix(b"Z")? {
        [] => 0,
        [b'.', digits @ ..] if (1..=6).contains(&digits.len()) => {
            let mut micros = 0i64;
            for i in 0..6 {
                let digit = *digits.get(i).unwrap_or(&b'0');
                micros = micros * 10 + digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
            }
            micros
        }
        _ => return None,
    };
    Some(read_day(day)? * DAY_US + seconds * 1_000_000 + fraction)
}
