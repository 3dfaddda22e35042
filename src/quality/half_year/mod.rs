//! The six-monthly report by agency: the programme's targets T1 to T6, and each agency's layers with what
//! happened to them. Each figure says what it was counted from; what nobody has stated is unknown.
//!
//! Which layers are important, and what other systems deliver, nobody can read out of the data: it is given.

mod page;
mod sheets;

pub use page::half_year_page;
pub use sheets::half_year_sheets;

use crate::{
    layer::{Catalog, agency::IsoDate},
    store::{QualityRun, postgis::Activity},
};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, str::FromStr};
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

    /// The first moment in Vietnam, and the first after it.
    pub fn moments(self) -> [OffsetDateTime; 2] {
        let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
        self.days().map(|day| day.midnight().assume_offset(offset))
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
    /// What happened in the half-year.
    pub activity: BTreeMap<String, Activity>,
    /// The newest checks at its end.
    pub checks: BTreeMap<String, QualityRun>,
}

/// The report as JSON, in Vietnamese. `made_on`: the day.
pub fn half_year(
    half: HalfYear,
    catalog: &Catalog,
    record: &Record,
    statements: &Statements,
    made_on: Date,
) -> Json {
    let [first, next] = half.days();
    let last = next.previous_day().unwrap_or(next);
    let mut agencies: BTreeMap<String, (String, Vec<Json>)> = BTreeMap::new();
    for layer in catalog.definitions() {
        let in_charge = catalog.agencies().in_charge(&layer.agency, last);
        let (code, name) = in_charge.map_or_else(
            || (layer.agency.clone(), layer.agency.clone()),
            |(agency, name)| (agency.code.clone(), name.vi),
        );
        let activity = record.activity.get(&layer.id).copied().unwrap_or_default();
        let check = record.checks.get(&layer.id);
        let result = |member: &str| check.map_or(Json::Null, |check| check.result[member].clone());
        agencies.entry(code).or_insert_with(|| (name, Vec::new())).1.push(json!({
            "layer": layer.id,
            "title": layer.title.vi,
            "important": statements.important.contains(&layer.id),
            "checked_on": check.map(|check| check.checked_at.date().to_string()),
            "count": result("count"),
            "words": result("words"),
            "passes": result("passes"),
            "loads": activity.loads,
            "inserted": activity.inserted,
            "updated": activity.updated,
            "deleted": activity.deleted,
        }));
    }
    let told = |(code, (name, layers)): (String, (String, Vec<Json>))| json!({ "agency": code, "name": name, "layers": layers });
    json!({
        "half_year": half.name(),
        "from": first.to_string(),
        "to": last.to_string(),
        "made_on": made_on.to_string(),
        "targets": targets(statements, record, last),
        "agencies": agencies.into_iter().map(told).collect::<Vec<_>>(),
        "notes": [
            "Chất lượng là của lần kiểm tra (diaban check) mới nhất tính đến cuối kỳ; lớp chưa kiểm tra ghi “chưa biết”.",
            "Số lần nạp và số dòng thêm, sửa, xóa đếm từ nhật ký thay đổi trong kỳ; lần nạp đã hoàn tác không tính.",
            "Cơ quan là cơ quan phụ trách vào ngày cuối kỳ theo sổ đăng ký cơ quan.",
        ],
    })
}

/// A target: its name, what it is, and the shares that are to be reached by days.
struct Target {
    id: &'static str,
    title: &'static str,
    goals: &'static [(&'static str, f64)],
}

const TARGETS: [Target; 6] = [
    Target {
        id: "T1",
        title: "Danh mục dữ liệu dùng chung và dữ liệu mở đã đưa về kho của tỉnh",
        goals: &[("2025-12-31", 0.7), ("2030-12-31", 1.0)],
    },
    Target {
        id: "T2",
        title: "Lớp dữ liệu địa lý quan trọng đã rà soát, có đề xuất",
        goals: &[("2025-12-31", 0.5)],
    },
    Target {
        id: "T3",
        title: "Lớp dữ liệu địa lý quan trọng đã thu thập, tạo lập, chuẩn hóa",
        goals: &[("2030-12-31", 0.7)],
    },
    Target {
        id: "T4",
        title: "Dữ liệu phục vụ thủ tục hành chính",
        goals: &[("2025-12-31", 0.7), ("2030-12-31", 1.0)],
    },
    Target {
        id: "T5", title: "Cơ sở dữ liệu chỉ tiêu", goals: &[("2025-12-31", 0.5), ("2030-12-31", 1.0)]
    },
    Target {
        id: "T6",
        title: "Dữ liệu do bộ, ngành quản lý được chia sẻ lại",
        goals: &[("2025-12-31", 0.5), ("2030-12-31", 0.8)],
    },
];

