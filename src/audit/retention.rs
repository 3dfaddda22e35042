//! Removes the months whose time is over, so that what is left can still be verified.
//!
//! Before a month goes, a record at the end of the chain says which it was and with which hash it ended: the first
//! record that is left names that hash, so its beginning is on record.

use super::{Appender, AuditError, AuditFolder, Entry, Removed, folder::month_of, verify::VerifyError};
use std::fs;
use time::OffsetDateTime;

impl AuditFolder {
    /// Removes the months that ended more than `keep` months before this one, the oldest first, in the name of `who`.
    /// A chain that is broken is evidence, and nothing of it is removed.
    pub fn keep_months(&self, keep: u32, who: &str) -> Result<Vec<Removed>, VerifyError> {
        self.keep_months_before(keep, who, OffsetDateTime::now_utc())
    }

    fn keep_months_before(
        &self,
        keep: u32,
        who: &str,
        now: OffsetDateTime,
    ) -> Result<Vec<Removed>, VerifyError> {
        self.verify(None)?;
        let first_kept = months_before(&month_of(now), keep);
        let months = self.months()?;
        let newest = months.last().map(|newest| newest.month.clone()).unwrap_or_default();
        let mut appender = Appender::new(self.clone());
        let mut gone = Vec::new();
        for month in months.into_iter().filter(|month| month.month < first_kept && month.month != newest) {
            // An empty file takes nothing with it.
            if let Some(head) = month.head()? {
                let who = who.to_owned();
                let removed = Removed { month: month.month.clone(), last: head.n, last_hash: head.hash, who };
                appender.append(&[(OffsetDateTime::now_utc(), &Entry::Removed(removed.clone()))])?;
                gone.push(removed);
            }
            fs::remove_file(&month.path).map_err(AuditError::at(&month.path))?;
            self.sync()?;
        }
        Ok(gone)
    }
}

/// The month so many before one such as `2026-11`.
fn months_before(month: &str, before: u32) -> String {
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    let (year, month) = month.split_once('-').map_or((0, 1), |(y, m)| (number(y), number(m)));
    let all = (year * 12 + month - 1 - i64::from(before)).max(0);
    format!("{:04}-{:02}", all / 12, all % 12 + 1)
}

#[cfg(test)]
mod tests {
    use super::months_before;

    #[test]
    fn months_are_counted_over_new_year() {
        for (month, before, first) in [
            ("2026-11", 0, "2026-11"),
            ("2026-11", 11, "2025-12"),
            ("2026-01", 1, "2025-12"),
            ("2026-12", 24, "2024-12"),
        ] {
            assert_eq!(months_before(month, before), first);
        }
        assert_eq!(months_before("2026-11", u32::MAX), "0000-01");
    }
}
