//! A search by name or code over a snapshot and the changes that lie over it.
//!
//! ```text
//! needle ─ names: texts that it begins, or nearly ─▶ rows that the view may see ─ read, ranked ─▶ hits
//!                                       overlay: each feature, ranked ──┘
//! ```
//!
//! The index only proposes; what is found is what the row itself says now.

use super::{
    file::{FeatureFile, Hit},
    names::{NameFile, Part, prefix},
    scan::ViewColumns,
    served::ServedLayer,
};
use crate::{
    feature::{Bbox, FeatureId, ValueRef},
    layer::{AccessClass, AttributeType, LayerView},
    query::search::{Needle, SearchHit, Word},
    store::rows::owned_value,
    tile::coord::mercator_to_lonlat,
};
use fst::{Automaton, IntoStreamer, Streamer};
use levenshtein_automata::{DFA, Distance, SINK_STATE};
use roaring::RoaringBitmap;

/// Rows of a layer that are read and ranked.
const READ_MAX: usize = 256;
/// Texts of a column that are looked at for one part of a search.
const TEXTS_MAX: usize = 8192;
/// The same for one of several words.
const WORDS_MAX: usize = 2048;

/// The features of the view that meet `needle`, in no order; at most [`READ_MAX`] and those that
/// lie over the snapshot. Where more meet it, the shortest names are among them.
pub fn search(served: &ServedLayer, view: &LayerView, needle: &Needle, forgiving: bool) -> Vec<SearchHit> {
    let key = view.layer().key.iter().map(String::as_str);
    let names: Vec<&str> = view.naming_attributes().map(|a| a.name.as_str()).chain(key).collect();
    let view = view.clone().only(&names);
    if view.naming_attributes().next().is_none() {
        return Vec::new();
    }
    let base = &served.snapshot.base;
    let mut reader = Reader {
        columns: ViewColumns::whole(&view, base),
        naming: view
            .naming_attributes()
            .filter_map(|a| view.attributes().position(|b| b.name == a.name))
            .collect(),
        view: &view,
        needle,
        forgiving,
    };
    let mut values = Vec::new();
    let mut hits = Vec::new();
    let rows = Rows::of(&served.snapshot.names, &reader.columns, &view, base);
    for number in rows.chosen(needle, forgiving) {
        let Some(hit) = base.feature(u64::from(number)) else { continue };
        hits.extend(reader.read(&hit, |id| served.overlay.hides(id), &mut values));
    }
    for hit in served.overlay.added().filter_map(|added| added.hit()) {
        hits.extend(reader.read(&hit, |_| false, &mut values));
    }
    hits
}

/// Reads rows and ranks them.
struct Reader<'r> {
    columns: ViewColumns,
    /// Places of what a feature is called by, among the view's values.
    naming: Vec<usize>,
    view: &'r LayerView,
    needle: &'r Needle,
    forgiving: bool,
}

impl Reader<'_> {
    fn read<'a>(
        &mut self,
        hit: &Hit<'a>,
        hidden: impl Fn(FeatureId) -> bool,
        values: &mut Vec<ValueRef<'a>>,
    ) -> Option<SearchHit> {
        let (id, visible) = self.columns.values(hit.row.properties, values)?;
        if !visible || hidden(id) {
            return None;
        }
        let text = |place: usize| match values.get(place) {
            Some(ValueRef::TextBytes(bytes)) => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        let ranked = self.naming.iter().filter_map(|place| {
            let text = text(*place)?;
            Some((self.needle.rank(text, self.forgiving)?, *place, text))
        });
        let (rank, place, value) = ranked.min_by_key(|(rank, _, _)| *rank)?;
        let kinds: Vec<(&String, AttributeType)> =
            self.view.attributes().map(|a| (&a.name, a.kind)).collect();
        let owned = kinds.iter().zip(values.iter());
        let owned =
            owned.map(|((name, kind), v)| ((*name).clone(), owned_value(*v, *kind).unwrap_or_default()));
        Some(SearchHit {
            layer: self.view.id().to_owned(),
            id,
            attribute: kinds.get(place).map(|(name, _)| (*name).clone()).unwrap_or_default(),
            value: value.to_owned(),
            values: owned.collect(),
            bbox: hit.bbox.is_place().then(|| degrees(hit.bbox)),
            rank,
        })
    }
}

fn degrees(b: Bbox) -> Bbox {
    let ((west, south), (east, north)) =
        (mercator_to_lonlat(b.min_x, b.min_y), mercator_to_lonlat(b.max_x, b.max_y));
    Bbox::new(west, south, east, north)
}

/// What of the index a view may see.
struct Rows<'n> {
    names: &'n NameFile,
    columns: Vec<u16>,
    /// Rows of the classes that the view may see, where it does not see all.
    seen: Option<RoaringBitmap>,
    /// Of communes the index knows nothing: a row that is proposed is asked.
    asked: Option<(&'n FeatureFile, &'n ViewColumns)>,
}

/// Rows in the order in which they were proposed, each once.
#[derive(Default)]
struct Proposed {
    order: Vec<u32>,
    all: RoaringBitmap,
}

impl Proposed {
    const fn is_full(&self) -> bool {
        self.order.len() >= READ_MAX
    }
}

