//! Processes of PostgreSQL as the system shows them, and signals to them.
//!
//! Must not know which of them is ours to end.

use super::installation::stands_in;
use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// Processes of PostgreSQL whose working folder is `folder`.
pub fn processes_in(folder: &fs::Metadata) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_server = |pid: &OsStr| {
        let name = fs::read_to_string(Path::new("/proc").join(pid).join("comm")).unwrap_or_default();
        name.trim() == "postgres"
    };
    entries
        .map(|entry| entry.file_name())
        .filter(|name| name.to_str().is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())))
        .filter(|pid| stands_in(pid, folder) && is_server(pid))
        .map(|pid| pid.to_string_lossy().into_owned())
        .collect()
}

/// Sends a signal with the shell's own `kill`, which every system has.
pub fn signal(name: &str, pid: &str) {
    let sent = Command::new("/bin/sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, pid])
        .stderr(Stdio::null())
        .status();
    if let Err(error) = sent {
        tracing::warn!(%error, name, pid, "a signal could not be sent");
    }
}

/// The end of what a program wrote.
pub fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = &lines[lines.len().saturating_sub(8)..];
    if tail.is_empty() { "it said nothing".to_owned() } else { tail.join("\n") }
}
