//! From a found table to the wanted one: steps that lose nothing, and refusals for the rest. Pure.

use super::{
    found::{FoundColumn, FoundTable},
    wanted::{WantedColumn, WantedTable},
};
use crate::store::postgis::{
    change_log::{quote_literal, switch_on, triggers},
    error::Refusal,
    sql::quoted,
};

/// What a step needs of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The right to create in the schema.
    Create,
    /// To own the table.
    Owner,
}

/// One statement.
#[derive(Debug)]
pub struct Step {
    pub statement: String,
    /// What it does, for the log; `None` where it is part of another step.
    pub done: Option<String>,
    /// The table, quoted.
    pub table: String,
    pub needs: Needs,
}

/// All that is to be done, and all that is refused.
#[derive(Debug, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub refusals: Vec<Refusal>,
}

impl Plan {
    /// Adds one table.
    pub fn add(&mut self, wanted: &WantedTable<'_>, found: Option<&FoundTable>) {
        match found {
            None => self.create(wanted),
            Some(found) if !matches!(found.kind.as_str(), "r" | "p") => self.refuse(
                wanted,
                format!("{} is no table; move it, or name it under `table` in the layer's file", wanted.name),
                Vec::new(),
            ),
            Some(found) => self.change(wanted, found),
        }
    }

    fn create(&mut self, wanted: &WantedTable<'_>) {
        self.steps.push(Step {
            statement: wanted.create_statement(),
            done: Some(format!("created the table {}", wanted.name)),
            table: wanted.name.clone(),
            needs: Needs::Create,
        });
        self.part(wanted, spatial_index_statement(wanted));
        if !wanted.key().is_empty() {
            self.part(wanted, wanted.key_index_statement());
        }
        for trigger in triggers(&wanted.layer.id, &wanted.name, wanted.touched) {
            self.part(wanted, trigger.statement);
        }
        self.part(wanted, table_comment(wanted));
        for column in &wanted.columns {
            self.part(wanted, column_comment(wanted, column));
        }
    }

    fn change(&mut self, wanted: &WantedTable<'_>, found: &FoundTable) {
        self.id_column(wanted, found);
        self.geometry(wanted, found);
        for column in &wanted.columns {
            match found.columns.iter().find(|c| c.name == column.name) {
                Some(existing) => self.column(wanted, column, existing),
                None => {
                    let add = wanted.column_clause(column, false);
                    let statement = format!("ALTER TABLE {} ADD COLUMN {add}", wanted.name);
                    self.step(wanted, statement, format!("added the column {}", column.name));
                }
            }
        }
        let known =
            |name: &str| ["id", "geom"].contains(&name) || wanted.columns.iter().any(|c| c.name == name);
        for column in found.columns.iter().filter(|c| !known(&c.name)) {
            let statement = format!("ALTER TABLE {} DROP COLUMN {};", wanted.name, quoted(&column.name));
            self.refuse(
                wanted,
                format!("column {} is no attribute of the layer", column.name),
                vec![statement],
            );
        }
        self.key(wanted, found);
        self.triggers(wanted, found);
        if found.owned {
            self.comments(wanted, found);
        }
    }

    fn id_column(&mut self, wanted: &WantedTable<'_>, found: &FoundTable) {
        if found.columns.iter().any(|c| c.name == "id" && c.kind == "bigint" && c.not_null) {
            return;
        }
        let difference = format!(
            "{} was made by another program: it has no `id bigint` of its own. \
             Name it under `table` in the layer's file, or move it away",
            wanted.name
        );
        let statement =
            format!("ALTER TABLE {} RENAME TO {};", wanted.name, quoted(&format!("{}_old", wanted.layer.id)));
        self.refuse(wanted, difference, vec![statement]);
    }

