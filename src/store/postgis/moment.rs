//! For which moment of which database something stands, and whether the database has been there.
//!
//! A transaction's number tells of a moment only while the database goes forward. One that was brought back to an
//! earlier moment, or whose standby took over without the last changes, gives the same numbers to other changes.

use super::DatabaseError;
use tokio_postgres::GenericClient;

/// A moment of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moment {
    /// The database: its cluster's identifier, its own, and the timeline of the cluster's log, which is another one
    /// after each promotion and each recovery up to a point in time.
    pub database: String,
    /// PostgreSQL's `pg_snapshot`.
    pub pg_snapshot: String,
    /// The last change on record, which has to be there at any later moment; `None` where there was none.
    pub witness: Option<String>,
}

/// Of which database something is that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Of this one.
    Same,
    /// Of this one, on a timeline that it does not tell: earlier programs did not write it down.
    Untold,
    /// Of another one, or of this one before it was brought back.
    Other,
}

/// A change as a witness. Two histories do not agree in number, transaction and time.
const WITNESS: &str =
    "c.id || '/' || c.xact::text || '/' || (extract(epoch FROM c.changed_at) * 1000000)::int8";
/// The timeline comes from the log as it is written: the control file has it only from the next checkpoint on. A
/// standby writes none.
const DATABASE: &str = "(SELECT system_identifier FROM pg_control_system())::text \
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) \
    || '/' || CASE WHEN pg_is_in_recovery() \
    THEN (SELECT lpad(upper(to_hex(timeline_id)), 8, '0') FROM pg_control_checkpoint()) \
    ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END";

impl Moment {
    /// That of the session's transaction.
    pub(super) async fn now(client: &impl GenericClient) -> Result<Self, DatabaseError> {
        let asked = format!(
            "SELECT {DATABASE}, pg_current_snapshot()::text, \
             (SELECT {WITNESS} FROM diaban.change c ORDER BY c.id DESC LIMIT 1)"
        );
        let row = client.query_one(&asked, &[]).await?;
        Ok(Self { database: row.try_get(0)?, pg_snapshot: row.try_get(1)?, witness: row.try_get(2)? })
    }

    /// Of which database something is that says `database`, seen from this moment's.
    pub fn origin(&self, database: &str) -> Origin {
        let untold = || self.database.rsplit_once('/').is_some_and(|(before, _)| before == database);
        match self.database == database {
            true => Origin::Same,
            false if untold() => Origin::Untold,
            false => Origin::Other,
        }
    }
}

/// Places of the moments, each of a `pg_snapshot` and its witness, that the session's database has not been at: it has
/// given out fewer transactions, or the witness is gone.
pub(super) async fn not_been_at(
    client: &impl GenericClient,
    moments: &[(&str, Option<&str>)],
) -> Result<Vec<usize>, DatabaseError> {
    let asked = format!(
        "SELECT place FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS moment(since, witness, place) \
         WHERE pg_snapshot_xmax(since::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) \
         OR witness IS NOT NULL AND NOT EXISTS (SELECT FROM diaban.change c \
         WHERE c.id = split_part(witness, '/', 1)::int8 AND {WITNESS} = witness)"
    );
    let (since, witnesses): (Vec<&str>, Vec<Option<&str>>) = moments.iter().copied().unzip();
    let rows = client.query(&asked, &[&since, &witnesses]).await?;
    rows.iter().map(|row| Ok(place_of(row.try_get(0)?))).collect()
}

/// Of PostgreSQL's ordinality, which counts from 1.
pub(super) fn place_of(ordinality: i64) -> usize {
    usize::try_from(ordinality - 1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_timeline_is_another_database_and_one_that_is_not_told_may_be_this_one() {
        let here = Moment { database: "7/16384/00000002".to_owned(), ..Moment::default() };
        assert_eq!(here.origin("7/16384/00000002"), Origin::Same);
        assert_eq!(here.origin("7/16384"), Origin::Untold);
        for other in ["7/16384/00000001", "7/1638", "8/16384", "7", ""] {
            assert_eq!(here.origin(other), Origin::Other, "{other}");
        }
    }
}
