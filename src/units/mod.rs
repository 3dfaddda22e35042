//! Administrative units before and after 1 July 2025: codes, names, and which became which.
//!
//! The tables beside this file are facts: 280 communes in 24 districts as of 1 March 2025, the 96
//! communes of NQ 1682/NQ-UBTVQH15 (16 June 2025) with the codes of 19/2025/QĐ-TTg, and the 302
//! relations between them. Every new code had been an old commune's, 65 of the 96 under another
//! name, so a code says nothing without a date.
//!
//! Must not know boundaries: polygons stand in the layer `admin_commune` alone.

/// What was meant by a code or a name.
mod find;

pub use find::{Found, UnitError};

use crate::layer::Title;
use std::{collections::BTreeMap, fmt, str::FromStr};
use time::{Date, macros::date};

/// The day on which the districts ended and the new communes began.
pub const REFORM: Date = date!(2025 - 07 - 01);

/// Levels of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Province (tỉnh).
    Province,
    /// District (huyện, thị xã, thành phố thuộc tỉnh); none since the reform.
    District,
    /// Commune, ward or township (xã, phường, thị trấn).
    Commune,
}

impl Level {
    /// The level as a spec writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::District => "district",
            Self::Commune => "commune",
        }
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Province, Self::District, Self::Commune].into_iter().find(|l| l.as_str() == text).ok_or(())
    }
}

/// Before or after the reform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// Until [`REFORM`].
    Before,
    /// Since.
    Since,
}

impl Era {
    /// The one that a day lies in.
    pub fn of(day: Date) -> Self {
        if day < REFORM { Self::Before } else { Self::Since }
    }

    /// A day in it, for who has to name one.
    pub const fn day(self) -> Date {
        match self {
            Self::Before => date!(2025 - 06 - 30),
            Self::Since => REFORM,
        }
    }
}

/// How much of a former commune a new one took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    Whole,
    /// A part; how much, only boundaries can tell.
    Part,
}

impl Share {
    /// As answers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "full",
            Self::Part => "partial",
        }
    }
}

/// One unit in one era.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// Level.
    pub level: Level,
    /// Code of the General Statistics Office.
    pub code: &'static str,
    /// Name with its kind, `Xã An Ninh`; NFC, tone marks placed as in the source.
    pub name: &'static str,
    /// When it was.
    pub era: Era,
    /// Code of the unit above: of a former commune its district, of a commune or district its province.
    pub parent: Option<&'static str>,
}

impl Unit {
    /// The name without its kind, `An Ninh`; of a numbered ward the whole, `Phường 5`.
    pub fn bare_name(&self) -> &'static str {
        const KINDS: [&str; 7] = ["Xã ", "Phường ", "Thị trấn ", "Thị xã ", "Thành phố ", "Huyện ", "Tỉnh "];
        let bare = KINDS.iter().find_map(|kind| self.name.strip_prefix(kind)).unwrap_or(self.name);
        if bare.bytes().all(|b| b.is_ascii_digit()) { self.name } else { bare }
    }

    /// The name with its kind as people shorten it, `TP Tân An`; as it is where they do not.
    pub fn short_name(&self) -> String {
        const SHORT: [(&str, &str); 4] =
            [("Thành phố ", "TP "), ("Thị xã ", "TX "), ("Thị trấn ", "TT "), ("Phường ", "P ")];
        let short = SHORT.iter().find_map(|(kind, short)| Some((short, self.name.strip_prefix(kind)?)));
        short.map_or_else(|| self.name.to_owned(), |(short, bare)| format!("{short}{bare}"))
    }

    /// The first day that is known to be its own.
    pub fn valid_from(&self) -> Option<Date> {
        (self.era == Era::Since).then_some(REFORM)
    }

    /// The day on which it had ended.
    pub fn valid_to(&self) -> Option<Date> {
        (self.era == Era::Before).then_some(REFORM)
    }
}

/// The unit as a spec that means it alone: `commune:27943@2025-06-30`.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}@{}", self.level.as_str(), self.code, self.era.day())
    }
}

