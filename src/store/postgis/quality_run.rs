//! The runs of `diaban check`: kept, and told to those who see what was looked at.

use super::{
    Database, DatabaseError, PostgisStore,
    read::store_error,
    sql::{self, Statement},
};
use crate::{
    layer::{AccessClass, LayerDefinition, LayerView},
    store::{QualityRun, StoreError},
};
use serde_json::Value as Json;
use time::OffsetDateTime;

/// A run that is to be kept.
#[derive(Debug)]
pub struct NewQualityRun<'r> {
    /// What was looked at: a view of one of `classes`.
    pub view: &'r LayerView,
    /// The classes of callers who see the same.
    pub classes: &'r [AccessClass],
    /// What came out.
    pub result: &'r Json,
    /// Features of GeoJSON.
    pub findings: &'r [Json],
}

impl Database {
    /// Runs that loaded rows into a layer, and how many of them say the system and the way from it. A change of one
    /// feature is none.
    pub async fn recorded_systems(&self, layer: &str) -> Result<(u64, u64), DatabaseError> {
        let sql = "SELECT count(*), count(*) FILTER (WHERE crs IS NOT NULL) FROM diaban.import_run \
                   WHERE layer = $1 AND finished_at IS NOT NULL AND rows_loaded > 0 AND undone_by IS NULL \
                   AND mode NOT IN ('undo', 'edit')";
        let row = self.session().await?.query_one(sql, &[&layer]).await?;
        let count = |at| row.try_get::<_, i64>(at).map(i64::unsigned_abs);
        Ok((count(0)?, count(1)?))
    }

    /// Keeps the runs of one check of a layer. The findings of those before are let go.
    pub async fn keep_quality_runs(&self, runs: &[NewQualityRun<'_>]) -> Result<(), DatabaseError> {
        let mut client = self.session().await?;
        let transaction = client.transaction().await?;
        for run in runs {
            let attributes: Vec<&str> = run.view.attributes().map(|a| a.name.as_str()).collect();
            let classes: Vec<String> =
                run.classes.iter().map(|class| kept_for(run.view.layer(), *class)).collect();
            let findings = Json::Array(run.findings.to_vec());
            let before = "UPDATE diaban.quality_run SET findings = '[]' WHERE layer = $1 AND findings <> '[]' \
                          AND checked_at < now()";
            transaction.execute(before, &[&run.view.id()]).await?;
            let insert = "INSERT INTO diaban.quality_run (layer, classes, attributes, result, findings) \
                          VALUES ($1, $2, $3, $4, $5)";
            transaction
                .execute(insert, &[&run.view.id(), &classes, &attributes, run.result, &findings])
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// The name under which runs are kept for a class of callers. Where rules of the layer's file say which rows it sees,
/// they belong to it: what was looked at under others may count rows that are closed now.
fn kept_for(layer: &LayerDefinition, class: AccessClass) -> String {
    let above = layer.row_class.iter().filter(|rule| rule.class > class);
    let rules: String =
        above.map(|rule| format!(", but not {}: {}", rule.class.as_str(), rule.condition)).collect();
    format!("{}{rules}", class.as_str())
}

/// Which runs a view may be told of: of its layer, for its class, of no attribute that it has not.
const SEEN: &str = "FROM diaban.quality_run WHERE layer = $1 AND $2 = ANY (classes) AND attributes <@ $3";

impl PostgisStore {
    /// As the trait has it.
    pub(super) async fn kept_quality_runs(
        &self,
        view: &LayerView,
        limit: u32,
    ) -> Result<Vec<QualityRun>, StoreError> {
        let text = format!("SELECT checked_at, result {SEEN} ORDER BY id DESC LIMIT {limit}");
        self.runs(asked(text, view)).await
    }

    /// As the trait has it.
    pub(super) async fn kept_quality_before(
        &self,
        view: &LayerView,
        moment: OffsetDateTime,
    ) -> Result<Option<QualityRun>, StoreError> {
        let text = format!("SELECT checked_at, result {SEEN} AND checked_at < $4 ORDER BY id DESC LIMIT 1");
        let mut statement = asked(text, view);
        statement.parameters.push(Box::new(moment));
        Ok(self.runs(statement).await?.pop())
    }

    async fn runs(&self, statement: Statement) -> Result<Vec<QualityRun>, StoreError> {
        let mut rows = self.statement(statement).await?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next().await? {
            let (checked_at, result) =
                (row.try_get(0).map_err(store_error)?, row.try_get(1).map_err(store_error)?);
            runs.push(QualityRun { checked_at, result });
        }
        Ok(runs)
    }

    /// As the trait has it. A feature that is hidden by now is left out, and what is told of it with another; an overlap
    /// that was kept without saying over which names it in its text, so that nobody knows whether it is hidden.
    pub(super) async fn kept_quality_findings(&self, view: &LayerView) -> Result<Vec<Json>, StoreError> {
        let rows = sql::quality_rows(view);
        let seen = |name: &str| format!("EXISTS ({rows} = (finding #>> '{{properties,{name}}}')::int8)");
        let (feature, other) = (seen("feature"), seen("other"));
        let text = format!(
            "SELECT finding FROM (SELECT findings {SEEN} ORDER BY id DESC LIMIT 1) AS newest, \
             jsonb_array_elements(findings) WITH ORDINALITY AS list (finding, place) \
             WHERE {feature} AND ({other} OR (finding #>> '{{properties,other}}' IS NULL \
             AND finding #>> '{{properties,measure}}' IS DISTINCT FROM 'overlap')) ORDER BY place"
        );
        let mut rows = self.statement(asked(text, view)).await?;
        let mut findings = Vec::new();
        while let Some(row) = rows.next().await? {
            findings.push(row.try_get(0).map_err(store_error)?);
        }
        Ok(findings)
    }
}

fn asked(text: String, view: &LayerView) -> Statement {
    let attributes: Vec<String> = view.attributes().map(|a| a.name.clone()).collect();
    // Nobody looks at some communes alone, and what counts others' rows is not for who sees his own.
    let class = match view.communes() {
        None => kept_for(view.layer(), view.row_class()),
        Some(_) => view.rows_seen(),
    };
    Statement {
        text,
        parameters: vec![Box::new(view.id().to_owned()), Box::new(class), Box::new(attributes)],
    }
}
