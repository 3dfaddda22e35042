//! The areas of a file that somebody drew: the polygons of all its layers, in the system that the file or
//! its sender states.
//!
//! Must not know what they are for. The file lies where this program put it, and is opened by the one
//! driver of its kind: a file that names others leads nowhere.

use super::{
    messages,
    stated::{self, Stated},
};
use crate::{
    crs::{self, System, Transform, TransformError},
    import::file::{dxf_lines, format::Format},
};
use gdal::{
    Dataset, DatasetOptions, GdalOpenFlags, config,
    vector::{LayerAccess, sql::Dialect},
};
use geo::{CoordsIter, Geometry, LineString, MapCoordsInPlace, MultiPolygon, Polygon};
use geozero::{ToGeo, wkb::Wkb};
use std::{
    cell::Cell,
    path::Path,
    time::{Duration, Instant},
};

/// Rows that are read.
const ROWS_MAX: usize = 100_000;
/// Positions that are read.
const POSITIONS_MAX: usize = crate::area::draw::POSITIONS_MAX;
/// How long the rows may take.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Kinds of files that areas come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaFormat {
    /// GeoJSON (RFC 7946).
    GeoJson,
    /// OGC KML.
    Kml,
    /// ESRI Shapefile.
    Shapefile,
    /// OGC GeoPackage.
    GeoPackage,
    /// AutoCAD DXF, as text.
    Dxf,
}

impl AreaFormat {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::Kml => "KML",
            Self::Shapefile => "Shapefile",
            Self::GeoPackage => "GeoPackage",
            Self::Dxf => "DXF",
        }
    }

    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::Kml => "kml",
            Self::Shapefile => "shp",
            Self::GeoPackage => "gpkg",
            Self::Dxf => "dxf",
        }
    }

    const fn driver(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::Kml => "KML",
            Self::Shapefile => "ESRI Shapefile",
            Self::GeoPackage => "GPKG",
            Self::Dxf => "DXF",
        }
    }

    /// Whether a line that ends where it begins stands for an area: drawings have no other.
    const fn closes_lines(self) -> bool {
        matches!(self, Self::Dxf | Self::Kml)
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FileAreas {
    /// The areas together; easting or longitude first.
    pub shape: MultiPolygon,
    /// Their system: degrees of WGS 84, or the plane in which areas are official.
    pub system: &'static System,
    /// The system in which they were drawn.
    pub drawn_in: &'static System,
    /// Rows without an area.
    pub others: usize,
}

/// Why a file gives no area.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AreaFileError {
    /// No such file.
    #[error("it cannot be read as a {0}: it is damaged, or something else")]
    Unreadable(&'static str),
    /// A DXF that nobody can read to its end.
    #[error(
        "its lines end with carriage returns alone; open it in the drawing program, and save it as DXF again"
    )]
    Lines,
    /// A database that computes what it holds.
    #[error("it has views or tables that are computed; export the areas into a GeoPackage of their own")]
    Computed,
    /// Nothing with an area.
    #[error("it has {0} rows and no area in them: areas are polygons, in KML and DXF also closed lines")]
    NoArea(usize),
    /// Nobody says the system.
    #[error("it does not say its coordinate system; say it by area-crs, such as area-crs=EPSG:9210")]
    NoSystem,
    /// What it says cannot be used.
    #[error("its coordinate system cannot be used: {0}; say it by area-crs, such as area-crs=EPSG:9210")]
    System(String),
    /// Layers of different systems.
    #[error("its layers are in {0} and {1}; send them one by one")]
    Systems(u32, u32),
    /// Positions that lie nowhere in the system.
    #[error("its coordinates lie nowhere in {0}; is it of another system?")]
    Outside(u32),
    /// Too much.
    #[error(
        "it has more than {ROWS_MAX} rows or {POSITIONS_MAX} positions; send a part of it, or simplify it"
    )]
    TooMuch,
    /// Too slow.
    #[error("reading it takes more than {} s; send a part of it", TIME_MAX.as_secs())]
    TooSlow,
}

