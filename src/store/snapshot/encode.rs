//! Features as a file holds them: a geometry in EPSG:3857 and its properties, as the bytes of a
//! FlatGeobuf feature.

use super::{row::kind, unplaced::NoPlace};
use crate::{
    feature::Bbox,
    tile::{
        Projection,
        coord::{HALF_WORLD_M, POLE_M, lonlat_to_mercator},
    },
};
use flatbuffers::{FlatBufferBuilder, WIPOffset};
use flatgeobuf::{Feature, FeatureArgs, Geometry, GeometryArgs, GeometryType};
use geozero::{GeomProcessor, error::GeozeroError, wkb::process_ewkb_geom};

/// How deep collections may stand in collections.
const DEPTH_MAX: usize = 8;

/// A geometry with its structure, EPSG:3857.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FlatGeometry {
    /// Its type, of [`kind`].
    pub kind: u8,
    /// Where each path ends, in positions; empty if there is one path at most.
    pub ends: Vec<u32>,
    /// x, y, x, y ...
    pub xy: Vec<f64>,
    /// The polygons of a multipolygon, the members of a collection.
    pub parts: Vec<FlatGeometry>,
}

impl FlatGeometry {
    /// From (E)WKB whose coordinates are in `projection`; heights and measures are left out.
    /// The error says what is wrong with it.
    pub fn from_ewkb(wkb: &[u8], projection: Projection) -> Result<Self, NoPlace> {
        let mut reader = Reader { projection, open: Vec::new(), done: None, why: None };
        let read = process_ewkb_geom(&mut &*wkb, &mut reader);
        let why = reader.why.take();
        read.map_err(|error| why.unwrap_or_else(|| NoPlace::Unreadable(error.to_string())))?;
        reader.done.ok_or(NoPlace::NoGeometry)
    }

    /// A polygon for each list of rings (the exterior first, all closed).
    pub fn of_polygons(mut polygons: Vec<FlatGeometry>) -> Self {
        match polygons.len() {
            1 => polygons.remove(0),
            _ => Self { kind: kind::MULTI_POLYGON, parts: polygons, ..Self::default() },
        }
    }

    /// The box around it; `None` if it is empty.
    pub fn bbox(&self) -> Option<Bbox> {
        let own = self.xy.as_chunks::<2>().0.iter();
        own.map(|[x, y]| Bbox::new(*x, *y, *x, *y))
            .chain(self.parts.iter().filter_map(Self::bbox))
            .reduce(Bbox::union)
    }

    fn is_empty(&self) -> bool {
        self.xy.is_empty() && self.parts.iter().all(Self::is_empty)
    }
}

/// Writes feature after feature into the same room.
pub struct FeatureBytes<'b> {
    builder: FlatBufferBuilder<'b>,
}

impl Default for FeatureBytes<'_> {
    fn default() -> Self {
        Self { builder: FlatBufferBuilder::with_capacity(1024) }
    }
}

impl<'b> FeatureBytes<'b> {
    /// The feature with its size before it.
    pub fn encode(&mut self, geometry: &FlatGeometry, properties: &[u8]) -> &[u8] {
        self.builder.reset();
        let geometry = (!geometry.is_empty()).then(|| self.geometry(geometry));
        let properties = Some(self.builder.create_vector(properties));
        let args = FeatureArgs { geometry, properties, columns: None };
        let feature = Feature::create(&mut self.builder, &args);
        self.builder.finish_size_prefixed(feature, None);
        self.builder.finished_data()
    }

    fn geometry(&mut self, geometry: &FlatGeometry) -> WIPOffset<Geometry<'b>> {
        let parts: Vec<_> = geometry.parts.iter().map(|part| self.geometry(part)).collect();
        let builder = &mut self.builder;
        let args = GeometryArgs {
            ends: (!geometry.ends.is_empty()).then(|| builder.create_vector(&geometry.ends)),
            xy: (!geometry.xy.is_empty()).then(|| builder.create_vector(&geometry.xy)),
            type_: GeometryType(geometry.kind),
            parts: (!parts.is_empty()).then(|| builder.create_vector(&parts)),
            ..GeometryArgs::default()
        };
        Geometry::create(builder, &args)
    }
}

