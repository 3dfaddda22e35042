//! An import without a database: files are opened, matched, read, placed and judged as for any other, and nothing
//! is loaded. What is held against the record is left out: references, communes, the layer's own rows.
//!
//! This is where strangers' bytes meet the readers; fuzz/ goes through it.

use super::{
    ImportError, ImportReport, ImportRequest, Silent, check, evidence::Ground, file::sources::Sources, layer,
    plan::Plan, rows, rule::RuleGround,
};
use crate::{layer::Catalog, store::postgis::RowEncoder};
use std::thread;
use tokio::sync::mpsc;

/// What the request's files would give. Takes its time: not for threads that others wait for.
///
/// # Errors
/// Where no row could be judged, as in [`super::run`].
pub fn rehearse(catalog: &Catalog, request: &ImportRequest) -> Result<ImportReport, ImportError> {
    check(catalog, request)?;
    let sources = Sources::open(&request.files)?;
    let request = ImportRequest { files: sources.files().to_vec(), ..request.clone() };
    let layer = layer(catalog, &request)?;
    let rule_ground = RuleGround::alone(catalog, layer)?;
    let mut plan = Plan::new(&request, layer, catalog.agencies(), false)?;
    let (sender, mut encoded) = mpsc::channel(1);
    let read = thread::scope(|scope| {
        scope.spawn(move || while encoded.blocking_recv().is_some() {});
        let to_nobody = (RowEncoder::staged(), &sender);
        let read =
            rows::read_all(&mut plan, &request, layer, &Ground::default(), &rule_ground, to_nobody, &Silent);
        drop(sender);
        read
    });
    let read = read.map_err(|error| sources.named_in(error))?;
    let (report, _) = read.ok_or_else(|| ImportError::Reader("it ended early".to_owned()))?;
    Ok(sources.named(report))
}
