//! Well-known text of geometries (OGC 06-103r4, clause 7), as it stands in CQL2 text.
//!
//! Heights and measures are read and left out. Must not know coordinate systems.

use super::{FilterError, text::Parser, token::TokenKind};
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

type Read<T> = Result<T, FilterError>;

impl Parser<'_> {
    /// The geometry whose type is `name`, in small letters; `None` if it names no type or nothing
    /// of a geometry follows.
    pub(super) fn geometry(&mut self, name: &str) -> Read<Option<Geometry>> {
        const TYPES: [&str; 7] = [
            "point",
            "linestring",
            "polygon",
            "multipoint",
            "multilinestring",
            "multipolygon",
            "geometrycollection",
        ];
        let dimension = |rest: &str| matches!(rest, "" | "z" | "m" | "zm");
        let kind = TYPES.into_iter().find(|t| name.strip_prefix(t).is_some_and(dimension));
        let Some(kind) = kind else { return Ok(None) };
        let marker = self.tokens.peek();
        let marked = ["z", "m", "zm"].iter().any(|m| marker.is_word(m));
        if !marked && !matches!(marker.kind, TokenKind::Symbol("(")) && !marker.is_word("empty") {
            return Ok(None);
        }
        if marked {
            self.tokens.advance();
        }
        if self.tokens.peek().is_word("empty") {
            let text = "an empty geometry meets nothing; leave it out";
            return Err(FilterError::at(self.tokens.peek().place(), text.to_owned()));
        }
        Ok(Some(match kind {
            "point" => Geometry::Point(self.enclosed(Self::position)?.into()),
            "linestring" => Geometry::LineString(self.line()?),
            "polygon" => Geometry::Polygon(self.polygon()?),
            "multipoint" => Geometry::MultiPoint(MultiPoint(self.several(Self::point)?)),
            "multilinestring" => Geometry::MultiLineString(MultiLineString(self.several(Self::line)?)),
            "multipolygon" => Geometry::MultiPolygon(MultiPolygon(self.several(Self::polygon)?)),
            _ => Geometry::GeometryCollection(geo::GeometryCollection(self.several(Self::member)?)),
        }))
    }

    /// A member of a collection.
    fn member(&mut self) -> Read<Geometry> {
        let token = self.tokens.peek();
        let place = token.place();
        self.size.enter(&place)?;
        self.tokens.advance();
        let found = self.geometry(&token.text.to_lowercase())?;
        self.size.leave();
        found.ok_or_else(|| FilterError::at(place, "a geometry is expected here".to_owned()))
    }

    fn enclosed<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.must("(")?;
        let inner = read(self)?;
        self.must(")")?;
        Ok(inner)
    }

    fn several<T>(&mut self, read: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.must("(")?;
        let mut list = vec![read(self)?];
        while self.symbol(",") {
            list.push(read(self)?);
        }
        self.must(")")?;
        Ok(list)
    }

    fn line(&mut self) -> Read<LineString> {
        self.several(Self::position).map(LineString)
    }

    fn polygon(&mut self) -> Read<Polygon> {
        let mut rings = self.several(Self::line)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    /// A point of several, with parentheses of its own or without.
    fn point(&mut self) -> Read<Point> {
        match self.tokens.peek().kind {
            TokenKind::Symbol("(") => self.enclosed(Self::position).map(Point),
            _ => self.position().map(Point),
        }
    }

    /// Two numbers; a third and a fourth are left out.
    fn position(&mut self) -> Read<Coord> {
        let place = self.tokens.peek().place();
        self.size.position(&place)?;
        let coord = Coord { x: self.coordinate()?, y: self.coordinate()? };
        for _ in 0..2 {
            if matches!(self.tokens.peek().kind, TokenKind::Number(_) | TokenKind::Symbol("-" | "+")) {
                self.coordinate()?;
            }
        }
        Ok(coord)
    }

    /// A number with or without a sign.
    pub(super) fn coordinate(&mut self) -> Read<f64> {
        let minus = self.symbol("-");
        if !minus {
            self.symbol("+");
        }
        match self.tokens.peek().kind {
            TokenKind::Number(number) if number.is_finite() => {
                self.tokens.advance();
                Ok(if minus { -number } else { number })
            }
            _ => Err(self.expected("a number")),
        }
    }
}
