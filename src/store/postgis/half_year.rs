//! What the record tells of a stretch of time: loads, changes, and the checks that were newest at its end.
//!
//! A run that was taken back within the time left nothing of itself, and neither it nor what took it back is
//! counted. One that was taken back later counts when it ran, and the rows that went or came then count when they
//! did: so a report of a time that has passed says the same whenever it is made.

use super::{
    Database, DatabaseError, PostgisStore,
    read::store_error,
    sql::{Parameter, Statement},
};
use crate::{
    layer::LayerView,
    store::{QualityRun, StoreError},
};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;
use tokio_postgres::Row;

/// What happened to a layer in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Runs that loaded rows and stood at its end. A change of one feature is none.
    pub loads: u64,
    /// Such runs of it that had been taken back by then; nothing else counts them.
    pub taken_back: u64,
    /// Rows that came.
    pub inserted: u64,
    /// Rows that were changed.
    pub updated: u64,
    /// Rows that went.
    pub deleted: u64,
}

/// A run that ended in a stretch of time: of an import, of a change of one feature, or of an undo.
struct Run {
    number: i64,
    layer: String,
    undoes: Option<i64>,
    /// Whether it changed one feature.
    is_edit: bool,
}

/// Those that ended in it, the newest first. What takes a run back ends after it, so that of those before it none is
/// needed.
const RUNS: &str = "SELECT id, layer, undoes, mode = 'edit' FROM diaban.import_run \
                    WHERE finished_at >= $1 AND finished_at < $2 ORDER BY id DESC";
/// Of those runs, and of who wrote without one. A change of a run is of the moment at which the run ended.
const CHANGES: &str = "SELECT layer, sum(rows_inserted)::int8, sum(rows_updated)::int8, sum(rows_deleted)::int8 \
                       FROM diaban.change WHERE (import_run IS NULL AND changed_at >= $1 AND changed_at < $2) \
                       OR import_run = ANY ($3) GROUP BY layer";

impl Run {
    /// Of a row of [`RUNS`].
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let (number, layer, undoes) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        Ok(Self { number, layer, undoes, is_edit: row.try_get(3)? })
    }
}

