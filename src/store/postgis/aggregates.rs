//! Counts and sums by commune of all rows of a layer, by class, in one pass over its table.

use super::{
    past,
    read::{PostgisStore, store_error},
    source::Source,
    sql::{Statement, export_expression, quoted, seen_by},
};
use crate::{
    layer::{AccessClass, AggregateView},
    query::{
        AsOf,
        aggregates::{Contributions, Rows, Unpublished},
    },
    store::StoreError,
};
use std::fmt::Write;
use tokio_postgres::Row;

/// Columns before the sums: the code, the class, how many. Each sum has four.
const SUMS_FROM: usize = 3;
const COLUMNS_OF_SUM: usize = 4;

impl PostgisStore {
    /// As the trait has it.
    pub(super) async fn count_aggregates(
        &self,
        view: &AggregateView,
        as_of: Option<AsOf>,
    ) -> Result<Unpublished, StoreError> {
        let mut all = Unpublished::default();
        let mut rows = self.statement(statement(view, as_of)).await?;
        while let Some(row) = rows.next().await? {
            let code: Option<&str> = row.try_get(0).map_err(store_error)?;
            let class: &str = row.try_get(1).map_err(store_error)?;
            // One that is none of the three is above all.
            let class = AccessClass::ALL.into_iter().find(|known| known.as_str() == class);
            let own = own_rows(&row, view.sums().count()).map_err(store_error)?;
            all.add(code, class.unwrap_or(AccessClass::Restricted), &own);
        }
        Ok(all)
    }
}

fn own_rows(row: &Row, sums: usize) -> Result<Rows, tokio_postgres::Error> {
    let sum = |i: usize| {
        let at = SUMS_FROM + i * COLUMNS_OF_SUM;
        Ok(Contributions {
            rows: row.try_get::<_, i64>(at)?.unsigned_abs(),
            sum: row.try_get(at + 1)?,
            greatest: [row.try_get(at + 2)?, row.try_get(at + 3)?],
        })
    };
    let sums = (0..sums).map(sum).collect::<Result<_, tokio_postgres::Error>>()?;
    Ok(Rows { count: row.try_get::<_, i64>(2)?.unsigned_abs(), sums })
}

/// One row for each code and class: how many, and of each attribute how many have some, all of it, the most and the
/// second most that one has. What is no number, or below 0, is none.
fn statement(view: &AggregateView, as_of: Option<AsOf>) -> Statement {
    let layer = view.layer();
    let table = match as_of.filter(|_| layer.table.is_none()) {
        Some(moment) => past::relation(layer, moment),
        None => Source::of_layer(layer).table,
    };
    let code = view.commune().map_or_else(|| "NULL".to_owned(), |a| quoted(a.column()));
    let [open, shared] = [AccessClass::Open, AccessClass::Shared]
        .map(|class| seen_by(layer, class).unwrap_or_else(|| "TRUE".to_owned()));
    let (mut values, mut sums) = (String::new(), String::new());
    for (i, attribute) in view.sums().enumerate() {
        let value = format!("({})::float8", export_expression(attribute));
        let _ = write!(values, ", CASE WHEN {value} > 0 AND {value} < 'Infinity' THEN {value} END AS v{i}");
        // Added up as decimals, so that the order of the rows does not matter.
        let _ = write!(
            sums,
            ", count(v{i}), coalesce(sum(v{i}::numeric), 0)::float8, coalesce(max(v{i}), 0), \
             coalesce((array_agg(v{i} ORDER BY v{i} DESC) FILTER (WHERE v{i} IS NOT NULL))[2], 0)"
        );
    }
    let text = format!(
        "SELECT code, class, count(*){sums} FROM (SELECT {code}::text AS code, \
         CASE WHEN {open} THEN 'open' WHEN {shared} THEN 'shared' ELSE 'restricted' END AS class{values} \
         FROM {table}) AS counted GROUP BY code, class"
    );
    Statement { text, parameters: Vec::new() }
}
