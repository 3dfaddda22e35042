//! What a report about an area asks of a layer: what its file says, or, where that says nothing, what
//! fits its geometry.

use crate::layer::{AttributeType, LayerView, definition::GeometryFamily};

/// Attributes of all layers, which tell nothing of what a layer holds.
const OF_ALL_LAYERS: [&str; 3] = ["status", "access_class", "owner_agency"];
/// When a row was last changed, in the layers that keep it.
const UPDATED_AT: &str = "updated_at";

/// What is asked of one layer. All names are attributes of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPlan {
    /// Whether the layer's file says so.
    pub is_own: bool,
    /// Attributes whose values are told apart.
    pub groups: Vec<String>,
    /// Numbers that are summed up.
    pub values: Vec<String>,
    /// Attributes by which features are listed; none, and none is listed.
    pub list: Vec<String>,
    /// The moment of the last change, where the layer keeps it.
    pub latest: Option<String>,
}

impl ReportPlan {
    /// The plan for what a caller may see of a layer.
    pub fn of(view: &LayerView) -> Self {
        let rule = &view.layer().report;
        let seen = |names: &[String]| -> Vec<String> {
            names.iter().filter(|name| view.attribute(name).is_some()).cloned().collect()
        };
        let is_moment =
            |a: &&crate::layer::Attribute| matches!(a.kind, AttributeType::Timestamp | AttributeType::Date);
        let latest = view.attribute(UPDATED_AT).filter(is_moment).map(|a| a.name.clone());
        if rule.group.is_empty() && rule.sum.is_empty() && rule.list.is_empty() {
            return Self { latest, ..Self::by_geometry(view) };
        }
        let (groups, values) = (seen(&rule.group), seen(&rule.sum));
        Self { is_own: true, groups, values, list: seen(&rule.list), latest }
    }

    /// Areas by their class, lines and points by their first domain; numbers that may be
    /// apportioned are summed up. Points are listed, others where they have a name.
    fn by_geometry(view: &LayerView) -> Self {
        let layer = view.layer();
        let seen = |name: &Option<String>| name.clone().filter(|name| view.attribute(name).is_some());
        let class = seen(&layer.generalise.class);
        let domain = view
            .attributes()
            .find(|a| a.kind == AttributeType::Enum && !OF_ALL_LAYERS.contains(&a.name.as_str()))
            .map(|a| a.name.clone());
        let values = view.attributes().filter(|a| a.extensive).map(|a| a.name.clone()).collect();
        let label = seen(&layer.label);
        let only_points = layer.geometry.iter().all(|kind| kind.family() == GeometryFamily::Point);
        let mut list = Vec::new();
        if label.is_some() || only_points {
            let keys = layer.key.iter().filter(|name| view.attribute(name).is_some()).cloned();
            list.extend(label);
            keys.for_each(|key| {
                if !list.contains(&key) {
                    list.push(key);
                }
            });
        }
        Self { is_own: false, groups: class.or(domain).into_iter().collect(), values, list, latest: None }
    }
}
