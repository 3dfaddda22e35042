//! Makes a snapshot of a layer out of its rows: the features' own file, the ids, the overviews,
//! the manifest.

use super::{
    encode::{FlatGeometry, ewkb_srid, property, text_property},
    file::{FeatureFile, ID_COLUMN},
    folder::{BASE, Draft, IDS, SnapshotError, SnapshotFolder, VALUES},
    manifest::{FORMAT, FileEntry, Manifest, definition_digest},
    measures::{MEASURES, write_measures},
    names::{self, NAMES},
    overview, values,
    write::{ColumnSpec, FeatureEncoder, FeatureFileWriter, write_ids},
};
use crate::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    layer::{AttributeType, LayerDefinition},
    tile::{Projection, coord::mercator_to_lonlat},
};
use flatgeobuf::ColumnType;
use std::{io, sync::Arc};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Findings that are listed one by one.
const FINDINGS_MAX: usize = 1000;
/// What is said of a row that is in lists of features and on no map.
const PLACELESS: &str = "it has no geometry that could be drawn";

/// For which moment of which database a snapshot stands.
#[derive(Debug, Clone, Default)]
pub struct SourceMoment {
    /// The database.
    pub database: String,
    /// PostgreSQL's `pg_snapshot`.
    pub pg_snapshot: String,
    /// How the table stood, in words of whoever reads it; `None` where that is not known.
    pub table: Option<String>,
    /// Whether the data are made up.
    pub synthetic: bool,
}

/// A snapshot under way.
pub struct SnapshotBuilder {
    draft: Draft,
    layer: Arc<LayerDefinition>,
    writer: FeatureFileWriter,
    encoder: RowEncoder,
    findings: Vec<(i64, String)>,
    findings_total: u64,
}

impl SnapshotBuilder {
    /// Of a layer, in a folder.
    pub fn new(folder: &SnapshotFolder, layer: Arc<LayerDefinition>) -> Result<Self, SnapshotError> {
        let draft = folder.draft(&layer.id)?;
        let writer = FeatureFileWriter::new(draft.path());
        let writer = writer.map_err(|error| SnapshotError::writing(draft.path(), &error))?;
        let encoder = RowEncoder::default();
        Ok(Self { draft, layer, writer, encoder, findings: Vec::new(), findings_total: 0 })
    }

    /// Takes a row with all attributes of the layer, in its file's order.
    pub fn add(&mut self, projection: Projection, row: &FeatureRef<'_>) -> Result<(), SnapshotError> {
        let (written, reason) = match self.encoder.encode(projection, row) {
            Ok(encoded) => {
                let placeless = encoded.is_placeless().then(|| placeless(&self.layer, row.geometry));
                (self.writer.push(&encoded), placeless)
            }
            Err(reason) => (Ok(()), Some(reason)),
        };
        self.findings_total += u64::from(reason.is_some());
        if let Some(reason) = reason.filter(|_| self.findings.len() < FINDINGS_MAX) {
            self.findings.push((row.id, reason));
        }
        written.map_err(|e| SnapshotError::writing(self.draft.path(), &e))
    }

    /// Features taken in so far.
    pub fn count(&self) -> u64 {
        self.writer.count()
    }

