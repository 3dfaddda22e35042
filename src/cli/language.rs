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

/// The language of a command, whichever it is.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Speech {
    /// Speak Vietnamese or English; without it as the terminal does, and why an import refuses a row in Vietnamese
    /// (ngôn ngữ)
    #[arg(long, global = true, value_enum, value_name = "vi|en", hide_possible_values = true)]
    lang: Option<LanguageName>,
}

impl Speech {
    /// The language that was asked for, if any was.
    pub fn asked(self) -> Option<Language> {
        self.lang.map(Into::into)
    }

    /// The language that was asked for; else that of the terminal.
    pub fn language(self) -> Language {
        self.asked().unwrap_or_else(|| terminal_language(|name| std::env::var(name).ok()))
    }

    /// That of words typed which make no command.
    pub fn of_words(typed: &[String]) -> Self {
        let behind = typed.iter().zip(typed.iter().skip(1)).find(|(flag, _)| *flag == "--lang");
        let within = typed.iter().find_map(|flag| flag.strip_prefix("--lang="));
        let lang = match within.or(behind.map(|(_, value)| value.as_str())) {
            Some("vi") => Some(LanguageName::Vi),
            Some(_) => Some(LanguageName::En),
            None => None,
        };
        Self { lang }
    }
}

/// The language of messages that the environment asks for (POSIX.1-2017, 8.2): the first that is set decides.
fn terminal_language(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|v| !v.is_empty());
    match set {
        Some(locale) if locale.starts_with("vi") => Language::Vi,
        _ => Language::En,
    }
}
