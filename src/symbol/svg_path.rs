//! What stands in the attribute `d` of an SVG path (SVG 1.1, 8.3), as an outline. All commands are read. Must not know
//! how it is painted.

use super::{
    SvgError,
    outline::{Outline, Point},
};
use std::f64::consts::{PI, TAU};

/// The outline of path data, each coordinate times `scale`.
pub fn outline(data: &str, scale: f64) -> Result<Outline, SvgError> {
    let mut path = Path { rest: data, scale, outline: Outline::default(), control: None };
    path.spaces();
    let mut command = None;
    while let Some(next) = path.rest.chars().next() {
        if "MmLlHhVvCcSsQqTtAaZz".contains(next) {
            path.rest = &path.rest[1..];
            command = Some(next);
        } else if next.is_alphabetic() || command.is_none_or(|c| matches!(c, 'z' | 'Z')) {
            return Err(path.wrong());
        }
        let Some(letter) = command else { return Err(path.wrong()) };
        path.step(letter)?;
        // Pairs behind the first one of a move are lines.
        command = Some(match letter {
            'M' => 'L',
            'm' => 'l',
            other => other,
        });
        path.separator();
    }
    Ok(path.outline)
}

struct Path<'a> {
    rest: &'a str,
    scale: f64,
    outline: Outline,
    /// The last control point, and whether it was one of a cubic curve.
    control: Option<(Point, bool)>,
}

impl Path<'_> {
    fn wrong(&self) -> SvgError {
        SvgError::Path(self.rest.chars().take(12).collect())
    }

    fn step(&mut self, letter: char) -> Result<(), SvgError> {
        let before = self.control.take();
        let relative = letter.is_ascii_lowercase();
        let [x, y] = self.outline.at();
        match letter.to_ascii_uppercase() {
            'M' => {
                let to = self.point(relative)?;
                self.outline.move_to(to);
            }
            'L' => {
                let to = self.point(relative)?;
                self.outline.line_to(to);
            }
            'H' => {
                let to = self.number()? * self.scale + if relative { x } else { 0.0 };
                self.outline.line_to([to, y]);
            }
            'V' => {
                let to = self.number()? * self.scale + if relative { y } else { 0.0 };
                self.outline.line_to([x, to]);
            }
            'C' => {
                let [first, second, to] =
                    [self.point(relative)?, self.point(relative)?, self.point(relative)?];
                self.cubic(first, second, to);
            }
            'S' => {
                let [second, to] = [self.point(relative)?, self.point(relative)?];
                self.cubic(mirrored([x, y], before, true), second, to);
            }
            'Q' => {
                let [control, to] = [self.point(relative)?, self.point(relative)?];
                self.quadratic(control, to);
            }
            'T' => {
                let to = self.point(relative)?;
                self.quadratic(mirrored([x, y], before, false), to);
            }
            'A' => self.arc(relative)?,
            // Z, the last of them.
            _ => self.outline.close(),
        }
        Ok(())
    }

    fn cubic(&mut self, first: Point, second: Point, to: Point) {
        self.outline.curve_to(first, second, to);
        self.control = Some((second, true));
    }

    fn quadratic(&mut self, control: Point, to: Point) {
        self.outline.quad_to(control, to);
        self.control = Some((control, false));
    }

    /// An arc from its end points to its middle (SVG 1.1, F.6.5 and F.6.6).
    fn arc(&mut self, relative: bool) -> Result<(), SvgError> {
        let [rx, ry] = [self.number()?.abs() * self.scale, self.number()?.abs() * self.scale];
        let turn = self.number()?.to_radians();
        let [is_large, is_clockwise] = [self.flag()?, self.flag()?];
        let [x, y] = self.outline.at();
        let to = self.point(relative)?;
        let (sin, cos) = turn.sin_cos();
        let (half_x, half_y) = ((x - to[0]) / 2.0, (y - to[1]) / 2.0);
        let (px, py) = (cos * half_x + sin * half_y, cos * half_y - sin * half_x);
        if rx == 0.0 || ry == 0.0 || (px == 0.0 && py == 0.0) {
            self.outline.line_to(to);
            return Ok(());
        }
        // Radii that do not reach grow until they do.
        let reach = (px / rx).hypot(py / ry).max(1.0);
        let (rx, ry) = (rx * reach, ry * reach);
        let (a, b) = (rx * py, ry * px);
        let part = ((rx * ry).powi(2) / (a * a + b * b) - 1.0).max(0.0).sqrt();
        let part = if is_large == is_clockwise { -part } else { part };
        let (mx, my) = (part * rx * py / ry, -part * ry * px / rx);
        let middle = [cos * mx - sin * my + (x + to[0]) / 2.0, sin * mx + cos * my + (y + to[1]) / 2.0];
        let begin = ((py - my) / ry).atan2((px - mx) / rx);
        let sweep = (((-py - my) / ry).atan2((-px - mx) / rx) - begin).rem_euclid(TAU);
        let sweep = match is_clockwise {
            true => sweep,
            false if sweep == 0.0 => -PI,
            false => sweep - TAU,
        };
        self.outline.arc(middle, [rx, ry], turn, begin, sweep);
        Ok(())
    }

    fn point(&mut self, relative: bool) -> Result<Point, SvgError> {
        let [x, y] = if relative { self.outline.at() } else { [0.0, 0.0] };
        Ok([self.number()? * self.scale + x, self.number()? * self.scale + y])
    }

    /// 0 or 1, which may stand before a number without a space.
    fn flag(&mut self) -> Result<bool, SvgError> {
        self.separator();
        let flag = match self.rest.chars().next() {
            Some('0') => false,
            Some('1') => true,
            _ => return Err(self.wrong()),
        };
        self.rest = &self.rest[1..];
        Ok(flag)
    }

    fn number(&mut self) -> Result<f64, SvgError> {
        self.separator();
        let (number, rest) = first_number(self.rest).ok_or_else(|| self.wrong())?;
        self.rest = rest;
        Ok(number)
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn separator(&mut self) {
        self.spaces();
        self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest).trim_start();
    }
}

