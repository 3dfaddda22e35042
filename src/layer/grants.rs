//! The file of grants: which agency may see what beyond what anyone may. Read strictly, each mistake with its line.
//!
//! Must not know how an agency is known: here it is a code.

mod terms;

pub use terms::{GrantTerm, GrantTerms};

use super::{
    AccessClass, AttributeType, COMMUNE_CODE, Catalog, LayerDefinition,
    agency::IsoDate,
    document::{Document, LayerError, Source},
    provider::{Provider, ProviderWritten, providers},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use time::{Date, OffsetDateTime, UtcOffset};

/// Every layer, in a list of layers.
const EVERY_LAYER: &str = "*";

/// All mistakes of a file of grants, by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantErrors(pub Vec<LayerError>);

impl fmt::Display for GrantErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file of grants has mistakes:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for GrantErrors {}

/// The file, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantsWritten {
    #[serde(default)]
    grants: Vec<Grant>,
    #[serde(default)]
    provider: Vec<ProviderWritten>,
}

/// One grant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    /// Code of the agency.
    agency: String,
    /// Ids of layers; `*` stands for all.
    layers: Vec<String>,
    /// Layers, attributes and rows up to this class are seen.
    #[serde(default = "shared")]
    class: AccessClass,
    /// Codes of communes: of these layers the agency sees their rows and no others.
    communes: Option<Vec<String>>,
    /// Whether the agency may change over HTTP what it is granted.
    #[serde(default)]
    edit: bool,
    /// The last day on which it holds.
    until: Option<IsoDate>,
}

impl Grant {
    /// Whether it is of the layer. Of all layers, those have communes that tell them.
    fn reaches(&self, layer: &LayerDefinition) -> bool {
        let is_meant = |name: &String| match name.as_str() {
            EVERY_LAYER => self.communes.is_none() || tells_communes(layer),
            name => name == layer.id,
        };
        self.layers.iter().any(is_meant)
    }
}

/// Whether the rows of a layer say in which commune they are.
fn tells_communes(layer: &LayerDefinition) -> bool {
    layer.attribute(COMMUNE_CODE).is_some_and(|attribute| attribute.kind == AttributeType::Text)
}

const fn shared() -> AccessClass {
    AccessClass::Shared
}

/// What all agencies may see on one day, and whose word is taken on who is of which.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    agencies: BTreeMap<String, Arc<AgencyGrants>>,
    providers: Vec<Provider>,
}

/// What one agency may see on one day.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AgencyGrants {
    agency: String,
    /// What it may see of a layer.
    reach: BTreeMap<String, Reach>,
    /// Layers that a grant names, so that it may know of them; with the last day, where no such grant holds any more.
    named: BTreeMap<String, Option<Date>>,
    /// Told apart from all others that there have been; `None` if it has no grant.
    number: Option<u64>,
}

/// How much of a layer an agency may see.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reach {
    /// The highest class.
    class: AccessClass,
    /// Communes, where not all.
    communes: Option<Arc<BTreeSet<String>>>,
    /// The highest class that it may change; `None` for nothing.
    edit: Option<AccessClass>,
}

/// Why a layer that an agency may know of is not shown to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its grant goes up to this class, and the layer's is above it.
    UpTo(AccessClass),
    /// Its grant ended with this day.
    Ended(Date),
}

impl Grants {
    /// Those of a file that hold on a day.
    pub fn read(path: &Path, catalog: &Catalog, today: Date) -> Result<Self, GrantErrors> {
        let text = text_of(path).map_err(|message| unreadable(path, message))?;
        Self::parse(&Source { name: path.display().to_string(), text }, catalog, today)
    }

    fn parse(source: &Source, catalog: &Catalog, today: Date) -> Result<Self, GrantErrors> {
        let mut errors = Vec::new();
        let written = Document::parse(source, &mut errors).and_then(|mut file| {
            let written: GrantsWritten = file.read(&mut errors)?;
            // Places count what could be read, so what could not comes first.
            if !errors.is_empty() {
                return None;
            }
            let grants = written.grants.iter().enumerate();
            errors.extend(grants.clone().flat_map(|(i, grant)| mistakes(grant, i, &file, catalog)));
            errors.extend(grants.flat_map(|(i, _)| beside(&written.grants[..=i], &file, catalog)));
            let (providers, wrong) = providers(written.provider, &file, catalog);
            errors.extend(wrong);
            Some((written.grants, providers))
        });
        match written {
            Some((grants, providers)) if errors.is_empty() => {
                Ok(Self { providers, ..Self::of_grants(&grants, catalog, today) })
            }
            _ => {
                errors.sort();
                Err(GrantErrors(errors))
            }
        }
    }

