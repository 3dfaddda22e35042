//! Icons side by side in one picture, and where each of them is (MapLibre Style Specification, sprite). Must not know
//! where icons come from.

use super::{
    field::Grid,
    png::png,
    strength,
    svg::{Icon, SIDE_MAX},
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Pixels around an icon of any colour, where its field runs out: room for a halo.
pub const ICON_MARGIN: u32 = 3;
/// Pixels of a sheet across at most, at one to a pixel of the screen.
const ACROSS_MAX: u32 = 512;
/// Pixels between icons, so that none bleeds into its neighbour.
const GAP: u32 = 1;

/// A sprite sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Where each icon is, by name.
    pub index: String,
    /// The picture, PNG.
    pub picture: Vec<u8>,
}

/// Where an icon stands, in pixels of the screen.
struct Place<'a> {
    name: &'a str,
    icon: &'a Icon,
    corner: [u32; 2],
    size: [u32; 2],
}

/// The sheet of these icons with `ratio` (1 or 2) pixels to one of the screen. An icon in black alone becomes a distance
/// field (`sdf`), which a style colours and puts a halo around; one in colours stays as it is.
pub fn sheet(icons: &BTreeMap<String, Icon>, ratio: u32) -> std::io::Result<Sheet> {
    let (places, sides) = places(icons);
    let [across, down] = sides.map(|side| side * ratio);
    let mut rgba = vec![0; (across * down * 4) as usize];
    let mut index = Map::new();
    for place in &places {
        let [x, y, width, height] =
            [place.corner[0], place.corner[1], place.size[0], place.size[1]].map(|px| px * ratio);
        let mut told = json!({ "x": x, "y": y, "width": width, "height": height, "pixelRatio": ratio });
        if place.icon.takes_any_colour() {
            told["sdf"] = json!(true);
        }
        index.insert(place.name.to_owned(), told);
        let row_bytes = width as usize * 4;
        for (row, line) in (y..).zip(pixels(place, ratio).chunks_exact(row_bytes)) {
            let from = ((row * across + x) * 4) as usize;
            rgba[from..from + row_bytes].copy_from_slice(line);
        }
    }
    Ok(Sheet { index: Json::Object(index).to_string(), picture: png(across, down, &rgba)? })
}

/// Rows of icons, the highest first; and the sides of all of them together, at least a pixel.
fn places(icons: &BTreeMap<String, Icon>) -> (Vec<Place<'_>>, [u32; 2]) {
    let mut places: Vec<Place<'_>> = icons
        .iter()
        .map(|(name, icon)| {
            let margin = if icon.takes_any_colour() { 2 * ICON_MARGIN } else { 0 };
            Place { name, icon, corner: [0, 0], size: icon.size.map(|side| side + margin) }
        })
        .collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.size[1]));
    let (mut x, mut y, mut row, mut across) = (0, 0, 0, 1);
    for place in &mut places {
        let [width, height] = place.size;
        if x + width > ACROSS_MAX {
            (x, y, row) = (0, y + row + GAP, 0);
        }
        place.corner = [x, y];
        across = across.max(x + width);
        x += width + GAP;
        row = row.max(height);
    }
    (places, [across, (y + row).max(1)])
}

/// Red, green, blue and opacity of each pixel of an icon, row by row.
fn pixels(place: &Place<'_>, ratio: u32) -> Vec<u8> {
    let icon = place.icon;
    let margin = if icon.takes_any_colour() { f64::from(ICON_MARGIN) } else { 0.0 };
    let size = place.size.map(|side| (side * ratio) as usize);
    let grid = Grid { corner: [-margin; 2], size, ratio: f64::from(ratio) };
    if icon.takes_any_colour() {
        return icon.field(grid).into_iter().flat_map(|within| [0, 0, 0, strength(within)]).collect();
    }
    let mut painted = vec![[0.0; 4]; size[0] * size[1]];
    for (colour, layer) in icon.layers(grid) {
        for (pixel, within) in painted.iter_mut().zip(layer) {
            let cover = (within * f64::from(ratio) + 0.5).clamp(0.0, 1.0);
            for (under, over) in pixel.iter_mut().zip(colour.map(f64::from).into_iter().chain([255.0])) {
                *under = *under * (1.0 - cover) + over * cover;
            }
        }
    }
    painted.into_iter().flat_map(straight).collect()
}

