//! Whether what is stated of a file's coordinates is contradicted by where they lie, in words.
//!
//! Must not know how the fits were weighed.

use super::{Fit, Ground, Hypothesis};
use std::fmt;

/// Features or corners that a test needs.
const LEAST: usize = 20;
/// Features with a code that a test needs where the difference is plain.
const LEAST_CODED: usize = 5;

/// What the data say of what is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing fits plainly better; what speaks for it, in a line.
    Agrees(String),
    /// Something does; what and why, with the flags that settle it.
    Contradicted(String),
}

/// A hypothesis that puts a file into the province, as it is offered.
#[derive(Debug, Clone)]
pub struct Candidate {
    hypothesis: Hypothesis,
    at: [f64; 2],
    evidence: String,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [lon, lat] = self.at;
        match self.hypothesis.flag() {
            Some(flag) => write!(f, "{flag}  {}: at {lon:.5} E, {lat:.5} N", self.hypothesis.system.name)?,
            None => {
                write!(f, "no flag, ask for another file: {}: at {lon:.5} E, {lat:.5} N", self.hypothesis)?
            }
        }
        if self.evidence.is_empty() { Ok(()) } else { write!(f, "; {}", self.evidence) }
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
        |fit: &Fit| Candidate { hypothesis: fit.hypothesis, at: fit.at, evidence: words(fit, ground) };
    offered.map(candidate).collect()
}

/// Holds what is stated against `fits`. `said` is who stated it: `the file says`.
pub fn judge(stated: &Hypothesis, said: &str, fits: &[Fit], ground: &Ground) -> Judgement {
    let own = fits.iter().find(|fit| fit.hypothesis == *stated);
    let others = || fits.iter().filter(|fit| fit.hypothesis != *stated);
    let Some(own) = own else {
        return match fits.first() {
            Some(best) => contradicted(stated, said, None, best, fits, ground),
            None => Judgement::Agrees(format!("{said} {stated}; nothing fits the data")),
        };
    };
    if let Some(best) = others().find(|fit| is_better(fit, own)) {
        return contradicted(stated, said, Some(own), best, fits, ground);
    }
    let alike = alike(own, fits);
    let flags: Vec<String> = alike.iter().filter_map(|h| h.flag()).take(4).collect();
    let mut text = words(own, ground);
    if !flags.is_empty() {
        text += &format!("; the data would fit as well with {}", flags.join(", "));
    }
    if alike.iter().any(|h| h.has_lost_datum() != stated.has_lost_datum()) {
        text += "; that its datum was lost on the way (225 m) cannot be told";
    }
    if !alike.is_empty() && !ground.has_communes() {
        text += "; with the layer admin_commune loaded it could be";
    } else if alike.is_empty() && own.on_border >= LEAST {
        text += "; shifts below 5 m, like the 0.8 m between EPSG:6960 and EPSG:5194, do not show";
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
    said: &str,
    own: Option<&Fit>,
    best: &Fit,
    fits: &[Fit],
    ground: &Ground,
) -> Judgement {
    let mut text = format!("{said} {stated}, and the data fit {}:", best.hypothesis);
    text += &format!("\n  so: {}", words(best, ground));
    match own {
        Some(own) => text += &format!("\n  as stated: {}", words(own, ground)),
        None => text += "\n  as stated: less than half of the features lie in the province",
    }
    let alike: Vec<&Fit> =
        fits.iter().filter(|fit| fit.hypothesis != *stated && !is_better(best, fit)).collect();
    let flags: Vec<String> = alike.iter().filter_map(|fit| fit.hypothesis.flag()).take(5).collect();
    text += &match flags.as_slice() {
        [] => "\nNo flag reads the file so. Ask the sender for it in a registered system, such as EPSG:9210."
            .to_owned(),
        [one] => format!("\nIf that is right, repeat with {one}"),
        several => format!("\nThese fit alike; ask the sender, and repeat with {}", several.join(" or ")),
    };
    if let (Some(flag), Some(_)) = (stated.flag(), own) {
        text += &format!("; if what is stated is right, with {flag}.");
    }
    Judgement::Contradicted(text)
}

// What speaks for a fit.
fn words(fit: &Fit, ground: &Ground) -> String {
    let mut parts = vec![format!("{} of {} features lie in the province", fit.inside, fit.rows)];
    if !fit.in_commune.is_empty() {
        parts.push(format!("{} of {} in the commune of their code", fit.agreeing(), fit.in_commune.len()));
    }
    if fit.corners > 0 {
        let (on, all) = (fit.on_border, fit.corners);
        parts.push(format!("{on} of {all} corners within 5 m of {}", ground.borders_of()));
    }
    parts.join(", ")
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
