//! The part of SVG that icons are drawn in: `path`, `circle`, `ellipse`, `rect`, `line`, `polyline` and `polygon`, in
//! groups, filled or stroked in plain colours. What would be drawn otherwise than a browser draws it is refused with
//! its name: an icon looks on the map as where it was drawn, or is not there. Must not know sheets.

use super::{
    field::{FillRule, Grid, filled, stroked},
    outline::Outline,
    svg_path::{self, first_number},
    svg_tags::{Kind, Tag, tags},
};
use std::f64::consts::TAU;

/// Bytes of a file at most.
const FILE_MAX: usize = 64 << 10;
/// Straight pieces of an icon at most.
const LINES_MAX: usize = 20_000;
/// Pixels of a side at most.
pub const SIDE_MAX: f64 = 128.0;

/// Why a file is no icon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SvgError {
    /// It is no XML of the plain kind.
    #[error("this is no plain XML: {0}")]
    Xml(&'static str),
    /// An element that is not drawn.
    #[error("the element <{0}> is not drawn here; draw it as a path")]
    Element(String),
    /// An attribute that is not read.
    #[error("the attribute {0} of <{1}> is not read here; work it into the shape")]
    Attribute(String, String),
    /// A value that cannot be.
    #[error("{0}=\"{1}\" is not taken here; {2}")]
    Value(String, String, &'static str),
    /// Path data that cannot be read from here on.
    #[error("the path cannot be read from `{0}` on")]
    Path(String),
    /// It has no size, or too large a one.
    #[error("an icon says its viewBox, from 0 0 on, and is no larger than 128 pixels and 64 KB")]
    Size,
}

/// Red, green, blue.
pub type Colour = [u8; 3];

/// An icon.
#[derive(Debug, Clone, PartialEq)]
pub struct Icon {
    /// Pixels across and down.
    pub size: [u32; 2],
    shapes: Vec<Shape>,
}

#[derive(Debug, Clone, PartialEq)]
struct Shape {
    outline: Outline,
    paint: Paint,
}

/// How shapes are painted; groups hand it on to what stands in them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Paint {
    fill: Option<Colour>,
    rule: FillRule,
    stroke: Option<Colour>,
    width: f64,
    round_ends: bool,
    round_corners: bool,
}

const BLACK: Colour = [0, 0, 0];

impl Icon {
    /// Reads an SVG file.
    pub fn read(file: &str) -> Result<Self, SvgError> {
        if file.len() > FILE_MAX {
            return Err(SvgError::Size);
        }
        let tags = tags(file)?;
        let mut tags = tags.iter();
        let svg =
            tags.next().filter(|tag| tag.name == "svg").ok_or(SvgError::Xml("the first tag is not <svg>"))?;
        let (size, scale) = size(svg)?;
        let own = Paint {
            fill: Some(BLACK),
            rule: FillRule::NonZero,
            stroke: None,
            width: 1.0,
            round_ends: false,
            round_corners: false,
        };
        let mut paints = vec![own.of(svg, &["width", "height", "viewBox", "version"])?];
        let mut icon = Self { size, shapes: Vec::new() };
        for tag in tags {
            let Some(paint) = paints.last().copied() else {
                return Err(SvgError::Xml("something stands behind </svg>"));
            };
            match (tag.kind, tag.name) {
                (_, "title" | "desc") => {}
                (Kind::End, "svg" | "g") => drop(paints.pop()),
                (Kind::End, _) => {}
                (Kind::Begin, "g") => paints.push(paint.of(tag, &[])?),
                (Kind::Whole, "g") => {}
                _ => icon.shapes.push(shape(tag, paint, scale)?),
            }
        }
        let lines: usize = icon.shapes.iter().map(|shape| shape.outline.lines().len()).sum();
        if lines > LINES_MAX { Err(SvgError::Size) } else { Ok(icon) }
    }

    /// Whether it is drawn in black alone: then it stands for any colour that a style gives it.
    pub fn takes_any_colour(&self) -> bool {
        let mut colours =
            self.shapes.iter().flat_map(|shape| [shape.paint.fill, shape.paint.stroke]).flatten();
        colours.all(|colour| colour == BLACK)
    }

    /// How many pixels each sample lies within what is drawn, whatever its colour.
    pub fn field(&self, grid: Grid) -> Vec<f64> {
        let mut field = vec![f64::NEG_INFINITY; grid.size[0] * grid.size[1]];
        for (_, layer) in self.layers(grid) {
            field.iter_mut().zip(layer).for_each(|(most, own)| *most = most.max(own));
        }
        field
    }

