//! Triggers that note each change of a row of a layer's table, from whatever tool. What they
//! write, and how it is read, stands in `schema/V2__change_log.sql`.
//!
//! Must not know attributes.

use super::sql::quoted;

/// The triggers that write the log; a layer is followed while its table has them all.
pub(super) const NOTING: [&str; 4] = ["diaban_insert", "diaban_update", "diaban_delete", "diaban_truncate"];

/// A trigger of a layer's table.
pub(super) struct Trigger {
    /// Its name.
    pub name: &'static str,
    /// The statement that makes it.
    pub statement: String,
    /// Whether it writes the log, and so also has to fire in sessions that replay changes
    /// (`session_replication_role = replica`).
    pub always: bool,
}

/// The triggers of the layer `id` on `table` (quoted, with its schema). Those of INSERT, UPDATE
/// and DELETE see a statement's rows as a whole; `ON CONFLICT DO UPDATE` and MERGE fire several.
/// `touched` says whether the program keeps the column `updated_at`.
pub(super) fn triggers(id: &str, table: &str, touched: bool) -> Vec<Trigger> {
    let note = format!("EXECUTE FUNCTION diaban.note_change({})", quote_literal(id));
    let statement = |name: &'static str, when: &str, rows: &str| Trigger {
        name,
        statement: format!(
            "CREATE OR REPLACE TRIGGER {0} {when} ON {table} {rows}FOR EACH STATEMENT {note}; {1}",
            quoted(name),
            switch_on(table, name, true)
        ),
        always: true,
    };
    let mut all = vec![
        statement("diaban_insert", "AFTER INSERT", "REFERENCING NEW TABLE AS new_rows "),
        statement(
            "diaban_update",
            "AFTER UPDATE",
            "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ",
        ),
        statement("diaban_delete", "AFTER DELETE", "REFERENCING OLD TABLE AS old_rows "),
        statement("diaban_truncate", "BEFORE TRUNCATE", ""),
    ];
    if touched {
        all.push(Trigger {
            name: "diaban_touch",
            statement: format!(
                "CREATE OR REPLACE TRIGGER diaban_touch BEFORE UPDATE ON {table} FOR EACH ROW \
                 WHEN (OLD.* *<> NEW.* AND OLD.updated_at IS NOT DISTINCT FROM NEW.updated_at) \
                 EXECUTE FUNCTION diaban.touch_row()"
            ),
            always: false,
        });
    }
    all
}

/// The statement that switches a trigger on.
pub(super) fn switch_on(table: &str, trigger: &str, always: bool) -> String {
    let always = if always { "ALWAYS " } else { "" };
    format!("ALTER TABLE {table} ENABLE {always}TRIGGER {}", quoted(trigger))
}

/// A text as an SQL string constant (PostgreSQL manual, 4.1.2.1 and 4.1.2.2), where a parameter
/// cannot stand.
pub(super) fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_cannot_be_left() {
        assert_eq!(quote_literal("d'Or"), "'d''Or'");
        assert_eq!(quote_literal(r"a\b'c"), r"E'a\\b''c'");
    }
}