/// All units and relations.
#[derive(Debug)]
pub struct Units {
    units: Vec<Unit>,
    /// Former code, new code, how much of the former went there.
    relations: Vec<(&'static str, &'static str, Share)>,
}

/// The rows of a table of `N` columns.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).filter_map(|line| line.split(',').collect::<Vec<_>>().try_into().ok())
}

impl Default for Units {
    fn default() -> Self {
        let unit = |level, era, [code, name, parent]: [&'static str; 3]| Unit {
            level,
            code,
            name,
            era,
            parent: Some(parent).filter(|p| !p.is_empty()),
        };
        let mut units = vec![
            unit(Level::Province, Era::Before, ["72", "Tỉnh Tây Ninh", ""]),
            unit(Level::Province, Era::Before, ["80", "Tỉnh Long An", ""]),
            unit(Level::Province, Era::Since, ["80", "Tỉnh Tây Ninh", ""]),
        ];
        let districts = rows::<3>(include_str!("districts.csv"));
        units.extend(districts.map(|row| unit(Level::District, Era::Before, row)));
        let former = rows::<3>(include_str!("former_communes.csv"));
        units.extend(former.map(|row| unit(Level::Commune, Era::Before, row)));
        let new = rows::<2>(include_str!("communes.csv"));
        units.extend(new.map(|[code, name]| unit(Level::Commune, Era::Since, [code, name, "80"])));
        let relations = rows::<3>(include_str!("relations.csv"))
            .map(|[former, new, share]| {
                (former, new, if share == "full" { Share::Whole } else { Share::Part })
            })
            .collect();
        Self { units, relations }
    }
}

impl Units {
    /// All units.
    pub fn all(&self) -> &[Unit] {
        &self.units
    }

    /// What kind of unit one is, by its name.
    pub fn kind_of(unit: &Unit) -> Title {
        const KINDS: [(&str, &str); 7] = [
            ("Xã", "Commune"),
            ("Phường", "Ward"),
            ("Thị trấn", "Township"),
            ("Thị xã", "Town"),
            ("Thành phố", "City"),
            ("Huyện", "District"),
            ("Tỉnh", "Province"),
        ];
        let found = KINDS.iter().find(|(vi, _)| unit.name.starts_with(vi));
        let (vi, en) = found.copied().unwrap_or((unit.level.as_str(), unit.level.as_str()));
        Title { vi: vi.to_owned(), en: en.to_owned() }
    }

    /// The unit of a level and an era with that code.
    pub fn unit(&self, level: Level, code: &str, era: Era) -> Option<&Unit> {
        self.units.iter().find(|u| u.level == level && u.era == era && u.code == code)
    }

    /// What a new commune was made of: former communes, and how much of each it took. Empty for
    /// every other unit.
    pub fn predecessors(&self, unit: &Unit) -> Vec<(&Unit, Share)> {
        if (unit.level, unit.era) != (Level::Commune, Era::Since) {
            return Vec::new();
        }
        let related = self.relations.iter().filter(|(_, new, _)| *new == unit.code);
        related.filter_map(|(old, _, s)| Some((self.unit(Level::Commune, old, Era::Before)?, *s))).collect()
    }

    /// What a former commune went to, and how much of it. Empty for every other unit.
    pub fn successors(&self, unit: &Unit) -> Vec<(&Unit, Share)> {
        if (unit.level, unit.era) != (Level::Commune, Era::Before) {
            return Vec::new();
        }
        let related = self.relations.iter().filter(|(old, _, _)| *old == unit.code);
        related.filter_map(|(_, new, s)| Some((self.unit(Level::Commune, new, Era::Since)?, *s))).collect()
    }

