//! GeoParquet 1.1: WKB in degrees, a box beside each geometry, and the metadata `geo`.

use super::{FeatureWriter, FormatError};
use crate::{
    feature::{Bbox, FeatureRow, ValueRef},
    layer::{AttributeType, LayerView},
};
use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type},
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use std::{
    collections::BTreeSet,
    fs::File,
    io,
    sync::{Arc, Mutex, PoisonError},
};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// Rows and bytes that are gathered before they are written together.
const GROUP_ROWS: usize = 32_768;
const GROUP_BYTES: usize = 12 << 20;
/// The geometry's column, and its boxes'.
const GEOMETRY: &str = "geometry";
const BOXES: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

/// Writes a file.
pub struct GeoParquet {
    writer: Option<SerializedFileWriter<Shared>>,
    shared: Shared,
    ids: Vec<i64>,
    columns: Vec<Column>,
    geometries: Values<ByteArray>,
    boxes: [Vec<f64>; 4],
    bytes: usize,
    extent: Option<Bbox>,
    kinds: BTreeSet<&'static str>,
}

/// Values of a column as far as they are there, and for each row whether it has one. Of lists,
/// also where each begins.
#[derive(Default)]
struct Values<T> {
    values: Vec<T>,
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

impl<T> Values<T> {
    fn push(&mut self, value: Option<T>) {
        self.definition.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    fn clear(&mut self) {
        self.values.clear();
        self.definition.clear();
        self.repetition.clear();
    }
}

enum Column {
    Text(Values<ByteArray>),
    Int(Values<i64>),
    Number(Values<f64>),
    Bool(Values<bool>),
    Day(Values<i32>),
    Moment(Values<i64>),
    List(Values<ByteArray>),
}

impl GeoParquet {
    /// Of a view.
    pub fn new(view: &LayerView) -> Result<Self, FormatError> {
        let schema = Arc::new(parse_message_type(&schema(view)).map_err(wrong)?);
        let level = ZstdLevel::try_new(1).map_err(wrong)?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level));
        let shared = Shared::default();
        let writer = SerializedFileWriter::new(shared.clone(), schema, Arc::new(properties.build()));
        let column = |kind| match kind {
            AttributeType::Text | AttributeType::Enum => Column::Text(Values::default()),
            AttributeType::Integer => Column::Int(Values::default()),
            AttributeType::Number => Column::Number(Values::default()),
            AttributeType::Boolean => Column::Bool(Values::default()),
            AttributeType::Date => Column::Day(Values::default()),
            AttributeType::Timestamp => Column::Moment(Values::default()),
            AttributeType::TextList => Column::List(Values::default()),
        };
        Ok(Self {
            writer: Some(writer.map_err(wrong)?),
            shared,
            ids: Vec::new(),
            columns: view.attributes().map(|a| column(a.kind)).collect(),
            geometries: Values::default(),
            boxes: Default::default(),
            bytes: 0,
            extent: None,
            kinds: BTreeSet::new(),
        })
    }

    /// Writes the rows that are gathered.
    fn group(&mut self) -> Result<(), FormatError> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut group = writer.next_row_group().map_err(wrong)?;
        macro_rules! column {
            ($kind:ty, $values:expr, $definition:expr, $repetition:expr) => {{
                let column = group.next_column().map_err(wrong)?;
                let mut column = column.ok_or_else(|| wrong("a column is missing"))?;
                column.typed::<$kind>().write_batch($values, $definition, $repetition).map_err(wrong)?;
                column.close().map_err(wrong)?;
            }};
        }
        column!(Int64Type, &self.ids, None, None);
        for values in &self.columns {
            match values {
                Column::Text(v) => column!(ByteArrayType, &v.values, Some(&v.definition), None),
                Column::Int(v) | Column::Moment(v) => {
                    column!(Int64Type, &v.values, Some(&v.definition), None);
                }
                Column::Number(v) => column!(DoubleType, &v.values, Some(&v.definition), None),
                Column::Bool(v) => column!(BoolType, &v.values, Some(&v.definition), None),
                Column::Day(v) => column!(Int32Type, &v.values, Some(&v.definition), None),
                Column::List(v) => {
                    column!(ByteArrayType, &v.values, Some(&v.definition), Some(&v.repetition));
                }
            }
        }
        let Values { values, definition, .. } = &self.geometries;
        column!(ByteArrayType, values, Some(definition), None);
        for edges in &self.boxes {
            column!(DoubleType, edges, Some(definition), None);
        }
        group.close().map_err(wrong)?;
        self.ids.clear();
        self.columns.iter_mut().for_each(Column::clear);
        self.geometries.clear();
        self.boxes.iter_mut().for_each(Vec::clear);
        self.bytes = 0;
        Ok(())
    }

    /// The metadata `geo` (GeoParquet 1.1.0, "File metadata").
    fn metadata(&self) -> String {
        let covering: serde_json::Map<_, _> =
            BOXES.iter().map(|edge| ((*edge).to_owned(), serde_json::json!(["bbox", edge]))).collect();
        let mut column = serde_json::json!({
            "encoding": "WKB",
            "geometry_types": self.kinds,
            "orientation": "counterclockwise",
            "edges": "planar",
            "covering": { "bbox": covering },
        });
        if let Some(extent) = self.extent {
            column["bbox"] = serde_json::json!(extent.to_array());
        }
        serde_json::json!({ "version": "1.1.0", "primary_column": GEOMETRY, "columns": { GEOMETRY: column } })
            .to_string()
    }
}

