//! The colours of a layer of which no style tells: by an attribute with a domain, else by a quantity, else one.
//!
//! All is read from the definition, so that a style does not change with the data. Must not know drawings.

use crate::layer::{Attribute, AttributeType, GeneraliseRule, LayerView};
use serde_json::{Value as Json, json};

/// Colours that can be told from each other, each dark enough for a white rim.
const DISTINCT: [[u8; 3]; 12] = [
    [31, 111, 180],
    [217, 98, 43],
    [43, 138, 62],
    [166, 49, 122],
    [176, 132, 0],
    [95, 61, 196],
    [11, 127, 140],
    [201, 42, 42],
    [94, 124, 31],
    [138, 90, 43],
    [214, 77, 148],
    [92, 107, 115],
];
/// More codes than twice the colours cannot be told from each other.
const CODES_MAX: usize = 2 * DISTINCT.len();
/// From little to much by day, and the other way round by night: much stands out from the ground.
const LITTLE_TO_MUCH: [[u8; 3]; 5] =
    [[217, 236, 230], [168, 211, 199], [109, 179, 165], [48, 133, 120], [15, 84, 76]];
const LITTLE_TO_MUCH_DARK: [[u8; 3]; 5] =
    [[31, 59, 55], [39, 97, 89], [61, 140, 128], [115, 189, 176], [191, 233, 223]];
/// What is of no class.
const REST: [u8; 3] = [138, 144, 148];
/// Where nothing is known of how large a quantity grows, each class goes ten times as far as the one before.
const DECADES: [f64; 4] = [10.0, 100.0, 1000.0, 10_000.0];

/// Attributes that all layers have (`layers/shared/attributes.toml`): they tell of the record, not of the thing.
const OF_ALL_LAYERS: [&str; 4] = ["status", "access_class", "owner_agency", "position_accuracy_m"];

/// By what the features of a layer are told apart.
#[derive(Debug, Clone)]
pub enum Classes {
    /// Not at all.
    One([u8; 3]),
    /// By the codes of an attribute.
    Codes { attribute: String, codes: Vec<String> },
    /// By a quantity: where the second class begins, and those behind it.
    Quantity { attribute: String, bounds: [f64; 4] },
}

impl Classes {
    /// Those of a view: nothing is read that is not in it.
    pub fn of(view: &LayerView) -> Self {
        let codes = coded(view).map(|attribute| {
            let codes = attribute.values.iter().map(|value| value.code.clone()).collect();
            Self::Codes { attribute: attribute.name.clone(), codes }
        });
        let quantity = || {
            let attribute = measured(view)?;
            Some(Self::Quantity { attribute: attribute.name.clone(), bounds: bounds(attribute) })
        };
        codes.or_else(quantity).unwrap_or_else(|| Self::One(DISTINCT[number(view.id()) % DISTINCT.len()]))
    }

    /// The colour of a drawing, as an expression of the style specification.
    ///
    /// Lines lie on the ground itself: by night they are `lit`, so that one sees them.
    pub fn colour(&self, dark: bool, lit: bool) -> Json {
        let shade = |colour: [u8; 3]| hex(if dark && lit { mixed(colour, 0.4) } else { colour });
        match self {
            Self::One(colour) => json!(shade(*colour)),
            Self::Codes { attribute, codes } => {
                let mut expression = vec![json!("match"), json!(["get", attribute])];
                for (index, code) in codes.iter().enumerate() {
                    let colour = DISTINCT[index % DISTINCT.len()];
                    let colour = if index < DISTINCT.len() { colour } else { mixed(colour, 0.45) };
                    // A list even of one: QGIS 3.22 reads no other.
                    expression.extend([json!([code]), json!(shade(colour))]);
                }
                expression.push(json!(shade(REST)));
                Json::Array(expression)
            }
            Self::Quantity { attribute, bounds } => {
                let colours = if dark { LITTLE_TO_MUCH_DARK } else { LITTLE_TO_MUCH };
                let read = json!(["to-number", ["get", attribute], 0]);
                let mut expression = vec![json!("step"), read, json!(hex(colours[0]))];
                for (bound, colour) in bounds.iter().zip(&colours[1..]) {
                    expression.extend([json!(bound), json!(hex(*colour))]);
                }
                Json::Array(expression)
            }
        }
    }

    /// A colour for rims and names of the layer: that of its one class, or a neutral one.
    pub const fn ink(&self) -> [u8; 3] {
        match self {
            Self::One(colour) => *colour,
            Self::Codes { .. } | Self::Quantity { .. } => [74, 85, 92],
        }
    }
}

/// The attribute whose codes tell features apart: the one that the layer itself keeps apart, else its first.
fn coded(view: &LayerView) -> Option<&Attribute> {
    let layer = view.layer();
    let named = layer.generalise.class.iter().chain(&layer.report.group);
    let fits = |attribute: &&Attribute| {
        attribute.kind == AttributeType::Enum
            && (2..=CODES_MAX).contains(&attribute.values.len())
            && !OF_ALL_LAYERS.contains(&attribute.name.as_str())
    };
    let named: Vec<_> = named.filter_map(|name| view.attribute(name)).collect();
    // Where areas are merged by a class that cannot be told by colour, no other holds for what was merged.
    if layer.generalise.rule == GeneraliseRule::Merge && !named.first().is_some_and(fits) {
        return None;
    }
    named.into_iter().find(fits).or_else(|| view.attributes().find(fits))
}

/// The quantity that a report would sum up, else the first with a unit; the features' own size tells least.
fn measured(view: &LayerView) -> Option<&Attribute> {
    let layer = view.layer();
    let fits = |attribute: &&Attribute| {
        matches!(attribute.kind, AttributeType::Integer | AttributeType::Number)
            && (attribute.unit.is_some() || attribute.extensive)
            && !layer.key.contains(&attribute.name)
            && !OF_ALL_LAYERS.contains(&attribute.name.as_str())
    };
    let summed = layer.report.sum.iter().filter_map(|name| view.attribute(name)).find(fits);
    let foreign = |attribute: &&Attribute| fits(attribute) && attribute.measure.is_none();
    summed
        .filter(foreign)
        .or_else(|| view.attributes().find(foreign))
        .or_else(|| view.attributes().find(fits))
}

fn bounds(attribute: &Attribute) -> [f64; 4] {
    match (attribute.min, attribute.max) {
        (Some(min), Some(max)) if max > min => {
            [0.2, 0.4, 0.6, 0.8].map(|share: f64| (max - min).mul_add(share, min))
        }
        _ => DECADES,
    }
}

/// A number that an id always has.
fn number(id: &str) -> usize {
    id.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)))
}

/// A colour with a share of white.
pub fn mixed(colour: [u8; 3], white: f32) -> [u8; 3] {
    colour.map(|part| (f32::from(part) * (1.0 - white) + 255.0 * white).round() as u8)
}

/// A colour as styles write it.
pub fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