/// What is known of a target: done, of so many, and what was counted; or why nothing is.
type Counted = Result<(u64, u64, String), String>;

fn targets(statements: &Statements, record: &Record, last: Date) -> Vec<Json> {
    let told = |target: &Target| {
        let counted = match target.id {
            "T1" => stated(statements.t1.as_ref()),
            "T2" => reviewed(statements),
            "T3" => standardised(statements, record),
            "T4" => stated(statements.t4.as_ref()),
            "T5" => stated(statements.t5.as_ref()),
            _ => stated(statements.t6.as_ref()),
        };
        let value = counted.as_ref().ok().map(|(done, of, _)| *done as f64 / *of as f64);
        let goal = |(by, share): &(&str, f64)| {
            json!({ "by": by, "share": share, "reached": value.map(|value| value >= *share),
                    "is_due": *by <= &last.to_string()[..] })
        };
        json!({
            "target": target.id,
            "title": target.title,
            "value": value,
            "done": counted.as_ref().ok().map(|(done, ..)| done),
            "of": counted.as_ref().ok().map(|(_, of, _)| of),
            "counted": counted.as_ref().ok().map(|(.., from)| from),
            "unknown": counted.as_ref().err(),
            "goals": target.goals.iter().map(goal).collect::<Vec<_>>(),
        })
    };
    TARGETS.iter().map(told).collect()
}

fn stated(stated: Option<&Stated>) -> Counted {
    let stated = stated.ok_or_else(|| "chưa có số liệu khai trong tệp --important".to_owned())?;
    let from = format!("{} trong {}, theo {} ngày {}", stated.done, stated.of, stated.source, stated.on.0);
    Ok((stated.done, stated.of, from))
}

fn important(statements: &Statements) -> Result<u64, String> {
    match statements.important.len() {
        0 => Err("chưa có danh mục lớp quan trọng (tệp --important)".to_owned()),
        count => Ok(count as u64),
    }
}

fn reviewed(statements: &Statements) -> Counted {
    let of = important(statements)?;
    let reviewed = statements.reviewed.as_ref();
    let reviewed =
        reviewed.ok_or_else(|| "chưa có danh sách lớp đã rà soát, có đề xuất (reviewed)".to_owned())?;
    let done = statements.important.iter().filter(|id| reviewed.contains(id)).count() as u64;
    Ok((done, of, format!("{done} trong {of} lớp quan trọng có trong danh sách reviewed")))
}

/// A layer is collected and standardised if it holds something and nothing known of it falls short of clean.
fn standardised(statements: &Statements, record: &Record) -> Counted {
    let of = important(statements)?;
    let checks: Vec<&QualityRun> =
        statements.important.iter().filter_map(|id| record.checks.get(id)).collect();
    if checks.is_empty() {
        return Err("chưa lớp quan trọng nào được kiểm tra (diaban check) tính đến cuối kỳ".to_owned());
    }
    let clean = |check: &&&QualityRun| {
        let words = check.result["words"].as_array().into_iter().flatten();
        let score = words.filter(|w| w["word"] == "sach").find_map(|w| w["score"].as_f64());
        check.result["count"].as_u64().unwrap_or(0) > 0 && score == Some(1.0)
    };
    let (done, unchecked) = (checks.iter().filter(clean).count() as u64, of - checks.len() as u64);
    let from = format!(
        "{done} trong {of} lớp quan trọng có dữ liệu và đạt “Sạch” ở lần kiểm tra mới nhất; {unchecked} lớp chưa kiểm tra tính là chưa xong"
    );
    Ok((done, of, from))
}
