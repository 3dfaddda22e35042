//! The register of agencies: codes that stay, names that change on a date.

use super::definition::Title;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::Date;

/// One agency under one code.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Code that layer files and the column `owner_agency` use; never given to another agency.
    pub code: String,
    /// Its names, the oldest first.
    pub names: Vec<AgencyName>,
    /// Code of the agency that took over its duties.
    pub successor: Option<String>,
    /// The first day on which the successor was in charge, ISO 8601.
    #[schemars(with = "Option<String>")]
    pub succeeded_on: Option<IsoDate>,
}

/// A name, and the first day of its use.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyName {
    /// First day of its use, ISO 8601; left out where it is not known.
    #[schemars(with = "Option<String>")]
    pub from: Option<IsoDate>,
    /// The name in Vietnamese.
    pub vi: String,
    /// The name in English.
    pub en: String,
}

/// A calendar day, written `"2025-07-01"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IsoDate(pub Date);

/// All agencies.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyRegister {
    /// The agencies.
    #[serde(default)]
    pub agencies: Vec<Agency>,
}

impl AgencyRegister {
    /// The agency in charge on `day` of what was given to `code`, following successors, with its
    /// name of that day.
    pub fn in_charge(&self, code: &str, day: Date) -> Option<(&Agency, Title)> {
        let find = |code: &str| self.agencies.iter().find(|a| a.code == code);
        let mut agency = find(code)?;
        // No more steps than there are agencies, so that a circle of successors ends.
        for _ in 0..self.agencies.len() {
            let Some(next) =
                agency.successor.as_deref().filter(|_| agency.succeeded_on.is_some_and(|on| on.0 <= day))
            else {
                break;
            };
            agency = find(next)?;
        }
        let current = agency.names.iter().rev().find(|n| n.from.is_none_or(|f| f.0 <= day));
        let name = current.or(agency.names.first())?;
        Some((agency, Title { vi: name.vi.clone(), en: name.en.clone() }))
    }
}

impl Serialize for IsoDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for IsoDate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let format = time::macros::format_description!("[year]-[month]-[day]");
        Date::parse(&text, &format)
            .map(Self)
            .map_err(|_| serde::de::Error::custom(format!("`{text}` is no day; write it as 2025-07-01")))
    }
}
