//! A feature as GeoJSON (RFC 7946), written straight into a buffer.

use super::Problem;
use crate::{
    feature::{Feature, Value},
    layer::LayerView,
};
use geozero::{GeomProcessor, GeozeroGeometry, geojson::GeoJsonWriter, wkb::Wkb};
use std::io::Write;
use time::format_description::well_known::Rfc3339;

/// Digits behind the point of a degree: 1 mm is the ninth part of the eighth.
const DEGREE_SCALE: f64 = 1e8;

/// Appends a feature; `links` is JSON text that stands behind its properties.
pub fn write_feature(
    out: &mut Vec<u8>,
    view: &LayerView,
    feature: &Feature,
    links: Option<&str>,
) -> Result<(), Problem> {
    write!(out, "{{\"type\":\"Feature\",\"id\":{},\"geometry\":", feature.id).map_err(Problem::internal)?;
    match &feature.wkb {
        Some(wkb) => {
            let round = |v: &mut f64| *v = (*v * DEGREE_SCALE).round() / DEGREE_SCALE;
            let mut writer = GeoJsonWriter::new(&mut *out).pre_process_xy(move |x: &mut f64, y: &mut f64| {
                round(x);
                round(y);
            });
            Wkb(wkb).process_geom(&mut writer).map_err(Problem::internal)?;
        }
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"properties\":{");
    for (i, (attribute, value)) in view.attributes().zip(&feature.values).enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_json(out, &attribute.name)?;
        out.push(b':');
        write_value(out, value)?;
    }
    out.push(b'}');
    if let Some(links) = links {
        write!(out, ",\"links\":{links}").map_err(Problem::internal)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_value(out: &mut Vec<u8>, value: &Value) -> Result<(), Problem> {
    match value {
        Value::Null => write_json(out, &()),
        Value::Bool(v) => write_json(out, v),
        Value::Int(v) => write_json(out, v),
        Value::Number(v) => write_json(out, v),
        Value::Text(v) => write_json(out, v),
        Value::Date(v) => write_json(out, &v.to_string()),
        Value::Timestamp(v) => write_json(out, &v.format(&Rfc3339).map_err(Problem::internal)?),
        Value::TextList(v) => write_json(out, v),
    }
}

fn write_json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) -> Result<(), Problem> {
    serde_json::to_writer(out, value).map_err(Problem::internal)
}
