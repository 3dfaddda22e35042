//! A layer's rows, all of them, as they are at one moment: for a snapshot.
//!
//! They leave the database as binary COPY (PostgreSQL manual, COPY, "Binary Format"), which is
//! handed on in pieces and read wherever there is time for it.

use super::{
    Database, DatabaseError, locked,
    moment::Moment,
    silence::heard,
    sql,
    table_form::{self, TableForm},
};
use crate::{
    feature::{FeatureRef, GeometryRef, ValueRef},
    layer::{AttributeType, LayerView},
    tile::Projection,
};
use bytes::Bytes;
use futures_util::TryStreamExt;
use std::pin::pin;
use tokio::sync::mpsc::Sender;

/// Bytes that are handed on together.
const PIECE: usize = 1 << 18;
/// How long it may take until others let go of a layer's table.
const LOCK_WAIT: &str = "20s";
/// What the format begins with.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// What the rows of an export stand for.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The moment.
    pub moment: Moment,
    /// How the table stood; `None` for one that this program did not make.
    pub table: Option<TableForm>,
}

/// Reads the pieces of an export back into rows.
pub struct RowReader {
    kinds: Vec<AttributeType>,
    projection: Projection,
    waiting: Vec<u8>,
    begun: bool,
}

/// The bytes are not what the format says.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the database sent rows that cannot be read")]
pub struct GarbledRows;

impl Database {
    /// The database's identity and its moment now.
    pub async fn moment(&self) -> Result<Moment, DatabaseError> {
        Moment::now(&self.session().await?).await
    }

    /// Sends all rows of the view to `pieces`. Returns what they stand for. Ends early, without an error, if nobody
    /// takes them any more; with one if others hold the table for too long, or the database says nothing any more.
    pub async fn export(
        &self,
        view: &LayerView,
        pieces: Sender<Vec<Bytes>>,
    ) -> Result<Exported, DatabaseError> {
        let client = self.session().await?;
        let (select, _) = sql::export(view);
        let copy = format!("COPY ({select}) TO STDOUT (FORMAT binary)");
        let begun = async {
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout";
            client.batch_execute(&format!("{begin} = '{LOCK_WAIT}'")).await?;
            let table = table_form::held_form(&client, view).await?;
            let exported = Exported { moment: Moment::now(&client).await?, table };
            let rows = client.copy_out(&copy).await;
            Ok::<_, DatabaseError>((exported, rows.map_err(|error| locked(error, view.id()))?))
        };
        let (exported, stream) = heard(self, begun).await?;
        let mut stream = pin!(stream);
        let (mut piece, mut size) = (Vec::new(), 0);
        while let Some(bytes) = heard(self, stream.try_next()).await? {
            size += bytes.len();
            piece.push(bytes);
            if size >= PIECE {
                size = 0;
                if pieces.send(std::mem::take(&mut piece)).await.is_err() {
                    return Ok(exported);
                }
            }
        }
        let _ = pieces.send(piece).await;
        heard(self, client.batch_execute("COMMIT")).await?;
        Ok(exported)
    }
}

impl RowReader {
    /// For the rows of a view.
    pub fn new(view: &LayerView) -> Self {
        // Behind the values stands the class, where rules give it.
        let class = (!view.layer().row_class.is_empty()).then_some(AttributeType::Text);
        let kinds = view.attributes().map(|a| a.kind).chain(class).collect();
        Self { kinds, projection: sql::export(view).1, waiting: Vec::new(), begun: false }
    }

    /// Hands each row of a piece to `take`; what is cut waits for the next piece.
    pub fn read<E: From<GarbledRows>>(
        &mut self,
        piece: &[Bytes],
        mut take: impl FnMut(Projection, &FeatureRef<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for bytes in piece {
            if self.waiting.is_empty() {
                let used = self.rows(bytes, &mut take)?;
                self.waiting.extend_from_slice(&bytes[used..]);
            } else {
                self.waiting.extend_from_slice(bytes);
                let waiting = std::mem::take(&mut self.waiting);
                let used = self.rows(&waiting, &mut take)?;
                self.waiting.extend_from_slice(&waiting[used..]);
            }
        }
        Ok(())
    }

    /// Reads whole rows; returns how many bytes they took.
    fn rows<E: From<GarbledRows>>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(Projection, &FeatureRef<'_>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut used = 0;
        if !self.begun {
            let Some(length) =
                bytes.get(15..19).and_then(|b| b.first_chunk()).map(|b| u32::from_be_bytes(*b))
            else {
                return Ok(0);
            };
            if !bytes.starts_with(SIGNATURE) {
                return Err(GarbledRows.into());
            }
            let Some(_) = bytes.get(..19 + length as usize) else { return Ok(0) };
            used = 19 + length as usize;
            self.begun = true;
        }
        let mut fields = Vec::with_capacity(self.kinds.len() + 2);
        while let Some((rest, end)) = whole_row(&bytes[used..], &mut fields)? {
            if end {
                return Ok(bytes.len());
            }
            self.take_row(&fields, take)?;
            used = bytes.len() - rest;
        }
        Ok(used)
    }

    fn take_row<E: From<GarbledRows>>(
        &self,
        fields: &[Option<&[u8]>],
        take: &mut impl FnMut(Projection, &FeatureRef<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let [Some(id), wkb, values @ ..] = fields else { return Err(GarbledRows.into()) };
        let id = i64::from_be_bytes(eight(id)?);
        let values = values.iter().zip(&self.kinds).map(|(field, kind)| value(*field, *kind));
        let values: Vec<_> = values.collect::<Result<_, _>>()?;
        let geometry = GeometryRef::Wkb(wkb.unwrap_or_default());
        take(self.projection, &FeatureRef { id, geometry, bbox: None, values: &values })
    }
}

/// Splits off a row's fields; `None` if it is not whole yet. Returns the number of bytes behind
/// it, and whether it is the end.
fn whole_row<'b>(
    bytes: &'b [u8],
    fields: &mut Vec<Option<&'b [u8]>>,
) -> Result<Option<(usize, bool)>, GarbledRows> {
    fields.clear();
    let Some((count, mut rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let count = i16::from_be_bytes(*count);
    if count == -1 {
        return Ok(Some((rest.len(), true)));
    }
    for _ in 0..count {
        let Some((length, behind)) = rest.split_first_chunk() else { return Ok(None) };
        match i32::from_be_bytes(*length) {
            -1 => {
                fields.push(None);
                rest = behind;
            }
            length => {
                let length = usize::try_from(length).map_err(|_| GarbledRows)?;
                let Some((field, behind)) = behind.split_at_checked(length) else { return Ok(None) };
                fields.push(Some(field));
                rest = behind;
            }
        }
    }
    Ok(Some((rest.len(), false)))
}

fn eight(field: &[u8]) -> Result<[u8; 8], GarbledRows> {
    field.try_into().map_err(|_| GarbledRows)
}

fn value(field: Option<&[u8]>, kind: AttributeType) -> Result<ValueRef<'_>, GarbledRows> {
    let Some(field) = field else { return Ok(ValueRef::Null) };
    Ok(match kind {
        AttributeType::Integer => ValueRef::Int(i64::from_be_bytes(eight(field)?)),
        AttributeType::Number => {
            let number = f64::from_be_bytes(eight(field)?);
            if number.is_finite() { ValueRef::Number(number) } else { ValueRef::Null }
        }
        AttributeType::Boolean => ValueRef::Bool(field.first().is_some_and(|b| *b != 0)),
        _ => ValueRef::TextBytes(field),
    })
}
