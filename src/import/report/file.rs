//! The report of an import as a file: its findings as a table or JSON, and the whole for scripts.
//!
//! Must not know files or the database.

use super::{FileReport, Finding, ImportReport, Severity, SystemFrom};
use crate::{
    import::{columns::text, evidence::Judgement},
    layer::Language,
    legacy_text::ColumnText,
};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The findings as CSV (RFC 4180, UTF-8 with a byte order mark for spreadsheets); what is said in Vietnamese
/// stands in the last columns.
pub fn findings_csv(findings: &[Finding]) -> String {
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let some = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    let mut csv = String::from(
        "\u{feff}file,row,key,attribute,column,severity,rule,value,reason,repair,kept,longitude,latitude,\
         reason_vi,repair_vi\n",
    );
    for f in findings {
        let repair = |language| cell(f.repair.as_ref().map_or("", |words| words.of(language)));
        let (lon, lat) = f.place.map_or_else(Default::default, |(x, y)| (x.to_string(), y.to_string()));
        let _ = writeln!(
            csv,
            "{},{},{},{},{},{},{},{},{},{},{},{lon},{lat},{},{}",
            cell(&f.file.display().to_string()),
            f.row,
            some(&f.key),
            some(&f.attribute),
            some(&f.column),
            f.severity.as_str(),
            f.rule.as_str(),
            some(&f.value),
            cell(&f.reason.en),
            repair(Language::En),
            some(&f.kept),
            cell(&f.reason.vi),
            repair(Language::Vi)
        );
    }
    csv
}

/// The findings as a JSON array, an object each; what is said in Vietnamese is under `..._vi`.
pub fn findings_json(findings: &[Finding]) -> Value {
    findings.iter().map(finding).collect()
}

fn finding(f: &Finding) -> Value {
    let is_there = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
    let place = f.place.filter(is_there);
    let position = place.or(f.lies.filter(is_there));
    json!({
        "file": f.file.display().to_string(),
        "row": f.row,
        "key": f.key,
        "attribute": f.attribute,
        "column": f.column,
        "severity": f.severity.as_str(),
        "rule": f.rule.as_str(),
        "value": f.value,
        "reason": f.reason.en,
        "reason_vi": f.reason.vi,
        "repair": f.repair.as_ref().map(|repair| &repair.en),
        "repair_vi": f.repair.as_ref().map(|repair| &repair.vi),
        "kept": f.kept,
        "place": place.map(|(x, y)| [x, y]),
        "position": position.map(|(x, y)| [x, y]),
        "longitude": place.map(|(x, _)| x),
        "latitude": place.map(|(_, y)| y),
    })
}

/// The whole report as a JSON object.
pub fn report_json(report: &ImportReport) -> Value {
    let refused = report.is_refused();
    let count = |severity| report.count(severity);
    let rules: Vec<Value> = report
        .counts
        .iter()
        .map(|((severity, rule), n)| json!({ "rule": rule.as_str(), "severity": severity.as_str(), "count": n }))
        .collect();
    json!({
        "layer": report.layer,
        "outcome": if refused { "refused" } else if report.dry_run { "rehearsed" } else { "loaded" },
        "dry_run": report.dry_run,
        "run": report.run,
        "mode": report.mode.as_str(),
        "files": report.files.iter().map(file).collect::<Vec<_>>(),
        "rows": {
            "read": report.read,
            "refused": report.refused,
            "refused_at_most": report.max_refused.of(report.read),
            "new": report.loaded.new,
            "changed": report.loaded.changed,
            "unchanged": report.loaded.unchanged,
            "gone": report.loaded.gone,
        },
        "commune_code_put_in": report.filled,
        "notes": report.notes.iter().map(|note| &note.en).collect::<Vec<_>>(),
        "notes_vi": report.notes.iter().map(|note| &note.vi).collect::<Vec<_>>(),
        "area_m2": report.area_m2,
        "length_m": report.length_m,
        "refused_files": report.refused_files.iter().map(|p| p.display().to_string()).collect::<Vec<_>>(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "repaired": count(Severity::Repaired),
        "rules": rules,
        "findings": findings_json(&report.findings),
    })
}

/// What a column of text was found to be written in, with samples before and after.
pub fn text(found: &ColumnText) -> Value {
    let ColumnText { reading, score, words, samples, decomposed, capitals, .. } = found;
    let title = text::title(*reading);
    json!({
        "encoding": reading.encoding().name(),
        "title": title.en,
        "title_vi": title.vi,
        "share": score,
        "words": words,
        "samples": samples.iter().map(|(before, after)| [before, after]).collect::<Vec<_>>(),
        "decomposed": decomposed,
        "capitals": capitals.is_some(),
    })
}

/// Who said which system it is.
pub const fn said(from: SystemFrom) -> &'static str {
    match from {
        SystemFrom::Request => "request",
        SystemFrom::File => "file",
        SystemFrom::Format => "format",
        SystemFrom::Columns => "columns",
    }
}

fn file(file: &FileReport) -> Value {
    let (evidence, agrees) = match &file.judgement {
        Judgement::Agrees(why) => (why, true),
        Judgement::Contradicted(why) => (why, false),
    };
    let matched: Vec<Value> =
        file.matched.iter().map(|(c, a)| json!({ "column": c, "attribute": a })).collect();
    json!({
        "path": file.path.display().to_string(),
        "format": file.format,
        "sublayer": file.sublayer,
        "crs": format!("EPSG:{}", file.system.code),
        "crs_from": said(file.system_from),
        "crs_agrees": agrees,
        "crs_evidence": evidence.en,
        "crs_evidence_vi": evidence.vi,
        "texts": file.texts.iter().map(|(column, found)| json!({ "column": column, "text": text(found) })).collect::<Vec<_>>(),
        "operation": file.system.operation(),
        "rows": file.rows,
        "matched": matched,
        "unmatched": file.unmatched,
        "notes": file.notes.iter().map(|note| &note.en).collect::<Vec<_>>(),
        "notes_vi": file.notes.iter().map(|note| &note.vi).collect::<Vec<_>>(),
    })
}
