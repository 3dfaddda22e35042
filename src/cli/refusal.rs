//! Why a command came to nothing, in the language of whoever typed it.
//!
//! A command says its reasons in both languages on the spot; those of other modules, which know English alone, have
//! their Vietnamese in `vietnamese`.

use super::vietnamese;
use crate::{
    import::{Words, quoted, words},
    layer::Language,
};
use std::{borrow::Cow, error::Error, fmt};

/// Who speaks where nothing is known of an error.
const PROGRAM: &str = "chương trình";

/// A reason in both languages, and what stands behind it.
#[derive(Debug)]
pub struct Refusal {
    words: Words,
    because: Option<Box<dyn Error + Send + Sync>>,
}

/// In English.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words.fmt(f)
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.because.as_deref().map(|error| error as &(dyn Error + 'static))
    }
}

/// A reason in Vietnamese and in English.
pub fn refusal(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> anyhow::Error {
    Refusal { words: words(vi, en), because: None }.into()
}

/// An error with what it means for the command before it.
pub trait Because<T> {
    /// Puts `words` before the error.
    fn because(self, words: impl FnOnce() -> Words) -> anyhow::Result<T>;
}

impl<T, E: Error + Send + Sync + 'static> Because<T> for Result<T, E> {
    fn because(self, words: impl FnOnce() -> Words) -> anyhow::Result<T> {
        self.map_err(|error| Refusal { words: words(), because: Some(Box::new(error)) }.into())
    }
}

/// An error in one of the languages, with what stands behind it.
pub fn told(error: &anyhow::Error, language: Language) -> String {
    if language == Language::En {
        return format!("{error:#}");
    }
    let mut said = Vec::new();
    for cause in error.chain() {
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            said.push(refusal.words.vi.to_string());
        } else if let Some(text) = vietnamese::of(cause) {
            // It speaks for what stands behind it.
            said.push(text);
            break;
        } else {
            said.push(quoted(PROGRAM, &cause.to_string()));
        }
    }
    said.join(": ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::postgis::UndoError;
    use std::io;

    #[test]
    fn what_stands_behind_a_reason_follows_it_in_either_language() {
        let failed: Result<(), _> = Err(io::Error::other("disk full"));
        let error = failed.because(|| words("không ghi được a.csv", "a.csv cannot be written")).unwrap_err();
        assert_eq!(told(&error, Language::En), "a.csv cannot be written: disk full");
        assert_eq!(told(&error, Language::Vi), "không ghi được a.csv: hệ điều hành báo: “disk full”");
    }

    #[test]
    fn an_error_of_another_module_is_told_in_its_vietnamese() {
        let error = anyhow::Error::from(UndoError::Undone { run: 2, by: 3 });
        assert!(told(&error, Language::Vi).starts_with("lần 2 đã được hoàn tác ở lần 3"));
        let error = anyhow::Error::msg("odd");
        assert_eq!(told(&error, Language::Vi), "chương trình báo: “odd”");
    }
}
