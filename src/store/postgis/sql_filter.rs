//! Pure: a filter to SQL that means what its evaluation on a row means.
//!
//! Identifiers come only from the view's layer file and are quoted; values go only as parameters, but those of
//! the layer file's own rules, which are constants.
//! Nothing in it fails for a value that a row may hold: what would is unknown.

use super::{
    sql::{Parameter, quoted},
    sql_constant::Constant,
};
use crate::{
    layer::{Attribute, AttributeType, LayerDefinition, LayerView},
    query::filter::{
        Arithmetic, Comparison, Condition, Filter, GRID_PER_DEGREE, Geometry, List, Operand, Scalar,
        SetRelation, SpatialRelation, fold,
    },
};
use geozero::{CoordDimensions, ToWkb};
use time::{Date, OffsetDateTime};

/// The condition of `filter` on a row whose geometry in EPSG:4326 is the expression `lonlat`.
/// Parameters are added to those that are there.
pub fn condition(filter: &Filter, view: &LayerView, lonlat: &str, parameters: &mut Vec<Parameter>) -> String {
    let known = |name: &str| view.askable(name);
    Writer { filter, known: &known, lonlat, parameters: Some(parameters) }.condition(filter.condition())
}

/// The same of a filter of the layer's own file, which may ask for all that a row has. It stands where no
/// parameter can (COPY), so its values are constants.
pub fn own_condition(filter: &Filter, layer: &LayerDefinition, lonlat: &str) -> String {
    let known = |name: &str| layer.attribute(name);
    Writer { filter, known: &known, lonlat, parameters: None }.condition(filter.condition())
}

/// Writes one filter.
struct Writer<'a> {
    filter: &'a Filter,
    known: &'a dyn Fn(&str) -> Option<&'a Attribute>,
    lonlat: &'a str,
    parameters: Option<&'a mut Vec<Parameter>>,
}