    /// What is painted, one over the other from below: a colour, and how many pixels each sample lies within it.
    pub fn layers(&self, grid: Grid) -> impl Iterator<Item = (Colour, Vec<f64>)> {
        self.shapes.iter().flat_map(move |Shape { outline, paint }| {
            let fill = paint.fill.map(|colour| (colour, filled(outline, paint.rule, grid)));
            let stroke = paint.stroke.map(|colour| (colour, stroked(outline, paint.width, grid)));
            [fill, stroke].into_iter().flatten()
        })
    }
}

/// Pixels of an icon, and how many of them a unit of its drawing is.
fn size(svg: &Tag<'_>) -> Result<([u32; 2], f64), SvgError> {
    let value = |name: &str| svg.attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    let sides = match value("viewBox") {
        None => None,
        Some(text) => match numbers(text).as_deref() {
            Some([0.0, 0.0, width, height]) => Some([*width, *height]),
            _ => return Err(SvgError::Size),
        },
    };
    let said = |name: &str| value(name).map(|text| pixels(text).ok_or(SvgError::Size)).transpose();
    let [width, height] = match (said("width")?, said("height")?, sides) {
        (Some(width), Some(height), _) => [width, height],
        (None, None, Some(sides)) => sides,
        _ => return Err(SvgError::Size),
    };
    let [across, down] = sides.unwrap_or([width, height]);
    let scale = width / across;
    let whole = [width, height].iter().all(|side| side.fract() == 0.0 && (1.0..=SIDE_MAX).contains(side));
    if whole && (scale - height / down).abs() < 1e-9 {
        Ok(([width as u32, height as u32], scale))
    } else {
        Err(SvgError::Size)
    }
}

impl Paint {
    /// With what a tag says of it; its other attributes must be among `own`.
    fn of(mut self, tag: &Tag<'_>, own: &[&str]) -> Result<Self, SvgError> {
        for (name, value) in &tag.attributes {
            let wrong = |why| SvgError::Value((*name).to_owned(), value.chars().take(24).collect(), why);
            match *name {
                "fill" => self.fill = colour(value).ok_or_else(|| wrong(COLOURS))?,
                "stroke" => self.stroke = colour(value).ok_or_else(|| wrong(COLOURS))?,
                "stroke-width" => {
                    self.width = pixels(value)
                        .filter(|w| *w > 0.0)
                        .ok_or_else(|| wrong("it is a number of pixels"))?;
                }
                "fill-rule" => {
                    self.rule = match *value {
                        "nonzero" => FillRule::NonZero,
                        "evenodd" => FillRule::EvenOdd,
                        _ => return Err(wrong("it is nonzero or evenodd")),
                    }
                }
                "stroke-linecap" => self.round_ends = *value == "round",
                "stroke-linejoin" => self.round_corners = *value == "round",
                "id" | "class" | "role" | "xml:space" => {}
                name if name.starts_with("xmlns") || name.starts_with("aria-") || own.contains(&name) => {}
                name => return Err(SvgError::Attribute(name.to_owned(), tag.name.to_owned())),
            }
        }
        Ok(self)
    }
}

const COLOURS: &str = "colours are none, black, white, currentColor, #rgb or #rrggbb";

fn colour(text: &str) -> Option<Option<Colour>> {
    let digits = match text {
        "none" => return Some(None),
        "black" | "currentColor" => return Some(Some(BLACK)),
        "white" => return Some(Some([255, 255, 255])),
        _ => text.strip_prefix('#').filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?,
    };
    let pairs: String = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 => digits.to_owned(),
        _ => return None,
    };
    let [_, red, green, blue] = u32::from_str_radix(&pairs, 16).ok()?.to_be_bytes();
    Some(Some([red, green, blue]))
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (number, after) = first_number(rest)?;
        found.push(number);
        let after = after.trim_start();
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    Some(found)
}

fn pixels(text: &str) -> Option<f64> {
    let (number, rest) = first_number(text.trim())?;
    Some(number).filter(|_| rest.is_empty() || rest == "px")
}