    fn geometry(&mut self, wanted: &WantedTable<'_>, found: &FoundTable) {
        let kind = wanted.geometry_kind();
        let Some(geom) = found.columns.iter().find(|c| c.name == "geom") else {
            let statement = format!("ALTER TABLE {} ADD COLUMN geom {kind}", wanted.name);
            self.step(wanted, statement, "added the column geom".to_owned());
            return self.step(wanted, spatial_index_statement(wanted), "added the spatial index".to_owned());
        };
        let names = wanted.geometry_names();
        let before = found_geometry_names(&geom.kind, found.geometry_check.as_deref());
        let alter = format!("ALTER TABLE {} ALTER COLUMN geom TYPE {kind}", wanted.name);
        let check = wanted.geometry_check();
        let add_check = check.map(|c| format!("ALTER TABLE {} ADD {c}", wanted.name));
        let drop_check = found
            .geometry_check
            .is_some()
            .then(|| format!("ALTER TABLE {} DROP CONSTRAINT geometry_type", wanted.name));
        let widens =
            before.as_ref().is_some_and(|b| !b.is_empty() && b.iter().all(|name| names.contains(name)));
        let same_names = before.as_ref().is_some_and(|b| b.len() == names.len()) && widens;
        if geom.kind == kind && (names.is_empty() || same_names) {
            // As it should be.
        } else if widens {
            let retype = (geom.kind != kind).then_some(alter);
            for statement in drop_check.into_iter().chain(retype).chain(add_check) {
                self.part(wanted, statement);
            }
            if let Some(step) = self.steps.last_mut() {
                step.done = Some(format!("{}: geometry may now be {}", wanted.name, names.join(", ")));
            }
        } else {
            let difference = format!("geom is {}, the layer wants {kind} {}", geom.kind, names.join(", "));
            let statements =
                drop_check.into_iter().chain([alter]).chain(add_check).map(|s| s + ";").collect();
            self.refuse(wanted, difference.trim_end().to_owned(), statements);
        }
        if !found.spatial_index {
            self.step(wanted, spatial_index_statement(wanted), "added the spatial index".to_owned());
        }
    }

    fn column(&mut self, wanted: &WantedTable<'_>, column: &WantedColumn<'_>, existing: &FoundColumn) {
        let name = quoted(column.name);
        let retype = format!("ALTER TABLE {} ALTER COLUMN {name} TYPE {}", wanted.name, column.kind);
        if existing.kind != column.kind {
            if is_wider(&existing.kind, &column.kind) {
                self.step(wanted, retype, format!("column {} is now {}", column.name, column.kind));
            } else {
                let difference =
                    format!("column {} is {}, the layer wants {}", column.name, existing.kind, column.kind);
                let using = format!("{retype} USING {name}::{};", column.kind);
                self.refuse(wanted, difference, vec![using]);
            }
        }
        if existing.not_null && !column.not_null {
            let statement = format!("ALTER TABLE {} ALTER COLUMN {name} DROP NOT NULL", wanted.name);
            self.step(wanted, statement, format!("column {} may now be empty", column.name));
        }
    }

    fn key(&mut self, wanted: &WantedTable<'_>, found: &FoundTable) {
        let key = wanted.key();
        if key.is_empty() || found.unique.iter().any(|index| same_set(&index.columns, &key)) {
            return;
        }
        let was: Vec<String> =
            found.unique.iter().map(|index| format!("({})", index.columns.join(", "))).collect();
        let difference = match was.is_empty() {
            true => format!("no unique index holds the key ({})", key.join(", ")),
            false => format!("the key is {}, the layer wants ({})", was.join(" and "), key.join(", ")),
        };
        let drops = found.unique.iter().map(|i| format!("DROP INDEX {}.{};", super::SCHEMA, quoted(&i.name)));
        let not_null = key
            .iter()
            .map(|k| format!("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL;", wanted.name, quoted(k)));
        let missing = wanted
            .columns
            .iter()
            .filter(|c| key.contains(&c.name))
            .filter(|c| found.columns.iter().all(|existing| existing.name != c.name));
        let adds = missing.map(|c| {
            format!(
                "ALTER TABLE {} ADD COLUMN {};  -- and fill it",
                wanted.name,
                wanted.column_clause(c, false)
            )
        });
        let index = format!("{};", wanted.key_index_statement());
        let statements = adds.chain(drops).chain(not_null).chain([index]).collect();
        self.refuse(wanted, difference, statements);
    }

