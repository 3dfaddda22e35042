//! Days and moments as Excel counts them: numbers that stand where a cell was not formatted as a day; of a moment
//! the part behind the point is that of the day.
//!
//! In its 1900 system 1 is 1 January 1900, and 60 a 29 February 1900 that there never was, so that from 61 on a
//! number is so many days after 30 December 1899 (ECMA-376 part 1, 18.17.4.1; Microsoft: "Excel incorrectly
//! assumes that the year 1900 is a leap year").
//!
//! People type months and years, and days, without signs too (`072025`, `010725`), of which Excel drops the 0 in front.
//! Such a number can be that of a day (`42025`: 21 January 2015, or April 2025), so it is taken for one only where
//! others of its column can be nothing else, and none can be no day. Must not know files.

use super::{Cell, reasons, short};
use crate::{
    import::{
        file::format::Format,
        words::{Words, words},
    },
    layer::AttributeType,
};
use time::{Date, Duration, macros::date};

/// Numbers of which nobody can mean another thing: those of four digits can be years, and smaller ones anything.
/// This one is 18 May 1927.
const LEAST_CERTAIN: i64 = 10_000;
/// 31 December 2099. Beyond, months and years written together (`202507`) and days in six digits are more likely.
const MOST_CERTAIN: i64 = 73_050;
/// Years that are typed behind a month.
const YEARS_TYPED: std::ops::RangeInclusive<i64> = 1900..=2100;
/// 31 December 9999.
const LAST: i64 = 2_958_465;

/// The day of a number; `None` where Excel has none, or one that there never was.
fn day(number: i64) -> Option<Date> {
    let before = match number {
        1..=59 => date!(1899 - 12 - 31),
        61..=LAST => date!(1899 - 12 - 30),
        _ => return None,
    };
    before.checked_add(Duration::days(number))
}

/// The day that a number of digits most probably is.
fn certain(number: i64) -> Option<Date> {
    day(number).filter(|_| (LEAST_CERTAIN..=MOST_CERTAIN).contains(&number))
}

/// What a number can be that somebody typed without signs: a month and a year, or a day, a month and the last two
/// digits of a year.
fn typed(number: i64) -> Option<Words> {
    let (first, middle, last) = (number / 10_000, number / 100 % 100, number % 100);
    let year = number % 10_000;
    if (1..=12).contains(&first) && YEARS_TYPED.contains(&year) {
        return Some(words(format!("tháng {first}/{year}"), format!("month {first}/{year}")));
    }
    let is_day = (1..=31).contains(&first) && (1..=12).contains(&middle);
    is_day.then(|| Words::same(format!("{first:02}/{middle:02}/{last:02}")))
}

/// What the numbers of a column of days show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    /// One of them, or a day that was formatted as such, can only come from counting days.
    counted: bool,
    /// One of them can only have been typed.
    typed: bool,
}

impl Numbers {
    /// Looks at a cell of the column.
    pub fn learn(&mut self, cell: &Cell) {
        let number = match cell {
            Cell::Int(number) => *number as f64,
            Cell::Real(number) => *number,
            Cell::Text(text) => match number(text.trim()) {
                Some(number) => number,
                // As GDAL writes a cell that is formatted as a day.
                None => return self.counted |= is_formatted(text),
            },
            _ => return,
        };
        let (day, is_typed) = (number.floor() as i64, typed(number as i64).is_some());
        if certain(day).is_some() {
            self.counted |= !is_typed || number.fract() != 0.0;
        } else {
            self.typed |= is_typed;
        }
    }

    const fn are_days(self) -> bool {
        self.counted && !self.typed
    }

    /// Whether nobody knows what a number is.
    fn leave_open(self, number: f64) -> bool {
        number.fract() == 0.0 && !self.are_days() && typed(number as i64).is_some()
    }
}

