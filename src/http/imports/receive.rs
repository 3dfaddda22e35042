//! A file as it comes: written piece by piece, and let go of as soon as it is larger than it may be.
//!
//! Must not know what it is.

use super::super::{Problem, parameters::Parameters};
use super::shelf::{FILE_MAX, NoRoom, OF_CALLER};
use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use futures_util::TryStreamExt;
use std::{io, path::Path};
use tokio::{fs::OpenOptions, io::AsyncWriteExt};

/// Letters of a file's name.
const NAME_MAX: usize = 150;

/// What the sender calls the file.
pub fn name(parameters: &Parameters) -> Result<String, Problem> {
    let missing = || {
        Problem::bad_request(
            "name: say in the address what the file is called, such as ?name=thua_dat.zip; its ending tells its format",
        )
    };
    let name = parameters.value("name").map(str::trim).filter(|name| !name.is_empty()).ok_or_else(missing)?;
    // Some programs send the whole path.
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_told = |c: char| !c.is_control() && !is_turning(c);
    match last.chars().count() {
        1..=NAME_MAX if last.chars().all(is_told) => Ok(last.to_owned()),
        _ => Err(Problem::bad_request(format!(
            "name: it takes up to {NAME_MAX} letters, and none that cannot be seen"
        ))),
    }
}

/// Whether a letter turns the direction of those behind it, so that a name would look like another.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How much room the file takes: what its sender says, or as much as one may.
pub fn room(headers: &HeaderMap) -> Result<u64, Problem> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match said {
        Some(0) => Err(empty()),
        Some(bytes) if bytes > FILE_MAX => Err(too_large()),
        said => Ok(said.unwrap_or(FILE_MAX)),
    }
}

/// Writes what comes to a file that is not there yet. Returns its size, bytes.
pub async fn write(body: Body, path: &Path) -> Result<u64, Problem> {
    let file = OpenOptions::new().write(true).create_new(true).open(path).await;
    let mut file = file.map_err(no_room)?;
    let mut pieces = body.into_data_stream();
    let mut bytes = 0;
    while let Some(piece) = pieces.try_next().await.map_err(|_| cut_short())? {
        bytes += piece.len() as u64;
        if bytes > FILE_MAX {
            return Err(too_large());
        }
        file.write_all(&piece).await.map_err(no_room)?;
    }
    file.flush().await.map_err(no_room)?;
    if bytes == 0 { Err(empty()) } else { Ok(bytes) }
}

fn empty() -> Problem {
    Problem::bad_request("the file is empty")
}

fn cut_short() -> Problem {
    Problem::bad_request("the file did not come to its end; send it again")
}

fn too_large() -> Problem {
    Problem::too_large(format!(
        "a file of more than {} MB is not taken over the network; pack it as .zip, send its parts, or have it loaded \
         on the server with `diaban import`",
        FILE_MAX >> 20
    ))
}

fn no_room(error: io::Error) -> Problem {
    tracing::error!(%error, "a file that is sent cannot be written");
    Problem::not_ready("the server has no room for the file just now")
}

/// Why there is no room.
pub fn refusal(why: NoRoom) -> Problem {
    match why {
        NoRoom::OfCaller => Problem::too_many(
            format!(
                "you have as much here as one may: {} files, {} MB; take one away, or wait until it is gone by itself",
                OF_CALLER.0,
                OF_CALLER.1 >> 20
            ),
            60,
        ),
        NoRoom::InAll => {
            Problem::not_ready("the server keeps as many files as it may just now; try again later")
        }
        NoRoom::Disk => Problem::not_ready("the server has no room for the file just now"),
    }
}
