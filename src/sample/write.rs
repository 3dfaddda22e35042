//! Made-up features as the files that agencies would send. The only file here that knows GDAL.

use super::{
    SampleError,
    geometry::Position,
    sheet::{Row, Shape},
};
use crate::{
    crs::{self, Transform},
    feature::Value,
    layer::{Attribute, AttributeType, LayerDefinition},
};
use gdal::{
    Dataset, DriverManager,
    spatial_ref::{AxisMappingStrategy, SpatialRef},
    vector::{
        Feature, FieldDefn, Geometry, Layer, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
    },
};
use std::{fs, path::Path};
use time::format_description::well_known::Rfc3339;

impl From<gdal::errors::GdalError> for SampleError {
    fn from(error: gdal::errors::GdalError) -> Self {
        Self::Gdal(error.to_string())
    }
}

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// ESRI Shapefile.
    Shapefile,
    /// GeoPackage.
    GeoPackage,
    /// FlatGeobuf.
    FlatGeobuf,
    /// MapInfo TAB; GDAL writes no VN-2000 datum into it.
    Tab,
    /// MapInfo MIF; the same.
    Mif,
    /// GeoJSON.
    GeoJson,
    /// KML.
    Kml,
    /// CSV with the columns KINH_DO and VI_DO in degrees, or X (northing) and Y (easting).
    Csv,
}

impl Format {
    /// GDAL's name, and the ending of the file.
    const fn driver(self) -> (&'static str, &'static str) {
        match self {
            Self::Shapefile => ("ESRI Shapefile", "shp"),
            Self::GeoPackage => ("GPKG", "gpkg"),
            Self::FlatGeobuf => ("FlatGeobuf", "fgb"),
            Self::Tab => ("MapInfo File", "tab"),
            Self::Mif => ("MapInfo File", "mif"),
            Self::GeoJson => ("GeoJSON", "geojson"),
            Self::Kml => ("KML", "kml"),
            Self::Csv => ("CSV", "csv"),
        }
    }

    /// The ending of the file's name.
    pub const fn ending(self) -> &'static str {
        self.driver().1
    }
}

/// A column of a file: its heading, and which attribute of the layer it holds.
#[derive(Debug, Clone)]
pub struct Column {
    heading: String,
    attribute: usize,
}

/// The columns that an agency would send: under its own heading where it has one, else under the
/// first known source name (of at most ten bytes in a Shapefile). Those of `left_out` are not sent.
pub fn columns(
    layer: &LayerDefinition,
    format: Format,
    own_headings: &[(&str, &str)],
    left_out: &[&str],
) -> Vec<Column> {
    let heading_of = |attribute: &Attribute| {
        let own = own_headings.iter().find(|(_, name)| *name == attribute.name);
        own.map(|(heading, _)| (*heading).to_owned())
            .or_else(|| heading(attribute, format).map(str::to_owned))
    };
    (0..layer.attributes.len())
        .filter(|&i| !left_out.contains(&layer.attributes[i].name.as_str()))
        .filter_map(|attribute| {
            let heading = heading_of(&layer.attributes[attribute])?;
            Some(Column { heading, attribute })
        })
        .collect()
}

/// Rows on their way into one file.
pub struct Writer<'a> {
    dataset: Dataset,
    layer: &'a LayerDefinition,
    columns: Vec<Column>,
    format: Format,
    transform: Option<Transform>,
    degrees: bool,
}

