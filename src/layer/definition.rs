//! What one file in `layers/` says. `layers/README.md` explains every key.

pub use super::group::Group;
use super::{
    AggregateRule, DrawingRule,
    access::AccessClass,
    quality::QualityRule,
    row_class::RowClassRule,
    rule::{LayerRule, Measure},
    unit::Unit,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One layer, as its file defines it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerDefinition {
    /// Id in URLs, in the database and in vector tiles: small letters, digits, `_`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"), length(max = 63))]
    pub id: String,
    /// Titles.
    pub title: Title,
    /// What the layer holds, in a sentence or two.
    #[serde(default)]
    pub description: Option<Title>,
    /// The theme that it is listed under.
    pub group: Group,
    /// Code of the agency that owns it, of the register `layers/shared/agencies.toml`.
    pub agency: String,
    /// Number of the item in the decision that orders it, for example `1.1.1`.
    pub item: String,
    /// Law or decree that its content rests on.
    #[serde(default)]
    pub basis: Option<String>,
    /// Geometry types that a feature may have.
    #[schemars(length(min = 1))]
    pub geometry: Vec<GeometryType>,
    /// Attributes that together name a feature.
    #[schemars(length(min = 1))]
    pub key: Vec<String>,
    /// Attribute whose value is the feature's name on the map.
    #[serde(default)]
    pub label: Option<String>,
    /// Who may see the layer at all.
    pub access: AccessClass,
    /// Why.
    #[serde(default)]
    pub access_reason: Option<Title>,
    /// The zooms at which it is served as tiles.
    pub zoom: ZoomRange,
    /// How it is drawn where its features become specks.
    pub generalise: Generalise,
    /// What a report about an area says of the layer, beside how much of it lies there.
    #[serde(default)]
    pub report: ReportRule,
    /// What is told of all its rows by commune, whoever asks; nothing if not said.
    #[serde(default)]
    pub aggregates: Option<AggregateRule>,
    /// What a drawing (DXF, DGN) says of a feature, in place of columns.
    #[serde(default)]
    pub drawing: DrawingRule,
    /// What makes its data good enough.
    #[serde(default)]
    pub quality: QualityRule,
    /// Rules that its rows must keep.
    #[serde(default)]
    pub rules: Vec<LayerRule>,
    /// Rules by which rows are more closed than the layer.
    #[serde(default)]
    pub row_class: Vec<RowClassRule>,
    /// Largest tile, kilobytes as sent with gzip; 500 if not said. What would go beyond loses its
    /// least visible features, and says so.
    #[serde(default = "LayerDefinition::default_tile_kb")]
    #[schemars(range(min = 10, max = 10000))]
    pub tile_kb: u32,
    /// Seconds for which clients and proxies may keep a tile without asking again; 0 if not said.
    #[serde(default)]
    #[schemars(range(max = 31536000))]
    pub tile_max_age_s: u32,
    /// A table or view that this program did not make and will never change.
    #[serde(default)]
    pub table: Option<ExistingTable>,
    /// The attributes; those of `layers/shared/attributes.toml` are added behind them, unless
    /// the layer has its own of the same name or points at an existing table.
    pub attributes: Vec<Attribute>,
}

impl LayerDefinition {
    const fn default_tile_kb() -> u32 {
        500
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// The attributes that a feature is called by and that it is searched by: the label, then the
    /// texts of the key.
    pub fn naming_attributes(&self) -> impl Iterator<Item = &Attribute> {
        let label = self.label.as_ref();
        let key = self.key.iter().filter(move |name| Some(*name) != label);
        let named = label.into_iter().chain(key).filter_map(|name| self.attribute(name));
        named.filter(|a| a.kind == AttributeType::Text)
    }

    /// The attributes of the key, in its order.
    pub fn key_attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.key.iter().filter_map(|name| self.attribute(name))
    }
}

/// The languages in which the program speaks to people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

/// A text in the two languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a text in both languages, { vi = \"...\", en = \"...\" }")]
pub struct Title {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Title {
    /// The text in one of the languages.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Vi => &self.vi,
            Language::En => &self.en,
        }
    }
}

/// Geometry types (OGC Simple Features 1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum GeometryType {
    /// A position.
    Point,
    /// Several positions.
    MultiPoint,
    /// A line.
    LineString,
    /// Several lines; a single line is taken and stored as one.
    MultiLineString,
    /// An area.
    Polygon,
    /// Several areas; a single area is taken and stored as one.
    MultiPolygon,
}

impl GeometryType {
    /// The type as OGC Simple Features and layer files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::MultiPoint => "MultiPoint",
            Self::LineString => "LineString",
            Self::MultiLineString => "MultiLineString",
            Self::Polygon => "Polygon",
            Self::MultiPolygon => "MultiPolygon",
        }
    }

    /// What kind of thing it is, one or several.
    pub const fn family(self) -> GeometryFamily {
        match self {
            Self::Point | Self::MultiPoint => GeometryFamily::Point,
            Self::LineString | Self::MultiLineString => GeometryFamily::Line,
            Self::Polygon | Self::MultiPolygon => GeometryFamily::Area,
        }
    }
}

/// Kinds of geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GeometryFamily {
    /// Positions.
    Point,
    /// Lines.
    Line,
    /// Areas.
    Area,
}

/// First and last zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ min = 0, max = 18 }")]
pub struct ZoomRange {
    /// First zoom with tiles, 0-24.
    #[schemars(range(max = 24))]
    pub min: u8,
    /// Last zoom with tiles, 0-24; clients stretch its tiles beyond.
    #[schemars(range(max = 24))]
    pub max: u8,
}

