//! Rows encoded for `COPY … (FORMAT BINARY)`, in the thread that reads them.
//!
//! PostgreSQL 15, chapter "COPY", section "Binary Format". Must not know connections or tables.

use crate::layer::{Attribute, AttributeType};
use bytes::{BufMut, Bytes, BytesMut};
use time::{Date, OffsetDateTime};

/// A value on its way into the database.
#[derive(Debug, Clone, PartialEq)]
pub enum StagedValue {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number in plain digits, `-1234.5`, exactly as it was delivered.
    Decimal(String),
    /// Text.
    Text(String),
    /// A calendar day.
    Date(Date),
    /// A moment.
    Timestamp(OffsetDateTime),
    /// Several texts.
    TextList(Vec<String>),
}

/// A column of the staging table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StagedColumn {
    pub attribute: String,
    pub name: String,
    pub kind: AttributeType,
    /// The type in the layer's table.
    pub target: String,
}

impl StagedColumn {
    pub fn new(attribute: &Attribute, target: String) -> Self {
        let name = attribute.column().to_owned();
        Self { attribute: attribute.name.clone(), name, kind: attribute.kind, target }
    }

    pub const fn staged_type(&self) -> &'static str {
        match self.kind {
            // A decimal number travels as text, so that no digit is lost on the way.
            AttributeType::Text | AttributeType::Enum | AttributeType::Number => "text",
            AttributeType::Integer => "bigint",
            AttributeType::Boolean => "boolean",
            AttributeType::Date => "date",
            AttributeType::Timestamp => "timestamptz",
            AttributeType::TextList => "text[]",
        }
    }

    /// The column of the staging table `alias` as the layer's table wants it. The type comes from
    /// the database's own catalogue.
    pub fn cast(&self, alias: &str) -> String {
        format!("CAST({alias}.{} AS {})", super::staging::quote(&self.name), self.target)
    }
}

/// Rows in the binary format, gathered until they are worth sending.
#[derive(Debug, Default)]
pub struct StagedRows {
    buffer: BytesMut,
    begun: bool,
}

pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TEXT_OID: i32 = 25;
/// Days and microseconds are counted from here.
const EPOCH_JULIAN_DAY: i32 = 2_451_545;
const EPOCH_UNIX_SECONDS: i128 = 946_684_800;

impl StagedRows {
    /// Bytes gathered.
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether nothing is gathered.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Adds a row: the position of its file, its number, its geometry as EWKB (nothing for one that was refused and
    /// is there for its key alone), what was delivered where that was repaired (JSON), its values in the order of the staging table's attributes.
    pub fn push(
        &mut self,
        file: i32,
        row: i64,
        ewkb: &[u8],
        delivered: Option<&str>,
        values: &[StagedValue],
    ) {
        self.begin();
        let columns = values.len() + 4;
        self.buffer.put_i16(i16::try_from(columns).unwrap_or(i16::MAX));
        sized(&mut self.buffer, |b| b.put_i32(file));
        sized(&mut self.buffer, |b| b.put_i64(row));
        match ewkb {
            [] => self.buffer.put_i32(-1),
            ewkb => sized(&mut self.buffer, |b| b.put_slice(ewkb)),
        }
        match delivered {
            Some(text) => sized(&mut self.buffer, |b| b.put_slice(text.as_bytes())),
            None => self.buffer.put_i32(-1),
        }
        for value in values {
            put_value(&mut self.buffer, value);
        }
    }

    /// Adds rows that were encoded by [`StagedRows::push`] elsewhere.
    pub fn push_encoded(&mut self, rows: &[u8]) {
        self.begin();
        self.buffer.put_slice(rows);
    }

    /// Rows that begin without the header, for [`StagedRows::push_encoded`].
    pub(super) fn begun() -> Self {
        Self { buffer: BytesMut::new(), begun: true }
    }

    /// What is gathered, for the connection.
    pub fn take(&mut self) -> Bytes {
        self.buffer.split().freeze()
    }

    /// The end of the rows, with what is gathered.
    pub fn finish(mut self) -> Bytes {
        self.begin();
        self.buffer.put_i16(-1);
        self.buffer.freeze()
    }

    fn begin(&mut self) {
        if !self.begun {
            self.buffer.put_slice(HEADER);
            self.begun = true;
        }
    }
}

/// Writes a field with its length before it.
pub(super) fn sized(buffer: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = buffer.len();
    buffer.put_i32(0);
    write(buffer);
    let length = i32::try_from(buffer.len() - start - 4).unwrap_or(i32::MAX);
    buffer[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// Writes a value as the staging table takes it.
pub(super) fn put_value(buffer: &mut BytesMut, value: &StagedValue) {
    match value {
        StagedValue::Null => buffer.put_i32(-1),
        StagedValue::Bool(b) => sized(buffer, |to| to.put_u8(u8::from(*b))),
        StagedValue::Int(n) => sized(buffer, |to| to.put_i64(*n)),
        StagedValue::Decimal(text) | StagedValue::Text(text) => {
            sized(buffer, |to| to.put_slice(text.as_bytes()));
        }
        StagedValue::Date(day) => sized(buffer, |to| to.put_i32(day.to_julian_day() - EPOCH_JULIAN_DAY)),
        StagedValue::Timestamp(moment) => {
            let micros = (moment.unix_timestamp_nanos() - EPOCH_UNIX_SECONDS * 1_000_000_000) / 1000;
            sized(buffer, |to| to.put_i64(i64::try_from(micros).unwrap_or(i64::MAX)));
        }
        StagedValue::TextList(items) => sized(buffer, |to| {
            to.put_i32(i32::from(!items.is_empty()));
            to.put_i32(0);
            to.put_i32(TEXT_OID);
            if !items.is_empty() {
                to.put_i32(i32::try_from(items.len()).unwrap_or(i32::MAX));
                to.put_i32(1);
            }
            for item in items {
                to.put_i32(i32::try_from(item.len()).unwrap_or(i32::MAX));
                to.put_slice(item.as_bytes());
            }
        }),
    }
}