/// Reads the areas of the file at `path`. `stated` is the system that the sender says, before what the
/// file says.
pub fn read_area(
    path: &Path,
    format: AreaFormat,
    stated: Option<&'static System>,
) -> Result<FileAreas, AreaFileError> {
    messages::capture();
    messages::take();
    let unreadable = AreaFileError::Unreadable(format.name());
    // A block that holds blocks that hold blocks would be a small file and a large drawing.
    let settings = [("DXF_INLINE_BLOCKS", "FALSE"), ("DXF_TRANSLATE_ESCAPE_SEQUENCES", "FALSE")];
    for (key, value) in settings {
        config::set_thread_local_config_option(key, value).map_err(|_| unreadable.clone())?;
    }
    let areas = read_open(path, format, stated);
    settings.iter().for_each(|(key, _)| drop(config::clear_thread_local_config_option(key)));
    let said = messages::take();
    if let Err(error) = &areas {
        tracing::debug!(?said, %error, "a file with an area was refused");
    }
    areas
}

fn read_open(
    path: &Path,
    format: AreaFormat,
    stated: Option<&'static System>,
) -> Result<FileAreas, AreaFileError> {
    let unreadable = || AreaFileError::Unreadable(format.name());
    let path = path.canonicalize().map_err(|_| unreadable())?;
    if format == AreaFormat::Dxf && !dxf_lines::are_plain(&path).map_err(|_| unreadable())? {
        return Err(AreaFileError::Lines);
    }
    let options: &[&str] = if format == AreaFormat::GeoPackage { &["LIST_ALL_TABLES=NO"] } else { &[] };
    let dataset = Dataset::open_ex(
        &path,
        DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
            allowed_drivers: Some(&[format.driver()]),
            open_options: Some(options),
            sibling_files: None,
        },
    )
    .map_err(|_| unreadable())?;
    if format == AreaFormat::GeoPackage && is_computed(&dataset) {
        return Err(AreaFileError::Computed);
    }
    let mut found = Found::default();
    let deadline = Instant::now() + TIME_MAX;
    for mut layer in dataset.layers() {
        let system = match (stated, layer.defn().geom_fields().next()) {
            (Some(system), _) => Ok(system),
            (None, _) => system_of(format, layer.spatial_ref()),
        };
        for feature in layer.features() {
            found.rows += 1;
            if Instant::now() > deadline {
                return Err(AreaFileError::TooSlow);
            }
            // `Feature::geometry` hands out a geometry even where there is none.
            let Ok(geometry) = feature.geometry_by_index(0) else { continue };
            let mut flat = geometry.clone();
            flat.flatten_to_2d();
            let Some(shape) = flat.wkb().ok().and_then(|wkb| Wkb(wkb).to_geo().ok()) else { continue };
            let before = found.polygons.len();
            collect(shape, format, &mut found.polygons);
            if found.polygons.len() > before {
                found.is_of(system.clone()?)?;
                found.positions +=
                    found.polygons[before..].iter().map(CoordsIter::coords_count).sum::<usize>();
            } else {
                found.others += 1;
            }
            if found.rows > ROWS_MAX || found.positions > POSITIONS_MAX {
                return Err(AreaFileError::TooMuch);
            }
        }
    }
    // What GDAL reports as a failure while it reads means that rows are missing.
    if messages::take_failure().is_some() {
        return Err(unreadable());
    }
    found.finish()
}

/// Whether a view, or a table that a module makes up, stands in a GeoPackage. Its index of boxes is one.
fn is_computed(dataset: &Dataset) -> bool {
    let sql = "SELECT count(*) AS n FROM sqlite_master WHERE type = 'view' \
               OR (sql LIKE 'create%virtual%' AND sql NOT LIKE '%using%rtree%')";
    let Ok(Some(mut result)) = dataset.execute_sql(sql, None, Dialect::DEFAULT) else { return true };
    let count = result.features().next().and_then(|row| row.field_as_integer64(0).ok().flatten());
    count != Some(0)
}