    /// Adds the steps that the triggers of a table alone need.
    pub fn triggers(&mut self, wanted: &WantedTable<'_>, found: &FoundTable) {
        for trigger in triggers(&wanted.layer.id, &wanted.name, wanted.touched) {
            let statement = switch_on(&wanted.name, trigger.name, trigger.always);
            match found.triggers.get(trigger.name).map(String::as_str) {
                Some("A") => {}
                Some("O") if !trigger.always => {}
                // Sessions of every day are seen; that is no reason to refuse a user who may not.
                Some("O") if !found.owned => {}
                Some("O") => {
                    let done = format!("the trigger {} fires in replicating sessions, too", trigger.name);
                    self.step(wanted, statement, done);
                }
                Some(_) => {
                    let done =
                        format!("switched the trigger {} on: changes were not noted meanwhile", trigger.name);
                    self.step(wanted, statement, done);
                }
                None => self.step(wanted, trigger.statement, format!("added the trigger {}", trigger.name)),
            }
        }
    }

    fn comments(&mut self, wanted: &WantedTable<'_>, found: &FoundTable) {
        if found.comment.as_deref() != Some(&wanted.layer.title.vi) {
            self.part(wanted, table_comment(wanted));
        }
        for column in &wanted.columns {
            let existing = found.columns.iter().find(|c| c.name == column.name);
            if existing.and_then(|c| c.comment.as_deref()) != Some(column.title) {
                self.part(wanted, column_comment(wanted, column));
            }
        }
    }

    fn step(&mut self, wanted: &WantedTable<'_>, statement: String, done: String) {
        self.part(wanted, statement);
        if let Some(step) = self.steps.last_mut() {
            step.done = Some(format!("{}: {done}", wanted.name));
        }
    }

    fn part(&mut self, wanted: &WantedTable<'_>, statement: String) {
        self.steps.push(Step { statement, done: None, table: wanted.name.clone(), needs: Needs::Owner });
    }

    fn refuse(&mut self, wanted: &WantedTable<'_>, difference: String, statements: Vec<String>) {
        self.refusals.push(Refusal { layer: wanted.layer.id.clone(), difference, statements });
    }
}

fn spatial_index_statement(wanted: &WantedTable<'_>) -> String {
    format!("CREATE INDEX ON {} USING gist (geom)", wanted.name)
}

fn table_comment(wanted: &WantedTable<'_>) -> String {
    format!("COMMENT ON TABLE {} IS {}", wanted.name, quote_literal(&wanted.layer.title.vi))
}

fn column_comment(wanted: &WantedTable<'_>, column: &WantedColumn<'_>) -> String {
    format!("COMMENT ON COLUMN {}.{} IS {}", wanted.name, quoted(column.name), quote_literal(column.title))
}

fn same_set(a: &[String], b: &[&str]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(&name.as_str()))
}

/// The types that a found geometry column may hold, in capitals; `None` where it may hold
/// anything, or is no geometry in EPSG:4326.
fn found_geometry_names(kind: &str, check: Option<&str>) -> Option<Vec<String>> {
    let name = kind.strip_prefix("geometry(")?.strip_suffix(",4326)")?;
    if name != "Geometry" {
        return Some(vec![name.to_uppercase()]);
    }
    // The names are the quoted words of the constraint.
    Some(check?.split('\'').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Whether every value of the type `from` fits the type `to` unchanged, and PostgreSQL need not
/// write the table anew for it.
fn is_wider(from: &str, to: &str) -> bool {
    if let Some(length) = arguments(from, "character varying") {
        return to == "text" || arguments(to, "character varying").is_some_and(|wider| wider[0] > length[0]);
    }
    match (arguments(from, "numeric").as_deref(), arguments(to, "numeric").as_deref()) {
        (Some([digits, scale]), Some([more, same])) => more >= digits && scale == same,
        _ => false,
    }
}

/// The numbers in brackets behind a type's name.
fn arguments(kind: &str, name: &str) -> Option<Vec<u32>> {
    let inner = kind.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?;
    inner.split(',').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_that_lose_nothing_are_wider() {
        for (from, to, wider) in [
            ("character varying(10)", "character varying(20)", true),
            ("character varying(10)", "text", true),
            ("character varying(20)", "character varying(10)", false),
            ("text", "character varying(20)", false),
            ("numeric(10,2)", "numeric(12,2)", true),
            ("numeric(10,2)", "numeric(12,3)", false),
            ("bigint", "double precision", false),
            ("bigint", "text", false),
        ] {
            assert_eq!(is_wider(from, to), wider, "{from} to {to}");
        }
    }
}
