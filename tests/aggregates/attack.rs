//! Attackers: somebody who subtracts what he sees from what is told, somebody who besides is told which groups are
//! small, and somebody who knows the rule and tries every layer that would have been answered so.

use super::{farm, view};
use diaban::{
    layer::{AccessClass, AggregateView},
    query::aggregates::{K, Published, Rows, Unpublished},
};
use proptest::{collection::vec, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

const CODES: [&str; 12] = [
    "27694", "27695", "27696", "27697", "27698", "27699", "27700", "27701", "27702", "27703", "27704",
    "27705",
];

/// Rows of each commune by class: open, shared, restricted.
type Layer = Vec<[u64; 3]>;

fn published(view: &AggregateView, layer: &Layer, divided: bool) -> Published {
    let mut all = Unpublished::default();
    for (code, counts) in CODES.iter().zip(layer) {
        for (class, count) in AccessClass::ALL.into_iter().zip(counts) {
            all.add(Some(code), class, &Rows { count: *count, sums: Vec::new() });
        }
    }
    all.publish(view, &CODES[..layer.len()], divided)
}

/// What somebody who sees what is open or shared, and all of some communes, does not see of each.
fn unseen(layer: &Layer, access: AccessClass, seen: AccessClass, known: &BTreeSet<usize>) -> Vec<u64> {
    let of = |(group, counts): (usize, &[u64; 3])| {
        let rows = AccessClass::ALL.into_iter().zip(counts);
        let hidden: u64 = rows.filter(|(class, _)| access.max(*class) > seen).map(|(_, count)| count).sum();
        if known.contains(&group) { 0 } else { hidden }
    };
    layer.iter().enumerate().map(of).collect()
}

/// Fails if somebody learns how many rows a small group has that he does not see. He takes what he sees from what is
/// told, and of what is left in all from the least and the most that the others can have; he even knows which of
/// them are small.
fn attack(told: &Published, layer: &Layer, hidden: &[u64]) {
    let total: u64 = layer.iter().flatten().sum();
    assert!(told.total.count.is_none_or(|count| count == total));
    let is_small = |rows: u64| (1..K).contains(&rows);
    let mut left = hidden.iter().sum::<u64>();
    let mut withheld = Vec::new();
    for (group, figures) in told.groups.iter().take(layer.len()).enumerate() {
        match figures.count {
            Some(count) => {
                assert_eq!(count, layer[group].iter().sum::<u64>());
                assert!(!is_small(hidden[group]), "{hidden:?}: {group} is told in {told:?}");
                left -= hidden[group];
            }
            None if hidden[group] > 0 => withheld.push(hidden[group]),
            None => {}
        }
    }
    if told.total.count.is_none() {
        return;
    }
    for (i, rows) in withheld.iter().enumerate().filter(|(_, rows)| is_small(**rows)) {
        let others = withheld.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, rows)| *rows);
        let least: u64 = others.clone().map(|rows| if is_small(rows) { 1 } else { K }).sum();
        let most: u64 = others.map(|rows| if is_small(rows) { K - 1 } else { total }).sum();
        let (from, to) = (left.saturating_sub(most).max(1), (left - least).min(K - 1));
        assert!(from <= *rows && *rows <= to);
        assert_eq!((from, to), (1, K - 1), "{rows} of {withheld:?}, {left} in all, in {told:?}");
    }
}

