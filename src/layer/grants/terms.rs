//! Until when grants hold, for whoever looks after them.

use super::{
    super::{
        Catalog,
        document::{Document, Source},
        provider::{AgencyRule, Provider},
    },
    GrantErrors, Grants, GrantsWritten, text_of, today, unreadable,
};
use std::path::Path;
use time::Date;

/// A grant, and how long it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTerm {
    /// Where it stands in the file.
    pub line: usize,
    /// Code of the agency.
    pub agency: String,
    /// Its last day; `None` if it has none.
    pub until: Option<Date>,
}

/// What a file of grants gives to whom, and until when.
#[derive(Debug, Clone)]
pub struct GrantTerms {
    /// The day that it is in Vietnam.
    pub today: Date,
    /// The grants, in the order of the file.
    pub grants: Vec<GrantTerm>,
    /// Those whose tokens are taken.
    pub providers: Vec<Provider>,
}

impl GrantTerms {
    /// Out of a file, which is read as a server reads it.
    pub fn read(path: &Path, catalog: &Catalog) -> Result<Self, GrantErrors> {
        let today = today();
        let text = text_of(path).map_err(|message| unreadable(path, message))?;
        let source = Source { name: path.display().to_string(), text };
        let providers = Grants::parse(&source, catalog, today)?.providers;
        let mut errors = Vec::new();
        let written = Document::parse(&source, &mut errors).and_then(|mut file| {
            let written: GrantsWritten = file.read(&mut errors)?;
            let terms = written.grants.into_iter().enumerate().map(|(i, grant)| GrantTerm {
                line: file.error(&format!("grants.{i}"), "").line,
                agency: grant.agency,
                until: grant.until.map(|until| until.0),
            });
            Some(terms.collect())
        });
        Ok(Self { today, grants: written.ok_or(GrantErrors(errors))?, providers })
    }

    /// Whether an agency has a grant that holds.
    pub fn reaches(&self, agency: &str) -> bool {
        let holds = |grant: &GrantTerm| grant.until.is_none_or(|until| until >= self.today);
        self.grants.iter().any(|grant| grant.agency == agency && holds(grant))
    }

    /// Whether a provider may speak for an agency.
    pub fn is_spoken_for(&self, agency: &str) -> bool {
        self.providers.iter().any(|provider| match &provider.agency {
            AgencyRule::One(code) => code == agency,
            AgencyRule::Claim { among, .. } => among.contains(agency),
        })
    }
}