    fn of_grants(grants: &[Grant], catalog: &Catalog, today: Date) -> Self {
        let mut all: BTreeMap<String, AgencyGrants> = BTreeMap::new();
        for grant in grants {
            let own = all.entry(grant.agency.clone()).or_insert_with(|| AgencyGrants::new(&grant.agency));
            let ended = grant.until.map(|until| until.0).filter(|until| *until < today);
            for layer in &grant.layers {
                if layer != EVERY_LAYER {
                    let known = own.named.entry(layer.clone()).or_insert(ended);
                    *known = known.zip(ended).map(|(one, other)| one.max(other));
                }
            }
            if ended.is_some() {
                continue;
            }
            for layer in catalog.definitions().filter(|layer| grant.reaches(layer)) {
                let reach = own.reach.entry(layer.id.clone()).or_default();
                reach.class = grant.class.max(reach.class);
                if grant.edit && layer.table.is_none() {
                    reach.edit = reach.edit.max(Some(grant.class));
                }
                // No other grant of the agency is of the layer.
                reach.communes =
                    grant.communes.as_ref().map(|codes| Arc::new(codes.iter().cloned().collect()));
            }
        }
        let agencies = all.into_iter().map(|(agency, own)| (agency, Arc::new(own))).collect();
        Self { agencies, providers: Vec::new() }
    }

    /// Whether there is an agency that sees of a layer the rows of some communes and no others.
    pub fn divide(&self, layer: &str) -> bool {
        self.agencies.values().any(|agency| agency.communes_of(layer).is_some())
    }

    /// Those of an agency, which may have none.
    pub fn of(&self, agency: &str) -> Arc<AgencyGrants> {
        let none = || Arc::new(AgencyGrants { agency: agency.to_owned(), ..AgencyGrants::default() });
        self.agencies.get(agency).cloned().unwrap_or_else(none)
    }

    /// Those whose tokens are taken.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }
}

impl AgencyGrants {
    fn new(agency: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = Some(NUMBER.fetch_add(1, Ordering::Relaxed));
        Self { agency: agency.to_owned(), number, ..Self::default() }
    }

    /// Code of the agency.
    pub fn agency(&self) -> &str {
        &self.agency
    }

    /// The highest class that it may see of a layer.
    pub fn class_of(&self, layer: &str) -> AccessClass {
        self.reach.get(layer).map(|reach| reach.class).unwrap_or_default()
    }

    /// Codes of the communes whose rows of a layer it may see; `None` for all.
    pub fn communes_of(&self, layer: &str) -> Option<Arc<BTreeSet<String>>> {
        self.reach.get(layer)?.communes.clone()
    }

    /// The highest class that it may change of a layer; `None` where it may change nothing.
    pub fn edit_class_of(&self, layer: &str) -> Option<AccessClass> {
        self.reach.get(layer)?.edit
    }

    /// Why the layer is not shown to it, where it may know that there is one.
    pub fn refusal(&self, layer: &str) -> Option<Refusal> {
        let ended = self.named.get(layer)?;
        Some(ended.map_or_else(|| Refusal::UpTo(self.class_of(layer)), Refusal::Ended))
    }

    /// Told apart from all other grants that there have been since the program started; `None` if it has none.
    pub(super) const fn number(&self) -> Option<u64> {
        self.number
    }
}

/// What is wrong with grant number `i`.
fn mistakes(grant: &Grant, i: usize, file: &Document<'_>, catalog: &Catalog) -> Vec<LayerError> {
    let mut errors = Vec::new();
    let mut wrong =
        |key: &str, message: String| errors.push(file.error(&format!("grants.{i}.{key}"), message));
    let agency = grant.agency.as_str();
    if !catalog.agencies().agencies.iter().any(|known| known.code == agency) {
        wrong(
            "agency",
            format!("there is no agency `{agency}`; shared/agencies.toml of the layers lists them"),
        );
    }
    if grant.class == AccessClass::Open {
        wrong("class", "`open` is what anyone may see; allowed: shared, restricted".to_owned());
    }
    if grant.layers.is_empty() {
        wrong("layers", "the list is empty; it takes ids of layers, or \"*\" for all".to_owned());
    }
    let mut before = BTreeSet::new();
    for (j, layer) in grant.layers.iter().enumerate() {
        if layer != EVERY_LAYER && catalog.definition(layer).is_none() {
            wrong(&format!("layers.{j}"), format!("there is no layer `{layer}`"));
        }
        if !before.insert(layer) {
            wrong(&format!("layers.{j}"), format!("`{layer}` stands twice"));
        }
        if grant.edit && catalog.definition(layer).is_some_and(|layer| layer.table.is_some()) {
            let message =
                format!("`{layer}` is a table that another program keeps, and cannot be granted with `edit`");
            wrong(&format!("layers.{j}"), message);
        }
        if grant.communes.is_some() && catalog.definition(layer).is_some_and(|layer| !tells_communes(layer)) {
            let message = format!(
                "the rows of `{layer}` do not say in which commune they are: it has no text `{COMMUNE_CODE}`, and \
                 cannot be granted by `communes`"
            );
            wrong(&format!("layers.{j}"), message);
        }
    }
    if grant.communes.as_ref().is_some_and(Vec::is_empty) {
        wrong("communes", "the list is empty; it takes codes of communes, or is left out for all".to_owned());
    }
    for (j, code) in grant.communes.iter().flatten().enumerate() {
        if code.len() != 5 || !code.bytes().all(|digit| digit.is_ascii_digit()) {
            wrong(&format!("communes.{j}"), format!("`{code}` is no code of a commune; one has five digits"));
        }
    }
    errors
}

