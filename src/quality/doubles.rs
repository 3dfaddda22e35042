//! Features that stand there twice: of one key, or of one geometry and name, and valid on the same day.

use super::columns::Period;
use crate::feature::ValueRef;
use std::hash::Hasher;
use xxhash_rust::xxh3::Xxh3;

/// Features of one key with which each further one is compared: the first so many.
const TOGETHER_MAX: usize = 1_000;

/// What makes features the same, and which feature has it.
#[derive(Debug, Default)]
pub struct Doubles {
    signs: Vec<(u128, u32)>,
}

impl Doubles {
    /// Notes the sign of a feature, by its place in the list.
    pub fn note(&mut self, sign: u128, feature: usize) {
        self.signs.push((sign, feature as u32));
    }

    /// The signs of some of the features.
    pub fn only(&self, is_one: impl Fn(usize) -> bool) -> Self {
        let signs = self.signs.iter().filter(|(_, feature)| is_one(*feature as usize));
        Self { signs: signs.copied().collect() }
    }

    /// Places of features that are the same as one before them in the list, on a day on which both are valid.
    pub fn found(mut self, periods: &[Period]) -> Vec<usize> {
        self.signs.sort_unstable();
        let mut found = Vec::new();
        for same in self.signs.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            for (n, (_, later)) in same.iter().enumerate().skip(1) {
                let later = *later as usize;
                let before = &same[..n.min(TOGETHER_MAX)];
                if before.iter().any(|(_, earlier)| periods[*earlier as usize].meets(periods[later])) {
                    found.push(later);
                }
            }
        }
        found
    }
}

/// The sign of values; `None` where one of them is missing.
pub fn sign_of_key(values: &[ValueRef<'_>], key: &[usize]) -> Option<u128> {
    let mut hasher = Xxh3::new();
    for at in key {
        let value = values.get(*at).filter(|value| !matches!(value, ValueRef::Null))?;
        write(&mut hasher, value);
    }
    (!key.is_empty()).then(|| hasher.digest128())
}

/// The sign of a geometry and of the values that name it, missing or not.
pub fn sign_of_shape(positions: &[[f64; 2]], values: &[ValueRef<'_>], named: &[usize]) -> u128 {
    let mut hasher = Xxh3::new();
    for number in positions.as_flattened() {
        hasher.write_u64(number.to_bits());
    }
    named.iter().filter_map(|at| values.get(*at)).for_each(|value| write(&mut hasher, value));
    hasher.digest128()
}

fn write(hasher: &mut Xxh3, value: &ValueRef<'_>) {
    match value {
        ValueRef::Null | ValueRef::Numbered(..) => hasher.write_u8(0),
        ValueRef::Bool(v) => hasher.write(&[1, u8::from(*v)]),
        ValueRef::Int(v) => hasher.write_i64(*v),
        ValueRef::Number(v) => hasher.write_u64(v.to_bits()),
        ValueRef::Text(text) => of_text(hasher, text.as_bytes()),
        ValueRef::TextBytes(bytes) => of_text(hasher, bytes),
    }
}

/// With its length, so that two texts are not the same as one of both.
fn of_text(hasher: &mut Xxh3, bytes: &[u8]) {
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_very_many_of_one_key_is_found() {
        let mut doubles = Doubles::default();
        let many = 3 * TOGETHER_MAX;
        (0..many).for_each(|feature| doubles.note(7, feature));
        let always = Period { from: i32::MIN, to: i32::MAX };
        assert_eq!(doubles.found(&vec![always; many]).len(), many - 1);
    }
}
