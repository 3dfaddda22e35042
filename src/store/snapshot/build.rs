//! Makes a snapshot of a layer out of its rows: the features' own file, the ids, the overviews,
//! the manifest.

use super::{
    drawn::{self, DRAWN},
    encode::{FlatGeometry, property, text_property},
    file::{CLASS_COLUMN, FeatureFile, ID_COLUMN},
    folder::{BASE, Draft, IDS, SnapshotError, SnapshotFolder, VALUES},
    manifest::{FORMAT, FileEntry, Manifest, definition_digest},
    measures::{MEASURES, write_measures},
    names::{self, NAMES},
    overview,
    unplaced::{NoPlace, Unplaced, UnplacedRow},
    values,
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

/// For which moment of which database a snapshot stands.
#[derive(Debug, Clone, Default)]
pub struct SourceMoment {
    /// The database.
    pub database: String,
    /// PostgreSQL's `pg_snapshot`.
    pub pg_snapshot: String,
    /// The last change that the database had on record; `None` where there was none.
    pub witness: Option<String>,
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
    unplaced: Unplaced,
    begun_at: OffsetDateTime,
}

impl SnapshotBuilder {
    /// Of a layer, in a folder.
    pub fn new(folder: &SnapshotFolder, layer: Arc<LayerDefinition>) -> Result<Self, SnapshotError> {
        let draft = folder.draft(&layer.id)?;
        let writer = FeatureFileWriter::new(draft.path());
        let writer = writer.map_err(|error| SnapshotError::writing(draft.path(), &error))?;
        let encoder = RowEncoder::default();
        // The rows are of a moment after this; how long it takes to write them is no matter of theirs.
        let (unplaced, begun_at) = (Unplaced::default(), OffsetDateTime::now_utc());
        Ok(Self { draft, layer, writer, encoder, unplaced, begun_at })
    }

    /// Takes a row with all attributes of the layer, in its file's order, and behind them its class where rules give it.
    pub fn add(&mut self, projection: Projection, row: &FeatureRef<'_>) -> Result<(), SnapshotError> {
        let (written, reason) = match self.encoder.encode(projection, row) {
            Ok(encoded) => {
                let placeless =
                    encoded.is_placeless().then(|| NoPlace::of_placeless(&self.layer, row.geometry));
                (self.writer.push(&encoded), placeless)
            }
            Err(reason) => (Ok(()), Some(reason)),
        };
        if let Some(reason) = reason {
            self.unplaced.add(UnplacedRow::new(&self.layer, row, reason));
        }
        written.map_err(|e| SnapshotError::writing(self.draft.path(), &e))
    }

    /// The number that it will have.
    pub const fn version(&self) -> u64 {
        self.draft.version()
    }

    /// Features taken in so far.
    pub fn count(&self) -> u64 {
        self.writer.count()
    }

    /// Writes everything and makes it the layer's newest snapshot.
    pub fn finish(self, moment: SourceMoment) -> Result<Manifest, SnapshotError> {
        let Self { draft, layer, writer, unplaced, begun_at, .. } = self;
        let folder = draft.path().to_owned();
        let failed = |error: io::Error| SnapshotError::writing(&folder, &error);
        let columns = columns(&layer);
        let written =
            writer.finish(&folder.join(BASE), &layer.id, &layer.title.vi, &columns).map_err(failed)?;
        write_ids(&folder.join(IDS), &written.ties).map_err(failed)?;
        let mut files = vec![FileEntry::of(&folder, BASE, None, written.count).map_err(failed)?];
        let base = FeatureFile::open(&folder.join(BASE))
            .map_err(|reason| SnapshotError::Refused { path: BASE.to_owned(), reason })?;
        let (beside, overviews) = std::thread::scope(|scope| {
            let open = || FeatureFile::open(&folder.join(BASE)).map_err(io::Error::other);
            let (folder, layer) = (&folder, &layer);
            // The disk takes the largest file while the others are made of it.
            let file = &written.file;
            let others: [std::thread::ScopedJoinHandle<'_, io::Result<()>>; 4] = [
                scope.spawn(move || file.sync_all()),
                scope.spawn(move || write_measures(&folder.join(MEASURES), &open()?)),
                scope.spawn(move || {
                    let base = open()?;
                    let first = overview::first_zoom(layer, &base);
                    drawn::write(&folder.join(DRAWN), &base, first, layer.zoom.max)
                }),
                scope.spawn(move || {
                    let base = open()?;
                    values::write(&folder.join(VALUES), &base, layer)?;
                    names::write(&folder.join(NAMES), &base, layer)
                }),
            ];
            let overviews = overview::build(folder, layer, base, &columns);
            let gone = |_| Err(io::Error::other("the files beside the features were not written"));
            let beside = others.into_iter().try_for_each(|other| other.join().unwrap_or_else(gone));
            (beside, overviews)
        });
        beside.map_err(failed)?;
        files.extend(overviews.map_err(failed)?);
        let beside = [IDS, VALUES, DRAWN, MEASURES, NAMES]
            .map(|name| FileEntry::of(&folder, name, None, written.count));
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
            witness: moment.witness,
            table: moment.table,
            synthetic: moment.synthetic,
            taken_at: begun_at.format(&Rfc3339).unwrap_or_default(),
            count: written.count,
            extent,
            fields: fields(&layer),
            files,
            beside,
            unplaced,
        };
        draft.commit(&manifest)?;
        Ok(manifest)
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
    ) -> Result<super::write::Encoded<'_>, NoPlace> {
        let GeometryRef::Wkb(wkb) = row.geometry else {
            return Err(NoPlace::Unreadable("it is no WKB".to_owned()));
        };
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
        encoded.ok_or(NoPlace::NoGeometry)
    }
}

/// The columns of a layer's files: the id, then the attributes, then the class where rules give it.
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
    let class = (!layer.row_class.is_empty()).then(|| ColumnSpec {
        name: CLASS_COLUMN.to_owned(),
        title: "Mức chia sẻ".to_owned(),
        kind: ColumnType::String,
    });
    std::iter::once(id).chain(attributes).chain(class).collect()
}

fn fields(layer: &LayerDefinition) -> Vec<(String, String)> {
    let kind =
        |kind: AttributeType| serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned));
    layer.attributes.iter().map(|a| (a.name.clone(), kind(a.kind).unwrap_or_default())).collect()
}
