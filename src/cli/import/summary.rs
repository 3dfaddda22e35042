//! What came of an import, in words.

use crate::{
    crs,
    import::{FileReport, Finding, ImportReport, Loaded, Severity, SystemFrom, evidence::Judgement},
    legacy_text::{Basis, Capitals, ColumnText, Encoding, Reading},
    store::postgis::Mode,
};
use std::{fmt::Write as _, path::Path};

/// Findings that are printed; all of them go to `--report`.
const FINDINGS_PRINTED: usize = 20;

pub(super) fn findings(report: &ImportReport) -> String {
    let mut text = String::new();
    let several = report.files.len() > 1;
    let mut shown: Vec<&Finding> = report.findings.iter().collect();
    shown.sort_by_key(|f| f.severity);
    shown.truncate(FINDINGS_PRINTED);
    for finding in &shown {
        let Finding { file, row, key, attribute, reason, place, severity, repair, value, kept, .. } = finding;
        let severity = match severity {
            Severity::Error => "",
            Severity::Warning => "cảnh báo / warning: ",
            Severity::Repaired => "đã sửa / repaired: ",
        };
        let mut repair = repair.as_ref().map(|r| format!("; {r}")).unwrap_or_default();
        if let (Some(value), Some(kept)) = (value, kept) {
            let _ = write!(repair, ": `{}` → `{}`", brief(value), brief(kept));
        }
        let file = if several { file.display().to_string() } else { name(file) };
        let key = key.as_ref().map(|k| format!(", {k}")).unwrap_or_default();
        let attribute = attribute.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
        let place = match place {
            Some((lon, lat)) if lon.is_finite() && lat.is_finite() && !reason.contains(" E, ") => {
                format!(" at {lon:.6} E, {lat:.6} N")
            }
            _ => String::new(),
        };
        let _ = writeln!(text, "{severity}{file}, row {row}{key}: {attribute}{reason}{place}{repair}");
    }
    let (all, shown) = (report.counts.values().sum::<u64>(), shown.len() as u64);
    if all > shown {
        let rest = all - shown;
        let _ = writeln!(text, "... and {rest} more; --report FILE writes them all");
    }
    text
}

/// What becomes of the rows, and of the features that the file does not hold.
pub(super) fn counts(mode: Mode, loaded: &Loaded) -> String {
    let Loaded { new, changed, unchanged, gone } = loaded;
    let mut text = format!("{new} new, {changed} changed, {unchanged} unchanged");
    let _ = match mode {
        Mode::Replace => write!(text, ", {gone} deleted"),
        Mode::Merge if *gone > 0 => write!(text, "; {gone} in the layer are not in the file, and stay"),
        _ => Ok(()),
    };
    text
}

pub(super) fn summary(report: &ImportReport) -> String {
    let mut text = String::new();
    for file in &report.files {
        text += &file_summary(file);
    }
    let loaded = report.loaded.new + report.loaded.changed + report.loaded.unchanged;
    let _ = writeln!(text, "Đọc / read:        {} rows", report.read);
    let label = if report.dry_run { "Sẽ nạp / to load: " } else { "Nạp / loaded:     " };
    let _ = writeln!(text, "{label} {loaded} of {} ({})", report.read, counts(report.mode, &report.loaded));
    let _ = writeln!(text, "Từ chối / refused: {} rows", report.refused);
    for file in &report.refused_files {
        let _ = writeln!(text, "  they stand in {}, with the reason in the column ly_do", file.display());
    }
    for (label, severity) in
        [("Cảnh báo / warned:", Severity::Warning), ("Đã sửa / repaired:", Severity::Repaired)]
    {
        if report.count(severity) > 0 {
            let _ = writeln!(text, "{label} {}", by_rule(report, severity));
        }
    }
    if report.filled > 0 {
        let _ = writeln!(text, "Điền mã xã / commune codes put in: {} rows", report.filled);
    }
    for note in &report.notes {
        let _ = writeln!(text, "Lưu ý / note: {note}");
    }
    if let Some(area) = report.area_m2 {
        let _ = writeln!(text, "Diện tích / area:  {} in EPSG:{}", area_text(area), crs::MEASURING_SYSTEM);
    }
    if let Some(length) = report.length_m {
        let _ =
            writeln!(text, "Chiều dài / length: {:.3} km in EPSG:{}", length / 1000.0, crs::MEASURING_SYSTEM);
    }
    text += &match (report.is_refused(), report.dry_run, report.run) {
        (true, ..) => {
            format!("Nothing was loaded; layer {} is as it was. Correct the rows and repeat.\n", report.layer)
        }
        (false, true, _) => {
            format!("A rehearsal (--dry-run): nothing was kept; layer {} is as it was.\n", report.layer)
        }
        (false, false, Some(run)) => format!("Run {run} of layer {}.\n", report.layer),
        (false, false, None) => String::new(),
    };
    text
}

