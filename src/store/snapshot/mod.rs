//! Snapshots: a layer as files that are read in place, and what has changed since.
//!
//! ```text
//! rows ─ build ─▶ base.fgb with what is made of it, z11.fgb, z10.fgb … , manifest.json   (one version, folder)
//!                    └─ file, row, tree: mapped, read in place ─ scan ─▶ features
//!                                       overlay, stamps: changes since ──┘
//! ```
//!
//! Must not know SQL, HTTP, or who asks.

/// How old snapshots are.
mod ages;
/// A snapshot out of rows.
pub mod build;
/// What becomes of a layer while it is served.
mod changing;
/// The rows of a page.
mod choice;
mod conditions;
mod degrees;
/// Areas as they are drawn.
mod drawn;
/// Features as bytes.
mod encode;
mod file;
/// A filter, asked of features in place.
mod filter;
/// Tables of FlatBuffers, read in place.
pub mod flatbuffer;
/// Versions on disk.
pub mod folder;
mod hilbert;
/// Questions about features.
pub(super) mod items;
/// Pages that are no longer there.
mod lost;
/// What stands in a snapshot.
pub mod manifest;
mod mapping;
/// How much there is of each feature.
mod measures;
/// Names and codes by their words.
mod names;
/// Changes since.
mod overlay;
mod overview;
mod overview_areas;
mod overview_lines;
mod overview_points;
/// Versions that are not served.
mod refused;
mod row;
mod scan;
/// What is called by a name or a code.
pub(super) mod search;
/// The store.
mod served;
/// Features that are looked at one by one.
mod sifted;
mod stamps;
/// How much of it lies in an area.
pub(super) mod statistics;
/// What a change touches, and who sees it.
mod touched;
mod tree;
/// Rows that no map can show.
mod unplaced;
mod values;
/// Rows that a view may see.
mod visible;
mod write;

pub use build::{RowEncoder, SnapshotBuilder, SourceMoment};
pub use folder::{LayerSnapshot, SnapshotError, SnapshotFolder};
pub use manifest::Manifest;
pub use overlay::Change;
pub use served::{ServedLayer, SnapshotStore};
pub use touched::{LayerChange, SeenChange, touched_tiles};
pub use unplaced::{NoPlace, Unplaced, UnplacedRow};

/// A layer for tests.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod wells;
