//! The letters of one font, as distance fields at the size that all clients expect. Must not know in which form they
//! are sent.

use super::{
    field::{FillRule, Grid, filled},
    outline::Outline,
    strength,
};
use std::collections::BTreeSet;
use ttf_parser::{Face, OutlineBuilder};

/// Pixels of an em.
const EM_PX: f64 = 24.0;
/// Samples around a letter beside those within its box.
pub(super) const BORDER: u8 = 3;
/// The longest side of a letter; a font that says otherwise is no font for maps.
const SIDE_MAX: f64 = 128.0;

/// A font.
#[derive(Debug)]
pub struct Font<'a> {
    face: Face<'a>,
}

/// Why a file is no font that letters can be taken of.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// It cannot be read.
    #[error("this is no TrueType or OpenType font that can be read: {0}")]
    Unreadable(#[from] ttf_parser::FaceParsingError),
}

/// One letter, at 24 pixels to the em.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph {
    /// Its code point.
    pub letter: char,
    /// Pixels of its box across; 0 for a space.
    pub width: u8,
    /// Pixels of its box down.
    pub height: u8,
    /// Pixels from where it begins to its box; negative where it reaches back, as marks do that combine.
    pub left: i16,
    /// Pixels from the font's ascender up to the upper edge of its box: negative for what lies below it.
    pub top: i16,
    /// Pixels to where the next one begins.
    pub advance: u8,
    /// Samples of its box and of 3 around it, row by row from above; empty for a space.
    pub field: Vec<u8>,
}

impl<'a> Font<'a> {
    /// Reads a font file; of a collection the first font.
    pub fn read(file: &'a [u8]) -> Result<Self, FontError> {
        Ok(Self { face: Face::parse(file, 0)? })
    }

    /// What it has a letter for, in order.
    pub fn letters(&self) -> BTreeSet<char> {
        let mut letters = BTreeSet::new();
        let tables = self.face.tables().cmap.into_iter().flat_map(|cmap| cmap.subtables);
        for table in tables.filter(ttf_parser::cmap::Subtable::is_unicode) {
            table.codepoints(|code| {
                letters
                    .extend(char::from_u32(code).filter(|letter| self.face.glyph_index(*letter).is_some()));
            });
        }
        letters
    }

    /// One letter; `None` if the font has none.
    pub fn glyph(&self, letter: char) -> Option<Glyph> {
        let id = self.face.glyph_index(letter)?;
        let scale = EM_PX / f64::from(self.face.units_per_em());
        let advance = self.face.glyph_hor_advance(id).map_or(0.0, |units| f64::from(units) * scale);
        let mut pen = Pen { outline: Outline::default(), scale };
        self.face.outline_glyph(id, &mut pen);
        let outline = pen.outline.closed();
        let space = Glyph {
            letter,
            width: 0,
            height: 0,
            left: 0,
            top: 0,
            // At most a byte's worth by then.
            advance: advance.round().clamp(0.0, 255.0) as u8,
            field: Vec::new(),
        };
        let Some([west, north, east, south]) = outline.bounds() else { return Some(space) };
        let [left, above] = [west, north].map(f64::floor);
        let [width, height] = [east.ceil() - left, south.ceil() - above];
        if [width, height].iter().any(|side| !(0.0..=SIDE_MAX).contains(side)) {
            return None;
        }
        let border = f64::from(BORDER);
        let size = [width, height].map(|side| side as usize + 2 * usize::from(BORDER));
        let grid = Grid { corner: [left - border, above - border], size, ratio: 1.0 };
        let field = filled(&outline, FillRule::NonZero, grid).into_iter().map(strength).collect();
        // FreeType's measure of a face at a size, which clients take for the origin, is rounded up.
        let ascender = (f64::from(self.face.ascender()) * scale).ceil();
        let [left, top] = [left, -above - ascender].map(|px| px as i16);
        Some(Glyph { width: width as u8, height: height as u8, left, top, field, ..space })
    }
}

/// Draws what the font says, y turned round.
struct Pen {
    outline: Outline,
    scale: f64,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> [f64; 2] {
        [f64::from(x) * self.scale, -f64::from(y) * self.scale]
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.at(x, y);
        self.outline.move_to(to);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.at(x, y);
        self.outline.line_to(to);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (control, to) = (self.at(cx, cy), self.at(x, y));
        self.outline.quad_to(control, to);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let (first, second, to) = (self.at(ax, ay), self.at(bx, by), self.at(x, y));
        self.outline.curve_to(first, second, to);
    }

    fn close(&mut self) {
        self.outline.close();
    }
}
