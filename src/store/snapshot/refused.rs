//! Versions that are not served: which, and when they are worth another look. Must not know why.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// For so long a version that was refused is not looked at again.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// Versions of layers that are not served.
#[derive(Debug, Default)]
pub struct Refused {
    /// Those with bytes that are not those that were written.
    garbled: Mutex<HashSet<(String, u64)>>,
    /// Newest versions that were refused when they were opened, and when.
    newest: Mutex<HashMap<String, (u64, Instant)>>,
}

impl Refused {
    /// Notes that a version is not to be opened again; whether that was not known.
    pub fn note_garbled(&self, layer: &str, version: u64) -> bool {
        let mut garbled = self.garbled.lock().unwrap_or_else(PoisonError::into_inner);
        garbled.insert((layer.to_owned(), version))
    }

    /// Whether a version is not to be opened again.
    pub fn is_garbled(&self, layer: &str, version: u64) -> bool {
        let garbled = self.garbled.lock().unwrap_or_else(PoisonError::into_inner);
        garbled.contains(&(layer.to_owned(), version))
    }

    /// Notes that a layer's newest version was refused just now.
    pub fn note_newest(&self, layer: &str, newest: Option<u64>) {
        let Some(version) = newest else { return };
        let mut refused = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(layer.to_owned(), (version, Instant::now()));
    }

    /// Whether a layer's newest version was refused a moment ago. It may be under way into the folder, so it is
    /// looked at again, but not each time.
    pub fn is_newest(&self, layer: &str, newest: Option<u64>) -> bool {
        let refused = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let known = refused.get(layer).filter(|(_, at)| at.elapsed() < REFUSED_FOR);
        known.is_some_and(|(version, _)| newest == Some(*version))
    }
}
