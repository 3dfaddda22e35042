//! In which form and language a client wants a document.

use super::{
    Problem,
    address::{wants_page, weights},
    parameters::Parameters,
    problem::shown,
};
use crate::layer::{Language, Title};
use axum::http::{HeaderMap, header};

/// The parameters that every document takes.
pub const DOCUMENT: [&str; 2] = ["f", "lang"];

/// The languages of texts: one that was asked for, else both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Languages {
    /// Nobody said.
    Both,
    /// By `lang` or `Accept-Language`.
    One(Language),
}

impl Languages {
    /// `lang`, else what `Accept-Language` likes best of what there is.
    pub fn of(parameters: &Parameters, headers: &HeaderMap) -> Result<Self, Problem> {
        match parameters.value("lang") {
            Some("vi") => return Ok(Self::One(Language::Vi)),
            Some("en") => return Ok(Self::One(Language::En)),
            Some(other) => {
                return Err(Problem::bad_request(format!("lang: {} is none of vi, en", shown(other))));
            }
            None => {}
        }
        let liked = weights(headers, header::ACCEPT_LANGUAGE);
        let weight = |tag: &str| {
            let ours =
                |name: &str| name == tag || name.strip_prefix(tag).is_some_and(|rest| rest.starts_with('-'));
            liked.iter().filter(|(name, _)| ours(name)).map(|(_, weight)| *weight).fold(0.0, f32::max)
        };
        let (vi, en) = (weight("vi"), weight("en"));
        Ok(match (vi > 0.0 || en > 0.0, vi >= en) {
            (false, _) => Self::Both,
            (true, true) => Self::One(Language::Vi),
            (true, false) => Self::One(Language::En),
        })
    }

    /// A text: in the language, or in both.
    pub fn text(self, title: &Title) -> String {
        match self {
            Self::Both if title.vi == title.en => title.vi.clone(),
            Self::Both => format!("{} / {}", title.vi, title.en),
            Self::One(language) => title.of(language).to_owned(),
        }
    }

    /// The one of the two.
    pub const fn pick<'t>(self, vi: &'t str, en: &'t str, both: &'t str) -> &'t str {
        match self {
            Self::Both => both,
            Self::One(Language::Vi) => vi,
            Self::One(Language::En) => en,
        }
    }

    /// What a page is written in.
    pub const fn of_page(self) -> Language {
        match self {
            Self::One(language) => language,
            Self::Both => Language::Vi,
        }
    }
}

/// What a client wants of a document.
#[derive(Debug, Clone, Copy)]
pub struct Representation {
    /// A page to read, not JSON.
    pub page: bool,
    /// The languages of its texts.
    pub languages: Languages,
}

impl Representation {
    /// By `f` (`json` or `html`) and `lang`, else by what the client accepts.
    pub fn of(parameters: &Parameters, headers: &HeaderMap) -> Result<Self, Problem> {
        Self::among(&["json", "html"], parameters, headers)
    }

    /// The same where `f` has these values.
    pub fn among(
        formats: &[&'static str],
        parameters: &Parameters,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let page = match parameters.format(formats)? {
            Some(format) => format == "html",
            None => wants_page(headers),
        };
        Ok(Self { page, languages: Languages::of(parameters, headers)? })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(query: &str, accept: &str) -> Option<Languages> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        let parameters = Parameters::lenient(&format!("/?{query}").parse().unwrap()).unwrap();
        Languages::of(&parameters, &headers).ok()
    }

    #[test]
    fn the_parameter_goes_before_the_header() {
        assert_eq!(of("", "*"), Some(Languages::Both));
        assert_eq!(of("", "fr, de;q=0.5"), Some(Languages::Both));
        assert_eq!(of("", "vi-VN,vi;q=0.9,en;q=0.8"), Some(Languages::One(Language::Vi)));
        assert_eq!(of("", "vi;q=0.2, en-GB"), Some(Languages::One(Language::En)));
        assert_eq!(of("", "vietnamese"), Some(Languages::Both));
        assert_eq!(of("lang=en", "vi"), Some(Languages::One(Language::En)));
        assert_eq!(of("lang=fr", "vi"), None);
    }
}