/// Of a colour that is weighed by its opacity, the colour.
fn straight([red, green, blue, opacity]: [f64; 4]) -> [u8; 4] {
    let part = if opacity > 0.0 { 255.0 / opacity } else { 0.0 };
    // Each is 0 to 255 by then.
    [red * part, green * part, blue * part, opacity].map(|value| value.round().clamp(0.0, 255.0) as u8)
}

const _: () = assert!(SIDE_MAX as u32 + 2 * ICON_MARGIN < ACROSS_MAX);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read;

    fn icons(drawn: &[(&str, &str)]) -> BTreeMap<String, Icon> {
        let icon = |(name, shape): &(&str, &str)| {
            let file = format!("<svg viewBox=\"0 0 15 15\">{shape}</svg>");
            ((*name).to_owned(), Icon::read(&file).unwrap())
        };
        drawn.iter().map(icon).collect()
    }

    /// Opacity of the pixel at a place of the sheet, and its colour.
    fn pixel(sheet: &Sheet, across: usize, x: usize, y: usize) -> [u8; 4] {
        let data = sheet.picture.windows(4).position(|part| part == b"IDAT").unwrap() + 4;
        let mut rows = Vec::new();
        flate2::read::ZlibDecoder::new(&sheet.picture[data..]).read_to_end(&mut rows).unwrap();
        let at = y * (across * 4 + 1) + 1 + x * 4;
        rows[at..at + 4].try_into().unwrap()
    }

    const SQUARE: &str = "<rect x=\"2\" y=\"2\" width=\"11\" height=\"11\"/>";
    const FLAG: &str =
        "<path fill=\"#d00\" d=\"M0 0h15v15h-15z\"/><circle fill=\"#ff0\" cx=\"7.5\" cy=\"7.5\" r=\"4\"/>";

    #[test]
    fn an_icon_in_black_is_a_field_and_one_in_colours_is_as_drawn() {
        let icons = icons(&[("flag", FLAG), ("square", SQUARE)]);
        for ratio in [1, 2] {
            let sheet = sheet(&icons, ratio).unwrap();
            let index: Json = serde_json::from_str(&sheet.index).unwrap();
            let across = (places(&icons).1[0] * ratio) as usize;
            let (square, flag) = (&index["square"], &index["flag"]);
            assert_eq!(
                (square["width"].as_u64(), square["sdf"].as_bool()),
                (Some(u64::from(21 * ratio)), Some(true))
            );
            assert_eq!((flag["width"].as_u64(), flag.get("sdf")), (Some(u64::from(15 * ratio)), None));
            let at = |icon: &Json, x: f64, y: f64| {
                let place = |key: &str, px: f64| {
                    icon[key].as_u64().unwrap() as usize + (px * f64::from(ratio)) as usize
                };
                pixel(&sheet, across, place("x", x), place("y", y))
            };
            // Its margin is 3: the square's edge lies 5 pixels in, its middle is 5.5 deep.
            assert_eq!(at(square, 10.0, 10.0)[3], 255);
            let [outside, inside] = [at(square, 4.9, 10.0)[3], at(square, 5.1, 10.0)[3]];
            assert!(outside < 191 && inside > 191, "{outside} {inside}");
            assert_eq!(at(flag, 1.0, 1.0), [0xdd, 0, 0, 255]);
            assert_eq!(at(flag, 7.0, 7.0), [255, 255, 0, 255]);
        }
    }

    #[test]
    fn icons_stand_in_rows_and_none_in_another() {
        let names: Vec<String> = (0..60).map(|number| format!("icon-{number}")).collect();
        let icons = icons(&names.iter().map(|name| (name.as_str(), SQUARE)).collect::<Vec<_>>());
        let (places, [across, height]) = places(&icons);
        assert!(across <= ACROSS_MAX && height > 2 * 21 && height < 4 * 22, "{across} {height}");
        for (place, one) in places.iter().enumerate() {
            assert!(one.corner[0] + one.size[0] <= across && one.corner[1] + one.size[1] <= height);
            for other in &places[place + 1..] {
                let apart = |axis: usize| {
                    one.corner[axis] + one.size[axis] < other.corner[axis]
                        || other.corner[axis] + other.size[axis] < one.corner[axis]
                };
                assert!(apart(0) || apart(1), "{} and {}", one.name, other.name);
            }
        }
    }

    #[test]
    fn no_icons_are_an_empty_sheet() {
        let empty = sheet(&BTreeMap::new(), 1).unwrap();
        assert_eq!(empty.index, "{}");
        assert!(empty.picture.starts_with(b"\x89PNG"));
    }
}
