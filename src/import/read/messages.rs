//! What GDAL says on the side, caught per thread instead of printed on the terminal.

use gdal::{config, errors::CplErrType};
use std::{cell::RefCell, sync::Once};

/// Who says so.
pub const GDAL: &str = "GDAL";

/// Messages that are kept.
const MAX_MESSAGES: usize = 16;

thread_local! {
    static MESSAGES: RefCell<Vec<(bool, String)>> = const { RefCell::new(Vec::new()) };
}

/// From now on GDAL's messages are kept for the thread that caused them. Also sets what all
/// reading needs; calling it again does nothing.
pub fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        config::set_error_handler(|kind, _, text| {
            let failure = matches!(kind, CplErrType::Failure | CplErrType::Fatal);
            MESSAGES.with_borrow_mut(|all| {
                if all.len() < MAX_MESSAGES {
                    all.push((failure, text.trim().to_owned()));
                }
            });
        });
        let settings = [
            // EPSG:6957 and its like are told from what replaced them.
            ("OSR_USE_NON_DEPRECATED", "NO"),
            // A sheet whose cells are all text has names in its first line too.
            ("OGR_XLSX_HEADERS", "FORCE"),
        ];
        for (name, value) in settings {
            if let Err(error) = config::set_config_option(name, value) {
                tracing::warn!(%error, name, "GDAL does not take a setting");
            }
        }
    });
}

/// The messages of this thread, the oldest first; they are forgotten here.
pub fn take() -> Vec<String> {
    MESSAGES.with_borrow_mut(|all| all.drain(..).map(|(_, text)| text).collect())
}

/// The first failure among the messages of this thread, which are forgotten.
pub fn take_failure() -> Option<String> {
    MESSAGES.with_borrow_mut(|all| all.drain(..).find(|(failure, _)| *failure).map(|(_, text)| text))
}

/// Whether a text says that the disk is full, in the words of the system or of SQLite.
pub fn tells_of_full_disk(text: &str) -> bool {
    ["No space left on device", "Disk quota exceeded", "disk is full"].iter().any(|said| text.contains(said))
}
