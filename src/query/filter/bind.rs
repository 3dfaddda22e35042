//! A tree becomes a filter: every name is looked up in a view, every operand has a type.

use super::{
    Arithmetic, Comparison, Condition, Filter, FilterAttribute, FilterError, GEOMETRY, Geometry, List, Node,
    Operand, Pattern, Scalar, SetRelation, SpatialRelation,
    bind_shape::{Shape, ShapeReader},
    bind_time::{day, in_time, moment, moment_and_day, turned},
    fold, relate,
    syntax::NodeKind,
};
use crate::{
    crs::NamedSystem,
    feature::Bbox,
    layer::{Attribute, AttributeType},
};
use std::mem::discriminant;
use unicode_normalization::UnicodeNormalization;

/// Names that are told at most where one is not known.
const NAMES_TOLD_MAX: usize = 80;

/// Binds a tree to what it may ask for. Coordinates in it are of `system`.
pub fn bind(node: &Node, known: &[&Attribute], system: NamedSystem) -> Result<Filter, FilterError> {
    let mut binder =
        Binder { known, reader: ShapeReader::new(system), attributes: Vec::new(), shapes: Vec::new() };
    let condition = binder.condition(node)?;
    let bbox = bbox(&condition, &binder.shapes);
    Ok(Filter { condition, attributes: binder.attributes, shapes: binder.shapes, bbox })
}

/// The box outside of which a condition cannot hold.
fn bbox(condition: &Condition, shapes: &[Shape]) -> Option<Bbox> {
    let bbox = |c| bbox(c, shapes);
    match condition {
        Condition::All(all) => all.iter().filter_map(bbox).reduce(|a, b| {
            Bbox::new(a.min_x.max(b.min_x), a.min_y.max(b.min_y), a.max_x.min(b.max_x), a.max_y.min(b.max_y))
        }),
        Condition::Any(any) => {
            let boxes: Option<Vec<Bbox>> = any.iter().map(bbox).collect();
            boxes?.into_iter().reduce(Bbox::union)
        }
        Condition::Spatial(SpatialRelation::Disjoint, _, _) => None,
        Condition::Spatial(_, Geometry::Feature, Geometry::Shape(shape))
        | Condition::Spatial(_, Geometry::Shape(shape), Geometry::Feature) => {
            shapes.get(*shape).map(Shape::bbox)
        }
        _ => None,
    }
}

/// What kind of value a scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Bool,
    Day,
    Moment,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Day => "a day",
            Self::Moment => "a moment",
        }
    }
}

pub(super) struct Binder<'v> {
    known: &'v [&'v Attribute],
    reader: ShapeReader,
    attributes: Vec<FilterAttribute>,
    shapes: Vec<Shape>,
}

pub(super) type Bound<T> = Result<T, FilterError>;

pub(super) fn wrong<T>(node: &Node, text: impl Into<String>) -> Bound<T> {
    Err(FilterError::at(node.place.clone(), text))
}

/// The arguments of a call, exactly so many.
pub(super) fn exactly<'n, const N: usize>(node: &Node, name: &str, list: &'n [Node]) -> Bound<&'n [Node; N]> {
    match list.try_into() {
        Ok(list) => Ok(list),
        Err(_) => wrong(node, format!("{name} takes {N} operands, not {}", list.len())),
    }
}

