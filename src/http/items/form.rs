//! The forms in which features are sent, as requests name them.

use super::super::{Problem, address::weights, parameters::Parameters, problem::shown, systems};
use crate::{
    crs::NamedSystem,
    format::{
        Csv, FeatureWriter, FlatGeobuf, FormatError, GeoJson, GeoJsonSeq, GeoPackage, GeoParquet, Positions,
        Xlsx,
    },
    layer::{GeometryType, LayerView},
    query::Order,
};
use axum::http::{HeaderMap, header};

/// A form of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// GeoJSON, RFC 7946.
    GeoJson,
    /// GeoJSON text sequence, RFC 8142.
    GeoJsonSeq,
    /// CSV, RFC 4180.
    Csv,
    /// FlatGeobuf 3.
    FlatGeobuf,
    /// GeoParquet 1.1.
    GeoParquet,
    /// GeoPackage 1.3.
    GeoPackage,
    /// A workbook.
    Xlsx,
}

impl Form {
    /// All, the default first.
    pub const ALL: [Self; 7] = [
        Self::GeoJson,
        Self::GeoJsonSeq,
        Self::Csv,
        Self::FlatGeobuf,
        Self::GeoParquet,
        Self::GeoPackage,
        Self::Xlsx,
    ];

    /// As the parameter `f` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::GeoJsonSeq => "geojsonseq",
            Self::Csv => "csv",
            Self::FlatGeobuf => "fgb",
            Self::GeoParquet => "parquet",
            Self::GeoPackage => "gpkg",
            Self::Xlsx => "xlsx",
        }
    }

    /// The names that `f` may have.
    pub fn names() -> Vec<&'static str> {
        std::iter::once("json").chain(Self::ALL.into_iter().map(Self::name)).collect()
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::GeoJson => "application/geo+json",
            Self::GeoJsonSeq => "application/geo+json-seq",
            Self::Csv => "text/csv",
            Self::FlatGeobuf => "application/flatgeobuf",
            Self::GeoParquet => "application/vnd.apache.parquet",
            Self::GeoPackage => "application/geopackage+sqlite3",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// As `Content-Type` has it.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            other => other.media_type(),
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::GeoJsonSeq => "GeoJSON text sequence",
            Self::Csv => "CSV",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::GeoParquet => "GeoParquet",
            Self::GeoPackage => "GeoPackage",
            Self::Xlsx => "Excel (XLSX)",
        }
    }

    /// The ending of a file's name.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::GeoJsonSeq => "geojsons",
            other => other.name(),
        }
    }

    /// In which order it takes the features of a whole layer.
    pub const fn order(self) -> Order {
        match self {
            // Its table is a tree by number, which grows quickest at its end.
            Self::GeoPackage => Order::Id,
            _ => Order::AsStored,
        }
    }

    /// Whether it is written whole before the first byte of it can be sent.
    pub const fn is_file(self) -> bool {
        matches!(self, Self::GeoPackage | Self::Xlsx)
    }

    /// The one that a request asks for: by `f`, by `Accept`, or the default.
    pub fn of(named: Option<&str>, headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(named) = named else { return Ok(Self::accepted(headers)) };
        let found = Self::ALL
            .into_iter()
            .find(|form| form.name() == named || (named, *form) == ("json", Self::GeoJson));
        found.ok_or_else(|| {
            Problem::bad_request(format!("f: {} is none of {}", shown(named), Self::names().join(", ")))
        })
    }

    /// The one that the client likes best among those that it names.
    fn accepted(headers: &HeaderMap) -> Self {
        let asked = weights(headers, header::ACCEPT);
        let weight = |form: &Self| {
            let own = asked.iter().filter(|(name, _)| name == form.media_type());
            own.map(|(_, weight)| *weight).fold(0.0, f32::max)
        };
        // Of equals the first is taken.
        let best = Self::ALL.into_iter().rev().max_by(|a, b| weight(a).total_cmp(&weight(b)));
        best.filter(|form| weight(form) > 0.0).unwrap_or(Self::GeoJson)
    }

    /// What writes it. `positions` says how a table holds geometries.
    pub fn writer(
        self,
        view: &LayerView,
        positions: Positions,
    ) -> Result<Box<dyn FeatureWriter>, FormatError> {
        Ok(match self {
            Self::GeoJson => Box::new(GeoJson::new(view)),
            Self::GeoJsonSeq => Box::new(GeoJsonSeq::new(view)),
            Self::Csv => Box::new(Csv::new(view, positions)),
            Self::FlatGeobuf => Box::new(FlatGeobuf::new(view)),
            Self::GeoParquet => Box::new(GeoParquet::new(view)?),
            Self::GeoPackage => Box::new(GeoPackage::new(view)?),
            Self::Xlsx => Box::new(Xlsx::new(view)?),
        })
    }

    /// The system of the coordinates, as the parameter `crs` says; files that name their system
    /// themselves have one only.
    pub fn system(self, parameters: &Parameters) -> Result<NamedSystem, Problem> {
        let system = systems::named(parameters, "crs")?;
        if system.is_crs84() || matches!(self, Self::GeoJson | Self::GeoJsonSeq) {
            return Ok(system);
        }
        Err(Problem::bad_request(format!(
            "crs: f={} is in degrees of WGS 84, longitude first; f=geojson and geojsonseq have a choice of it, \
             and f=csv&geometry=vn2000 has X and Y of EPSG:9210",
            self.name()
        )))
    }

    /// How a table holds geometries: as the parameter `geometry` says, which only tables have, or
    /// else as the layer's geometries let it.
    pub fn positions(self, view: &LayerView, named: Option<&str>) -> Result<Positions, Problem> {
        let has_points = view.layer().geometry == [GeometryType::Point];
        let Some(named) = named else {
            return Ok(if has_points { Positions::LonLat } else { Positions::Wkt });
        };
        if self != Self::Csv {
            return Err(Problem::bad_request("geometry: only f=csv has a choice of it"));
        }
        match named {
            "wkt" => Ok(Positions::Wkt),
            "lonlat" | "vn2000" if !has_points => Err(Problem::bad_request(format!(
                "geometry: `{named}` is for layers of points, which `{}` is not; geometry=wkt is",
                view.id()
            ))),
            "lonlat" => Ok(Positions::LonLat),
            "vn2000" => Ok(Positions::Vn2000),
            other => Err(Problem::bad_request(format!(
                "geometry: {} is none of wkt, lonlat, vn2000",
                shown(other)
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses() {
        let of = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap_or_else(|_| unreachable!()));
            Form::of(None, &headers).map(Form::name).unwrap_or("none")
        };
        assert_eq!(of("*/*"), "geojson");
        assert_eq!(of("text/csv"), "csv");
        assert_eq!(of("text/csv;q=0.5, application/geo+json"), "geojson");
        assert_eq!(of("text/csv, application/geo+json"), "geojson");
        assert_eq!(of("text/csv;q=0"), "geojson");
        assert_eq!(of("application/vnd.apache.parquet, */*;q=0.1"), "parquet");
        assert_eq!(Form::of(Some("json"), &HeaderMap::new()).map(Form::name).unwrap_or("none"), "geojson");
        assert!(Form::of(Some("shp"), &HeaderMap::new()).is_err());
    }
}