/// The point opposite the last control point of the same kind.
fn mirrored(at: Point, control: Option<(Point, bool)>, cubic: bool) -> Point {
    match control {
        Some(([x, y], kind)) if kind == cubic => [2.0 * at[0] - x, 2.0 * at[1] - y],
        _ => at,
    }
}

/// A number that text begins with, and what stands behind it: `.5.5` are two.
pub fn first_number(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut end = sign + digits(sign);
    if bytes.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = if signed <= bytes.len() { digits(signed) } else { 0 };
        end = if exponent > 0 { signed + exponent } else { end };
    }
    let number = text[..end].parse().ok().filter(|number: &f64| number.abs() < 1e6)?;
    Some((number, &text[end..]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bounds(data: &str) -> [f64; 4] {
        outline(data, 1.0).unwrap().bounds().unwrap()
    }

    #[test]
    fn the_same_square_in_every_way_of_writing_it() {
        for data in [
            "M1 2L5 2L5 6L1 6Z",
            "M1,2 5,2 5,6 1,6z",
            "m1 2 4 0 0 4-4 0z",
            "M1 2h4v4h-4z",
            "M 1 2 H 5 V 6 H 1 Z",
            "M1 2C1 2 5 2 5 2S5 6 5 6Q5 6 1 6z",
            "M1e0 .2e1L5.0.2e1 5 6 1 6Z",
        ] {
            let found = bounds(data);
            let off = found.iter().zip([1.0, 2.0, 5.0, 6.0]).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f64::max) < 1e-9, "{data}: {found:?}");
        }
        assert_eq!(outline("M1 2h4v4h-4z", 3.0).unwrap().bounds(), Some([3.0, 6.0, 15.0, 18.0]));
    }

    #[test]
    fn arcs_go_round_the_way_they_say() {
        let near = |data: &str, wanted: [f64; 4]| {
            let found = bounds(data);
            let off = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 0.05, "{data}: {found:?}");
        };
        // A circle of two halves, flags written together.
        near("M0 5a5 5 0 1110 0a5 5 0 11-10 0z", [0.0, 0.0, 10.0, 10.0]);
        near("M0 0A5 5 0 0 1 10 0", [0.0, -5.0, 10.0, 0.0]);
        near("M0 0A5 5 0 0 0 10 0", [0.0, 0.0, 10.0, 5.0]);
        // The short and the long way of one circle.
        near("M0 0A5 5 0 0 1 5 5", [0.0, 0.0, 5.0, 5.0]);
        near("M0 0A5 5 0 1 1 5 5", [0.0, -5.0, 10.0, 5.0]);
        // Too small to reach: a half circle.
        near("M0 0A1 1 0 0 1 10 0", [0.0, -5.0, 10.0, 0.0]);
    }

    #[test]
    fn path_data_that_cannot_be_is_refused_where_it_goes_wrong() {
        for data in [
            "1 2",
            "L",
            "M1",
            "M1 2 3",
            "M1 2X",
            "M1 2zz 3",
            "MM",
            "M1 2A1 1 0 2 0 3 3",
            "M1e9 2",
            "M..",
            "M1 2l-",
            "é",
            "M1e 2",
            "M1 2 é",
        ] {
            assert!(matches!(outline(data, 1.0), Err(SvgError::Path(_))), "{data}");
        }
        assert_eq!(outline(" ", 1.0).unwrap().bounds(), None);
    }
}
