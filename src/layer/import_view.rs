//! That one caller may load files into one layer: the key to whatever loads them, as an edit view is to whatever
//! changes one feature.
//!
//! A file meets all rows of its layer: by its keys it changes them, and its report tells which there are. So it takes
//! somebody who sees and may change the layer whole. Must not know how files are loaded.

use super::{AccessClass, Caller, Catalog, EditView, LayerView, access::ROW_CLASS};

/// That one caller may load files into one layer. Only [`Catalog::import_view`] makes one.
#[derive(Debug, Clone)]
pub struct ImportView(EditView);

/// Why somebody who may change features of a layer may load no files into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotWhole {
    /// His grant is for some communes.
    Communes,
    /// The layer has attributes, or may have rows, above the class that he may change.
    Class(AccessClass),
    /// Its rows are held against those of a layer that he does not see whole.
    Referred,
}

impl ImportView {
    /// The layer's id.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// All that he sees of it, which is all of it.
    pub const fn seen(&self) -> &LayerView {
        self.0.seen()
    }
}

impl Catalog {
    /// That `caller` may load files into a layer of which he may change features.
    ///
    /// # Errors
    /// Where that is not the whole of it.
    pub fn import_view(&self, view: EditView, caller: &Caller) -> Result<ImportView, NotWhole> {
        if view.seen().communes().is_some() {
            return Err(NotWhole::Communes);
        }
        if !is_whole(view.changed()) {
            return Err(NotWhole::Class(view.changed().row_class()));
        }
        let referred = view.seen().layer().attributes.iter().filter_map(|a| a.references.as_deref());
        for other in referred.filter(|other| self.definition(other).is_some()) {
            if !self.view(other, caller).is_some_and(|seen| is_whole(&seen)) {
                return Err(NotWhole::Referred);
            }
        }
        Ok(ImportView(view))
    }
}

/// Whether nothing of the layer can lie outside of the view.
fn is_whole(view: &LayerView) -> bool {
    let layer = view.layer();
    let has_row_classes = !layer.row_class.is_empty() || layer.attribute(ROW_CLASS).is_some();
    let all_seen = view.attributes().len() == layer.attributes.len() && !has_row_classes;
    view.communes().is_none() && (view.row_class() == AccessClass::Restricted || all_seen)
}
