//! Cells of a file made into values of an attribute, or refused with a reason.
//!
//! Must not know files or geometries.

mod days;
pub mod excel_days;
mod near_code;
pub mod number;
pub mod reasons;

use super::{
    report::Rule,
    words::{Words, words},
};
use crate::{
    layer::{AgencyRegister, Attribute, AttributeType, fold},
    store::postgis::StagedValue,
};
use near_code::NearCodes;
pub use number::Signs;
use number::{DecimalSign, ReadNumber};
use reasons::{self as say, Bound};
use std::collections::HashMap;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// One cell as the file has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text, dates as GDAL writes them (`2025/07/01`) included.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Real(f64),
    /// Several texts.
    List(Vec<String>),
}

/// Why a cell is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The rule.
    pub rule: Rule,
    /// In a sentence.
    pub reason: Words,
}

type Converted = Result<StagedValue, Refusal>;

/// Makes values of one attribute.
#[derive(Debug)]
pub struct Converter {
    attribute: Attribute,
    domain: Domain,
    decimal_sign: DecimalSign,
    days: excel_days::Numbers,
    mandatory: bool,
    layer: String,
    near: NearCodes,
}

#[derive(Debug)]
enum Domain {
    Any,
    /// Folded spellings to codes, `None` where two codes share a spelling; and codes to what is told of them.
    Codes(HashMap<String, Option<String>>, HashMap<String, Words>),
}

impl Converter {
    /// For `attribute` of the layer with the id `layer`; `mandatory` where each feature must have it.
    pub fn new(attribute: &Attribute, layer: &str, mandatory: bool, agencies: &AgencyRegister) -> Self {
        let named = |code: &str, vi: &str, en: &str| {
            (code.to_owned(), words(format!("{code} ({vi})"), format!("{code} ({en})")))
        };
        let domain = if attribute.kind == AttributeType::Enum {
            let titles = attribute.values.iter().map(|v| named(&v.code, &v.vi, &v.en));
            Domain::Codes(enum_spellings(attribute), titles.collect())
        } else if attribute.name == "owner_agency" && !agencies.agencies.is_empty() {
            let newest = agencies.agencies.iter().filter_map(|a| Some((a, a.names.last()?)));
            let titles = newest.map(|(agency, name)| named(&agency.code, &name.vi, &name.en));
            Domain::Codes(agency_spellings(agencies), titles.collect())
        } else {
            Domain::Any
        };
        let (decimal_sign, days) = (DecimalSign::Unknown, excel_days::Numbers::default());
        let (attribute, layer) = (attribute.clone(), layer.to_owned());
        Self { attribute, domain, decimal_sign, days, mandatory, layer, near: NearCodes::default() }
    }

    /// The attribute.
    pub fn attribute(&self) -> &Attribute {
        &self.attribute
    }

    /// What the first cells of the column show its numbers to be, where it holds days.
    pub const fn days(&self) -> excel_days::Numbers {
        self.days
    }

