//! What the features of each layer are, theme by theme. Must not know files.

mod administration;
mod agriculture;
mod industry;
mod planning;
mod society;
mod telecom;
mod transport;

use super::{
    province::Province,
    sheet::{Row, Sheet},
};
use crate::layer::LayerDefinition;

/// Makes the rows of a layer.
type Maker = fn(&mut Sheet<'_>);

/// The layers that the sample can make, but for the parcels of the land-use plan.
const MAKERS: &[(&str, Maker)] = &[
    ("admin_commune", administration::communes),
    ("border_line", administration::border),
    ("border_marker", administration::border_markers),
    ("commune_dataset", administration::commune_figures),
    ("crop_zone", agriculture::growing_areas),
    ("health_facility", society::health_facilities),
    ("heritage_site", society::heritage),
    ("industrial_cluster", industry::clusters),
    ("industrial_park", industry::parks),
    ("industrial_park_lot", industry::lots),
    ("investment_site", industry::investment_sites),
    ("irrigation_work", agriculture::irrigation),
    ("job_training_centre", society::training_centres),
    ("land_price_zone", planning::land_prices),
    ("livestock_aquaculture_farm", agriculture::farms),
    ("post_office", telecom::post_offices),
    ("province_plan_zone", planning::province_zones),
    ("public_investment_project", planning::public_projects),
    ("public_wifi", telecom::wifi),
    ("road_plan", transport::road_plans),
    ("road_segment", transport::roads),
    ("school", society::schools),
    ("science_facility", society::science),
    ("telecom_cable", telecom::cables),
    ("telecom_station", telecom::stations),
    ("tourism_place", society::tourism),
    ("trade_facility", industry::trade),
    ("traffic_accident", transport::accidents),
    ("transport_work", transport::works),
    ("urban_utility", planning::utilities),
    ("urban_zone", planning::urban_zones),
    ("waterway_segment", transport::waterways),
];

/// Whether the sample can make a layer.
pub fn knows(layer: &str) -> bool {
    MAKERS.iter().any(|(id, _)| *id == layer)
}

/// The features of a layer; none if the sample knows nothing of it.
pub fn rows(province: &Province, layer: &LayerDefinition) -> Vec<Row> {
    let mut sheet = Sheet::new(province, layer);
    if let Some((_, make)) = MAKERS.iter().find(|(id, _)| *id == layer.id) {
        make(&mut sheet);
    }
    sheet.rows
}
