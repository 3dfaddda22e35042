//! CQL2 JSON (OGC 21-065r2, annex C) into its tree.

use super::{
    FilterError, Place,
    syntax::{BYTES_MAX, Node, NodeKind, Size},
};
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde_json::{Map, Value as Json};

/// Reads a filter from text.
pub fn parse(text: &str) -> Result<Node, FilterError> {
    if text.len() > BYTES_MAX {
        return Err(FilterError::TooLong { limit: BYTES_MAX });
    }
    let json = serde_json::from_str(text).map_err(|error| {
        let wrong = format!("line {}, column {}", error.line(), error.column());
        FilterError::at(Place::Member(wrong), format!("it is no JSON that can be read: {error}"))
    })?;
    read(&json)
}

/// Reads a filter that stands in a larger document.
pub fn read(json: &Json) -> Result<Node, FilterError> {
    Reader::default().node(json, &mut Vec::new())
}

/// Where in the document: names and numbers of the members that lead there.
type Path = Vec<Step>;

#[derive(Clone)]
enum Step {
    Name(&'static str),
    Number(usize),
}

#[derive(Default)]
struct Reader {
    size: Size,
}

type Read<T> = Result<T, FilterError>;

fn place(path: &Path) -> Place {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Name(name) if text.is_empty() => text.push_str(name),
            Step::Name(name) => text += &format!(".{name}"),
            Step::Number(number) => text += &format!("[{number}]"),
        }
    }
    Place::Member(if text.is_empty() { "the whole".to_owned() } else { text })
}

fn wrong<T>(path: &Path, text: impl Into<String>) -> Read<T> {
    Err(FilterError::at(place(path), text.into()))
}