/// The SRID that an EWKB carries; `None` where it carries none, which PostGIS has for SRID 0.
pub fn ewkb_srid(wkb: &[u8]) -> Option<i32> {
    const HAS_SRID: u32 = 0x2000_0000;
    let (order, rest) = wkb.split_first()?;
    let (kind, rest) = rest.split_first_chunk()?;
    let srid = rest.first_chunk()?;
    let (kind, srid) = match order {
        0 => (u32::from_be_bytes(*kind), i32::from_be_bytes(*srid)),
        _ => (u32::from_le_bytes(*kind), i32::from_le_bytes(*srid)),
    };
    (kind & HAS_SRID != 0).then_some(srid)
}

/// Gathers the events of geozero's WKB reader.
struct Reader {
    projection: Projection,
    open: Vec<FlatGeometry>,
    done: Option<FlatGeometry>,
    /// Why it was given up.
    why: Option<NoPlace>,
}

type Outcome = Result<(), GeozeroError>;

fn wrong(what: &str) -> GeozeroError {
    GeozeroError::Geometry(what.to_owned())
}

impl Reader {
    fn give_up(&mut self, why: NoPlace) -> Outcome {
        let error = wrong(&why.words().en);
        self.why = Some(why);
        Err(error)
    }

    fn begin(&mut self, kind: u8) -> Outcome {
        if self.open.len() > DEPTH_MAX {
            return self.give_up(NoPlace::TooDeep);
        }
        self.open.push(FlatGeometry { kind, ..FlatGeometry::default() });
        Ok(())
    }

    fn end(&mut self) -> Outcome {
        let closed = self.open.pop().ok_or_else(|| wrong("it ends before it begins"))?;
        match self.open.last_mut() {
            Some(_) if closed.is_empty() => {}
            Some(outer) => outer.parts.push(closed),
            None => self.done = Some(closed),
        }
        Ok(())
    }

    /// Notes where a path of the open geometry ends; one path alone needs no note.
    fn end_path(&mut self, several: bool) -> Outcome {
        let open = self.open.last_mut().ok_or_else(|| wrong("a path stands in nothing"))?;
        let end = (open.xy.len() / 2) as u32;
        if several && end > open.ends.last().copied().unwrap_or(0) {
            open.ends.push(end);
        }
        Ok(())
    }

    /// One path alone needs no note of its end.
    fn forget_single_end(&mut self) {
        if let Some(open) = self.open.last_mut().filter(|open| open.ends.len() == 1) {
            open.ends.clear();
        }
    }
}

impl GeomProcessor for Reader {
    fn xy(&mut self, x: f64, y: f64, _: usize) -> Outcome {
        // Looked at as it stands: a latitude without end would be held at the edge of the world.
        if !x.is_finite() || !y.is_finite() {
            return self.give_up(NoPlace::NotANumber);
        }
        let (x, y) = match self.projection {
            Projection::Mercator => (x, y),
            Projection::LonLat => lonlat_to_mercator(x, y),
        };
        let highest = if self.projection == Projection::LonLat { POLE_M } else { 2.0 * HALF_WORLD_M };
        if x.abs() > 2.0 * HALF_WORLD_M || y.abs() > highest {
            return self.give_up(NoPlace::OutsideWorld);
        }
        let open = self.open.last_mut().ok_or_else(|| wrong("a position stands in nothing"))?;
        open.xy.extend([x, y]);
        Ok(())
    }

    fn empty_point(&mut self, _: usize) -> Outcome {
        if self.open.is_empty() {
            self.done = Some(FlatGeometry { kind: kind::POINT, ..FlatGeometry::default() });
        }
        Ok(())
    }

    fn point_begin(&mut self, _: usize) -> Outcome {
        self.begin(kind::POINT)
    }

    fn point_end(&mut self, _: usize) -> Outcome {
        self.end()
    }

