//! The rows that were refused, as a file that their sender corrects and sends again: as it was written where it is one
//! file, else in a zip archive.
//!
//! Must not know what stands in it.

use super::{super::Problem, kept::Kept};
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
    let made = made.map_err(Problem::internal)?;
    let (path, called) = made.ok_or_else(|| {
        Problem::not_found("no row of this file was refused when it was read last, or it was not read yet")
    })?;
    let file = tokio::fs::File::open(&path).await.map_err(Problem::internal)?;
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

/// Where it is and what it is called; `None` where no row was refused.
fn whole(kept: &Kept) -> io::Result<Option<(PathBuf, String)>> {
    let times = kept.state().times;
    let folder = kept.refused(times);
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(None) };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
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
            let mut zip = ZipWriter::new(File::create(&archive)?);
            for file in several {
                zip.start_file(name(file), SimpleFileOptions::default())?;
                io::copy(&mut File::open(file)?, &mut zip)?;
            }
            zip.finish()?;
            Ok(Some((archive, kept.called_beside("sent.refused.zip"))))
        }
    }
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
mod tests {
    use super::*;

    #[test]
    fn a_name_with_tones_and_quotes_stays_one_header() {
        assert_eq!(
            disposition("thửa \"đất\".csv"),
            "attachment; filename=\"th_a____t_.csv\"; filename*=UTF-8''th%E1%BB%ADa%20%22%C4%91%E1%BA%A5t%22.csv"
        );
    }
}