fn system_of(
    format: AreaFormat,
    reference: Option<gdal::spatial_ref::SpatialRef>,
) -> Result<&'static System, AreaFileError> {
    let as_imported = match format {
        AreaFormat::GeoJson => Format::GeoJson,
        AreaFormat::Kml => Format::Kml,
        AreaFormat::GeoPackage => Format::GeoPackage,
        AreaFormat::Shapefile | AreaFormat::Dxf => Format::Shapefile,
    };
    match stated::system(as_imported, reference) {
        Stated::System(system) | Stated::ByFormat(system) => Ok(system),
        Stated::Nothing => Err(AreaFileError::NoSystem),
        Stated::Doubtful(why) | Stated::Unknown(why) => Err(AreaFileError::System(why.to_string())),
        Stated::Refused(error) => Err(AreaFileError::System(error.to_string())),
    }
}

/// What has been read so far.
#[derive(Default)]
struct Found {
    polygons: Vec<Polygon>,
    system: Option<&'static System>,
    rows: usize,
    positions: usize,
    others: usize,
}

impl Found {
    fn is_of(&mut self, system: &'static System) -> Result<(), AreaFileError> {
        match self.system {
            Some(other) if other.code != system.code => Err(AreaFileError::Systems(other.code, system.code)),
            _ => {
                self.system = Some(system);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<FileAreas, AreaFileError> {
        let Some(drawn_in) = self.system else { return Err(AreaFileError::NoArea(self.rows)) };
        let mut shape = MultiPolygon::new(self.polygons);
        let outside = AreaFileError::Outside(drawn_in.code);
        if !shape.coords_iter().all(|c| c.x.is_finite() && c.y.is_finite()) {
            return Err(outside);
        }
        let wgs84 = crs::system(4326).map_err(|error| AreaFileError::System(error.to_string()))?;
        let mut system = drawn_in;
        if drawn_in.code != crs::MEASURING_SYSTEM && drawn_in.code != wgs84.code {
            to_degrees(&mut shape, drawn_in).map_err(|_| outside.clone())?;
            system = wgs84;
        }
        let on_earth = |c: geo::Coord| (-180.0..=180.0).contains(&c.x) && (-90.0..=90.0).contains(&c.y);
        // Northings below 0 or above 4 000 km lie far from Vietnam, as do eastings beyond 2 000 km.
        let in_plane = |c: geo::Coord| c.x.abs() < 2e6 && (0.0..4e6).contains(&c.y);
        let held =
            shape.coords_iter().all(|c| if system.is_geographic() { on_earth(c) } else { in_plane(c) });
        if !held {
            return Err(outside);
        }
        Ok(FileAreas { shape, system, drawn_in, others: self.others })
    }
}

fn to_degrees(shape: &mut MultiPolygon, system: &System) -> Result<(), TransformError> {
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = shape.coords_iter().map(|c| (c.x, c.y)).unzip();
    Transform::to_wgs84(system)?.apply(&mut x, &mut y)?;
    // In the order in which they were taken.
    let number = Cell::new(0);
    shape.map_coords_in_place(|c| {
        let i = number.replace(number.get() + 1);
        x.get(i).zip(y.get(i)).map_or(c, |(x, y)| geo::Coord { x: *x, y: *y })
    });
    Ok(())
}

fn collect(shape: Geometry, format: AreaFormat, polygons: &mut Vec<Polygon>) {
    let closed = |line: &LineString| format.closes_lines() && line.0.len() > 3 && line.is_closed();
    match shape {
        Geometry::Polygon(polygon) => polygons.push(polygon),
        Geometry::MultiPolygon(all) => polygons.extend(all),
        Geometry::LineString(line) if closed(&line) => polygons.push(Polygon::new(line, Vec::new())),
        Geometry::MultiLineString(lines) => {
            polygons.extend(lines.into_iter().filter(closed).map(|line| Polygon::new(line, Vec::new())));
        }
        Geometry::GeometryCollection(parts) => {
            parts.into_iter().for_each(|part| collect(part, format, polygons));
        }
        _ => {}
    }
}
