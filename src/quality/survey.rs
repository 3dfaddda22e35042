//! One pass over the rows of a view, and what it says of the layer's quality.
//!
//! ```text
//! row ─▶ values: fill, domains, text, age        ┐
//!     ─▶ geometry: valid, type, province, commune ├─▶ figures and findings
//!     ─▶ kept: plane geometry, period, signs ─▶ overlaps, undershoots, doubles (when all rows are there)
//! ```

use super::{
    columns::{Columns, Period},
    doubles::{Doubles, sign_of_key, sign_of_shape},
    figures::Facts,
    finding::{Finding, Findings},
    ground::Ground,
    measure::{applies, title},
    outcome::LayerQuality,
    rules::StatedRules,
    shapes::{Placed, Shapes},
};
use crate::{
    crs::Plane,
    feature::{FeatureId, FeatureRef, GeometryRef, Shape},
    layer::{LayerView, QualityMeasure, Title},
    query::{
        BoundRule,
        filter::{Validity, on_grid, validity},
    },
    tile::Projection,
};
use geo::{Geometry, MapCoords};
use std::collections::BTreeSet;

/// Metres of EPSG:3857 as numbers as large as degrees, so that the grid of validity has lines 0.1 mm apart.
const METRES_AS_DEGREES: f64 = 1e-5;

/// All rows of a view, looked at one after the other.
pub struct Survey<'v> {
    view: &'v LayerView,
    ground: Option<&'v Ground>,
    columns: Columns<'v>,
    rules: StatedRules<'v>,
    /// Places of the values that name a feature beside its key.
    named: Vec<usize>,
    facts: Facts,
    communes: BTreeSet<usize>,
    commune: Option<usize>,
    ids: Vec<FeatureId>,
    periods: Vec<Period>,
    keys: Doubles,
    alike: Doubles,
    shapes: Shapes,
    keeps_shapes: bool,
    findings: Findings,
    shape: Shape,
    placed: Placed,
}

impl<'v> Survey<'v> {
    /// For the rows of a view, and the `rules` that may be asked of them. `now_us`: microseconds from 1970 UTC.
    pub fn new(view: &'v LayerView, rules: &'v [BoundRule], ground: Option<&'v Ground>, now_us: i64) -> Self {
        let columns = Columns::new(view, now_us);
        let label = view.layer().label.as_ref();
        let label = label.and_then(|label| view.attributes().position(|a| a.name == *label));
        let beside_key = || (0..view.attributes().len()).filter(|at| !columns.key.contains(at)).collect();
        Self {
            view,
            ground,
            named: label.map_or_else(beside_key, |at| vec![at]),
            columns,
            rules: StatedRules::new(rules, view),
            facts: Facts::default(),
            communes: BTreeSet::new(),
            commune: None,
            ids: Vec::new(),
            periods: Vec::new(),
            keys: Doubles::default(),
            alike: Doubles::default(),
            shapes: Shapes::default(),
            keeps_shapes: applies(QualityMeasure::Overlap, view) || applies(QualityMeasure::Undershoot, view),
            findings: Findings::default(),
            shape: Shape::default(),
            placed: Placed::default(),
        }
    }

    /// Takes a row.
    pub fn row(&mut self, projection: Projection, row: &FeatureRef<'_>) {
        let feature = self.ids.len();
        self.ids.push(row.id);
        let GeometryRef::Wkb(wkb) = row.geometry else { return };
        let readable = !wkb.is_empty() && self.shape.read_wkb(wkb).is_ok();
        if !readable {
            self.shape.clear(crate::feature::ShapeKind::Point);
        }
        self.placed.take(&self.shape, projection);
        let (inner, findings) = (self.placed.inner(), &mut self.findings);
        let place = inner.map(|[x, y]| Plane::measuring().to_lonlat(x, y));
        self.columns.row(row.values, &mut |wrong| {
            findings.add(wrong.measure, || Finding {
                measure: wrong.measure,
                feature: row.id,
                place,
                text: wrong.text,
                attribute: Some(wrong.attribute.to_owned()),
                other: None,
            });
        });
        self.breaks_rules(row, place, projection);
        if let Some(text) = self.misshapen(wkb, readable, projection) {
            self.facts.misshapen += 1;
            self.tell(QualityMeasure::FormatConsistency, row.id, place, None, || text);
        }
        self.lies(row, inner, place);
        let period = self.columns.period(row.values);
        self.periods.push(period);
        self.facts.dated += u64::from(period.is_dated());
        if period.from >= period.to {
            self.facts.backward += 1;
            let text = || title("hết hiệu lực trước khi có hiệu lực", "valid until before it is valid");
            self.tell(QualityMeasure::TemporalValidity, row.id, place, Some("valid_to"), text);
        }
        if let Some(sign) = sign_of_key(row.values, &self.columns.key) {
            self.keys.note(sign, feature);
        }
        if !self.placed.positions.is_empty() {
            self.alike.note(sign_of_shape(&self.placed.positions, row.values, &self.named), feature);
        }
        if self.keeps_shapes {
            let held = if self.placed.bounds().is_some() { &self.placed.positions[..] } else { &[] };
            self.shapes.push(held, if held.is_empty() { &[] } else { &self.placed.ends });
        }
    }

