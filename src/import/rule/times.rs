//! Days, moments and years that tell what has happened, and days from and to which a row holds.

use super::{Checked, RowFinding};
use crate::{
    import::{report::Rule, row, words},
    layer::{Attribute, AttributeType},
    store::postgis::StagedValue,
};
use time::{Date, Duration};

/// Which attributes are about time.
pub struct Times {
    today: Date,
    /// Those that tell what has happened: place, name, whether it is a year.
    past: Vec<(usize, String, bool)>,
    /// From and to.
    validity: Option<(usize, usize)>,
}

impl Times {
    /// For rows with these attributes, on a day.
    pub fn new(attributes: &[Attribute], today: Date) -> Self {
        let past = attributes.iter().enumerate().filter(|(_, a)| a.past);
        let place =
            |name: &str| attributes.iter().position(|a| a.name == name && a.kind == AttributeType::Date);
        Self {
            today,
            past: past.map(|(at, a)| (at, a.name.clone(), a.kind == AttributeType::Integer)).collect(),
            validity: place("valid_from").zip(place("valid_to")),
        }
    }

    /// Holds a row against them.
    pub fn check(&self, row: &Checked<'_>, found: &mut Vec<RowFinding>) {
        for (at, name, is_year) in &self.past {
            let Some(value) = row.values.get(*at) else { continue };
            // A day more: what happened today may be told in another zone.
            let last = self.today + Duration::DAY;
            let lies_ahead = match value {
                StagedValue::Date(day) => *day > last,
                StagedValue::Timestamp(moment) => moment.date() > last,
                StagedValue::Int(year) if *is_year => *year > i64::from(self.today.year()),
                _ => false,
            };
            if lies_ahead {
                let (told, today) = (row::text(value).unwrap_or_default(), self.today);
                let reason = words(
                    format!("{told} chưa tới (hôm nay là {today}), mà đây là việc đã xảy ra"),
                    format!("{told} lies ahead (today is {today}), and this tells what has happened"),
                );
                found.push(RowFinding::error(Rule::Future, reason).of(name).with_value(told));
            }
        }
        if let Some((from, to)) = self.validity
            && let (Some(StagedValue::Date(from)), Some(StagedValue::Date(to))) =
                (row.values.get(from), row.values.get(to))
            && to < from
        {
            let reason = words(
                format!("hết hiệu lực ngày {to}, trước khi có hiệu lực ngày {from}"),
                format!("it ends on {to}, before it begins on {from}"),
            );
            found.push(RowFinding::error(Rule::Validity, reason).of("valid_to").with_value(to.to_string()));
        }
    }
}
