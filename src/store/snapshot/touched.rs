//! What a change of a layer touches, and who may be told of it.
//!
//! Of each row that has changed it is known who saw it before, who sees it now, and from which class on a difference is
//! seen: nobody hears of a change that does not show in what he sees. Where a whole layer is another one, the rows
//! are added up as each class sees them (`Sums`), and whoever sees the same sums hears nothing.

use super::{
    file::{FeatureFile, Hit},
    overlay::Overlay,
    row::{self, ColumnKind},
    served::ServedLayer,
    stamps,
};
use crate::{
    feature::{Bbox, FlatPart},
    layer::{AccessClass, COMMUNE_CODE, LayerDefinition, LayerView},
    tile::TileCoord,
};
use foldhash::fast::FixedState;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};
use time::OffsetDateTime;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Places of one change that are told one by one; of more, those of a commune are one.
const PLACES_MAX: usize = 512;
/// Tiles that are named at most, and the deepest zoom of which any is.
const TILES_MAX: usize = 128;
const DEEPEST: u8 = 16;

/// For each class, the most open first, whether it is so.
type OfClasses = [bool; AccessClass::ALL.len()];

/// A change of a layer.
#[derive(Debug)]
pub struct LayerChange {
    /// No other change has it.
    pub number: u64,
    /// The layer's id.
    pub layer: String,
    /// Since when the layer is served so.
    pub at: OffsetDateTime,
    touched: Touched,
}

#[derive(Debug)]
enum Touched {
    Rows(Vec<Place>),
    /// The zooms below this one, which are drawn of overviews.
    Overviews(u8, Audience),
    All(Audience),
}

/// What a view sees of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum SeenChange {
    /// Something lies, or lay, in these boxes (EPSG:3857).
    Boxes(Vec<Bbox>),
    /// All tiles of the zooms below this one may differ.
    Below(u8),
    /// All tiles may differ.
    All,
}

/// Where a row lies, or lay, that differs for some.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    bbox: Bbox,
    commune: Option<Box<str>>,
    /// For whom it differs of those who see all communes, and of those who see that one.
    whole: OfClasses,
    divided: OfClasses,
}

/// For whom something differs.
#[derive(Debug, Clone, Default)]
pub(super) struct Audience {
    whole: OfClasses,
    communes: BTreeSet<(AccessClass, Box<str>)>,
}

impl LayerChange {
    pub(super) fn rows(layer: &str, places: Vec<Place>) -> Option<Self> {
        let places = if places.len() > PLACES_MAX { gathered(places) } else { places };
        (!places.is_empty()).then(|| Self::new(layer, Touched::Rows(places)))
    }

    pub(super) fn overviews(layer: &str, below: u8, audience: Audience) -> Self {
        Self::new(layer, Touched::Overviews(below, audience))
    }

    pub(super) fn all(layer: &str, audience: Audience) -> Self {
        Self::new(layer, Touched::All(audience))
    }

    fn new(layer: &str, touched: Touched) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self { number, layer: layer.to_owned(), at: OffsetDateTime::now_utc(), touched }
    }

    /// What a view of the layer sees of it; `None` where it sees nothing.
    pub fn seen_by(&self, view: &LayerView) -> Option<SeenChange> {
        match &self.touched {
            Touched::Rows(places) => {
                let seen = places.iter().filter(|place| place.differs_for(view));
                let boxes: Vec<Bbox> = seen.map(|place| place.bbox).collect();
                (!boxes.is_empty()).then_some(SeenChange::Boxes(boxes))
            }
            // Who sees some communes alone is shown the features themselves at any zoom.
            Touched::Overviews(below, audience) => {
                (view.communes().is_none() && audience.holds(view)).then_some(SeenChange::Below(*below))
            }
            Touched::All(audience) => audience.holds(view).then_some(SeenChange::All),
        }
    }
}

/// The tiles that something in these boxes (EPSG:3857) is drawn in, at each zoom down to the one that is told first;
/// below that those are touched that lie in one of its tiles. As deep as they can be named in a short list.
pub fn touched_tiles(boxes: &[Bbox]) -> (u8, Vec<TileCoord>) {
    let (mut deepest, mut named) = (0, Vec::new());
    for zoom in 0..=DEEPEST {
        let mut here = BTreeSet::new();
        for bbox in boxes {
            let ((left, right), (top, bottom)) = stamps::tiles_of(*bbox, zoom);
            let count = u64::from(right - left + 1) * u64::from(bottom - top + 1);
            if count > TILES_MAX as u64 || named.len() + here.len() > TILES_MAX {
                return (deepest, named);
            }
            here.extend((left..=right).flat_map(|x| (top..=bottom).map(move |y| (x, y))));
        }
        if named.len() + here.len() > TILES_MAX {
            return (deepest, named);
        }
        deepest = zoom;
        named.extend(here.into_iter().filter_map(|(x, y)| TileCoord::new(zoom, x, y)));
    }
    (deepest, named)
}

