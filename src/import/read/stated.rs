//! What a file says of the system of its coordinates, and whether that can be believed.
//!
//! Must not know the coordinates themselves.

use crate::{
    crs::{self, SYSTEMS, System, SystemError, SystemKind},
    import::{
        evidence::datum_shift,
        file::format::Format,
        words::{Words, words},
    },
    layer::fold,
};
use gdal::spatial_ref::SpatialRef;

/// What a file says of the system of its coordinates.
#[derive(Debug, Clone, PartialEq)]
pub enum Stated {
    /// A system that is known.
    System(&'static System),
    /// The standard of the format says it for all files of the format.
    ByFormat(&'static System),
    /// Nothing.
    Nothing,
    /// Something that must not be believed without asking: why, and what it probably is.
    Doubtful(Words),
    /// A system that is not used here.
    Refused(SystemError),
    /// A system with a name and no code that is known.
    Unknown(Words),
}

/// Reads what `reference`, the system that GDAL found in a file, says.
pub fn system(format: Format, reference: Option<SpatialRef>) -> Stated {
    let wgs84 = crs::system(4326);
    match (format, reference, wgs84) {
        (Format::GeoJson | Format::Kml, None, Ok(wgs84)) => Stated::ByFormat(wgs84),
        (Format::GeoJson | Format::Kml, Some(found), Ok(wgs84)) => match recognise(format, &found) {
            Stated::System(system) if system.code == 4326 => Stated::ByFormat(wgs84),
            other => other,
        },
        (_, None, _) | (_, _, Err(_)) => Stated::Nothing,
        (_, Some(found), _) => recognise(format, &found),
    }
}

fn recognise(format: Format, found: &SpatialRef) -> Stated {
    if found.is_local() {
        return Stated::Nothing;
    }
    let by_code = by_code(found);
    // MapInfo files written by many programs, GDAL among them, lose the datum VN-2000.
    let from_mapinfo = matches!(format, Format::MapInfoTab | Format::MapInfoMif);
    match by_code {
        Some(Ok(system)) if !(from_mapinfo && system.kind == SystemKind::Wgs84Plane) => {
            Stated::System(system)
        }
        Some(Err(error @ SystemError::SwappedOrigin { .. })) => Stated::Refused(error),
        _ => by_parameters(found).unwrap_or_else(|| match by_code {
            Some(Err(error)) => Stated::Refused(error),
            _ => Stated::Unknown(Words::same(found.name().unwrap_or_default())),
        }),
    }
}

fn by_code(found: &SpatialRef) -> Option<Result<&'static System, SystemError>> {
    let authority = found.auth_name().filter(|name| name == "EPSG" || name == "OGC")?;
    if authority == "OGC" {
        return Some(crs::parse("OGC:CRS84"));
    }
    let code = u32::try_from(found.auth_code().ok()?).ok()?;
    Some(crs::system(code))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Datum {
    Vn2000,
    Wgs84,
    Unknown,
    Other,
}

fn datum(found: &SpatialRef) -> Datum {
    let name = found.get_attr_value("DATUM", 0).ok().flatten().unwrap_or_default();
    let folded = fold(&name);
    if folded.contains("vietnam2000") || folded.contains("vn2000") {
        return Datum::Vn2000;
    }
    // The shift is the datum's own, so it tells the datum where the name does not.
    let shifted = found.to_proj4().is_ok_and(|text| text.contains("+towgs84=-191.90"));
    match folded.as_str() {
        _ if shifted => Datum::Vn2000,
        "wgs1984" | "dwgs1984" | "worldgeodeticsystem1984" | "wgs84" | "worldgeodeticsystem1984ensemble" => {
            Datum::Wgs84
        }
        "" => Datum::Unknown,
        name if name.contains("unknown") || name.contains("notspecified") || name.contains("unnamed") => {
            Datum::Unknown
        }
        _ => Datum::Other,
    }
}

fn by_parameters(found: &SpatialRef) -> Option<Stated> {
    let datum = datum(found);
    if datum == Datum::Other {
        return None;
    }
    if found.is_geographic() {
        let code = match datum {
            Datum::Vn2000 => 4756,
            Datum::Wgs84 => 4326,
            _ => {
                return Some(Stated::Doubtful(words(
                    "tệp ghi tọa độ bằng độ mà không nói theo VN-2000 hay WGS 84; chọn nhầm thì dữ liệu nằm lệch 225 m",
                    "the file gives degrees and does not say whether of VN-2000 or of WGS 84; by the wrong one the data \
                     would lie 225 m off",
                )));
            }
        };
        return crs::system(code).ok().map(Stated::System);
    }
    let plane = plane(found)?;
    let vn2000 = SYSTEMS.iter().find(|s| s.kind == SystemKind::Vn2000Plane && plane.is(s));
    match (datum, vn2000) {
        (Datum::Vn2000, Some(system)) => Some(Stated::System(system)),
        (Datum::Vn2000, None) => Some(plane.misplaced()),
        (_, Some(system)) => Some(doubtful(datum, system)),
        (_, None) => None,
    }
}

/// A plane of VN-2000, on another datum or on none.
fn doubtful(datum: Datum, system: &System) -> Stated {
    let shifted = datum_shift();
    let (vi, en) = match datum {
        Datum::Wgs84 => ("ghi hệ quy chiếu WGS 84", "datum WGS 84"),
        _ => ("không ghi hệ quy chiếu", "nothing of its datum"),
    };
    Stated::Doubtful(words(
        format!(
            "tệp {vi}, mà chiếu như VN-2000 ở {system}. Phần mềm không biết VN-2000 thường ghi như vậy; nếu làm đúng \
             theo đó mà lời ghi sai thì {}",
            shifted.vi
        ),
        format!(
            "the file says {en}, projected as VN-2000 is in {system}. Programs that know no VN-2000 write this; taken at \
             its word where that is wrong, {}",
            shifted.en
        ),
    ))
}

/// A transverse Mercator plane.
#[derive(Debug, Clone, Copy)]
struct Plane {
    meridian: f64,
    scale: f64,
    easting: f64,
    northing: f64,
}

fn plane(found: &SpatialRef) -> Option<Plane> {
    let projection = found.get_attr_value("PROJECTION", 0).ok().flatten()?;
    if !matches!(fold(&projection).as_str(), "transversemercator" | "gausskruger") {
        return None;
    }
    let parameter = |name: &str| found.get_proj_param(name).ok().flatten();
    let metres = (found.linear_units() - 1.0).abs() < 1e-9;
    let origin = parameter("latitude_of_origin").unwrap_or(0.0);
    (metres && origin.abs() < 1e-9).then_some(Plane {
        meridian: parameter("central_meridian")?,
        scale: parameter("scale_factor").unwrap_or(1.0),
        easting: parameter("false_easting").unwrap_or(0.0),
        northing: parameter("false_northing").unwrap_or(0.0),
    })
}

impl Plane {
    fn is(self, system: &System) -> bool {
        (self.meridian - system.central_meridian_deg).abs() < 1e-6
            && (self.scale - system.scale).abs() < 1e-7
            && (self.easting - system.false_easting_m).abs() < 1e-3
            && self.northing.abs() < 1e-3
    }

    fn misplaced(self) -> Stated {
        let Self { meridian, scale, easting, northing } = self;
        Stated::Unknown(words(
            format!(
                "VN-2000 với kinh tuyến trục {meridian}°, tỷ lệ {scale}, false easting {easting} m, false northing \
                 {northing} m, không phải là hệ đã đăng ký"
            ),
            format!(
                "VN-2000 with central meridian {meridian}°, scale {scale}, false easting {easting} m, false northing \
                 {northing} m, which is no registered system"
            ),
        ))
    }
}