    /// Learns from the first cells of a column which sign stands before the fraction, and what numbers among days are.
    pub fn learn<'a>(&mut self, cells: impl Iterator<Item = &'a Cell>) {
        let mut signs = Signs::default();
        self.days = excel_days::Numbers::default();
        for cell in cells {
            self.days.learn(cell);
            if let Cell::Text(text) = cell {
                let whole = self.attribute.kind == AttributeType::Integer;
                let of_whole =
                    || if whole { number::evidence_of_whole(text.trim()) } else { DecimalSign::Unknown };
                let sign = match number::evidence(text.trim()) {
                    DecimalSign::Unknown => of_whole(),
                    sign => sign,
                };
                signs.add(sign);
            }
        }
        self.decimal_sign = signs.sign();
    }

    /// The sign that a column of numbers has shown.
    pub fn decimal_sign(&self) -> DecimalSign {
        let is_number = matches!(self.attribute.kind, AttributeType::Integer | AttributeType::Number);
        if is_number { self.decimal_sign } else { DecimalSign::Unknown }
    }

    /// Learns which sign the other columns of its file show, for whole numbers that do not tell: a file is written in one
    /// country's way. Of a number with a fraction its own column has to tell.
    pub fn learn_of_file(&mut self, sign: DecimalSign) {
        if self.attribute.kind == AttributeType::Integer && self.decimal_sign == DecimalSign::Unknown {
            self.decimal_sign = sign;
        }
    }

    /// The value of a cell whose text is kept letter by letter, taken out of it: most are such. `None` where more
    /// has to be looked at, and the cell is as it was.
    pub fn take(&self, cell: &mut Cell) -> Option<StagedValue> {
        let Cell::Text(text) = cell else { return None };
        let kept = match (&self.domain, self.attribute.kind) {
            (Domain::Any, AttributeType::Text) => {
                // There are no more characters than bytes.
                is_plain(text) && self.attribute.max_length.is_none_or(|max| text.len() <= max as usize)
            }
            (Domain::Codes(..), _) => self.attribute.values.iter().any(|v| v.code == *text) && is_plain(text),
            _ => false,
        };
        kept.then(|| StagedValue::Text(std::mem::take(text)))
    }

    /// The value of a cell.
    pub fn convert(&self, cell: &Cell) -> Converted {
        let value = match self.attribute.kind {
            AttributeType::Text | AttributeType::Enum => self.text(cell),
            AttributeType::Integer => self.integer(cell),
            AttributeType::Number => self.number(cell),
            AttributeType::Boolean => boolean(cell),
            AttributeType::Date => days::date(cell),
            AttributeType::Timestamp => days::timestamp(cell),
            AttributeType::TextList => text_list(cell),
        }?;
        if self.mandatory && value == StagedValue::Null {
            return refuse(Rule::Mandatory, say::empty());
        }
        Ok(value)
    }

    fn text(&self, cell: &Cell) -> Converted {
        let Some(text) = as_text(cell)? else { return Ok(StagedValue::Null) };
        if let Domain::Codes(spellings, titles) = &self.domain {
            if self.attribute.values.iter().any(|v| v.code == text) {
                return Ok(StagedValue::Text(text));
            }
            return match spellings.get(&fold(&text)) {
                Some(Some(code)) => Ok(StagedValue::Text(code.clone())),
                Some(None) => refuse(Rule::Domain, say::several_codes(&short(&text))),
                None => refuse(Rule::Domain, self.no_code(&text, spellings, titles)),
            };
        }
        if let Some(max) = self.attribute.max_length {
            let length = text.chars().count();
            if length > max as usize {
                return refuse(Rule::Domain, say::too_long(&short(&text), length, max));
            }
        }
        Ok(StagedValue::Text(text))
    }

    fn no_code(
        &self,
        text: &str,
        spellings: &HashMap<String, Option<String>>,
        titles: &HashMap<String, Words>,
    ) -> Words {
        let known =
            spellings.iter().filter_map(|(spelling, code)| Some((spelling.as_str(), code.as_deref()?)));
        let meant = self.near.meant(text, known).and_then(|code| titles.get(&code));
        let (text, name) = (short(text), self.attribute.name.as_str());
        let see = format!("diaban codes {} {name}", self.layer);
        if self.attribute.kind != AttributeType::Enum {
            return say::no_agency(&text, name, meant, &see);
        }
        let codes: Vec<&str> = self.attribute.values.iter().map(|v| v.code.as_str()).collect();
        say::no_code(&text, name, &codes, meant, &see)
    }

    fn integer(&self, cell: &Cell) -> Converted {
        let whole = |n: f64| (n.fract() == 0.0 && n.abs() < 9e15).then_some(n as i64);
        let found = match cell {
            Cell::Int(n) => Some(*n),
            Cell::Real(n) => whole(*n),
            _ => match as_text(cell)? {
                None => return Ok(StagedValue::Null),
                Some(text) => match number::read(&text, self.decimal_sign) {
                    ReadNumber::Ambiguous { as_fraction, as_thousands } => {
                        // Both are whole numbers: `2.000` is two, as a column of three decimals has it, or two thousand.
                        if as_fraction.ends_with(".000") {
                            return refuse(Rule::Type, say::two_numbers(&text, &as_fraction, &as_thousands));
                        }
                        // A fraction is no whole number, so only one of the two readings is left.
                        as_thousands.parse().ok()
                    }
                    ReadNumber::Number(n) => match n.split_once('.') {
                        Some((head, fraction)) if fraction.bytes().all(|b| b == b'0') => head.parse().ok(),
                        _ => n.parse().ok(),
                    },
                    ReadNumber::None => None,
                },
            },
        };
        match found {
            Some(n) => self.in_range(n as f64, &n).map(|()| StagedValue::Int(n)),
            None => refuse(Rule::Type, say::no_integer(&shown(cell))),
        }
    }

    fn number(&self, cell: &Cell) -> Converted {
        let digits = match cell {
            Cell::Int(n) => n.to_string(),
            Cell::Real(n) if n.is_finite() && n.abs() < 1e30 => n.to_string(),
            Cell::Real(n) => return refuse(Rule::Type, say::no_number_to_keep(*n)),
            _ => match as_text(cell)? {
                None => return Ok(StagedValue::Null),
                Some(text) => match number::read(&text, self.decimal_sign) {
                    ReadNumber::Number(n) => n,
                    ReadNumber::Ambiguous { as_fraction, as_thousands } => {
                        return refuse(Rule::Type, say::two_numbers(&text, &as_fraction, &as_thousands));
                    }
                    ReadNumber::None => return refuse(Rule::Type, say::no_number(&short(&text))),
                },
            },
        };
        let approximate: f64 = digits.parse().unwrap_or(f64::NAN);
        self.in_range(approximate, &digits)?;
        if let (Some(precision), scale) = (self.attribute.precision, self.attribute.scale.unwrap_or(0)) {
            let whole = i32::from(precision.saturating_sub(scale));
            if approximate.abs() >= 10f64.powi(whole) {
                return refuse(Rule::Domain, say::too_many_digits(&digits, whole));
            }
        }
        Ok(StagedValue::Decimal(digits))
    }

    fn in_range(&self, n: f64, shown: &dyn std::fmt::Display) -> Result<(), Refusal> {
        let Attribute { min, max, above_min, .. } = self.attribute;
        let below = min.is_some_and(|min| n < min || above_min && n <= min);
        if !below && !n.is_nan() && max.is_none_or(|max| n <= max) {
            return Ok(());
        }
        let unit = self.attribute.unit.map(|u| format!(" {}", u.symbol())).unwrap_or_default();
        let bound = match (min, max) {
            (Some(min), _) if above_min && n <= min => Bound::Above(min),
            (Some(min), _) if n < min => Bound::Least(min),
            (_, Some(max)) if n > max => Bound::Most(max),
            _ if n.is_nan() => Bound::Number,
            _ => return Ok(()),
        };
        refuse(Rule::Domain, say::out_of_range(shown, bound, &unit))
    }
}

