//! Bytes to a server as they are, and whatever comes back.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// An answer that is not whole by then hangs.
pub const WITHIN: Duration = Duration::from_secs(10);
/// More than that is read of no answer.
const BYTES_MAX: u64 = 64 << 20;

/// What came of a request.
pub enum Came {
    /// Status, head as text, and the body without its codings.
    Answer { status: u16, head: String, body: Vec<u8> },
    /// The server ended the connection without a word.
    Closed,
    /// Nothing, or not all, in time.
    Hung,
    /// No HTTP.
    Garbled(Vec<u8>),
}

/// Sends `bytes` and reads until the server ends the connection. `then_leave`: nothing more will come, which the
/// server is told.
pub fn send(server: SocketAddr, bytes: &[u8], then_leave: bool) -> std::io::Result<Came> {
    let mut stream = TcpStream::connect_timeout(&server, WITHIN)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    stream.set_write_timeout(Some(WITHIN))?;
    // It may be refused before all of it is sent.
    let _ = stream.write_all(bytes);
    if then_leave {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let (started, mut came) = (Instant::now(), Vec::new());
    loop {
        let mut piece = [0; 1 << 16];
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => came.extend_from_slice(&piece[..read]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock) => {
                if is_whole(&came) {
                    break;
                }
                if started.elapsed() > WITHIN {
                    return Ok(Came::Hung);
                }
            }
            // Reset, where it was refused before all was read.
            Err(_) => break,
        }
        if came.len() as u64 > BYTES_MAX {
            break;
        }
        if started.elapsed() > WITHIN * 3 {
            return Ok(Came::Hung);
        }
    }
    Ok(read(came))
}

/// Head and body.
fn parts(came: &[u8]) -> Option<(String, &[u8])> {
    let end = came.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&came[..end]).into_owned(), &came[end + 4..]))
}

/// A header of a head.
pub fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let named = |line: &&str| line.split_once(':').is_some_and(|(n, _)| n.eq_ignore_ascii_case(name));
    head.lines().find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
}

/// Whether all that was promised is there, where the server keeps the connection.
fn is_whole(came: &[u8]) -> bool {
    let Some((head, body)) = parts(came) else { return false };
    if header(&head, "transfer-encoding").is_some() {
        return body.ends_with(b"0\r\n\r\n");
    }
    header(&head, "content-length").and_then(|n| n.parse().ok()).is_none_or(|n: usize| body.len() >= n)
}

fn read(came: Vec<u8>) -> Came {
    if came.is_empty() {
        return Came::Closed;
    }
    let status = came.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let (Some(status), Some((head, body))) = (status.filter(|_| came.starts_with(b"HTTP/1.")), parts(&came))
    else {
        return Came::Garbled(came);
    };
    let body = match header(&head, "transfer-encoding") {
        Some(_) => unchunked(body),
        None => body.to_vec(),
    };
    let body = match header(&head, "content-encoding") {
        Some("gzip") => {
            let mut out = Vec::new();
            let _ = flate2::read::GzDecoder::new(&body[..]).take(BYTES_MAX).read_to_end(&mut out);
            out
        }
        _ => body,
    };
    Came::Answer { status, head, body }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).ok();
        let size = size.and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok()).unwrap_or_default();
        let from = end + 2;
        if size == 0 || from + size > body.len() {
            out.extend_from_slice(body.get(from..from + size).unwrap_or_default());
            break;
        }
        out.extend_from_slice(&body[from..from + size]);
        body = body.get(from + size + 2..).unwrap_or_default();
    }
    out
}