    /// The communes of a unit, in its own era; of a commune itself.
    pub fn communes(&self, unit: &Unit) -> Vec<&Unit> {
        let in_unit = |commune: &&Unit| match unit.level {
            Level::Commune => *commune == unit,
            Level::District => commune.parent == Some(unit.code),
            Level::Province => {
                let parent = commune.parent.unwrap_or_default();
                let district = self.unit(Level::District, parent, Era::Before);
                parent == unit.code
                    || (commune.era == Era::Before && district.is_some_and(|d| d.parent == Some(unit.code)))
            }
        };
        self.units.iter().filter(|u| u.level == Level::Commune && u.era == unit.era).filter(in_unit).collect()
    }

    /// The present communes that a former unit went to. [`Share::Whole`]: the commune holds
    /// nothing but ground of that unit; [`Share::Part`]: it holds other ground too, and how much,
    /// only boundaries can tell.
    pub fn covering(&self, unit: &Unit) -> Vec<(&Unit, Share)> {
        let own: Vec<&Unit> = self.communes(unit);
        let mut covering: BTreeMap<&Unit, Share> = BTreeMap::new();
        for (new, _) in own.iter().flat_map(|commune| self.successors(commune)) {
            let alone = self.predecessors(new).iter().all(|(former, _)| own.contains(former));
            covering.insert(new, if alone { Share::Whole } else { Share::Part });
        }
        covering.into_iter().collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        let units = Units::default();
        let count = |level, era| units.all().iter().filter(|u| u.level == level && u.era == era).count();
        assert_eq!(count(Level::Commune, Era::Since), 96);
        assert_eq!(count(Level::Commune, Era::Before), 280);
        assert_eq!(count(Level::District, Era::Before), 24);
        assert_eq!(units.relations.len(), 302);
        assert_eq!(units.relations.iter().filter(|r| r.2 == Share::Part).count(), 43);
        for unit in units.all().iter().filter(|u| u.level == Level::Commune) {
            let related = units.predecessors(unit).len() + units.successors(unit).len();
            assert!(related > 0, "{unit} {}", unit.name);
        }
        for unit in units.all().iter().filter(|u| u.parent.is_some()) {
            let above = [Level::District, Level::Province];
            let parent = above.iter().any(|l| units.unit(*l, unit.parent.unwrap(), unit.era).is_some());
            assert!(parent, "{unit} {}", unit.name);
        }
    }

    #[test]
    fn twenty_one_communes_were_split_and_none_is_partly_in_one_alone() {
        let units = Units::default();
        let former = units.all().iter().filter(|u| u.level == Level::Commune && u.era == Era::Before);
        let (mut split, mut odd) = (0, 0);
        for unit in former {
            let successors = units.successors(unit);
            split += usize::from(successors.len() > 1);
            odd += usize::from((successors.len() > 1) != successors.iter().all(|s| s.1 == Share::Part));
        }
        assert_eq!((split, odd), (21, 0));
    }

    #[test]
    fn every_new_code_was_an_old_one_65_under_another_name() {
        let units = Units::default();
        let new = units.all().iter().filter(|u| u.level == Level::Commune && u.era == Era::Since);
        let pairs: Vec<_> =
            new.map(|n| (n, units.unit(Level::Commune, n.code, Era::Before).unwrap())).collect();
        assert_eq!(pairs.len(), 96);
        assert_eq!(pairs.iter().filter(|(n, o)| n.name != o.name).count(), 65);
    }

    #[test]
    fn a_district_is_covered_by_whole_communes_and_by_parts() {
        let units = Units::default();
        // Kiến Tường: Bình Hiệp also took ground of Mộc Hóa.
        let district = units.unit(Level::District, "795", Era::Before).unwrap();
        let covering = units.covering(district);
        assert!(covering.iter().any(|(u, s)| u.name == "Phường Kiến Tường" && *s == Share::Whole));
        assert!(covering.iter().any(|(u, s)| u.name == "Xã Bình Hiệp" && *s == Share::Part));
        let long_an = units.unit(Level::Province, "80", Era::Before).unwrap();
        assert_eq!(units.communes(long_an).len(), 186);
        assert!(units.covering(long_an).iter().all(|(_, s)| *s == Share::Whole));
    }
}
