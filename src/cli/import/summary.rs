//! What came of an import, in words. English stands beside Vietnamese where it names a figure, as long as nobody
//! asked for Vietnamese alone: who reads it on a terminal without a Vietnamese locale may read either.

use crate::{
    crs,
    import::{
        FileReport, Finding, ImportReport, Loaded, Severity, SystemFrom, Words, encoding_title,
        evidence::Judgement, words,
    },
    layer::Language,
    legacy_text::{Basis, Capitals, ColumnText, Encoding, Reading},
    store::postgis::Mode,
};
use std::path::Path;

/// Findings that are printed; all of them go to `--report`.
const FINDINGS_PRINTED: usize = 20;

pub(super) fn findings(report: &ImportReport, language: Language) -> String {
    let several = report.files.len() > 1;
    let mut shown: Vec<&Finding> = report.findings.iter().collect();
    shown.sort_by_key(|f| f.severity);
    shown.truncate(FINDINGS_PRINTED);
    let mut lines: Vec<Words> = shown.iter().map(|finding| of_finding(finding, several)).collect();
    let (all, shown) = (report.counts.values().sum::<u64>(), shown.len() as u64);
    if all > shown {
        let rest = all - shown;
        lines.push(words(
            format!("... và {rest} phát hiện khác; --report TỆP ghi ra tất cả"),
            format!("... and {rest} more; --report FILE writes them all"),
        ));
    }
    text(&lines, language)
}

/// Lines of text.
fn text(lines: &[Words], language: Language) -> String {
    lines.iter().flat_map(|line| [line.of(language), "\n"]).collect()
}

fn of_finding(finding: &Finding, several_files: bool) -> Words {
    let Finding { file, row, key, attribute, reason, place, severity, repair, value, kept, .. } = finding;
    let severity = match severity {
        Severity::Error => Words::same(""),
        Severity::Warning => words("cảnh báo: ", "cảnh báo / warning: "),
        Severity::Repaired => words("đã sửa: ", "đã sửa / repaired: "),
    };
    let mut repair = repair.as_ref().map_or_else(|| Words::same(""), |how| how.behind("; "));
    if let (Some(value), Some(kept)) = (value, kept) {
        repair.add(&Words::same(format!(": `{}` → `{}`", brief(value), brief(kept))));
    }
    let file = if several_files { file.display().to_string() } else { name(file) };
    let key = key.as_ref().map(|k| format!(", {k}")).unwrap_or_default();
    let attribute = attribute.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
    let place = match place {
        Some((lon, lat)) if lon.is_finite() && lat.is_finite() && !reason.en.contains(" E, ") => {
            words(format!(" tại kinh độ {lon:.6}, vĩ độ {lat:.6}"), format!(" at {lon:.6} E, {lat:.6} N"))
        }
        _ => Words::same(""),
    };
    let row = words(format!("dòng {row}"), format!("row {row}"));
    let of = |language| {
        let [severity, row, reason, place, repair] =
            [&severity, &row, reason, &place, &repair].map(|part| part.of(language));
        format!("{severity}{file}, {row}{key}: {attribute}{reason}{place}{repair}")
    };
    words(of(Language::Vi), of(Language::En))
}

/// What becomes of the rows, and of the features that the file does not hold.
pub(super) fn counts(mode: Mode, loaded: &Loaded) -> Words {
    let Loaded { new, changed, unchanged, gone } = loaded;
    let gone = match mode {
        Mode::Replace => words(format!(", {gone} bị xóa"), format!(", {gone} deleted")),
        Mode::Merge if *gone > 0 => words(
            format!("; {gone} có trong lớp mà không có trong tệp, được giữ lại"),
            format!("; {gone} in the layer are not in the file, and stay"),
        ),
        _ => Words::same(""),
    };
    words(
        format!("{new} mới, {changed} thay đổi, {unchanged} giữ nguyên{}", gone.vi),
        format!("{new} new, {changed} changed, {unchanged} unchanged{}", gone.en),
    )
}

