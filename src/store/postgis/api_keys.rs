//! The keys by which programs of agencies are known: given out, listed, taken back, read for a server.

use super::{Database, DatabaseError};
use crate::store::api_key::{KeptKey, KeyHash, KeyRing};
use std::time::Duration;
use tokio_postgres::{Client, Row};

/// How often a server looks at the keys: so long after it was taken back a key may be taken still.
const LOOKED_AT: Duration = Duration::from_secs(2);
/// How long a look may take.
const LOOK_MAX: Duration = Duration::from_secs(2);
/// How often it is written down which were used, in looks.
const USES_WRITTEN: u32 = 30;

const COLUMNS: &str = "id, agency, name, sha256, created_at, expires_at, revoked_at, last_used_at";

fn kept(row: &Row) -> Result<KeptKey, DatabaseError> {
    let hash = KeyHash::from_bytes(row.try_get(3)?);
    Ok(KeptKey {
        id: row.try_get(0)?,
        agency: row.try_get(1)?,
        name: row.try_get(2)?,
        hash: hash.ok_or_else(|| DatabaseError::Internal("a key's hash has not 32 bytes".to_owned()))?,
        created_at: row.try_get(4)?,
        expires_at: row.try_get(5)?,
        revoked_at: row.try_get(6)?,
        last_used_at: row.try_get(7)?,
    })
}

impl Database {
    /// Keeps a key that is given to an agency, and refused from so many days on.
    pub async fn add_api_key(
        &self,
        agency: &str,
        name: &str,
        days: u32,
        hash: &KeyHash,
    ) -> Result<KeptKey, DatabaseError> {
        let sql = format!(
            "INSERT INTO diaban.api_key (agency, name, sha256, expires_at) \
             VALUES ($1, $2, $3, now() + make_interval(days => $4)) RETURNING {COLUMNS}"
        );
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        kept(&self.session().await?.query_one(&sql, &[&agency, &name, &hash.as_bytes(), &days]).await?)
    }

    /// All keys, the oldest first, those that have ended too.
    pub async fn api_keys(&self) -> Result<Vec<KeptKey>, DatabaseError> {
        all(&self.session().await?).await
    }

    /// Takes a key back, unless that was done before; `None` if there is no such key.
    pub async fn revoke_api_key(&self, id: i64) -> Result<Option<KeptKey>, DatabaseError> {
        let sql = format!(
            "UPDATE diaban.api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING {COLUMNS}"
        );
        self.session().await?.query_opt(&sql, &[&id]).await?.as_ref().map(kept).transpose()
    }

    /// Keeps a server's ring in step with the keys, for as long as it is asked to. While the database is away the
    /// ring stays as it is.
    pub async fn follow_api_keys(self, ring: KeyRing) {
        let (mut client, mut used, mut looks, mut was_read) = (None, Vec::new(), 0_u32, true);
        loop {
            let looked = tokio::time::timeout(LOOK_MAX, look(&self, &mut client, &ring, &mut used));
            let looked = looked.await.map_err(|_| "no answer in time".to_owned());
            let looked = looked.and_then(|looked| looked.map_err(|error| error.to_string()));
            match &looked {
                Err(error) if was_read => {
                    tracing::warn!(error, "API keys cannot be read; those known go on for a while")
                }
                Ok(()) if !was_read => tracing::warn!("API keys are read again"),
                _ => {}
            }
            was_read = looked.is_ok();
            looks += 1;
            if looked.is_err() {
                client = None;
            }
            if looks.is_multiple_of(USES_WRITTEN)
                && let Some(session) = &client
            {
                write_uses(session, &mut used).await;
            }
            tokio::time::sleep(LOOKED_AT).await;
        }
    }
}

async fn look(
    database: &Database,
    client: &mut Option<Client>,
    ring: &KeyRing,
    used: &mut Vec<i64>,
) -> Result<(), DatabaseError> {
    let session = match client {
        Some(session) => session,
        None => {
            let session = database.session().await?;
            session.batch_execute("SET statement_timeout = '10s'").await?;
            client.insert(session)
        }
    };
    used.extend(ring.take(all(session).await?));
    Ok(())
}

/// All keys, the oldest first.
pub(super) async fn all(client: &Client) -> Result<Vec<KeptKey>, DatabaseError> {
    let rows = client.query(&format!("SELECT {COLUMNS} FROM diaban.api_key ORDER BY id"), &[]).await?;
    rows.iter().map(kept).collect()
}

/// Writes down which keys were used. A server that may only read goes without.
async fn write_uses(client: &Client, used: &mut Vec<i64>) {
    used.sort_unstable();
    used.dedup();
    if used.is_empty() {
        return;
    }
    let sql = "UPDATE diaban.api_key SET last_used_at = now() WHERE id = ANY ($1)";
    match tokio::time::timeout(LOOK_MAX, client.execute(sql, &[used])).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the use of API keys is not written down"),
        Err(_) => tracing::debug!("the use of API keys is not written down: no answer in time"),
    }
    used.clear();
}
