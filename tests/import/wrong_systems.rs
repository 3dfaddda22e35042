//! Each way in which a file's system comes out wrong, made from the communes over all systems that files in
//! Vietnam come in: how many are found, and how many right files are suspected. Printed, and held.

use super::{
    evidence::{Communes, file, ground, real, says, statements, synthetic},
    *,
};
use diaban::{
    crs::{SYSTEMS, System, SystemKind},
    import::evidence::{Fit, Ground as Land, Hypothesis, Judgement, Sample, candidates, judge, weigh},
};

/// What a file is in truth, and what it says; nothing where it says nothing.
type Wrong = (Hypothesis, Option<Hypothesis>);

fn planes() -> impl Iterator<Item = &'static System> {
    SYSTEMS.iter().filter(|s| s.kind == SystemKind::Vn2000Plane)
}

fn metres() -> impl Iterator<Item = &'static System> {
    SYSTEMS.iter().filter(|s| !s.is_geographic())
}

fn of(code: u32) -> Hypothesis {
    Hypothesis::of(crs::system(code).unwrap(), false)
}

/// Hypotheses of which a program is guilty, that no flag can say, with what the file would say.
fn odd(is: impl Fn(&Hypothesis) -> bool) -> Vec<Wrong> {
    let all = Hypothesis::all().into_iter().filter(|h| h.flag().is_none() && !h.swapped && is(h));
    let meant = |h: &Hypothesis| {
        let same = |s: &&System| s.central_meridian_deg == h.system.central_meridian_deg;
        let plane = planes().filter(same).min_by_key(|s| (s.scale != h.system.scale) as u8);
        Hypothesis::of(plane.unwrap(), false)
    };
    all.map(|h| (h, Some(meant(&h)))).collect()
}

/// The cases of the domain text, each over all systems that it can befall.
fn cases() -> Vec<(&'static str, Vec<Wrong>)> {
    let pairs = |truths: Vec<&'static System>, stated: Vec<&'static System>| -> Vec<Wrong> {
        let of = |s: &System| Hypothesis::of(s, false);
        let all = truths.iter().flat_map(|t| stated.iter().map(move |s| (*t, *s)));
        all.filter(|(t, s)| t.code != s.code).map(|(t, s)| (of(t), Some(of(s)))).collect()
    };
    let degrees = || SYSTEMS.iter().filter(|s| s.is_geographic()).collect::<Vec<_>>();
    let swapped = SYSTEMS.iter().map(|s| (Hypothesis::of(s, true), Some(Hypothesis::of(s, false))));
    let datum = [(4756, 4326), (3405, 32648), (3406, 32649)];
    let either = |(a, b): (u32, u32)| [(of(a), Some(of(b))), (of(b), Some(of(a)))];
    let scale = [(5897, 3405), (3405, 5897)].map(|(truth, stated)| (of(truth), Some(of(stated))));
    let is_scaled = |h: &Hypothesis| h.system.kind == SystemKind::Vn2000Plane && h.swapped_origin.is_none();
    let none = SYSTEMS.iter().flat_map(|s| [false, true].map(|swapped| (Hypothesis::of(s, swapped), None)));
    let odd_none = Hypothesis::all().into_iter().filter(|h| h.flag().is_none() && !h.swapped);
    vec![
        ("x and y swapped", swapped.collect()),
        ("meridian 105°30' and 105°45'", either((9210, 9209)).to_vec()),
        ("another zone or meridian", pairs(metres().collect(), metres().collect())),
        ("scale 0.9996 and 0.9999", scale.into_iter().chain(odd(is_scaled)).collect()),
        ("false origins of EPSG:6956 to 6959 swapped", odd(|h| h.swapped_origin.is_some())),
        ("datum lost by MapInfo", odd(|h| h.system.kind == SystemKind::Wgs84Plane)),
        ("datum called the other, 225 m", datum.into_iter().flat_map(either).collect()),
        ("degrees called metres", pairs(degrees(), metres().collect())),
        ("metres called degrees", pairs(metres().collect(), degrees())),
        ("no system stated", none.chain(odd_none.map(|h| (h, None))).collect()),
    ]
}

/// A file in its truth, weighed.
struct Weighed {
    what: &'static str,
    fits: Vec<Fit>,
    /// What is offered first where nothing that is stated helps.
    first: String,
}

impl Weighed {
    fn new(what: &'static str, sample: Sample, land: &Land) -> Self {
        let fits = weigh(&sample, land).unwrap();
        let first = candidates(&fits, land).first().map(ToString::to_string).unwrap_or_default();
        Self { what, fits, first }
    }