fn some_layer() -> impl Strategy<Value = Layer> {
    let rows = prop_oneof![3 => Just(0u64), 4 => 1u64..5, 2 => 5u64..9, 1 => 9u64..300];
    let group =
        ([rows.clone(), rows.clone(), rows], 0..5u8).prop_map(|([open, shared, restricted], mixed)| {
            [open, if mixed > 1 { shared } else { 0 }, if mixed > 0 { restricted } else { 0 }]
        });
    vec(group, 1..CODES.len() + 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_can_reckon_a_group_of_fewer_than_five_from_what_is_told_and_what_he_sees(
        layer in some_layer(),
        access in 0usize..3,
    ) {
        let access = AccessClass::ALL[access];
        let told = published(&view(farm(access)), &layer, false);
        for seen in AccessClass::ALL {
            attack(&told, &layer, &unseen(&layer, access, seen, &BTreeSet::new()));
        }
    }

    #[test]
    fn offices_of_communes_even_together_cannot_take_what_they_know_from_the_total(
        layer in some_layer(),
        access in 0usize..3,
        offices in vec(0usize..CODES.len(), 1..8),
    ) {
        let access = AccessClass::ALL[access];
        let view = view(farm(access));
        let (told, others) = (published(&view, &layer, true), published(&view, &layer, false));
        let known: BTreeSet<usize> = offices.into_iter().collect();
        for seen in AccessClass::ALL {
            attack(&told, &layer, &unseen(&layer, access, seen, &known));
        }
        // Whoever came before there were such offices learns nothing from the difference.
        prop_assert_eq!(&told.groups, &others.groups);
        let is_whole = told.groups.iter().all(|figures| figures.count.is_some());
        prop_assert_eq!(told.total.count, others.total.count.filter(|_| is_whole));
    }
}

/// All layers with so many communes, closed to all, and at most so many rows.
fn all_layers(communes: usize, rows: u64) -> Vec<Layer> {
    let mut all: Vec<Layer> = vec![Vec::new()];
    for _ in 0..communes {
        let more = |layer: Layer| {
            let used: u64 = layer.iter().flatten().sum();
            (0..=rows - used).map(move |count| [&layer[..], &[[0, 0, count]]].concat())
        };
        all = all.into_iter().flat_map(more).collect();
    }
    all
}

/// Fails if somebody who knows the rule, and what `seen` callers see, finds by trying every layer how many rows a small
/// group has, or, in a layer that is closed to all, can exclude a number from 1 to 4. With a total that is told, all that could have been answered so are among `layers`.
fn try_all(access: AccessClass, seen: AccessClass, layers: &[Layer]) {
    let view = view(farm(access));
    let mut told = Vec::new();
    let mut possible: BTreeMap<_, Vec<BTreeSet<u64>>> = BTreeMap::new();
    for layer in layers {
        let answer = published(&view, layer, false);
        let counts: Vec<_> = [&answer.total].into_iter().chain(&answer.groups).map(|f| f.count).collect();
        let hidden = unseen(layer, access, seen, &BTreeSet::new());
        let sees: Vec<[u64; 3]> = layer
            .iter()
            .map(|counts| {
                [0, 1, 2].map(|i| if access.max(AccessClass::ALL[i]) <= seen { counts[i] } else { 0 })
            })
            .collect();
        let key = (counts, sees);
        let values = possible.entry(key.clone()).or_insert_with(|| vec![BTreeSet::new(); layer.len()]);
        for (values, rows) in values.iter_mut().zip(&hidden) {
            values.insert(*rows);
        }
        told.push((key, hidden));
    }
    assert!(told.iter().any(|((counts, _), _)| counts[0].is_some() && counts.contains(&None)));
    for (key, hidden) in told.iter().filter(|((counts, _), _)| counts[0].is_some()) {
        for (group, _) in hidden.iter().enumerate().filter(|(_, rows)| (1..K).contains(*rows)) {
            let values = &possible[key][group];
            // Where some see more than others, what is told to both narrows it, and never to one number.
            let is_hidden = match access {
                AccessClass::Restricted => (1..K).all(|rows| values.contains(&rows)),
                _ => values.len() > 1,
            };
            assert!(is_hidden, "{hidden:?}, {key:?}: {group} is one of {values:?}");
        }
    }
}

#[test]
fn whoever_knows_the_rule_and_tries_every_layer_finds_no_small_group_either() {
    let closed: Vec<Layer> = all_layers(5, 14);
    try_all(AccessClass::Restricted, AccessClass::Open, &closed);
    // Of each three numbers two are rows that agencies see, and that they do not.
    let pairs = all_layers(6, 11)
        .into_iter()
        .map(|layer| layer.chunks(2).map(|pair| [0, pair[0][2], pair[1][2]]).collect());
    let mixed: Vec<Layer> = pairs.collect();
    try_all(AccessClass::Open, AccessClass::Open, &mixed);
    try_all(AccessClass::Open, AccessClass::Shared, &mixed);
}

#[test]
fn what_is_told_of_a_usual_layer_is_most_of_it() {
    let view = view(farm(AccessClass::Restricted));
    let layer: Layer = (0..12).map(|i| [0, 0, if i == 4 { 3 } else { 20 + i }]).collect();
    let told = published(&view, &layer, false);
    assert_eq!(told.total.count, Some(layer.iter().flatten().sum()));
    let withheld: Vec<_> = (0..12).filter(|group| told.groups[*group].count.is_none()).collect();
    assert!(withheld.contains(&4) && withheld.len() == 2, "the small one, and a second: {withheld:?}");
    assert_eq!(
        published(&view, &layer, true).total.count,
        None,
        "the office of the second would find the first"
    );
    let all_small: Layer = vec![[0, 0, 2]; 12];
    let told = published(&view, &all_small, false);
    assert!(told.groups[..12].iter().chain([&told.total]).all(|figures| figures.count.is_none()));
}

#[test]
fn a_group_is_withheld_where_few_rows_are_hidden_among_many_that_anyone_sees() {
    let others = [[20, 0, 9]; 6];
    let layer = |last: [u64; 3]| [&others[..], &[last]].concat();
    let view = view(farm(AccessClass::Open));
    let count = |last| published(&view, &layer(last), false).groups[6].count;
    assert_eq!(count([20, 0, 1]), None, "21 less the 20 that anyone sees is one");
    assert_eq!(count([20, 7, 1]), None, "28 less the 27 that agencies see is one");
    assert_eq!(count([20, 0, 0]), Some(20));
    assert_eq!(count([20, 5, 5]), Some(30));
    assert_eq!(count([3, 0, 0]), Some(3), "what anyone sees anyway");
}
