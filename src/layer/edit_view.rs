//! What one caller may change of one layer: the key to whatever writes, as a view is to whatever reads.
//!
//! Must not know how features are written.

use super::{Attribute, Caller, LayerView};

/// What one caller may change of one layer. Only [`Catalog::edit_view`](super::Catalog::edit_view) makes one, from the
/// grants that say `edit = true`.
#[derive(Debug, Clone)]
pub struct EditView {
    seen: LayerView,
    changed: LayerView,
}

impl EditView {
    /// Of a layer of this program, as far as its caller's grants let him change it.
    pub(super) fn new(seen: LayerView, caller: &Caller) -> Option<Self> {
        let class = caller.edit_class_of(seen.id()).filter(|_| seen.layer().table.is_none())?;
        let changed = seen.up_to(class)?;
        Some(Self { seen, changed })
    }

    /// The layer's id.
    pub fn id(&self) -> &str {
        self.seen.id()
    }

    /// All that he sees, and so all that the version of a feature speaks of.
    pub const fn seen(&self) -> &LayerView {
        &self.seen
    }

    /// The rows and the attributes that he may change. A row must be in it before a change, and after.
    pub const fn changed(&self) -> &LayerView {
        &self.changed
    }

    /// Whether it is of the same rows and attributes as another.
    pub fn is_as_wide_as(&self, other: &Self) -> bool {
        let is_same = |one: &LayerView, other: &LayerView| {
            one.rows_seen() == other.rows_seen()
                && one.attributes().map(|a| &a.name).eq(other.attributes().map(|a| &a.name))
        };
        is_same(&self.seen, &other.seen) && is_same(&self.changed, &other.changed)
    }

    /// An attribute that he may write.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.changed.attribute(name)
    }
}
