//! Outlines of a drawing that do not close, around a text that stands in no area: most probably areas whose
//! last line was forgotten.
//!
//! Must not know files.

use crate::import::words::{Words, words};
use geo::{BoundingRect, Contains, Distance, Euclidean, Length, LineString, Point, Polygon};
use rstar::{AABB, RTree, primitives::GeomWithData};

/// Outlines that are told of.
pub const OPEN_TOLD: usize = 100;
/// Texts that are looked at.
const LOOKS_MAX: usize = 1_000_000;
/// The gap of an outline, in parts of its length: a square without one of its sides has a third.
const GAP_MAX: f64 = 0.4;

/// An outline that does not close.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOutline {
    /// Number of its entity.
    pub number: u64,
    /// A text in it.
    pub text: String,
    /// Where it ends, in the drawing's system.
    pub at: (f64, f64),
    /// From its end to its beginning, in units of the drawing.
    pub gap: f64,
}

impl OpenOutline {
    /// What is wrong with it and what to do.
    pub fn reason(&self) -> Words {
        let Self { text, at: (x, y), gap, .. } = self;
        words(
            format!(
                "đường bao quanh chữ `{text}` còn hở {gap:.3} tại {x:.3} {y:.3}; hãy khép lại thì mới là vùng"
            ),
            format!(
                "the outline around the text `{text}` is open by {gap:.3} at {x:.3} {y:.3}; close it, or it is no area"
            ),
        )
    }
}

/// The outlines of `lines` around one of the `texts` that are in no area, the first [`OPEN_TOLD`] of them.
pub fn around(lines: Vec<(u64, LineString)>, texts: Vec<(Point, String)>) -> Vec<OpenOutline> {
    let points = texts.iter().enumerate().map(|(at, (p, _))| GeomWithData::new([p.x(), p.y()], at));
    let tree = RTree::bulk_load(points.collect());
    let (mut found, mut looks) = (Vec::new(), 0);
    for (number, line) in lines {
        let (Some(bounds), Some(first), Some(last)) =
            (line.bounding_rect(), line.points().next(), line.points().next_back())
        else {
            continue;
        };
        let gap = Euclidean.distance(first, last);
        if gap > GAP_MAX * Euclidean.length(&line) {
            continue;
        }
        let area = Polygon::new(line, Vec::new());
        let near = AABB::from_corners(bounds.min().into(), bounds.max().into());
        let mut inside = tree.locate_in_envelope(&near).take(LOOKS_MAX - looks);
        let text = inside.find(|text| {
            looks += 1;
            area.contains(&texts[text.data].0)
        });
        found.extend(text.map(|text| OpenOutline {
            number,
            text: texts[text.data].1.clone(),
            at: (last.x(), last.y()),
            gap,
        }));
        if found.len() >= OPEN_TOLD || looks >= LOOKS_MAX {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_that_nearly_close_around_a_text_are_found() {
        let line = |corners: &[(f64, f64)]| LineString::from(corners.to_vec());
        let field = line(&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)]);
        let road = line(&[(20.0, 0.0), (29.0, 0.0), (29.0, 9.0)]);
        let empty = line(&[(40.0, 0.0), (49.0, 0.0), (49.0, 9.0), (40.0, 9.0)]);
        let texts =
            vec![(Point::new(5.0, 5.0), "R-01".to_owned()), (Point::new(27.0, 2.0), "QL1".to_owned())];
        let found = around(vec![(3, field), (4, road), (5, empty)], texts);
        let expected = OpenOutline { number: 3, text: "R-01".to_owned(), at: (0.0, 9.0), gap: 9.0 };
        assert_eq!(found, [expected]);
    }
}