pub(super) fn summary(report: &ImportReport, language: Language) -> String {
    let mut lines: Vec<Words> = report.files.iter().flat_map(of_file).collect();
    let ImportReport { read, refused, mode, dry_run, .. } = report;
    let loaded = report.loaded.new + report.loaded.changed + report.loaded.unchanged;
    let counts = counts(*mode, &report.loaded);
    let label = match dry_run {
        true => words("Sẽ nạp:    ", "Sẽ nạp / to load: "),
        false => words("Đã nạp:    ", "Nạp / loaded:     "),
    };
    lines.push(words(format!("Đọc:        {read} dòng"), format!("Đọc / read:        {read} rows")));
    lines.push(words(
        format!("{} {loaded} trên {read} ({})", label.vi, counts.vi),
        format!("{} {loaded} of {read} ({})", label.en, counts.en),
    ));
    lines.push(words(format!("Từ chối:    {refused} dòng"), format!("Từ chối / refused: {refused} rows")));
    lines.extend(report.refused_files.iter().map(|file| {
        let file = file.display();
        words(
            format!("  nằm trong {file}, lý do ghi ở cột ly_do"),
            format!("  they stand in {file}, with the reason in the column ly_do"),
        )
    }));
    for (vi, en, severity) in [
        ("Cảnh báo:  ", "Cảnh báo / warned:", Severity::Warning),
        ("Đã sửa:    ", "Đã sửa / repaired:", Severity::Repaired),
    ] {
        if report.count(severity) > 0 {
            let rules = by_rule(report, severity);
            lines.push(words(format!("{vi} {}", rules.vi), format!("{en} {}", rules.en)));
        }
    }
    lines.extend(beside(report));
    lines.extend(end(report));
    text(&lines, language)
}

/// What is to be known beside the rows.
fn beside(report: &ImportReport) -> Vec<Words> {
    let mut lines = Vec::new();
    let (filled, plane) = (report.filled, crs::MEASURING_SYSTEM);
    if filled > 0 {
        lines.push(words(
            format!("Điền mã xã: {filled} dòng"),
            format!("Điền mã xã / commune codes put in: {filled} rows"),
        ));
    }
    for note in &report.notes {
        lines.push(words(format!("Lưu ý: {}", note.vi), format!("Lưu ý / note: {}", note.en)));
    }
    if let Some(area) = report.area_m2.map(area_text) {
        lines.push(words(
            format!("Diện tích:  {area} trong EPSG:{plane}"),
            format!("Diện tích / area:  {area} in EPSG:{plane}"),
        ));
    }
    if let Some(length) = report.length_m {
        let length = length / 1000.0;
        lines.push(words(
            format!("Chiều dài:  {length:.3} km trong EPSG:{plane}"),
            format!("Chiều dài / length: {length:.3} km in EPSG:{plane}"),
        ));
    }
    lines
}

/// What has become of the layer.
fn end(report: &ImportReport) -> Option<Words> {
    let (layer, refused) = (&report.layer, report.refused);
    let (good, most) = (report.read.saturating_sub(refused), report.max_refused.of(report.read));
    Some(match (report.is_refused(), report.dry_run, report.run) {
        (true, ..) => words(
            format!(
                "Chưa nạp gì; lớp {layer} vẫn như cũ. Hãy sửa các dòng rồi chạy lại, hoặc nạp {good} dòng đúng và bỏ ra \
                 {refused} dòng sai (được phép bỏ: {most}) bằng --max-refused {refused}."
            ),
            format!(
                "Nothing was loaded; layer {layer} is as it was. Correct the rows and repeat, or load the {good} good \
                 rows without the {refused} refused ones ({most} may be) with --max-refused {refused}."
            ),
        ),
        (false, true, _) => words(
            format!("Chạy thử (--dry-run): không giữ lại gì; lớp {layer} vẫn như cũ."),
            format!("A rehearsal (--dry-run): nothing was kept; layer {layer} is as it was."),
        ),
        (false, false, Some(run)) => {
            words(format!("Lần nạp {run} của lớp {layer}."), format!("Run {run} of layer {layer}."))
        }
        (false, false, None) => return None,
    })
}

fn by_rule(report: &ImportReport, severity: Severity) -> Words {
    let of = report.counts.iter().filter(|((s, _), _)| *s == severity);
    let rules = of.map(|((_, rule), n)| {
        let Words { vi, en } = rule.title();
        words(format!("{vi} ({n})"), format!("{n} {en}"))
    });
    Words::joined(&rules.collect::<Vec<_>>(), ", ")
}

