//! Rows that are refused: how many may be, which they are, and why.
//!
//! `files` says where they are written and `write` copies them there; what is here must not know files. None of it may
//! know the database.

pub mod files;
pub mod sent_back;
pub mod write;
pub mod write_drawing;
mod write_fields;
mod write_table;

use super::words::Words;
use crate::layer::Language;
use roaring::RoaringTreemap;
use std::collections::BTreeMap;

/// Rows whose reasons are kept; of more, only the numbers.
const MAX_REASONS: usize = 200_000;

/// How many rows may be refused, and the others are loaded all the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxRefused {
    /// So many rows.
    Rows(u64),
    /// So many of a hundred rows.
    Percent(f64),
}

impl Default for MaxRefused {
    fn default() -> Self {
        Self::Rows(0)
    }
}

impl MaxRefused {
    /// Of `read` rows.
    pub fn of(self, read: u64) -> u64 {
        match self {
            Self::Rows(rows) => rows,
            Self::Percent(percent) => (read as f64 * percent / 100.0).floor() as u64,
        }
    }
}

impl std::str::FromStr for MaxRefused {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "write it as a number of rows, for example 20, or as a share, for example 0.5%".to_owned();
        match text.trim().strip_suffix('%') {
            Some(percent) => {
                let percent: f64 = percent.trim().replace(',', ".").parse().map_err(|_| wrong())?;
                (0.0..=100.0).contains(&percent).then_some(Self::Percent(percent)).ok_or_else(wrong)
            }
            None => text.trim().parse().map(Self::Rows).map_err(|_| wrong()),
        }
    }
}

/// Rows that are refused, by the position of their file and their number.
#[derive(Debug, Clone, Default)]
pub struct RefusedRows {
    /// Why, in the language of the file that they are written to.
    reasons: BTreeMap<(i32, u64), Box<str>>,
    /// The rows beyond those, of each file: of millions that stand beside each other, a few bytes.
    others: BTreeMap<i32, RoaringTreemap>,
    language: Language,
}

impl RefusedRows {
    /// None yet; their reasons will be told in this language.
    pub fn told_in(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// Notes a row; of one that is refused already, the reason is added.
    pub fn note(&mut self, file: i32, row: u64, reason: &Words) {
        if self.reasons.len() >= MAX_REASONS {
            if !self.reasons.contains_key(&(file, row)) {
                self.others.entry(file).or_default().insert(row);
            }
            return;
        }
        let reason = reason.of(self.language);
        let known = self.reasons.entry((file, row)).or_default();
        *known = if known.is_empty() { reason.into() } else { format!("{known}; {reason}").into() };
    }

    /// Notes a row whose key another has, before its other reasons: what is behind them may be cut.
    pub fn note_key(&mut self, file: i32, row: u64, reason: &Words) {
        let before = self.reasons.remove(&(file, row));
        self.note(file, row, reason);
        if let (Some(before), Some(known)) = (before, self.reasons.get_mut(&(file, row))) {
            *known = format!("{known}; {before}").into();
        }
    }

    /// Whether any row of the file is refused.
    pub fn has(&self, file: i32) -> bool {
        self.others.contains_key(&file) || self.reasons.range((file, 0)..=(file, u64::MAX)).next().is_some()
    }

    /// Why a row is refused; `None` if it is not.
    pub fn reason(&self, file: i32, row: u64) -> Option<&str> {
        let none_kept = match self.language {
            Language::Vi => "bị từ chối; báo cáo nói vì sao",
            Language::En => "refused; the report says why",
        };
        let is_other = || self.others.get(&file).is_some_and(|rows| rows.contains(row));
        self.reasons.get(&(file, row)).map(AsRef::as_ref).or_else(|| is_other().then_some(none_kept))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{super::words::words, *};

    #[test]
    fn millions_of_refused_rows_take_no_memory_to_speak_of_and_none_is_forgotten() {
        const ROWS: u64 = 3_000_000;
        let mut refused = RefusedRows::told_in(Language::En);
        let why = words("vì sao", "why");
        (2..ROWS).for_each(|row| refused.note(1, row, &why));
        assert_eq!(refused.reasons.len(), MAX_REASONS);
        let bytes = refused.others[&1].serialized_size();
        assert!(bytes < 1 << 20, "{bytes} bytes");
        for (row, reason) in [(1, None), (2, Some("why")), (ROWS - 1, Some("refused; the report says why"))] {
            assert_eq!(refused.reason(1, row), reason, "{row}");
        }
        assert!(refused.has(1) && !refused.has(0) && refused.reason(0, 2).is_none());
        // There is room again for one whose key another has, and no more.
        let key = words("khóa", "key");
        refused.note_key(1, 2, &key);
        refused.note_key(1, ROWS - 1, &key);
        assert_eq!(refused.reason(1, 2), Some("key; why"));
        assert_eq!(refused.reason(1, ROWS - 1), Some("refused; the report says why"));
        refused.note(2, 7, &why);
        assert!(refused.has(2));
    }

    #[test]
    fn a_share_of_the_rows_is_rounded_down() {
        let of = |text: &str, read| text.parse::<MaxRefused>().unwrap().of(read);
        assert_eq!((of("0", 1000), of("12", 1000)), (0, 12));
        assert_eq!((of("1%", 199), of("0,5%", 1000), of("100%", 7)), (1, 5, 7));
        for wrong in ["-1", "two", "101%", "%", "NaN%", ""] {
            assert!(wrong.parse::<MaxRefused>().is_err(), "{wrong}");
        }
    }
}
