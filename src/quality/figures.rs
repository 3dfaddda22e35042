//! From what was counted to figures: each says what it was counted from, or why there is none.

use super::{
    columns::Columns,
    measure::{applies, title},
    outcome::Known,
    overlaps::Overlaps,
    undershoots::Undershoots,
};
use crate::layer::{AccessClass, DeliveryChecks, LayerView, QualityMeasure, Title};
use std::collections::BTreeMap;

/// Points of a check in the field that a figure needs.
const CHECK_POINTS_MIN: u32 = 20;

/// What a pass over a layer counted.
#[derive(Debug, Default)]
pub struct Facts {
    /// Features.
    pub count: u64,
    /// Features whose geometry is not as it should be.
    pub misshapen: u64,
    /// Features with a place, where the communes are known; and of them those beyond the province.
    pub placed: u64,
    /// Beyond the province.
    pub outside: u64,
    /// Features with a place and a commune's code, and those where these differ.
    pub coded: u64,
    /// Whose code is another.
    pub miscoded: u64,
    /// Features that say from when or until when they are valid.
    pub dated: u64,
    /// Those of them that are never valid, or while another of their key is.
    pub backward: u64,
    /// Features that stand there already.
    pub doubles: u64,
    /// Communes with a feature or a signed none, and all.
    pub covered: Option<(u64, u64)>,
    /// Ground covered twice.
    pub overlaps: Option<Overlaps>,
    /// Ends that stop short.
    pub undershoots: Option<Undershoots>,
}

impl Facts {
    /// The figures of all measures that rows tell of.
    pub fn known(&self, view: &LayerView, columns: &Columns<'_>) -> BTreeMap<QualityMeasure, Known> {
        use QualityMeasure as M;
        let mut known = BTreeMap::new();
        known.insert(M::PositionalAccuracy, positions(view));
        self.declared(view, &mut known);
        self.places(&mut known);
        self.geometry(view, &mut known);
        known
            .insert(M::DomainConsistency, values(columns.checked, "giá trị được kiểm tra", "values checked"));
        known.insert(M::AttributeFill, values(columns.cells, "ô bắt buộc", "mandatory cells"));
        known.insert(M::TextConsistency, values(columns.texts, "giá trị chữ", "texts"));
        let unique = match columns.has_key(view) {
            true => {
                let counted = of(self.count - self.doubles, self.count, "đối tượng", "features");
                Known::share(self.count - self.doubles, self.count, counted, no_features())
            }
            false => Known::Nothing(title("khóa không thuộc phần được xem", "the key may not be seen")),
        };
        known.insert(M::Uniqueness, unique);
        self.time(columns, &mut known);
        known.insert(M::Service, service(view));
        known
    }

    fn declared(&self, view: &LayerView, known: &mut BTreeMap<QualityMeasure, Known>) {
        let rule = &view.layer().quality;
        let (omission, commission) = match rule.declared {
            Some(ref declared) if declared.count > 0 && view.row_class() == AccessClass::Restricted => {
                let (list, day) = (declared.count, declared.on.0);
                let counted = title(
                    format!("{} đối tượng; cơ quan khai {list} ngày {day}", self.count),
                    format!("{} features; the agency declared {list} on {day}", self.count),
                );
                let here = self.count.min(list) as f64 / list as f64;
                let excess = self.count.saturating_sub(list) as f64 / self.count.max(1) as f64;
                (Known::Figure(here, counted.clone()), Known::Figure(1.0 - excess, counted))
            }
            _ => {
                let why = title(
                    "chưa có số lượng do cơ quan khai (quality.declared)",
                    "the agency has declared no number (quality.declared)",
                );
                (Known::Nothing(why.clone()), Known::Nothing(why))
            }
        };
        known.insert(QualityMeasure::Omission, omission);
        known.insert(QualityMeasure::Commission, commission);
    }

    fn places(&self, known: &mut BTreeMap<QualityMeasure, Known>) {
        use QualityMeasure as M;
        let Some((covered, communes)) = self.covered else {
            let why = title(
                "chưa có ranh giới xã trong lớp admin_commune",
                "there are no boundaries of communes in the layer admin_commune",
            );
            for measure in [M::InProvince, M::CommuneMatch, M::Coverage] {
                known.insert(measure, Known::Nothing(why.clone()));
            }
            return;
        };
        let inside = self.placed - self.outside;
        let counted = of(inside, self.placed, "đối tượng có vị trí", "features with a place");
        known.insert(M::InProvince, Known::share(inside, self.placed, counted, no_features()));
        let same = self.coded - self.miscoded;
        let counted = of(same, self.coded, "đối tượng có mã xã", "features with a commune's code");
        let why = title("không đối tượng nào có mã xã", "no feature has a commune's code");
        known.insert(M::CommuneMatch, Known::share(same, self.coded, counted, why));
        let counted = of(covered, communes, "xã có ranh giới", "communes with a boundary");
        known.insert(M::Coverage, Known::share(covered, communes, counted, no_features()));
    }