impl<'a> Writer<'a> {
    /// A new file, in the place of an old one; `epsg` says the system of its coordinates.
    pub fn create(
        path: &Path,
        format: Format,
        layer: &'a LayerDefinition,
        columns: Vec<Column>,
        epsg: u32,
    ) -> Result<Self, SampleError> {
        let (driver, ending) = format.driver();
        remove(path).map_err(|e| SampleError::File(path.to_owned(), e))?;
        let system = crs::system(epsg).map_err(|e| SampleError::Internal(e.to_string()))?;
        let transform = (epsg != 4326).then(|| Transform::from_wgs84(system)).transpose();
        let transform = transform.map_err(|e| SampleError::Internal(e.to_string()))?;
        let mut dataset = DriverManager::get_driver_by_name(driver)?.create_vector_only(path)?;
        let mut srs = SpatialRef::from_epsg(epsg)?;
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let mut options = Vec::new();
        match format {
            Format::Shapefile => options.push("ENCODING=UTF-8"),
            Format::Csv => options.push("WRITE_BOM=YES"),
            _ => {}
        }
        let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or(ending).to_owned();
        {
            let made = dataset.create_layer(LayerOptions {
                name: &name,
                srs: (format != Format::Csv).then_some(&srs),
                ty: if format == Format::Csv {
                    OGRwkbGeometryType::wkbNone
                } else {
                    geometry_type(layer, format)
                },
                options: (!options.is_empty()).then_some(&options),
            })?;
            let degrees = epsg == 4326;
            if format == Format::Csv {
                for name in coordinate_names(degrees) {
                    FieldDefn::new(name, OGRFieldType::OFTReal)?.add_to_layer(&made)?;
                }
            }
            for column in &columns {
                add_field(&made, &column.heading, layer.attributes[column.attribute].kind, format)?;
            }
        }
        Ok(Self { dataset, layer, columns, format, transform, degrees: epsg == 4326 })
    }

    /// Writes rows; those of one call go in one transaction where the format has them.
    pub fn write<'r>(&mut self, rows: impl IntoIterator<Item = &'r Row>) -> Result<(), SampleError> {
        let out = self.dataset.layer(0)?;
        // Some formats put fields of their own before ours.
        let places = self.columns.iter().map(|column| out.defn().field_index(&column.heading));
        let places = places.collect::<Result<Vec<_>, _>>()?;
        for row in rows {
            let mut feature = Feature::new(out.defn())?;
            let mut shape = row.shape.clone();
            if let Some(transform) = &self.transform {
                project(&mut shape, transform)?;
            }
            match (&shape, self.format) {
                (Shape::Point([x, y]), Format::Csv) => {
                    let pair = if self.degrees { [*x, *y] } else { [*y, *x] };
                    feature.set_field_double(0, pair[0])?;
                    feature.set_field_double(1, pair[1])?;
                }
                _ => feature.set_geometry(geometry(&shape, is_multi(self.layer))?)?,
            }
            for (place, column) in places.iter().zip(&self.columns) {
                set_field(&mut feature, *place, &row.values[column.attribute])?;
            }
            feature.create(&out)?;
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self) -> Result<(), SampleError> {
        self.dataset.close()?;
        Ok(())
    }
}

/// Removes a file and all that goes with it by name: of an interrupted run, even a journal may be
/// left, which SQLite would play back into the new file.
fn remove(path: &Path) -> std::io::Result<()> {
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem()) else { return Ok(()) };
    let start = format!("{}.", stem.to_string_lossy());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&start) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn coordinate_names(degrees: bool) -> [&'static str; 2] {
    if degrees { ["KINH_DO", "VI_DO"] } else { ["X", "Y"] }
}

/// The heading that an agency would use. Attributes without a fitting one are not delivered in a
/// Shapefile.
fn heading(attribute: &Attribute, format: Format) -> Option<&str> {
    let names = attribute.sources.iter().map(String::as_str).chain([attribute.name.as_str()]);
    let mut fitting = names.filter(|n| format != Format::Shapefile || n.len() <= 10);
    fitting.find(|n| n.is_ascii())
}

fn add_field(layer: &Layer<'_>, name: &str, kind: AttributeType, format: Format) -> Result<(), SampleError> {
    let kind = match kind {
        // MapInfo has no wider integers.
        AttributeType::Integer if matches!(format, Format::Tab | Format::Mif) => OGRFieldType::OFTInteger,
        AttributeType::Integer => OGRFieldType::OFTInteger64,
        AttributeType::Number => OGRFieldType::OFTReal,
        _ => OGRFieldType::OFTString,
    };
    let field = FieldDefn::new(name, kind)?;
    if kind == OGRFieldType::OFTString && matches!(format, Format::Shapefile | Format::Tab | Format::Mif) {
        field.set_width(200);
    }
    field.add_to_layer(layer)?;
    Ok(())
}

