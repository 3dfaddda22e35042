//! Time of a search, and whether what was meant is among its hits: names and codes of each layer
//! as people may type them.

use crate::{
    Outcome,
    tiles::{Random, percentile},
};
use serde_json::Value as Json;
use std::{collections::BTreeMap, time::Instant};

/// Features of a layer whose names are typed.
const FEATURES: usize = 40;
/// Pages that they are taken from.
const PAGES: usize = 4;

/// Searches of one kind.
#[derive(Default)]
struct Sum {
    millis: Vec<f64>,
    found: usize,
}

/// Asks for features of each layer of a server, one search after the other.
pub fn run(url: &str) -> Outcome<()> {
    let agent = ureq::Agent::new_with_defaults();
    let json = |address: &str| -> Outcome<Json> {
        let mut answer = agent.get(address).call().map_err(|error| format!("{address}: {error}"))?;
        Ok(serde_json::from_str(&answer.body_mut().read_to_string()?)?)
    };
    let mut random = Random(11);
    let mut searches = Vec::new();
    let catalog = json(&format!("{url}/catalog"))?;
    for layer in catalog["layers"].as_array().ok_or("no layers")? {
        let id = layer["id"].as_str().unwrap_or_default();
        let schema = json(&format!("{url}/collections/{id}/schema"))?;
        let label = layer["label"].as_str().unwrap_or_default();
        let key = schema["properties"].as_object().into_iter().flatten();
        let key =
            key.map(|(name, _)| name.as_str()).find(|name| name.ends_with("code") || name.ends_with("_no"));
        for feature in some_features(&json, url, id, &mut random)? {
            for name in [label, key.unwrap_or(label)] {
                if let Some(text) = feature["properties"][name].as_str().filter(|_| named(layer, name)) {
                    let meant = (id.to_owned(), text.to_owned());
                    searches
                        .extend(typed(text, &mut random).map(|(kind, typed)| (kind, typed, meant.clone())));
                }
            }
        }
    }
    shuffle(&mut searches, &mut random);
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for (kind, typed, (layer, text)) in searches {
        let started = Instant::now();
        let answer = json(&format!("{url}/search?q={}", encoded(&typed)))?;
        let millis = started.elapsed().as_secs_f64() * 1e3;
        let is_it = |hit: &Json| {
            hit["value"] == *text
                || (hit["name"] == *text && (hit["layer"] == *layer || hit["kind"] == "unit"))
        };
        let found = answer["hits"].as_array().is_some_and(|hits| hits.iter().any(is_it));
        for kind in [kind, "~ all"] {
            let sum = sums.entry(kind).or_default();
            sum.millis.push(millis);
            sum.found += usize::from(found);
        }
    }
    println!("| typed | searches | p50 ms | p95 ms | p99 ms | longest ms | meant is among the first 10 |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (kind, mut sum) in sums {
        sum.millis.sort_unstable_by(f64::total_cmp);
        let [p50, p95, p99, most] = [0.5, 0.95, 0.99, 1.0].map(|share| percentile(&sum.millis, share));
        let count = sum.millis.len();
        let share = 100.0 * sum.found as f64 / count as f64;
        println!(
            "| {} | {count} | {p50:.1} | {p95:.1} | {p99:.1} | {most:.1} | {share:.1} % |",
            kind.trim_start_matches("~ ")
        );
    }
    Ok(())
}

/// Whether an attribute is one that features are called by.
fn named(layer: &Json, name: &str) -> bool {
    let attributes = layer["attributes"].as_array().into_iter().flatten();
    attributes.into_iter().any(|a| a["name"] == *name && a["type"] == "text")
}

fn some_features(
    json: &impl Fn(&str) -> Outcome<Json>,
    url: &str,
    layer: &str,
    random: &mut Random,
) -> Outcome<Vec<Json>> {
    let count =
        json(&format!("{url}/collections/{layer}/items?limit=1"))?["numberMatched"].as_f64().unwrap_or(0.0);
    let mut features = Vec::new();
    for _ in 0..PAGES {
        let after = random.between(0.0, (count - FEATURES as f64).max(0.0)) as u64;
        let page =
            json(&format!("{url}/collections/{layer}/items?limit={}&cursor={after}", FEATURES / PAGES))?;
        features.extend(page["features"].as_array().cloned().unwrap_or_default());
    }
    Ok(features)
}

/// A name as people may type it.
fn typed(name: &str, random: &mut Random) -> impl Iterator<Item = (&'static str, String)> {
    let bare = diaban::layer::words(name).join(" ");
    let mut letters: Vec<char> = bare.chars().collect();
    let half: String = letters.iter().take((letters.len() / 2).max(3)).collect();
    let at = random.between(1.0, letters.len().max(3) as f64 - 1.0) as usize;
    if at + 1 < letters.len() {
        letters.swap(at, at + 1);
    }
    let slip = letters.into_iter().collect::<String>();
    let words: Vec<&str> = bare.split(' ').collect();
    let last = words.iter().rev().take(2).copied().collect::<Vec<_>>().join(" ");
    let first = bare.chars().take(2).collect::<String>();
    [
        ("as it is written", name.to_owned()),
        ("without tone marks", bare),
        ("its first half", half),
        ("two letters swapped", slip),
        ("its last two words, turned round", last),
        ("its first two letters", first),
    ]
    .into_iter()
}

fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for i in (1..list.len()).rev() {
        list.swap(i, random.between(0.0, i as f64 + 1.0) as usize);
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
