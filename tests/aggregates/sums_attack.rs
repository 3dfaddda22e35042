//! Whoever has a row himself takes it, and what he sees, from the sums that are told, and must not come within ten
//! hundredths of what any other row has.

use super::{farm, view};
use diaban::{
    layer::AccessClass,
    query::aggregates::{Contributions, K, Published, Rows, Unpublished},
};
use proptest::{collection::vec, prelude::*};

const CODES: [&str; 6] = ["27694", "27695", "27696", "27697", "27698", "27699"];

/// A row: commune, class, value.
type Row = (usize, AccessClass, f64);

fn published(access: AccessClass, rows: &[Row]) -> Published {
    let mut all = Unpublished::default();
    for (group, class, value) in rows {
        let own = Contributions { rows: u64::from(*value > 0.0), sum: *value, greatest: [*value, 0.0] };
        all.add(Some(CODES[*group]), *class, &Rows { count: 1, sums: vec![own, Contributions::default()] });
    }
    all.publish(&view(farm(access)), &CODES, false)
}

/// Fails if somebody comes near to the value of a row that he does not see; of `hidden` he knows the sum.
fn attack(hidden: &[f64], what: &str) {
    let sum: f64 = hidden.iter().sum();
    for (i, value) in hidden.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        for (j, own) in hidden.iter().enumerate().filter(|(j, _)| *j != i) {
            let most = sum - own;
            assert!(
                most - value >= 0.1 * value - 1e-6,
                "{own} (row {j}) finds {value} in {hidden:?}: {what}"
            );
        }
    }
    let some = hidden.iter().filter(|value| **value > 0.0).count() as u64;
    assert!(hidden.is_empty() || some >= K, "{hidden:?} are told to be few: {what}");
}

fn some_rows() -> impl Strategy<Value = Vec<Row>> {
    let value = prop_oneof![2 => Just(0.0), 4 => (1u32..40).prop_map(f64::from), 1 => (500u32..9000).prop_map(f64::from)];
    let class = (0usize..3).prop_map(|class| AccessClass::ALL[class]);
    vec((0..CODES.len(), class, value), 0..90)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_comes_near_to_what_a_single_row_has(rows in some_rows(), access in 0usize..3) {
        let access = AccessClass::ALL[access];
        let told = published(access, &rows);
        let sum_of = |group: usize| told.groups[group].sums[0];
        for seen in [AccessClass::Open, AccessClass::Shared] {
            let hidden = |group: usize| -> Vec<f64> {
                let own = rows.iter().filter(|(of, class, _)| *of == group && access.max(*class) > seen);
                own.map(|(_, _, value)| *value).collect()
            };
            for group in (0..CODES.len()).filter(|group| sum_of(*group).is_some()) {
                attack(&hidden(group), &format!("{group} of {told:?}"));
            }
            let withheld = |group: &usize| sum_of(*group).is_none();
            let pool: Vec<Vec<f64>> = (0..CODES.len()).filter(withheld).map(hidden).collect();
            let small = pool.iter().filter(|group| (1..K as usize).contains(&group.len()));
            if told.total.sums[0].is_none() || small.clone().next().is_none() {
                continue;
            }
            let all: Vec<f64> = pool.concat();
            attack(&all, &format!("all that is withheld of {told:?}"));
            for group in small {
                let own: f64 = group.iter().sum();
                prop_assert!(all.iter().sum::<f64>() - own >= 0.1 * own - 1e-6, "{:?} {:?}", group, pool);
            }
        }
    }
}

#[test]
fn a_sum_that_tells_what_the_largest_has_is_withheld_and_its_count_is_told() {
    let others = (0..5).flat_map(|group| (0..8).map(move |i| (group, AccessClass::Open, f64::from(10 + i))));
    let with = |values: &[f64]| {
        let own = values.iter().map(|value| (5, AccessClass::Open, *value));
        let told = published(AccessClass::Restricted, &others.clone().chain(own).collect::<Vec<_>>());
        (told.groups[5].count, told.groups[5].sums[0])
    };
    assert_eq!(with(&[10.0; 6]), (Some(6), Some(60.0)));
    assert_eq!(with(&[9000.0, 10.0, 10.0, 10.0, 10.0, 10.0]), (Some(6), None), "nearly all is one's");
    assert_eq!(with(&[50.0, 50.0, 0.0, 0.0, 0.0, 0.0]), (Some(6), None), "each of two knows of the other");
    assert_eq!(with(&[0.0; 6]), (Some(6), None), "that none has any would be told of each");
    assert_eq!(with(&[10.0; 4]), (None, None));
    assert_eq!(with(&[]), (Some(0), Some(0.0)));
}
