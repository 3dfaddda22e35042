//! What tells that the rows of a layer's table are others, though no statement changed a row:
//! `ALTER TABLE … ALTER COLUMN … TYPE … USING`, a column dropped, renamed or put back, a table
//! made anew; or that its changes were not noted for a while, because the triggers of the change
//! log were gone or off. They see none of that.
//!
//! Must not know what becomes of it.

use super::{DatabaseError, change_log::NOTING, locked, source::Source};
use crate::layer::{Attribute, LayerView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use tokio_postgres::GenericClient;

/// How a layer's table stood at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableForm {
    /// `pg_class.relfilenode`: another one after each rewriting of the whole table.
    file: u32,
    /// Each column that the layer reads, where it is there, with its number: a column that was
    /// dropped and added again has another.
    numbers: BTreeMap<String, i16>,
    /// For each of them the transaction that last wrote down its definition.
    definitions: BTreeMap<String, String>,
    /// Of each trigger that notes changes `pg_trigger.tgenabled`, and the transaction that last
    /// wrote it down: off and on again is another one.
    triggers: BTreeMap<String, (String, String)>,
}

/// Whether changes of a table are noted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Noting {
    /// Each of them.
    #[default]
    Always,
    /// All but those of sessions that replay changes (`session_replication_role = replica`).
    Mostly,
    /// Some are not: a trigger is gone or off.
    No,
}

impl TableForm {
    /// Whether rows that were read of the table in the form `then` may be others by now. Those of
    /// `VACUUM FULL`, `CLUSTER` and another tablespace are the same: they write the table anew and
    /// no column's definition. A definition alone (NOT NULL, a default, a wider text) changes no value.
    pub fn rows_differ(&self, then: &Self) -> bool {
        let rewritten = self.file != then.file && self.definitions != then.definitions;
        rewritten || self.numbers != then.numbers || self.triggers != then.triggers
    }

    /// Whether changes are noted while the table is so.
    pub fn noting(&self) -> Noting {
        let fires = |name: &str| self.triggers.get(name).map(|(fires, _)| fires.as_str());
        if NOTING.iter().all(|name| fires(name) == Some("A")) {
            Noting::Always
        } else if NOTING.iter().all(|name| matches!(fires(name), Some("O" | "A"))) {
            Noting::Mostly
        } else {
            Noting::No
        }
    }

    /// The form as a text that stands for it; [`TableForm::from_text`] reads it.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// `None` where the text is no form: nothing is known of the table as it was.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether the view's table is still the one of this form. Asked of a table that is held, and told as it is now,
    /// not as it was when the transaction began to look.
    pub(super) async fn is_still_that_of(
        &self,
        client: &impl GenericClient,
        view: &LayerView,
    ) -> Result<bool, DatabaseError> {
        let asked = "SELECT pg_relation_filenode(to_regclass($1))";
        let file: Option<u32> = client.query_one(asked, &[&Source::of(view).table]).await?.try_get(0)?;
        Ok(file.unwrap_or_default() == self.file)
    }

    /// Columns that the layer reads and the table lacks.
    fn missing<'v>(&self, view: &'v LayerView) -> Vec<&'v str> {
        read_columns(view).filter(|column| !self.numbers.contains_key(*column)).collect()
    }
}

/// The columns that a layer reads of a table of its own.
fn read_columns(view: &LayerView) -> impl Iterator<Item = &str> {
    ["id", "geom"].into_iter().chain(view.attributes().map(Attribute::column))
}

/// Ordinary reads of the catalogue, so that they are of the transaction's snapshot, as the rows are.
const FORMS: &str = "
SELECT c.relname::text, c.relfilenode, array_agg(a.attname::text), array_agg(a.attnum), array_agg(a.xmin::text),
    (SELECT coalesce(jsonb_object_agg(t.tgname, jsonb_build_array(t.tgenabled, t.xmin::text)), '{}')
     FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = ANY ($2))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = 'gis' AND c.relname = ANY ($1) GROUP BY c.oid, c.relname, c.relfilenode";

/// The forms of the views' tables, in their order; `None` for those that this program did not
/// make, of which nothing is known. A table that is gone has no columns.
pub(super) async fn forms_of(
    client: &impl GenericClient,
    views: &[&LayerView],
) -> Result<Vec<Option<TableForm>>, DatabaseError> {
    let own = views.iter().filter(|view| view.layer().table.is_none());
    let names: Vec<&str> = own.map(|view| view.id()).collect();
    let mut found: HashMap<String, Columns> = HashMap::new();
    for row in client.query(FORMS, &[&names, &NOTING.as_slice()]).await? {
        let triggers = serde_json::from_value(row.try_get(5)?)
            .map_err(|error| DatabaseError::Internal(format!("a table's triggers: {error}")))?;
        let columns = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?, triggers);
        found.insert(row.try_get(0)?, columns);
    }
    let form = |view: &&LayerView| {
        let found = found.get(view.id());
        view.layer().table.is_none().then(|| found.map(|f| form(view, f)).unwrap_or_default())
    };
    Ok(views.iter().map(form).collect())
}

/// Of a table: its file, of its columns names, numbers and the transactions that wrote them down,
/// and its triggers.
type Columns = (u32, Vec<String>, Vec<i16>, Vec<String>, BTreeMap<String, (String, String)>);

fn form(view: &LayerView, (file, names, numbers, definitions, triggers): &Columns) -> TableForm {
    let mut form = TableForm { file: *file, triggers: triggers.clone(), ..TableForm::default() };
    for column in read_columns(view) {
        let Some(place) = names.iter().position(|name| name == column) else { continue };
        form.numbers.insert(column.to_owned(), numbers[place]);
        form.definitions.insert(column.to_owned(), definitions[place].clone());
    }
    form
}

/// The form that the view's table has until the transaction ends, of which this is to be the first
/// statement that looks: to one that began to look before, a table that is written anew looks empty.
pub(super) async fn held_form(
    client: &impl GenericClient,
    view: &LayerView,
) -> Result<Option<TableForm>, DatabaseError> {
    if view.layer().table.is_some() {
        return Ok(None);
    }
    let table = Source::of(view).table;
    let held = client.batch_execute(&format!("LOCK TABLE {table} IN ACCESS SHARE MODE")).await;
    held.map_err(|error| locked(error, &table))?;
    let form = forms_of(client, &[view]).await?.pop().flatten().unwrap_or_default();
    let missing = form.missing(view);
    if missing.is_empty() {
        return Ok(Some(form));
    }
    let reason = format!(
        "{table} has no column {} any more, which the layer's file names. Put it back under that name, \
         correct the file, or start `diaban serve` anew, which adds an empty one",
        missing.join(", ")
    );
    Err(DatabaseError::Layer { layer: view.id().to_owned(), reason })
}
