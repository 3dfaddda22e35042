//! Documents as pages that a person can read, in Vietnamese or English, with a map where there
//! is something to show on it. A page holds all that the JSON says: it is made from it.
//!
//! Must not know what the documents are about.

pub mod body;
mod words;

use super::{Site, representation::Representation, web};
use crate::layer::Language;
use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde_json::Value as Json_;

/// The program's own shell of a page, built with the map page: styles and the map's script.
const SHELL: &str = "document.html";
/// Where a page's content goes.
const PLACE: &str = "<!--content-->";

/// A JSON document that can also be shown as a page.
pub struct Document {
    title: String,
    path: String,
    body: Json_,
    kind: &'static str,
    map: Option<PageMap>,
    content: Option<Markup>,
    tells_all: bool,
    question: Option<String>,
}

/// What the map of a page shows.
#[derive(Debug, Clone)]
pub struct PageMap {
    /// Ids of the layers on it.
    pub layers: Vec<String>,
    /// West, south, east, north in degrees.
    pub bounds: Option<[f64; 4]>,
    /// Address of features (GeoJSON) that are marked on it.
    pub features: Option<String>,
}

impl Document {
    /// `body` at `path`, under a title.
    pub fn new(title: &str, path: &str, body: Json_) -> Self {
        let (title, path) = (title.to_owned(), path.to_owned());
        Self {
            title,
            path,
            body,
            kind: "application/json",
            map: None,
            content: None,
            tells_all: false,
            question: Some(String::new()),
        }
    }

    /// Of another media type than `application/json`.
    pub fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// With a map above it.
    pub fn with_map(self, map: PageMap) -> Self {
        Self { map: Some(map), ..self }
    }

    /// With content of its own before what the JSON says.
    pub fn with_content(self, content: Markup) -> Self {
        Self { content: Some(content), ..self }
    }

    /// With content that tells all that the JSON says.
    pub fn told_by(self, content: impl FnOnce(&Json_) -> Markup) -> Self {
        Self { content: Some(content(&self.body)), tells_all: true, ..self }
    }

    /// Asked for by these parameters, `f` and `lang` left out; `None` where the address does not say
    /// what was asked for.
    pub fn asked_by(self, question: Option<String>) -> Self {
        Self { question, ..self }
    }

    /// The answer in the form that the client wants.
    pub fn answer<S>(self, wanted: &Representation, site: &Site<S>) -> Response {
        let mut response = match wanted.page {
            true => self.page(wanted.languages.of_page(), site.synthetic),
            false => {
                let mut response = Json(&self.body).into_response();
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
                response
            }
        };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
        response
    }

    fn page(&self, language: Language, synthetic: bool) -> Response {
        let content = html! {
            (head(&self.title, &self.path, self.question.as_deref(), language, synthetic))
            main {
                h1 { (self.title) }
                @if let Some(map) = &self.map { (map.element()) }
                @if let Some(content) = &self.content { (content) }
                @if !self.tells_all { (body::document(&self.body, language)) }
            }
        };
        let title = html! { (self.title) }.into_string();
        web::shell(SHELL, PLACE, &title, code(language), &content.into_string())
    }
}

impl PageMap {
    /// What the page's script draws the map into.
    fn element(&self) -> Markup {
        let bounds = self.bounds.map(|b| b.map(|v| v.to_string()).join(","));
        html! {
            div #map data-layers=(self.layers.join(",")) data-bounds=[bounds] data-features=[&self.features] {}
        }
    }
}

const fn code(language: Language) -> &'static str {
    match language {
        Language::Vi => "vi",
        Language::En => "en",
    }
}

/// Where one is: the way from the start, and the other language.
fn head(title: &str, path: &str, question: Option<&str>, language: Language, synthetic: bool) -> Markup {
    let mut trail = Vec::new();
    let mut at = String::new();
    for part in path.split('/').filter(|p| !p.is_empty()) {
        at = format!("{at}/{part}");
        trail.push((part.to_owned(), at.clone()));
    }
    trail.pop();
    // `/map` is only the beginning of an address.
    trail.retain(|(_, address)| address != "/map");
    let (other, name) = match language {
        Language::Vi => ("en", "English"),
        Language::En => ("vi", "Tiếng Việt"),
    };
    html! {
        header {
            nav aria-label=(words::of("way", language)) {
                a href="/?f=html" { "diaban" }
                @for (name, address) in &trail { " / " a href=(address) { (words::of(name, language)) } }
                @if path != "/" { " / " (title) }
            }
            @if let Some(question) = question {
                @let more = if question.is_empty() { String::new() } else { format!("&{question}") };
                a.other href=(format!("?f=html&lang={other}{more}")) hreflang=(other) lang=(other) { (name) }
            }
        }
        @if synthetic { p.synthetic { (words::of("synthetic", language)) } }
    }
}
