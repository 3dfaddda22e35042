//! Numbers as people in Vietnam write them: `1234.5`, `1234,5`, `1.234,5`, `1 234,5`.
//!
//! `1.234` alone can be a thousand and more, or one and a bit; it is read only where the other
//! values of its column say which.

use super::Cell;

/// Which sign stands before the fraction in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalSign {
    /// The column does not tell.
    #[default]
    Unknown,
    /// `1234.5`
    Point,
    /// `1234,5`
    Comma,
}

/// The signs that numbers have shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signs {
    point: bool,
    comma: bool,
}

impl Signs {
    /// Adds what a cell shows.
    pub fn learn(&mut self, cell: &Cell) {
        if let Cell::Text(text) = cell {
            self.add(evidence(text.trim()));
        }
    }

    /// Adds what is known of one.
    pub const fn add(&mut self, sign: DecimalSign) {
        match sign {
            DecimalSign::Point => self.point = true,
            DecimalSign::Comma => self.comma = true,
            DecimalSign::Unknown => {}
        }
    }

    /// The one that all agree on.
    pub const fn sign(self) -> DecimalSign {
        match (self.point, self.comma) {
            (true, false) => DecimalSign::Point,
            (false, true) => DecimalSign::Comma,
            _ => DecimalSign::Unknown,
        }
    }
}

/// What a text is as a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadNumber {
    /// A number, in plain digits with a point: `-1234.5`.
    Number(String),
    /// One of two, depending on what the sign means.
    Ambiguous {
        /// If the sign stands before the fraction.
        as_fraction: String,
        /// If it stands between thousands.
        as_thousands: String,
    },
    /// No number.
    None,
}

/// Reads a number written in digits. Exponents are taken (`1e-5`), as programs write them.
pub fn read(text: &str, sign: DecimalSign) -> ReadNumber {
    let compact: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}')).collect();
    let spaced = compact.len() != text.trim().len();
    let (minus, body) = match compact.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", compact.strip_prefix('+').unwrap_or(&compact)),
    };
    if spaced && !grouped_by_spaces(text.trim()) {
        return ReadNumber::None;
    }
    if let Some(number) = exponent(body) {
        return ReadNumber::Number(format!("{minus}{number}"));
    }
    if body.is_empty() || !body.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') {
        return ReadNumber::None;
    }
    let prefixed = |number: String| ReadNumber::Number(format!("{minus}{number}"));
    let (points, commas) = (body.matches('.').count(), body.matches(',').count());
    match (points, commas) {
        (0, 0) => prefixed(body.to_owned()),
        (1, 0) | (0, 1) => {
            let mark = if points == 1 { '.' } else { ',' };
            single(body, mark, spaced, sign, minus)
        }
        (_, 1) if body.rfind(',') > body.rfind('.') => {
            both(body, '.', ',').map_or(ReadNumber::None, prefixed)
        }
        (1, _) if body.rfind('.') > body.rfind(',') => {
            both(body, ',', '.').map_or(ReadNumber::None, prefixed)
        }
        (_, 0) => grouped(body, '.').map_or(ReadNumber::None, prefixed),
        (0, _) => grouped(body, ',').map_or(ReadNumber::None, prefixed),
        _ => ReadNumber::None,
    }
}

/// The sign that `text` proves to stand before the fraction.
pub fn evidence(text: &str) -> DecimalSign {
    let (point, comma) = (read(text, DecimalSign::Point), read(text, DecimalSign::Comma));
    let last = text.rfind(['.', ',']).map(|i| text.as_bytes()[i]);
    match (last, point == comma, &point) {
        (Some(b'.'), true, ReadNumber::Number(n)) if n.contains('.') => DecimalSign::Point,
        (Some(b','), true, ReadNumber::Number(n)) if n.contains('.') => DecimalSign::Comma,
        // Thousands: the other sign stands before the fraction, if there is one.
        (Some(b'.'), true, ReadNumber::Number(_)) => DecimalSign::Comma,
        (Some(b','), true, ReadNumber::Number(_)) => DecimalSign::Point,
        _ => DecimalSign::Unknown,
    }
}

/// The same in a column of whole numbers, where `1.234` has no fraction, and `1.000` may have one.
pub fn evidence_of_whole(text: &str) -> DecimalSign {
    match read(text, DecimalSign::Unknown) {
        ReadNumber::Ambiguous { as_fraction, .. } if !as_fraction.ends_with(".000") => {
            if text.contains('.') {
                DecimalSign::Comma
            } else {
                DecimalSign::Point
            }
        }
        _ => DecimalSign::Unknown,
    }
}

fn exponent(body: &str) -> Option<String> {
    let (mantissa, _) = body.split_once(['e', 'E'])?;
    let plain = mantissa.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = body.parse().ok().filter(|n: &f64| plain && n.is_finite() && n.abs() < 1e30)?;
    Some(number.to_string())
}

