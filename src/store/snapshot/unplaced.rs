//! Rows that no map can show: which, why, and who may hear of them.
//!
//! Whoever may not see a row is told neither its id nor that there is one more. The class of each is kept
//! beside it, because a row that could not be read is in no file that could be asked.

use super::{encode::ewkb_srid, served::ServedLayer};
use crate::{
    feature::{FeatureId, FeatureRef, GeometryRef, ValueRef},
    layer::{AccessClass, LayerDefinition, LayerView, Title},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Rows of one class that are listed one by one.
const LISTED_MAX: u64 = 1000;

/// Why a row is on no map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoPlace {
    /// It has no geometry, an empty one, or one whose numbers lie outside its own system.
    NoGeometry,
    /// It is in another system than its table.
    OtherSystem {
        /// The row's.
        srid: i32,
        /// The table's, by the layer's file.
        wanted: i32,
    },
    /// It does not say in which system it is.
    NoSystem {
        /// The table's, by the layer's file.
        wanted: i32,
    },
    /// A coordinate is infinite or no number.
    NotANumber,
    /// A coordinate lies beyond the world.
    OutsideWorld,
    /// It has curves.
    Curves,
    /// It is a surface of triangles.
    Triangles,
    /// Collections stand too deep in each other.
    TooDeep,
    /// Its bytes are no geometry; what their reader says.
    Unreadable(String),
}

impl NoPlace {
    /// Of a row that is in lists of features, without a place. One in another system than its table
    /// comes as something empty in that system (`Source::or_its_system`).
    pub fn of_placeless(layer: &LayerDefinition, geometry: GeometryRef<'_>) -> Self {
        let (Some(table), GeometryRef::Wkb(wkb @ [_, ..])) = (&layer.table, geometry) else {
            return Self::NoGeometry;
        };
        match ewkb_srid(wkb) {
            Some(srid) if srid == table.srid => Self::NoGeometry,
            Some(srid) => Self::OtherSystem { srid, wanted: table.srid },
            None => Self::NoSystem { wanted: table.srid },
        }
    }

    /// In words for everyone.
    pub fn words(&self) -> Title {
        let (vi, en) = match self {
            Self::NoGeometry => ("không có hình học vẽ được", "it has no geometry that could be drawn"),
            Self::OtherSystem { srid, wanted } => {
                return Title {
                    vi: format!("hình học ở SRID {srid}, còn lớp ở SRID {wanted}"),
                    en: format!("its geometry is in SRID {srid}, the layer's is {wanted}"),
                };
            }
            Self::NoSystem { wanted } => {
                return Title {
                    vi: format!("hình học không ghi SRID, còn lớp ở SRID {wanted}"),
                    en: format!("its geometry has no SRID, the layer's is {wanted}"),
                };
            }
            Self::NotANumber => ("có tọa độ không phải là số", "a coordinate is not a number"),
            Self::OutsideWorld => ("có tọa độ nằm ngoài thế giới", "a coordinate lies outside the world"),
            Self::Curves => ("có đường cong", "it has curves"),
            Self::Triangles => ("là bề mặt tam giác", "it is a surface of triangles"),
            Self::TooDeep => {
                ("các tập hợp hình học lồng nhau quá sâu", "collections stand too deep in each other")
            }
            Self::Unreadable(_) => ("không đọc được hình học", "its geometry cannot be read"),
        };
        Title { vi: vi.to_owned(), en: en.to_owned() }
    }
}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)?;
        if let Self::Unreadable(why) = self { write!(f, ": {why}") } else { Ok(()) }
    }
}

/// A row that is on no map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnplacedRow {
    /// Its id.
    pub id: FeatureId,
    /// The least class of a caller who may see it.
    pub class: AccessClass,
    /// Why.
    pub reason: NoPlace,
}

impl UnplacedRow {
    /// Of a row with all attributes of the layer, in its file's order, and behind them its class where rules give it.
    pub fn new(layer: &LayerDefinition, row: &FeatureRef<'_>, reason: NoPlace) -> Self {
        let by_rules = (!layer.row_class.is_empty()).then_some(layer.attributes.len());
        let place = by_rules.or_else(|| layer.attributes.iter().position(|a| a.name == "access_class"));
        let known = |text: &[u8]| AccessClass::ALL.into_iter().find(|c| c.as_str().as_bytes() == text);
        // A class that is none of the three is above all.
        let class = match place.map(|place| row.values.get(place)) {
            None | Some(Some(ValueRef::Null)) => AccessClass::Open,
            Some(Some(ValueRef::Text(text))) => known(text.as_bytes()).unwrap_or(AccessClass::Restricted),
            Some(Some(ValueRef::TextBytes(text))) => known(text).unwrap_or(AccessClass::Restricted),
            Some(_) => AccessClass::Restricted,
        };
        Self { id: row.id, class, reason }
    }
}

/// The rows of a layer that are on no map.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplaced {
    /// How many there are of each class, the most open first.
    counts: [u64; AccessClass::ALL.len()],
    /// The first of each class.
    pub rows: Vec<UnplacedRow>,
}

impl Unplaced {
    /// Adds one.
    pub fn add(&mut self, row: UnplacedRow) {
        let count = &mut self.counts[row.class as usize];
        *count += 1;
        if *count <= LISTED_MAX {
            self.rows.push(row);
        }
    }

    /// How many there are in all.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl ServedLayer {
    /// The rows that are on no map and that the view may see, the ids ascending: those of the
    /// snapshot that have not changed since, and those that a change has made such.
    pub fn unplaced(&self, view: &LayerView) -> Unplaced {
        let kept = &self.snapshot.manifest.unplaced;
        let mut seen = Unplaced::default();
        // Of which commune a row is that could not be read, nobody knows.
        if view.communes().is_some() {
            return seen;
        }
        for class in AccessClass::ALL.into_iter().filter(|class| *class <= view.row_class()) {
            let own = || kept.rows.iter().filter(move |row| row.class == class);
            let still = own().filter(|row| !self.overlay.hides(row.id));
            let listed_before = seen.rows.len();
            seen.rows.extend(still.chain(self.overlay.unplaced().filter(|r| r.class == class)).cloned());
            let unlisted = kept.counts[class as usize].saturating_sub(own().count() as u64);
            seen.counts[class as usize] = (seen.rows.len() - listed_before) as u64 + unlisted;
        }
        seen.rows.sort_by_key(|row| row.id);
        seen
    }
}