fn refuse<T>(rule: Rule, reason: Words) -> Result<T, Refusal> {
    Err(Refusal { rule, reason })
}

fn enum_spellings(attribute: &Attribute) -> HashMap<String, Option<String>> {
    let values = &attribute.values;
    let mut all = HashMap::new();
    // Codes win over titles, titles over other spellings.
    spellings(&mut all, values.iter().map(|v| (&v.code, &v.code)));
    spellings(&mut all, values.iter().flat_map(|v| [(&v.vi, &v.code), (&v.en, &v.code)]));
    spellings(&mut all, values.iter().flat_map(|v| v.sources.iter().map(|s| (s, &v.code))));
    all
}

fn agency_spellings(agencies: &AgencyRegister) -> HashMap<String, Option<String>> {
    let mut all = HashMap::new();
    spellings(&mut all, agencies.agencies.iter().map(|a| (&a.code, &a.code)));
    let names = agencies.agencies.iter().flat_map(|a| a.names.iter().map(move |n| (n, &a.code)));
    spellings(&mut all, names.flat_map(|(n, code)| [(&n.vi, code), (&n.en, code)]));
    all
}

fn spellings<'a>(
    all: &mut HashMap<String, Option<String>>,
    names: impl Iterator<Item = (&'a String, &'a String)>,
) {
    let mut level: HashMap<String, Option<String>> = HashMap::new();
    for (name, code) in names {
        let folded = fold(name);
        if folded.is_empty() {
            continue;
        }
        level
            .entry(folded)
            .and_modify(|known| {
                if known.as_ref() != Some(code) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(code.clone()));
    }
    for (folded, code) in level {
        all.entry(folded).or_insert(code);
    }
}

/// The cell as text in NFC, trimmed; `None` if that leaves nothing.
fn as_text(cell: &Cell) -> Result<Option<String>, Refusal> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Int(n) => Ok(Some(n.to_string())),
        Cell::Real(n) => Ok(Some(n.to_string())),
        Cell::List(items) => clean(&items.join("; ")),
        Cell::Text(text) => clean(text),
    }
}

