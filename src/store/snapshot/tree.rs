//! The packed R-tree of a FlatGeobuf file: searched in place, and computed while a file is
//! written.
//!
//! ```text
//! root │ level 1 │ … │ leaves, one per feature in the file's order
//! ```
//!
//! A node is a box (four `f64`) and a `u64`: for a leaf the byte place of the feature behind the
//! tree, for others the number of the first child (FlatGeobuf 3; `packedrtree` of its sources).

use crate::{area::Relation, feature::Bbox};
use std::ops::{ControlFlow, Range};

/// Children of a node.
pub const NODE_SIZE: u16 = 16;
/// Bytes of a node.
pub const NODE_BYTES: usize = 40;
const FAN: u64 = NODE_SIZE as u64;

/// The levels of a tree over `features` leaves as ranges of nodes, the leaves first.
pub fn levels(features: u64) -> Vec<Range<u64>> {
    let mut counts = vec![features];
    let mut count = features;
    // A single leaf, too, has a root above it.
    loop {
        count = count.div_ceil(FAN);
        counts.push(count);
        if count <= 1 {
            break;
        }
    }
    let total: u64 = counts.iter().sum();
    let mut end = total;
    counts
        .into_iter()
        .map(|count| {
            let level = end - count..end;
            end = level.start;
            level
        })
        .collect()
}

/// Bytes of the tree over `features` leaves.
pub fn byte_length(features: u64) -> Option<u64> {
    // Sixteen nodes and less above each: this cannot pass where the product does not.
    features.checked_mul(2 * NODE_BYTES as u64)?;
    if features == 0 {
        return Some(0);
    }
    Some(levels(features)[0].end * NODE_BYTES as u64)
}

/// Leaves that [`Tree::sort_out`] found.
#[derive(Debug, Clone, PartialEq)]
pub enum SortedOut {
    /// All of these.
    Within(Range<u64>),
    /// This one may: number, box, place.
    Meets(u64, Bbox, u64),
}

/// A tree in a file.
#[derive(Debug, Clone)]
pub struct Tree {
    levels: Vec<Range<u64>>,
}

impl Tree {
    /// Over so many features.
    pub fn new(features: u64) -> Self {
        Self { levels: if features == 0 { Vec::new() } else { levels(features) } }
    }

    /// Hands number, box and place of each leaf whose box meets `area` to `hit`, in the order of
    /// the file, until it breaks. `nodes` are the tree's bytes. Boxes that are no numbers meet
    /// nothing.
    pub fn search(&self, nodes: &[u8], area: Bbox, mut hit: impl FnMut(u64, Bbox, u64) -> ControlFlow<()>) {
        let Some(top) = self.levels.len().checked_sub(1) else { return };
        let mut waiting = vec![(self.levels[top].clone(), top)];
        while let Some((range, level)) = waiting.pop() {
            let behind = waiting.len();
            for number in range {
                let Some((bbox, place)) = node(nodes, number) else { continue };
                if !bbox.intersects(area) {
                    continue;
                }
                if level == 0 {
                    if hit(number - self.levels[0].start, bbox, place).is_break() {
                        return;
                    }
                } else {
                    // A child lies one level below; a garbled place must not lead in a circle.
                    let below = &self.levels[level - 1];
                    let children = place..place.saturating_add(FAN).min(below.end);
                    if children.start >= below.start && !children.is_empty() {
                        waiting.push((children, level - 1));
                    }
                }
            }
            // The first child is looked at first: hits come in the order of the file.
            waiting[behind..].reverse();
        }
    }

    /// Sorts the leaves by where their boxes lie: `judge` looks at a box, which for a node above
    /// the leaves holds all below it. Runs of leaves that lie within, and single ones that may, go
    /// to `take`, which says whether to go on.
    pub fn sort_out(
        &self,
        nodes: &[u8],
        judge: impl Fn(Bbox) -> Relation,
        take: &mut dyn FnMut(SortedOut) -> bool,
    ) {
        let Some(top) = self.levels.len().checked_sub(1) else { return };
        let mut waiting = vec![(top, 0)];
        while let Some((level, number)) = waiting.pop() {
            let Some((bbox, place)) = node(nodes, self.levels[level].start + number) else { continue };
            let go_on = match judge(bbox) {
                Relation::Apart => true,
                Relation::Within => {
                    let below = FAN.pow(level as u32);
                    take(SortedOut::Within(number * below..((number + 1) * below).min(self.leaves())))
                }
                Relation::Meets if level == 0 => take(SortedOut::Meets(number, bbox, place)),
                Relation::Meets => {
                    let below = &self.levels[level - 1];
                    let last = ((number + 1) * FAN).min(below.end - below.start);
                    waiting.extend((number * FAN..last).rev().map(|child| (level - 1, child)));
                    true
                }
            };
            if !go_on {
                return;
            }
        }
    }

