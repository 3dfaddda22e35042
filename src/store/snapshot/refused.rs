//! Versions that are not served: which, and when they are worth another look. Must not know why.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// For so long a version that was refused is not looked at again.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// A version, how its files stood where that tells, and when it was refused.
type Newest = (u64, Option<String>, Instant);

/// Versions of layers that are not served.
#[derive(Debug, Default)]
pub struct Refused {
    /// Those with bytes that are not those that were written, as their files stood then.
    garbled: Mutex<HashMap<(String, u64), String>>,
    /// Newest versions that were refused when they were opened.
    newest: Mutex<HashMap<String, Newest>>,
}

impl Refused {
    /// Notes that a version is not to be opened again while its files stand so; whether that was not known.
    pub fn note_garbled(&self, layer: &str, version: u64, files: String) -> bool {
        let mut garbled = self.garbled.lock().unwrap_or_else(PoisonError::into_inner);
        garbled.insert((layer.to_owned(), version), files.clone()) != Some(files)
    }

    /// Whether a version is not to be opened again. Another copy may have been put in its place.
    pub fn is_garbled(&self, layer: &str, version: u64, files: impl FnOnce() -> String) -> bool {
        let garbled = self.garbled.lock().unwrap_or_else(PoisonError::into_inner);
        garbled.get(&(layer.to_owned(), version)).is_some_and(|known| *known == files())
    }

    /// Notes that a layer's newest version was refused just now; `files` where it is all there, so that others are
    /// worth a look at once.
    pub fn note_newest(&self, layer: &str, version: u64, files: Option<String>) {
        let mut refused = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(layer.to_owned(), (version, files, Instant::now()));
    }

    /// Whether a layer's newest version was refused a moment ago, as it is. It may be under way into the folder, so it
    /// is looked at again, but not each time.
    pub fn is_newest(&self, layer: &str, version: u64, files: impl FnOnce() -> String) -> bool {
        let refused = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let known = refused.get(layer).filter(|(_, _, at)| at.elapsed() < REFUSED_FOR);
        let stands =
            |as_noted: &Option<String>| as_noted.as_ref().is_none_or(|as_noted| *as_noted == files());
        known.is_some_and(|(known, as_noted, _)| version == *known && stands(as_noted))
    }
}