impl<'n> Rows<'n> {
    fn of(names: &'n NameFile, columns: &'n ViewColumns, view: &LayerView, base: &'n FeatureFile) -> Self {
        let place = |name: &str| base.columns().iter().position(|(column, _)| column == name);
        let rows = columns.rows();
        let seen = rows.hides_classes().then(|| {
            let classes = (0..AccessClass::ALL.len()).filter(|class| rows.see_class(*class));
            classes.map(|class| names.of_class(class)).fold(RoaringBitmap::new(), |all, more| all | more)
        });
        let asked = rows.are_of_communes().then_some((base, columns));
        let named = view.naming_attributes().filter_map(|a| place(&a.name));
        Self { names, columns: named.filter_map(|column| u16::try_from(column).ok()).collect(), seen, asked }
    }

    /// The rows to be read, the likeliest first.
    fn chosen(&self, needle: &Needle, forgiving: bool) -> Vec<u32> {
        let mut proposed = Proposed::default();
        self.propose_runs(&needle.joined, forgiving, &mut proposed);
        if needle.words.len() > 1 || forgiving {
            let each = needle.words.iter().map(|word| self.of_word(word, forgiving));
            let together = each.reduce(|all, more| all & more);
            self.propose(together.unwrap_or_default(), &mut proposed);
        }
        proposed.order
    }

    /// Adds those that the view may see.
    fn propose(&self, rows: RoaringBitmap, proposed: &mut Proposed) {
        let rows = match &self.seen {
            Some(seen) => rows & seen,
            None => rows,
        };
        for row in rows {
            if proposed.is_full() {
                return;
            }
            if proposed.all.insert(row) && self.sees(row) {
                proposed.order.push(row);
            }
        }
    }

    fn sees(&self, row: u32) -> bool {
        self.asked.is_none_or(|(base, columns)| {
            base.feature(u64::from(row)).is_some_and(|hit| columns.see(hit.row.properties))
        })
    }

    /// Rows of values that begin with a text, from one of their words on: those with the fewest
    /// slips and then the shortest first.
    fn propose_runs(&self, run: &Word, forgiving: bool, proposed: &mut Proposed) {
        let mut texts: Vec<(u8, usize, u64)> = Vec::new();
        for column in &self.columns {
            self.texts(*column, Part::Run, run, forgiving, TEXTS_MAX, &mut |slips, length, text| {
                texts.push((slips, length, text));
            });
        }
        texts.sort_unstable();
        for (_, _, text) in texts {
            if proposed.is_full() {
                return;
            }
            self.propose(self.names.rows(text), proposed);
        }
    }

    /// Rows with a word that one of the search means.
    fn of_word(&self, word: &Word, forgiving: bool) -> RoaringBitmap {
        let mut all = RoaringBitmap::new();
        for column in &self.columns {
            self.texts(*column, Part::Word, word, forgiving, WORDS_MAX, &mut |_, _, text| {
                all |= self.names.rows(text);
            });
        }
        all
    }

    /// Hands each text of a column that a word means, with its slips and its length, to `take`;
    /// at most `most`.
    fn texts(
        &self,
        column: u16,
        part: Part,
        word: &Word,
        forgiving: bool,
        most: usize,
        take: &mut dyn FnMut(u8, usize, u64),
    ) {
        let Some(map) = self.names.map() else { return };
        let prefix = prefix(column, part);
        if let Some(near) = word.near.as_ref().filter(|_| forgiving) {
            let mut found = map.search_with_state(Near { prefix, near }).into_stream();
            let mut left = most;
            while let Some((text, value, state)) = found.next() {
                let At::Near(state) = state else { continue };
                if let Distance::Exact(slips) = near.distance(state) {
                    take(slips, text.len(), value);
                }
                left -= 1;
                if left == 0 {
                    return;
                }
            }
            return;
        }
        let from = [prefix.as_slice(), word.text.as_bytes()].concat();
        if part == Part::Word && !word.begins_others() {
            map.get(&from).into_iter().for_each(|value| take(0, from.len(), value));
            return;
        }
        let mut found = map.range().ge(&from).into_stream();
        let mut left = most;
        while let Some((text, value)) = found.next().filter(|(text, _)| left > 0 && text.starts_with(&from)) {
            take(0, text.len(), value);
            left -= 1;
        }
    }
}

/// Texts of a column that begin with a word but for some slips.
struct Near<'d> {
    prefix: [u8; 3],
    near: &'d DFA,
}

/// Where in a text it is.
#[derive(Debug, Clone, Copy)]
enum At {
    Prefix(usize),
    Near(u32),
    Nowhere,
}

impl Automaton for Near<'_> {
    type State = At;

    fn start(&self) -> At {
        At::Prefix(0)
    }

    fn is_match(&self, state: &At) -> bool {
        matches!(state, At::Near(at) if matches!(self.near.distance(*at), Distance::Exact(_)))
    }

    fn can_match(&self, state: &At) -> bool {
        !matches!(state, At::Nowhere)
    }

    fn accept(&self, state: &At, byte: u8) -> At {
        match *state {
            At::Prefix(at) if self.prefix.get(at) != Some(&byte) => At::Nowhere,
            At::Prefix(at) if at + 1 == self.prefix.len() => At::Near(self.near.initial_state()),
            At::Prefix(at) => At::Prefix(at + 1),
            At::Near(at) => match self.near.transition(at, byte) {
                SINK_STATE => At::Nowhere,
                next => At::Near(next),
            },
            At::Nowhere => At::Nowhere,
        }
    }
}
