//! The six-monthly report by agency: the programme's targets T1 to T6, and each agency's layers with what
//! happened to them. Each figure says what it was counted from; what nobody has stated is unknown.
//!
//! Which layers are important, and what other systems deliver, nobody can read out of the data: it is given.

mod page;
mod sheets;
/// The programme's targets.
mod targets;

pub use page::half_year_page;
pub use sheets::half_year_sheets;

use super::{outcome::passes, told::words_of};
use crate::{
    layer::{Catalog, LayerDefinition, Title, agency::IsoDate},
    store::{Activity, QualityRun},
};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};
use time::{Date, Month, OffsetDateTime, UtcOffset};

/// Half of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfYear {
    year: i32,
    second: bool,
}

/// A text that is no half of a year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no half of a year; write 2026-H1 or 2026-H2")]
pub struct NoHalfYear(String);

/// A half-year that lies ahead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} / {}", not_begun(name, *first).vi, not_begun(name, *first).en)]
pub struct NotBegun {
    name: String,
    first: Date,
}

impl NotBegun {
    /// In either language alone.
    pub fn words(&self) -> Title {
        not_begun(&self.name, self.first)
    }
}

fn not_begun(name: &str, first: Date) -> Title {
    Title {
        vi: format!("kỳ {name} bắt đầu ngày {first}, chưa có gì để báo cáo"),
        en: format!("the half-year {name} begins on {first}: there is nothing to report yet"),
    }
}

impl FromStr for HalfYear {
    type Err = NoHalfYear;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (year, half) = text.split_once("-H")?;
            let year = year.parse().ok().filter(|year| (2000..=2100).contains(year))?;
            Some(Self { year, second: ["1", "2"].iter().position(|h| *h == half)? == 1 })
        };
        read().ok_or_else(|| NoHalfYear(text.to_owned()))
    }
}

impl HalfYear {
    /// That of a day.
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), second: u8::from(day.month()) > 6 }
    }

    /// The name of it, `2026-H1`.
    pub fn name(self) -> String {
        format!("{}-H{}", self.year, if self.second { 2 } else { 1 })
    }

    /// The first day, and the day after the last.
    pub fn days(self) -> [Date; 2] {
        let (first, next) = match self.second {
            false => ((self.year, Month::January), (self.year, Month::July)),
            true => ((self.year, Month::July), (self.year + 1, Month::January)),
        };
        [first, next].map(|(year, month)| Date::from_calendar_date(year, month, 1).unwrap_or(Date::MIN))
    }

    /// The last day that can be counted on a day: that day itself while the half-year runs.
    pub fn counted_until(self, today: Date) -> Result<Date, NotBegun> {
        let [first, next] = self.days();
        match next.previous_day() {
            _ if today < first => Err(NotBegun { name: self.name(), first }),
            Some(last) if last < today => Ok(last),
            _ => Ok(today),
        }
    }

    /// The first moment in Vietnam, and the first after it.
    pub fn moments(self) -> [OffsetDateTime; 2] {
        self.days().map(|day| day.midnight().assume_offset(vietnam()))
    }
}

/// What is stated beside the data: a TOML file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statements {
    /// Ids of the layers that are important.
    #[serde(default)]
    pub important: Vec<String>,
    /// Ids of the important layers that were reviewed with a proposal; unknown where it is left out.
    pub reviewed: Option<Vec<String>>,
    /// Shared and open catalogue.
    pub t1: Option<Stated>,
    /// Data of procedures.
    pub t4: Option<Stated>,
    /// Databases of indicators.
    pub t5: Option<Stated>,
    /// Data that ministries hold.
    pub t6: Option<Stated>,
}

/// So many of so many, by somebody's list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// Done.
    pub done: u64,
    /// Of so many.
    pub of: u64,
    /// The day of the list.
    pub on: IsoDate,
    /// Whose list.
    pub source: String,
}