    fn tell(
        &mut self,
        measure: QualityMeasure,
        feature: FeatureId,
        place: Option<[f64; 2]>,
        attribute: Option<&str>,
        text: impl FnOnce() -> Title,
    ) {
        let (attribute, other) = (attribute.map(str::to_owned), None);
        self.findings.add(measure, || Finding { measure, feature, place, text: text(), attribute, other });
    }

    /// Values that contradict each other count as one that is wrong.
    fn breaks_rules(&mut self, row: &FeatureRef<'_>, place: Option<[f64; 2]>, projection: Projection) {
        let [checked, wrong] = &mut self.columns.checked;
        let (measure, findings) = (QualityMeasure::DomainConsistency, &mut self.findings);
        *checked += self.rules.broken(row, &self.shape, projection, |broken| {
            *wrong += 1;
            findings.add(measure, || Finding {
                measure,
                feature: row.id,
                place,
                text: broken.message.clone(),
                attribute: Some(broken.attributes.to_owned()),
                other: None,
            });
        });
    }

    /// Why a geometry is not as it should be.
    fn misshapen(&self, wkb: &[u8], readable: bool, projection: Projection) -> Option<Title> {
        if wkb.is_empty() {
            return Some(title("không có hình", "there is no geometry"));
        }
        if !readable || self.placed.bounds().is_none() {
            return Some(title("hình không đọc được", "the geometry cannot be read"));
        }
        let kind = self.shape.kind.as_str();
        if self.view.layer().geometry.iter().all(|wanted| wanted.as_str() != kind) {
            return Some(title(
                format!("kiểu hình {kind} không thuộc lớp"),
                format!("{kind} is no type of the layer"),
            ));
        }
        if has_height(wkb) {
            return Some(title("hình có cao độ", "the geometry has heights"));
        }
        let mut whole = Geometry::from(&self.shape);
        if projection == Projection::Mercator {
            whole = whole.map_coords(|c| c * METRES_AS_DEGREES);
        }
        let is_valid = on_grid(&whole).is_some_and(|g| validity(&g, usize::MAX) == Validity::Valid);
        let broken =
            || title("đường biên tự cắt, tự chạm hoặc suy biến", "rings cross, touch themselves or collapse");
        (!is_valid).then(broken)
    }

    /// In the province, and in which commune.
    fn lies(&mut self, row: &FeatureRef<'_>, inner: Option<[f64; 2]>, place: Option<[f64; 2]>) {
        let code = self.columns.commune(row.values);
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        let (Some(ground), Some(inner), Some(around)) = (self.ground, inner, self.placed.bounds()) else {
            return;
        };
        let commune = ground.commune(inner, self.commune);
        self.commune = commune.or(self.commune);
        self.communes.extend(commune);
        self.facts.placed += 1;
        if !ground.holds_all(&self.placed.positions, around, commune) {
            self.facts.outside += 1;
            let text = || title("nằm ngoài tỉnh", "lies outside the province");
            self.tell(QualityMeasure::InProvince, row.id, place, None, text);
        }
        let Some(code) = code.filter(|code| !code.is_empty()) else { return };
        self.facts.coded += 1;
        let found = commune.map(|number| ground.code(number));
        if found != Some(code) {
            self.facts.miscoded += 1;
            let of = found.unwrap_or("?").to_owned();
            let code: String = code.chars().take(20).collect();
            let text =
                || title(format!("ghi xã {code}, nằm ở xã {of}"), format!("says {code}, lies in {of}"));
            self.tell(QualityMeasure::CommuneMatch, row.id, place, Some("commune_code"), text);
        }
    }

