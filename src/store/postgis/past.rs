//! Layers as they were, and rows as they were before some changes: SQL over the change log.
//!
//! Pure: writes statements and runs none. How the log is read backwards stands in
//! `schema/V2__change_log.sql`; here it is one pass: of the changes that are to be unseen, the
//! first that meets a row says whether there was one and what its attributes were, the first that
//! met its geometry says that. What no change met is as it stands.

use super::{change_log::quote_literal, sql::quoted, table::UPDATED_AT};
use crate::{layer::LayerDefinition, query::AsOf};
use time::macros::format_description;

/// The columns of a layer's table behind `id` and `geom`, each as `each` writes it, with a comma
/// before it.
pub(super) fn columns(layer: &LayerDefinition, each: impl Fn(&str) -> String) -> String {
    let mut names: Vec<&str> = layer.attributes.iter().map(|a| a.column()).collect();
    if !names.contains(&UPDATED_AT) {
        names.push(UPDATED_AT);
    }
    names.into_iter().map(|name| format!(", {}", each(&quoted(name)))).collect()
}

/// The table of a layer as it was, to stand behind FROM: the columns of its table. Whole
/// transactions are seen or unseen; one counts as of the last moment at which it changed the layer.
pub(super) fn relation(layer: &LayerDefinition, moment: AsOf) -> String {
    let [untouched, touched] = parts(layer);
    format!("(WITH {} {untouched} UNION ALL {touched}) AS past", states(layer, &later(layer, moment)))
}

/// The same in the order of the ids: a page reads no more of the table than it shows, for each part comes in that
/// order out of an index. Only for pages: what wants all rows would wait for the order.
pub(super) fn relation_in_order(layer: &LayerDefinition, moment: AsOf) -> String {
    let [untouched, touched] = parts(layer);
    format!(
        "(WITH {} SELECT * FROM (({untouched} ORDER BY id) UNION ALL ({touched} ORDER BY id)) AS each ORDER BY id) AS past",
        states(layer, &later(layer, moment))
    )
}

/// Queries over `states`: the rows that no later change met, and those that one did.
fn parts(layer: &LayerDefinition) -> [String; 2] {
    let table = format!("gis.{}", quoted(&layer.id));
    let untouched = format!(
        "SELECT t.id, t.geom{} FROM {table} t \
         WHERE NOT EXISTS (SELECT FROM was w WHERE w.feature_id = t.id) AND NOT t.id <@ (SELECT ids FROM came)",
        columns(layer, |c| format!("t.{c}")),
    );
    let touched = format!(
        "SELECT w.feature_id AS id, CASE WHEN s.feature_id IS NULL THEN t.geom ELSE s.geom END AS geom{} \
         FROM was w LEFT JOIN shape s ON s.feature_id = w.feature_id LEFT JOIN {table} t ON t.id = w.feature_id \
         CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, w.attributes) r WHERE w.existed",
        columns(layer, |c| format!("r.{c}")),
    );
    [untouched, touched]
}

/// The condition that a row `c` of the change log came after the moment.
fn later(layer: &LayerDefinition, moment: AsOf) -> String {
    match moment {
        AsOf::Change(number) => format!("c.id > {number}"),
        AsOf::Time(moment) => {
            let form = format_description!(
                "[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6] [offset_hour sign:mandatory]:[offset_minute]"
            );
            // Before the first year that both calendars have, nothing was there.
            let text = Some(moment).filter(|m| m.year() > 0).and_then(|m| m.format(form).ok());
            format!(
                "c.xact IN (SELECT xact FROM diaban.change WHERE layer = {} AND changed_at > '{}'::timestamptz)",
                quote_literal(&layer.id),
                text.as_deref().unwrap_or("-infinity")
            )
        }
    }
}

/// WITH queries about the changes `c` of the layer for which `condition` holds. `came`: the `ids`
/// that they brought. `was`: of each row that they changed or removed, `feature_id`, whether it
/// `existed` before them, and its `attributes` then. `shape`: of each whose geometry they met,
/// `feature_id` and the `geom` before them.
pub(super) fn states(layer: &LayerDefinition, condition: &str) -> String {
    let condition = format!("c.layer = {} AND {condition}", quote_literal(&layer.id));
    let first = |more: &str, columns: &str| {
        format!(
            "SELECT DISTINCT ON (o.feature_id) o.feature_id, {columns} FROM diaban.old_row o \
             JOIN changes c ON c.id = o.change_id {more} ORDER BY o.feature_id, o.change_id"
        )
    };
    format!(
        "changes AS MATERIALIZED (SELECT c.id, c.inserted FROM diaban.change c WHERE {condition}), \
         came AS MATERIALIZED (SELECT coalesce(range_agg(inserted), '{{}}') AS ids FROM changes \
         WHERE inserted IS NOT NULL), \
         first AS ({}), \
         was AS MATERIALIZED (SELECT feature_id, attributes, CASE WHEN feature_id <@ (SELECT ids FROM came) \
         THEN NOT EXISTS (SELECT FROM diaban.change c WHERE c.inserted @> f.feature_id AND c.id < f.change_id \
         AND {condition}) ELSE true END AS existed FROM first f), \
         shape AS MATERIALIZED ({})",
        first("", "o.change_id, o.attributes"),
        first("WHERE o.geom_changed", "o.geom"),
    )
}
