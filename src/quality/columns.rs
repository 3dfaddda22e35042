//! What the values of a row say: mandatory ones that are missing, those outside their domains, text that is not
//! whole, and how old the row is.

use super::measure::title;
use crate::{
    feature::ValueRef,
    layer::{Attribute, AttributeType, LayerView, QualityMeasure, Title},
    query::filter::read_moment,
};
use std::collections::HashSet;
use time::{Date, Month};
use unicode_normalization::is_nfc;

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;
/// Vietnam's offset from UTC: days in the layers are days there.
const VIETNAM_US: i64 = 7 * 3_600_000_000;

/// Days on which a row is valid: from the first to before the last, in days of some era.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: i32,
    /// The day after the last.
    pub to: i32,
}

impl Period {
    /// Whether it says from when or until when.
    pub const fn is_dated(self) -> bool {
        self.from > i32::MIN || self.to < i32::MAX
    }

    /// Whether two have a day in common.
    pub fn meets(self, other: Self) -> bool {
        self.from.max(other.from) < self.to.min(other.to)
    }
}

/// One attribute.
struct Column<'v> {
    attribute: &'v Attribute,
    codes: HashSet<&'v [u8]>,
    mandatory: bool,
}

/// Counts over the values of rows.
pub struct Columns<'v> {
    columns: Vec<Column<'v>>,
    now_us: i64,
    cycle_us: Option<i64>,
    updated: Option<usize>,
    decided: Option<usize>,
    from: Option<usize>,
    to: Option<usize>,
    commune: Option<usize>,
    /// Places of the key's attributes; days of validity tell versions of one thing apart and are none.
    pub key: Vec<usize>,
    /// Values checked against a domain, and those outside it.
    pub checked: [u64; 2],
    /// Mandatory cells, and those that are empty.
    pub cells: [u64; 2],
    /// Texts, and those that are not whole.
    pub texts: [u64; 2],
    /// Rows that say when they were renewed, and those that are too old.
    pub renewed: [u64; 2],
    /// Days from decision to data.
    pub delays: Vec<i32>,
}

/// Something wrong with a value.
pub struct WrongValue<'v> {
    /// By which measure.
    pub measure: QualityMeasure,
    /// Of which attribute.
    pub attribute: &'v str,
    /// In words.
    pub text: Title,
}

impl<'v> Columns<'v> {
    /// For the rows of a view, looked at in the moment `now_us` (microseconds from 1970 UTC).
    pub fn new(view: &'v LayerView, now_us: i64) -> Self {
        let key = &view.layer().key;
        let columns = view.attributes().map(|attribute| Column {
            attribute,
            codes: attribute.values.iter().map(|value| value.code.as_bytes()).collect(),
            mandatory: attribute.mandatory || key.contains(&attribute.name),
        });
        let place = |name: &str, kinds: &[AttributeType]| {
            view.attributes().position(|a| a.name == name && kinds.contains(&a.kind))
        };
        let (day, moment) = ([AttributeType::Date], [AttributeType::Timestamp]);
        Self {
            now_us,
            cycle_us: view.layer().quality.cycle_days.map(|days| i64::from(days) * DAY_US),
            updated: place("updated_at", &moment),
            decided: place("legal_doc_date", &day),
            from: place("valid_from", &day),
            to: place("valid_to", &day),
            commune: place("commune_code", &[AttributeType::Text]),
            key: lasting(key).filter_map(|name| view.attributes().position(|a| a.name == *name)).collect(),
            columns: columns.collect(),
            checked: [0; 2],
            cells: [0; 2],
            texts: [0; 2],
            renewed: [0; 2],
            delays: Vec::new(),
        }
    }

    /// Whether rows can say when they were renewed, and how often they should be.
    pub const fn has_cycle(&self) -> [bool; 2] {
        [self.updated.is_some(), self.cycle_us.is_some()]
    }

    /// Whether the whole key is in the view.
    pub fn has_key(&self, view: &LayerView) -> bool {
        self.key.len() == lasting(&view.layer().key).count()
    }