impl Writer<'_> {
    fn bind(&mut self, value: Constant, kind: &str) -> String {
        match &mut self.parameters {
            Some(parameters) => {
                parameters.push(value.parameter());
                format!("${}::{kind}", parameters.len())
            }
            None => format!("{}::{kind}", value.literal()),
        }
    }

    fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Constant(Some(true)) => "TRUE".to_owned(),
            Condition::Constant(Some(false)) => "FALSE".to_owned(),
            Condition::Constant(None) => "NULL::bool".to_owned(),
            Condition::All(all) => self.joined(all, " AND "),
            Condition::Any(any) => self.joined(any, " OR "),
            Condition::Not(inner) => format!("(NOT {})", self.condition(inner)),
            Condition::Compare(comparison, a, b) => {
                format!("({} {} {})", self.scalar(a), operator(*comparison), self.scalar(b))
            }
            Condition::In(scalar, list) => format!("({} IN ({}))", self.scalar(scalar), self.scalars(list)),
            Condition::Like(scalar, pattern) => {
                let scalar = self.scalar(scalar);
                format!("({scalar} LIKE {})", self.bind(Constant::Text(pattern.as_str().to_owned()), "text"))
            }
            Condition::IsNull(Operand::Scalar(scalar)) => format!("({} IS NULL)", self.scalar(scalar)),
            Condition::IsNull(Operand::List(list)) => format!("({} IS NULL)", self.list(list)),
            Condition::IsNull(Operand::Geometry) => {
                format!("({0} IS NULL OR ST_IsEmpty({0}))", self.lonlat)
            }
            Condition::Spatial(relation, a, b) => self.spatial(*relation, *a, *b),
            Condition::Sets(relation, a, b) => {
                let (a, b) = (self.list(a), self.list(b));
                match relation {
                    SetRelation::Equals => format!("({a} @> {b} AND {b} @> {a})"),
                    SetRelation::Contains => format!("({a} @> {b})"),
                    SetRelation::ContainedBy => format!("({a} <@ {b})"),
                    SetRelation::Overlaps => format!("({a} && {b})"),
                }
            }
        }
    }

    fn joined(&mut self, conditions: &[Condition], glue: &str) -> String {
        let all: Vec<String> = conditions.iter().map(|c| self.condition(c)).collect();
        format!("({})", all.join(glue))
    }

    fn scalars(&mut self, list: &[Scalar]) -> String {
        list.iter().map(|s| self.scalar(s)).collect::<Vec<_>>().join(", ")
    }

    /// Each in parentheses, with a type that is plain from the text.
    fn scalar(&mut self, scalar: &Scalar) -> String {
        match scalar {
            Scalar::Attribute(place) => self.attribute(*place),
            Scalar::Text(text) => {
                format!("({} COLLATE \"C\")", self.bind(Constant::Text(text.clone()), "text"))
            }
            Scalar::Int(number) => self.bind(Constant::Int(*number), "int8"),
            Scalar::Number(number) => self.bind(Constant::Number(*number), "float8"),
            Scalar::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
            Scalar::Day(number) => self.instant(*number, "date", |days| {
                let epoch = OffsetDateTime::UNIX_EPOCH.date().to_julian_day();
                let day = Date::from_julian_day(epoch.checked_add(i32::try_from(days).ok()?)?).ok()?;
                Some(Constant::Day(day))
            }),
            Scalar::Moment(number) => self.instant(*number, "timestamptz", |micros| {
                let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?;
                Some(Constant::Moment(moment))
            }),
            Scalar::StartOfDay(day) => {
                let day = self.scalar(day);
                format!("(({day}::timestamp - interval '7 hours') AT TIME ZONE 'UTC')")
            }
            Scalar::EndOfDay(day) => {
                let day = self.scalar(day);
                format!("(({day}::timestamp + interval '16:59:59.999999') AT TIME ZONE 'UTC')")
            }
            Scalar::Arithmetic(arithmetic, a, b) => {
                let (a, b) = (self.scalar(a), self.scalar(b));
                calculated(*arithmetic, &a, &b)
            }
            Scalar::CaseI(inner) => {
                let inner = self.scalar(inner);
                let from = self.bind(Constant::Text(fold::LOWER.0.clone()), "text");
                let to = self.bind(Constant::Text(fold::LOWER.1.clone()), "text");
                let sharp = fold::SHARP_S;
                format!("replace(translate(normalize({inner}, NFC), {from}, {to}), '{sharp}', 'ss')")
            }
            Scalar::AccentI(inner) => {
                let inner = self.scalar(inner);
                let marks = self.bind(Constant::Text(fold::MARKS.clone()), "text");
                format!("translate(normalize({inner}, NFD), {marks}, '{}')", fold::BARE)
            }
            Scalar::Test(condition) => self.condition(condition),
        }
    }

    fn instant(&mut self, number: i64, kind: &str, finite: impl Fn(i64) -> Option<Constant>) -> String {
        match number {
            i64::MIN => format!("'-infinity'::{kind}"),
            i64::MAX => format!("'infinity'::{kind}"),
            number => match finite(number) {
                Some(constant) => self.bind(constant, kind),
                None => format!("NULL::{kind}"),
            },
        }
    }

    /// A value that may not be asked for is none.
    fn attribute(&self, place: usize) -> String {
        let asked = self.filter.attributes().get(place);
        let found = asked.and_then(|asked| (self.known)(&asked.name).filter(|a| a.kind == asked.kind));
        found.map_or_else(|| "NULL".to_owned(), comparable)
    }

    fn list(&mut self, list: &List) -> String {
        match list {
            List::Attribute(place) => self.attribute(*place),
            List::Of(scalars) => format!("ARRAY[{}]::text[]", self.scalars(scalars)),
        }
    }

    /// Both geometries on the grid. GEOS refuses to relate areas that are not valid: whether they
    /// have a point in common is asked of what they are when mended, the rest is unknown.
    fn spatial(&mut self, relation: SpatialRelation, a: Geometry, b: Geometry) -> String {
        let shape = [a, b].into_iter().find_map(|g| match g {
            Geometry::Shape(place) => self.filter.shapes().get(place),
            Geometry::Feature => None,
        });
        let wkb = shape.map(|shape| shape.grid().to_wkb(CoordDimensions::xy()).unwrap_or_default());
        let shape = match wkb {
            Some(wkb) => format!("ST_GeomFromWKB({}, 4326)", self.bind(Constant::Bytes(wkb), "bytea")),
            None => "NULL::geometry".to_owned(),
        };
        let name = |g| match (g, shape.starts_with("NULL")) {
            (Geometry::Shape(_), false) => "shape",
            _ => "own",
        };
        let (a, b) = (name(a), name(b));
        // Not `&&`: that looks at boxes of 32 bits.
        let apart = format!(
            "ST_XMin({a}) > ST_XMax({b}) OR ST_XMin({b}) > ST_XMax({a}) \
             OR ST_YMin({a}) > ST_YMax({b}) OR ST_YMin({b}) > ST_YMax({a})"
        );
        let common = format!("WHEN {apart} THEN {}", relation == SpatialRelation::Disjoint);
        let cases = match relation {
            SpatialRelation::Intersects | SpatialRelation::Disjoint => {
                let other = if shape.starts_with("NULL") { "own" } else { "shape" };
                let not = if relation == SpatialRelation::Disjoint { "NOT " } else { "" };
                // Part by part, so that what several cover is covered. Where edges cross, mending
                // moves them by a hair: they are asked as they are, too.
                format!(
                    "{common} WHEN ST_IsValid(own) THEN {}({a}, {b}) \
                     ELSE {not}EXISTS (SELECT FROM ST_Dump(own) AS part \
                     WHERE ST_Intersects(ST_MakeValid(part.geom), {other}) \
                     OR ST_Intersects(ST_Boundary(part.geom), {other}))",
                    function(relation)
                )
            }
            _ => format!(
                "WHEN GeometryType(own) = 'GEOMETRYCOLLECTION' THEN NULL {common} \
                 WHEN ST_IsValid(own) THEN {}({a}, {b})",
                function(relation)
            ),
        };
        // The fence keeps the planner from writing the geometry's expression once for each use.
        format!(
            "(SELECT CASE WHEN own IS NULL OR ST_IsEmpty(own) THEN NULL {cases} END FROM (SELECT \
             ST_SnapToGrid(ST_Scale(ST_Force2D({lonlat}), {GRID_PER_DEGREE}, {GRID_PER_DEGREE}), 1) AS own, \
             {shape} AS shape OFFSET 0) AS s)",
            lonlat = self.lonlat
        )
    }
}

