//! The language in which a command speaks: as asked for, or as the terminal does.

use crate::layer::Language;

/// [`Language`], as it is typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum LanguageName {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Self {
        match name {
            LanguageName::Vi => Self::Vi,
            LanguageName::En => Self::En,
        }
    }
}

/// The language that was asked for; else that of the terminal.
pub fn spoken(asked: Option<LanguageName>) -> Language {
    asked.map_or_else(|| terminal_language(|name| std::env::var(name).ok()), Into::into)
}

/// The language of messages that the environment asks for (POSIX.1-2017, 8.2): the first that is set decides.
fn terminal_language(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|v| !v.is_empty());
    match set {
        Some(locale) if locale.starts_with("vi") => Language::Vi,
        _ => Language::En,
    }
}
