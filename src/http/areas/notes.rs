//! What must be said about an area, in words.

use super::words::pick;
use crate::{
    area::draw,
    layer::Language,
    store::areas::{AreaNote, FoundArea},
    units::{Share, Unit},
};
use serde_json::{Value as Json, json};

/// Units that one sentence names; of more it says how many. `stands_for_it` has them all.
const NAMED_MAX: usize = 12;

/// A note in both languages.
pub fn note(vi: impl Into<String>, en: impl Into<String>) -> Json {
    json!({ "vi": vi.into(), "en": en.into() })
}

/// What must be said about an area.
pub fn notes_of(found: &FoundArea) -> Vec<Json> {
    found.notes.iter().map(|n| words(n, found.unit.map_or("", |u| u.name))).collect()
}

/// One note, of an area that is the unit `name` or none.
fn words(about: &AreaNote, name: &str) -> Json {
    match about {
        AreaNote::Repaired => note(
            "Hình vẽ tự cắt nên đã được sửa: phần được đường biên bao quanh số lẻ lần là bên trong.",
            "The drawing crossed itself and was repaired: what its rings go round an odd number of times is inside.",
        ),
        AreaNote::Outside => note(
            "Vùng nằm ngoài tỉnh nên các số liệu bằng không.",
            "The area lies outside the province, so the figures are zero.",
        ),
        AreaNote::Cut => {
            let [west, south, east, north] = draw::WINDOW;
            note(
                format!(
                    "Vùng rộng hơn phạm vi dùng được của mặt phẳng EPSG:9210 (kinh độ {west} đến {east}, vĩ độ \
                     {south} đến {north}) nên đã bị cắt theo phạm vi đó; diện tích và số liệu là của phần còn lại."
                ),
                format!(
                    "The area is wider than the window in which the plane of EPSG:9210 holds (longitude {west} to \
                     {east}, latitude {south} to {north}) and was cut to it; its size and the figures are those of \
                     what is left."
                ),
            )
        }
        AreaNote::NoArea => note(
            "Hình vẽ không có diện tích (không có bề rộng) nên các số liệu bằng không; hãy vẽ một vùng khép kín, \
             hoặc ghi `buffer:MÉT:` trước hình để hỏi những gì nằm quanh nó.",
            "The drawing has no area (it has no width), so the figures are zero; draw a closed area, or put \
             `buffer:METRES:` before it to ask for what lies around it.",
        ),
        AreaNote::Vanished => note(
            "Thu hẹp hoặc mở rộng như vậy không còn lại gì của vùng nên các số liệu bằng không; hãy ghi số mét nhỏ hơn.",
            "Nothing is left of the area so far behind its border, so the figures are zero; ask with fewer metres.",
        ),
        AreaNote::Missing(units) => {
            let names: Vec<String> = units.iter().map(|u| format!("{} ({})", u.name, u.code)).collect();
            note(
                format!("Chưa có ranh giới của {}; không tính phần này.", listed(&names, Language::Vi)),
                format!("There is no boundary of {}; it is left out.", listed(&names, Language::En)),
            )
        }
        AreaNote::Covering(communes) => {
            note(covering(communes, name, Language::Vi), covering(communes, name, Language::En))
        }
    }
}

/// By what a former unit is measured, and how much of each lies in it.
fn covering(communes: &[(Unit, Share)], name: &str, language: Language) -> String {
    let mut text = match language {
        Language::Vi => format!(
            "Chưa có ranh giới cũ của {name}. Số liệu là của các xã, phường ngày nay có đất của đơn vị này."
        ),
        Language::En => format!(
            "There is no former boundary of {name}. The figures are those of the present communes that took its \
             ground."
        ),
    };
    for share in [Share::Whole, Share::Part] {
        let such = communes.iter().filter(|(_, own)| *own == share);
        let names: Vec<String> = such.map(|(unit, _)| unit.name.to_owned()).collect();
        if names.is_empty() {
            continue;
        }
        let names = listed(&names, language);
        text.push_str(&match (language, share) {
            (Language::Vi, Share::Whole) => format!(" Nằm trọn trong {name}: {names}."),
            (Language::Vi, Share::Part) => format!(" Chỉ một phần thuộc {name}, tỷ lệ chưa rõ: {names}."),
            (Language::En, Share::Whole) => format!(" Whole in {name}: {names}."),
            (Language::En, Share::Part) => format!(" Only a part in {name}, how much is not known: {names}."),
        });
    }
    text
}

/// Names as a sentence has them: the first of many, and how many more there are.
fn listed(names: &[String], language: Language) -> String {
    // To say that there is one more is as long as to name it.
    let shown = if names.len() <= NAMED_MAX + 1 { names.len() } else { NAMED_MAX };
    let (first, rest) = names.split_at(shown);
    let and = pick(language, "và", "and");
    match (first, rest.len()) {
        ([one], 0) => one.clone(),
        ([before @ .., last], 0) => format!("{} {and} {last}", before.join(", ")),
        (first, more) => {
            format!("{} {and} {more} {}", first.join(", "), pick(language, "đơn vị khác", "others"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Era, Level};

    fn unit(name: &'static str) -> Unit {
        Unit { level: Level::Commune, code: "1", name, era: Era::Since, parent: None }
    }

    #[test]
    fn a_former_unit_is_told_of_in_sentences() {
        let communes = [
            (unit("Xã A"), Share::Whole),
            (unit("Xã B"), Share::Part),
            (unit("Xã C"), Share::Whole),
            (unit("Xã D"), Share::Whole),
        ];
        let both = words(&AreaNote::Covering(communes.to_vec()), "Huyện Cũ");
        assert_eq!(
            both["vi"],
            "Chưa có ranh giới cũ của Huyện Cũ. Số liệu là của các xã, phường ngày nay có đất của đơn vị này. Nằm \
             trọn trong Huyện Cũ: Xã A, Xã C và Xã D. Chỉ một phần thuộc Huyện Cũ, tỷ lệ chưa rõ: Xã B."
        );
        assert_eq!(
            both["en"],
            "There is no former boundary of Huyện Cũ. The figures are those of the present communes that took its \
             ground. Whole in Huyện Cũ: Xã A, Xã C and Xã D. Only a part in Huyện Cũ, how much is not known: Xã B."
        );
        // Where none lies whole in it, nothing is said of such.
        let one = covering(&communes[1..2], "Phường 5", Language::Vi);
        assert!(one.ends_with("đơn vị này. Chỉ một phần thuộc Phường 5, tỷ lệ chưa rõ: Xã B."), "{one}");
    }

    #[test]
    fn a_sentence_names_as_many_as_can_be_read() {
        let names: Vec<String> = (1..=96).map(|n| format!("Xã {n}")).collect();
        assert_eq!(listed(&names[..1], Language::Vi), "Xã 1");
        assert_eq!(listed(&names[..2], Language::En), "Xã 1 and Xã 2");
        assert!(listed(&names[..13], Language::Vi).ends_with("Xã 12 và Xã 13"));
        assert!(listed(&names, Language::Vi).ends_with("Xã 11, Xã 12 và 84 đơn vị khác"));
        assert!(listed(&names[..14], Language::En).ends_with("Xã 12 and 2 others"));
    }
}