impl Reader {
    fn node(&mut self, json: &Json, path: &mut Path) -> Read<Node> {
        let here = place(path);
        self.size.node(&here)?;
        self.size.enter(&here)?;
        let kind = match json {
            Json::Bool(value) => NodeKind::Bool(*value),
            Json::String(text) => NodeKind::Text(text.clone()),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => NodeKind::Int(whole),
                (None, Some(value)) if value.is_finite() => NodeKind::Number(value),
                _ => return wrong(path, "this number is too large"),
            },
            Json::Array(list) => NodeKind::List(self.nodes(list, path)?),
            Json::Object(members) => self.object(members, path)?,
            Json::Null => return wrong(path, "null is no value; ask with the operator isNull"),
        };
        self.size.leave();
        Ok(Node { place: here, kind })
    }

    fn nodes(&mut self, list: &[Json], path: &mut Path) -> Read<Vec<Node>> {
        let mut nodes = Vec::new();
        for (number, json) in list.iter().enumerate() {
            path.push(Step::Number(number));
            nodes.push(self.node(json, path)?);
            path.pop();
        }
        Ok(nodes)
    }

    fn object(&mut self, members: &Map<String, Json>, path: &mut Path) -> Read<NodeKind> {
        let text = |name: &str| members.get(name).and_then(Json::as_str);
        if let Some(operator) = text("op") {
            let Some(Json::Array(arguments)) = members.get("args") else {
                return wrong(path, format!("the operator `{operator}` has no array `args`"));
            };
            path.push(Step::Name("args"));
            let arguments = self.nodes(arguments, path)?;
            path.pop();
            return Ok(NodeKind::Call(operator.to_lowercase(), arguments));
        }
        for name in ["casei", "accenti"] {
            if let Some(inner) = members.get(name) {
                path.push(Step::Name(name));
                let inner = self.node(inner, path)?;
                path.pop();
                return Ok(NodeKind::Call(name.to_owned(), vec![inner]));
            }
        }
        if let Some(property) = text("property") {
            return Ok(NodeKind::Property(property.to_owned()));
        }
        if let Some(date) = text("date") {
            return Ok(NodeKind::Date(date.to_owned()));
        }
        if let Some(timestamp) = text("timestamp") {
            return Ok(NodeKind::Timestamp(timestamp.to_owned()));
        }
        if let Some(interval) = members.get("interval") {
            path.push(Step::Name("interval"));
            let ends = self.nodes(interval.as_array().map_or(&[][..], Vec::as_slice), path)?;
            let Ok(two) = <[Node; 2]>::try_from(ends) else {
                return wrong(path, "an interval is an array of a start and an end");
            };
            path.pop();
            return Ok(NodeKind::Interval(Box::new(two)));
        }
        if let Some(bbox) = members.get("bbox").filter(|_| !members.contains_key("type")) {
            let numbers = bbox.as_array().filter(|l| l.len() <= 6);
            let numbers: Option<Vec<f64>> = numbers.and_then(|l| l.iter().map(Json::as_f64).collect());
            return match numbers {
                Some(numbers) => Ok(NodeKind::Bbox(numbers)),
                None => wrong(path, "a bbox is an array of 4 numbers, or 6 with heights"),
            };
        }
        if members.contains_key("type") {
            return self.geometry(members, path).map(NodeKind::Geometry);
        }
        wrong(path, "this is none of op, property, date, timestamp, interval, bbox and a GeoJSON geometry")
    }

    /// GeoJSON (RFC 7946, 3.1).
    fn geometry(&mut self, members: &Map<String, Json>, path: &mut Path) -> Read<Geometry> {
        let kind = members.get("type").and_then(Json::as_str).unwrap_or_default();
        if kind == "GeometryCollection" {
            let Some(Json::Array(parts)) =
                members.get("geometries").filter(|p| p.as_array().is_some_and(|p| !p.is_empty()))
            else {
                return wrong(path, "a GeometryCollection has an array `geometries` that is not empty");
            };
            let mut geometries = Vec::new();
            path.push(Step::Name("geometries"));
            for (number, part) in parts.iter().enumerate() {
                path.push(Step::Number(number));
                self.size.enter(&place(path))?;
                let Json::Object(part) = part else { return wrong(path, "a geometry is expected here") };
                geometries.push(self.geometry(part, path)?);
                self.size.leave();
                path.pop();
            }
            path.pop();
            return Ok(Geometry::GeometryCollection(geo::GeometryCollection(geometries)));
        }
        path.push(Step::Name("coordinates"));
        let coordinates = members.get("coordinates").unwrap_or(&Json::Null);
        let geometry = match kind {
            "Point" => Geometry::Point(Point(self.position(coordinates, path)?)),
            "MultiPoint" => {
                let points = self.list(coordinates, path, &Self::position)?;
                Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect()))
            }
            "LineString" => Geometry::LineString(self.line(coordinates, path)?),
            "MultiLineString" => {
                Geometry::MultiLineString(MultiLineString(self.list(coordinates, path, &Self::line)?))
            }
            "Polygon" => Geometry::Polygon(self.polygon(coordinates, path)?),
            "MultiPolygon" => {
                Geometry::MultiPolygon(MultiPolygon(self.list(coordinates, path, &Self::polygon)?))
            }
            _ => {
                path.pop();
                return wrong(path, "its `type` is no type of a GeoJSON geometry");
            }
        };
        path.pop();
        Ok(geometry)
    }

    fn list<T>(
        &mut self,
        json: &Json,
        path: &mut Path,
        read: &dyn Fn(&mut Self, &Json, &mut Path) -> Read<T>,
    ) -> Read<Vec<T>> {
        let Some(items) = json.as_array().filter(|items| !items.is_empty()) else {
            return wrong(path, "an array that is not empty is expected here");
        };
        let mut list = Vec::new();
        for (number, item) in items.iter().enumerate() {
            path.push(Step::Number(number));
            list.push(read(self, item, path)?);
            path.pop();
        }
        Ok(list)
    }

    fn line(&mut self, json: &Json, path: &mut Path) -> Read<LineString> {
        self.list(json, path, &Self::position).map(LineString)
    }

    fn polygon(&mut self, json: &Json, path: &mut Path) -> Read<Polygon> {
        let mut rings = self.list(json, path, &Self::line)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    fn position(&mut self, json: &Json, path: &mut Path) -> Read<Coord> {
        self.size.position(&place(path))?;
        let number = |i: usize| json.get(i).and_then(Json::as_f64).filter(|n| n.is_finite());
        match (number(0), number(1)) {
            (Some(x), Some(y)) => Ok(Coord { x, y }),
            _ => wrong(path, "a position is an array of two numbers"),
        }
    }
}
