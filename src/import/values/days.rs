//! Days and moments as they are written: `02/07/2025`, `2025-07-02`, `20250702`, and a time of day behind them.
//!
//! Must not know what Excel counts; `excel_days` does.

use super::{Cell, Converted, as_text, excel_days, refuse};
use crate::{import::report::Rule, store::postgis::StagedValue};
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// A day, as people in Vietnam, programs and GDAL write it.
pub fn date(cell: &Cell) -> Converted {
    let Some(text) = as_text(cell)? else { return Ok(StagedValue::Null) };
    let day = match text.split_once([' ', 'T']) {
        // A sheet's midnight is no time of day.
        Some((day, time)) if time.trim_end_matches('Z').chars().all(|c| matches!(c, '0' | ':' | '.')) => day,
        _ => &text,
    };
    match parse_date(day) {
        Some(date) => Ok(StagedValue::Date(date)),
        None => refuse(Rule::Type, excel_days::no_day(&text)),
    }
}

fn parse_date(text: &str) -> Option<Date> {
    let number = |part: &str| part.parse::<u16>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let (year, month, day) = match parts.as_slice() {
        [y, m, d] if y.len() == 4 => (number(y)?, number(m)?, number(d)?),
        [d, m, y] if y.len() == 4 => (number(y)?, number(m)?, number(d)?),
        [all] if all.len() == 8 && all.is_ascii() => {
            (number(&all[..4])?, number(&all[4..6])?, number(&all[6..])?)
        }
        _ => return None,
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok().filter(|_| year >= 1)
}

/// Vietnam's time, for a moment that is given without a zone.
const VIETNAM: UtcOffset = match UtcOffset::from_hms(7, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// A moment, of Vietnam's time where no other is said.
pub fn timestamp(cell: &Cell) -> Converted {
    let Some(text) = as_text(cell)? else { return Ok(StagedValue::Null) };
    match parse_timestamp(&text) {
        Some(moment) => Ok(StagedValue::Timestamp(moment)),
        None => refuse(Rule::Type, excel_days::no_moment(&text)),
    }
}

fn parse_timestamp(text: &str) -> Option<OffsetDateTime> {
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let date = parse_date(day)?;
    let (clock, offset) = match clock.trim() {
        c if c.ends_with('Z') => (c.trim_end_matches('Z'), UtcOffset::UTC),
        c => match c.rfind(['+', '-']) {
            Some(at) => (&c[..at], parse_offset(&c[at..])?),
            None => (c, VIETNAM),
        },
    };
    let mut parts = clock.split(':');
    let hour = parts.next()?.trim().parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().unwrap_or("0").trim().parse().ok()?;
    // GDAL rounds 59.9996 to 60.000.
    if parts.next().is_some() || !(0.0..=60.0).contains(&second) {
        return None;
    }
    let minute = PrimitiveDateTime::new(date, Time::from_hms(hour, minute, 0).ok()?).assume_offset(offset);
    minute.checked_add(Duration::microseconds((second * 1e6).round() as i64))
}

fn parse_offset(text: &str) -> Option<UtcOffset> {
    let sign: i8 = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i8>().ok()?, 0),
        4 => (digits.get(..2)?.parse::<i8>().ok()?, digits.get(2..)?.parse::<i8>().ok()?),
        _ => return None,
    };
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}
