//! Staged rows against each other and against what the layer holds: keys, the scope of a
//! replacement, and what is about to be done.
//!
//! Must not know files beyond their names.

use super::{
    Finding, ImportError, ImportReport, ImportRequest, Progress, Rule, Severity, Words, beside_layer,
    refused::{sent_back, write::REASON},
    words,
};
use crate::{
    layer::LayerDefinition,
    store::postgis::{DuplicateKey, Mode, Planned, Scope, Staging, Unfit, UnfitRow},
};
use std::{path::Path, sync::Arc};
use tokio::task::spawn_blocking;

/// Checks that the rows say whether they are in the request's scope.
pub fn check_scope(staging: &Staging<'_>, request: &ImportRequest) -> Result<(), ImportError> {
    match &request.only {
        Some(scope) if !staging.has(&scope.attribute) => {
            let (attribute, value) = (&scope.attribute, &scope.value);
            let reason = words(
                format!(
                    "không có cột nào của tệp chứa `{attribute}`; hãy nói rõ cột nào bằng --map CỘT={attribute}, hoặc cho \
                     một giá trị chung cho mọi dòng bằng --set {attribute}={value}"
                ),
                format!(
                    "no column of the file holds `{attribute}`; say which with --map COLUMN={attribute}, or that it is \
                     the same for all rows with --set {attribute}={value}"
                ),
            );
            Err(ImportError::Setting { flag: format!("--only {attribute}={value}"), reason })
        }
        _ => Ok(()),
    }
}

/// Refuses the rows that cannot be taken, and takes them out of what is staged: keys that an
/// earlier row has, times that overlap, keys that an appended row may not have, rows outside the
/// scope of a replacement.
pub async fn check(
    staging: &mut Staging<'_>,
    report: &mut ImportReport,
    request: &ImportRequest,
    layer: &LayerDefinition,
) -> Result<(), ImportError> {
    remember_double_keys(report);
    if staging.is_straight() {
        return Ok(());
    }
    let files = Files(request);
    let key = layer.key.join(", ");
    let refused = report.refused > 0;
    refuse_duplicates(staging, report, &files, &key).await?;
    if refused {
        staging.leave_out_refused().await?;
    }
    let overlapping = staging.leave_out_overlapping().await?;
    refuse(report, &files, &overlapping, (&Rule::Validity, "valid_from"), |_| {
        words(
            "có hiệu lực khi dòng trước cùng khóa chưa hết hiệu lực",
            "it begins before the row of the same key before it has ended",
        )
    });
    if request.mode == Mode::Append {
        let known = staging.leave_out_known().await?;
        refuse(report, &files, &known, (&Rule::UniqueKey, &key), |row| {
            let feature = row.feature.unwrap_or_default();
            words(
                format!("lớp đã có khóa này (đối tượng {feature}); --mode append chỉ thêm mới"),
                format!("the layer has this key already (feature {feature}); --mode append only adds"),
            )
        });
    }
    if request.mode == Mode::Merge {
        refuse_sent_back(staging, report, &files, &key).await?;
    }
    let Some(scope) = &request.only else { return Ok(()) };
    let (attribute, value) = (&scope.attribute, &scope.value);
    let outside = staging.leave_out_outside(scope).await?;
    refuse(report, &files, &outside, (&Rule::Scope, attribute), |row| {
        let Words { vi, en } = match &row.value {
            Some(found) => words(format!("là `{found}`"), format!("is `{found}`")),
            None => words("để trống", "is empty"),
        };
        words(
            format!("{vi}; --only {attribute}={value} không nhận giá trị khác"),
            format!("{en}; --only {attribute}={value} takes no other"),
        )
    });
    let foreign = staging.leave_out_foreign(scope).await?;
    refuse(report, &files, &foreign, (&Rule::Scope, attribute), |row| {
        let feature = row.feature.unwrap_or_default();
        let Words { vi, en } = match &row.value {
            Some(found) => words(format!("là `{found}`"), format!("is `{found}`")),
            None => words("để trống", "is empty"),
        };
        words(
            format!(
                "khóa là của đối tượng {feature}, có {attribute} {vi}; --only {attribute}={value} không đụng đến đối tượng đó"
            ),
            format!(
                "the key is that of feature {feature}, whose {attribute} {en}; --only {attribute}={value} leaves it alone"
            ),
        )
    });
    Ok(())
}

/// Settles what is about to be done, and tells it, with what the rows will lie over. A replacement that would
/// take most of the layer away goes on only where the request or whoever is asked says so.
pub async fn plan(
    staging: &mut Staging<'_>,
    report: &mut ImportReport,
    request: &ImportRequest,
    layer: &LayerDefinition,
    progress: &Arc<dyn Progress>,
) -> Result<Planned, ImportError> {
    let planned = staging.plan(request.mode, request.only.as_ref()).await?;
    beside_layer::overlaps(staging, report, request, layer).await?;
    progress.planned(request.mode, &planned);
    let deletes = request.mode == Mode::Replace && planned.deletes_most();
    if !deletes || request.delete_most || request.dry_run {
        return Ok(planned);
    }
    let asked = Arc::clone(progress);
    let meant = spawn_blocking(move || asked.confirms(&planned)).await;
    if meant.map_err(|e| ImportError::Reader(e.to_string()))? {
        return Ok(planned);
    }
    let what = match &request.only {
        None => words(format!("lớp {}", layer.id), format!("layer {}", layer.id)),
        Some(Scope { attribute, value }) => words(
            format!("lớp {} có {attribute} {value}", layer.id),
            format!("layer {} with {attribute} {value}", layer.id),
        ),
    };
    Err(ImportError::DeletesMost { what, gone: planned.gone, held: planned.held })
}