    /// Whether the file, which says `stated`, is stopped with its `truth` as what settles it.
    fn is_found(&self, truth: &Hypothesis, stated: Option<&Hypothesis>, land: &Land) -> bool {
        let named = truth.flag().unwrap_or_else(|| format!("no flag, ask for another file: {truth}"));
        let offered = self.first.starts_with(&named);
        let Some(stated) = stated else { return offered };
        // Where nothing of it would lie in the province as stated, the import stops with what would fit first;
        // whether it does is asked of each position, and not here.
        let may_lie_outside = !self.fits.iter().any(|fit| fit.hypothesis == *stated);
        if may_lie_outside && !offered {
            return false;
        }
        let named = truth.flag().unwrap_or_else(|| truth.to_string());
        match judge(stated, &says(), &self.fits, land) {
            Judgement::Contradicted(why) => why.en.contains(&named),
            Judgement::Agrees(_) => false,
        }
    }

    /// Whether the file, which says its truth, is stopped.
    fn is_suspected(&self, truth: &Hypothesis, land: &Land) -> bool {
        matches!(judge(truth, &says(), &self.fits, land), Judgement::Contradicted(_))
    }
}

/// A file of the communes in their truth, another for each: a third of them with their codes, a third without,
/// or one alone without.
fn one_file(communes: &Communes, truth: &Hypothesis, at: usize, land: &Land) -> Weighed {
    let third = || communes.iter().skip(at / 3 % 3).step_by(3);
    let (what, sample) = match at % 3 {
        0 => ("many, with codes", file(third(), truth, true)),
        1 => ("many, without codes", file(third(), truth, false)),
        _ => {
            ("one, without a code", file(communes.iter().skip(at * 7 % communes.len()).take(1), truth, false))
        }
    };
    Weighed::new(what, sample.unwrap(), land)
}

/// `turn` says which truth comes as which file.
fn assert_all_found(communes: &Communes, turn: usize) {
    let land = ground(communes);
    let cases = cases();
    let mut counts = vec![(0, 0); cases.len()];
    let (mut missed, mut alarms, mut right) = (Vec::new(), Vec::new(), 0);
    let truths = Hypothesis::all().into_iter().filter(|h| !h.swapped || h.flag().is_some());
    for (at, truth) in truths.enumerate() {
        let file = one_file(communes, &truth, at + turn, &land);
        for ((case, wrongs), (found, made)) in cases.iter().zip(&mut counts) {
            for (_, stated) in wrongs.iter().filter(|(t, _)| *t == truth) {
                *made += 1;
                if file.is_found(&truth, stated.as_ref(), &land) {
                    *found += 1;
                } else {
                    let stated = stated.map_or("nothing".to_owned(), |s| s.to_string());
                    missed.push(format!("{case}: {}: in {truth}, stated {stated}", file.what));
                }
            }
        }
        if statements().any(|stated| stated == truth) {
            right += 1;
            if file.is_suspected(&truth, &land) {
                alarms.push(format!("{}: in {truth}", file.what));
            }
        }
    }
    for ((case, wrongs), (found, made)) in cases.iter().zip(&counts) {
        println!("{case}: {found} of {made} found");
        assert_eq!(*made, wrongs.len(), "{case}");
    }
    println!("right files: {} of {right} suspected", alarms.len());
    assert!(missed.is_empty(), "{} not found:\n{}", missed.len(), missed.join("\n"));
    assert!(alarms.is_empty(), "{} false alarms:\n{}", alarms.len(), alarms.join("\n"));
    assert_eq!(right, SYSTEMS.len());
}

#[test]
fn each_wrong_system_of_the_synthetic_communes_is_found_and_no_right_one_suspected() {
    assert_all_found(&synthetic(), 0);
}

#[test]
fn each_wrong_system_of_the_real_communes_is_found_and_no_right_one_suspected() {
    match real() {
        Some(communes) => assert_all_found(&communes, 1),
        None => println!("the real communes are not at hand"),
    }
}

#[test]
fn a_commune_alone_is_told_in_the_provinces_systems() {
    for communes in [Some(synthetic()), real()].into_iter().flatten() {
        let land = ground(&communes);
        let (mut found, mut made, mut alarms) = (0, 0, 0);
        for (code, shape) in communes.iter().step_by(2) {
            let one = [(code.clone(), shape.clone())];
            for (truth, stated) in [(9210, [9209, 3405, 3406]), (4326, [4756, 9210, 3857])] {
                let truth = of(truth);
                let file = Weighed::new("", file(one.iter(), &truth, false).unwrap(), &land);
                made += stated.len();
                found += stated.iter().filter(|s| file.is_found(&truth, Some(&of(**s)), &land)).count();
                alarms += usize::from(file.is_suspected(&truth, &land));
            }
        }
        println!("a commune alone: {found} of {made} found, {alarms} of {} suspected", made / 3);
        assert_eq!((found, alarms), (made, 0));
        assert_eq!(made, communes.len() * 3);
    }
}