    /// Writes everything and makes it the layer's newest snapshot.
    pub fn finish(self, moment: SourceMoment) -> Result<Manifest, SnapshotError> {
        let Self { draft, layer, writer, findings, findings_total, .. } = self;
        let folder = draft.path().to_owned();
        let failed = |error: io::Error| SnapshotError::writing(&folder, &error);
        let columns = columns(&layer);
        let written =
            writer.finish(&folder.join(BASE), &layer.id, &layer.title.vi, &columns).map_err(failed)?;
        write_ids(&folder.join(IDS), &written.ties).map_err(failed)?;
        let mut files = vec![FileEntry::of(&folder, BASE, None, written.count).map_err(failed)?];
        let base = FeatureFile::open(&folder.join(BASE))
            .map_err(|reason| SnapshotError::Refused { path: BASE.to_owned(), reason })?;
        write_measures(&folder.join(MEASURES), &base).map_err(failed)?;
        let (beside, overviews) = std::thread::scope(|scope| {
            let again = FeatureFile::open(&folder.join(BASE)).map_err(io::Error::other);
            let (folder, layer) = (&folder, &layer);
            let beside = scope.spawn(move || {
                let base = again?;
                values::write(&folder.join(VALUES), &base, layer)?;
                names::write(&folder.join(NAMES), &base, layer)
            });
            let overviews = overview::build(folder, layer, base, &columns);
            let beside = beside.join();
            (beside.unwrap_or_else(|_| Err(io::Error::other("the values were not written"))), overviews)
        });
        beside.map_err(failed)?;
        files.extend(overviews.map_err(failed)?);
        let beside =
            [IDS, VALUES, MEASURES, NAMES].map(|name| FileEntry::of(&folder, name, None, written.count));
        let beside = beside.into_iter().collect::<io::Result<_>>().map_err(failed)?;
        let extent = written.extent.map(|e| {
            let ((west, south), (east, north)) =
                (mercator_to_lonlat(e.min_x, e.min_y), mercator_to_lonlat(e.max_x, e.max_y));
            [west, south, east, north]
        });
        let manifest = Manifest {
            format: FORMAT,
            layer: layer.id.clone(),
            version: draft.version(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            definition: definition_digest(&layer),
            database: moment.database,
            pg_snapshot: moment.pg_snapshot,
            table: moment.table,
            synthetic: moment.synthetic,
            taken_at: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
            count: written.count,
            extent,
            fields: fields(&layer),
            files,
            beside,
            findings,
            findings_total,
        };
        draft.commit(&manifest)?;
        Ok(manifest)
    }
}

/// Why a row that is in lists of features is on no map. One in another system than its table comes
/// as something empty in that system (`Source::or_its_system`).
fn placeless(layer: &LayerDefinition, geometry: GeometryRef<'_>) -> String {
    let (Some(table), GeometryRef::Wkb(wkb @ [_, ..])) = (&layer.table, geometry) else {
        return PLACELESS.to_owned();
    };
    match ewkb_srid(wkb) {
        Some(srid) if srid == table.srid => PLACELESS.to_owned(),
        Some(srid) => format!("its geometry is in SRID {srid}, the layer's is {}", table.srid),
        None => format!("its geometry has no SRID, the layer's is {}", table.srid),
    }
}

/// Rows to features as files hold them.
#[derive(Default)]
pub struct RowEncoder {
    encoder: FeatureEncoder<'static>,
    properties: Vec<u8>,
}

impl RowEncoder {
    /// The row as a feature; the error says why it has no place in a snapshot.
    pub fn encode(
        &mut self,
        projection: Projection,
        row: &FeatureRef<'_>,
    ) -> Result<super::write::Encoded<'_>, String> {
        let GeometryRef::Wkb(wkb) = row.geometry else { return Err("it is no WKB".to_owned()) };
        let geometry = match wkb {
            [] => FlatGeometry::default(),
            wkb => FlatGeometry::from_ewkb(wkb, projection)?,
        };
        self.properties.clear();
        property(&mut self.properties, 0, &row.id.to_le_bytes());
        for (i, value) in row.values.iter().enumerate() {
            match *value {
                ValueRef::Null | ValueRef::Numbered(..) => {}
                ValueRef::Bool(v) => property(&mut self.properties, i + 1, &[u8::from(v)]),
                ValueRef::Int(v) => property(&mut self.properties, i + 1, &v.to_le_bytes()),
                ValueRef::Number(v) => property(&mut self.properties, i + 1, &v.to_le_bytes()),
                ValueRef::Text(v) => text_property(&mut self.properties, i + 1, v.as_bytes()),
                ValueRef::TextBytes(v) => text_property(&mut self.properties, i + 1, v),
            }
        }
        if geometry.bbox().is_none() {
            return Ok(self.encoder.encode_placeless(row.id, &self.properties));
        }
        let encoded = self.encoder.encode(row.id, &geometry, &self.properties);
        encoded.ok_or_else(|| "its geometry is empty".to_owned())
    }
}

/// The columns of a layer's files: the id, then the attributes.
pub fn columns(layer: &LayerDefinition) -> Vec<ColumnSpec> {
    let id = ColumnSpec { name: ID_COLUMN.to_owned(), title: "id".to_owned(), kind: ColumnType::Long };
    let attributes = layer.attributes.iter().map(|a| ColumnSpec {
        name: a.name.clone(),
        title: a.title.vi.clone(),
        kind: match a.kind {
            AttributeType::Text | AttributeType::Enum => ColumnType::String,
            AttributeType::Integer => ColumnType::Long,
            AttributeType::Number => ColumnType::Double,
            AttributeType::Boolean => ColumnType::Bool,
            AttributeType::Date | AttributeType::Timestamp => ColumnType::DateTime,
            AttributeType::TextList => ColumnType::Json,
        },
    });
    std::iter::once(id).chain(attributes).collect()
}

fn fields(layer: &LayerDefinition) -> Vec<(String, String)> {
    let kind =
        |kind: AttributeType| serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned));
    layer.attributes.iter().map(|a| (a.name.clone(), kind(a.kind).unwrap_or_default())).collect()
}