/// How a layer is drawn at low zooms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ rule = \"...\" }")]
pub struct Generalise {
    /// What happens to features that become specks.
    pub rule: GeneraliseRule,
    /// Detail smaller than this, in pixels of 1/512 tile, is left out; 0.25 if not said.
    #[serde(default = "Generalise::default_tolerance_px")]
    #[schemars(range(min = 0, max = 16))]
    pub tolerance_px: f64,
    /// For `merge`: the attribute whose classes are kept apart.
    #[serde(default)]
    pub class: Option<String>,
    /// For `thin`: the attribute by which the more important are kept.
    #[serde(default)]
    pub importance: Option<String>,
}

impl Generalise {
    const fn default_tolerance_px() -> f64 {
        0.25
    }
}

/// What a report says of a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ group = [...], sum = [...], list = [...] }")]
pub struct ReportRule {
    /// Attributes whose values are told apart.
    #[serde(default)]
    pub group: Vec<String>,
    /// Numbers that are summed up, or of which the mean is told where they cannot be apportioned.
    #[serde(default)]
    pub sum: Vec<String>,
    /// Attributes by which features are listed one by one.
    #[serde(default)]
    pub list: Vec<String>,
}

/// What happens to features that become specks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GeneraliseRule {
    /// Simplified; borders shared by neighbours stay shared.
    Coverage,
    /// Small areas are merged into neighbours of the same class.
    Merge,
    /// Lines are simplified and keep their connections.
    Network,
    /// Points are thinned, the more important kept.
    Thin,
    /// Points are gathered, with a count.
    Cluster,
}

impl GeneraliseRule {
    /// All rules.
    pub const ALL: [Self; 5] = [Self::Coverage, Self::Merge, Self::Network, Self::Thin, Self::Cluster];

    /// The rule as layer files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Merge => "merge",
            Self::Network => "network",
            Self::Thin => "thin",
            Self::Cluster => "cluster",
        }
    }

    /// What the rule is for.
    pub const fn family(self) -> GeometryFamily {
        match self {
            Self::Coverage | Self::Merge => GeometryFamily::Area,
            Self::Network => GeometryFamily::Line,
            Self::Thin | Self::Cluster => GeometryFamily::Point,
        }
    }
}

/// A table or view that exists already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with schema, name, geometry, id and srid")]
pub struct ExistingTable {
    /// Schema.
    pub schema: String,
    /// Table, view or materialised view.
    pub name: String,
    /// Geometry column.
    pub geometry: String,
    /// Column with a unique whole number.
    pub id: String,
    /// The SRID of the geometry column; VN-2000 systems go through the official pipeline.
    pub srid: i32,
    /// Seconds after which a snapshot of it is taken anew, for tiles; without it each tile is
    /// read from the table.
    #[serde(default)]
    #[schemars(range(min = 10))]
    pub refresh_s: Option<u32>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Name in answers and in the database: small letters, digits, `_`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"), length(max = 63))]
    pub name: String,
    /// Column of an existing table, where it is not the name.
    #[serde(default)]
    pub column: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// Titles.
    pub title: Title,
    /// What it means, where the title does not say it all.
    #[serde(default)]
    pub description: Option<Title>,
    /// Unit of a number.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// Whether a part of a feature has a part of the number: of half a commune half the population,
    /// and not half the price.
    #[serde(default)]
    pub extensive: bool,
    /// Longest text, in characters.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub max_length: Option<u32>,
    /// Digits of a `number` in all; with `scale`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 38))]
    pub precision: Option<u8>,
    /// Digits behind the point.
    #[serde(default)]
    pub scale: Option<u8>,
    /// Smallest value allowed.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest value allowed.
    #[serde(default)]
    pub max: Option<f64>,
    /// Whether `min` itself is not allowed.
    #[serde(default)]
    pub above_min: bool,
    /// The codes of an `enum`.
    #[serde(default)]
    pub values: Vec<DomainValue>,
    /// Layer whose key this attribute holds.
    #[serde(default)]
    pub references: Option<String>,
    /// What of the geometry it states, in its unit; it must agree within 1 %.
    #[serde(default)]
    pub measure: Option<Measure>,
    /// Whether it tells what has happened: no day, moment or year to come.
    #[serde(default)]
    pub past: bool,
    /// Whether each feature must have it; attributes of the key must have it anyway.
    #[serde(default)]
    pub mandatory: bool,
    /// Who may see it.
    #[serde(default)]
    pub access: AccessClass,
    /// Names that agencies' files are known to use for it, any case.
    #[serde(default)]
    pub sources: Vec<String>,
}

impl Attribute {
    /// Its column in the database.
    pub fn column(&self) -> &str {
        self.column.as_deref().unwrap_or(&self.name)
    }

    /// The value of its domain that has the code.
    pub fn value(&self, code: &str) -> Option<&DomainValue> {
        self.values.iter().find(|v| v.code == code)
    }
}

/// One code of an enumerated domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ code = \"...\", vi = \"...\", en = \"...\" }")]
pub struct DomainValue {
    /// The code, as stored.
    pub code: String,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
    /// Other spellings that agencies' files use; matched without tone marks and case.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// Attribute types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// Text.
    Text,
    /// One of `values`.
    Enum,
    /// A whole number.
    Integer,
    /// A decimal number.
    Number,
    /// True or false.
    Boolean,
    /// A calendar day.
    Date,
    /// A moment.
    Timestamp,
    /// Several texts.
    TextList,
}
