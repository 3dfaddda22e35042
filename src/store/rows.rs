//! Features on their way out of a store, row by row, at the pace of whoever takes them.

use super::{FeatureStream, StoreError};
use crate::{
    feature::{Feature, FeatureRow, Value, ValueRef},
    layer::{AttributeType, LayerView},
};
use futures_util::{StreamExt, future::BoxFuture, stream};
use std::{collections::VecDeque, ops::ControlFlow};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// Takes a row; `Break` asks for a pause behind it.
pub type RowSink<'a> = dyn FnMut(&FeatureRow<'_>) -> ControlFlow<()> + Send + 'a;

/// Rows under way. Nothing is read ahead of what is asked for, and dropping it ends the work.
pub trait FeatureRows: Send {
    /// How many features the question asks for in all, were it not for `limit` and `after`, where
    /// that came out by the way.
    fn matched(&self) -> Option<u64>;

    /// Hands rows to `take` until it asks for a pause, or a stretch of work is done. `false` says
    /// that there are no more.
    fn next<'a>(&'a mut self, take: &'a mut RowSink<'_>) -> BoxFuture<'a, Result<bool, StoreError>>;
}

/// Rows of any store.
pub type BoxedRows = Box<dyn FeatureRows>;

/// Rows that go before a pause when features are passed on one by one.
const AT_ONCE: usize = 64;

/// The rows as features that stand by themselves.
pub fn owned(rows: BoxedRows, view: &LayerView) -> FeatureStream {
    let kinds: Vec<AttributeType> = view.attributes().map(|a| a.kind).collect();
    let start = (rows, kinds, VecDeque::new(), true);
    stream::try_unfold(start, |(mut rows, kinds, mut ready, mut more)| async move {
        while ready.is_empty() && more {
            let mut take = |row: &FeatureRow<'_>| {
                ready.push_back(feature(row, &kinds));
                if ready.len() < AT_ONCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            more = rows.next(&mut take).await?;
        }
        Ok(ready.pop_front().map(|feature| (feature, (rows, kinds, ready, more))))
    })
    .boxed()
}

/// A row as a feature that stands by itself.
pub fn feature(row: &FeatureRow<'_>, kinds: &[AttributeType]) -> Feature {
    let wkb = row.shape.map(|shape| {
        let mut wkb = Vec::new();
        shape.write_wkb(&mut wkb);
        wkb
    });
    let values = row.values.iter().zip(kinds).map(|(value, kind)| owned_value(*value, *kind));
    Feature { id: row.id, wkb, values: values.map(Option::unwrap_or_default).collect() }
}

/// A value that stands by itself; `None` if its text is not what its type says.
pub fn owned_value(value: ValueRef<'_>, kind: AttributeType) -> Option<Value> {
    let text = match value {
        ValueRef::Null | ValueRef::Numbered(..) => return Some(Value::Null),
        ValueRef::Bool(v) => return Some(Value::Bool(v)),
        ValueRef::Int(v) => return Some(Value::Int(v)),
        ValueRef::Number(v) => return Some(Value::Number(v)),
        ValueRef::Text(text) => text,
        ValueRef::TextBytes(bytes) => std::str::from_utf8(bytes).ok()?,
    };
    Some(match kind {
        AttributeType::Date => {
            Value::Date(Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?)
        }
        AttributeType::Timestamp => Value::Timestamp(OffsetDateTime::parse(text, &Rfc3339).ok()?),
        AttributeType::TextList => Value::TextList(serde_json::from_str(text).ok()?),
        _ => Value::Text(text.to_owned()),
    })
}
