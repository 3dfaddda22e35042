//! Pure: where a view's rows are, and its geometries in the systems in which they are asked for.
//!
//! A table that this program did not make may hold rows in another system than its layer's file
//! says. They have no place: none of the expressions gives one, and none fails for them.

use super::{past, sql::quoted};
use crate::{
    crs,
    feature::Bbox,
    layer::{GeometryType, LayerDefinition, LayerView},
    query::{FeatureQuery, Order},
    tile::coord::HALF_WORLD_M,
};

/// Web Mercator's SRID.
pub const MERCATOR: i32 = 3857;
/// The SRID of the tables that this program makes.
pub const LONLAT: i32 = 4326;

/// Where a view's rows are.
pub struct Source {
    /// Quoted, with its schema.
    pub table: String,
    /// Quoted column of the geometry.
    pub geometry: String,
    /// Quoted column of the id.
    pub id: String,
    /// As the layer's file has it.
    pub srid: i32,
    /// Whether rows may be in another system.
    mixed: bool,
}

impl Source {
    pub fn of(view: &LayerView) -> Self {
        Self::of_layer(view.layer())
    }

    /// The rows of a layer, whoever sees them.
    pub fn of_layer(layer: &LayerDefinition) -> Self {
        match &layer.table {
            Some(t) => Self {
                table: format!("{}.{}", quoted(&t.schema), quoted(&t.name)),
                geometry: quoted(&t.geometry),
                id: quoted(&t.id),
                srid: t.srid,
                mixed: true,
            },
            None => Self {
                table: format!("gis.{}", quoted(&layer.id)),
                geometry: "geom".into(),
                id: "id".into(),
                srid: LONLAT,
                mixed: false,
            },
        }
    }

    /// The same, as the question wants to see them: as they are, or as they were. Only tables that
    /// this program made have a past.
    pub fn asked(view: &LayerView, query: &FeatureQuery) -> Self {
        let now = Self::of(view);
        match query.as_of.filter(|_| view.layer().table.is_none()) {
            None => now,
            Some(moment) => Self { table: past::relation(view.layer(), moment), ..now },
        }
    }

    /// The same for a page, which begins with the least ids where it has no other order.
    pub fn asked_for_page(view: &LayerView, query: &FeatureQuery) -> Self {
        let asked = Self::asked(view, query);
        match query.as_of.filter(|_| view.layer().table.is_none()) {
            Some(moment) if query.order == Order::Id && query.sort.is_empty() => {
                Self { table: past::relation_in_order(view.layer(), moment), ..asked }
            }
            _ => asked,
        }
    }

    /// The same, with another expression in the place of the geometry.
    pub fn with_geometry(self, geometry: &str) -> Self {
        Self { geometry: geometry.to_owned(), ..self }
    }

    /// The geometry in the table's system; NULL where it is in another.
    pub fn own(&self) -> String {
        self.if_own(&self.geometry).unwrap_or_else(|| self.geometry.clone())
    }

    /// `expression` where the geometry is in the table's system, NULL where not; `None` where it
    /// always is.
    fn if_own(&self, expression: &str) -> Option<String> {
        let own = format!("CASE WHEN ST_SRID({}) = {} THEN {expression} END", self.geometry, self.srid);
        self.mixed.then_some(own)
    }

    /// Whether the geometry meets the expression `area` of its own system. The box goes before it
    /// for the index, which knows the column as it stands.
    pub fn meets(&self, area: &str) -> String {
        match self.if_own(&self.geometry) {
            None => format!("ST_Intersects({}, {area})", self.geometry),
            Some(own) => format!("({} && {area} AND ST_Intersects({own}, {area}))", self.geometry),
        }
    }

    /// `geometry`, an expression of this geometry; of a row in another system something empty in
    /// that one, which tells of it (`SnapshotBuilder`).
    pub fn or_its_system(&self, geometry: &str) -> String {
        match self.mixed {
            false => geometry.to_owned(),
            true => format!(
                "CASE WHEN ST_SRID({own}) <> {srid} THEN ST_SetSRID('GEOMETRYCOLLECTION EMPTY'::geometry, \
                 ST_SRID({own})) ELSE {geometry} END",
                own = self.geometry,
                srid = self.srid
            ),
        }
    }

