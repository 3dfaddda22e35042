//! Which specks go together, and which class the whole is given.
//!
//! Specks of one cell of a grid become one area. It can have one class only, so the class that is
//! behind its due takes it: what each class has been given follows what it has (error diffusion;
//! Floyd and Steinberg 1976 do so with shades of grey). The shares of the classes stay true without
//! a speck being lost.

use foldhash::fast::FixedState;
use std::collections::HashMap;

/// A feature, as far as merging asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Speck {
    /// Cell of the grid.
    pub cell: (i32, i32),
    /// Access class, as a number: never mixed.
    pub access: u32,
    /// Class, as a number.
    pub class: u32,
    /// Area, any unit.
    pub area: f64,
    /// Whether it is large enough to stand by itself.
    pub alone: bool,
}

/// What becomes of the features.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups {
    /// The group of each feature.
    pub of: Vec<u32>,
    /// For each group the number of members and the class that it is given.
    pub groups: Vec<(u32, u32)>,
}

/// Puts features into groups. Features should come in an order in which neighbours follow each
/// other, as debts are passed on in it.
pub fn group(specks: &[Speck]) -> Groups {
    let mut groups = Groups { of: Vec::with_capacity(specks.len()), groups: Vec::new() };
    let mut cells: HashMap<((i32, i32), u32), u32, FixedState> = HashMap::default();
    // Shares by class of each group, one behind the other once they are sorted.
    let mut shares: Vec<(u32, u32, f64)> = Vec::with_capacity(specks.len());
    for speck in specks {
        let next = groups.groups.len() as u32;
        let number =
            if speck.alone { next } else { *cells.entry((speck.cell, speck.access)).or_insert(next) };
        if number == next {
            groups.groups.push((0, speck.class));
        }
        groups.groups[number as usize].0 += 1;
        groups.of.push(number);
        if !speck.alone {
            shares.push((number, speck.class, speck.area));
        }
    }
    shares.sort_by_key(|share| (share.0, share.1));
    let mut due: HashMap<u32, f64, FixedState> = HashMap::default();
    for own in shares.chunk_by(|a, b| a.0 == b.0) {
        own.iter().for_each(|(_, class, area)| *due.entry(*class).or_default() += area);
        let total: f64 = own.iter().map(|share| share.2).sum();
        let behind = own.iter().map(|share| share.1).max_by(|a, b| due[a].total_cmp(&due[b]));
        if let Some(class) = behind {
            groups.groups[own[0].0 as usize].1 = class;
            *due.entry(class).or_default() -= total;
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speck(cell: i32, class: u32, area: f64) -> Speck {
        Speck { cell: (cell, 0), access: 0, class, area, alone: false }
    }

    #[test]
    fn shares_stay_true() {
        let all: Vec<Speck> = (0..300)
            .flat_map(|cell| [speck(cell, 0, 7.0), speck(cell, 1, 2.0), speck(cell, 2, 1.0)])
            .collect();
        let groups = group(&all);
        let share = |class| groups.groups.iter().filter(|g| g.1 == class).count();
        assert_eq!([share(0), share(1), share(2)], [210, 60, 30]);
    }

    #[test]
    fn access_classes_are_never_mixed_and_the_large_stand_alone() {
        let mut all = [speck(0, 0, 1.0), speck(0, 0, 1.0), speck(0, 0, 90.0), speck(0, 0, 1.0)];
        all[1].access = 1;
        all[2].alone = true;
        let groups = group(&all);
        assert_eq!(groups.of, [0, 1, 2, 0]);
        assert_eq!(groups.groups, [(2, 0), (1, 0), (1, 0)]);
    }
}
