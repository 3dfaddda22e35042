//! Lines round a shape, curves made straight. Must not know what the shape is.

/// How far a straight line may be from its curve, in units of the outline after its scale.
const TOLERANCE: f64 = 0.02;
/// The most pieces of one curve.
const PIECES_MAX: f64 = 64.0;

/// A position.
pub type Point = [f64; 2];

/// A straight piece from one position to another.
pub type Line = [Point; 2];

/// Rings and lines, in pixels: x to the right, y down.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outline {
    lines: Vec<Line>,
    start: Point,
    at: Point,
    is_open: bool,
    has_ends: bool,
}

impl Outline {
    /// Its straight pieces.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Whether it has an end that is no beginning: a line, not a ring.
    pub fn has_ends(&self) -> bool {
        self.has_ends || self.is_open
    }

    /// Where the pen is.
    pub fn at(&self) -> Point {
        self.at
    }

    /// West, north, east and south edge; `None` if there is nothing.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let points = self.lines.iter().flatten();
        points.fold(None, |found, [x, y]| {
            let [w, n, e, s] = found.unwrap_or([*x, *y, *x, *y]);
            Some([w.min(*x), n.min(*y), e.max(*x), s.max(*y)])
        })
    }

    /// Begins anew elsewhere.
    pub fn move_to(&mut self, to: Point) {
        self.has_ends |= self.is_open;
        self.is_open = false;
        (self.start, self.at) = (to, to);
    }

    /// Goes straight on.
    pub fn line_to(&mut self, to: Point) {
        self.lines.push([self.at, to]);
        self.at = to;
        self.is_open = true;
    }

    /// Goes on along a parabola (a quadratic Bézier curve).
    pub fn quad_to(&mut self, [cx, cy]: Point, to: Point) {
        let [x, y] = self.at;
        let two_thirds = |end: f64, control: f64| end + (control - end) * 2.0 / 3.0;
        let first = [two_thirds(x, cx), two_thirds(y, cy)];
        self.curve_to(first, [two_thirds(to[0], cx), two_thirds(to[1], cy)], to);
    }

    /// Goes on along a cubic Bézier curve.
    pub fn curve_to(&mut self, first: Point, second: Point, to: Point) {
        let from = self.at;
        // The second differences bound how far a chord of the curve is from it.
        let bend = |a: Point, b: Point, c: Point| (a[0] - 2.0 * b[0] + c[0]).hypot(a[1] - 2.0 * b[1] + c[1]);
        let most = bend(from, first, second).max(bend(first, second, to));
        let pieces = (0.75 * most / TOLERANCE).sqrt().ceil().clamp(1.0, PIECES_MAX);
        let along = |t: f64, axis: usize| {
            let u = 1.0 - t;
            let ends = u * u * u * from[axis] + t * t * t * to[axis];
            ends + 3.0 * u * t * (u * first[axis] + t * second[axis])
        };
        for piece in 1..pieces as u32 {
            let t = f64::from(piece) / pieces;
            self.line_to([along(t, 0), along(t, 1)]);
        }
        self.line_to(to);
    }

    /// Goes on along an arc of an ellipse that is given by its middle, radii, turn of its axes, and the angles at which
    /// the arc begins and how far it goes, radians.
    pub fn arc(&mut self, middle: Point, radii: Point, turn: f64, begin: f64, sweep: f64) {
        let radius = radii[0].max(radii[1]).max(TOLERANCE);
        let step = 2.0 * (1.0 - TOLERANCE / radius).clamp(-1.0, 1.0).acos();
        let pieces = (sweep.abs() / step).ceil().clamp(1.0, 4.0 * PIECES_MAX);
        let (sin, cos) = turn.sin_cos();
        for piece in 1..=pieces as u32 {
            let angle = begin + sweep * f64::from(piece) / pieces;
            let (x, y) = (radii[0] * angle.cos(), radii[1] * angle.sin());
            self.line_to([middle[0] + cos * x - sin * y, middle[1] + sin * x + cos * y]);
        }
    }

    /// Goes straight back to where it began.
    pub fn close(&mut self) {
        if self.at != self.start {
            self.line_to(self.start);
        }
        self.is_open = false;
    }

    /// Every ring that is open is closed: what is filled has no ends.
    pub fn closed(&self) -> Self {
        let mut closed = Self::default();
        for [from, to] in &self.lines {
            if closed.at != *from || !closed.is_open {
                closed.close();
                closed.move_to(*from);
            }
            closed.line_to(*to);
        }
        closed.close();
        closed
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn curves_stay_as_near_as_they_must() {
        // A quarter of a circle of radius 10, by the usual cubic, and by an arc.
        let (near, k) = (0.03, 5.522_847_5);
        let mut cubic = Outline::default();
        cubic.move_to([10.0, 0.0]);
        cubic.curve_to([10.0, k], [k, 10.0], [0.0, 10.0]);
        let mut arc = Outline::default();
        arc.move_to([10.0, 0.0]);
        arc.arc([0.0, 0.0], [10.0, 10.0], 0.0, 0.0, std::f64::consts::FRAC_PI_2);
        for outline in [cubic, arc] {
            assert!((5..30).contains(&outline.lines().len()), "{}", outline.lines().len());
            for [[ax, ay], [bx, by]] in outline.lines() {
                let middle = ((ax + bx) / 2.0).hypot((ay + by) / 2.0);
                assert!((middle - 10.0).abs() < near, "{middle}");
            }
            assert!(outline.has_ends());
        }
    }

    #[test]
    fn what_is_filled_is_closed_and_what_is_closed_stays() {
        let mut lines = Outline::default();
        for begin in [0.0, 10.0] {
            lines.move_to([begin, 0.0]);
            lines.line_to([begin + 1.0, 0.0]);
            lines.line_to([begin + 1.0, 1.0]);
        }
        assert!(lines.has_ends());
        let closed = lines.closed();
        assert!(!closed.has_ends());
        assert_eq!(closed.lines().len(), 6);
        assert_eq!(closed.closed(), closed);
        assert_eq!(closed.bounds(), Some([0.0, 0.0, 11.0, 1.0]));
    }
}