/// The files by their positions.
struct Files<'a>(&'a ImportRequest);

impl Files<'_> {
    fn path(&self, position: i32) -> Arc<Path> {
        let path = usize::try_from(position).ok().and_then(|p| self.0.files.get(p));
        Arc::from(path.map_or(Path::new(""), |p| p.as_path()))
    }

    /// A row's number, with its file where there are several.
    fn row(&self, (position, row): (i32, i64)) -> Words {
        if self.0.files.len() < 2 {
            return Words::same(row.to_string());
        }
        let path = self.path(position);
        words(format!("{row} của {}", path.display()), format!("{row} of {}", path.display()))
    }

    fn finding(
        &self,
        rule: &Rule,
        (position, row): (i32, i64),
        key: &str,
        attribute: &str,
        reason: Words,
    ) -> Finding {
        Finding {
            rule: rule.clone(),
            severity: Severity::Error,
            file: self.path(position),
            row: row.unsigned_abs(),
            key: Some(key.to_owned()),
            attribute: Some(attribute.to_owned()),
            column: None,
            place: None,
            lies: None,
            value: Some(key.to_owned()).filter(|_| *rule == Rule::UniqueKey),
            reason,
            repair: None,
            kept: None,
        }
    }
}

/// Notes rows that were taken out of what is staged: those that are named with what `why` says.
fn refuse(
    report: &mut ImportReport,
    files: &Files<'_>,
    unfit: &Unfit,
    (rule, attribute): (&Rule, &str),
    why: impl Fn(&UnfitRow) -> Words,
) {
    for row in &unfit.named {
        let place = (row.file, row.row);
        let finding = files.finding(rule, place, &row.key, attribute, why(row));
        report.refused_rows.note(row.file, finding.row, &finding.reason);
        report.note(finding);
    }
    let rest = words(format!("{attribute} không phù hợp"), format!("{attribute} does not fit"));
    note_rest(report, &unfit.all, &rest);
}

/// Counts rows that are refused, and notes those of them of which no finding speaks.
fn note_rest(report: &mut ImportReport, all: &[(i32, i64)], reason: &Words) {
    report.refused += all.len() as u64;
    if !all.is_empty() {
        // They are in the sums that were made while rows were read; what is not known any more is not told.
        (report.area_m2, report.length_m) = (None, None);
    }
    for (file, row) in all {
        let row = row.unsigned_abs();
        report.forget_filled(*file, row);
        if report.refused_rows.reason(*file, row).is_none() {
            report.refused_rows.note(*file, row, reason);
        }
    }
}

/// Of rows that were refused for their key once, and are now for something else, the file tells both: it is sent again.
fn remember_double_keys(report: &mut ImportReport) {
    let reason =
        words("từng bị từ chối vì khóa bị trùng", "the key is not unique: the row was refused for it once");
    for (file, row) in &report.sent_back {
        if report.refused_rows.reason(*file, row.unsigned_abs()).is_some() {
            report.refused_rows.note_key(*file, row.unsigned_abs(), &reason);
        }
    }
}

/// Refuses rows that were refused for their key once, and would be written over the feature that has it.
async fn refuse_sent_back(
    staging: &mut Staging<'_>,
    report: &mut ImportReport,
    files: &Files<'_>,
    key: &str,
) -> Result<(), ImportError> {
    let meant = staging.leave_out_differing(&report.sent_back).await?;
    refuse(report, files, &meant, (&Rule::UniqueKey, key), |row| {
        let feature = row.feature.unwrap_or_default();
        words(
            format!(
                "dòng này từng bị từ chối vì khóa bị trùng, và khóa vẫn là của đối tượng {feature}, đã nạp trước: hãy \
                 đặt khóa khác; nếu đúng là muốn thay đối tượng đó thì xóa chữ ở cột {REASON} của dòng"
            ),
            format!(
                "the key is not unique: the row was refused for it once, and it is still that of feature {feature}, \
                 which was loaded: give it another; if it is meant to take its place, empty its column {REASON}"
            ),
        )
    });
    Ok(())
}

async fn refuse_duplicates(
    staging: &mut Staging<'_>,
    report: &mut ImportReport,
    files: &Files<'_>,
    attribute: &str,
) -> Result<(), ImportError> {
    let duplicates = staging.duplicates().await?;
    if duplicates.is_empty() {
        return Ok(());
    }
    for DuplicateKey { key, rows } in &duplicates {
        let all: Vec<Words> = rows.iter().take(10).map(|row| files.row(*row)).collect();
        let all = Words::joined(&all, ", ");
        let reason = words(
            format!("khóa bị trùng: các dòng {} cùng có khóa này; hãy đặt khóa khác cho dòng này", all.vi),
            format!("the key is not unique: rows {} have it; give this one another", all.en),
        );
        // The first row with the key is not at fault.
        for row in rows.iter().skip(1) {
            report.refused_rows.note_key(row.0, row.1.unsigned_abs(), &reason);
            report.note(files.finding(&Rule::UniqueKey, *row, key, attribute, reason.clone()));
        }
    }
    note_rest(report, &staging.leave_out_duplicates().await?, &sent_back::double_key());
    Ok(())
}
