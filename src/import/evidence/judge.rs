//! Whether what is stated of a file's coordinates is contradicted by where they lie, in words.
//!
//! Must not know how the fits were weighed.

use super::{Fit, Ground, Hypothesis, hypothesis};
use crate::import::words::{Words, words};
use std::fmt;

/// Features or corners that a test needs.
const LEAST: usize = 20;
/// Features with a code that a test needs where the difference is plain.
const LEAST_CODED: usize = 5;

/// What the data say of what is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing fits plainly better; what speaks for it, in a line.
    Agrees(Words),
    /// Something does; what and why, with the flags that settle it.
    Contradicted(Words),
}

/// A hypothesis that puts a file into the province, as it is offered.
#[derive(Debug, Clone)]
pub struct Candidate {
    hypothesis: Hypothesis,
    at: [f64; 2],
    evidence: Words,
}

impl Candidate {
    /// The flags that make an import read the file so; `None` where no flag does.
    pub fn flag(&self) -> Option<String> {
        self.hypothesis.flag()
    }

    /// The code of its system, and whether the first number is the northing or the latitude; `None` where nobody can
    /// ask for it.
    pub fn choice(&self) -> Option<(u32, bool)> {
        self.flag().map(|_| (self.hypothesis.system.code, self.hypothesis.swapped))
    }

    /// What speaks for it and where the file would lie, in both languages.
    pub fn evidence(&self) -> Words {
        let [lon, lat] = self.at;
        words(
            format!("tại kinh độ {lon:.5}, vĩ độ {lat:.5}; {}", self.evidence.vi),
            format!("at {lon:.5} E, {lat:.5} N; {}", self.evidence.en),
        )
    }

    /// In both languages.
    pub fn words(&self) -> Words {
        let what = match self.hypothesis.flag() {
            Some(flag) => {
                self.hypothesis.meridian().behind(&format!("{flag}  {}", self.hypothesis.system.name))
            }
            None => {
                let Words { vi, en } = self.hypothesis.words();
                words(
                    format!("không có lựa chọn nào, hãy xin tệp khác: {vi}"),
                    format!("no flag, ask for another file: {en}"),
                )
            }
        };
        let evidence = self.evidence();
        words(format!("{}: {}", what.vi, evidence.vi), format!("{}: {}", what.en, evidence.en))
    }
}

/// In English.
impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

/// What puts a file into the province, the best first. Mistakes of programs are offered only where
/// they fit plainly better than all that a flag can say.
pub fn candidates(fits: &[Fit], ground: &Ground) -> Vec<Candidate> {
    let is_said = |fit: &&Fit| fit.hypothesis.flag().is_some();
    let odd = fits.iter().filter(|fit| !is_said(fit));
    let odd = odd.filter(|fit| !fits.iter().filter(is_said).any(|said| !is_better(fit, said)));
    let offered = odd.take(1).chain(fits.iter().filter(is_said));
    let candidate =
        |fit: &Fit| Candidate { hypothesis: fit.hypothesis, at: fit.at, evidence: speaking_for(fit, ground) };
    offered.map(candidate).collect()
}

/// Holds what is stated against `fits`. `said` is who stated it: `the file says`.
pub fn judge(stated: &Hypothesis, said: &Words, fits: &[Fit], ground: &Ground) -> Judgement {
    let own = fits.iter().find(|fit| fit.hypothesis == *stated);
    let others = || fits.iter().filter(|fit| fit.hypothesis != *stated);
    let Some(own) = own else {
        return match fits.first() {
            Some(best) => contradicted(stated, said, None, best, fits, ground),
            None => {
                let mut text = statement(said, stated);
                text.add(&words("; không hệ nào khớp với dữ liệu", "; nothing fits the data"));
                Judgement::Agrees(text)
            }
        };
    };
    if let Some(best) = others().find(|fit| is_better(fit, own)) {
        return contradicted(stated, said, Some(own), best, fits, ground);
    }
    let alike = alike(own, fits);
    let flags: Vec<String> = alike.iter().filter_map(|h| h.flag()).take(4).collect();
    let mut text = speaking_for(own, ground);
    if !flags.is_empty() {
        let flags = flags.join(", ");
        text.add(&words(
            format!("; dữ liệu cũng khớp với {flags}"),
            format!("; the data would fit as well with {flags}"),
        ));
    }
    if alike.iter().any(|h| h.has_lost_datum() != stated.has_lost_datum()) {
        let Words { vi, en } = hypothesis::datum_shift();
        text.add(&words(
            format!(
                "; chưa loại trừ được rằng {vi}: muốn chắc, hãy chạy lại với --reference LỚP, là một lớp đã nạp đúng vị trí \
                 có ranh giới hoặc điểm chung với tệp này"
            ),
            format!(
                "; it cannot be told whether {en}: to be sure, repeat with --reference LAYER, a layer that is loaded in \
                 its right place and shares borders or points with this file"
            ),
        ));
    }
    if !alike.is_empty() && !ground.has_communes() {
        text.add(&words(
            "; nếu đã nạp ranh giới xã (diaban import TỆP --layer admin_commune) thì biết được",
            "; with the boundaries of communes loaded (diaban import FILE --layer admin_commune) it could be told",
        ));
    } else if alike.is_empty() && own.on_border >= LEAST {
        text.add(&words(
            "; độ lệch dưới 5 m, như 0.8 m giữa EPSG:6960 và EPSG:5194, không nhận ra được",
            "; shifts below 5 m, like the 0.8 m between EPSG:6960 and EPSG:5194, do not show",
        ));
    }
    Judgement::Agrees(text)
}

