//! What is told of a file that somebody sent names it as he calls it, and no folder of this machine.
//!
//! Must not know what is told.

use crate::store::delivery::{SentFile, Trouble};
use serde_json::Value as Json;
use std::path::Path;

/// What stands for the places of a file.
#[derive(Debug, Clone)]
pub struct Names {
    /// The file, and the folder it lies in, as texts have them.
    stored: String,
    folder: String,
    /// The beginning of folders that archives are unpacked and sheets copied into.
    temporary: String,
    called: String,
}

impl Names {
    /// Of a file that was sent.
    pub fn of(file: &SentFile) -> Self {
        let shown = |path: &Path| path.display().to_string();
        Self {
            stored: shown(&file.path),
            folder: file.path.parent().map(shown).unwrap_or_default() + "/",
            temporary: shown(&std::env::temp_dir()) + "/",
            called: file.called.clone(),
        }
    }

    /// A text with the name that the sender knows.
    fn told(&self, text: &str) -> String {
        let mut told = text.replace(&self.stored, &self.called).replace(&self.folder, "");
        while let Some(at) = told.find(&self.temporary) {
            let behind = at + self.temporary.len();
            // The folder's own name goes, too.
            let end = told[behind..].find('/').map_or(behind, |slash| behind + slash + 1);
            told.replace_range(at..end, "");
        }
        told
    }

    /// A document with the names that the sender knows.
    pub fn in_json(&self, json: Json) -> Json {
        match json {
            Json::String(text) if text.contains('/') => Json::String(self.told(&text)),
            Json::Array(items) => items.into_iter().map(|item| self.in_json(item)).collect(),
            Json::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name.clone(), self.in_member(&name, value)))
                .collect(),
            other => other,
        }
    }

    /// Formats of one layer name it after the file.
    fn in_member(&self, name: &str, value: Json) -> Json {
        match value.as_str() {
            Some(layer) if name == "sublayer" && layer == stem(&self.stored) => stem(&self.called).into(),
            _ => self.in_json(value),
        }
    }

    /// The same of what went wrong.
    pub fn in_trouble(&self, trouble: Trouble) -> Trouble {
        let Trouble { kind, reason: [vi, en], choices } = trouble;
        Trouble { kind, reason: [self.told(&vi), self.told(&en)], choices: self.in_json(choices) }
    }

    /// What a file with refused rows is called: after the file that was sent, where that was no archive.
    pub fn of_refused(&self, name: &str) -> String {
        let (stored, called) = (stem(&self.stored), stem(&self.called));
        match name.strip_prefix(&stored) {
            Some(rest) => format!("{called}{rest}"),
            None => name.to_owned(),
        }
    }
}

/// The name of a file without its ending.
fn stem(path: &str) -> String {
    Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_of_this_machine_is_told() {
        let file = SentFile {
            path: "/data/uploads/a1/sent.zip".into(),
            called: "thua đất.zip".to_owned(),
            refused: "/data/uploads/a1/refused".into(),
        };
        let names = Names::of(&file);
        let temporary = std::env::temp_dir().join("diaban-import-Xy12/xa.shp");
        let text = format!(
            "/data/uploads/a1/sent.zip/xa.shp: {} has /data/uploads/a1/refused/xa.refused.shp",
            temporary.display()
        );
        assert_eq!(names.told(&text), "thua đất.zip/xa.shp: xa.shp has refused/xa.refused.shp");
        assert_eq!(names.of_refused("sent.refused.csv"), "thua đất.refused.csv");
        assert_eq!(names.of_refused("xa.refused.shp"), "xa.refused.shp");
    }
}