fn by_rule(report: &ImportReport, severity: Severity) -> String {
    let of = report.counts.iter().filter(|((s, _), _)| *s == severity);
    of.map(|((_, rule), n)| format!("{n} {}", rule.as_str())).collect::<Vec<_>>().join(", ")
}

fn file_summary(file: &FileReport) -> String {
    let said = match file.system_from {
        SystemFrom::Request => "as --crs says",
        SystemFrom::File => "as the file says",
        SystemFrom::Format => "as the format has it",
        SystemFrom::Columns => "degrees in columns",
    };
    let mut text =
        format!("{}: {}, {} rows, {}, {said}", file.path.display(), file.format, file.rows, file.system);
    match file.system.operation() {
        Some(operation) => text += &format!(", to WGS 84 by {operation}\n"),
        None => text.push('\n'),
    }
    match &file.judgement {
        Judgement::Agrees(why) if why.is_empty() => {}
        Judgement::Agrees(why) => {
            let _ = writeln!(text, "  tọa độ / position: {why}");
        }
        Judgement::Contradicted(why) => {
            let _ = writeln!(text, "  CẢNH BÁO / WARNING: {}", why.replace('\n', "\n    "));
        }
    }
    let renamed: Vec<String> =
        file.matched.iter().filter(|(c, a)| c != a).map(|(c, a)| format!("{c} = {a}")).collect();
    if !renamed.is_empty() {
        let _ = writeln!(text, "  columns taken: {}", renamed.join(", "));
    }
    if file.left_out > 0 {
        let _ = writeln!(
            text,
            "  drawn and not taken: {} (no feature of the layer by its shape, layer or colour)",
            file.left_out
        );
    }
    if !file.unmatched.is_empty() {
        let _ = writeln!(text, "  columns left out: {}", file.unmatched.join(", "));
    }
    for note in &file.notes {
        let _ = writeln!(text, "  lưu ý / note: {note}");
    }
    for (column, found) in &file.texts {
        text += &text_summary(column, found);
    }
    text
}

// What a column of text was found to be; nothing where it is Unicode as it should be.
fn text_summary(column: &str, found: &ColumnText) -> String {
    let mut text = String::new();
    let ColumnText { reading, basis, score, words, samples, decomposed, capitals } = found;
    if *reading != Reading::UNICODE || *basis == Basis::Asked {
        let why = match basis {
            Basis::Words => "by its words",
            Basis::OtherColumns => "as the other columns of the file",
            Basis::Stated => "as the file says",
            Basis::Asked => "as --encoding says",
        };
        let share = (score * 100.0).round();
        let _ = writeln!(
            text,
            "  chữ / text {column}: {}, {why}; {share} % of {words} words that tell are Vietnamese syllables",
            reading.title()
        );
        for (before, after) in samples {
            let _ = writeln!(text, "    {before} → {after}");
        }
    }
    if *decomposed {
        let _ = writeln!(text, "  chữ / text {column}: letters and marks apart (tổ hợp) are made one (NFC)");
    }
    if let Some(Capitals { words, sample: (before, after) }) = capitals {
        let flag = match reading.encoding() {
            Encoding::Tcvn3 => {
                format!("; --encoding {column}=tcvn3-capitals would make all its text capitals")
            }
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "  chữ / text {column}: {words} words look like a font of capitals (.Vn...H): {before} could be {after}; \
             left as they are{flag}"
        );
    }
    text
}

fn area_text(area_m2: f64) -> String {
    if area_m2 >= 1e8 { format!("{:.2} km2", area_m2 / 1e6) } else { format!("{:.4} ha", area_m2 / 1e4) }
}

/// A text, cut where it would fill the screen.
fn brief(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut letters = text.chars();
    let cut: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() { cut + "…" } else { cut }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
