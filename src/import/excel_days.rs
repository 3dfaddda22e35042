//! Days and moments as Excel counts them: numbers that stand where a cell was not formatted as a day; of a moment
//! the part behind the point is that of the day.
//!
//! In its 1900 system 1 is 1 January 1900, and 60 a 29 February 1900 that there never was, so that from 61 on a
//! number is so many days after 30 December 1899 (ECMA-376 part 1, 18.17.4.1; Microsoft: "Excel incorrectly
//! assumes that the year 1900 is a leap year"). Must not know files.

use super::{
    format::Format,
    value_words,
    values::{Cell, short},
    words::{Words, words},
};
use crate::layer::AttributeType;
use time::{Date, Duration, macros::date};

/// Numbers of which nobody can mean another thing: those of four digits can be years, and smaller ones anything.
/// This one is 18 May 1927.
const LEAST_CERTAIN: i64 = 10_000;
/// 31 December 2099. Beyond, months and years written together (`202507`) and days in six digits are more likely.
const MOST_CERTAIN: i64 = 73_050;
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
/// delivered. `None` where it is none, and the cell is as it was.
pub fn read(format: Format, kind: AttributeType, cell: &mut Cell) -> Option<String> {
    if format != Format::Xlsx || !matches!(kind, AttributeType::Date | AttributeType::Timestamp) {
        return None;
    }
    let number = match cell {
        Cell::Int(number) => *number as f64,
        Cell::Real(number) => *number,
        Cell::Text(text) => number(text.trim())?,
        _ => return None,
    };
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
    let mut why = value_words::no_day(&short(text));
    if let Some(day) = text.parse().ok().and_then(certain) {
        why.add(&words(
            format!("; Excel dùng số này cho ngày {day}: hãy định dạng cột là ngày trong Excel rồi lưu lại"),
            format!(
                "; Excel counts {day} by this number: format the column as days there, and save it again"
            ),
        ));
    }
    why
}

/// Why a text is no moment, likewise.
pub fn no_moment(text: &str) -> Words {
    let mut why = value_words::no_moment(&short(text));
    if let Some(moment) = number(text).and_then(certain_moment) {
        why.add(&words(
            format!(
                "; Excel dùng số này cho {moment}: hãy định dạng cột là ngày giờ trong Excel rồi lưu lại"
            ),
            format!(
                "; Excel counts {moment} by this number: format the column as days and times there, and save it again"
            ),
        ));
    }
    why
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
        let read = |format, kind, mut cell: Cell| (read(format, kind, &mut cell), cell);
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
}