/// Systems in which a file fits as well as in `stated`, that itself left out; none where `stated` does not fit.
pub fn fit_as_well(stated: &Hypothesis, fits: &[Fit]) -> Vec<u32> {
    let own = fits.iter().find(|fit| fit.hypothesis == *stated);
    let alike = own.map(|own| alike(own, fits)).unwrap_or_default();
    alike.iter().filter(|h| h.flag().is_some() && !h.swapped).map(|h| h.system.code).collect()
}

fn alike<'a>(own: &Fit, fits: &'a [Fit]) -> Vec<&'a Hypothesis> {
    let others = fits.iter().filter(|fit| fit.hypothesis != own.hypothesis);
    others.filter(|fit| !is_better(own, fit)).map(|fit| &fit.hypothesis).collect()
}

fn contradicted(
    stated: &Hypothesis,
    said: &Words,
    own: Option<&Fit>,
    best: &Fit,
    fits: &[Fit],
    ground: &Ground,
) -> Judgement {
    let mut text = statement(said, stated);
    let (fits_with, so) = (best.hypothesis.words(), speaking_for(best, ground));
    text.add(&words(
        format!(", nhưng dữ liệu khớp với {}:\n  theo đó: {}", fits_with.vi, so.vi),
        format!(", and the data fit {}:\n  so: {}", fits_with.en, so.en),
    ));
    let less = || {
        words(
            "chưa đến một nửa số đối tượng nằm trong tỉnh",
            "less than half of the features lie in the province",
        )
    };
    let as_stated = own.map_or_else(less, |own| speaking_for(own, ground));
    let away = away(stated, best);
    text.add(&words(
        format!("\n  như đã ghi: {}{}", away.vi, as_stated.vi),
        format!("\n  as stated: {}{}", away.en, as_stated.en),
    ));
    let alike: Vec<&Fit> =
        fits.iter().filter(|fit| fit.hypothesis != *stated && !is_better(best, fit)).collect();
    let flags: Vec<String> = alike.iter().filter_map(|fit| fit.hypothesis.flag()).take(5).collect();
    text.add(&what_to_do(&flags, best));
    if let (Some(flag), Some(_)) = (stated.flag(), own) {
        text.add(&words(
            format!("; nếu hệ đã ghi là đúng, hãy chạy lại với {flag}."),
            format!("; if what is stated is right, repeat with {flag}."),
        ));
    }
    Judgement::Contradicted(text)
}

fn statement(said: &Words, stated: &Hypothesis) -> Words {
    Words::joined(&[said.clone(), stated.words()], " ")
}

/// How far beside its place a file lies as it is stated, and what that is where it is the shift between two datums.
fn away(stated: &Hypothesis, best: &Fit) -> Words {
    /// Farther than any two planes in use put the same numbers apart: it was no place at all.
    const FAR_M: f64 = 1e6;
    let Some(metres) = stated.metres_from(&best.hypothesis, best.at).filter(|metres| *metres < FAR_M) else {
        return Words::same("");
    };
    let apart = if metres < 1000.0 { format!("{metres:.0} m") } else { format!("{:.1} km", metres / 1000.0) };
    let other_datum = stated.is_on_vn2000() != best.hypothesis.is_on_vn2000();
    if other_datum && (150.0..300.0).contains(&metres) {
        return Words::joined(&[hypothesis::datum_shift(), Words::same("")], "; ");
    }
    words(format!("dữ liệu nằm cách đó {apart}; "), format!("the data lie {apart} away; "))
}