    /// The code of the commune that a row names.
    pub fn commune<'r>(&self, values: &[ValueRef<'r>]) -> Option<&'r [u8]> {
        bytes(values.get(self.commune?)?)
    }

    /// When a row is valid, by what it says.
    pub fn period(&self, values: &[ValueRef<'_>]) -> Period {
        let day = |at: Option<usize>| at.and_then(|at| day_of(bytes(values.get(at)?)?));
        Period { from: day(self.from).unwrap_or(i32::MIN), to: day(self.to).unwrap_or(i32::MAX) }
    }

    /// Takes the values of a row, and hands on what is wrong with them.
    pub fn row(&mut self, values: &[ValueRef<'_>], wrong: &mut dyn FnMut(WrongValue<'v>)) {
        for (column, value) in self.columns.iter().zip(values) {
            let empty = matches!(value, ValueRef::Null) || bytes(value).is_some_and(<[u8]>::is_empty);
            let attribute = column.attribute;
            let mut tell = |measure, text| wrong(WrongValue { measure, attribute: &attribute.name, text });
            if column.mandatory {
                self.cells[0] += 1;
                self.cells[1] += u64::from(empty);
                if empty {
                    tell(
                        QualityMeasure::AttributeFill,
                        title("bắt buộc mà để trống", "mandatory, and empty"),
                    );
                }
            }
            if empty {
                continue;
            }
            if let Some(outside) = outside_domain(column, value) {
                self.checked[0] += 1;
                if let Some(text) = outside {
                    self.checked[1] += 1;
                    tell(QualityMeasure::DomainConsistency, text);
                }
            }
            if matches!(attribute.kind, AttributeType::Text | AttributeType::TextList)
                && let Some(text) = bytes(value)
            {
                self.texts[0] += 1;
                if let Some(text) = broken_text(text) {
                    self.texts[1] += 1;
                    tell(QualityMeasure::TextConsistency, text);
                }
            }
        }
        self.age(values, wrong);
    }

    fn age(&mut self, values: &[ValueRef<'_>], wrong: &mut dyn FnMut(WrongValue<'v>)) {
        let Some(at) = self.updated else { return };
        let Some(updated) = values.get(at).and_then(bytes).and_then(read_moment) else { return };
        if let Some(cycle) = self.cycle_us {
            let old = self.now_us - updated > cycle;
            self.renewed[0] += 1;
            self.renewed[1] += u64::from(old);
            if old {
                let days = (self.now_us - updated) / DAY_US;
                let text = title(format!("cập nhật {days} ngày trước"), format!("updated {days} days ago"));
                wrong(WrongValue { measure: QualityMeasure::Currency, attribute: "updated_at", text });
            }
        }
        let decided = self.decided.and_then(|at| day_of(bytes(values.get(at)?)?));
        if let Some(decided) = decided {
            let days = (updated + VIETNAM_US).div_euclid(DAY_US) + 2_440_588 - i64::from(decided);
            // What was decided after the row was written is no delay.
            self.delays.extend(i32::try_from(days).ok().filter(|days| *days >= 0));
        }
    }
}

/// The names of a key without the days of validity.
fn lasting(key: &[String]) -> impl Iterator<Item = &String> {
    key.iter().filter(|name| !["valid_from", "valid_to"].contains(&name.as_str()))
}

/// `None` where there is no domain; what is wrong, if anything, where there is one.
fn outside_domain(column: &Column<'_>, value: &ValueRef<'_>) -> Option<Option<Title>> {
    let attribute = column.attribute;
    let number = match value {
        ValueRef::Int(v) => Some(*v as f64),
        ValueRef::Number(v) => Some(*v),
        _ => None,
    };
    match (attribute.kind, number) {
        (AttributeType::Enum, _) => {
            let code = bytes(value)?;
            let shown = || String::from_utf8_lossy(code).chars().take(40).collect::<String>();
            let wrong =
                || title(format!("không có mã “{}”", shown()), format!("there is no code “{}”", shown()));
            Some((!column.codes.contains(code)).then(wrong))
        }
        (_, Some(number)) if attribute.min.is_some() || attribute.max.is_some() => {
            let low = attribute.min.is_some_and(|min| number < min || (attribute.above_min && number <= min));
            let high = attribute.max.is_some_and(|max| number > max);
            let wrong =
                || title(format!("{number} ngoài khoảng cho phép"), format!("{number} is out of range"));
            Some((low || high).then(wrong))
        }
        (AttributeType::Text, _) => {
            let longest = attribute.max_length? as usize;
            let text = std::str::from_utf8(bytes(value)?).ok()?;
            let long = text.len() > longest && text.chars().count() > longest;
            let wrong =
                || title(format!("dài hơn {longest} ký tự"), format!("longer than {longest} letters"));
            Some(long.then(wrong))
        }
        _ => None,
    }
}

