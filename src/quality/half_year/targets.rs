//! The programme's targets T1 to T6: what has been reached of each, by what is stated and by what checks gave.
//!
//! T3 is about layers that are collected, created and standardised. A layer is collected and created when it holds
//! something and is complete (“Đủ”: what the agency has declared is there, nothing beyond it, in all communes, with
//! its mandatory attributes); it is standardised when it is clean (“Sạch”), its coordinate system is on record, and
//! its values are in their domains. What has not been measured of it leaves it unknown; it is neither reached nor
//! missed, and the share is told as at least what has been shown.

use super::{super::measure::Word, Record, Stated, Statements};
use crate::{
    layer::{Catalog, QualityMeasure},
    store::QualityRun,
};
use serde_json::{Value as Json, json};
use time::Date;

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

/// What is known of a target.
struct Counted {
    /// So many reach it.
    done: u64,
    /// Of so many nobody knows.
    unknown: u64,
    /// All.
    of: u64,
    /// What was counted.
    from: String,
    /// One by one, where they are layers that were looked at.
    layers: Vec<Json>,
}

impl Counted {
    fn share(&self, count: u64) -> f64 {
        count as f64 / self.of as f64
    }

    /// Whether a share is reached, where that is settled whatever the unknown ones are.
    fn reaches(&self, share: f64) -> Option<bool> {
        match self.share(self.done) >= share {
            true => Some(true),
            false if self.share(self.done + self.unknown) < share => Some(false),
            false => None,
        }
    }
}

/// The targets as they stand on a day.
pub fn targets(catalog: &Catalog, statements: &Statements, record: &Record, until: Date) -> Vec<Json> {
    let told = |target: &Target| {
        let counted = match target.id {
            "T1" => stated(statements.t1.as_ref()),
            "T2" => reviewed(statements),
            "T3" => standardised(catalog, statements, record),
            "T4" => stated(statements.t4.as_ref()),
            "T5" => stated(statements.t5.as_ref()),
            _ => stated(statements.t6.as_ref()),
        };
        let known = counted.as_ref().ok();
        let share = known.map(|counted| counted.share(counted.done));
        let is_whole = known.is_none_or(|counted| counted.unknown == 0);
        let goal = |(by, share): &(&str, f64)| {
            json!({ "by": by, "share": share, "reached": known.and_then(|counted| counted.reaches(*share)),
                    "is_due": *by <= &until.to_string()[..] })
        };
        json!({
            "target": target.id,
            "title": target.title,
            "value": share.filter(|_| is_whole),
            "at_least": share.filter(|_| !is_whole),
            "done": known.map(|counted| counted.done),
            "without_figures": known.map(|counted| counted.unknown),
            "of": known.map(|counted| counted.of),
            "counted": known.map(|counted| &counted.from),
            "layers": known.map(|counted| &counted.layers),
            "unknown": counted.as_ref().err(),
            "goals": target.goals.iter().map(goal).collect::<Vec<_>>(),
        })
    };
    TARGETS.iter().map(told).collect()
}

fn stated(stated: Option<&Stated>) -> Result<Counted, String> {
    let stated = stated.ok_or_else(|| "chưa có số liệu khai trong tệp --important".to_owned())?;
    let from = format!("{} trong {}, theo {} ngày {}", stated.done, stated.of, stated.source, stated.on.0);
    Ok(Counted { done: stated.done, unknown: 0, of: stated.of, from, layers: Vec::new() })
}

fn important(statements: &Statements) -> Result<u64, String> {
    match statements.important.len() {
        0 => Err("chưa có danh mục lớp quan trọng (tệp --important)".to_owned()),
        count => Ok(count as u64),
    }
}

fn reviewed(statements: &Statements) -> Result<Counted, String> {
    let of = important(statements)?;
    let reviewed = statements.reviewed.as_ref();
    let reviewed =
        reviewed.ok_or_else(|| "chưa có danh sách lớp đã rà soát, có đề xuất (reviewed)".to_owned())?;
    let done = statements.important.iter().filter(|id| reviewed.contains(id)).count() as u64;
    let from = format!("{done} trong {of} lớp quan trọng có trong danh sách reviewed");
    Ok(Counted { done, unknown: 0, of, from, layers: Vec::new() })
}

fn standardised(catalog: &Catalog, statements: &Statements, record: &Record) -> Result<Counted, String> {
    let of = important(statements)?;
    let (mut done, mut unknown, mut layers) = (0, 0, Vec::new());
    for id in &statements.important {
        let (reached, why) = is_standardised(record.checks.get(id));
        done += u64::from(reached == Some(true));
        unknown += u64::from(reached.is_none());
        let title = catalog.definition(id).map(|layer| &layer.title.vi);
        layers.push(json!({ "layer": id, "title": title, "reached": reached, "why": why }));
    }
    if unknown == of {
        let why = "chưa có số liệu: chưa lớp quan trọng nào được kiểm tra (diaban check) đủ chỉ tiêu “Đủ”, “Sạch”, hệ tọa \
                   độ và miền giá trị tính đến cuối kỳ";
        return Err(why.to_owned());
    }
    let from = format!(
        "{done} trong {of} lớp quan trọng có dữ liệu, đạt “Đủ”, “Sạch”, hệ tọa độ và miền giá trị ở lần kiểm tra mới nhất; \
         {} lớp chưa đạt; {unknown} lớp chưa có số liệu",
        of - done - unknown
    );
    Ok(Counted { done, unknown, of, from, layers })
}

/// Whether a layer is collected, created and standardised by its check, where that is settled; and what is missing,
/// or not known.
fn is_standardised(check: Option<&QualityRun>) -> (Option<bool>, String) {
    let Some(check) = check else { return (None, "chưa kiểm tra".to_owned()) };
    if check.result["count"].as_u64().unwrap_or(0) == 0 {
        return (Some(false), "chưa có dữ liệu".to_owned());
    }
    let beside = [QualityMeasure::CrsProof, QualityMeasure::DomainConsistency].map(QualityMeasure::as_str);
    let counts = |measure: &&Json| {
        let is = |member: &str, names: [&str; 2]| names.iter().any(|name| measure[member] == *name);
        is("word", [Word::Complete.as_str(), Word::Clean.as_str()]) || is("measure", beside)
    };
    let measures = || check.result["measures"].as_array().into_iter().flatten().filter(counts);
    let titles = |list: Vec<&Json>| {
        list.iter().filter_map(|measure| measure["title"]["vi"].as_str()).collect::<Vec<_>>().join("; ")
    };
    let short: Vec<&Json> = measures().filter(|measure| measure["passes"] == false).collect();
    if !short.is_empty() {
        return (Some(false), format!("chưa đạt: {}", titles(short)));
    }
    let unknown: Vec<&Json> = measures().filter(|m| m["passes"].is_null() && m["asked"] != false).collect();
    match measures().next().is_some() && unknown.is_empty() {
        true => (Some(true), "đạt".to_owned()),
        false => (None, format!("chưa có số liệu: {}", titles(unknown))),
    }
}