/// The shape of a tag.
fn shape(tag: &Tag<'_>, paint: Paint, scale: f64) -> Result<Shape, SvgError> {
    let own: &[&str] = match tag.name {
        "path" => &["d"],
        "circle" => &["cx", "cy", "r"],
        "ellipse" => &["cx", "cy", "rx", "ry"],
        "rect" => &["x", "y", "width", "height", "rx", "ry"],
        "line" => &["x1", "y1", "x2", "y2"],
        "polyline" | "polygon" => &["points"],
        other => return Err(SvgError::Element(other.chars().take(24).collect())),
    };
    let mut paint = paint.of(tag, own)?;
    let text =
        |name: &str| tag.attributes.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| *value);
    let wrong =
        |name: &str| SvgError::Value(name.to_owned(), text(name).chars().take(24).collect(), "it is numbers");
    let number = |name: &str| match text(name) {
        "" => Ok(0.0),
        value => pixels(value).map(|number| number * scale).ok_or_else(|| wrong(name)),
    };
    let mut outline = Outline::default();
    match tag.name {
        "path" => outline = svg_path::outline(text("d"), scale)?,
        "circle" => ring(&mut outline, [number("cx")?, number("cy")?], [number("r")?; 2]),
        "ellipse" => ring(&mut outline, [number("cx")?, number("cy")?], [number("rx")?, number("ry")?]),
        "rect" => {
            let [rx, ry] = [number("rx")?, number("ry")?];
            // One of them stands for both.
            let radii = if rx == 0.0 { [ry, ry] } else { [rx, if ry == 0.0 { rx } else { ry }] };
            rectangle(
                &mut outline,
                [number("x")?, number("y")?],
                [number("width")?, number("height")?],
                radii,
            );
        }
        "line" => {
            outline.move_to([number("x1")?, number("y1")?]);
            outline.line_to([number("x2")?, number("y2")?]);
        }
        _ => {
            let points =
                numbers(text("points")).filter(|all| all.len() % 2 == 0).ok_or_else(|| wrong("points"))?;
            for (place, pair) in points.chunks_exact(2).enumerate() {
                let to = [pair[0] * scale, pair[1] * scale];
                if place == 0 { outline.move_to(to) } else { outline.line_to(to) }
            }
            if tag.name == "polygon" {
                outline.close();
            }
        }
    }
    let is_round = matches!(tag.name, "circle" | "ellipse");
    let as_drawn = paint.round_ends || !outline.has_ends();
    if paint.stroke.is_some() && !(as_drawn && (paint.round_corners || is_round || tag.name == "line")) {
        let why = "a line is drawn with round ends and corners: say stroke-linecap=\"round\" stroke-linejoin=\"round\"";
        return Err(SvgError::Value("stroke".to_owned(), tag.name.to_owned(), why));
    }
    paint.width *= scale;
    Ok(Shape { outline, paint })
}

fn ring(outline: &mut Outline, middle: [f64; 2], radii: [f64; 2]) {
    if radii.iter().all(|radius| *radius > 0.0) {
        outline.move_to([middle[0] + radii[0], middle[1]]);
        outline.arc(middle, radii, 0.0, 0.0, TAU);
        outline.close();
    }
}

