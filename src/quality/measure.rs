//! The measures: to which of the four words each belongs, what ISO 19157:2013 calls it, from which mark on it
//! is passed, and what it is called by people.
//!
//! A word has a score only when all measures of it are known that the layer has; `outcome` makes it of them.

use crate::layer::{Attribute, AttributeType, LayerView, QualityMeasure, Title, definition::GeometryFamily};

/// The four words of the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// Đúng: right.
    Right,
    /// Đủ: complete.
    Complete,
    /// Sạch: clean.
    Clean,
    /// Sống: alive.
    Alive,
}

impl Word {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Right, Self::Complete, Self::Clean, Self::Alive];

    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "dung",
            Self::Complete => "du",
            Self::Clean => "sach",
            Self::Alive => "song",
        }
    }

    /// The word itself.
    pub fn title(self) -> Title {
        match self {
            Self::Right => title("Đúng", "Right"),
            Self::Complete => title("Đủ", "Complete"),
            Self::Clean => title("Sạch", "Clean"),
            Self::Alive => title("Sống", "Alive"),
        }
    }
}

/// A text in both languages.
pub fn title(vi: impl Into<String>, en: impl Into<String>) -> Title {
    Title { vi: vi.into(), en: en.into() }
}

/// To which word a measure belongs.
pub const fn word(measure: QualityMeasure) -> Word {
    use QualityMeasure as M;
    match measure {
        M::PositionalAccuracy | M::InProvince | M::CrsProof | M::DomainConsistency | M::CommuneMatch => {
            Word::Right
        }
        M::Omission | M::Commission | M::AttributeFill | M::Coverage => Word::Complete,
        M::FormatConsistency | M::Overlap | M::Undershoot | M::Uniqueness | M::TextConsistency => Word::Clean,
        M::Currency | M::Timeliness | M::TemporalValidity | M::Service => Word::Alive,
    }
}

/// Element and measure in the words of ISO 19157:2013 (clause 7.3 to 7.5, annex D); what it has no measure for
/// stands under the nearest element.
pub const fn iso(measure: QualityMeasure) -> &'static str {
    use QualityMeasure as M;
    match measure {
        M::PositionalAccuracy => {
            "absolute or external accuracy: root mean square error of planimetry (RMSEP)"
        }
        M::InProvince => "absolute or external accuracy: gross errors",
        M::CrsProof => "conceptual consistency: coordinate reference system and operation",
        M::DomainConsistency => "domain consistency: value domain conformance rate",
        M::CommuneMatch => "non-quantitative attribute correctness",
        M::Omission => "completeness, omission: rate of missing items",
        M::Commission => "completeness, commission: rate of excess items",
        M::AttributeFill => "completeness, omission: missing attribute values",
        M::Coverage => "completeness, omission: parts of the territory",
        M::FormatConsistency => "format consistency: physical structure conflicts",
        M::Overlap => "topological consistency: invalid overlaps of surfaces",
        M::Undershoot => "topological consistency: missing connections due to undershoots",
        M::Uniqueness => "completeness, commission: duplicate feature instances",
        M::TextConsistency => "format consistency: character encoding",
        M::Currency => "temporal quality: accuracy of a time measurement, currency",
        M::Timeliness => "temporal quality: timeliness",
        M::TemporalValidity => "temporal quality: temporal consistency",
        M::Service => "usability: delivery of the service",
    }
}

/// What people call it.
pub fn name(measure: QualityMeasure) -> Title {
    use QualityMeasure as M;
    let (vi, en) = match measure {
        M::PositionalAccuracy => {
            ("Sai số trung phương vị trí (m)", "Root mean square error of positions (m)")
        }
        M::InProvince => ("Nằm trong tỉnh", "Inside the province"),
        M::CrsProof => ("Hệ tọa độ và phép chuyển có ghi chép", "Coordinate system and operation recorded"),
        M::DomainConsistency => ("Giá trị đúng miền", "Values in their domains"),
        M::CommuneMatch => ("Mã xã khớp vị trí", "Commune code agrees with position"),
        M::Omission => ("Đã có so với số khai báo", "Present of what is declared"),
        M::Commission => ("Không thừa so với số khai báo", "Nothing beyond what is declared"),
        M::AttributeFill => ("Thuộc tính bắt buộc có giá trị", "Mandatory attributes filled"),
        M::Coverage => ("Xã có dữ liệu", "Communes with data"),
        M::FormatConsistency => ("Hình học hợp lệ, đúng kiểu", "Geometry valid and of the right type"),
        M::Overlap => ("Tỷ lệ diện tích chồng lấn", "Share of area covered twice"),
        M::Undershoot => ("Đầu đường hở trên 100 km", "Undershoots per 100 km"),
        M::Uniqueness => ("Không trùng lặp", "No duplicates"),
        M::TextConsistency => ("Chữ Unicode dựng sẵn, không lỗi font", "Text whole and in Unicode NFC"),
        M::Currency => ("Cập nhật trong chu kỳ", "Updated within the cycle"),
        M::Timeliness => ("Số ngày từ văn bản đến dữ liệu (trung vị)", "Days from document to data (median)"),
        M::TemporalValidity => ("Hiệu lực không chồng nhau", "Validity without overlap"),
        M::Service => ("Lần kiểm tra phục vụ thành công", "Successful delivery checks"),
    };
    title(vi, en)
}

/// From which mark on it is passed: the layer's own, or the usual one.
pub fn pass(measure: QualityMeasure, view: &LayerView) -> f64 {
    use QualityMeasure as M;
    if let Some(own) = view.layer().quality.pass.get(&measure) {
        return *own;
    }
    match measure {
        M::PositionalAccuracy => 5.0,
        M::DomainConsistency | M::CommuneMatch | M::Commission | M::Service => 0.99,
        M::Omission | M::AttributeFill => 0.95,
        M::TextConsistency => 0.999,
        M::Undershoot => 1.0,
        M::Currency => 0.90,
        M::Timeliness => 30.0,
        M::InProvince | M::CrsProof | M::Coverage | M::FormatConsistency | M::Uniqueness => 1.0,
        M::TemporalValidity => 1.0,
        M::Overlap => 0.001,
    }
}

/// Whether a measure is one of a layer's at all: areas overlap, lines end, values have domains.
pub fn applies(measure: QualityMeasure, view: &LayerView) -> bool {
    let has_domain = |a: &Attribute| {
        a.kind == AttributeType::Enum || a.min.is_some() || a.max.is_some() || a.max_length.is_some()
    };
    let is_of = |family| view.layer().geometry.iter().any(|kind| kind.family() == family);
    match measure {
        QualityMeasure::DomainConsistency => {
            !view.layer().rules.is_empty() || view.attributes().any(has_domain)
        }
        QualityMeasure::Overlap => is_of(GeometryFamily::Area) && view.layer().keeps_apart(),
        QualityMeasure::Undershoot => {
            is_of(GeometryFamily::Line)
                && view.layer().generalise.rule == crate::layer::GeneraliseRule::Network
        }
        _ => true,
    }
}