impl Database {
    /// By layer, from one moment to before another.
    pub async fn activity(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<BTreeMap<String, Activity>, DatabaseError> {
        let client = self.session().await?;
        let mut all: BTreeMap<String, Activity> = BTreeMap::new();
        let runs = client.query(RUNS, &[&from, &to]).await?;
        let runs = runs.iter().map(Run::of).collect::<Result<Vec<_>, _>>()?;
        let counted = counted(&runs, &mut all);
        for row in client.query(CHANGES, &[&from, &to, &counted]).await? {
            add_changes(&row, &mut all)?;
        }
        Ok(all)
    }

    /// By layer, the newest check before a moment of all that the layer holds.
    pub async fn checks_before(
        &self,
        moment: OffsetDateTime,
    ) -> Result<BTreeMap<String, QualityRun>, DatabaseError> {
        let sql = "SELECT DISTINCT ON (layer) layer, checked_at, result FROM diaban.quality_run \
                   WHERE checked_at < $1 AND 'restricted' = ANY (classes) ORDER BY layer, id DESC";
        let rows = self.session().await?.query(sql, &[&moment]).await?;
        let told = |row: &tokio_postgres::Row| -> Result<(String, QualityRun), DatabaseError> {
            Ok((row.try_get(0)?, QualityRun { checked_at: row.try_get(1)?, result: row.try_get(2)? }))
        };
        rows.iter().map(told).collect()
    }
}

impl PostgisStore {
    /// As the trait has it.
    pub(super) async fn kept_activity(
        &self,
        views: &[LayerView],
        [from, to]: [OffsetDateTime; 2],
    ) -> Result<BTreeMap<String, Activity>, StoreError> {
        let whole = views.iter().filter(|view| view.holds_all()).map(|view| view.id().to_owned());
        let mut of_whole: BTreeMap<String, Activity> =
            whole.map(|layer| (layer, Activity::default())).collect();
        if of_whole.is_empty() {
            return Ok(of_whole);
        }
        let (mut runs, mut all) = (Vec::new(), BTreeMap::new());
        let parameters: Vec<Parameter> = vec![Box::new(from), Box::new(to)];
        let mut rows = self.statement(Statement { text: RUNS.to_owned(), parameters }).await?;
        while let Some(row) = rows.next().await? {
            runs.push(Run::of(&row).map_err(store_error)?);
        }
        let counted = counted(&runs, &mut all);
        let parameters: Vec<Parameter> = vec![Box::new(from), Box::new(to), Box::new(counted)];
        let mut rows = self.statement(Statement { text: CHANGES.to_owned(), parameters }).await?;
        while let Some(row) = rows.next().await? {
            add_changes(&row, &mut all).map_err(store_error)?;
        }
        for (layer, activity) in &mut of_whole {
            *activity = all.get(layer).copied().unwrap_or_default();
        }
        Ok(of_whole)
    }
}

fn add_changes(row: &Row, all: &mut BTreeMap<String, Activity>) -> Result<(), tokio_postgres::Error> {
    let activity = all.entry(row.try_get(0)?).or_default();
    let rows = |at| row.try_get::<_, i64>(at).map(i64::unsigned_abs);
    (activity.inserted, activity.updated, activity.deleted) = (rows(1)?, rows(2)?, rows(3)?);
    Ok(())
}

/// The numbers of the runs whose changes count, of `runs` that ended in a stretch of time, the newest first; and how
/// many loads there were.
fn counted(runs: &[Run], all: &mut BTreeMap<String, Activity>) -> Vec<i64> {
    let own: BTreeSet<i64> = runs.iter().map(|run| run.number).collect();
    let (mut undone, mut counted) = (BTreeSet::new(), Vec::new());
    for run in runs {
        // What takes a run back is newer, and was seen before it.
        let stands = !undone.contains(&run.number);
        if stands {
            undone.extend(run.undoes);
        }
        if run.undoes.is_none() && !run.is_edit {
            let activity = all.entry(run.layer.clone()).or_default();
            *(if stands { &mut activity.loads } else { &mut activity.taken_back }) += 1;
        }
        // A run of an earlier time was counted there.
        if stands && run.undoes.is_none_or(|before| !own.contains(&before)) {
            counted.push(run.number);
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `(number, undoes)` from the oldest on, of which those in `edits` changed one feature; which count, and how
    /// many loads.
    fn of(runs: &[(i64, Option<i64>)], edits: &[i64]) -> (Vec<i64>, [u64; 2]) {
        let run = |(number, undoes): &(i64, Option<i64>)| Run {
            number: *number,
            layer: "a".to_owned(),
            undoes: *undoes,
            is_edit: edits.contains(number),
        };
        let mut all = BTreeMap::new();
        let mut counted = counted(&runs.iter().rev().map(run).collect::<Vec<_>>(), &mut all);
        counted.sort_unstable();
        let activity = all.get("a").copied().unwrap_or_default();
        (counted, [activity.loads, activity.taken_back])
    }

    #[test]
    fn a_run_and_what_took_it_back_count_together_or_not_at_all() {
        assert_eq!(of(&[(1, None), (2, None)], &[]), (vec![1, 2], [2, 0]));
        assert_eq!(of(&[(1, None), (2, Some(1))], &[]), (vec![], [0, 1]));
        // Brought back again.
        assert_eq!(of(&[(1, None), (2, Some(1)), (3, Some(2))], &[]), (vec![1], [1, 0]));
        let thrice = [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(3))];
        assert_eq!(of(&thrice, &[]), (vec![], [0, 1]));
    }

    #[test]
    fn a_change_of_one_feature_is_no_load_and_its_rows_count() {
        assert_eq!(of(&[(1, None), (2, None)], &[2]), (vec![1, 2], [1, 0]));
        assert_eq!(of(&[(1, None), (2, Some(1))], &[1]), (vec![], [0, 0]));
    }

    /// Run 1 is of an earlier time.
    #[test]
    fn what_is_taken_back_of_an_earlier_time_is_a_change_of_this_one() {
        assert_eq!(of(&[(2, Some(1))], &[]), (vec![2], [0, 0]));
        assert_eq!(of(&[(2, Some(1)), (3, Some(2))], &[]), (vec![], [0, 0]));
        // So is run 2.
        assert_eq!(of(&[(3, Some(2))], &[]), (vec![3], [0, 0]));
    }
}