/// Whether nothing in a text can be wrong: neither blanks around it, nor what is no letter, nor a letter that
/// Unicode NFC writes another way. Those of Latin alphabets, the Vietnamese among them, have one form of their own
/// (Unicode 15, DerivedNormalizationProps: NFC_Quick_Check is Yes for all before U+0300 and for U+1EA0 to U+1EF9).
fn is_plain(text: &str) -> bool {
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    !blank(text.chars().next())
        && !blank(text.chars().next_back())
        && text.chars().all(|c| matches!(c, ' '..='~' | '\u{a0}'..='\u{2ff}' | '\u{1ea0}'..='\u{1ef9}'))
}

fn clean(text: &str) -> Result<Option<String>, Refusal> {
    let trimmed = text.trim();
    // Most cells: nothing in them can be wrong.
    if trimmed.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()));
    }
    let normal = if is_nfc(trimmed) { trimmed.to_owned() } else { trimmed.nfc().collect() };
    for c in normal.chars() {
        let reason = match c {
            '\0' => say::nul(),
            char::REPLACEMENT_CHARACTER => say::unreadable(&short(&normal)),
            '\t' | '\n' | '\r' => continue,
            c if c.is_control() => say::control_character(c),
            _ => continue,
        };
        return refuse(Rule::Text, reason);
    }
    Ok((!normal.is_empty()).then_some(normal))
}

fn boolean(cell: &Cell) -> Converted {
    let text = match cell {
        Cell::Int(0) => return Ok(StagedValue::Bool(false)),
        Cell::Int(1) => return Ok(StagedValue::Bool(true)),
        Cell::Real(n) if *n == 0.0 => return Ok(StagedValue::Bool(false)),
        Cell::Real(n) if *n == 1.0 => return Ok(StagedValue::Bool(true)),
        _ => as_text(cell)?,
    };
    match text.as_deref().map(fold).as_deref() {
        None => Ok(StagedValue::Null),
        Some("true" | "t" | "yes" | "y" | "1" | "co" | "dung" | "x") => Ok(StagedValue::Bool(true)),
        Some("false" | "f" | "no" | "n" | "0" | "khong" | "sai") => Ok(StagedValue::Bool(false)),
        Some(_) => refuse(Rule::Type, say::no_boolean(&shown(cell))),
    }
}

fn text_list(cell: &Cell) -> Converted {
    let items: Vec<String> = match cell {
        Cell::List(items) => items.clone(),
        _ => match as_text(cell)? {
            None => return Ok(StagedValue::Null),
            // As forms without lists have them.
            Some(text) => serde_json::from_str(&text).unwrap_or_else(|_| {
                let separator = if text.contains(';') { ';' } else { ',' };
                text.split(separator).map(str::to_owned).collect()
            }),
        },
    };
    let mut clean_items = Vec::with_capacity(items.len());
    for item in &items {
        clean_items.extend(clean(item)?);
    }
    Ok(if clean_items.is_empty() { StagedValue::Null } else { StagedValue::TextList(clean_items) })
}

/// The cell as it is told to people.
pub(super) fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => short(text.trim()),
        Cell::Int(n) => n.to_string(),
        Cell::Real(n) => n.to_string(),
        Cell::List(items) => short(&items.join("; ")),
    }
}

/// A text, cut where it would fill the screen.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_taken_is_what_would_be_made_of_it(text in "[ a-cĐđắ\u{a0}\u{ad}\u{301}\u{1}\u{85}ếe\u{212b}]{0,7}") {
            if is_plain(&text) {
                prop_assert_eq!(clean(&text), Ok(Some(text)));
            }
        }
    }

    #[test]
    fn letters_of_vietnamese_are_plain() {
        for text in ["Đường tỉnh 820", "T-1", "Ấp Bàu Đồn", "ưƠ"] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["", " a", "a\u{a0}", "e\u{301}", "a\tb", "\0"] {
            assert!(!is_plain(text), "{text:?}");
        }
    }
}