impl Binder<'_> {
    fn condition(&mut self, node: &Node) -> Bound<Condition> {
        match &node.kind {
            NodeKind::Bool(value) => Ok(Condition::Constant(Some(*value))),
            NodeKind::Call(name, arguments) => match self.predicate(node, name, arguments)? {
                Some(condition) => Ok(condition),
                None => wrong(node, format!("a condition is expected here, and `{name}` gives a value")),
            },
            NodeKind::Property(_) => match self.scalar(node)? {
                (scalar, Kind::Bool) => Ok(Condition::Compare(Comparison::Equal, scalar, Scalar::Bool(true))),
                (_, kind) => {
                    wrong(node, format!("a condition is expected here, and this is {}", kind.words()))
                }
            },
            _ => wrong(node, "a condition is expected here, such as a comparison"),
        }
    }

    /// A call that is true or false; `None` if it is a value of another kind.
    fn predicate(&mut self, node: &Node, name: &str, arguments: &[Node]) -> Bound<Option<Condition>> {
        let comparison = match name {
            "=" => Some(Comparison::Equal),
            "<>" => Some(Comparison::NotEqual),
            "<" => Some(Comparison::Less),
            "<=" => Some(Comparison::LessOrEqual),
            ">" => Some(Comparison::Greater),
            ">=" => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        if let Some(comparison) = comparison {
            let [left, right] = exactly(node, name, arguments)?;
            return self.compared(comparison, left, right).map(Some);
        }
        if let Some(relation) = spatial(name) {
            return self.spatial(relation, node, exactly(node, name, arguments)?).map(Some);
        }
        if let Some(relation) = sets(name) {
            let [a, b] = exactly(node, name, arguments)?;
            return Ok(Some(Condition::Sets(relation, self.list(a)?, self.list(b)?)));
        }
        Ok(Some(match name {
            "and" | "or" => {
                let all: Vec<Condition> =
                    arguments.iter().map(|a| self.condition(a)).collect::<Result<_, _>>()?;
                if all.is_empty() {
                    return wrong(node, format!("`{name}` has no operands"));
                }
                if name == "and" { Condition::All(all) } else { Condition::Any(all) }
            }
            "not" => {
                let [inner] = exactly(node, name, arguments)?;
                Condition::Not(Box::new(self.condition(inner)?))
            }
            "isnull" => {
                let [inner] = exactly(node, name, arguments)?;
                Condition::IsNull(self.operand(inner)?)
            }
            "like" => self.like(exactly(node, name, arguments)?)?,
            "between" => self.between(node, arguments)?,
            "in" => self.in_list(exactly(node, name, arguments)?)?,
            _ if name.starts_with("t_") => self.temporal(node, name, arguments)?,
            "+" | "-" | "*" | "/" | "%" | "div" | "^" | "casei" | "accenti" => return Ok(None),
            _ => {
                let text = "there is no function of that name; there are CASEI, ACCENTI and those of CQL2 \
                            that begin with S_, T_ and A_";
                return wrong(node, text);
            }
        }))
    }

    fn compared(&mut self, comparison: Comparison, left: &Node, right: &Node) -> Bound<Condition> {
        let a = self.scalar(left)?;
        let b = self.scalar(right)?;
        self.compare(comparison, a, b, right)
    }

    /// Compares two scalars that are bound; `at` is where a mistake is told.
    fn compare(
        &mut self,
        comparison: Comparison,
        a: (Scalar, Kind),
        b: (Scalar, Kind),
        at: &Node,
    ) -> Bound<Condition> {
        let (of_a, of_b) = (a.1, b.1);
        let (a, b) = (in_time(a, of_b, at)?, in_time(b, of_a, at)?);
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        match (a, b) {
            ((_, Kind::Bool), (_, Kind::Bool)) if ordered => {
                wrong(at, "true and false have no order; ask with = or <>")
            }
            ((a, x), (b, y)) if x == y => Ok(Condition::Compare(comparison, a, b)),
            ((a, Kind::Moment), (b, Kind::Day)) => Ok(moment_and_day(comparison, a, b)),
            ((a, Kind::Day), (b, Kind::Moment)) => Ok(moment_and_day(turned(comparison), b, a)),
            ((_, x), (_, y)) => wrong(at, format!("{} and {} cannot be compared", x.words(), y.words())),
        }
    }

    fn like(&mut self, [text, pattern]: &[Node; 2]) -> Bound<Condition> {
        let (scalar, kind) = self.scalar(text)?;
        if kind != Kind::Text {
            return wrong(text, format!("LIKE is asked of text, and this is {}", kind.words()));
        }
        let (Scalar::Text(wanted), _) = self.scalar(pattern)? else {
            return wrong(pattern, "a pattern is a text in quotes, or CASEI or ACCENTI of one");
        };
        match Pattern::new(&wanted) {
            Ok(pattern) => Ok(Condition::Like(scalar, pattern)),
            Err(why) => wrong(pattern, why),
        }
    }

    /// CQL2 JSON has `[value, low, high]`; its drafts had `[value, [low, high]]`.
    fn between(&mut self, node: &Node, arguments: &[Node]) -> Bound<Condition> {
        let [value, low, high] = match arguments {
            [value, Node { kind: NodeKind::List(list), .. }] if list.len() == 2 => {
                [value, &list[0], &list[1]]
            }
            [value, low, high] => [value, low, high],
            _ => return wrong(node, "BETWEEN takes a value, a lower and an upper bound"),
        };
        let bound = self.scalar(value)?;
        let (from, to) = (self.scalar(low)?, self.scalar(high)?);
        Ok(Condition::All(vec![
            self.compare(Comparison::GreaterOrEqual, bound.clone(), from, low)?,
            self.compare(Comparison::LessOrEqual, bound, to, high)?,
        ]))
    }

    fn in_list(&mut self, [value, list]: &[Node; 2]) -> Bound<Condition> {
        let NodeKind::List(items) = &list.kind else { return wrong(list, "IN takes a list") };
        if items.is_empty() {
            return wrong(list, "this list is empty");
        }
        let (scalar, kind) = self.scalar(value)?;
        let mut equal = Vec::new();
        let mut days = Vec::new();
        for item in items {
            let bound = self.scalar(item)?;
            match self.compare(Comparison::Equal, (scalar.clone(), kind), bound, item)? {
                // A text that is compared with a time has become one.
                Condition::Compare(Comparison::Equal, left, other)
                    if discriminant(&left) == discriminant(&scalar) =>
                {
                    equal.push(other);
                }
                of_two_kinds => days.push(of_two_kinds),
            }
        }
        if !equal.is_empty() {
            days.push(Condition::In(scalar, equal));
        }
        Ok(if days.len() == 1 { days.remove(0) } else { Condition::Any(days) })
    }

    fn operand(&mut self, node: &Node) -> Bound<Operand> {
        if let NodeKind::Property(name) = &node.kind {
            if self.is_geometry(name) {
                return Ok(Operand::Geometry);
            }
            if self.known.iter().any(|a| a.name == *name && a.kind == AttributeType::TextList) {
                return self.list(node).map(Operand::List);
            }
        }
        self.scalar(node).map(|(scalar, _)| Operand::Scalar(scalar))
    }

    fn is_geometry(&self, name: &str) -> bool {
        name == GEOMETRY && self.known.iter().all(|a| a.name != name)
    }

    /// The place and type of an attribute; what may not be asked for does not exist.
    fn attribute(&mut self, node: &Node, name: &str) -> Bound<(usize, AttributeType)> {
        let Some(attribute) = self.known.iter().find(|a| a.name == name) else {
            let names = self.known.iter().map(|a| a.name.as_str()).chain([GEOMETRY]);
            return Err(FilterError::NoProperty {
                place: node.place.clone(),
                name: name.chars().take(60).collect(),
                names: names.take(NAMES_TOLD_MAX).collect::<Vec<_>>().join(", "),
            });
        };
        let found = self.attributes.iter().position(|a| a.name == name);
        let place = found.unwrap_or_else(|| {
            self.attributes.push(FilterAttribute { name: name.to_owned(), kind: attribute.kind });
            self.attributes.len() - 1
        });
        Ok((place, attribute.kind))
    }

    pub(super) fn scalar(&mut self, node: &Node) -> Bound<(Scalar, Kind)> {
        Ok(match &node.kind {
            NodeKind::Property(name) if self.is_geometry(name) => {
                return wrong(node, "the geometry is asked with S_INTERSECTS and its like, or IS NULL");
            }
            NodeKind::Property(name) => {
                let (place, kind) = self.attribute(node, name)?;
                let kind = match kind {
                    AttributeType::Text | AttributeType::Enum => Kind::Text,
                    AttributeType::Integer | AttributeType::Number => Kind::Number,
                    AttributeType::Boolean => Kind::Bool,
                    AttributeType::Date => Kind::Day,
                    AttributeType::Timestamp => Kind::Moment,
                    AttributeType::TextList => {
                        return wrong(
                            node,
                            format!("`{name}` is a list; ask it with A_CONTAINS and its like"),
                        );
                    }
                };
                (Scalar::Attribute(place), kind)
            }
            NodeKind::Text(text) => (Scalar::Text(self.text(node, text)?), Kind::Text),
            NodeKind::Int(number) => (Scalar::Int(*number), Kind::Number),
            NodeKind::Number(number) => (Scalar::Number(*number), Kind::Number),
            NodeKind::Bool(value) => (Scalar::Bool(*value), Kind::Bool),
            NodeKind::Date(text) => (Scalar::Day(day(node, text)?), Kind::Day),
            NodeKind::Timestamp(text) => (Scalar::Moment(moment(node, text)?), Kind::Moment),
            NodeKind::Call(name, arguments) => return self.value_of(node, name, arguments),
            NodeKind::Interval(_) => {
                return wrong(node, "an interval stands in functions that begin with T_");
            }
            NodeKind::List(_) => {
                return wrong(node, "a list stands behind IN, or in functions that begin with A_");
            }
            NodeKind::Geometry(_) | NodeKind::Bbox(_) => {
                return wrong(node, "a geometry stands in functions that begin with S_");
            }
        })
    }

    fn text(&self, node: &Node, text: &str) -> Bound<String> {
        // PostgreSQL has no text with a NUL in it, so none can be equal.
        if text.contains('\0') {
            return wrong(node, "a NUL is no text");
        }
        Ok(text.nfc().collect())
    }

    fn value_of(&mut self, node: &Node, name: &str, arguments: &[Node]) -> Bound<(Scalar, Kind)> {
        let arithmetic = match name {
            "+" => Some(Arithmetic::Add),
            "-" => Some(Arithmetic::Subtract),
            "*" => Some(Arithmetic::Multiply),
            "/" => Some(Arithmetic::Divide),
            "div" => Some(Arithmetic::IntegerDivide),
            "%" => Some(Arithmetic::Modulo),
            "^" => Some(Arithmetic::Power),
            _ => None,
        };
        if let Some(arithmetic) = arithmetic {
            let [a, b] = exactly(node, name, arguments)?;
            let (a, b) = (self.number(a)?, self.number(b)?);
            return Ok((Scalar::Arithmetic(arithmetic, Box::new(a), Box::new(b)), Kind::Number));
        }
        if matches!(name, "casei" | "accenti") {
            let [inner] = exactly(node, name, arguments)?;
            let (scalar, kind) = self.scalar(inner)?;
            if kind != Kind::Text {
                return wrong(
                    inner,
                    format!("{} is of text, and this is {}", name.to_uppercase(), kind.words()),
                );
            }
            let folded = match (name, scalar) {
                ("casei", Scalar::Text(text)) => Scalar::Text(fold::casei(&text).into_owned()),
                ("accenti", Scalar::Text(text)) => Scalar::Text(fold::accenti(&text).into_owned()),
                ("casei", other) => Scalar::CaseI(Box::new(other)),
                (_, other) => Scalar::AccentI(Box::new(other)),
            };
            return Ok((folded, Kind::Text));
        }
        match self.predicate(node, name, arguments)? {
            Some(condition) => Ok((Scalar::Test(Box::new(condition)), Kind::Bool)),
            None => wrong(node, "a value is expected here"),
        }
    }

    fn number(&mut self, node: &Node) -> Bound<Scalar> {
        match self.scalar(node)? {
            (scalar, Kind::Number) => Ok(scalar),
            (_, kind) => wrong(node, format!("a number is expected here, and this is {}", kind.words())),
        }
    }

    fn list(&mut self, node: &Node) -> Bound<List> {
        match &node.kind {
            NodeKind::Property(name) if self.is_geometry(name) => wrong(node, "the geometry is no list"),
            NodeKind::Property(name) => match self.attribute(node, name)? {
                (place, AttributeType::TextList) => Ok(List::Attribute(place)),
                _ => wrong(node, format!("`{name}` is no list")),
            },
            NodeKind::List(items) => {
                items.iter().map(|i| self.element(i)).collect::<Result<_, _>>().map(List::Of)
            }
            // One value in parentheses.
            _ => self.element(node).map(|one| List::Of(vec![one])),
        }
    }

    fn element(&mut self, node: &Node) -> Bound<Scalar> {
        match self.scalar(node)? {
            (scalar, Kind::Text) => Ok(scalar),
            (_, kind) => wrong(node, format!("lists hold texts, and this is {}", kind.words())),
        }
    }

    fn spatial(&mut self, relation: SpatialRelation, node: &Node, two: &[Node; 2]) -> Bound<Condition> {
        let (a, b) = (self.geometry(&two[0])?, self.geometry(&two[1])?);
        let exact = !matches!(relation, SpatialRelation::Intersects | SpatialRelation::Disjoint);
        let of = |g| match g {
            Geometry::Shape(place) => self.shapes.get(place),
            Geometry::Feature => None,
        };
        // OGC 06-103r4, 6.1.15 defines these six by interior and boundary of points, of lines or of
        // areas; what is a boundary of parts of several kinds that may lie over each other, it leaves
        // open, and GEOS refuses. The class "Spatial Functions" (OGC 21-065r2, A.9) asks them of
        // geometries of one kind only; with S_INTERSECTS every literal does.
        if exact && [a, b].into_iter().filter_map(of).any(Shape::is_mixed) {
            let text = "a collection of points, lines and areas together has no boundary; it can be asked with \
                        S_INTERSECTS and S_DISJOINT only";
            return wrong(node, text);
        }
        Ok(match (of(a), of(b)) {
            (Some(a), Some(b)) => Condition::Constant(relate::shapes(relation, a, b)),
            _ => Condition::Spatial(relation, a, b),
        })
    }

    fn geometry(&mut self, node: &Node) -> Bound<Geometry> {
        let shape: Shape = match &node.kind {
            NodeKind::Property(name) if self.is_geometry(name) => return Ok(Geometry::Feature),
            NodeKind::Property(name) => {
                self.attribute(node, name)?;
                return wrong(node, format!("`{name}` is no geometry; that is called `{GEOMETRY}`"));
            }
            NodeKind::Geometry(geometry) => self.reader.shape(node, geometry)?,
            NodeKind::Bbox(numbers) => self.reader.bbox(node, numbers)?,
            _ => return wrong(node, "a geometry is expected here"),
        };
        self.shapes.push(shape);
        Ok(Geometry::Shape(self.shapes.len() - 1))
    }
}

fn spatial(name: &str) -> Option<SpatialRelation> {
    Some(match name {
        "s_intersects" => SpatialRelation::Intersects,
        "s_disjoint" => SpatialRelation::Disjoint,
        "s_equals" => SpatialRelation::Equals,
        "s_touches" => SpatialRelation::Touches,
        "s_within" => SpatialRelation::Within,
        "s_overlaps" => SpatialRelation::Overlaps,
        "s_crosses" => SpatialRelation::Crosses,
        "s_contains" => SpatialRelation::Contains,
        _ => return None,
    })
}

fn sets(name: &str) -> Option<SetRelation> {
    Some(match name {
        "a_equals" => SetRelation::Equals,
        "a_contains" => SetRelation::Contains,
        "a_containedby" => SetRelation::ContainedBy,
        "a_overlaps" => SetRelation::Overlaps,
        _ => return None,
    })
}
