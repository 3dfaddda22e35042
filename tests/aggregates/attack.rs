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

fn published(view: &AggregateView, layer: &Layer, granted: &[BTreeSet<String>]) -> Published {
    let mut all = Unpublished::default();
    for (code, counts) in CODES.iter().zip(layer) {
        for (class, count) in AccessClass::ALL.into_iter().zip(counts) {
            all.add(Some(code), class, &Rows { count: *count, sums: Vec::new() });
        }
    }
    let granted: Vec<&BTreeSet<String>> = granted.iter().collect();
    all.publish(view, &CODES[..layer.len()], &granted)
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
        offices in vec(vec(0usize..CODES.len(), 2..6), 0..3),
    ) {
        let access = AccessClass::ALL[access];
        let offices: Vec<BTreeSet<usize>> = offices.into_iter().map(|office| office.into_iter().collect()).collect();
        let codes = |office: &BTreeSet<usize>| office.iter().map(|group| CODES[*group].to_owned()).collect();
        let granted: Vec<BTreeSet<String>> = offices.iter().map(codes).collect();
        let told = published(&view(farm(access)), &layer, &granted);
        let nobody = [BTreeSet::new()];
        let of_one = (0..layer.len()).map(|group| BTreeSet::from([group]));
        for known in nobody.into_iter().chain(of_one).chain(offices) {
            for seen in AccessClass::ALL {
                attack(&told, &layer, &unseen(&layer, access, seen, &known));
            }
        }
    }

    #[test]
    fn of_two_answers_about_the_same_rows_the_more_careful_withholds_whole_groups_that_the_other_tells(
        layer in some_layer(),
        office in vec(0usize..CODES.len(), 2..6),
    ) {
        let view = view(farm(AccessClass::Restricted));
        let office = office.into_iter().map(|group| CODES[group].to_owned()).collect();
        let (before, after) = (published(&view, &layer, &[]), published(&view, &layer, &[office]));
        for (before, after) in before.groups.iter().zip(&after.groups) {
            prop_assert!(before.count.is_some() || after.count.is_none());
        }
    }
}

/// All layers with so many communes and at most so many rows.
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

#[test]
fn whoever_knows_the_rule_and_tries_every_layer_finds_no_small_group_either() {
    const COMMUNES: usize = 5;
    let view = view(farm(AccessClass::Restricted));
    // With a total that is told, every layer that could have been answered so is among these.
    let told: Vec<_> = all_layers(COMMUNES, 16)
        .into_iter()
        .map(|layer| {
            let told = published(&view, &layer, &[]);
            let counts: Vec<_> = [&told.total].into_iter().chain(&told.groups).map(|f| f.count).collect();
            (counts, layer)
        })
        .collect();
    assert!(told.iter().any(|(counts, _)| counts[0].is_some() && counts.contains(&None)));
    for knower in [None, Some(0), Some(1), Some(2), Some(3), Some(4)] {
        let knows = |layer: &Layer| knower.map(|group: usize| layer[group][2]);
        let mut possible: BTreeMap<_, Vec<BTreeSet<u64>>> = BTreeMap::new();
        for (counts, layer) in &told {
            let values =
                possible.entry((counts, knows(layer))).or_insert_with(|| vec![BTreeSet::new(); COMMUNES]);
            for (values, counts) in values.iter_mut().zip(layer) {
                values.insert(counts[2]);
            }
        }
        for (counts, layer) in &told {
            let values = &possible[&(counts, knows(layer))];
            for (group, own) in layer.iter().enumerate().filter(|(group, _)| Some(*group) != knower) {
                let is_small = (1..K).contains(&own[2]);
                assert!(
                    !is_small || values[group].len() > 1,
                    "{layer:?} is answered with {counts:?}, and {knower:?} finds {group}"
                );
            }
        }
    }
}

#[test]
fn what_is_told_of_a_usual_layer_is_most_of_it() {
    let layer: Layer = (0..12).map(|i| [0, 0, if i == 4 { 3 } else { 20 + i }]).collect();
    let told = published(&view(farm(AccessClass::Restricted)), &layer, &[]);
    assert_eq!(told.total.count, Some(layer.iter().flatten().sum()));
    let withheld: Vec<_> = (0..12).filter(|group| told.groups[*group].count.is_none()).collect();
    assert!(
        withheld.contains(&4) && withheld.len() == 3,
        "the small one, and two for whoever knows one: {withheld:?}"
    );
    let all_small: Layer = vec![[0, 0, 2]; 12];
    let told = published(&view(farm(AccessClass::Restricted)), &all_small, &[]);
    assert_eq!(told.total.count, Some(24), "they hide each other");
    assert!(told.groups[..12].iter().all(|figures| figures.count.is_none()));
    let two: Layer = vec![[0, 0, 3], [0, 0, 30]];
    let told = published(&view(farm(AccessClass::Restricted)), &two, &[]);
    assert_eq!(told.total.count, None, "the office of the second would find the first");
}

#[test]
fn a_group_is_withheld_where_few_rows_are_hidden_among_many_that_anyone_sees() {
    let others = [[20, 0, 9]; 6];
    let layer = |last: [u64; 3]| [&others[..], &[last]].concat();
    let view = view(farm(AccessClass::Open));
    let count = |last| published(&view, &layer(last), &[]).groups[6].count;
    assert_eq!(count([20, 0, 1]), None, "21 less the 20 that anyone sees is one");
    assert_eq!(count([20, 7, 1]), None, "28 less the 27 that agencies see is one");
    assert_eq!(count([20, 0, 0]), Some(20));
    assert_eq!(count([20, 5, 5]), Some(30));
    assert_eq!(count([3, 0, 0]), Some(3), "what anyone sees anyway");
}