/// Why statements cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The file.
    #[error("{0}")]
    File(String),
    /// A layer.
    #[error("`{0}` names the layer `{1}`, and there is none of that id")]
    NoLayer(&'static str, String),
    /// A layer that would count twice.
    #[error("`{0}` names the layer `{1}` more than once")]
    Twice(&'static str, String),
    /// More than all.
    #[error("`{0}` says that {1} of {2} are done")]
    Share(&'static str, u64, u64),
}

impl Statements {
    /// Reads the text of a file, and holds it against the layers that there are.
    pub fn read(text: &str, catalog: &Catalog) -> Result<Self, StatementError> {
        let read: Self = toml::from_str(text).map_err(|error| StatementError::File(error.to_string()))?;
        let lists =
            [("important", &read.important[..]), ("reviewed", read.reviewed.as_deref().unwrap_or(&[]))];
        for (name, ids) in lists {
            if let Some(id) = ids.iter().find(|id| catalog.definition(id).is_none()) {
                return Err(StatementError::NoLayer(name, id.clone()));
            }
            if let Some((_, id)) = ids.iter().enumerate().find(|(at, id)| ids[..*at].contains(id)) {
                return Err(StatementError::Twice(name, id.clone()));
            }
        }
        for (name, stated) in [("t1", &read.t1), ("t4", &read.t4), ("t5", &read.t5), ("t6", &read.t6)] {
            if let Some(Stated { done, of, .. }) = stated.as_ref().filter(|s| s.done > s.of || s.of == 0) {
                return Err(StatementError::Share(name, *done, *of));
            }
        }
        Ok(read)
    }
}

/// What the record says of the layers.
#[derive(Debug, Default)]
pub struct Record {
    /// The layers that its reader sees; `None` for all. Of layers that he does not see all of, `activity` has nothing.
    pub seen: Option<BTreeSet<String>>,
    /// What happened in the half-year.
    pub activity: BTreeMap<String, Activity>,
    /// The newest checks at its end.
    pub checks: BTreeMap<String, QualityRun>,
}

/// The report as JSON, in Vietnamese. `made_on`: the day, in Vietnam.
///
/// # Errors
/// Where the half-year has not begun on that day.
pub fn half_year(
    half: HalfYear,
    catalog: &Catalog,
    record: &Record,
    statements: &Statements,
    made_on: Date,
) -> Result<Json, NotBegun> {
    let [first, next] = half.days();
    let until = half.counted_until(made_on)?;
    let mut agencies: BTreeMap<String, (String, Vec<Json>)> = BTreeMap::new();
    let is_seen = |id: &String| record.seen.as_ref().is_none_or(|seen| seen.contains(id));
    for layer in catalog.definitions().filter(|layer| is_seen(&layer.id)) {
        let in_charge = catalog.agencies().in_charge(&layer.agency, until);
        let (code, name) = in_charge.map_or_else(
            || (layer.agency.clone(), layer.agency.clone()),
            |(agency, name)| (agency.code.clone(), name.vi),
        );
        let of_agency = agencies.entry(code).or_insert_with(|| (name, Vec::new()));
        of_agency.1.push(of_layer(layer, record, statements));
    }
    let told = |(code, (name, layers)): (String, (String, Vec<Json>))| json!({ "agency": code, "name": name, "layers": layers });
    Ok(json!({
        "half_year": half.name(),
        "from": first.to_string(),
        "to": next.previous_day().unwrap_or(next).to_string(),
        "until": until.to_string(),
        "is_running": made_on < next,
        "made_on": made_on.to_string(),
        "targets": targets::targets(catalog, statements, record, until),
        "agencies": agencies.into_iter().map(told).collect::<Vec<_>>(),
        "notes": notes(record),
    }))
}

/// How the figures are to be read.
fn notes(record: &Record) -> Vec<&'static str> {
    let mut notes = vec![
        "Chất lượng là của lần kiểm tra (diaban check) mới nhất tính đến cuối kỳ, hoặc đến ngày lập nếu kỳ chưa kết thúc; \
             lớp chưa kiểm tra ghi “chưa biết”.",
        "Một từ (đúng, đủ, sạch, sống) chỉ có điểm khi mọi chỉ tiêu của nó đã biết; (2/5) nghĩa là mới biết 2 trong 5 chỉ \
             tiêu, và điểm không thể cao hơn số sau dấu ≤.",
        "Số lần nạp và số dòng thêm, sửa, xóa đếm từ nhật ký thay đổi trong kỳ. Lần nạp đã hoàn tác trong kỳ không tính, \
             cả các dòng của nó; hoàn tác một lần nạp của kỳ trước thì tính là thay đổi của kỳ này. Sửa từng đối tượng \
             không tính là lần nạp; dòng được sửa thì có tính.",
        "Cơ quan là cơ quan phụ trách vào ngày cuối kỳ, hoặc ngày lập nếu kỳ chưa kết thúc, theo sổ đăng ký cơ quan.",
    ];
    if record.seen.is_some() {
        notes.extend([
            "Báo cáo này chỉ gồm các lớp mà người xem được phép xem. Dấu – : số lần nạp và số dòng chỉ ghi cho lớp mà người \
             xem được phép xem toàn bộ.",
            "Chỉ tiêu của chương trình cần số liệu khai ngoài dữ liệu; lệnh `diaban report --half-year … --important TỆP` \
             đưa các số liệu đó vào báo cáo.",
        ]);
    }
    notes
}

/// A layer with its newest check and what happened to it.
fn of_layer(layer: &LayerDefinition, record: &Record, statements: &Statements) -> Json {
    let activity = record.activity.get(&layer.id).copied();
    // Nothing is on record of a layer that nothing happened to.
    let activity = activity.or_else(|| record.seen.is_none().then(Activity::default));
    let check = record.checks.get(&layer.id);
    let words = check.map(words_of);
    json!({
        "layer": layer.id,
        "title": layer.title.vi,
        "important": statements.important.contains(&layer.id),
        "checked_on": check.map(|check| check.checked_at.to_offset(vietnam()).date().to_string()),
        "count": check.map(|check| &check.result["count"]),
        "passes": words.as_deref().and_then(passes),
        "words": words,
        "loads": activity.map(|a| a.loads),
        "taken_back": activity.map(|a| a.taken_back),
        "inserted": activity.map(|a| a.inserted),
        "updated": activity.map(|a| a.updated),
        "deleted": activity.map(|a| a.deleted),
    })
}

/// Days are days in Vietnam.
fn vietnam() -> UtcOffset {
    UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC)
}

/// The day that it is in Vietnam.
pub fn today() -> Date {
    OffsetDateTime::now_utc().to_offset(vietnam()).date()
}