    fn multipoint_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.begin(kind::MULTI_POINT)
    }

    fn multipoint_end(&mut self, _: usize) -> Outcome {
        self.end()
    }

    fn linestring_begin(&mut self, tagged: bool, _: usize, _: usize) -> Outcome {
        if tagged { self.begin(kind::LINE_STRING) } else { Ok(()) }
    }

    fn linestring_end(&mut self, tagged: bool, _: usize) -> Outcome {
        if tagged { self.end() } else { self.end_path(true) }
    }

    fn multilinestring_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.begin(kind::MULTI_LINE_STRING)
    }

    // GDAL reads no MultiLineString without its ends, one line alone included.
    fn multilinestring_end(&mut self, _: usize) -> Outcome {
        self.end()
    }

    fn polygon_begin(&mut self, _: bool, _: usize, _: usize) -> Outcome {
        self.begin(kind::POLYGON)
    }

    fn polygon_end(&mut self, _: bool, _: usize) -> Outcome {
        self.forget_single_end();
        self.end()
    }

    fn multipolygon_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.begin(kind::MULTI_POLYGON)
    }

    fn multipolygon_end(&mut self, _: usize) -> Outcome {
        self.end()
    }

    fn geometrycollection_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.begin(kind::GEOMETRY_COLLECTION)
    }

    fn geometrycollection_end(&mut self, _: usize) -> Outcome {
        self.end()
    }

    fn circularstring_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.give_up(NoPlace::Curves)
    }

    fn compoundcurve_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.give_up(NoPlace::Curves)
    }

    fn curvepolygon_begin(&mut self, _: usize, _: usize) -> Outcome {
        self.give_up(NoPlace::Curves)
    }

    fn triangle_begin(&mut self, _: bool, _: usize, _: usize) -> Outcome {
        self.give_up(NoPlace::Triangles)
    }
}

/// Appends a property: its column and its bytes.
pub fn property(out: &mut Vec<u8>, column: usize, bytes: &[u8]) {
    out.extend_from_slice(&(column as u16).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Appends a text.
pub fn text_property(out: &mut Vec<u8>, column: usize, text: &[u8]) {
    out.extend_from_slice(&(column as u16).to_le_bytes());
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::snapshot::row::Row;
    use geozero::{CoordDimensions, ToWkb, wkt::Wkt};

    fn flat(wkt: &str) -> Result<FlatGeometry, NoPlace> {
        let wkb = Wkt(wkt).to_wkb(CoordDimensions::xy()).unwrap();
        FlatGeometry::from_ewkb(&wkb, Projection::Mercator)
    }

    #[test]
    fn every_type_keeps_its_structure_and_is_read_back() {
        for (wkt, kind, parts) in [
            ("POINT(1 2)", kind::POINT, 1),
            ("MULTIPOINT(1 2,3 4)", kind::MULTI_POINT, 1),
            ("LINESTRING(1 2,3 4)", kind::LINE_STRING, 1),
            ("MULTILINESTRING((1 2,3 4),(5 6,7 8))", kind::MULTI_LINE_STRING, 1),
            ("POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1))", kind::POLYGON, 1),
            ("MULTIPOLYGON(((0 0,9 0,9 9,0 0)),((20 0,29 0,29 9,20 0)))", kind::MULTI_POLYGON, 2),
            ("GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,9 0,9 9,0 0)))", kind::GEOMETRY_COLLECTION, 2),
        ] {
            let geometry = flat(wkt).unwrap();
            assert_eq!(geometry.kind, kind, "{wkt}");
            let mut writer = FeatureBytes::default();
            let bytes = writer.encode(&geometry, b"");
            let row = Row::read(bytes).unwrap();
            assert_eq!(row.kind(kind::UNKNOWN), Some(kind), "{wkt}");
            let mut found = Vec::new();
            row.parts(kind::UNKNOWN, &mut found).unwrap();
            assert_eq!(found.len(), parts, "{wkt}");
        }
    }

    #[test]
    fn what_is_no_place_is_said() {
        assert_eq!(flat("POINT(1e300 0)").unwrap_err(), NoPlace::OutsideWorld);
        assert!(flat("GEOMETRYCOLLECTION EMPTY").unwrap().is_empty());
        assert!(FlatGeometry::from_ewkb(b"\x01", Projection::LonLat).is_err());
    }
}