fn of_file(file: &FileReport) -> Vec<Words> {
    let said = match file.system_from {
        SystemFrom::Request => words("theo --crs", "as --crs says"),
        SystemFrom::File => words("theo tệp", "as the file says"),
        SystemFrom::Format => words("theo định dạng", "as the format has it"),
        SystemFrom::Columns => words("kinh độ, vĩ độ ghi trong các cột", "degrees in columns"),
    };
    let operation = match file.system.operation() {
        Some(by) => words(format!(", chuyển sang WGS 84 theo {by}"), format!(", to WGS 84 by {by}")),
        None => Words::same(""),
    };
    let (path, format, rows, system) = (file.path.display(), file.format, file.rows, file.system);
    let mut lines = vec![words(
        format!("{path}: {format}, {rows} dòng, {system}, {}{}", said.vi, operation.vi),
        format!("{path}: {format}, {rows} rows, {system}, {}{}", said.en, operation.en),
    )];
    match &file.judgement {
        Judgement::Agrees(why) if why.en.is_empty() => {}
        Judgement::Agrees(why) => {
            lines.push(words(format!("  tọa độ: {}", why.vi), format!("  tọa độ / position: {}", why.en)));
        }
        Judgement::Contradicted(why) => {
            let [vi, en] = [&why.vi, &why.en].map(|why| why.replace('\n', "\n    "));
            lines.push(words(format!("  CẢNH BÁO: {vi}"), format!("  CẢNH BÁO / WARNING: {en}")));
        }
    }
    let renamed: Vec<String> =
        file.matched.iter().filter(|(c, a)| c != a).map(|(c, a)| format!("{c} = {a}")).collect();
    if !renamed.is_empty() {
        let renamed = renamed.join(", ");
        lines.push(words(format!("  cột đã nhận: {renamed}"), format!("  columns taken: {renamed}")));
    }
    if file.left_out > 0 {
        let left_out = file.left_out;
        lines.push(words(
            format!("  nét vẽ không lấy: {left_out} (hình dạng, lớp vẽ hoặc màu không phải của đối tượng trong lớp)"),
            format!("  drawn and not taken: {left_out} (no feature of the layer by its shape, layer or colour)"),
        ));
    }
    if !file.unmatched.is_empty() {
        let unmatched = file.unmatched.join(", ");
        lines.push(words(format!("  cột bỏ qua: {unmatched}"), format!("  columns left out: {unmatched}")));
    }
    for note in &file.notes {
        lines.push(words(format!("  lưu ý: {}", note.vi), format!("  lưu ý / note: {}", note.en)));
    }
    lines.extend(file.texts.iter().flat_map(|(column, found)| of_text(column, found)));
    lines
}

// What a column of text was found to be; nothing where it is Unicode as it should be.
fn of_text(column: &str, found: &ColumnText) -> Vec<Words> {
    let mut lines = Vec::new();
    let ColumnText { reading, basis, score, words: told, samples, decomposed, capitals } = found;
    let mut say = |vi: String, en: String| {
        lines.push(words(format!("  chữ {column}: {vi}"), format!("  chữ / text {column}: {en}")));
    };
    if *reading != Reading::UNICODE || *basis == Basis::Asked {
        let why = match basis {
            Basis::Words => words("theo các từ trong cột", "by its words"),
            Basis::OtherColumns => words("như các cột khác của tệp", "as the other columns of the file"),
            Basis::Stated => words("theo tệp", "as the file says"),
            Basis::Asked => words("theo --encoding", "as --encoding says"),
        };
        let (share, title) = ((score * 100.0).round(), encoding_title(*reading));
        let samples: String =
            samples.iter().map(|(before, after)| format!("\n    {before} → {after}")).collect();
        say(
            format!(
                "{}, {}; {share} % trong {told} từ nhận biết được là âm tiết tiếng Việt{samples}",
                title.vi, why.vi
            ),
            format!(
                "{}, {}; {share} % of {told} words that tell are Vietnamese syllables{samples}",
                title.en, why.en
            ),
        );
    }
    if *decomposed {
        say(
            "chữ và dấu rời nhau (tổ hợp) được ghép lại (NFC)".to_owned(),
            "letters and marks apart (tổ hợp) are made one (NFC)".to_owned(),
        );
    }
    if let Some(Capitals { words: told, sample: (before, after) }) = capitals {
        let flag = match reading.encoding() {
            Encoding::Tcvn3 => words(
                format!("; --encoding {column}=tcvn3-capitals đổi mọi chữ của cột thành chữ hoa"),
                format!("; --encoding {column}=tcvn3-capitals would make all its text capitals"),
            ),
            _ => Words::same(""),
        };
        say(
            format!(
                "{told} từ có vẻ viết bằng phông chữ hoa (.Vn...H): {before} có thể là {after}; để nguyên{}",
                flag.vi
            ),
            format!(
                "{told} words look like a font of capitals (.Vn...H): {before} could be {after}; left as they are{}",
                flag.en
            ),
        );
    }
    lines
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