fn rectangle(outline: &mut Outline, [x, y]: [f64; 2], [width, height]: [f64; 2], radii: [f64; 2]) {
    if width <= 0.0 || height <= 0.0 {
        return;
    }
    let [rx, ry] = [radii[0].clamp(0.0, width / 2.0), radii[1].clamp(0.0, height / 2.0)];
    let quarter = TAU / 4.0;
    outline.move_to([x + rx, y]);
    let corners = [
        ([x + width - rx, y], [x + width - rx, y + ry]),
        ([x + width, y + height - ry], [x + width - rx, y + height - ry]),
        ([x + rx, y + height], [x + rx, y + height - ry]),
        ([x, y + ry], [x + rx, y + ry]),
    ];
    for (place, (to, middle)) in corners.into_iter().enumerate() {
        outline.line_to(to);
        if rx > 0.0 && ry > 0.0 {
            outline.arc(middle, [rx, ry], 0.0, quarter * (place as f64 - 1.0), quarter);
        }
    }
    outline.close();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn icon(shapes: &str) -> Result<Icon, SvgError> {
        Icon::read(&format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\">{shapes}</svg>"))
    }

    /// Rows of the icon: `#` where it is drawn.
    fn picture(shapes: &str) -> String {
        let icon = icon(shapes).unwrap();
        let grid = Grid { corner: [0.0, 0.0], size: [10, 10], ratio: 1.0 };
        let field = icon.field(grid);
        let row =
            |row: &[f64]| row.iter().map(|within| if *within > 0.0 { '#' } else { '.' }).collect::<String>();
        field.chunks(10).map(row).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn one_shape_is_the_same_however_it_is_written() {
        let square = picture("<path d=\"M2 3h5v4h-5z\"/>");
        assert_eq!(square.matches('#').count(), 20);
        for other in [
            "<rect x=\"2\" y=\"3\" width=\"5\" height=\"4\"/>",
            "<polygon points=\"2,3 7,3 7,7 2,7\"/>",
            "<polyline points=\"2 3 7 3 7 7 2 7\" fill=\"#000000\"/>",
            "<g fill=\"none\"><g fill=\"currentColor\"><path d=\"M2 3h5v4h-5\"/></g><path d=\"M0 0h9v9z\"/></g>",
        ] {
            assert_eq!(picture(other), square, "{other}");
        }
        let disc = picture("<circle cx=\"5\" cy=\"5\" r=\"4\"/>");
        assert_eq!(picture("<ellipse cx=\"5\" cy=\"5\" rx=\"4\" ry=\"4\"/>"), disc);
        assert_eq!(picture("<rect x=\"1\" y=\"1\" width=\"8\" height=\"8\" rx=\"4\"/>"), disc);
        let hole = picture("<path fill-rule=\"evenodd\" d=\"M1 1h8v8h-8zM3 3h4v4h-4z\"/>");
        assert_eq!(hole.matches('#').count(), 48);
    }

    #[test]
    fn a_line_is_as_wide_as_it_says() {
        let wide = "stroke=\"black\" stroke-width=\"2\" stroke-linecap=\"round\"";
        let line = picture(&format!("<line x1=\"2\" y1=\"5\" x2=\"8\" y2=\"5\" {wide}/>"));
        assert_eq!(line.lines().filter(|row| row.contains("######")).count(), 2);
        let ring =
            picture("<circle cx=\"5\" cy=\"5\" r=\"3\" fill=\"none\" stroke=\"#000\" stroke-width=\"2\"/>");
        assert_eq!(ring.lines().nth(4), Some(".##....##."), "{ring}");
    }

    #[test]
    fn what_a_browser_would_draw_otherwise_is_refused_by_its_name() {
        for (shapes, named) in [
            ("<text>a</text>", "<text>"),
            ("<image href=\"http://elsewhere/\"/>", "<image>"),
            ("<use href=\"#a\"/>", "<use>"),
            ("<script>alert(1)</script>", "<script>"),
            ("<path d=\"M0 0h1v1z\" transform=\"scale(2)\"/>", "transform"),
            ("<path d=\"M0 0h1v1z\" style=\"fill:red\"/>", "style"),
            ("<path d=\"M0 0h1v1z\" opacity=\"0.5\"/>", "opacity"),
            ("<path d=\"M0 0h1v1z\" fill=\"red\"/>", "fill=\"red\""),
            ("<path d=\"M0 0h1v1z\" fill=\"url(#a)\"/>", "url"),
            ("<path d=\"M0 0h1v1z\" stroke=\"black\"/>", "stroke-linejoin"),
            ("<path d=\"M0 0h1\" stroke=\"black\" stroke-linejoin=\"round\"/>", "stroke-linecap"),
            ("<circle r=\"3%\"/>", "r=\"3%\""),
            ("<polygon points=\"1 2 3\"/>", "points"),
            ("<path d=\"M0 0 whatever\"/>", "whatever"),
            ("</svg><path d=\"M0 0\"/>", "behind </svg>"),
        ] {
            let why = icon(shapes).unwrap_err().to_string();
            assert!(why.contains(named), "{shapes}: {why}");
        }
    }

    #[test]
    fn an_icon_has_a_size_that_a_map_has_room_for() {
        let sized = |attributes: &str| Icon::read(&format!("<svg {attributes}></svg>")).map(|icon| icon.size);
        assert_eq!(sized("viewBox=\"0 0 15 21\""), Ok([15, 21]));
        assert_eq!(sized("width=\"15\" height=\"21px\""), Ok([15, 21]));
        assert_eq!(sized("width=\"30\" height=\"42\" viewBox=\"0 0 15 21\""), Ok([30, 42]));
        for none in [
            "",
            "width=\"15\"",
            "viewBox=\"0 0 0 0\"",
            "viewBox=\"0 0 15.5 15\"",
            "viewBox=\"5 5 15 15\"",
            "viewBox=\"0 0 1000 1000\"",
            "viewBox=\"0 0 NaN 15\"",
            "viewBox=\"0 0 15 15\" width=\"15\" height=\"30\"",
            "width=\"100%\" height=\"100%\"",
        ] {
            assert_eq!(sized(none), Err(SvgError::Size), "{none}");
        }
        assert_eq!(Icon::read(&" ".repeat(FILE_MAX + 1)), Err(SvgError::Size));
    }
}