/// Of many places, those of one commune that differ for the same people as one.
fn gathered(places: Vec<Place>) -> Vec<Place> {
    let mut all: BTreeMap<(Option<Box<str>>, OfClasses, OfClasses), Bbox> = BTreeMap::new();
    for Place { bbox, commune, whole, divided } in places {
        all.entry((commune, whole, divided)).and_modify(|all| *all = all.union(bbox)).or_insert(bbox);
    }
    let place = |((commune, whole, divided), bbox)| Place { bbox, commune, whole, divided };
    all.into_iter().map(place).collect()
}

impl Place {
    fn differs_for(&self, view: &LayerView) -> bool {
        let class = view.row_class() as usize;
        match (view.communes(), &self.commune) {
            (None, _) => self.whole[class],
            (Some(communes), Some(commune)) => self.divided[class] && communes.contains(&**commune),
            (Some(_), None) => false,
        }
    }
}

impl Audience {
    /// For whom what is served of a layer differs from its snapshot. Reads each row that has changed.
    pub(super) fn of_changes(layer: &LayerDefinition, served: &ServedLayer) -> Self {
        let (columns, bare) = (Columns::new(layer, &served.snapshot.base), Overlay::default());
        let mut audience = Self::default();
        for id in served.overlay.gone() {
            let before = served.hit_of(&bare, id).and_then(|hit| columns.side(&hit));
            let now = served.overlay.find(id).and_then(|added| columns.side(&added.hit()?));
            columns.places(before.as_ref(), now.as_ref()).for_each(|place| audience.add(&place));
        }
        audience
    }

    pub(super) const fn is_empty(&self) -> bool {
        let [open, shared, restricted] = self.whole;
        !(open || shared || restricted)
    }

    pub(super) fn add(&mut self, place: &Place) {
        for class in AccessClass::ALL {
            self.whole[class as usize] |= place.whole[class as usize];
            if place.divided[class as usize] {
                // A change of one row differs for those who see its commune, if not for all.
                self.communes.extend(place.commune.clone().map(|commune| (class, commune)));
            }
        }
    }

    fn holds(&self, view: &LayerView) -> bool {
        let class = view.row_class();
        match view.communes() {
            None => self.whole[class as usize],
            Some(communes) => {
                self.communes.iter().any(|(of, commune)| *of == class && communes.contains(&**commune))
            }
        }
    }
}

/// What of a file's columns tells who sees a row, and what of it.
#[derive(Debug)]
pub(super) struct Columns {
    kinds: Vec<ColumnKind>,
    class: Option<usize>,
    commune: Option<usize>,
    /// From which class on a column is seen; none if it is no attribute.
    access: Vec<Option<AccessClass>>,
    layer_kind: u8,
}

/// A row as it is in a file.
#[derive(Debug)]
pub(super) struct Side<'a> {
    bbox: Bbox,
    /// From which class on it is seen. One of a class that nobody knows is seen by the highest.
    class: AccessClass,
    commune: Option<&'a str>,
    /// The columns as they stand.
    raw: Vec<Option<&'a [u8]>>,
    parts: Vec<FlatPart<'a>>,
}

impl Columns {
    pub(super) fn new(layer: &LayerDefinition, file: &FeatureFile) -> Self {
        let access = |(name, _): &(String, ColumnKind)| layer.attribute(name).map(|a| a.access);
        Self {
            kinds: file.column_kinds(),
            class: file.class_column(),
            commune: file.columns().iter().position(|(name, _)| name == COMMUNE_CODE),
            access: file.columns().iter().map(access).collect(),
            layer_kind: file.kind(),
        }
    }