    /// Box and place of a leaf.
    pub fn leaf(&self, nodes: &[u8], number: u64) -> Option<(Bbox, u64)> {
        let leaves = self.levels.first()?;
        let at = leaves.start.checked_add(number).filter(|at| leaves.contains(at))?;
        node(nodes, at)
    }

    /// How many leaves.
    pub fn leaves(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.end - leaves.start)
    }
}

fn node(nodes: &[u8], number: u64) -> Option<(Bbox, u64)> {
    let start = usize::try_from(number).ok()?.checked_mul(NODE_BYTES)?;
    let bytes: &[u8; NODE_BYTES] = nodes.get(start..)?.first_chunk()?;
    let (eights, _) = bytes.as_chunks::<8>();
    let [min_x, min_y, max_x, max_y] = [0, 1, 2, 3].map(|i| f64::from_le_bytes(eights[i]));
    Some((Bbox { min_x, min_y, max_x, max_y }, u64::from_le_bytes(eights[4])))
}

/// A node as bytes.
pub fn node_bytes(bbox: Bbox, place: u64) -> [u8; NODE_BYTES] {
    let mut bytes = [0; NODE_BYTES];
    for (slot, value) in bytes.chunks_exact_mut(8).zip(bbox.to_array()) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    bytes[32..].copy_from_slice(&place.to_le_bytes());
    bytes
}

/// The nodes above the leaves, root first, from the leaves' boxes in the order of the file.
#[derive(Debug, Default)]
pub struct UpperLevels {
    /// Boxes of the level above the leaves, as far as they are gathered.
    parents: Vec<Bbox>,
    leaves: u64,
}

impl UpperLevels {
    /// Takes the box of the next leaf.
    pub fn push(&mut self, bbox: Bbox) {
        match self.parents.last_mut() {
            Some(parent) if !self.leaves.is_multiple_of(FAN) => *parent = parent.union(bbox),
            _ => self.parents.push(bbox),
        }
        self.leaves += 1;
    }

    /// The bytes that stand before the leaves.
    pub fn finish(self) -> Vec<u8> {
        if self.leaves == 0 {
            return Vec::new();
        }
        let levels = levels(self.leaves);
        let mut all = vec![self.parents];
        while let Some(last) = all.last().filter(|level| level.len() > 1) {
            let above = last
                .chunks(FAN as usize)
                .map(|c| c.iter().copied().reduce(Bbox::union).unwrap_or(c[0]))
                .collect();
            all.push(above);
        }
        let mut out = Vec::new();
        for (height, level) in all.iter().enumerate().rev() {
            let mut child = levels[height].start;
            for bbox in level {
                out.extend_from_slice(&node_bytes(*bbox, child));
                child += FAN;
            }
        }
        out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use flatgeobuf::packed_r_tree::PackedRTree;

    #[test]
    fn the_layout_is_that_of_the_reference() {
        for features in [1, 2, 15, 16, 17, 256, 257, 100_000] {
            assert_eq!(
                byte_length(features),
                Some(PackedRTree::index_size(features as usize, NODE_SIZE) as u64),
                "{features}"
            );
        }
        assert_eq!(byte_length(u64::MAX), None);
    }

    #[test]
    fn hits_come_in_the_order_of_the_file_and_none_is_missed() {
        let boxes: Vec<Bbox> = (0..1000)
            .map(|i| f64::from(i % 37) * 3.0)
            .zip((0..1000).map(|i| f64::from(i / 37)))
            .map(|(x, y)| Bbox::new(x, y, x + 1.0, y + 1.0))
            .collect();
        let mut upper = UpperLevels::default();
        let mut leaves = Vec::new();
        for (i, bbox) in boxes.iter().enumerate() {
            upper.push(*bbox);
            leaves.extend_from_slice(&node_bytes(*bbox, i as u64 * 7));
        }
        let mut nodes = upper.finish();
        nodes.extend(leaves);
        assert_eq!(nodes.len() as u64, byte_length(1000).unwrap());
        let area = Bbox::new(10.0, 5.0, 40.0, 12.0);
        let mut found = Vec::new();
        Tree::new(1000).search(&nodes, area, |number, _, place| {
            found.push((number, place));
            ControlFlow::Continue(())
        });
        let expected: Vec<_> =
            (0..1000u64).filter(|i| boxes[*i as usize].intersects(area)).map(|i| (i, i * 7)).collect();
        assert_eq!(found, expected);
    }
}
