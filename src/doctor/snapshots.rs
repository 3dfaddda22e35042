//! The snapshots: whether each layer has one, whether each of its bytes is what was written, and how far it is behind.

use super::{
    Check, State,
    record::{failed, listed},
};
use crate::{
    import::{Words, words},
    layer::Catalog,
    store::{
        postgis::{Origin, look::Look},
        snapshot::{LayerSnapshot, Manifest, SnapshotFolder, manifest::definition_digest},
    },
};
use std::sync::Arc;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What was found of a layer's snapshot.
enum Snapshot {
    /// There is none.
    None,
    /// It is not what it should be, why, and whether an older one serves on.
    Damaged(String, Option<Box<Manifest>>),
    /// It is whole.
    Whole(Box<Manifest>),
    /// It is whole, and was taken when the layer's file said something else.
    OtherDefinition(Box<Manifest>),
}

impl Snapshot {
    /// That from which the layer is served.
    fn manifest(&self) -> Option<&Manifest> {
        match self {
            Self::None => None,
            Self::Damaged(_, older) => older.as_deref(),
            Self::Whole(manifest) | Self::OtherDefinition(manifest) => Some(manifest),
        }
    }
}

/// Looks at each byte of the newest snapshot of each layer.
pub async fn examine(
    folder: SnapshotFolder,
    layers: Arc<Catalog>,
    look: Option<&Look>,
    tell: &mut impl FnMut(Check),
) {
    let (name, title) = ("snapshots", words("bản chụp", "snapshots"));
    let path = folder.path().display().to_string();
    let opened = tokio::task::spawn_blocking(move || {
        let of = |layer| {
            let (opened, refused) = folder.open(layer, true);
            (opened, refused.first().map(ToString::to_string))
        };
        let looked = layers.definitions().map(|layer| {
            let (opened, refused) = of(&layer.id);
            (layer.id.clone(), snapshot(opened, refused, &definition_digest(layer)))
        });
        looked.collect::<Vec<_>>()
    });
    let Ok(found) = opened.await else { return };
    if found.iter().all(|(_, snapshot)| matches!(snapshot, Snapshot::None)) {
        let found = words(format!("chưa có bản nào trong {path}"), format!("there is none in {path} yet"));
        let next = words(
            "`diaban serve` tự chụp khi chạy; hoặc chạy `diaban publish`.",
            "`diaban serve` takes them by itself; or run `diaban publish`.",
        );
        return tell(Check::look(name, title, found, next));
    }
    let behind = match look {
        Some(look) => match behind(look, &found).await {
            Ok(behind) => behind,
            Err(error) => {
                tell(failed(name, title.clone(), &error));
                Vec::new()
            }
        },
        None => Vec::new(),
    };
    let troubles: Vec<Check> =
        found.iter().filter_map(|(layer, snapshot)| trouble(layer, snapshot)).collect();
    let whole = found.len() - troubles.len();
    let summary = summary(whole, &found, look.is_some(), &behind);
    troubles.into_iter().for_each(&mut *tell);
    tell(summary);
}

fn snapshot(opened: Option<LayerSnapshot>, refused: Option<String>, definition: &str) -> Snapshot {
    let manifest = opened.map(|snapshot| Box::new(snapshot.manifest));
    match (manifest, refused) {
        (manifest, Some(reason)) => Snapshot::Damaged(reason, manifest),
        (None, None) => Snapshot::None,
        (Some(manifest), None) if manifest.definition == definition => Snapshot::Whole(manifest),
        (Some(manifest), None) => Snapshot::OtherDefinition(manifest),
    }
}

