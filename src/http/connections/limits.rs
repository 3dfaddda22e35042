//! How long and how slow a connection may be, and how many there may be.

use std::{fs, time::Duration};

/// How long and how slow a connection may be, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// From the first byte of a request's head to its last; from the greeting, of the first request.
    pub head: Duration,
    /// Before a request's body has to have come at `body_rate`.
    pub body_grace: Duration,
    /// Bytes a second of a request's body, at the least.
    pub body_rate: u64,
    /// For a whole body, however fast.
    pub body: Duration,
    /// How long a client that is sent something may take nothing of it.
    pub stall: Duration,
    /// Over which time what it takes is measured.
    pub rate_window: Duration,
    /// Bytes a second that it has to take, while more is waiting for it.
    pub rate: u64,
    /// How long a large answer that is whole in memory may be on its way, however steadily it is taken.
    pub large: Duration,
    /// Without a request, before the connection is ended.
    pub idle: Duration,
    /// Connections in all.
    pub connections: usize,
    /// Connections of one address (of one /64 of IPv6); of this machine, where a proxy may stand, as many as in all.
    pub of_one_address: usize,
    /// How often connections are looked at.
    pub look: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body_grace: Duration::from_secs(10),
            body_rate: 16 << 10,
            body: Duration::from_secs(300),
            stall: Duration::from_secs(15),
            rate_window: Duration::from_secs(30),
            rate: 1 << 10,
            large: Duration::from_secs(600),
            idle: Duration::from_secs(75),
            connections: 4096,
            // An office behind one address is let in; one machine cannot fill the house.
            of_one_address: 1024,
            look: Duration::from_millis(500),
        }
    }
}

/// File descriptors that are left for databases, snapshots and children.
const FILES_LEFT: usize = 256;

impl ConnectionLimits {
    /// The same, with no more connections than this process may have files open.
    pub fn within_open_files(self) -> Self {
        let Some(files) = fs::read_to_string("/proc/self/limits").ok().and_then(|text| open_files(&text))
        else {
            return self;
        };
        let room = files.saturating_sub(FILES_LEFT.min(files / 2)).max(1);
        if room >= self.connections {
            return self;
        }
        // So that one address fills no more of it than of the whole.
        let of_one_address = self.of_one_address.min(room / 4).max(1);
        Self { connections: room, of_one_address, ..self }
    }
}

/// The soft limit out of `/proc/self/limits`; none where it is unlimited.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_fewer_connections_than_files_that_may_be_open() {
        let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(open_files(text), Some(1024));
        assert_eq!(open_files(&text.replace("1024  ", "unlimited")), None);
        assert!(ConnectionLimits::default().within_open_files().connections > 0);
    }
}
