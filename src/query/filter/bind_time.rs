//! Days, moments and the functions of time.

use super::{
    Comparison, Condition, Node, Scalar,
    bind::{Binder, Bound, Kind, exactly, wrong},
    syntax::NodeKind,
};
use time::{
    Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description,
};

/// Vietnam's offset from UTC: days in the layers are days there. Microseconds.
pub(super) const VIETNAM_OFFSET_US: i64 = 7 * 3_600_000_000;
/// Microseconds of a day.
pub(super) const DAY_US: i64 = 86_400_000_000;
/// An end that is open, to the past or to the future.
const OPEN: [i64; 2] = [i64::MIN, i64::MAX];

/// A day or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instant {
    /// Days from 1970-01-01.
    Day(i64),
    /// Microseconds from 1970-01-01 UTC.
    Moment(i64),
}

impl Instant {
    /// What RFC 3339 calls `full-date` or `date-time`.
    pub(super) fn read(text: &str) -> Option<Self> {
        if !text.bytes().next()?.is_ascii_digit() {
            return None;
        }
        if text.len() == 10 {
            let date = Date::parse(text, &format_description!("[year]-[month]-[day]")).ok()?;
            let epoch = OffsetDateTime::UNIX_EPOCH.date().to_julian_day();
            return Some(Self::Day(i64::from(date.to_julian_day() - epoch)));
        }
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).ok().map(Self::Moment)
    }
}

/// The first moment of a day in Vietnam; open ends stay open.
pub(super) fn start_of_day(day: i64) -> i64 {
    if OPEN.contains(&day) { day } else { day * DAY_US - VIETNAM_OFFSET_US }
}

/// The last moment of a day in Vietnam; open ends stay open.
pub(super) fn end_of_day(day: i64) -> i64 {
    if OPEN.contains(&day) { day } else { start_of_day(day) + DAY_US - 1 }
}

/// A text beside a day or a moment is one, as many clients write it.
pub(super) fn in_time((scalar, kind): (Scalar, Kind), other: Kind, at: &Node) -> Bound<(Scalar, Kind)> {
    match (&scalar, kind, other) {
        (Scalar::Text(text), Kind::Text, Kind::Day | Kind::Moment) => match Instant::read(text) {
            Some(Instant::Day(day)) => Ok((Scalar::Day(day), Kind::Day)),
            Some(Instant::Moment(moment)) => Ok((Scalar::Moment(moment), Kind::Moment)),
            None => wrong(
                at,
                "this is compared with a time; write it as DATE('2025-07-01') or \
                 TIMESTAMP('2025-07-01T00:00:00Z')",
            ),
        },
        _ => Ok((scalar, kind)),
    }
}

/// A moment beside a day is before it, in it, or after it.
pub(super) fn moment_and_day(comparison: Comparison, moment: Scalar, day: Scalar) -> Condition {
    let start = || Scalar::StartOfDay(Box::new(day.clone()));
    let end = || Scalar::EndOfDay(Box::new(day.clone()));
    let compare = |comparison, edge| Condition::Compare(comparison, moment.clone(), edge);
    let within = || {
        Condition::All(vec![
            compare(Comparison::GreaterOrEqual, start()),
            compare(Comparison::LessOrEqual, end()),
        ])
    };
    match comparison {
        Comparison::Equal => within(),
        Comparison::NotEqual => Condition::Not(Box::new(within())),
        Comparison::Less | Comparison::GreaterOrEqual => compare(comparison, start()),
        Comparison::Greater | Comparison::LessOrEqual => compare(comparison, end()),
    }
}

/// The same of two scalars that have changed places.
pub(super) const fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// Days from 1970-01-01 of a text that must be a day.
pub(super) fn day(node: &Node, text: &str) -> Bound<i64> {
    match Instant::read(text) {
        Some(Instant::Day(day)) => Ok(day),
        _ => wrong(node, "this is no day of the calendar; write it as DATE('2025-07-01')"),
    }
}

/// Microseconds of a text that must be a moment.
pub(super) fn moment(node: &Node, text: &str) -> Bound<i64> {
    match Instant::read(text) {
        Some(Instant::Moment(moment)) => Ok(moment),
        _ => wrong(node, "this is no moment; write it as TIMESTAMP('2025-07-01T08:30:00+07:00')"),
    }
}

/// From a first to a last instant, both included.
struct Period {
    start: (Scalar, Kind),
    end: (Scalar, Kind),
    is_interval: bool,
}