    /// The geometry in EPSG:4326; NULL where its numbers lie outside its own system: one such row
    /// would end the statement. Never a default operation for VN-2000: PostGIS would pick the one
    /// that is 0.80 m off.
    pub fn lonlat(&self) -> String {
        let transformed = match (self.srid, crs::proj4_text(self.srid)) {
            (LONLAT, _) => return self.own(),
            (_, Some(proj4)) => format!("ST_Transform({}, '{proj4}', {LONLAT})", self.geometry),
            (_, None) => format!("ST_Transform({}, {LONLAT})", self.geometry),
        };
        self.where_it_has_a_place(&transformed)
    }

    /// `transformed` of a geometry whose numbers lie in its own system, NULL of others.
    fn where_it_has_a_place(&self, transformed: &str) -> String {
        let ([x, y], geometry) = (self.limits(), &self.geometry);
        // The box passes over positions that are no numbers; length and text do not.
        let own =
            if self.mixed { format!("ST_SRID({geometry}) = {} AND ", self.srid) } else { String::new() };
        format!(
            "CASE WHEN {own}ST_XMin({geometry}) >= -{x} AND ST_XMax({geometry}) <= {x} \
             AND ST_YMin({geometry}) >= -{y} AND ST_YMax({geometry}) <= {y} \
             AND ST_Length({geometry}) < 'Infinity' AND ST_Perimeter({geometry}) < 'Infinity' \
             AND (ST_GeometryType({geometry}) NOT IN ('ST_MultiPoint', 'ST_GeometryCollection') \
             OR ST_AsText({geometry}) !~* 'nan|inf') THEN {transformed} END"
        )
    }

    /// The geometry in the plane in which areas are official: as it stands where it was drawn there.
    pub fn measuring(&self) -> String {
        let lonlat = self.lonlat();
        if self.srid == LONLAT {
            return self.where_it_has_a_place(&format!("ST_Transform({lonlat}, {})", crs::MEASURING_SRID));
        }
        if u32::try_from(self.srid) == Ok(crs::MEASURING_SYSTEM) {
            let geometry = &self.geometry;
            return format!(
                "CASE WHEN ({lonlat}) IS NOT NULL THEN ST_SetSRID({geometry}, {}) END",
                crs::MEASURING_SRID
            );
        }
        format!("ST_Transform({lonlat}, {})", crs::MEASURING_SRID)
    }

    /// How far from zero x and y may lie in the table's system: beyond it there is no place.
    pub fn limits(&self) -> [f64; 2] {
        const WORLD: [f64; 2] = [360.0, 90.0];
        /// Where PROJ's transverse Mercator ends, and a margin.
        const PROJECTED_M: f64 = 1.5e7;
        match (self.srid, crs::proj4_text(self.srid)) {
            (LONLAT, _) => WORLD,
            (MERCATOR, _) => [2.0 * HALF_WORLD_M; 2],
            (_, Some(proj4)) if proj4.contains("+proj=longlat") => WORLD,
            _ => [PROJECTED_M; 2],
        }
    }

    /// The geometry in EPSG:4326 with rings turned as GeoJSON has them: exteriors against the
    /// clock, holes with it (RFC 7946, 3.1.6).
    pub fn geojson(&self, view: &LayerView) -> String {
        let areas = [GeometryType::Polygon, GeometryType::MultiPolygon];
        match view.layer().geometry.iter().any(|kind| areas.contains(kind)) {
            // It turns lines round, too; those that were turned before stand again as they are on record.
            true => format!("ST_ForcePolygonCCW(ST_Reverse({}))", self.lonlat()),
            false => self.lonlat(),
        }
    }

    /// Whether a box of EPSG:4326 has a place in the table's own system without a doubt.
    pub fn can_hold(&self, bbox: Bbox) -> bool {
        let around = Bbox::new(95.0, 0.0, 120.0, 30.0);
        let ordered = bbox.min_x <= bbox.max_x && bbox.min_y <= bbox.max_y;
        ordered && (self.srid == LONLAT || around.union(bbox) == around)
    }

    /// An expression of EPSG:4326 in the table's own system, so that its index is used. The
    /// edges are divided first: a straight edge in degrees is a curve in a projected plane.
    pub fn to_own_system(&self, expression: &str) -> String {
        let divided = format!("ST_Segmentize({expression}, 0.01)");
        match (self.srid, crs::proj4_text(self.srid)) {
            (LONLAT, _) => expression.into(),
            (srid, Some(proj4)) => format!("ST_SetSRID(ST_Transform({divided}, '{proj4}'), {srid})"),
            (srid, None) => format!("ST_Transform({divided}, {srid})"),
        }
    }
}
