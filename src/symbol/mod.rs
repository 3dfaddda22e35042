//! What maps write and mark with: letters and icons as signed distance fields. Fonts (TrueType, OpenType) and SVG go
//! in, glyphs (Mapbox glyph PBF) and sprite sheets (PNG and JSON, Mapbox and MapLibre Style Specification) come out.
//!
//! A distance field is a small picture whose samples say how far it is to the outline, so that one picture is sharp
//! at every size, in every colour, with a halo. The distance is that to the outline itself, as in Mapbox's
//! sdf-glyph-foundry, not to pixels of a picture that was drawn first (TinySDF, sdf_glyph_renderer): of the marks of
//! `ẫ` or `ể`, two samples thick, nothing is lost. What is written here instead of taken: a field is one function, and
//! the crates that draw SVG (resvg) are forty packages.
//!
//! Pure. Must not know where files lie, or who asks.

/// Distances from samples to an outline.
mod field;
/// The letters of one font.
mod font;
/// Letters as clients of maps load them, 256 code points at a time.
mod glyphs;
/// Lines round a shape, curves made straight.
mod outline;
/// A picture as PNG.
mod png;
/// Icons side by side in one picture.
mod sprite;
/// The part of SVG that icons are drawn in.
mod svg;
/// What stands in the attribute `d` of an SVG path.
mod svg_path;
/// The tags of an SVG file.
mod svg_tags;

pub use font::{Font, FontError, Glyph};
pub use glyphs::{LAST_RANGE, RANGE, range_pbf};
pub use sprite::{ICON_MARGIN, Sheet, sheet};
pub use svg::{Icon, SIDE_MAX, SvgError};

/// How strong a sample is at so many pixels within the outline (negative outside), 0 to 255: 191 on the outline, 0
/// from 6 pixels outside on, as all clients of these formats take it.
fn strength(within_px: f64) -> u8 {
    const RADIUS_PX: f64 = 8.0;
    const OUTSIDE: f64 = 0.75;
    // Within 0 and 255 by then.
    (255.0 * (OUTSIDE + within_px / RADIUS_PX)).round().clamp(0.0, 255.0) as u8
}
