//! How well each hypothesis fits a sample of a file.
//!
//! Must not know which hypothesis is stated.

use super::{Ground, Hypothesis};
use crate::{
    crs::{Plane, TransformError},
    import::place::in_province,
};

/// Corners of the sample that are held against borders.
const MAX_CORNERS: usize = 600;
/// Corners of one row, so that one large area does not speak for all.
const MAX_CORNERS_OF_ROW: usize = 60;
/// Rows of the sample.
const MAX_ROWS: usize = 600;

/// Some features of a file, in its own numbers.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    rows: Vec<SampleRow>,
}

/// One feature of a sample.
#[derive(Debug, Clone)]
pub struct SampleRow {
    /// Its positions, some of them where it has many.
    corners: Vec<[f64; 2]>,
    /// About its middle.
    middle: [f64; 2],
    /// The code of its commune, where it has one.
    commune: Option<String>,
}

impl SampleRow {
    /// A feature with positions `x` and `y`; `None` where it has no position that is a number.
    pub fn new(x: &[f64], y: &[f64], commune: Option<String>) -> Option<Self> {
        let finite = |(x, y): (&f64, &f64)| (x.is_finite() && y.is_finite()).then_some([*x, *y]);
        let all: Vec<[f64; 2]> = x.iter().zip(y).filter_map(finite).collect();
        let count = all.len() as f64;
        let sum = all.iter().fold([0.0, 0.0], |sum, p| [sum[0] + p[0], sum[1] + p[1]]);
        let step = all.len().div_ceil(MAX_CORNERS_OF_ROW).max(1);
        let corners = all.into_iter().step_by(step).collect::<Vec<_>>();
        (!corners.is_empty()).then_some(Self { corners, middle: [sum[0] / count, sum[1] / count], commune })
    }
}

impl Sample {
    /// Of many features, some all over them.
    pub fn new(rows: Vec<SampleRow>) -> Self {
        let step = rows.len().div_ceil(MAX_ROWS).max(1);
        Self { rows: rows.into_iter().step_by(step).collect() }
    }

    /// Whether there is nothing to hold against anything.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn corners(&self) -> Vec<[f64; 2]> {
        let count: usize = self.rows.iter().map(|r| r.corners.len()).sum();
        let step = count.div_ceil(MAX_CORNERS).max(1);
        self.rows.iter().flat_map(|r| r.corners.iter().copied()).step_by(step).collect()
    }

    /// The middle of its features, by the median of either number.
    pub fn middle(&self) -> [f64; 2] {
        let mut all: Vec<[f64; 2]> = self.rows.iter().map(|r| r.middle).collect();
        all.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let x = all.get(all.len() / 2).map_or(f64::NAN, |p| p[0]);
        all.sort_by(|a, b| a[1].total_cmp(&b[1]));
        [x, all.get(all.len() / 2).map_or(f64::NAN, |p| p[1])]
    }
}

/// How well a hypothesis fits a sample.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The hypothesis.
    pub hypothesis: Hypothesis,
    /// Where the middle of the sample would lie, degrees of EPSG:4326.
    pub at: [f64; 2],
    /// Features of the sample, and those that would lie in the province.
    pub rows: usize,
    /// Those that would lie in the province.
    pub inside: usize,
    /// For each feature with the code of a commune that has a boundary, whether it would lie in it.
    pub in_commune: Vec<bool>,
    /// Corners that were held against borders; 0 where there are none.
    pub corners: usize,
    /// Those that would lie within 5 m of one.
    pub on_border: usize,
}

impl Fit {
    /// Features that would lie in the commune that their code names.
    pub fn agreeing(&self) -> usize {
        self.in_commune.iter().filter(|agrees| **agrees).count()
    }

    /// 0 to 4, for an order among fits.
    pub fn score(&self) -> f64 {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        share(self.inside, self.rows)
            + share(self.agreeing(), self.in_commune.len())
            + 2.0 * share(self.on_border, self.corners)
    }
}

/// All hypotheses under which half of the sample or more would lie in the province, the best first.
///
/// # Errors
/// Where PROJ cannot be set up.
pub fn weigh(sample: &Sample, ground: &Ground) -> Result<Vec<Fit>, TransformError> {
    let mut fits = Vec::new();
    let (middle, corners) = (sample.middle(), sample.corners());
    let middles = sample.rows.iter().map(|r| r.middle);
    // All at once: to set up PROJ takes longer than to ask it for a thousand positions.
    let numbers: Vec<[f64; 2]> = std::iter::once(middle).chain(middles).chain(corners).collect();
    for hypothesis in Hypothesis::all() {
        if !hypothesis.may_lie_near(middle) {
            continue;
        }
        let positions = hypothesis.to_wgs84(&numbers)?;
        let Some((at, positions)) = positions.split_first() else { continue };
        let (middles, corners) = positions.split_at(sample.rows.len());
        let places = to_plane(middles);
        let inside = places.iter().filter(|p| ground.holds(**p)).count();
        if inside == 0 || inside * 2 < places.len() {
            continue;
        }
        let coded = sample.rows.iter().zip(&places);
        let in_commune =
            coded.filter_map(|(row, p)| ground.in_commune(row.commune.as_deref()?, *p)).collect();
        let (held, on_border) = match ground.has_borders() {
            true => {
                let places = to_plane(corners);
                (places.len(), places.iter().filter(|p| ground.is_on_border(**p)).count())
            }
            false => (0, 0),
        };
        let rows = places.len();
        fits.push(Fit { hypothesis, at: *at, rows, inside, in_commune, corners: held, on_border });
    }
    // The likelier of equal ones stays before the other.
    fits.sort_by(|a, b| b.score().total_cmp(&a.score()));
    Ok(fits)
}

/// Whether any feature of the sample would lie in the box of the province, margin included.
///
/// # Errors
/// Where PROJ cannot be set up.
pub fn lies_near(hypothesis: &Hypothesis, sample: &Sample) -> Result<bool, TransformError> {
    let corners: Vec<[f64; 2]> = sample.rows.iter().flat_map(|r| r.corners.iter().copied()).collect();
    Ok(hypothesis.to_wgs84(&corners)?.iter().any(|[lon, lat]| in_province(*lon, *lat)))
}

fn to_plane(positions: &[[f64; 2]]) -> Vec<[f64; 2]> {
    positions.iter().map(|[lon, lat]| Plane::measuring().from_lonlat(*lon, *lat)).collect()
}
