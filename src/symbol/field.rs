//! Distances from samples to an outline. Must not know what the outline shows.

use super::outline::{Line, Outline, Point};

/// Where samples lie: at the middles of the cells of a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Its upper left corner, in pixels of the outline.
    pub corner: Point,
    /// Cells across and down.
    pub size: [usize; 2],
    /// Cells along a pixel.
    pub ratio: f64,
}

/// What counts as within an outline that crosses itself or holds others (SVG 1.1, 11.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillRule {
    /// Where the outline goes round more often one way than the other.
    NonZero,
    /// Where it is crossed an odd number of times on the way out.
    EvenOdd,
}

impl Grid {
    /// The samples, row by row.
    fn samples(&self) -> impl Iterator<Item = Point> {
        let Self { corner: [west, north], size: [across, down], ratio } = *self;
        let middle = move |cell: usize| (cell as f64 + 0.5) / ratio;
        (0..down).flat_map(move |row| (0..across).map(move |col| [west + middle(col), north + middle(row)]))
    }
}

/// How many pixels each sample lies within what the outline encloses; negative outside, and minus infinity where there
/// is no outline.
pub fn filled(outline: &Outline, rule: FillRule, grid: Grid) -> Vec<f64> {
    let outline = outline.closed();
    let lines = outline.lines();
    grid.samples()
        .map(|sample| {
            let away = distance(lines, sample);
            if is_within(lines, rule, sample) { away } else { -away }
        })
        .collect()
}

/// How many pixels each sample lies within a line of that width along the outline, with round ends and corners.
pub fn stroked(outline: &Outline, width: f64, grid: Grid) -> Vec<f64> {
    grid.samples().map(|sample| width / 2.0 - distance(outline.lines(), sample)).collect()
}

fn distance(lines: &[Line], [x, y]: Point) -> f64 {
    let squares = lines.iter().map(|[[ax, ay], [bx, by]]| {
        let (along_x, along_y) = (bx - ax, by - ay);
        let length = along_x * along_x + along_y * along_y;
        let part = ((x - ax) * along_x + (y - ay) * along_y) / length;
        // A piece without length is a point.
        let part = if length > 0.0 { part.clamp(0.0, 1.0) } else { 0.0 };
        let (off_x, off_y) = (x - ax - part * along_x, y - ay - part * along_y);
        off_x * off_x + off_y * off_y
    });
    squares.fold(f64::INFINITY, f64::min).sqrt()
}

/// By the lines that a ray to the right meets.
fn is_within(lines: &[Line], rule: FillRule, [x, y]: Point) -> bool {
    let mut turns = 0_i32;
    for [[ax, ay], [bx, by]] in lines {
        if (*ay <= y) != (*by <= y) && x < ax + (y - ay) / (by - ay) * (bx - ax) {
            turns += if ay < by { 1 } else { -1 };
        }
    }
    match rule {
        FillRule::NonZero => turns != 0,
        FillRule::EvenOdd => turns % 2 != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(from: f64, to: f64) -> Outline {
        let mut outline = Outline::default();
        outline.move_to([from, from]);
        for corner in [[to, from], [to, to], [from, to]] {
            outline.line_to(corner);
        }
        outline.close();
        outline
    }

    const GRID: Grid = Grid { corner: [-2.0, -2.0], size: [12, 12], ratio: 1.0 };

    fn sample(field: &[f64], x: usize, y: usize) -> f64 {
        field[(y + 2) * 12 + x + 2]
    }

    #[test]
    fn a_square_is_as_deep_as_its_edge_is_far() {
        let field = filled(&square(0.0, 8.0), FillRule::NonZero, GRID);
        assert_eq!(sample(&field, 0, 3), 0.5);
        assert_eq!(sample(&field, 3, 4), 3.5);
        assert_eq!(field[2 * 12], -1.5);
        // Past a corner it is the corner that is near.
        assert!((field[0] + 1.5_f64.hypot(1.5)).abs() < 1e-12);
    }

    #[test]
    fn a_hole_is_outside_by_the_rule() {
        let mut ring = square(0.0, 8.0);
        ring.move_to([2.0, 2.0]);
        for corner in [[6.0, 2.0], [6.0, 6.0], [2.0, 6.0]] {
            ring.line_to(corner);
        }
        ring.close();
        let depth = |rule| sample(&filled(&ring, rule, GRID), 4, 4);
        // Both go round the same way.
        assert_eq!((depth(FillRule::EvenOdd), depth(FillRule::NonZero)), (-1.5, 1.5));
    }

    #[test]
    fn a_line_has_its_width_and_nothing_is_nowhere() {
        let field = stroked(&square(0.0, 8.0), 2.0, GRID);
        assert_eq!(sample(&field, 0, 4), 0.5);
        assert_eq!(sample(&field, 4, 4), -2.5);
        assert!(filled(&Outline::default(), FillRule::NonZero, GRID).iter().all(|away| away.is_infinite()));
    }
}