/// What is wrong with the last of some grants beside the others. What one agency sees of a layer has one class, so
/// where a grant names communes it is the only one of its layers.
fn beside(grants: &[Grant], file: &Document<'_>, catalog: &Catalog) -> Option<LayerError> {
    let (last, before) = grants.split_last()?;
    let others = || before.iter().filter(|other| other.agency == last.agency);
    let divided = |other: &Grant| other.communes.is_some() || last.communes.is_some();
    let twice = catalog
        .definitions()
        .find(|layer| last.reaches(layer) && others().any(|other| divided(other) && other.reaches(layer)))?;
    let message = format!(
        "`{}` is granted to `{}` twice, once by `communes`; a layer that is granted so is granted once",
        twice.id, last.agency
    );
    Some(file.error(&format!("grants.{}.layers", before.len()), message))
}

/// A file of grants that is looked at again and again.
#[derive(Debug)]
pub struct GrantFile {
    path: PathBuf,
    catalog: Arc<Catalog>,
    /// What was seen at the last look.
    seen: Option<Result<String, String>>,
    /// What was taken last, good or bad.
    taken: Option<Result<String, String>>,
    /// What was good last, and the day that it was read for.
    good: Option<(String, Date)>,
}

impl GrantFile {
    /// At its place.
    pub const fn new(path: PathBuf, catalog: Arc<Catalog>) -> Self {
        Self { path, catalog, seen: None, taken: None, good: None }
    }

    /// The grants, where they are others than at the last look: the file has changed, or the day. A change is taken
    /// when it was there at two looks, so that no file is taken that is still being written.
    pub fn look(&mut self) -> Result<Option<Grants>, GrantErrors> {
        self.look_on(today())
    }

    fn look_on(&mut self, today: Date) -> Result<Option<Grants>, GrantErrors> {
        let now = text_of(&self.path);
        let before = self.seen.replace(now.clone());
        let is_first = self.taken.is_none();
        if is_first || (self.taken.as_ref() != Some(&now) && before.as_ref() == Some(&now)) {
            self.taken = Some(now.clone());
            let text = now.map_err(|message| unreadable(&self.path, message))?;
            let grants = self.parse(&text, today)?;
            self.good = Some((text, today));
            return Ok(Some(grants));
        }
        // A file that has gone bad must not keep alive what was to end.
        match self.good.take() {
            Some((text, day)) if day != today => {
                let grants = self.parse(&text, today)?;
                self.good = Some((text, today));
                Ok(Some(grants))
            }
            good => {
                self.good = good;
                Ok(None)
            }
        }
    }

    fn parse(&self, text: &str, today: Date) -> Result<Grants, GrantErrors> {
        let source = Source { name: self.path.display().to_string(), text: text.to_owned() };
        Grants::parse(&source, &self.catalog, today)
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| "is not in UTF-8; save the file in it".to_owned())
}

fn unreadable(path: &Path, message: String) -> GrantErrors {
    GrantErrors(vec![LayerError { file: path.display().to_string(), line: 1, message }])
}

/// The day that it is in Vietnam.
fn today() -> Date {
    let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
    OffsetDateTime::now_utc().to_offset(offset).date()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_file_that_is_being_written_is_waited_for_and_a_day_that_ends_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grants.toml");
        fs::write(&path, "").unwrap();
        let mut file = GrantFile::new(path.clone(), Arc::new(Catalog::default()));
        let day = date!(2026 - 11 - 30);
        assert!(file.look_on(day).unwrap().is_some(), "the first look takes what there is");
        assert!(file.look_on(day).unwrap().is_none());
        fs::write(&path, "[[gran").unwrap();
        assert!(file.look_on(day).unwrap().is_none(), "half a file");
        fs::write(&path, "# whole").unwrap();
        assert!(file.look_on(day).unwrap().is_none());
        assert!(file.look_on(day).unwrap().is_some());
        fs::remove_file(&path).unwrap();
        assert!(file.look_on(day).unwrap().is_none());
        assert!(file.look_on(day).is_err());
        assert!(file.look_on(day).unwrap().is_none(), "it is said once");
        assert!(file.look_on(day.next_day().unwrap()).unwrap().is_some(), "what ends, ends");
    }
}