// One sign in all, with three digits behind it and one to three before it, can be either.
fn single(body: &str, mark: char, spaced: bool, sign: DecimalSign, minus: &str) -> ReadNumber {
    let Some((whole, fraction)) = body.split_once(mark) else { return ReadNumber::None };
    if whole.is_empty() && fraction.is_empty() {
        return ReadNumber::None;
    }
    let whole_digits = if whole.is_empty() { "0" } else { whole };
    let as_fraction = match fraction {
        "" => format!("{minus}{whole_digits}"),
        _ => format!("{minus}{whole_digits}.{fraction}"),
    };
    let can_be_thousands =
        !spaced && fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    if !can_be_thousands {
        return ReadNumber::Number(as_fraction);
    }
    let as_thousands = format!("{minus}{whole}{fraction}");
    match (sign, mark) {
        (DecimalSign::Point, '.') | (DecimalSign::Comma, ',') => ReadNumber::Number(as_fraction),
        (DecimalSign::Point, _) | (DecimalSign::Comma, _) => ReadNumber::Number(as_thousands),
        (DecimalSign::Unknown, _) => ReadNumber::Ambiguous { as_fraction, as_thousands },
    }
}

fn both(body: &str, thousands: char, decimal: char) -> Option<String> {
    let (whole, fraction) = body.rsplit_once(decimal)?;
    Some(format!("{}.{fraction}", grouped(whole, thousands)?))
        .filter(|_| !fraction.is_empty() && fraction.chars().all(|c| c.is_ascii_digit()))
}

fn grouped(text: &str, mark: char) -> Option<String> {
    let mut groups = text.split(mark);
    let first = groups.next().filter(|g| (1..=3).contains(&g.len()))?;
    let rest: Vec<_> = groups.collect();
    let fits = rest.iter().all(|g| g.len() == 3) && text.chars().all(|c| c.is_ascii_digit() || c == mark);
    fits.then(|| format!("{first}{}", rest.concat()))
}

fn grouped_by_spaces(text: &str) -> bool {
    let whole = text.trim_start_matches(['-', '+']).trim_start();
    let whole = whole.split(['.', ',']).next().unwrap_or_default().trim_end();
    let mut groups = whole.split([' ', '\u{a0}', '\u{202f}']);
    let first = groups.next().is_some_and(|g| (1..=3).contains(&g.len()));
    let fraction = text.split(['.', ',']).nth(1).unwrap_or_default();
    first && groups.all(|g| g.len() == 3) && !fraction.contains([' ', '\u{a0}', '\u{202f}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<String> {
        match read(text, DecimalSign::Unknown) {
            ReadNumber::Number(n) => Some(n),
            _ => None,
        }
    }

    #[test]
    fn the_ways_of_writing_a_number() {
        for (text, plain) in [
            ("1234", "1234"),
            ("-12.5", "-12.5"),
            ("12,5", "12.5"),
            ("1.234,5", "1234.5"),
            ("1,234.5", "1234.5"),
            ("1 234,5", "1234.5"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("0,123", "0.123"),
            ("0.123", "0.123"),
            ("1234.567", "1234.567"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1000"),
            ("106,245182", "106.245182"),
        ] {
            assert_eq!(number(text).as_deref(), Some(plain), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "", "-", ".", "abc", "1.2.3", "1.23.456", "1,2,3.4", "12 34", "1 2", "NaN", "inf", "0x10",
            "1e999", "12ha",
        ] {
            assert_eq!(read(text, DecimalSign::Unknown), ReadNumber::None, "{text}");
        }
    }

    #[test]
    fn the_column_settles_what_one_value_cannot() {
        assert!(matches!(read("1.234", DecimalSign::Unknown), ReadNumber::Ambiguous { .. }));
        assert_eq!(read("1.234", DecimalSign::Point), ReadNumber::Number("1.234".into()));
        assert_eq!(read("1.234", DecimalSign::Comma), ReadNumber::Number("1234".into()));
        assert_eq!(evidence("12,5"), DecimalSign::Comma);
        assert_eq!(evidence("12.5"), DecimalSign::Point);
        assert_eq!(evidence("1.234.567"), DecimalSign::Comma);
        assert_eq!(evidence("1.234,50"), DecimalSign::Comma);
        assert_eq!(evidence("1.234"), DecimalSign::Unknown);
        assert_eq!(evidence("1234"), DecimalSign::Unknown);
        assert_eq!(evidence_of_whole("1.234"), DecimalSign::Comma);
        assert_eq!(evidence_of_whole("1,234"), DecimalSign::Point);
        for text in ["2.000", "12.000", "1234", "12,5"] {
            assert_eq!(evidence_of_whole(text), DecimalSign::Unknown, "{text}");
        }
    }
}