fn set_field(feature: &mut Feature<'_>, place: usize, value: &Value) -> Result<(), SampleError> {
    match value {
        Value::Null => {}
        Value::Bool(v) => feature.set_field_string(place, if *v { "1" } else { "0" })?,
        Value::Int(v) => feature.set_field_integer64(place, *v)?,
        Value::Number(v) => feature.set_field_double(place, *v)?,
        Value::Text(v) => feature.set_field_string(place, v)?,
        Value::Date(v) => feature.set_field_string(place, &v.to_string())?,
        Value::Timestamp(v) => {
            let text = v.format(&Rfc3339).map_err(|e| SampleError::Internal(e.to_string()))?;
            feature.set_field_string(place, &text)?;
        }
        Value::TextList(v) => feature.set_field_string(place, &v.join("; "))?,
    }
    Ok(())
}

/// Whether single lines and areas go as collections of one, as the layer has them.
fn is_multi(layer: &LayerDefinition) -> bool {
    use crate::layer::GeometryType::{LineString, Polygon};
    !layer.geometry.iter().any(|g| matches!(g, LineString | Polygon))
}

fn geometry_type(layer: &LayerDefinition, format: Format) -> OGRwkbGeometryType::Type {
    use crate::layer::GeometryType as T;
    match layer.geometry[..] {
        _ if matches!(format, Format::Kml | Format::Tab | Format::Mif) => OGRwkbGeometryType::wkbUnknown,
        [T::Point] => OGRwkbGeometryType::wkbPoint,
        [T::MultiLineString] if format == Format::Shapefile => OGRwkbGeometryType::wkbLineString,
        [T::MultiLineString] => OGRwkbGeometryType::wkbMultiLineString,
        [T::Polygon] => OGRwkbGeometryType::wkbPolygon,
        [T::MultiPolygon] if format == Format::Shapefile => OGRwkbGeometryType::wkbPolygon,
        [T::MultiPolygon] => OGRwkbGeometryType::wkbMultiPolygon,
        _ => OGRwkbGeometryType::wkbUnknown,
    }
}

fn project(shape: &mut Shape, transform: &Transform) -> Result<(), SampleError> {
    let paths: Vec<&mut [Position]> = match shape {
        Shape::Point(p) => vec![std::slice::from_mut(p)],
        Shape::Lines(lines) => lines.iter_mut().map(Vec::as_mut_slice).collect(),
        Shape::Areas(areas) => areas.iter_mut().flatten().map(Vec::as_mut_slice).collect(),
    };
    for path in paths {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = path.iter().map(|p| (p[0], p[1])).unzip();
        transform.apply(&mut x, &mut y).map_err(|e| SampleError::Internal(e.to_string()))?;
        path.iter_mut().zip(x.into_iter().zip(y)).for_each(|(p, (x, y))| *p = [x, y]);
    }
    Ok(())
}

/// Well-known binary, little endian, two-dimensional.
fn geometry(shape: &Shape, multi: bool) -> Result<Geometry, SampleError> {
    let mut wkb = Vec::new();
    let head = |wkb: &mut Vec<u8>, kind: u32| {
        wkb.push(1);
        wkb.extend_from_slice(&kind.to_le_bytes());
    };
    let count = |wkb: &mut Vec<u8>, n: usize| wkb.extend_from_slice(&(n as u32).to_le_bytes());
    let path = |wkb: &mut Vec<u8>, line: &[Position]| {
        count(wkb, line.len());
        line.iter().flatten().for_each(|v| wkb.extend_from_slice(&v.to_le_bytes()));
    };
    match shape {
        Shape::Point(p) => {
            head(&mut wkb, 1);
            p.iter().for_each(|v| wkb.extend_from_slice(&v.to_le_bytes()));
        }
        Shape::Lines(lines) => {
            if lines.len() > 1 || multi {
                head(&mut wkb, 5);
                count(&mut wkb, lines.len());
            }
            for line in lines {
                head(&mut wkb, 2);
                path(&mut wkb, line);
            }
        }
        Shape::Areas(areas) => {
            if areas.len() > 1 || multi {
                head(&mut wkb, 6);
                count(&mut wkb, areas.len());
            }
            for rings in areas {
                head(&mut wkb, 3);
                count(&mut wkb, rings.len());
                rings.iter().for_each(|ring| path(&mut wkb, ring));
            }
        }
    }
    Ok(Geometry::from_wkb(&wkb)?)
}
