//! `GET /glyphs/{fontstack}/{range}`: letters for clients that write labels with the server's fonts (MapLibre Style
//! Specification, `glyphs`). The map page itself writes with the browser's.
//!
//! A font that is not known is no reason for a map without names: the one of ours that is most like it stands in, by
//! the words of its name. So no name can ask for anything that is kept under it: what is kept is a range of one of
//! three fonts, made by the first who asks.

use super::{Problem, parameters::Path, problem::shown, rendered::Rendered, styles::Styles};
use crate::symbol::{Font, LAST_RANGE, RANGE, range_pbf};
use axum::{http::HeaderMap, response::Response};
use std::{collections::BTreeMap, sync::LazyLock};
use tokio::{sync::OnceCell, task::spawn_blocking};

/// Media type of a range of letters.
pub const KIND: &str = "application/x-protobuf";
/// Names of fonts in a style are told apart by commas; no style has so many that they are longer.
const STACK_MAX: usize = 1000;
/// A new version of the program may write them otherwise.
const CACHE: &str = "public, max-age=86400";

/// A font that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Typeface {
    name: &'static str,
    file: &'static str,
}

const REGULAR: Typeface = Typeface { name: "Noto Sans Regular", file: "fonts/NotoSans-Regular.ttf" };
const BOLD: Typeface = Typeface { name: "Noto Sans Bold", file: "fonts/NotoSans-Bold.ttf" };
const ITALIC: Typeface = Typeface { name: "Noto Sans Italic", file: "fonts/NotoSans-Italic.ttf" };
const TYPEFACES: [Typeface; 3] = [REGULAR, BOLD, ITALIC];

/// The ranges in which the fonts have letters, by their first code point. About thirty.
static RANGES: LazyLock<BTreeMap<(Typeface, u32), OnceCell<Rendered>>> = LazyLock::new(|| {
    let ranges = TYPEFACES.into_iter().flat_map(|typeface| {
        let letters = typeface.read(|font| font.letters()).unwrap_or_default();
        letters.into_iter().map(move |letter| (typeface, u32::from(letter) / RANGE * RANGE))
    });
    ranges.map(|range| (range, OnceCell::new())).collect()
});

impl Typeface {
    /// Does something with the font. An error is a defect: a test reads all of them.
    fn read<T>(self, with: impl FnOnce(&Font<'_>) -> T) -> Result<T, Problem> {
        let file = Styles::get(self.file).ok_or_else(|| Problem::internal(format!("no {}", self.file)))?;
        let font = Font::read(&file.data).map_err(|e| Problem::internal(format!("{}: {e}", self.file)))?;
        Ok(with(&font))
    }

    /// The first font of a stack that is one of ours, else the one most like the first of them.
    fn of_stack(stack: &str) -> Self {
        let known = |name: &str| TYPEFACES.into_iter().find(|own| own.name.eq_ignore_ascii_case(name.trim()));
        let like = || {
            let first = stack.split(',').next().unwrap_or_default().to_ascii_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| first.contains(word));
            if says(&["bold", "black", "heavy"]) {
                BOLD
            } else if says(&["italic", "oblique"]) {
                ITALIC
            } else {
                REGULAR
            }
        };
        stack.split(',').find_map(known).unwrap_or_else(like)
    }
}

/// 256 letters of a font.
pub async fn glyphs(
    Path((stack, range)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if stack.len() > STACK_MAX {
        return Err(Problem::bad_request(format!("fontstack: it is longer than {STACK_MAX} bytes")));
    }
    let typeface = Typeface::of_stack(&stack);
    let first = first_of(&range)?;
    let made = move || typeface.read(|font| Rendered::from(range_pbf(font, typeface.name, first)));
    let rendered = match RANGES.get(&(typeface, first)) {
        // Nothing of it is in the font, so it is as quickly made as found.
        None => made()?,
        Some(place) => {
            let make = async { spawn_blocking(made).await.map_err(Problem::internal)? };
            place.get_or_try_init(|| make).await?.clone()
        }
    };
    Ok(rendered.answer(KIND, CACHE, &headers))
}

/// Where a range begins: `7680-7935.pbf` at 7680.
fn first_of(text: &str) -> Result<u32, Problem> {
    let number = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        text.parse().ok().filter(|_| digits)
    };
    let ends = text.strip_suffix(".pbf").and_then(|text| text.split_once('-'));
    let read = ends.and_then(|(first, last)| number(first).zip(number(last)));
    let is_range =
        |(first, last): &(u32, u32)| first % RANGE == 0 && *first <= LAST_RANGE && *last == first + RANGE - 1;
    read.filter(is_range).map(|(first, _)| first).ok_or_else(|| {
        let last = LAST_RANGE + RANGE - 1;
        let forms = format!("0-255.pbf, 256-511.pbf and so on to {LAST_RANGE}-{last}.pbf");
        Problem::bad_request(format!("range: {} is none of {forms}", shown(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_written_with_the_font_of_ours_that_is_most_like_it() {
        for (stack, typeface) in [
            ("Noto Sans Regular", REGULAR),
            ("Noto Sans Bold,Noto Sans,Segoe UI,sans-serif", BOLD),
            ("noto sans italic", ITALIC),
            ("Segoe UI Bold, Noto Sans Regular", REGULAR),
            ("Open Sans Regular,Arial Unicode MS Regular", REGULAR),
            ("Open Sans Semibold,Arial Unicode MS Bold", BOLD),
            ("Roboto Medium Italic", ITALIC),
            ("../../../etc/passwd", REGULAR),
            ("", REGULAR),
            (",,,", REGULAR),
            ("\u{0}\u{202e}đậm", REGULAR),
        ] {
            assert_eq!(Typeface::of_stack(stack), typeface, "{stack}");
        }
    }

    #[test]
    fn ranges_are_those_of_256() {
        assert_eq!(first_of("0-255.pbf").ok(), Some(0));
        assert_eq!(first_of("7680-7935.pbf").ok(), Some(7680));
        assert_eq!(first_of("1113856-1114111.pbf").ok(), Some(LAST_RANGE));
        for text in [
            "",
            "0-255",
            "0-256.pbf",
            "1-256.pbf",
            "255-0.pbf",
            "256-255.pbf",
            "-0-255.pbf",
            "+0-255.pbf",
            "0x0-255.pbf",
            "00-255.pbf",
            "0-0255.pbf",
            " 0-255.pbf",
            "0-255.pbf.pbf",
            "1114112-1114367.pbf",
            "4294967040-4294967295.pbf",
            "99999999999999999999-255.pbf",
            "٠-255.pbf",
            "a-b.pbf",
            "0.pbf",
            ".pbf",
        ] {
            assert!(first_of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_font_has_its_ranges() {
        for typeface in TYPEFACES {
            for first in [0, 256, 768, 7680, 8192] {
                assert!(RANGES.contains_key(&(typeface, first)), "{} {first}", typeface.name);
            }
        }
        assert!(RANGES.len() < 100, "{}", RANGES.len());
    }
}
