//! What kind of work a route is, and how much of each kind there may be: all numbers stand here.
//!
//! Must not know who asks.

use super::{gate::Bounds, rate::Rate};
use crate::store::Effort;
use axum::{extract::MatchedPath, http::Request};
use std::time::Duration;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Documents about layers, files of the page, health: goes on whatever else is asked.
    Light,
    /// A tile, where it has to be made. One that is there already is sent whatever else is asked.
    Tile,
    /// The same with a filter, which is made of the features themselves.
    FilteredTile,
    /// Features page by page, what is called so, what lies at a point.
    Question,
    /// Figures of areas, reports, quality.
    Dear,
    /// A layer whole.
    Download,
    /// A stream of changes, which does nothing but wait.
    Live,
    /// A file that is sent for a layer.
    Upload,
}

/// The class of each route; `tests/limits` holds that no route is without. The class of a tile with a filter is
/// [`Class::FilteredTile`].
const ROUTES: &[(&str, Class)] = &[
    ("/", Class::Light),
    ("/conformance", Class::Light),
    ("/api", Class::Light),
    ("/catalog", Class::Light),
    ("/collections", Class::Light),
    ("/collections/{layer}", Class::Light),
    ("/collections/{layer}/queryables", Class::Light),
    ("/collections/{layer}/sortables", Class::Light),
    ("/collections/{layer}/schema", Class::Light),
    ("/collections/{layer}/tiles", Class::Light),
    ("/collections/{layer}/tiles/{set}", Class::Light),
    ("/map/tiles", Class::Light),
    ("/map/tiles/{set}", Class::Light),
    ("/aggregates", Class::Light),
    ("/units", Class::Light),
    ("/tiles/{layers}", Class::Light),
    ("/tileMatrixSets", Class::Light),
    ("/tileMatrixSets/{set}", Class::Light),
    ("/styles", Class::Light),
    ("/styles/{id}", Class::Light),
    ("/glyphs/{fontstack}/{range}", Class::Light),
    ("/sprites/{file}", Class::Light),
    ("/sign-in", Class::Light),
    ("/assets/{*path}", Class::Light),
    ("/favicon.ico", Class::Light),
    ("/metrics", Class::Light),
    ("/health/live", Class::Light),
    ("/health/ready", Class::Light),
    ("/tiles/{layers}/{z}/{x}/{y}", Class::Tile),
    ("/collections/{layer}/tiles/{set}/{matrix}/{row}/{col}", Class::Tile),
    ("/map/tiles/{set}/{matrix}/{row}/{col}", Class::Tile),
    ("/collections/{layer}/items", Class::Question),
    ("/collections/{layer}/items/{id}", Class::Question),
    ("/collections/{layer}/search", Class::Question),
    ("/at", Class::Question),
    ("/search", Class::Question),
    ("/collections/{layer}/imports", Class::Upload),
    ("/collections/{layer}/imports/{id}", Class::Question),
    ("/collections/{layer}/imports/{id}/{part}", Class::Question),
    ("/collections/{layer}/statistics", Class::Dear),
    ("/report", Class::Dear),
    ("/aggregates/{layer}", Class::Dear),
    ("/quality", Class::Dear),
    ("/quality/half-year", Class::Dear),
    ("/collections/{layer}/quality", Class::Dear),
    ("/collections/{layer}/quality/findings", Class::Dear),
    ("/collections/{layer}/download", Class::Download),
    ("/live", Class::Live),
];

impl Class {
    /// Those that are bounded.
    pub const BOUNDED: [Self; 7] = [
        Self::Tile,
        Self::FilteredTile,
        Self::Question,
        Self::Dear,
        Self::Download,
        Self::Live,
        Self::Upload,
    ];

    /// Of a route, by its pattern.
    pub fn of_route(path: &str) -> Option<Self> {
        ROUTES.iter().find(|(own, _)| *own == path).map(|(_, class)| *class)
    }