/// A column in the one type that its kind is compared in. Days and moments of years that have no
/// four digits, and numbers that are none, count as no value.
pub fn comparable(attribute: &Attribute) -> String {
    let column = quoted(attribute.column());
    match attribute.kind {
        AttributeType::Text | AttributeType::Enum => format!("({column}::text COLLATE \"C\")"),
        AttributeType::Integer => format!("{column}::int8"),
        AttributeType::Number => {
            format!("NULLIF(NULLIF(NULLIF({column}::float8, 'NaN'), 'Infinity'), '-Infinity')")
        }
        AttributeType::Boolean => format!("{column}::bool"),
        AttributeType::Date => {
            format!("CASE WHEN {column}::date BETWEEN '0001-01-01' AND '9999-12-31' THEN {column}::date END")
        }
        AttributeType::Timestamp => format!(
            "CASE WHEN {column}::timestamptz BETWEEN '0001-01-01 00:00:00Z' \
             AND '9999-12-31 23:59:59.999999Z' THEN {column}::timestamptz END"
        ),
        AttributeType::TextList => format!("array_remove({column}::text[], NULL)"),
    }
}

const fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

const fn function(relation: SpatialRelation) -> &'static str {
    match relation {
        SpatialRelation::Intersects => "ST_Intersects",
        SpatialRelation::Disjoint => "ST_Disjoint",
        SpatialRelation::Equals => "ST_Equals",
        SpatialRelation::Touches => "ST_Touches",
        SpatialRelation::Within => "ST_Within",
        SpatialRelation::Overlaps => "ST_Overlaps",
        SpatialRelation::Crosses => "ST_Crosses",
        SpatialRelation::Contains => "ST_Contains",
    }
}

/// Arithmetic that gives no value where PostgreSQL would give an error. The operands are named
/// behind a fence, so that they are written once however often they are used.
fn calculated(arithmetic: Arithmetic, a: &str, b: &str) -> String {
    let held = |name: &str| {
        let (least, most) = (Arithmetic::LEAST, 1.0 / Arithmetic::LEAST);
        format!("({name} = 0 OR abs({name}) BETWEEN {least:e}::float8 AND {most:e}::float8)")
    };
    let result = match arithmetic {
        Arithmetic::Add => "a + b".to_owned(),
        Arithmetic::Subtract => "a - b".to_owned(),
        Arithmetic::Multiply => "a * b".to_owned(),
        Arithmetic::Divide => "CASE WHEN b <> 0 THEN a / b END".to_owned(),
        Arithmetic::IntegerDivide => "CASE WHEN b <> 0 THEN trunc(a / b) END".to_owned(),
        Arithmetic::Modulo => "CASE WHEN b <> 0 THEN a - b * trunc(a / b) END".to_owned(),
        Arithmetic::Power => format!(
            "CASE WHEN a = 0 THEN CASE WHEN b >= 0 THEN power(a, b) END \
             WHEN a > 0 OR b = trunc(b) THEN \
             CASE WHEN abs(b * ln(abs(a))) <= {:e}::float8 THEN power(a, b) END END",
            Arithmetic::POWER_MAX
        ),
    };
    format!(
        "(SELECT CASE WHEN {} AND {} THEN {result} END \
         FROM (SELECT {a}::float8 AS a, {b}::float8 AS b OFFSET 0) AS x)",
        held("a"),
        held("b")
    )
}
