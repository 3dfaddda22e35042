//! What was meant by a code or a name.

use super::{Era, Level, Unit, Units};
use crate::layer::{fold, words};
use time::Date;

/// Why no unit was meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// There is none with that code.
    #[error("there is no {level} {code}{}; /units?q= finds units by code and by name", day(.date))]
    Unknown {
        /// Level.
        level: &'static str,
        /// As it was asked for.
        code: String,
        /// The day that was asked for.
        date: Option<Date>,
    },
    /// Two, and they are not the same unit.
    #[error("{level}:{code} names two units: {}. Say which by a date", named(.candidates))]
    Ambiguous {
        /// Level.
        level: &'static str,
        /// As it was asked for.
        code: String,
        /// All that have it.
        candidates: Vec<Unit>,
    },
}

fn day(date: &Option<Date>) -> String {
    date.map(|date| format!(" on {date}")).unwrap_or_default()
}

fn named(candidates: &[Unit]) -> String {
    let one = |unit: &Unit| {
        let until = if unit.era == Era::Before { "until" } else { "since" };
        format!("{} {until} {} ({unit})", unit.name, super::REFORM)
    };
    candidates.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// A unit that a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'u> {
    /// The unit.
    pub unit: &'u Unit,
    /// How near it comes: 0 is the code or the name itself, more is further off.
    pub rank: u8,
}

impl Units {
    /// The unit of a level with that code, on that day. Without a day a code that was given to
    /// two units of different names is ambiguous; the province's own code means the present one.
    pub fn resolve(&self, level: Level, code: &str, date: Option<Date>) -> Result<&Unit, UnitError> {
        let unknown = || UnitError::Unknown { level: level.as_str(), code: code.to_owned(), date };
        if let Some(date) = date {
            return self.unit(level, code, Era::of(date)).ok_or_else(unknown);
        }
        let [before, since] = [Era::Before, Era::Since].map(|era| self.unit(level, code, era));
        match (before, since) {
            (Some(old), Some(new)) if level == Level::Commune && old.name != new.name => {
                Err(UnitError::Ambiguous {
                    level: level.as_str(),
                    code: code.to_owned(),
                    candidates: vec![*old, *new],
                })
            }
            (_, Some(new)) => Ok(new),
            (old, None) => old.ok_or_else(unknown),
        }
    }

    /// Units by code or by a part of the name, with or without tone marks and the kind of unit, in either
    /// spelling (`Mỹ Quí`, `Mĩ Quý`); the nearest first, those of today before those of the past. An empty
    /// text finds all.
    pub fn find(&self, text: &str, date: Option<Date>) -> Vec<Found<'_>> {
        let wanted = words(text);
        let mut found: Vec<Found<'_>> = self
            .all()
            .iter()
            .filter(|unit| date.is_none_or(|date| Era::of(date) == unit.era))
            .filter_map(|unit| rank(unit, &wanted, text).map(|rank| Found { unit, rank }))
            .collect();
        found.sort_by_key(|f| (f.rank, std::cmp::Reverse(f.unit.era), f.unit.level, f.unit.code));
        found
    }
}

fn rank(unit: &Unit, wanted: &[String], text: &str) -> Option<u8> {
    let typed = fold(text);
    if unit.code == typed {
        return Some(0);
    }
    let names = [unit.bare_name(), unit.name];
    let by_words = names.map(words);
    // Run together, `myquy` says no more where its words end, so both are as they were written.
    let joined = wanted.concat();
    let is = |how: fn(&str, &str) -> bool| {
        by_words.iter().any(|name| how(&name.concat(), &joined))
            || names.iter().any(|name| how(&fold(name), &typed))
    };
    if is(|name, wanted| name == wanted) {
        // Marks that were typed count among names that differ in them alone.
        let typed = text.trim().to_lowercase();
        return Some(u8::from(!names.iter().any(|name| name.to_lowercase() == typed)));
    }
    // `Mỹ` is a word of Mỹ Hạnh, and only the beginning of one of Minh Tân.
    if by_words.iter().any(|name| name.starts_with(wanted)) {
        return Some(2);
    }
    let starts = unit.code.starts_with(&typed) || is(|name, wanted| name.starts_with(wanted));
    (starts || is(|name, wanted| name.contains(wanted))).then_some(if starts { 3 } else { 4 })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_code_of_two_units_needs_a_date() {
        let units = Units::default();
        let error = units.resolve(Level::Commune, "27943", None).unwrap_err();
        let text = error.to_string();
        for part in
            ["Xã An Ninh Đông", "Xã An Ninh since", "commune:27943@2025-07-01", "commune:27943@2025-06-30"]
        {
            assert!(text.contains(part), "{text}");
        }
        let old = units.resolve(Level::Commune, "27943", Some(date!(2025 - 03 - 01))).unwrap();
        assert_eq!(old.name, "Xã An Ninh Đông");
        let new = units.resolve(Level::Commune, "27943", Some(date!(2026 - 01 - 01))).unwrap();
        assert_eq!(new.name, "Xã An Ninh");
    }

    #[test]
    fn a_code_of_one_name_or_of_the_past_alone_needs_none() {
        let units = Units::default();
        let same = units.resolve(Level::Commune, "25459", None);
        assert!(matches!(same, Err(UnitError::Ambiguous { .. })), "Phường 3 became Phường Tân Ninh");
        assert_eq!(units.resolve(Level::Commune, "27685", None).unwrap().name, "Phường 5");
        assert_eq!(units.resolve(Level::Province, "80", None).unwrap().name, "Tỉnh Tây Ninh");
        let before = units.resolve(Level::Province, "80", Some(date!(2025 - 03 - 01))).unwrap();
        assert_eq!(before.name, "Tỉnh Long An");
        assert!(units.resolve(Level::District, "794", Some(date!(2025 - 07 - 01))).is_err());
        assert!(units.resolve(Level::Commune, "99999", None).unwrap_err().to_string().contains("/units?q="));
    }

    #[test]
    fn names_are_found_without_marks_and_in_either_spelling() {
        let units = Units::default();
        let first = |text: &str| units.find(text, None)[0].unit.name;
        for text in ["Khánh Hậu", "khanh hau", "Phuong Khanh Hau", "KHANH-HAU"] {
            assert_eq!(first(text), "Phường Khánh Hậu", "{text}");
        }
        let hoa = |text: &str| units.find(text, Some(date!(2026 - 01 - 01))).len();
        assert!(hoa("Nhơn Hoà") > 0);
        assert_eq!(hoa("Nhơn Hoà"), hoa("Nhơn Hòa"));
        for text in ["Mỹ Quí", "Mĩ Quý", "my quy", "mi qui", "MYQUY"] {
            let found = units.find(text, Some(date!(2026 - 01 - 01)));
            assert_eq!(found.iter().map(|f| f.unit.name).collect::<Vec<_>>(), ["Xã Mỹ Quý"], "{text}");
        }
        assert!(units.find("Mĩ", None)[0].unit.name.contains("Mỹ"));
        let past = units.find("Thủ Thừa", Some(date!(2025 - 01 - 01)));
        assert!(past.iter().all(|f| f.unit.era == Era::Before));
        assert!(past.iter().any(|f| f.unit.level == Level::District));
        assert_eq!(units.find("27943", None).iter().filter(|f| f.rank == 0).count(), 2);
        assert!(units.find("Sài Gòn", None).is_empty());
    }
}