impl FeatureWriter for GeoParquet {
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.shared.drain(out);
        Ok(())
    }

    fn feature(&mut self, row: &FeatureRow<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.ids.push(row.id);
        for (column, value) in self.columns.iter_mut().zip(row.values) {
            self.bytes += column.push(*value)?;
        }
        let shape = row.shape.filter(|shape| !shape.is_empty());
        let bbox = shape.and_then(crate::feature::Shape::bbox);
        if let Some(bbox) = bbox {
            self.extent = Some(self.extent.map_or(bbox, |extent| extent.union(bbox)));
            self.boxes.iter_mut().zip(bbox.to_array()).for_each(|(edges, edge)| edges.push(edge));
        }
        let wkb = shape.map(|shape| {
            self.kinds.insert(shape.kind.as_str());
            let mut wkb = Vec::new();
            shape.write_wkb(&mut wkb);
            self.bytes += wkb.len() + 64;
            ByteArray::from(wkb)
        });
        self.geometries.push(wkb);
        if self.ids.len() == GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.group()?;
            self.shared.drain(out);
        }
        Ok(())
    }

    fn end(&mut self, _: Option<&str>, out: &mut Vec<u8>) -> Result<Option<File>, FormatError> {
        self.group()?;
        let geo = KeyValue::new("geo".to_owned(), self.metadata());
        if let Some(mut writer) = self.writer.take() {
            writer.append_key_value_metadata(geo);
            writer.close().map_err(wrong)?;
        }
        self.shared.drain(out);
        Ok(None)
    }
}

impl Column {
    /// Takes the next row's value; returns about how many bytes it takes.
    fn push(&mut self, value: ValueRef<'_>) -> Result<usize, FormatError> {
        let text = match value {
            ValueRef::Text(text) => Some(text),
            ValueRef::TextBytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        match self {
            Self::Text(values) => values.push(text.map(|text| ByteArray::from(text.as_bytes().to_vec()))),
            Self::Int(values) => values.push(if let ValueRef::Int(v) = value { Some(v) } else { None }),
            Self::Number(values) => values.push(match value {
                ValueRef::Number(v) => Some(v),
                ValueRef::Int(v) => Some(v as f64),
                _ => None,
            }),
            Self::Bool(values) => values.push(if let ValueRef::Bool(v) = value { Some(v) } else { None }),
            Self::Day(values) => values.push(text.and_then(day)),
            Self::Moment(values) => values.push(text.and_then(moment)),
            Self::List(values) => {
                let list: Option<Vec<String>> = text.map(serde_json::from_str).transpose().map_err(wrong)?;
                // Levels of a list: none, none in it, one in it (Parquet, "Nested Encoding").
                let whole = list.as_ref().map_or(0, |_| 1);
                let texts = list.unwrap_or_default();
                if texts.is_empty() {
                    values.definition.push(whole);
                    values.repetition.push(0);
                }
                for (i, text) in texts.into_iter().enumerate() {
                    values.definition.push(2);
                    values.repetition.push(i16::from(i > 0));
                    values.values.push(ByteArray::from(text.into_bytes()));
                }
            }
        }
        Ok(32 + text.map_or(0, str::len))
    }

    fn clear(&mut self) {
        match self {
            Self::Text(v) | Self::List(v) => v.clear(),
            Self::Int(v) | Self::Moment(v) => v.clear(),
            Self::Number(v) => v.clear(),
            Self::Bool(v) => v.clear(),
            Self::Day(v) => v.clear(),
        }
    }
}

/// Days since 1970 (Parquet, `DATE`).
fn day(text: &str) -> Option<i32> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
    Some(day.to_julian_day() - OffsetDateTime::UNIX_EPOCH.date().to_julian_day())
}

/// Microseconds since 1970 (Parquet, `TIMESTAMP`).
fn moment(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos() / 1000).ok()
}

/// The schema as Parquet's own language has it.
fn schema(view: &LayerView) -> String {
    let columns: String = view
        .attributes()
        .map(|a| {
            let name = &a.name;
            match a.kind {
                AttributeType::Text | AttributeType::Enum => format!("optional binary {name} (STRING);\n"),
                AttributeType::Integer => format!("optional int64 {name};\n"),
                AttributeType::Number => format!("optional double {name};\n"),
                AttributeType::Boolean => format!("optional boolean {name};\n"),
                AttributeType::Date => format!("optional int32 {name} (DATE);\n"),
                AttributeType::Timestamp => format!("optional int64 {name} (TIMESTAMP(MICROS,true));\n"),
                AttributeType::TextList => format!(
                    "optional group {name} (LIST) {{ repeated group list {{ required binary element (STRING); }} }}\n"
                ),
            }
        })
        .collect();
    let boxes: String = BOXES.iter().map(|edge| format!("required double {edge};\n")).collect();
    format!(
        "message layer {{\nrequired int64 id;\n{columns}optional binary {GEOMETRY};\noptional group bbox {{\n{boxes}}}\n}}"
    )
}

fn wrong(error: impl std::fmt::Display) -> FormatError {
    FormatError::Value(error.to_string())
}

/// Where the writer of the library writes to, and what is taken out of it piece by piece.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn drain(&self, out: &mut Vec<u8>) {
        out.append(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