/// Whether a text is a day as GDAL writes one: `2025/07/01`, with or without a time behind it.
fn is_formatted(text: &str) -> bool {
    let day = text.as_bytes().get(..10).unwrap_or_default();
    let is_sign = |at: usize| matches!(at, 4 | 7);
    day.len() == 10
        && day
            .iter()
            .enumerate()
            .all(|(at, byte)| if is_sign(at) { *byte == b'/' } else { byte.is_ascii_digit() })
}

/// The moment that a number most probably is, in the form of ISO 8601 without a zone. Its last digits are those of
/// binary fractions, and Excel shows none below the millisecond.
fn certain_moment(number: f64) -> Option<String> {
    let day = certain(number.floor() as i64)?;
    let milliseconds = (number.fract() * 86_400_000.0).round() as i64;
    let moment = day.midnight().checked_add(Duration::milliseconds(milliseconds))?;
    let (hour, minute, second, milli) = moment.time().as_hms_milli();
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    Some(format!("{}T{hour:02}:{minute:02}:{second:02}{fraction}", moment.date()))
}

/// A number of days written in digits.
fn number(text: &str) -> Option<f64> {
    // One that begins with 0 was written so by somebody: a month and a year, a day without its marks.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

/// Makes a number in a workbook's column of days or moments the one that it stands for; the number as it was
/// delivered. `None` where it is none, or could have been typed by what its column shows (`numbers`), and the cell is as
/// it was.
pub fn read(format: Format, kind: AttributeType, numbers: Numbers, cell: &mut Cell) -> Option<String> {
    if format != Format::Xlsx || !matches!(kind, AttributeType::Date | AttributeType::Timestamp) {
        return None;
    }
    let number = match cell {
        Cell::Int(number) => *number as f64,
        Cell::Real(number) => *number,
        Cell::Text(text) => number(text.trim())?,
        _ => return None,
    };
    if numbers.leave_open(number) {
        return None;
    }
    let meant = match kind {
        AttributeType::Timestamp => certain_moment(number)?,
        _ if number.fract() == 0.0 => certain(number as i64)?.to_string(),
        _ => return None,
    };
    *cell = Cell::Text(meant);
    Some(number.to_string())
}

/// Why a text is no day, and what to do; a number that Excel most probably counts a day by says so.
pub fn no_day(text: &str) -> Words {
    let mut why = reasons::no_day(&short(text));
    let number = text.parse().ok();
    if let Some(day) = number.and_then(certain) {
        why.add(&counted(&day.to_string(), &words("ngày", "days")));
    }
    why.add(&number.and_then(typed).map_or(Words::same(""), |typed| as_typed(&typed)));
    why
}

/// Why a text is no moment, likewise.
pub fn no_moment(text: &str) -> Words {
    let mut why = reasons::no_moment(&short(text));
    if let Some(moment) = number(text).and_then(certain_moment) {
        why.add(&counted(&moment, &words("ngày giờ", "days and times")));
    }
    let typed = text.parse().ok().and_then(typed);
    why.add(&typed.map_or(Words::same(""), |typed| as_typed(&typed)));
    why
}

fn counted(meant: &str, form: &Words) -> Words {
    let Words { vi, en } = form;
    words(
        format!("; Excel dùng số này cho {meant}: hãy định dạng cột là {vi} trong Excel rồi lưu lại"),
        format!("; Excel counts {meant} by this number: format the column as {en} there, and save it again"),
    )
}

fn as_typed(typed: &Words) -> Words {
    words(
        format!("; nếu là {} gõ liền thì hãy ghi đủ ngày", typed.vi),
        format!("; if it is {} typed without signs, write the whole day", typed.en),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_with_a_29_february_1900() {
        for (number, expected) in [
            (1, Some(date!(1900 - 01 - 01))),
            (59, Some(date!(1900 - 02 - 28))),
            (60, None),
            (61, Some(date!(1900 - 03 - 01))),
            (45_292, Some(date!(2024 - 01 - 01))),
            (LAST, Some(date!(9999 - 12 - 31))),
            (LAST + 1, None),
            (0, None),
            (-1, None),
        ] {
            assert_eq!(day(number), expected, "{number}");
        }
    }

    #[test]
    fn only_numbers_of_a_workbooks_days_are_read() {
        let read = |format, kind, mut cell: Cell| (read(format, kind, Numbers::default(), &mut cell), cell);
        let whole = Cell::Text("2024-01-01".into());
        for cell in [Cell::Int(45_292), Cell::Real(45_292.0), Cell::Text("45292".into())] {
            let done = (Some("45292".to_owned()), whole.clone());
            assert_eq!(read(Format::Xlsx, AttributeType::Date, cell.clone()), done);
            assert_eq!(read(Format::Csv, AttributeType::Date, cell.clone()).0, None);
            assert_eq!(read(Format::Xlsx, AttributeType::Integer, cell).0, None);
        }
        let moment = |number: f64| {
            let (done, cell) = read(Format::Xlsx, AttributeType::Timestamp, Cell::Real(number));
            assert_eq!(done, Some(number.to_string()));
            cell
        };
        for (number, expected) in [
            (45_292.0, "2024-01-01T00:00:00"),
            (45_292.5, "2024-01-01T12:00:00"),
            (45_292.0 + 30_615.0 / 86_400.0, "2024-01-01T08:30:15"),
            (45_292.999_999_999, "2024-01-02T00:00:00"),
            (45_292.0 + 0.25 / 86_400.0, "2024-01-01T00:00:00.250"),
        ] {
            assert_eq!(moment(number), Cell::Text(expected.into()), "{number}");
        }
        for cell in [Cell::Real(2025.5), Cell::Real(f64::NAN), Cell::Real(1e300), Cell::Text("NaN".into())] {
            let (done, left) = read(Format::Xlsx, AttributeType::Timestamp, cell.clone());
            assert!(done.is_none() && format!("{left:?}") == format!("{cell:?}"), "{cell:?}");
        }
        // A year, a day in digits, months with their years, and a time of day.
        for cell in [
            Cell::Int(2025),
            Cell::Int(202_507),
            Cell::Int(311_225),
            Cell::Text("012025".into()),
            Cell::Int(20_250_701),
            Cell::Real(45_292.5),
        ] {
            assert_eq!(read(Format::Xlsx, AttributeType::Date, cell.clone()), (None, cell));
        }
    }
    #[test]
    fn what_can_have_been_typed_is_a_day_only_among_such() {
        let column = |cells: &[Cell]| {
            let mut numbers = Numbers::default();
            cells.iter().for_each(|cell| numbers.learn(cell));
            numbers
        };
        let read = |numbers, number: i64| {
            let mut cell = Cell::Int(number);
            super::read(Format::Xlsx, AttributeType::Date, numbers, &mut cell)?;
            Some(cell)
        };
        let day = |text: &str| Some(Cell::Text(text.to_owned()));
        // By itself nobody knows: months and years, and days.
        for open in [72_025, 42_025, 12_025, 10_725, 41_225] {
            assert_eq!(read(column(&[Cell::Int(open)]), open), None, "{open}");
            assert!(typed(open).is_some(), "{open}");
        }
        assert_eq!(read(Numbers::default(), 45_292), day("2024-01-01"));
        // Among days it is one, and among what was typed it is none.
        for known in [
            Cell::Int(45_292),
            Cell::Text("45292".into()),
            Cell::Real(42_025.5),
            Cell::Text("2025/07/01".into()),
        ] {
            let numbers = column(&[Cell::Int(42_025), known]);
            assert_eq!(read(numbers, 42_025), day("2015-01-21"));
        }
        for other in [82_025, 102_025, 150_725] {
            assert_eq!(read(column(&[Cell::Int(45_292), Cell::Int(other)]), 42_025), None, "{other}");
        }
        assert_eq!(read(column(&[Cell::Text("15/07/2025".into())]), 42_025), None);
        let why = no_day("72025");
        assert!(why.en.contains("2097-03-11") && why.en.contains("month 7/2025"), "{why}");
        assert!(no_moment("10725").vi.contains("01/07/25"));
    }
}