    /// What came out. Works on all processors for a while.
    pub fn finish(mut self) -> LayerQuality {
        let (keys, alike) = (std::mem::take(&mut self.keys), std::mem::take(&mut self.alike));
        // One that says no days is a double, and nothing is wrong with its days, nor with those of another by it.
        let dated = keys.only(|feature| self.periods[feature].is_dated());
        let [keys, alike] = [keys, alike].map(|doubles| doubles.found(&self.periods));
        let words = [
            title("trùng khóa với một đối tượng khác", "has the key of another feature"),
            title("trùng hình và tên với một đối tượng khác", "has the geometry and name of another feature"),
        ];
        let mut double: BTreeSet<usize> = BTreeSet::new();
        for (list, words) in [&keys, &alike].into_iter().zip(&words) {
            for feature in list {
                if double.insert(*feature) {
                    let id = self.ids[*feature];
                    self.tell(QualityMeasure::Uniqueness, id, None, None, || words.clone());
                }
            }
        }
        self.facts.doubles = double.len() as u64;
        for feature in dated.found(&self.periods) {
            let (measure, id) = (QualityMeasure::TemporalValidity, self.ids[feature]);
            self.facts.backward += 1;
            self.tell(measure, id, None, Some("valid_from"), || {
                title("hiệu lực chồng lên một bản ghi cùng khóa", "valid while another of its key is")
            });
        }
        self.between_features();
        self.facts.count = self.ids.len() as u64;
        self.facts.covered = self.ground.map(|ground| {
            let signed = self.view.layer().quality.none_in.iter().filter_map(|code| ground.number(code));
            self.communes.extend(signed);
            (self.communes.len() as u64, ground.len() as u64)
        });
        LayerQuality {
            count: self.facts.count,
            known: self.facts.known(self.view, &self.columns),
            findings: self.findings,
        }
    }

    fn between_features(&mut self) {
        if self.shapes.is_full() || !self.keeps_shapes {
            return;
        }
        let shapes = std::mem::take(&mut self.shapes);
        if applies(QualityMeasure::Overlap, self.view) {
            let found = super::overlaps::overlaps(&shapes, &self.periods);
            for pair in &found.largest {
                let (one, other, m2) = (self.ids[pair.first], self.ids[pair.second], pair.shared_m2);
                let place = self.place_between(&shapes, pair.first, pair.second);
                self.findings.add(QualityMeasure::Overlap, || Finding {
                    measure: QualityMeasure::Overlap,
                    feature: one,
                    place,
                    text: title(
                        format!("chồng {m2:.1} m² lên đối tượng {other}"),
                        format!("covers {m2:.1} m² of feature {other}"),
                    ),
                    attribute: None,
                    other: Some(other),
                });
            }
            self.findings.set_total(QualityMeasure::Overlap, found.pairs);
            self.facts.overlaps = Some(found);
        }
        if applies(QualityMeasure::Undershoot, self.view) {
            let found = super::undershoots::undershoots(&shapes);
            for (feature, [x, y]) in &found.ends {
                let place = Some(Plane::measuring().to_lonlat(*x, *y));
                let text = || title("đầu đường hở, gần một đường khác", "stops short of another line");
                self.tell(QualityMeasure::Undershoot, self.ids[*feature], place, None, text);
            }
            self.facts.undershoots = Some(found);
        }
    }

    /// The middle of what the boxes of two features share, degrees.
    fn place_between(&self, shapes: &Shapes, first: usize, second: usize) -> Option<[f64; 2]> {
        let (a, b) = (shapes.bounds(first)?, shapes.bounds(second)?);
        let x = f64::midpoint(a.min_x.max(b.min_x), a.max_x.min(b.max_x));
        let y = f64::midpoint(a.min_y.max(b.min_y), a.max_y.min(b.max_y));
        Some(Plane::measuring().to_lonlat(x, y))
    }
}

/// Whether WKB has heights: the flag of EWKB, or a type of ISO WKB from 1000 to 1999 or above 3000.
fn has_height(wkb: &[u8]) -> bool {
    let Some((order, code)) = wkb.split_first().and_then(|(o, rest)| Some((*o, *rest.first_chunk::<4>()?)))
    else {
        return false;
    };
    let code = if order == 0 { u32::from_be_bytes(code) } else { u32::from_le_bytes(code) };
    let iso = (code & 0xffff) / 1000;
    code & 0x8000_0000 != 0 || iso == 1 || iso == 3
}