/// What is to be done about a layer's snapshot, if anything.
fn trouble(layer: &str, snapshot: &Snapshot) -> Option<Check> {
    let title = words(format!("bản chụp {layer}"), format!("snapshot of {layer}"));
    let publish = format!("diaban publish {layer}");
    let check = |state, found, next| Some(Check { name: "snapshot", title, state, found, next: Some(next) });
    match snapshot {
        Snapshot::Whole(_) => None,
        Snapshot::None => check(
            State::Look,
            words("chưa có; ô bản đồ lấy từ cơ sở dữ liệu", "there is none; tiles come from the database"),
            words(
                format!("Để máy chủ tự chụp, hoặc: {publish}"),
                format!("Let the server take it, or: {publish}"),
            ),
        ),
        Snapshot::OtherDefinition(_) => check(
            State::Look,
            words("chụp khi tệp lớp còn khác", "taken when the layer's file said something else"),
            words(
                format!("Máy chủ sẽ chụp lại, hoặc: {publish}"),
                format!("The server takes it anew, or: {publish}"),
            ),
        ),
        Snapshot::Damaged(reason, older) => {
            let (vi, en) = match older {
                Some(older) => (
                    format!("; đang dùng bản trước (v{})", older.version),
                    format!("; the one before (v{}) is used", older.version),
                ),
                None => {
                    ("; không còn bản nào dùng được".to_owned(), "; none is left that can be used".to_owned())
                }
            };
            check(
                State::Wrong,
                words(format!("{reason}{vi}"), format!("{reason}{en}")),
                words(
                    format!("Chụp lại: {publish}. Xem nhật ký của đĩa: dmesg, smartctl"),
                    format!("Take it anew: {publish}. See what the disk says: dmesg, smartctl"),
                ),
            )
        }
    }
}

/// By layer, how many rows changed since its snapshot; `None` where it is of another database, or of what this one
/// was before it was brought back.
async fn behind(
    look: &Look,
    found: &[(String, Snapshot)],
) -> Result<Vec<(String, Option<i64>)>, crate::store::DatabaseError> {
    if look.schema_version().await?.0.is_none() {
        return Ok(Vec::new());
    }
    let here = look.moment().await?;
    let manifests = found.iter().filter_map(|(layer, snapshot)| Some((layer, snapshot.manifest()?)));
    let (own, other): (Vec<_>, Vec<_>) =
        manifests.partition(|(_, manifest)| here.origin(&manifest.database) != Origin::Other);
    let moments =
        own.iter().map(|(_, manifest)| (manifest.pg_snapshot.as_str(), manifest.witness.as_deref()));
    let since: Vec<_> = own.iter().map(|(layer, _)| layer.as_str()).zip(moments).collect();
    let rows = look.changed(&since).await?;
    let own = own.iter().zip(rows).map(|((layer, _), rows)| ((*layer).clone(), rows));
    Ok(own.chain(other.iter().map(|(layer, _)| ((*layer).clone(), None))).collect())
}

/// All of them in one line: how many are whole, how old, and how far behind the database.
fn summary(
    whole: usize,
    found: &[(String, Snapshot)],
    asked: bool,
    behind: &[(String, Option<i64>)],
) -> Check {
    let (name, title) = ("snapshots", words("bản chụp", "snapshots"));
    let all = found.len();
    let taken = found
        .iter()
        .filter_map(|(_, snapshot)| OffsetDateTime::parse(&snapshot.manifest()?.taken_at, &Rfc3339).ok());
    let oldest = taken.min().map_or_else(|| "?".to_owned(), crate::store::postgis::in_vietnam);
    let mut text = words(
        format!("{whole} trên {all} lớp nguyên vẹn từng byte, bản cũ nhất chụp lúc {oldest}"),
        format!("{whole} of {all} layers whole to the byte, the oldest taken at {oldest}"),
    );
    let of_another: Vec<String> =
        behind.iter().filter(|(_, rows)| rows.is_none()).map(|(l, _)| l.clone()).collect();
    let late: Vec<String> = behind
        .iter()
        .filter_map(|(layer, rows)| rows.filter(|rows| *rows > 0).map(|rows| format!("{layer} ({rows})")))
        .collect();
    if !of_another.is_empty() {
        let layers = listed(&of_another);
        text.add(&words(
            format!(
                "; chụp từ cơ sở dữ liệu khác, hoặc trước khi cơ sở dữ liệu này được đưa về quá khứ: {layers}"
            ),
            format!(
                "; taken of another database, or of this one before it was brought back in time: {layers}"
            ),
        ));
        let next = words(
            "Máy chủ sẽ chụp lại từ cơ sở dữ liệu này. Nếu không phải ý muốn, xem lại --data và DATABASE_URL.",
            "A server takes them anew of this one. If that is not meant, see --data and DATABASE_URL.",
        );
        return Check::look(name, title, text, next);
    }
    text.add(&match (asked, late.is_empty()) {
        (false, _) => Words::same(String::new()),
        (true, true) => words("; đúng với cơ sở dữ liệu", "; as the database is"),
        // A server lays those over it: nothing is amiss.
        (true, false) => {
            let late = listed(&late);
            words(
                format!("; số dòng đã đổi sau khi chụp: {late}"),
                format!("; rows changed since they were taken: {late}"),
            )
        }
    });
    Check::ok(name, title, text)
}