    /// A row, if it is on the map.
    pub(super) fn side<'a>(&self, hit: &Hit<'a>) -> Option<Side<'a>> {
        if !hit.bbox.is_place() {
            return None;
        }
        let mut raw: Vec<Option<&'a [u8]>> = vec![None; self.kinds.len()];
        row::raw_properties(hit.row.properties, &self.kinds, |column, bytes| raw[column] = Some(bytes));
        // Behind the number of its column and its length.
        let text =
            |column: Option<usize>| raw[column?].and_then(|bytes| std::str::from_utf8(bytes.get(6..)?).ok());
        let class = text(self.class).map_or(AccessClass::Open, |said| {
            let known = AccessClass::ALL.into_iter().find(|class| class.as_str() == said);
            known.unwrap_or(AccessClass::Restricted)
        });
        let commune = text(self.commune);
        let mut parts = Vec::new();
        let is_read = hit.row.parts(self.layer_kind, &mut parts).is_some();
        let class = if is_read { class } else { AccessClass::Restricted };
        Some(Side { bbox: hit.bbox, class, commune, raw, parts })
    }

    /// From which class on two rows differ; `None` where they differ for nobody.
    fn differ_from(&self, one: &Side<'_>, other: &Side<'_>) -> Option<AccessClass> {
        if one.parts != other.parts {
            return Some(AccessClass::Open);
        }
        let columns = one.raw.iter().zip(&other.raw).zip(&self.access);
        columns.filter(|((one, other), _)| one != other).filter_map(|(_, access)| *access).min()
    }

    /// Where what became of a row is seen, and by whom.
    pub(super) fn places(
        &self,
        before: Option<&Side<'_>>,
        now: Option<&Side<'_>>,
    ) -> impl Iterator<Item = Place> {
        let differ_from = before.zip(now).map(|(before, now)| self.differ_from(before, now));
        let moved = before.zip(now).is_some_and(|(before, now)| before.commune != now.commune);
        let place = |side: &Side<'_>, other: Option<&Side<'_>>| {
            let sees = |side: &Side<'_>, class: AccessClass| side.class <= class;
            let is_told = |class: AccessClass| {
                let sees_difference = differ_from.flatten().is_some_and(|from| from <= class);
                sees(side, class) && (sees_difference || !other.is_some_and(|other| sees(other, class)))
            };
            let whole = AccessClass::ALL.map(is_told);
            // Who sees one of the communes sees it come or go.
            let divided = AccessClass::ALL.map(|class| is_told(class) || (moved && sees(side, class)));
            let commune = side.commune.map(Box::from);
            Place { bbox: side.bbox, commune, whole, divided }
        };
        let places = [before.map(|side| place(side, now)), now.map(|side| place(side, before))];
        let is_seen = |place: &Place| place.whole.contains(&true) || place.divided.contains(&true);
        let [before, now] = places.map(|place| place.filter(is_seen));
        let now = now.filter(|now| before.as_ref() != Some(now));
        before.into_iter().chain(now)
    }
}

/// A layer's rows added up as each class sees them, those of all communes and of each: of layers that look the same to
/// somebody, the same.
#[derive(Debug, Default)]
pub(super) struct Sums {
    whole: [u64; AccessClass::ALL.len()],
    communes: HashMap<Box<str>, [u64; AccessClass::ALL.len()], FixedState>,
}

impl Sums {
    /// Of a layer as it is served. Reads all of it.
    pub(super) fn of(layer: &LayerDefinition, served: &ServedLayer) -> Self {
        let base = &served.snapshot.base;
        let columns = Columns::new(layer, base);
        let overlay: &Overlay = &served.overlay;
        let mut sums = Self::default();
        let hits = (0..base.len()).filter_map(|number| base.feature(number));
        let is_there =
            |hit: &Hit<'_>| !row::first_long(hit.row.properties).is_some_and(|id| overlay.hides(id));
        for hit in hits.filter(is_there).chain(overlay.added().filter_map(|added| added.hit())) {
            if let Some(side) = columns.side(&hit) {
                sums.add(&columns, &side, row::first_long(hit.row.properties).unwrap_or(-1));
            }
        }
        sums
    }

    fn add(&mut self, columns: &Columns, side: &Side<'_>, id: i64) {
        let parts = side.parts.iter().fold(id as u64, |hash, part| {
            xxh3_64_with_seed(part.xy, xxh3_64_with_seed(part.ends, hash.wrapping_add(part.kind as u64)))
        });
        let mut own = [0; AccessClass::ALL.len()];
        for class in AccessClass::ALL.into_iter().filter(|class| side.class <= *class) {
            let seen =
                side.raw.iter().zip(&columns.access).filter(|(_, access)| access.is_some_and(|a| a <= class));
            let values =
                seen.filter_map(|(raw, _)| *raw).fold(0u64, |sum, raw| sum.wrapping_add(xxh3_64(raw)));
            own[class as usize] = xxh3_64_with_seed(&values.to_le_bytes(), parts);
        }
        let add = |sums: &mut [u64; AccessClass::ALL.len()]| {
            sums.iter_mut().zip(own).for_each(|(sum, own)| *sum = sum.wrapping_add(own));
        };
        add(&mut self.whole);
        if let Some(commune) = side.commune {
            match self.communes.get_mut(commune) {
                Some(sums) => add(sums),
                None => add(self.communes.entry(commune.into()).or_default()),
            }
        }
    }

    /// For whom the two differ.
    pub(super) fn differing(&self, other: &Self) -> Audience {
        let none = [0; AccessClass::ALL.len()];
        let mut audience = Audience::default();
        for class in AccessClass::ALL {
            let at = class as usize;
            audience.whole[at] = self.whole[at] != other.whole[at];
            let codes: BTreeSet<&Box<str>> = self.communes.keys().chain(other.communes.keys()).collect();
            let of = |sums: &Self, code: &str| sums.communes.get(code).unwrap_or(&none)[at];
            let differ = codes.into_iter().filter(|code| of(self, code) != of(other, code));
            audience.communes.extend(differ.map(|code| (class, code.clone())));
        }
        audience
    }
}
