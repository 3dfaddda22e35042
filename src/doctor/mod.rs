//! Whether all is well: the machine, the database, the snapshots; and what to do where it is not.
//!
//! Looks and changes nothing. Whatever cannot be looked at because something else is away is passed over, and that one
//! thing is told. Must not know HTTP, or how a check is shown.

/// Who is let in.
mod access;
/// The record of answers.
mod audit;
/// The machine: libraries, coordinates, disk.
mod machine;
/// The database.
mod record;
/// The snapshots.
mod snapshots;
/// Checks as lines and as JSON.
mod told;

pub use told::{json, line};

use crate::{
    import::{Words, words},
    layer::{
        Catalog,
        provider::{Provider, SigningAlgorithm},
    },
    store::{
        postgis::{
            DatabaseTarget,
            look::{Look, Sight},
        },
        snapshot::SnapshotFolder,
    },
};
use std::{path::Path, sync::Arc};

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Look,
    /// Something does not work.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name for scripts.
    pub name: &'static str,
    /// Its name for people.
    pub title: Words,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: Words,
    /// What to do next, where it is not as it should be.
    pub next: Option<Words>,
}

impl Check {
    const fn ok(name: &'static str, title: Words, found: Words) -> Self {
        Self { name, title, state: State::Ok, found, next: None }
    }

    const fn look(name: &'static str, title: Words, found: Words, next: Words) -> Self {
        Self { name, title, state: State::Look, found, next: Some(next) }
    }

    const fn wrong(name: &'static str, title: Words, found: Words, next: Words) -> Self {
        Self { name, title, state: State::Wrong, found, next: Some(next) }
    }
}

/// What is looked at.
pub struct Surroundings {
    /// The database; `None` where none is wanted.
    pub target: Option<DatabaseTarget>,
    /// Whether a private database that does not run is started for as long as it is looked at.
    pub start: bool,
    /// The data folder.
    pub data: std::path::PathBuf,
    /// The layers, or why they cannot be read.
    pub layers: Result<Arc<Catalog>, String>,
    /// The file of grants, if one is named.
    pub grants: Option<std::path::PathBuf>,
    /// How providers of identity are asked for their keys.
    pub keys_of: KeysOf,
}

/// Asks a provider for its keys, and tells which of its algorithms they serve, or why there are none.
pub type KeysOf = fn(&Provider) -> Result<Vec<SigningAlgorithm>, String>;

/// Looks at everything, one thing after the other; each is handed to `tell` as soon as it is known.
pub async fn examine(at: &Surroundings, mut tell: impl FnMut(Check)) {
    tell(layer_files(&at.layers));
    tell(machine::libraries());
    tell(machine::coordinates());
    let folder = SnapshotFolder::of(&at.data);
    machine::data_folder(&at.data, &mut tell);
    audit::examine(&at.data, &mut tell).await;
    let terms = match (&at.grants, &at.layers) {
        (Some(path), Ok(layers)) => access::grants(path, layers, at.keys_of, &mut tell).await,
        _ => None,
    };
    let look = match &at.target {
        Some(target) => database(target, at.start, &mut tell).await,
        None => None,
    };
    if let Some(look) = &look {
        record::examine(look, at.layers.as_ref().ok().map(|layers| &**layers), &mut tell).await;
        access::keys(look, terms.as_ref(), &mut tell).await;
    }
    if let Ok(layers) = &at.layers {
        snapshots::examine(folder, layers.clone(), look.as_deref(), &mut tell).await;
    }
}

fn layer_files(layers: &Result<Arc<Catalog>, String>) -> Check {
    let (name, title) = ("layers", words("tệp định nghĩa lớp", "layer files"));
    match layers {
        Ok(layers) => {
            let count = layers.definitions().count();
            Check::ok(name, title, words(format!("{count} lớp"), format!("{count} layers")))
        }
        Err(reason) => Check::wrong(
            name,
            title,
            Words::same(reason.clone()),
            words(
                "Sửa tệp đó, hoặc trỏ --layers (DIABAN_LAYERS) tới thư mục khác. Chưa xem được bảng và bản chụp của các lớp.",
                "Correct the file, or name another folder with --layers (DIABAN_LAYERS). Tables and snapshots of layers were \
                 not looked at.",
            ),
        ),
    }
}

/// The database, if it answers.
async fn database(target: &DatabaseTarget, start: bool, tell: &mut impl FnMut(Check)) -> Option<Box<Look>> {
    let (name, title) = ("database", words("cơ sở dữ liệu", "database"));
    let folder = |data: &Path| data.display().to_string();
    let (check, look) = match (Look::at(target, start).await, target) {
        (Ok(Sight::Open(look)), _) => {
            let address = &look.facts.address;
            let found = words(
                format!("trả lời tại {address}, người dùng {}", look.facts.user),
                format!("answers at {address}, user {}", look.facts.user),
            );
            (Check::ok(name, title, found), Some(look))
        }
        (Ok(Sight::NotMade), DatabaseTarget::Private(data)) => {
            let (found, next) = (
                words(
                    format!("trong {} chưa có PostgreSQL riêng nào", folder(data)),
                    format!("there is no private PostgreSQL in {} yet", folder(data)),
                ),
                words(
                    "`diaban serve`, `diaban import` hay `diaban demo` sẽ tạo khi cần. Nếu dữ liệu ở nơi khác, ghi --data hoặc \
                     --database-url (DATABASE_URL).",
                    "`diaban serve`, `diaban import` or `diaban demo` make it when they need it. If the data are elsewhere, say \
                     so with --data or --database-url (DATABASE_URL).",
                ),
            );
            (Check::look(name, title, found, next), None)
        }
        (Ok(_), _) => {
            let found = words("PostgreSQL riêng đang tắt", "the private PostgreSQL does not run");
            let next = words(
                "Lệnh nào cần đến sẽ tự bật nó. Để xem cả bên trong: `diaban doctor --start`, xong sẽ tắt lại.",
                "Each command that needs it starts it. To look into it, too: `diaban doctor --start`, which stops it again.",
            );
            (Check::look(name, title, found, next), None)
        }
        (Err(error), _) => {
            let (found, next) = record::away(&error);
            (Check::wrong(name, title, found, next), None)
        }
    };
    tell(check);
    look
}
