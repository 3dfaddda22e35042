//! The areas that filters give: valid as GEOS says, not too many positions, and known at once.

use crate::support::{TestDatabase, layer, shapes::cases};
use diaban::{
    crs::NamedSystem,
    layer::{AccessClass, Caller, Catalog, LayerView},
    query::filter::{Filter, FilterLang},
};
use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::fmt::Write;

fn view() -> LayerView {
    let catalog = Catalog::new(vec![layer(crate::support::FIELD)], Default::default());
    catalog.view("field", &Caller::anonymous(AccessClass::Restricted)).unwrap()
}

type Position = (i32, i32);

/// Rings on few lines, so that they touch, cross and lie in each other; many are boxes.
fn ring() -> impl Strategy<Value = Vec<Position>> {
    let position = || (0..9, 0..9);
    prop_oneof![
        2 => (position(), 1..6, 1..6, any::<bool>()).prop_map(|((x, y), w, h, turned)| {
            let mut ring = vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h)];
            if turned {
                ring.reverse();
            }
            ring
        }),
        2 => vec(position(), 3..7),
        1 => Just(vec![(-1, -1), (20, -1), (20, 20), (-1, 20)]),
    ]
}

/// A multipolygon in degrees, and the same in whole numbers.
fn texts(polygons: &[Vec<Vec<Position>>]) -> [String; 2] {
    [(0.001, 106.0, 11.0), (1.0, 0.0, 0.0)].map(|(step, east, north)| {
        let mut text = String::new();
        for polygon in polygons {
            text.push_str(if text.is_empty() { "(" } else { ",(" });
            for (number, ring) in polygon.iter().enumerate() {
                text.push_str(if number == 0 { "(" } else { ",(" });
                for (x, y) in ring.iter().chain(&ring[..1]) {
                    let _ = write!(text, "{} {},", east + f64::from(*x) * step, north + f64::from(*y) * step);
                }
                text.pop();
                text.push(')');
            }
            text.push(')');
        }
        format!("MULTIPOLYGON({text})")
    })
}

#[tokio::test]
async fn an_area_is_valid_as_geos_says() {
    let (view, database) = (view(), TestDatabase::new().await);
    let client = database.client().await;
    let statement = client.prepare("SELECT ST_IsValid($1::text::geometry)").await.unwrap();
    let mut runner = TestRunner::new(cases(1500));
    let areas = vec(vec(ring(), 1..4), 1..3);
    let (mut valid, mut broken) = (0, 0);
    for _ in 0..cases(1500).cases {
        let [degrees, whole] = texts(&areas.new_tree(&mut runner).unwrap().current());
        let expected: bool = client.query_one(&statement, &[&whole]).await.unwrap().get(0);
        let text = format!("S_INTERSECTS(geometry, {degrees})");
        match Filter::parse(&text, FilterLang::Text, &view, NamedSystem::crs84()) {
            Ok(_) => assert!(expected, "{whole} is not valid, and taken"),
            Err(error) => {
                // Rings of two positions collapse before that is asked.
                let collapsed = error.to_string().contains("a ring three");
                assert!(!expected || collapsed, "{whole} is valid, and refused: {error}");
            }
        }
        *(if expected { &mut valid } else { &mut broken }) += 1;
    }
    assert!(valid > 50 && broken > 50, "{valid} areas are valid, {broken} are not");
}

#[test]
fn a_large_area_is_read_and_one_that_would_take_long_is_refused() {
    let view = view();
    let parse = |positions: &mut dyn Iterator<Item = (f64, f64)>| {
        let mut ring: Vec<String> = positions.map(|(x, y)| format!("{x:.9} {y:.9}")).collect();
        ring.push(ring[0].clone());
        let text = format!("S_WITHIN(geometry, POLYGON(({})))", ring.join(","));
        Filter::parse(&text, FilterLang::Text, &view, NamedSystem::crs84())
    };
    let circle = |n: u32| {
        let turn = move |i| f64::from(i) / f64::from(n) * std::f64::consts::TAU;
        (0..n).map(move |i| (106.4 + 0.3 * turn(i).cos(), 11.0 + 0.3 * turn(i).sin()))
    };
    parse(&mut circle(29_000)).unwrap();
    let error = parse(&mut circle(31_000)).unwrap_err().to_string();
    assert!(error.contains("at most 30000 positions"), "{error}");
    // A comb of long slanting teeth: the box of each edge meets those of all others.
    let teeth = (0..12_000).map(|i| {
        let tooth = f64::from(i) * 1e-6;
        if i % 2 == 0 { (106.0 + tooth, 10.5) } else { (106.5 + tooth, 11.0) }
    });
    let mut comb = teeth.chain([(106.013, 10.499), (105.999, 10.499)]);
    let error = parse(&mut comb).unwrap_err().to_string();
    assert!(error.contains("long edges"), "{error}");
}