    /// Of a request. A route of which nobody has said anything is taken for one that asks.
    pub fn of<B>(request: &Request<B>) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let class = route.and_then(|route| Self::of_route(route.as_str())).unwrap_or(Self::Question);
        let query = request.uri().query().unwrap_or_default();
        // A name that is written percent-encoded is taken for it: no honest client does so.
        let is_filter = |name: &str| name == "filter" || name.contains('%');
        let has_filter = query.split('&').any(|part| part.split('=').next().is_some_and(is_filter));
        if class == Self::Tile && has_filter { Self::FilteredTile } else { class }
    }

    /// As metrics and headers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Tile => "tile",
            Self::FilteredTile => "filtered_tile",
            Self::Question => "question",
            Self::Dear => "dear",
            Self::Download => "download",
            Self::Live => "live",
            Self::Upload => "upload",
        }
    }

    /// How dear it is to a store.
    pub const fn effort(self) -> Effort {
        match self {
            Self::Light | Self::Live => Effort::Document,
            Self::Tile => Effort::Tile,
            Self::FilteredTile | Self::Question => Effort::Question,
            Self::Dear => Effort::Dear,
            Self::Download | Self::Upload => Effort::Whole,
        }
    }

    /// Whether a place is taken before anything is done. A tile takes one where it turns out that it must be made.
    pub const fn waits_before_all(self) -> bool {
        matches!(self, Self::Question | Self::Dear | Self::Download | Self::Live | Self::Upload)
    }

    /// How many at once.
    pub const fn bounds(self) -> Bounds {
        let (places, share, queue, line, wait_s) = match self {
            // A map that is moved asks for thirty tiles, and people of one office have one address.
            Self::Light | Self::Tile => (12, 8, 1024, 256, 5),
            Self::FilteredTile => (6, 4, 512, 128, 5),
            // A database that is gone must be said to be so within 2 s.
            Self::Question => (16, 4, 512, 32, 1),
            Self::Dear => (4, 2, 64, 8, 5),
            Self::Download => (8, 2, 16, 4, 5),
            // An office has one address. A place is not waited for: it becomes free when somebody closes his map.
            Self::Live => (2000, 500, 64, 16, 0),
            Self::Upload => (4, 2, 16, 4, 5),
        };
        Bounds { places, share, queue, line, wait: Duration::from_secs(wait_s) }
    }

    /// How often, by one caller.
    pub const fn rate(self) -> Option<Rate> {
        match self {
            Self::Light | Self::Tile | Self::Live => None,
            Self::FilteredTile => Some(Rate { burst: 600, per_s: 30 }),
            // A program that takes a layer in pages of ten asks about a hundred times a second.
            Self::Question => Some(Rate { burst: 1200, per_s: 100 }),
            Self::Dear => Some(Rate { burst: 60, per_s: 2 }),
            Self::Download | Self::Upload => Some(Rate { burst: 30, per_s: 1 }),
        }
    }

    /// The longest until an answer begins, from its turn on. Downloads have a limit of their own: a file is made
    /// whole before it goes. A file comes at the pace of its sender, which `connections` bounds.
    pub const fn time(self) -> Option<Duration> {
        match self {
            Self::Light | Self::Download | Self::Live | Self::Upload => None,
            Self::Tile | Self::FilteredTile => Some(Duration::from_secs(20)),
            // Somewhat more than a statement may take, so that the answer can say what took so long.
            Self::Question => Some(Duration::from_secs(12)),
            Self::Dear => Some(Duration::from_secs(25)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_before_the_answer_has_to() {
        for class in Class::BOUNDED {
            if let Some(time) = class.time() {
                assert!(class.effort().statement_time() < time, "{class:?}");
            }
        }
    }

    #[test]
    fn no_caller_alone_fills_the_places_or_the_queue_of_a_class() {
        for class in Class::BOUNDED {
            let Bounds { places, share, queue, line, .. } = class.bounds();
            assert!(share < places && line < queue, "{class:?}");
        }
    }
}
