//! What stands in a column's heading beside its name: a unit in brackets, a system, `Tọa độ` before a letter.
//!
//! Headings are compared folded (`layer::fold`), so that line breaks, blanks and the place of a tone mark
//! (`Toạ độ`, `Tọa độ`) are no matter. Must not know files.

use crate::layer::{Attribute, fold};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folded words that stand before the name of a coordinate, and behind it.
const BEFORE: [&str; 8] = ["toado", "vn2000", "wgs84", "utm", "diem", "dinh", "goc", "moc"];
const BEHIND: [&str; 8] = ["vn2000", "wgs84", "utm", "met", "m", "diem", "dinh", "goc"];
/// How units are written that is neither their symbol nor their title, in the form of [`unit_word`].
const UNITS_WRITTEN: [(&str, &[&str]); 8] = [
    ("m", &["met"]),
    ("ha", &["hecta", "hectare"]),
    ("m2", &["metvuong"]),
    ("km2", &["kmvuong"]),
    ("%", &["phantram"]),
    ("million VND", &["trd", "trieudong"]),
    ("billion VND", &["tydong", "tidong"]),
    ("VND/m2", &["dong/m2", "d/m2"]),
];

/// Units that stand in rows of their own, in the form of [`unit_word`]: those of layers, and others of tables.
const UNITS: [&str; 44] = [
    "mm",
    "cm",
    "m",
    "met",
    "km",
    "m2",
    "metvuong",
    "km2",
    "kmvuong",
    "ha",
    "hecta",
    "hectare",
    "m3",
    "metkhoi",
    "m3/s",
    "m3/ngay",
    "m3/day",
    "%",
    "phantram",
    "h",
    "gio",
    "do",
    "deg",
    "kg",
    "tan",
    "t",
    "trd",
    "trieudong",
    "trieuvnd",
    "millionvnd",
    "tydong",
    "tidong",
    "dong",
    "vnd",
    "dong/m2",
    "vnd/m2",
    "nguoi",
    "ho",
    "kv",
    "kva",
    "mva",
    "kw",
    "mw",
    "mbit/s",
];

/// Whether a cell says a unit and nothing else, in brackets or not.
pub fn is_unit(cell: &str) -> bool {
    UNITS.contains(&unit_word(cell).as_str())
}

/// A heading without what stands in brackets.
pub fn without_brackets(heading: &str) -> String {
    let mut depth = 0u32;
    let outside = heading.chars().filter(|c| match c {
        '(' | '[' => {
            depth += 1;
            false
        }
        ')' | ']' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    });
    outside.collect()
}

/// What stands in brackets in a heading.
fn brackets(heading: &str) -> impl Iterator<Item = &str> {
    heading.split(['(', '[']).skip(1).map(|rest| rest.split([')', ']']).next().unwrap_or_default())
}

/// What a heading can mean, folded: all of it first, then less and less of what stands around the name of a
/// coordinate (`Tọa độ X (m)`: `toadoxm`, `toadox`, `x`).
pub fn spellings(heading: &str) -> Vec<String> {
    // How workbooks write a line break that another program put in (ECMA-376 part 1, 22.9.2.19).
    let heading = heading.replace("_x000D_", " ");
    let mut all = vec![fold(&heading), fold(&without_brackets(&heading))];
    for start in 0..2 {
        let mut core = all[start].clone();
        while let Some(less) = stripped(&core) {
            all.push(less.to_owned());
            core = less.to_owned();
        }
    }
    all
}

fn stripped(core: &str) -> Option<&str> {
    let behind = BEHIND.iter().filter_map(|word| core.strip_suffix(word));
    let before = BEFORE.iter().filter_map(|word| core.strip_prefix(word));
    behind.chain(before).find(|less| !less.is_empty())
}

/// Whether a heading is a name of an attribute, but for what stands in brackets, and that is not another unit
/// than the attribute's: `Diện tích (m2)` is none in hectares.
pub fn names_in_brackets<'a>(
    heading: &str,
    attribute: &'a Attribute,
    mut names: impl Iterator<Item = &'a String>,
) -> bool {
    let bare = fold(&without_brackets(heading));
    let is_bracketed = heading.contains(['(', '[']) && !bare.is_empty();
    is_bracketed && names.any(|name| fold(&without_brackets(name)) == bare) && unit_fits(heading, attribute)
}

fn unit_fits(heading: &str, attribute: &Attribute) -> bool {
    let Some(unit) = attribute.unit else { return true };
    let title = unit.title();
    let own = [unit.symbol(), &title.vi, &title.en].map(unit_word);
    let written = UNITS_WRITTEN.iter().find(|(symbol, _)| *symbol == unit.symbol());
    brackets(heading).map(unit_word).all(|word| {
        let says_none = !word.contains(|c: char| c.is_alphabetic() || c == '%');
        says_none || own.contains(&word) || written.is_some_and(|(_, all)| all.contains(&word.as_str()))
    })
}

/// A unit made comparable: `m²` and `M2` are `m2`, `Đồng/m2` is `dong/m2`.
fn unit_word(text: &str) -> String {
    let letters = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let letters = letters.map(|c| if c == 'đ' { 'd' } else { c });
    letters.filter(|c| c.is_alphanumeric() || matches!(c, '/' | '%')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_letter_is_no_matter() {
        for heading in [
            "X",
            "X (m)",
            "Tọa độ X (m)",
            "Toạ độ X(m)",
            "TỌA  ĐỘ\nX (m)",
            "Tọa độ_x000D_\nX",
            "Tọa độ (X)",
            "TOADO_X",
            "X_VN2000",
            "Toạ độ VN-2000 X (m)",
            "Tọa độ điểm X [m]",
        ] {
            assert!(spellings(heading).iter().any(|s| s == "x"), "{heading}: {:?}", spellings(heading));
        }
        assert!(spellings("Kinh độ (độ)").iter().any(|s| s == "kinhdo"));
        for heading in ["Xã", "Mã số", "Tọa độ", "(m)", ""] {
            assert!(!spellings(heading).iter().any(|s| s == "x"), "{heading}");
        }
    }
}
