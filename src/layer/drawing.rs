//! How a layer takes what a drawing (DXF, DGN) shows: lines and texts, told apart by layer, colour or block.
//!
//! Must not know how drawings are read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a drawing says of what is drawn, in place of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// The layer of a DXF; the level of a DGN, as a number.
    Layer,
    /// Its colour as `#rrggbb`.
    Colour,
    /// The kind of line.
    Linetype,
    /// The name of the block, where a block stands there.
    Block,
    /// The text that is written in the area, or that is the feature itself.
    Text,
    /// The number that the program gave it.
    Handle,
}

impl Trait {
    /// All, in the order in which they are offered as columns.
    pub const ALL: [Self; 6] =
        [Self::Layer, Self::Colour, Self::Linetype, Self::Block, Self::Text, Self::Handle];

    /// Its name as a column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Layer => "layer",
            Self::Colour => "colour",
            Self::Linetype => "linetype",
            Self::Block => "block",
            Self::Text => "text",
            Self::Handle => "handle",
        }
    }
}

/// Which attributes come out of a drawing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawingRule {
    /// The attribute that each of them fills.
    #[serde(default)]
    pub columns: BTreeMap<Trait, String>,
    /// What their values mean. Where one has such a list, whatever has another value is not taken: frames,
    /// titles, grids.
    #[serde(default)]
    pub values: BTreeMap<Trait, BTreeMap<String, String>>,
}

impl DrawingRule {
    /// Attributes that the rule names, with the key that names them.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.columns.iter().map(|(column, attribute)| (column.as_str(), attribute.as_str()))
    }

    /// What `value` means for the layer; `None` where what has it is not taken.
    pub fn value<'a>(&'a self, column: Trait, value: &'a str) -> Option<&'a str> {
        match self.values.get(&column) {
            Some(known) => known.get(value).map(String::as_str),
            None => Some(value),
        }
    }
}