    fn geometry(&self, view: &LayerView, known: &mut BTreeMap<QualityMeasure, Known>) {
        use QualityMeasure as M;
        let sound = self.count - self.misshapen;
        let counted = of(sound, self.count, "đối tượng", "features");
        known.insert(M::FormatConsistency, Known::share(sound, self.count, counted, no_features()));
        let too_large =
            || Known::Nothing(title("lớp quá lớn để so từng cặp", "the layer is too large to compare"));
        if applies(M::Overlap, view) {
            let told = match &self.overlaps {
                None => too_large(),
                Some(found) if found.total_m2 <= 0.0 => Known::Nothing(no_features()),
                Some(found) => {
                    let (shared, total) = (found.shared_m2 / 1e4, found.total_m2 / 1e4);
                    let counted = title(
                        format!("chồng lấn {shared:.4} ha trên {total:.1} ha; {} cặp trên 1 m²", found.pairs),
                        format!(
                            "{shared:.4} ha covered twice of {total:.1} ha; {} pairs above 1 m²",
                            found.pairs
                        ),
                    );
                    Known::Figure(found.shared_m2 / found.total_m2, counted)
                }
            };
            known.insert(M::Overlap, told);
        }
        if applies(M::Undershoot, view) {
            let told = match &self.undershoots {
                None => too_large(),
                Some(found) if found.length_m <= 0.0 => Known::Nothing(no_features()),
                Some(found) => {
                    let (ends, km) = (found.ends.len(), found.length_m / 1e3);
                    let counted = title(
                        format!("{ends} đầu đường hở trên {km:.1} km"),
                        format!("{ends} undershoots on {km:.1} km"),
                    );
                    Known::Figure(ends as f64 / (km / 100.0), counted)
                }
            };
            known.insert(M::Undershoot, told);
        }
    }

    fn time(&self, columns: &Columns<'_>, known: &mut BTreeMap<QualityMeasure, Known>) {
        use QualityMeasure as M;
        let current = match columns.has_cycle() {
            [true, true] => {
                values(columns.renewed, "đối tượng có ngày cập nhật", "features with a moment of update")
            }
            [_, false] => Known::Nothing(title(
                "lớp chưa khai chu kỳ cập nhật (quality.cycle_days)",
                "the layer states no cycle (quality.cycle_days)",
            )),
            [false, _] => {
                Known::Nothing(title("lớp không có ngày cập nhật", "the layer keeps no moment of update"))
            }
        };
        known.insert(M::Currency, current);
        let mut delays = columns.delays.clone();
        delays.sort_unstable();
        let timely = match delays.len() {
            0 => Known::Nothing(title(
                "không đối tượng nào có cả ngày văn bản và ngày cập nhật sau đó",
                "no feature has a document's date and a later update",
            )),
            count => {
                let counted = title(
                    format!("trung vị của {count} đối tượng có ngày văn bản"),
                    format!("median of {count} features with a document's date"),
                );
                let middle = f64::midpoint(f64::from(delays[(count - 1) / 2]), f64::from(delays[count / 2]));
                Known::Figure(middle, counted)
            }
        };
        known.insert(M::Timeliness, timely);
        let good = self.dated.saturating_sub(self.backward);
        let counted = of(good, self.dated, "đối tượng có ngày hiệu lực", "features with days of validity");
        let why = title("không đối tượng nào có ngày hiệu lực", "no feature has days of validity");
        known.insert(M::TemporalValidity, Known::share(good, self.dated, counted, why));
    }
}

fn positions(view: &LayerView) -> Known {
    match &view.layer().quality.checked_positions {
        Some(checked) if checked.points >= CHECK_POINTS_MIN => {
            let (points, day) = (checked.points, checked.on.0);
            let counted = title(
                format!("{points} điểm đo kiểm tra ngày {day}"),
                format!("{points} points checked in the field on {day}"),
            );
            Known::Figure(checked.rmse_m, counted)
        }
        Some(checked) => Known::Nothing(title(
            format!("chỉ có {} điểm kiểm tra, cần {CHECK_POINTS_MIN}", checked.points),
            format!("{} points were checked, and {CHECK_POINTS_MIN} are needed", checked.points),
        )),
        None => Known::Nothing(title(
            "chưa có kết quả đo kiểm tra (quality.checked_positions)",
            "no check in the field is stated (quality.checked_positions)",
        )),
    }
}

fn service(view: &LayerView) -> Known {
    match &view.layer().quality.delivery_checks {
        Some(DeliveryChecks { planned, successful, on }) => {
            let counted = title(
                format!("{successful} trong {planned} lần kiểm tra phục vụ, đến ngày {}", on.0),
                format!("{successful} of {planned} delivery checks, until {}", on.0),
            );
            Known::share(*successful, *planned, counted, no_features())
        }
        None => Known::Nothing(title(
            "chưa có số liệu kiểm tra phục vụ (quality.delivery_checks)",
            "no delivery checks (API, tiles) are stated (quality.delivery_checks)",
        )),
    }
}

/// Of values, those that are not wrong.
fn values([all, wrong]: [u64; 2], vi: &str, en: &str) -> Known {
    let counted = of(all - wrong, all, vi, en);
    Known::share(all - wrong, all, counted, title("không có gì để kiểm tra", "there is nothing to check"))
}

fn of(good: u64, all: u64, vi: &str, en: &str) -> Title {
    title(format!("{good} trong {all} {vi}"), format!("{good} of {all} {en}"))
}

fn no_features() -> Title {
    title("lớp chưa có dữ liệu", "the layer holds nothing")
}
