//! The rows that were refused, as a file that their sender corrects and sends again: as it was written where it is one
//! file, else in a zip archive.
//!
//! Must not know what stands in it.

use super::{
    super::Problem,
    kept::{Kept, REFUSED},
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::Builder;
use tokio::{io::AsyncReadExt, task::spawn_blocking};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Bytes that are sent at once.
const PIECE: usize = 256 << 10;

/// The file.
pub async fn answer(kept: Arc<Kept>) -> Result<Response, Problem> {
    let made = {
        let kept = kept.clone();
        spawn_blocking(move || whole(&kept)).await.map_err(Problem::internal)?
    };
    let made = made.map_err(gone)?;
    let (path, called) = made.ok_or_else(|| {
        Problem::not_found("no row of this file was refused when it was read last, or it was not read yet")
    })?;
    let file = tokio::fs::File::open(&path).await.map_err(gone)?;
    let length = file.metadata().await.map_err(Problem::internal)?.len();
    let pieces = stream::try_unfold((file, kept), async |(mut file, kept)| {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        io::Result::Ok((read > 0).then(|| (Bytes::from(piece), (file, kept))))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers
        .extend(HeaderValue::try_from(disposition(&called)).ok().map(|v| (header::CONTENT_DISPOSITION, v)));
    Ok(response)
}

/// Why it cannot be read: what is being done with the file takes it away.
fn gone(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Problem::conflict("something is being done with this file; ask again when that is done")
        }
        _ => Problem::internal(error),
    }
}

/// Where it is and what it is called; `None` where no row was refused.
///
/// # Errors
/// `NotFound` where something is being done with the file, or was begun meanwhile.
fn whole(kept: &Kept) -> io::Result<Option<(PathBuf, String)>> {
    let times = {
        let state = kept.state();
        if state.work.is_some() {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.times
    };
    if times == 0 {
        return Ok(None);
    }
    let folder = kept.refused(times);
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        files.push(entry?.path());
    }
    files.sort();
    let name = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        kept.called_beside(&name.unwrap_or_default())
    };
    match files.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((one.clone(), name(one)))),
        several => {
            let archive = folder.with_extension("zip");
            if !archive.exists() {
                let named = several.iter().map(|file| (name(file), file.as_path()));
                pack(named, kept.folder(), &archive)?;
                kept.measure();
            }
            Ok(Some((archive, kept.called_beside("sent.refused.zip"))))
        }
    }
}

/// Packs files into an archive. It is there whole or not at all: others may ask for it at the same time.
fn pack<'a>(
    files: impl Iterator<Item = (String, &'a Path)>,
    folder: &Path,
    archive: &Path,
) -> io::Result<()> {
    let mut zip = ZipWriter::new(Builder::new().prefix(REFUSED).tempfile_in(folder)?);
    for (name, file) in files {
        zip.start_file(name, SimpleFileOptions::default())?;
        io::copy(&mut File::open(file)?, &mut zip)?;
    }
    zip.finish()?.persist(archive)?;
    Ok(())
}

/// As RFC 6266 has it, with a name for those who do not read the long form.
fn disposition(called: &str) -> String {
    let plain: String = called
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' })
        .collect();
    let mut long = String::new();
    for byte in called.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => long.push(char::from(byte)),
            byte => long.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{long}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{
        super::{
            shelf::Shelf,
            work::{Step, Work},
        },
        *,
    };

    /// A file of which rows were refused that go into two.
    fn sent(shelf: &Shelf) -> Arc<Kept> {
        let owner = ("sonnmt".to_owned(), "an".to_owned());
        let kept = shelf.begin(owner, "plot", "thửa.zip".to_owned(), 1).unwrap().arrived(1);
        assert!(whole(&kept).unwrap().is_none(), "it was not read yet");
        let folder = kept.begin_refused().unwrap();
        for name in ["sent.refused.shp", "sent.refused.dbf"] {
            fs::write(folder.join(name), name.repeat(10_000)).unwrap();
        }
        kept
    }

    #[tokio::test]
    async fn those_who_ask_at_the_same_time_each_get_a_whole_archive() {
        let shelf = Shelf::default();
        for _ in 0..20 {
            let kept = sent(&shelf);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let (path, called) = whole(&kept).unwrap().unwrap();
                        let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
                        assert_eq!((called.as_str(), zip.len()), ("thửa.refused.zip", 2));
                        let mut part = zip.by_name("thửa.refused.dbf").unwrap();
                        assert_eq!(io::copy(&mut part, &mut io::sink()).unwrap(), 160_000);
                    });
                }
            });
            let left = fs::read_dir(kept.folder()).unwrap().count();
            assert_eq!(left, 2, "the folder and the archive");
            shelf.remove(&kept.id);
        }
    }

    #[tokio::test]
    async fn an_archive_goes_with_what_is_in_it_and_whoever_comes_meanwhile_is_told() {
        let shelf = Shelf::default();
        let kept = sent(&shelf);
        let status = |error| gone(error).into_response().status().as_u16();
        let (archive, _) = whole(&kept).unwrap().unwrap();
        assert!(kept.room() > 320_000, "{}", kept.room());
        fs::remove_dir_all(kept.refused(1)).unwrap();
        assert_eq!(status(whole(&kept).unwrap_err()), 409);
        kept.begin_refused().unwrap();
        assert!(!archive.exists() && whole(&kept).unwrap().is_none());
        kept.state().work = Some(Work::new(Step::Look));
        assert_eq!(status(whole(&kept).unwrap_err()), 409);
    }

    #[test]
    fn a_name_with_tones_and_quotes_stays_one_header() {
        assert_eq!(
            disposition("thửa \"đất\".csv"),
            "attachment; filename=\"th_a____t_.csv\"; filename*=UTF-8''th%E1%BB%ADa%20%22%C4%91%E1%BA%A5t%22.csv"
        );
    }
}
