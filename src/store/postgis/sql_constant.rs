//! Pure: a value in a statement: a parameter, or a constant where none can stand.

use super::{change_log::quote_literal, sql::Parameter};
use time::{Date, OffsetDateTime, Time, UtcOffset};

/// A value that is written into a statement.
pub enum Constant {
    Text(String),
    Int(i64),
    Number(f64),
    Day(Date),
    Moment(OffsetDateTime),
    Bytes(Vec<u8>),
}

impl Constant {
    /// To go beside the statement.
    pub fn parameter(self) -> Parameter {
        match self {
            Self::Text(text) => Box::new(text),
            Self::Int(number) => Box::new(number),
            Self::Number(number) => Box::new(number),
            Self::Day(day) => Box::new(day),
            Self::Moment(moment) => Box::new(moment),
            Self::Bytes(bytes) => Box::new(bytes),
        }
    }

    /// To stand in it, of whatever type is then named.
    pub fn literal(&self) -> String {
        match self {
            Self::Text(text) => quote_literal(text),
            Self::Int(number) => format!("'{number}'"),
            Self::Number(number) => format!("'{number:e}'"),
            Self::Day(day) => format!("'{}{}'", day_of(*day), era(day.year())),
            Self::Moment(moment) => {
                let moment = moment.to_offset(UtcOffset::UTC);
                let (day, time) = (day_of(moment.date()), time_of(moment.time()));
                format!("'{day} {time}+00{}'", era(moment.year()))
            }
            Self::Bytes(bytes) => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("decode('{hex}', 'hex')")
            }
        }
    }
}

/// PostgreSQL has no year 0: it is the first before year 1.
fn day_of(day: Date) -> String {
    let year = if day.year() > 0 { day.year() } else { 1 - day.year() };
    format!("{year:04}-{:02}-{:02}", u8::from(day.month()), day.day())
}

fn time_of(time: Time) -> String {
    let (hour, minute, second, micros) = time.as_hms_micro();
    format!("{hour:02}:{minute:02}:{second:02}.{micros:06}")
}

const fn era(year: i32) -> &'static str {
    if year > 0 { "" } else { " BC" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn constants_cannot_be_left_and_lose_nothing() {
        assert_eq!(Constant::Text(r"a'b\".to_owned()).literal(), r"E'a''b\\'");
        assert_eq!(Constant::Int(i64::MIN).literal(), "'-9223372036854775808'");
        assert_eq!(Constant::Number(0.1).literal(), "'1e-1'");
        assert_eq!(Constant::Day(date!(0000 - 02 - 29)).literal(), "'0001-02-29 BC'");
        let moment = datetime!(2024-03-01 06:30:00.000001 +7);
        assert_eq!(Constant::Moment(moment).literal(), "'2024-02-29 23:30:00.000001+00'");
        assert_eq!(Constant::Bytes(vec![0, 255]).literal(), "decode('00ff', 'hex')");
    }
}
