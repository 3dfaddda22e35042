//! What is told of a file that somebody sent names it as he calls it, and no folder of this machine.
//!
//! Must not know what is told.

use crate::{
    import::file::scratch,
    store::delivery::{SentFile, Trouble},
};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// What stands for the places of a file.
#[derive(Debug, Clone)]
pub struct Names {
    /// The file, and the folder it lies in, as texts have them.
    stored: String,
    folder: String,
    /// The system's temporary folder, in each way in which texts may have it.
    temporary: Vec<String>,
    called: String,
}

impl Names {
    /// Of a file that was sent.
    pub fn of(file: &SentFile) -> Self {
        Self::with(file, &std::env::temp_dir())
    }

    fn with(file: &SentFile, temporary: &Path) -> Self {
        let shown = |path: &Path| path.display().to_string();
        // As it is set, without what is set twice, and where it leads to.
        let ways = [
            Some(temporary.to_owned()),
            Some(temporary.components().collect()),
            temporary.canonicalize().ok(),
        ];
        let ways =
            ways.iter().flatten().map(|way: &PathBuf| shown(way).trim_end_matches('/').to_owned() + "/");
        Self {
            stored: shown(&file.path),
            folder: file.path.parent().map(shown).unwrap_or_default() + "/",
            // The root would be in everything.
            temporary: ways.filter(|way| way.len() > 1).collect(),
            called: file.called.clone(),
        }
    }

    /// A text with the name that the sender knows.
    fn told(&self, text: &str) -> String {
        let mut told = text.replace(&self.stored, &self.called);
        without(&mut told, &self.folder, |name| name.starts_with(scratch::PREFIX));
        for temporary in &self.temporary {
            without(&mut told, temporary, |name| !name.contains(char::is_whitespace));
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

/// Takes a folder out of a text, wherever it stands, and with it a folder in it, if its name is one that goes, too.
fn without(text: &mut String, folder: &str, goes: impl Fn(&str) -> bool) {
    let mut from = 0;
    while let Some(at) = text[from..].find(folder).map(|at| from + at) {
        let behind = at + folder.len();
        let inner = text[behind..].find('/').filter(|slash| goes(&text[behind..behind + slash]));
        text.replace_range(at..inner.map_or(behind, |slash| behind + slash + 1), "");
        from = at;
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
        let copied = "/data/uploads/a1/diaban-import-Xy12/sent.csv: /data/uploads/a1/none";
        assert_eq!(names.told(copied), "sent.csv: none");
        assert_eq!(names.of_refused("sent.refused.csv"), "thua đất.refused.csv");
        assert_eq!(names.of_refused("xa.refused.shp"), "xa.refused.shp");
    }

    #[test]
    fn the_temporary_folder_is_told_of_in_no_way_in_which_it_may_be_set() {
        let file =
            SentFile { path: "/data/a/sent.csv".into(), called: "a.csv".into(), refused: "/data/a/r".into() };
        for set in ["/var/tmp", "/var/tmp/", "/var//tmp/"] {
            let names = Names::with(&file, Path::new(set));
            let used = Path::new(set).join(".tmpXy12/a.csv");
            for text in [used.display().to_string(), "/var/tmp/.tmpXy12/a.csv".to_owned()] {
                assert_eq!(names.told(&text), "a.csv", "{set}: {text}");
            }
        }
        assert_eq!(Names::with(&file, Path::new("/")).told("1/2"), "1/2");
    }
}