/// Why a text is not whole: bytes that are none, letters of old fonts, letters in pieces.
fn broken_text(bytes: &[u8]) -> Option<Title> {
    if bytes.is_ascii() {
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Some(title("không phải UTF-8", "no UTF-8")) };
    let shown = || text.chars().take(40).collect::<String>();
    let mut before = [' '; 2];
    for c in text.chars() {
        // The replacement character, soft hyphen, C1 controls and private use: what fonts of TCVN3 and VNI leave.
        let is_remains = matches!(c, '\u{fffd}' | '\u{ad}' | '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}');
        // UTF-8 that was read as Latin-1: the first byte of a letter, then one from 80 to BF. Of what begins with `á` (E1)
        // Vietnamese has letters behind BA and BB alone; and behind `Ã` of capitals a space that does not break is one.
        let is_misread = match before {
            [_, 'á'] => matches!(c, 'º' | '»'),
            [_, 'â'] => ('\u{a1}'..='\u{bf}').contains(&c),
            [two, 'Ã'] if c == '\u{a0}' => !two.is_uppercase(),
            [_, 'Ã' | 'Ä' | 'Å' | 'Æ'] => ('\u{a0}'..='\u{bf}').contains(&c),
            _ => false,
        };
        if is_remains || is_misread {
            let shown = shown();
            return Some(title(format!("lỗi bảng mã: “{shown}”"), format!("garbled letters: “{shown}”")));
        }
        before = [before[1], c];
    }
    (!is_nfc(text))
        .then(|| title(format!("không ở dạng NFC: “{}”", shown()), format!("not in NFC: “{}”", shown())))
}

/// The bytes of a text.
fn bytes<'r>(value: &ValueRef<'r>) -> Option<&'r [u8]> {
    match value {
        ValueRef::Text(text) => Some(text.as_bytes()),
        ValueRef::TextBytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// The Julian day of `2025-07-01`.
fn day_of(text: &[u8]) -> Option<i32> {
    let number =
        |range: std::ops::Range<usize>| std::str::from_utf8(text.get(range)?).ok()?.parse::<u16>().ok();
    let month = Month::try_from(u8::try_from(number(5..7)?).ok()?).ok()?;
    let day = u8::try_from(number(8..10)?).ok()?;
    Some(Date::from_calendar_date(i32::from(number(0..4)?), month, day).ok()?.to_julian_day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_whole_is_seen() {
        for text in [
            "Xã Đức Hòa",
            "Hoà Khánh",
            "Ba – Tư “mới”",
            "plain",
            "2 m²",
            "cá\u{a0}nhân, giá\u{a0}đất",
            "XÃ\u{a0}HỘI",
            "á²",
        ] {
            assert!(broken_text(text.as_bytes()).is_none(), "{text}");
        }
        let decomposed = "Xa\u{303} Đức Ho\u{300}a";
        for text in [
            decomposed,
            "Ä\u{90}á»©c HÃ²a",
            "nhÃ\u{a0}",
            "Æ\u{a0}n",
            "Äáº¥t",
            "B×nh \u{ad}¬ng",
            "Long \u{fffd}n",
        ] {
            assert!(broken_text(text.as_bytes()).is_some(), "{text}");
        }
        assert!(broken_text(b"Long \xff").is_some());
    }

    #[test]
    fn days_are_days() {
        assert_eq!(day_of(b"1970-01-01"), Some(2_440_588));
        assert_eq!(day_of(b"2025-02-30"), None);
        let year = Period { from: 0, to: 365 };
        assert!(
            year.meets(Period { from: i32::MIN, to: i32::MAX }) && !year.meets(Period { from: 365, to: 400 })
        );
    }
}