fn what_to_do(flags: &[String], best: &Fit) -> Words {
    match flags {
        [] if best.hypothesis.has_lost_datum() => {
            let plane = best.hypothesis.system.name;
            words(
                format!(
                    "\nKhông lựa chọn nào đọc tệp theo cách đó. Hãy xin bên gửi xuất lại tệp từ bản gốc, ở {plane} với đủ tham \
                     số chuyển đổi VN-2000, hoặc bằng độ ở EPSG:4326"
                ),
                format!(
                    "\nNo flag reads the file so. Ask the sender to write it anew from the original, in {plane} with the \
                     parameters of VN-2000, or in degrees of EPSG:4326"
                ),
            )
        }
        [] => words(
            "\nKhông lựa chọn nào đọc tệp theo cách đó. Hãy xin bên gửi tệp ở hệ đã đăng ký, như EPSG:9210",
            "\nNo flag reads the file so. Ask the sender for it in a registered system, such as EPSG:9210",
        ),
        [one] => words(
            format!("\nNếu đúng vậy, hãy chạy lại với {one}"),
            format!("\nIf that is right, repeat with {one}"),
        ),
        several => words(
            format!(
                "\nCác hệ này khớp như nhau; hãy hỏi bên gửi, rồi chạy lại với {}",
                several.join(" hoặc ")
            ),
            format!("\nThese fit alike; ask the sender, and repeat with {}", several.join(" or ")),
        ),
    }
}

// What speaks for a fit.
fn speaking_for(fit: &Fit, ground: &Ground) -> Words {
    let (inside, all) = (fit.inside, fit.rows);
    let mut parts = vec![words(
        format!("{inside} trên {all} đối tượng nằm trong tỉnh"),
        format!("{inside} of {all} features lie in the province"),
    )];
    if !fit.in_commune.is_empty() {
        let (agreeing, all) = (fit.agreeing(), fit.in_commune.len());
        let share = agreeing * 100 / all;
        parts.push(words(
            format!("{agreeing} trên {all} ({share} %) nằm đúng xã theo mã"),
            format!("{agreeing} of {all} ({share} %) in the commune of their code"),
        ));
    }
    if fit.corners > 0 {
        let (on, all, Words { vi, en }) = (fit.on_border, fit.corners, ground.borders_of());
        parts.push(words(
            format!("{on} trên {all} góc cách {vi} không quá 5 m"),
            format!("{on} of {all} corners within 5 m of {en}"),
        ));
    }
    Words::joined(&parts, ", ")
}

/// Whether one fit is plainly better than another: some test says so and none says the contrary.
fn is_better(one: &Fit, other: &Fit) -> bool {
    let beats = |a: &Fit, b: &Fit| lies_inside(a, b) || agrees_with_codes(a, b) || lies_on_borders(a, b);
    beats(one, other) && !beats(other, one)
}

// One feature in twenty lies outside as `b` has it, and a fifth of these at most as `a` has it.
fn lies_inside(a: &Fit, b: &Fit) -> bool {
    let (out_a, out_b) = (a.rows - a.inside, b.rows - b.inside);
    out_b > 0 && out_b * 20 >= b.rows && out_a * 5 <= out_b
}

// Many more features lie in their commune; or ten more do, and hardly any fewer.
fn agrees_with_codes(a: &Fit, b: &Fit) -> bool {
    let (coded, agreeing) = (a.in_commune.len(), a.agreeing());
    let pairs = || a.in_commune.iter().zip(&b.in_commune);
    let gained = pairs().filter(|(a, b)| **a && !**b).count();
    let lost = pairs().filter(|(a, b)| !**a && **b).count();
    let plainly =
        coded >= LEAST_CODED && agreeing * 5 >= coded * 4 && (gained - lost.min(gained)) * 5 >= coded;
    let finely = gained >= 10 && lost * 10 <= gained && agreeing * 20 >= coded * 19;
    plainly || finely
}

// Three times as many corners lie on borders, and three in a hundred more.
fn lies_on_borders(a: &Fit, b: &Fit) -> bool {
    a.on_border >= LEAST
        && a.on_border >= 3 * b.on_border
        && (a.on_border - b.on_border.min(a.on_border)) * 100 >= 3 * a.corners
}