impl Binder<'_> {
    /// The functions of time, as conditions on the ends of both operands (OGC 21-065r2, 7.7).
    pub(super) fn temporal(&mut self, node: &Node, name: &str, arguments: &[Node]) -> Bound<Condition> {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        let [a, b] = exactly(node, &name.to_uppercase(), arguments)?;
        let (first, second) = (self.period(a)?, self.period(b)?);
        let both_intervals = first.is_interval && second.is_interval;
        let (x, y) = in_one_unit(first, second);
        let of = |comparison, l: &Scalar, r: &Scalar| Condition::Compare(comparison, l.clone(), r.clone());
        let ([xs, xe], [ys, ye]) = (&x, &y);
        Ok(match name {
            "t_after" => of(Greater, xs, ye),
            "t_before" => of(Less, xe, ys),
            "t_disjoint" => Condition::Any(vec![of(Greater, xs, ye), of(Less, xe, ys)]),
            "t_intersects" => Condition::All(vec![of(LessOrEqual, xs, ye), of(GreaterOrEqual, xe, ys)]),
            "t_equals" => Condition::All(vec![of(Equal, xs, ys), of(Equal, xe, ye)]),
            _ => {
                let conditions = match name {
                    "t_contains" => vec![of(Less, xs, ys), of(Greater, xe, ye)],
                    "t_during" => vec![of(Greater, xs, ys), of(Less, xe, ye)],
                    "t_finishedby" => vec![of(Less, xs, ys), of(Equal, xe, ye)],
                    "t_finishes" => vec![of(Greater, xs, ys), of(Equal, xe, ye)],
                    "t_meets" => vec![of(Equal, xe, ys)],
                    "t_metby" => vec![of(Equal, xs, ye)],
                    "t_overlaps" => vec![of(Less, xs, ys), of(Greater, xe, ys), of(Less, xe, ye)],
                    "t_overlappedby" => vec![of(Greater, xs, ys), of(Less, xs, ye), of(Greater, xe, ye)],
                    "t_startedby" => vec![of(Equal, xs, ys), of(Greater, xe, ye)],
                    "t_starts" => vec![of(Equal, xs, ys), of(Less, xe, ye)],
                    _ => return wrong(node, "CQL2 has no function of that name"),
                };
                if !both_intervals {
                    let name = name.to_uppercase();
                    return wrong(node, format!("{name} is of two intervals; write INTERVAL(start, end)"));
                }
                Condition::All(conditions)
            }
        })
    }

    fn period(&mut self, node: &Node) -> Bound<Period> {
        let NodeKind::Interval(ends) = &node.kind else {
            let instant = self.instant(node, None)?;
            return Ok(Period { start: instant.clone(), end: instant, is_interval: false });
        };
        let start = self.instant(&ends[0], Some(OPEN[0]))?;
        let end = self.instant(&ends[1], Some(OPEN[1]))?;
        let written = |(scalar, kind): &(Scalar, Kind), edge: fn(i64) -> i64| match (scalar, kind) {
            (Scalar::Day(day), Kind::Day) => Some(edge(*day)),
            (Scalar::Moment(moment), _) => Some(*moment),
            _ => None,
        };
        if let (Some(from), Some(to)) = (written(&start, start_of_day), written(&end, end_of_day))
            && from > to
        {
            return wrong(node, "this interval ends before it begins");
        }
        Ok(Period { start, end, is_interval: true })
    }

    /// A day or a moment; where an end may be open, `..` is `open`.
    fn instant(&mut self, node: &Node, open: Option<i64>) -> Bound<(Scalar, Kind)> {
        if let NodeKind::Text(text) = &node.kind {
            if let (Some(open), "..") = (open, text.as_str()) {
                return Ok((Scalar::Day(open), Kind::Day));
            }
            return match Instant::read(text) {
                Some(Instant::Day(day)) => Ok((Scalar::Day(day), Kind::Day)),
                Some(Instant::Moment(moment)) => Ok((Scalar::Moment(moment), Kind::Moment)),
                None => wrong(node, "a day or a moment is expected here, such as '2025-07-01', or '..'"),
            };
        }
        match self.scalar(node)? {
            (scalar, kind @ (Kind::Day | Kind::Moment)) => Ok((scalar, kind)),
            _ => wrong(node, "a day, a moment or an interval is expected here"),
        }
    }
}

/// The ends of both: all days, or, as soon as one is a moment, all moments.
fn in_one_unit(a: Period, b: Period) -> ([Scalar; 2], [Scalar; 2]) {
    let moments = [&a.start, &a.end, &b.start, &b.end].iter().any(|(_, kind)| *kind == Kind::Moment);
    let start = |(scalar, kind)| match (scalar, kind) {
        (Scalar::Day(day), _) if moments => Scalar::Moment(start_of_day(day)),
        (scalar, Kind::Day) if moments => Scalar::StartOfDay(Box::new(scalar)),
        (scalar, _) => scalar,
    };
    let end = |(scalar, kind)| match (scalar, kind) {
        (Scalar::Day(day), _) if moments => Scalar::Moment(end_of_day(day)),
        (scalar, Kind::Day) if moments => Scalar::EndOfDay(Box::new(scalar)),
        (scalar, _) => scalar,
    };
    ([start(a.start), end(a.end)], [start(b.start), end(b.end)])
}
