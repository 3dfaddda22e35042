//! `GET /sprites/{file}`: the icons of maps in one picture (MapLibre Style Specification, `sprite`).
//!
//! They are `styles/icons/*.svg`, and where the operator has a folder of styles of his own, those of its `icons`, which
//! stand in the place of ours that are called the same. Made when the first one asks, and so until the server is started
//! anew. A file that is no icon is named in the log and left out: a map with one mark less is better than one without.

use super::{Problem, Site, parameters::Path, problem::shown, rendered::Rendered, styles::Styles};
use crate::{
    store::FeatureStore,
    symbol::{Icon, sheet},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use std::{collections::BTreeMap, fs, io::Read, path::Path as FilePath, path::PathBuf, sync::Arc};
use tokio::{sync::OnceCell, task::spawn_blocking};

/// The files that there are: picture and index for screens of one and of two pixels to a CSS pixel.
pub const FILES: [&str; 4] = ["diaban.json", "diaban.png", "diaban@2x.json", "diaban@2x.png"];
/// Icons of a folder at most.
const ICONS_MAX: usize = 1000;
/// Bytes of a file that are read; one more than an icon may have is enough to refuse it.
const READ_MAX: u64 = (64 << 10) + 1;
/// A style that names a new icon must not meet an old sheet.
const CACHE: &str = "no-cache";

/// The sheets of a site, by ratio, once they are made.
#[derive(Debug, Default)]
pub struct Sprites(OnceCell<[Made; 2]>);

#[derive(Debug)]
struct Made {
    index: Rendered,
    picture: Rendered,
}

/// A file of the sprite.
pub async fn sprite<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(place) = FILES.iter().position(|own| *own == file) else {
        let detail = format!("there is no {}; there are {}", shown(&file), FILES.join(", "));
        return Err(Problem::not_found(detail));
    };
    let folder = site.styles.as_ref().map(|styles| styles.join("icons"));
    let make = async { spawn_blocking(move || made(folder)).await.map_err(Problem::internal)? };
    let [once, twice] = site.sprites.0.get_or_try_init(|| make).await?;
    let made = if place < 2 { once } else { twice };
    Ok(match place % 2 {
        0 => made.index.answer("application/json", CACHE, &headers),
        _ => made.picture.answer("image/png", CACHE, &headers),
    })
}

fn made(folder: Option<PathBuf>) -> Result<[Made; 2], Problem> {
    let icons = icons(folder.as_deref());
    let of = |ratio| {
        let sheet = sheet(&icons, ratio).map_err(Problem::internal)?;
        Ok::<_, Problem>(Made { index: sheet.index.into_bytes().into(), picture: sheet.picture.into() })
    };
    Ok([of(1)?, of(2)?])
}

/// Those built in, and those of the folder.
fn icons(folder: Option<&FilePath>) -> BTreeMap<String, Icon> {
    let built_in = Styles::iter().filter_map(|file| {
        let name = file.strip_prefix("icons/")?.strip_suffix(".svg")?;
        Some((name.to_owned(), Styles::get(&file)?.data.into_owned()))
    });
    let own = folder.map(files).unwrap_or_default();
    let mut icons = BTreeMap::new();
    for (name, bytes) in built_in.chain(own) {
        let read = String::from_utf8(bytes).map_err(|e| e.to_string());
        match read.and_then(|text| Icon::read(&text).map_err(|e| e.to_string())) {
            Ok(icon) => drop(icons.insert(name, icon)),
            Err(reason) => tracing::warn!(icon = name, reason, "an icon is left out"),
        }
    }
    icons
}

/// Names and bytes of the SVG files of a folder, if there is one.
fn files(folder: &FilePath) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let svg = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let name = name.strip_suffix(".svg").filter(|name| !name.is_empty())?.to_owned();
        let mut bytes = Vec::new();
        let file = fs::File::open(entry.path()).ok().filter(|_| entry.path().is_file())?;
        file.take(READ_MAX).read_to_end(&mut bytes).ok()?;
        Some((name, bytes))
    });
    let mut found: Vec<_> = svg.take(ICONS_MAX).collect();
    found.sort();
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_of_ours_can_be_drawn() {
        let ours = Styles::iter().filter(|file| file.starts_with("icons/") && file.ends_with(".svg"));
        for file in ours {
            let text = String::from_utf8(Styles::get(&file).unwrap().data.into_owned()).unwrap();
            let read = Icon::read(&text);
            assert!(read.is_ok(), "styles/{file}: {:?}", read.err());
            let icon = read.unwrap();
            assert!(icon.size.iter().all(|side| (15..=32).contains(side)), "styles/{file}: {:?}", icon.size);
        }
    }

    #[test]
    fn an_operators_icons_stand_beside_ours_and_a_broken_one_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let ours = icons(None).len();
        for (name, text) in [
            ("tower of ours.svg", "<svg viewBox='0 0 15 15'><path d='M2 2h9v9z'/></svg>"),
            ("broken.svg", "<svg viewBox='0 0 15 15'><image href='http://elsewhere/'/></svg>"),
            ("notes.txt", "not an icon"),
            (".svg", ""),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::create_dir(folder.path().join("folder.svg")).unwrap();
        let all = icons(Some(folder.path()));
        assert_eq!(all.len(), ours + 1);
        assert!(all.contains_key("tower of ours"));
        assert_eq!(icons(Some(&folder.path().join("nowhere"))).len(), ours);
    }
}
