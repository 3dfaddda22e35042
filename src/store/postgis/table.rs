//! Tables from layer definitions: what is there, what should be, and the steps from one to the
//! other. What could lose data is refused with the statement to run.

/// Tables as the database has them.
mod found;
/// From a found table to the wanted one.
mod plan;
/// Tables as the definitions want them.
mod wanted;

use super::{
    error::{DatabaseError, Refusal},
    existing_table, locked,
    migration::{create_schema, no_right},
};
use crate::layer::{Catalog, LayerDefinition};
use plan::{Needs, Plan, Step};
use tokio_postgres::{Client, GenericClient, error::SqlState};
pub(super) use wanted::UPDATED_AT;
use wanted::WantedTable;

/// The schema of the layers' tables.
const SCHEMA: &str = "gis";

/// Makes and widens the tables of the layers, and checks those that layers only point at.
/// Everything or nothing. Returns what was done, a line each.
pub(super) async fn prepare_tables(
    client: &mut Client,
    catalog: &Catalog,
) -> Result<Vec<String>, DatabaseError> {
    let own: Vec<&LayerDefinition> =
        catalog.definitions().filter(|layer| layer.table.is_none()).map(|layer| &**layer).collect();
    for layer in catalog.definitions() {
        if let Some(table) = &layer.table {
            existing_table::check(client, layer, table).await?;
        }
    }
    if own.is_empty() {
        return Ok(Vec::new());
    }
    create_schema(client, SCHEMA).await?;
    let (plan, readable) = plan_for(client, own).await?;
    if !readable {
        let grant = |user: &str, _: &str| {
            format!(
                "GRANT USAGE ON SCHEMA {SCHEMA} TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {user}"
            )
        };
        return Err(no_right(client, format!("read the tables in the schema {SCHEMA}"), grant).await?);
    }
    if !plan.refusals.is_empty() {
        return Err(DatabaseError::Destructive(plan.refusals));
    }
    apply(client, &plan.steps).await?;
    Ok(plan.steps.into_iter().filter_map(|step| step.done).collect())
}

/// What the tables of the layers need, and whether all that are there may be read.
async fn plan_for(client: &Client, layers: Vec<&LayerDefinition>) -> Result<(Plan, bool), DatabaseError> {
    let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    let found = found::read(client, SCHEMA, &names).await?;
    let mut plan = Plan::default();
    for layer in layers {
        plan.add(&WantedTable::of(layer)?, found.get(&layer.id));
    }
    Ok((plan, found.values().all(|table| table.readable)))
}

/// How tables differ from their layers. Changes nothing.
#[derive(Debug, Default)]
pub struct TableDifferences {
    /// What the next start does, a line each.
    pub to_do: Vec<String>,
    /// What it refuses, as it could lose data.
    pub refused: Vec<Refusal>,
    /// Layers whose tables are another program's and do not fit, with why.
    pub unfit: Vec<String>,
}

/// Holds the tables against the layers.
pub(super) async fn differences(
    client: &Client,
    catalog: &Catalog,
) -> Result<TableDifferences, DatabaseError> {
    let mut unfit = Vec::new();
    for layer in catalog.definitions() {
        let Some(table) = &layer.table else { continue };
        match existing_table::check(client, layer, table).await {
            Err(error @ DatabaseError::Layer { .. }) => unfit.push(error.to_string()),
            other => other?,
        }
    }
    let own = catalog.definitions().filter(|layer| layer.table.is_none()).map(|layer| &**layer).collect();
    let (plan, _) = plan_for(client, own).await?;
    let to_do = plan.steps.into_iter().filter_map(|step| step.done).collect();
    Ok(TableDifferences { to_do, refused: plan.refusals, unfit })
}

/// How long writers of a table are waited for, who keep others waiting meanwhile.
const WAIT: &str = "1s";

/// Puts the triggers of a layer's table back, and switches them on, without touching the rest of
/// the table. Returns what was done; an error where the user may not, or somebody writes for long.
pub(super) async fn put_triggers_back(
    client: &mut Client,
    layer: &LayerDefinition,
) -> Result<Vec<String>, DatabaseError> {
    let mut wanted = WantedTable::of(layer)?;
    let Some((plan, owned)) = triggers_to_put_back(client, &mut wanted).await? else { return Ok(Vec::new()) };
    if !owned {
        let statements: Vec<&str> = plan.steps.iter().map(|step| step.statement.as_str()).collect();
        let reason = format!(
            "changes of {} are not noted: its triggers are gone or off. Its owner has to run: {};",
            wanted.name,
            statements.join("; ")
        );
        return Err(DatabaseError::Layer { layer: layer.id.clone(), reason });
    }
    let transaction = client.transaction().await?;
    let lock =
        format!("SET LOCAL lock_timeout = '{WAIT}'; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", wanted.name);
    let table = wanted.name.clone();
    transaction.batch_execute(&lock).await.map_err(|error| locked(error, &format!("the table {table}")))?;
    // Another server may have been quicker.
    let found = triggers_to_put_back(&transaction, &mut wanted).await?;
    let steps = found.map(|(plan, _)| plan.steps).unwrap_or_default();
    for step in &steps {
        transaction.batch_execute(&step.statement).await?;
    }
    transaction.commit().await?;
    Ok(steps.into_iter().filter_map(|step| step.done).collect())
}

/// What the triggers of a table need, and whether the user may do it; `None` where nothing is to
/// be done, or the table is none.
async fn triggers_to_put_back(
    client: &impl GenericClient,
    wanted: &mut WantedTable<'_>,
) -> Result<Option<(Plan, bool)>, DatabaseError> {
    let mut found = found::read(client, SCHEMA, &[&wanted.layer.id]).await?;
    let Some(found) = found.remove(&wanted.layer.id) else { return Ok(None) };
    if !matches!(found.kind.as_str(), "r" | "p") {
        return Ok(None);
    }
    wanted.touched &= found.columns.iter().any(|column| column.name == UPDATED_AT);
    let mut plan = Plan::default();
    plan.triggers(wanted, &found);
    Ok((!plan.steps.is_empty()).then_some((plan, found.owned)))
}

async fn apply(client: &mut Client, steps: &[Step]) -> Result<(), DatabaseError> {
    if steps.is_empty() {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    for step in steps {
        let Err(error) = transaction.batch_execute(&step.statement).await else { continue };
        transaction.rollback().await?;
        return Err(step_error(client, step, error).await);
    }
    Ok(transaction.commit().await?)
}

async fn step_error(client: &Client, step: &Step, error: tokio_postgres::Error) -> DatabaseError {
    if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return locked(error, &format!("the table {}", step.table));
    }
    let (action, table) = match step.needs {
        Needs::Create => (format!("create tables in the schema {SCHEMA}"), None),
        Needs::Owner => (format!("change the table {}", step.table), Some(&step.table)),
    };
    let right = no_right(client, action, |user, _| match table {
        None => format!("GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {user}"),
        Some(table) => format!("ALTER TABLE {table} OWNER TO {user}"),
    });
    right.await.unwrap_or_else(|error| error)
}
